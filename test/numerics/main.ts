/**
 * Prints the numbers of docs/numerics.md that are not errors of elementary functions: sums of a million
 * terms, and what comes of hard inputs.
 */
import {
  activate,
  createBackendSync,
  type Loss,
  losses,
  type Matrix,
  matmul,
  sumRows,
  type Targets,
  type Variant,
} from "lanewise";
import { textTable } from "../../cli/table.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";

const MILLION = 1_000_000;
const TENTH = Math.fround(0.1);
const SMALLEST = 2 ** -149;

const backends = (["scalar", "simd", "relaxed"] as const).flatMap((variant) => {
  try {
    return [createBackendSync(on(variant))];
  } catch {
    console.log(`${variant}: this engine does not run it`);
    return [];
  }
});
const [, simd] = backends;

const off = (got: number, exact: number): string => Math.abs(got / exact - 1).toExponential(1);
const filled = (rows: number, cols: number, value: number, backend = simd): Matrix =>
  backend.matrix(rows, cols, new Float32Array(rows * cols).fill(value));

console.log("A million terms made of 0.1 as float32 has it: relative error of the result\n");
const sums: readonly [string, (backend: typeof simd) => string][] = [
  [
    "sumRows of 1,000,000 rows",
    (backend) => off(sumRows(filled(MILLION, 1, TENTH, backend)).data[0], MILLION * TENTH),
  ],
  [
    "meanAbsoluteError",
    (backend) =>
      off(
        losses
          .meanAbsoluteError({ reduction: "sum" })
          .value(filled(MILLION, 1, TENTH, backend), filled(MILLION, 1, 0, backend)),
        MILLION * TENTH,
      ),
  ],
  [
    "matmul, [1, 1000000] times [1000000, 1]",
    (backend) =>
      off(product(filled(1, MILLION, TENTH, backend), filled(MILLION, 1, 1, backend)), MILLION * TENTH),
  ],
  ["one plain accumulator, for comparison", () => off(plain(), MILLION * TENTH)],
];
const names: readonly Variant[] = backends.map(({ variant }) => variant);
console.log(
  textTable(
    [["", ...names], ...sums.map(([name, run]) => [name, ...backends.map(run)])],
    (column) => column > 0,
  ),
);

console.log("\nWhere builds differ: elements of 10,000 whose bits are not those of the scalar build\n");
const differences: readonly [string, (x: Matrix, y: Matrix) => Matrix][] = [
  ["matmul, [100, 100] times [100, 100]", (x, y) => matmul(x, y)],
  ["gelu", (x) => activate("gelu", x)],
  ["softmax", (x) => activate("softmax", x)],
];
const drawn = (seed: number) => new Random(seed).floats(10_000);
const results = differences.map(([, run]) =>
  backends.map((backend) => run(backend.matrix(100, 100, drawn(1)), backend.matrix(100, 100, drawn(2))).data),
);
const cells = results.map((ofBuilds) =>
  ofBuilds.map((data) => String(data.filter((x, i) => !Object.is(x, ofBuilds[0][i])).length)),
);
console.log(
  textTable([["", ...names], ...differences.map(([name], i) => [name, ...cells[i]])], (column) => column > 0),
);

console.log("\nHard inputs, on the SIMD build\n");
const row = (...values: number[]): Matrix => simd.matrix(1, values.length, values);
const column = (...values: number[]): Matrix => simd.matrix(values.length, 1, values);
const activated = (name: Parameters<typeof activate>[0], ...values: number[]): [string, string] => [
  `${name}(${values.join(", ")})`,
  list(activate(name, row(...values)).data),
];
const lossOf = (name: string, loss: Loss, p: Matrix, targets: Targets): [string, string] => [
  `${name}, p = ${list(p.data)}, t = ${Array.isArray(targets) ? targets.join(", ") : list((targets as Matrix).data)}`,
  `${shown(loss.value(p, targets))}, gradient ${list(loss.gradient(p, targets).data)}`,
];
const { binaryCrossEntropy, binaryCrossEntropyWithLogits, categoricalCrossEntropy, softmaxCrossEntropy } =
  losses;
const hard = [
  activated("softmax", 1e4, -1e4, 0),
  activated("softmax", 0, -100),
  activated("softmax", 1, Number.NEGATIVE_INFINITY, 1),
  activated("softmax", 1, Number.NaN),
  activated("sigmoid", 1e4, -1e4, -100),
  activated("tanh", 1e4, -1e4, SMALLEST),
  activated("softplus", 1e4, -1e4, -100),
  activated("gelu", 1e4, -1e4, SMALLEST),
  activated("silu", Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN),
  lossOf("softmaxCrossEntropy", softmaxCrossEntropy(), row(1e4, -1e4), [0]),
  lossOf("softmaxCrossEntropy", softmaxCrossEntropy(), row(1e4, -1e4), [1]),
  lossOf("binaryCrossEntropyWithLogits", binaryCrossEntropyWithLogits(), column(1e4), column(1)),
  lossOf("binaryCrossEntropyWithLogits", binaryCrossEntropyWithLogits(), column(-1e4), column(1)),
  lossOf("binaryCrossEntropy", binaryCrossEntropy(), column(1), column(1)),
  lossOf("binaryCrossEntropy", binaryCrossEntropy(), column(0), column(1)),
  lossOf("categoricalCrossEntropy", categoricalCrossEntropy(), row(1, 0), [0]),
  lossOf("categoricalCrossEntropy", categoricalCrossEntropy(), row(1, 0), [1]),
];
console.log(textTable(hard, () => false));

function product(a: Matrix, b: Matrix): number {
  return matmul(a, b).data[0];
}

function plain(): number {
  let total = 0;
  for (let i = 0; i < MILLION; i++) total = Math.fround(total + TENTH);
  return total;
}

function list(values: Float32Array): string {
  return Array.from(values, shown).join(", ");
}

function shown(x: number): string {
  return Object.is(x, -0) ? "-0" : String(Number(x.toPrecision(6)));
}
