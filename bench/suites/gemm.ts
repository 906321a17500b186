import { matmul } from "lanewise";
import { batchOf, CALLS, measure, type Pace } from "../method/measure.js";
import { randomFloats } from "../method/random.js";
import { rateOf } from "../results.js";
import type { Bench, Case, Result } from "./suite.js";

/** C[m,n] = op(A)[m,k] op(B)[k,n]. */
interface Product {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const square = (n: number): Product => ({ name: "square", m: n, n, k: n });

/** The fastest repetition is told: the more and the shorter they are, the likelier one is undisturbed. */
const PACE: Pace = { ...CALLS, seconds: 3, mostRepetitions: 2000, batchSeconds: 0.001 };

/** The products of a dense layer 784 -> 128 on 64 samples, after the squares. */
const products: readonly Product[] = [
  ...[32, 64, 256, 512, 1024].map(square),
  { name: "Z = X W", m: 64, n: 128, k: 784 },
  { name: "dW = X^T dZ", m: 784, n: 128, k: 64, transposeA: true },
  { name: "dX = dZ W^T", m: 64, n: 784, k: 128, transposeB: true },
];

/** Matrix products through the public function, held against the core's multiply-add peak. */
export const gemm: readonly Case[] = products.map((product) => ({
  title: `${product.name} ${sizeOf(product)}`,
  run: (bench) => run(bench, product),
}));

function sizeOf({ m, n, k }: Product): string {
  return `${m} x ${n} x ${k}`;
}

async function run({ backend, meter, pace }: Bench, product: Product): Promise<Result[]> {
  const { name, m, n, k, transposeA = false, transposeB = false } = product;
  const a = backend.matrix(transposeA ? k : m, transposeA ? m : k, randomFloats(m * k, 1));
  const b = backend.matrix(transposeB ? n : k, transposeB ? k : n, randomFloats(k * n, 2));
  const out = backend.matrix(m, n);
  const options = { transposeA, transposeB, out };
  const batch = batchOf(
    () => matmul(a, b, options),
    () => out.data[m * n - 1],
  );
  meter.reset();
  const summary = await measure(batch, pace(PACE), () => meter.sample());
  for (const matrix of [a, b, out]) matrix.dispose();
  const rate = rateOf(summary, (2 * m * n * k) / 1e9);
  const value = rate.fastest ?? rate.value;
  return [
    {
      name,
      size: sizeOf(product),
      ...rate,
      value,
      unit: "GFLOP/s",
      peak: meter.fastest,
      ratio: value / meter.fastest,
    },
  ];
}
