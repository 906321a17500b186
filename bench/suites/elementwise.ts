import {
  type ActivationName,
  activate,
  add,
  axpy,
  hadamard,
  type Matrix,
  sumRows,
  transpose,
} from "lanewise";
import { batchOf, CALLS, measure, type Pace } from "../method/measure.js";
import { randomFloats } from "../method/random.js";
import { timeOf } from "../results.js";
import type { Bench, Case, Result } from "./suite.js";

/** There are many of them: each is measured for less time than the products. */
const PACE: Pace = { ...CALLS, warmSeconds: 0.1, seconds: 0.3, batchSeconds: 0.001 };

/**
 * The matrices of a case. The last call's result stands in `out`, or in `b` where an operation works in
 * place.
 */
interface Operands {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly out: Matrix;
  /** Of the transposed shape, and one row. */
  readonly transposed: Matrix;
  readonly row: Matrix;
}

interface Operation {
  readonly name: string;
  /** Floats read and written an element. */
  readonly moved: number;
  call(operands: Operands): void;
}

const activationOf = (name: ActivationName): Operation => ({
  name,
  moved: 2,
  call: ({ a, out }) => activate(name, a, { out }),
});

const operations: readonly Operation[] = [
  ...(["relu", "tanh", "sigmoid", "gelu", "elu"] as const).map(activationOf),
  { name: "add", moved: 3, call: ({ a, b, out }) => add(a, b, { out }) },
  // So small a factor that b stays where it is, call after call.
  { name: "axpy", moved: 3, call: ({ a, b }) => axpy(1e-9, a, b) },
  { name: "hadamard", moved: 3, call: ({ a, b, out }) => hadamard(a, b, { out }) },
  { name: "sumRows", moved: 1, call: ({ a, row }) => sumRows(a, { out: row }) },
  { name: "transpose", moved: 2, call: ({ a, transposed }) => transpose(a, { out: transposed }) },
];

/** In the first cache, and in memory. */
const shapes: readonly (readonly [number, number])[] = [
  [64, 128],
  [1024, 1024],
];

/** As many elements in rows of ten, which is what a softmax usually has. */
const softmax = activationOf("softmax");

export const elementwise: readonly Case[] = shapes.flatMap(([rows, cols]) => [
  ...operations.map((operation) => caseOf(operation, rows, cols)),
  caseOf(softmax, Math.floor((rows * cols) / 10), 10),
]);

function caseOf(operation: Operation, rows: number, cols: number): Case {
  return { title: `${operation.name} ${rows} x ${cols}`, run: (bench) => run(bench, operation, rows, cols) };
}

async function run(
  { backend, pace }: Bench,
  { name, moved, call }: Operation,
  rows: number,
  cols: number,
): Promise<Result[]> {
  const n = rows * cols;
  const operands: Operands = {
    a: backend.matrix(rows, cols, randomFloats(n, 1, -4, 4)),
    b: backend.matrix(rows, cols, randomFloats(n, 2)),
    out: backend.matrix(rows, cols),
    transposed: backend.matrix(cols, rows),
    row: backend.matrix(1, cols),
  };
  const batch = batchOf(
    () => call(operands),
    () => operands.out.data[n - 1] + operands.b.data[0] + operands.transposed.data[1] + operands.row.data[0],
  );
  const summary = await measure(batch, pace(PACE));
  for (const matrix of Object.values(operands)) matrix.dispose();
  const size = `${rows} x ${cols}`;
  const time = timeOf(summary, 1e9 / n);
  const bandwidth = (4 * moved * n) / summary.median / 1e9;
  return [
    { name, size, ...time, unit: "ns/element" },
    { name, size, value: bandwidth, unit: "GB/s" },
  ];
}
