/**
 * Prints the numbers of site/explanation/numerics.md that are not errors of elementary functions: sums of a million
 * terms, and what comes of hard inputs.
 */
import {
  activate,
  batchNormalization,
  createBackendSync,
  groupNormalization,
  type Layer,
  type Loss,
  layerNormalization,
  losses,
  type Matrix,
  matmul,
  resizing,
  rmsNormalization,
  Sequential,
  sumRows,
  type Targets,
  type Variant,
} from "lanewise";
import { textTable } from "../../cli/text-table.js";
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

console.log("\nLayers beside float64: the largest error, as a fraction of the largest exact output\n");
console.log(textTable([["", "mean 0", "mean 100"], ...layerErrors()], (column) => column > 0));

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

/**
 * Of 64 images of 8 x 8 pixels and 16 channels, uniform within 1 of 0 and of 100. About 100 a mean rounds to
 * a multiple of 7.6e-6.
 */
function layerErrors(): string[][] {
  const [rows, side, channels] = [64, 8, 16];
  const size = side * side * channels;
  /** The elements that are normalized together, by the index of an element; `mean`: whether it goes off. */
  const normalized = (groupOf: (i: number) => number, mean: boolean, epsilon = 1e-3) => {
    return (x: Float32Array): Float64Array => {
      const [counts, sums, squares] = [new Map(), new Map(), new Map()] as Map<number, number>[];
      const addTo = (totals: Map<number, number>, group: number, term: number) =>
        totals.set(group, (totals.get(group) ?? 0) + term);
      const of = (totals: Map<number, number>, group: number): number => totals.get(group) ?? 0;
      const centre = (group: number): number => (mean ? of(sums, group) / of(counts, group) : 0);
      x.forEach((value, i) => {
        addTo(counts, groupOf(i), 1);
        addTo(sums, groupOf(i), value);
      });
      x.forEach((value, i) => {
        addTo(squares, groupOf(i), (value - centre(groupOf(i))) ** 2);
      });
      return Float64Array.from(x, (value, i) => {
        const group = groupOf(i);
        return (value - centre(group)) / Math.sqrt(of(squares, group) / of(counts, group) + epsilon);
      });
    };
  };
  const pixelOf = (i: number): number => Math.floor(i / channels);
  const cases: readonly [string, Layer, (x: Float32Array) => Float64Array][] = [
    ["batchNormalization", batchNormalization(), normalized((i) => i % channels, true)],
    ["layerNormalization", layerNormalization({ epsilon: 1e-3 }), normalized(pixelOf, true)],
    ["rmsNormalization", rmsNormalization({ epsilon: 1e-3 }), normalized(pixelOf, false)],
    [
      "groupNormalization",
      groupNormalization({ groups: 4, epsilon: 1e-3 }),
      normalized((i) => 4 * Math.floor(i / size) + Math.floor((i % channels) / 4), true),
    ],
    ["resizing, bilinear", resizing({ height: 13, width: 13 }), (x) => resized(x, rows, side, channels, 13)],
  ];
  return cases.map(([name, layer, exact]) => [
    name,
    ...[0, 100].map((mean) => {
      const x = new Random(7).floats(rows * size).map((value) => mean + value);
      const model = new Sequential(simd, { inputShape: [side, side, channels], layers: [layer] });
      const got = model.forward(x, { training: true }).data;
      const expected = exact(x);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(got[i] - value)), 0);
      return (worst / largest).toExponential(1);
    }),
  ]);
}

/** Bilinear by the centres of pixels, in float64. */
function resized(x: Float32Array, rows: number, side: number, channels: number, to: number): Float64Array {
  const y = new Float64Array(rows * to * to * channels);
  const between = (i: number) => {
    const place = Math.min(Math.max(((i + 0.5) * side) / to - 0.5, 0), side - 1);
    const low = Math.min(Math.floor(place), side - 2);
    return { low, share: place - low };
  };
  return y.map((_, i) => {
    const [c, column, row, image] = [
      i % channels,
      Math.floor(i / channels) % to,
      Math.floor(i / channels / to) % to,
      Math.floor(i / channels / to / to),
    ];
    const [down, right] = [between(row), between(column)];
    const at = (dy: number, dx: number): number =>
      x[((image * side + down.low + dy) * side + right.low + dx) * channels + c];
    const above = at(0, 0) * (1 - right.share) + at(0, 1) * right.share;
    const below = at(1, 0) * (1 - right.share) + at(1, 1) * right.share;
    return above * (1 - down.share) + below * down.share;
  });
}

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
