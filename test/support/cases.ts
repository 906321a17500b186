import { attentionCases, rotationCases } from "./attention-cases.js";
import type { KernelName } from "./builds.js";
import { convolutionCases, depthwiseCases } from "./convolution-cases.js";
import {
  absolute,
  exact,
  LARGEST,
  roundings,
  SMALLEST,
  SPECIALS,
  specialPairs,
  sumRoundings,
  type Tolerance,
  U,
  ulps,
} from "./floats.js";
import {
  type Case,
  call,
  expecting,
  forBitsOnly,
  input,
  matrix,
  output,
  outputWords,
  room,
  roomOf,
  update,
} from "./harness.js";
import { poolingCases } from "./pooling-cases.js";
import { Random } from "./random.js";
import { recurrentCases } from "./recurrent-cases.js";
import { boxCases, resamplingCases } from "./resampling-cases.js";
import { sequenceCases } from "./sequence-cases.js";
import { activations, type ElementwiseActivation, elementwiseLosses, twins } from "./twins.js";

/**
 * The one table of cases: each runs on every build against its twin, and on the scalar and simd builds for
 * equal bits.
 */

/** Around the edges of a vector, of two, of a block of 64 and of a sum's block of 512. */
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 511, 512, 513, 1025, 1537];
/** Around the edges of a vector and of gemm's tiles, and over one block of transpose. */
const SIDES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 17, 31, 65];

const pairsOf = (rows: readonly number[], cols: readonly number[]): [number, number][] =>
  rows.flatMap((m) => cols.map((n): [number, number] => [m, n]));

/** Rows of some width for kernels that work row by row: few rows of any width, and any number of rows. */
const ROWS: [number, number][] = [
  ...pairsOf([1, 3], SIZES),
  ...pairsOf(SIDES, [1, 5, 10]),
  [65, 17],
  [7, 129],
];
/**
 * The same for kernels that take the largest of a row or divide by its sum: rows of no elements have neither.
 */
const ROWS_OF_SOME = ROWS.filter(([, cols]) => cols > 0);

const SEED = 20261122;
let random = new Random(SEED);

const joined = (...parts: Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part]));
const absoluteOf = (x: Float32Array): Float32Array => x.map(Math.abs);
const magnitudeOf = (x: Float32Array): number => x.reduce((total, value) => total + Math.abs(value), 0);

// gemm

interface GemmShape {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** What is added: nothing, C itself, a row to each row, or another matrix. */
  readonly d?: "none" | "c" | "row" | "matrix";
  /** By how much the rows of A, B, C and D are longer than they are wide. */
  readonly gap?: number;
}

/**
 * |c - twin| <= (k + 2) 2^-24 (sum |a| |b| + |d|): k additions and the last onto d, each product rounded
 * once. A fused product only takes roundings away.
 */
function gemmCase(
  m: number,
  n: number,
  k: number,
  { transposeA = false, transposeB = false, d = "none", gap = 0 }: GemmShape = {},
): Case {
  const [aRows, aCols] = transposeA ? [k, m] : [m, k];
  const [bRows, bCols] = transposeB ? [n, k] : [k, n];
  const [a, b, dValues] = [random.floats(m * k), random.floats(k * n), random.floats(m * n)];
  // Leading dimensions differ from one another, so that none can stand for another.
  const [lda, ldb, ldc, ldd] = [
    aCols + gap,
    bCols + 2 * gap,
    n + 3 * gap,
    d === "row" ? 0 : d === "c" ? n + 3 * gap : n + 5 * gap,
  ];
  let bound: Float64Array | undefined;
  const tolerance: Tolerance = (_, i) => {
    if (!bound) {
      bound = new Float64Array(m * ldc);
      const [absoluteA, absoluteB] = [Float64Array.from(absoluteOf(a)), Float64Array.from(absoluteOf(b))];
      const added = d === "none" ? 0 : Float64Array.from(absoluteOf(dValues));
      twins.gemm(
        absoluteA,
        absoluteB,
        bound,
        added,
        m,
        n,
        k,
        aCols,
        bCols,
        ldc,
        d === "row" ? 0 : n,
        Number(transposeA),
        Number(transposeB),
      );
    }
    return (k + 2) * U * bound[i];
  };
  const c =
    d === "c"
      ? matrix("update", m, n, ldc, dValues, tolerance)
      : matrix("output", m, n, ldc, new Float32Array(m * n), tolerance);
  const added = { none: 0, c, row: input(dValues.slice(0, n)), matrix: matrix("input", m, n, ldd, dValues) }[
    d
  ];
  const [aSlot, bSlot] = [matrix("input", aRows, aCols, lda, a), matrix("input", bRows, bCols, ldb, b)];
  const workspace = roomOf((kernels) => kernels.gemmWorkspace(m, n, k));
  return expecting(
    call(
      "gemm",
      aSlot,
      bSlot,
      c,
      added,
      m,
      n,
      k,
      lda,
      ldb,
      ldc,
      ldd,
      Number(transposeA),
      Number(transposeB),
      workspace,
    ),
  );
}

const ADDED = ["none", "c", "row", "matrix"] as const;

const gemmShapes: readonly Required<GemmShape>[] = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    ADDED.flatMap((d) => [0, 3].map((gap) => ({ transposeA, transposeB, d, gap }))),
  ),
);

function* gemmCases(): Generator<Case> {
  // Every triple of sides, each with the next of the 32 shapes: 15^3 and 32 share no factor, so the shapes
  // wander over the sides.
  let next = 0;
  for (const m of SIDES)
    for (const n of SIDES)
      for (const k of SIDES) yield gemmCase(m, n, k, gemmShapes[next++ % gemmShapes.length]);
  for (const shape of gemmShapes) {
    // Blocks of k, of m and of n: 256, 96 and 512; each with operands that are small, and with ones that are
    // worth a copy.
    for (const [m, n] of [[7, 19] as const, [21, 23] as const])
      for (const k of [255, 256, 257, 512, 513]) yield gemmCase(m, n, k, shape);
    for (const k of [13, 67]) for (const m of [95, 96, 97, 193]) yield gemmCase(m, 17, k, shape);
    for (const m of [6, 13]) for (const n of [511, 512, 513, 1030]) yield gemmCase(m, n, 11, shape);
    // One row, which has tiles of its own.
    for (const k of [3, 257]) for (const n of [31, 32, 33, 64, 95, 96, 97]) yield gemmCase(1, n, k, shape);
    // One column, which is computed as a row.
    for (const k of [3, 257]) for (const m of [2, 95, 97, 193]) yield gemmCase(m, 1, k, shape);
  }
  // All three at once.
  for (const transposeA of [false, true])
    for (const transposeB of [false, true])
      yield gemmCase(97, 513, 257, { transposeA, transposeB, d: "matrix", gap: 1 });
  yield gemmCase(193, 1030, 513, { d: "row" });
}

// Copies, maps and sums

const bitsOfFloats = (values: readonly number[]): Int32Array =>
  new Int32Array(Float32Array.from(values).buffer);

/**
 * Integers, and floats of every kind with NaN payloads, quiet and signalling: what a table of labels and
 * samples holds.
 */
function anyWords(n: number): Int32Array {
  const kinds = [...bitsOfFloats(SPECIALS), 0x7fc01234, 0x7f801234, 0xffc05678 | 0, 0xff801234 | 0, 9, -1];
  return Int32Array.from({ length: n }, (_, i) =>
    i % 3 === 0 ? kinds[random.integer(kinds.length)] : random.word() | 0,
  );
}

function* copyCases(): Generator<Case> {
  for (const [rows, cols] of [...pairsOf(SIDES, SIDES), ...pairsOf([63, 64, 128, 130], [3, 63, 64, 129])]) {
    yield expecting(
      call("transpose", input(random.floats(rows * cols)), output(rows * cols), rows, cols, cols),
    );
  }
  for (const [rows, cols] of [...pairsOf([0, 1, 2, 5, 33], SIZES), ...pairsOf(SIDES, [1, 4, 6])]) {
    const index = random.integers(rows, 9);
    yield expecting(
      call("gather", input(anyWords(9 * cols)), input(index), outputWords(rows * cols), rows, cols),
    );
  }
  for (const [rows, cols] of [...pairsOf([1, 2, 5], SIZES), ...pairsOf(SIDES, [1, 4, 6])]) {
    for (const [xGap, yGap] of [
      [0, 0],
      [3, 0],
      [0, 5],
      [4, 1],
    ]) {
      const x = matrix("input", rows, cols, cols + xGap, random.floats(rows * cols));
      const y = matrix("output", rows, cols, cols + yGap, new Float32Array(rows * cols));
      yield expecting(call("copyRows", x, y, rows, cols, cols + xGap, cols + yGap));
    }
  }
  for (const n of SIZES) yield expecting(call("zero", update(random.floats(n)), n));
  // Keys that the call's rounding of scalars to float32 leaves as they are.
  for (const n of SIZES)
    yield expecting(
      call("shuffle", update(anyWords(n)), n, random.word() & 0xffffff00, -(random.word() >>> 8)),
    );
}

/** axpy rounds the product and the sum, or both at once. */
const axpyTolerance =
  (x: Float32Array, s: number): Tolerance =>
  (expected, i) =>
    U * (Math.abs(s * x[i]) + Math.abs(expected)) + SMALLEST;

function* elementwiseCases(): Generator<Case> {
  const [left, right] = specialPairs();
  const operands = [
    ...SIZES.map((n): [Float32Array, Float32Array] => [random.floats(n), random.floats(n)]),
    [left, right] as const,
  ];
  // One operation: the float64 result, rounded, is the float32 result.
  for (const kernel of ["add", "subtract", "hadamard"] as const) {
    for (const [a, b] of operands)
      yield expecting(call(kernel, input(a), input(b), output(a.length), a.length));
  }
  for (const n of SIZES)
    yield expecting(call("scale", input(random.floats(n)), output(n), n, random.float()));
  for (const s of SPECIALS)
    yield expecting(
      call("scale", input(Float32Array.from(SPECIALS)), output(SPECIALS.length), SPECIALS.length, s),
    );
  for (const n of SIZES) yield expecting(call("clip", update(random.floats(n)), n, 0.5));
  for (const limit of [SMALLEST, 0.5, LARGEST])
    yield expecting(call("clip", update(left), left.length, limit));
  for (const n of SIZES) {
    const [x, s] = [random.floats(n), random.float()];
    yield expecting(call("axpy", input(x), update(random.floats(n), axpyTolerance(x, s)), n, s));
  }
  // Without the largest: a product that overflows float32, not float64, may meet an infinity of the other
  // sign.
  for (const s of SPECIALS.filter((value) => Math.abs(value) <= 1 || !Number.isFinite(value))) {
    yield expecting(call("axpy", input(left), update(right, axpyTolerance(left, s)), left.length, s));
  }
  for (const [rows, cols] of ROWS) {
    yield expecting(
      call(
        "addRow",
        input(random.floats(rows * cols)),
        input(random.floats(cols)),
        output(rows * cols),
        rows,
        cols,
      ),
    );
  }
  for (const [rows, cols] of ROWS) {
    const deviation = random.floats(cols).map((value) => value || 1);
    const [x, mean] = [random.floats(rows * cols), random.floats(cols)];
    yield expecting(
      call(
        "standardize",
        input(x),
        input(mean),
        input(deviation),
        output(x.length, roundings(2)),
        rows,
        cols,
      ),
    );
    yield expecting(
      call("standardizeBackward", input(deviation), input(x), output(x.length, roundings(1)), rows, cols),
    );
    yield expecting(call("scaleRows", input(x), input(random.floats(rows)), output(x.length), rows, cols));
  }
  const row = Float32Array.from(SPECIALS);
  yield expecting(
    call("addRow", input(left), input(row), output(left.length), SPECIALS.length, SPECIALS.length),
  );
  yield expecting(
    call("scaleRows", input(left), input(row), output(left.length), SPECIALS.length, SPECIALS.length),
  );
}

/** Ones with the given values at the given places. */
function onesWith(n: number, ...others: [number, number][]): Float32Array {
  const x = new Float32Array(n).fill(1);
  for (const [at, value] of others) x[at] = value;
  return x;
}

/** |sum - twin| <= roundings on the way of a term, times 2^-24 sum |x|. */
const sumTolerance = (x: Float32Array): Tolerance => absolute(sumRoundings(x.length) * U * magnitudeOf(x));

function* reductionCases(): Generator<Case> {
  const sumCase = (x: Float32Array) => expecting(call("sum", input(x), x.length), sumTolerance(x));
  for (const n of [...SIZES, 100_000]) {
    yield sumCase(random.floats(n));
    yield sumCase(random.magnitudes(n, -6, 3));
  }
  // The sum of zeros is +0, of whatever sign they are: accumulators start there.
  for (const n of SIZES) yield expecting(call("sum", input(new Float32Array(n).fill(-0)), n));
  for (const n of [1, 5, 513]) {
    for (const special of SPECIALS)
      for (const at of new Set([0, n >> 1, n - 1])) yield sumCase(onesWith(n, [at, special]));
  }
  for (const at of [1, 4, 512, 1024])
    yield sumCase(onesWith(1025, [0, Number.POSITIVE_INFINITY], [at, Number.NEGATIVE_INFINITY]));
  for (const n of [...SIZES, 100_000]) {
    const x = random.floats(n);
    // Each square is rounded once more.
    const tolerance = absolute((sumRoundings(n) + 1) * U * magnitudeOf(x.map((value) => value * value)));
    yield expecting(call("sumOfSquares", input(x), n), tolerance);
  }
  for (const special of SPECIALS)
    yield forBitsOnly(
      call("sumOfSquares", input(onesWith(513, [512, special])), 513),
      "a square overflows float32, not float64",
    );
  yield forBitsOnly(
    call("sum", input(new Float32Array(9).fill(LARGEST)), 9),
    "a partial sum overflows float32, not float64",
  );

  for (const [rows, cols] of [...ROWS, ...pairsOf(SIZES, [1, 3, 4, 6]), [1537, 17] as const]) {
    const x = random.floats(rows * cols);
    const y = random.floats(cols);
    const tolerance: Tolerance = (_, j) => {
      let magnitude = Math.abs(y[j]);
      for (let i = 0; i < rows; i++) magnitude += Math.abs(x[i * cols + j]);
      return (sumRoundings(rows) + 1) * U * magnitude;
    };
    yield expecting(call("sumRows", input(x), output(cols, tolerance), rows, cols, 0, cols));
    yield expecting(call("sumRows", input(x), update(y, tolerance), rows, cols, 1, cols));
  }
  for (const rows of [1, 2, 5]) {
    // The special values stand in the last row, above them ones.
    const x = new Float32Array(rows * SPECIALS.length).fill(1);
    x.set(SPECIALS, (rows - 1) * SPECIALS.length);
    yield expecting(
      call(
        "sumRows",
        input(x),
        output(SPECIALS.length, roundings(rows)),
        rows,
        SPECIALS.length,
        0,
        SPECIALS.length,
      ),
    );
  }

  for (const n of SIZES) {
    yield expecting(call("firstNonFinite", input(random.floats(n)), n));
    yield expecting(call("largestMagnitude", input(random.floats(n)), n));
    for (const at of new Set([0, 1, n >> 3, n >> 1, n - (n >> 3), n - 2, n - 1]))
      if (at >= 0 && at < n)
        for (const special of [-2, ...SPECIALS])
          yield expecting(call("largestMagnitude", input(onesWith(n, [at, special])), n));
    for (const at of new Set([0, 1, 3, n >> 1, n - 2, n - 1].filter((i) => i >= 0 && i < n))) {
      for (const special of SPECIALS)
        yield expecting(call("firstNonFinite", input(onesWith(n, [at, special])), n));
    }
    // Infinities of both signs must not cancel, and the first counts.
    if (n > 4)
      yield expecting(
        call(
          "firstNonFinite",
          input(onesWith(n, [2, Number.POSITIVE_INFINITY], [n - 1, Number.NEGATIVE_INFINITY])),
          n,
        ),
      );
  }
  yield expecting(call("firstNonFinite", input(new Float32Array(1025).fill(-LARGEST)), 1025));
}

// Activations

/**
 * What an activation and its slope may be off: ULP of the result, and an absolute error where it vanishes.
 */
interface Accuracy {
  readonly value: Tolerance;
  readonly slope: Tolerance;
}

type ActivationName = keyof typeof activations;
export const activationNames = Object.keys(activations) as ActivationName[];

/**
 * The bounds that assembly/math.ts states, in ULP or absolute; in the relaxed build too. Formulas of one or
 * two operations count their roundings. An absolute error stands where the formula subtracts from 1, so that
 * a slope crosses 0, and where the tail of gelu is cut off at -5.42.
 */
const accuracies: Record<ActivationName, Accuracy> = {
  relu: { value: exact, slope: exact },
  relu6: { value: exact, slope: exact },
  leakyRelu: { value: ulps(1), slope: ulps(1) },
  elu: { value: ulps(4.1), slope: ulps(1) },
  selu: { value: ulps(5), slope: absolute(2 * U) },
  gelu: { value: ulps(3.8, 1.7e-7), slope: absolute(2.3e-7) },
  geluTanh: { value: ulps(3.2, 1.1e-7), slope: absolute(1.1e-7) },
  silu: { value: ulps(3.5), slope: absolute(4 * U) },
  sigmoid: { value: ulps(2.5), slope: ulps(2) },
  tanh: { value: ulps(2.8), slope: absolute(U) },
  softplus: { value: ulps(3.8), slope: ulps(2.5) },
  hardSwish: { value: ulps(3), slope: absolute(2 * U) },
  hardSigmoid: { value: absolute(2 * U), slope: exact },
  softsign: { value: ulps(1.5), slope: ulps(3.5) },
  mish: { value: ulps(4.7), slope: absolute(2.5e-7) },
  exp: { value: ulps(1), slope: exact },
};

/** What is tried as the parameter of an activation; 0 where it has none. */
const parametersOf = (name: ActivationName): readonly number[] =>
  ((activations[name] as ElementwiseActivation).parameters ?? [0]).map(Math.fround);

/** The product with dy rounds once more, and scales what the slope is off. */
const timesDy =
  (
    slope: (saved: number) => number,
    tolerance: Tolerance,
    saved: Float32Array,
    dy: Float32Array,
  ): Tolerance =>
  (expected, i) =>
    tolerance === exact
      ? 0
      : Math.abs(dy[i]) * tolerance(slope(saved[i]), i) + U * Math.abs(expected) + SMALLEST;

function forwardCase(name: ActivationName, z: Float32Array, rows: number, cols: number, p: number): Case {
  return expecting(call(name, input(z), output(z.length, accuracies[name].value), rows, cols, p));
}

function backwardCase(
  name: ActivationName,
  z: Float32Array,
  dy: Float32Array,
  rows: number,
  cols: number,
  p: number,
): Case {
  const { value, saves, slope }: ElementwiseActivation = activations[name];
  const saved = saves === "y" ? z.map((x) => value(x, p)) : z;
  const tolerance = timesDy((x) => slope(x, p), accuracies[name].slope, saved, dy);
  return expecting(
    call(`${name}Backward`, input(saved), input(dy), output(z.length, tolerance), rows, cols, p),
  );
}

/** Within a factor of 16 of the largest float32 a sum or product on the way may overflow. */
const nearOverflow =
  (tolerance: Tolerance): Tolerance =>
  (expected, i) =>
    Math.abs(expected) > LARGEST / 16 && Number.isFinite(expected)
      ? Number.POSITIVE_INFINITY
      : tolerance(expected, i);

function* activationCases(): Generator<Case> {
  for (const name of activationNames) {
    for (const p of parametersOf(name)) yield* casesOfActivation(name, p);
  }
  // Below 0 the sign of y is another than that of z, which leakyRelu then saves.
  const [z, dy] = [random.floats(1025, -6, 6), random.floats(1025)];
  yield forwardCase("leakyRelu", z, 1, z.length, -0.5);
  const { slope } = activations.leakyRelu;
  const tolerance = timesDy((x) => slope(x, -0.5), accuracies.leakyRelu.slope, z, dy);
  yield expecting(
    call("leakyReluBackward", input(z), input(dy), output(z.length, tolerance), 1, z.length, -0.5),
  );
}

function* casesOfActivation(name: ActivationName, p: number): Generator<Case> {
  for (const n of SIZES) yield forwardCase(name, random.floats(n, -6, 6), 1, n, p);
  for (const n of SIZES) yield backwardCase(name, random.floats(n, -6, 6), random.floats(n), 1, n, p);
  for (const [rows, cols] of pairsOf([0, 2, 3, 5], [0, 1, 3, 7])) {
    yield forwardCase(name, random.floats(rows * cols, -6, 6), rows, cols, p);
    yield backwardCase(name, random.floats(rows * cols, -6, 6), random.floats(rows * cols), rows, cols, p);
  }
  const sweep = joined(
    random.floats(20_000, -16, 16),
    random.magnitudes(20_000, -8, 2),
    random.magnitudes(2_000, -44, 38),
  );
  yield forwardCase(name, sweep, 1, sweep.length, p);
  yield backwardCase(name, sweep, random.floats(sweep.length), 1, sweep.length, p);
  yield forwardCase(name, Float32Array.from(SPECIALS), 1, SPECIALS.length, p);
  const [z, dy] = specialPairs();
  const notInfinite = dy.map((value) => (Math.abs(value) === Number.POSITIVE_INFINITY ? -2 : value));
  yield backwardCase(name, z, notInfinite, 1, z.length, p);
  yield forBitsOnly(
    backwardCase(name, z, dy, 1, z.length, p),
    "an infinite dy tells a slope of 0 from the smallest float32",
  );
}

/** Around the edges of a vector: [outer, slopes, inner]. */
const PRELU_SHAPES: readonly [number, number, number][] = [
  ...pairsOf([0, 1, 2, 5, 33], [1, 3, 4, 7, 16]).map(([outer, cols]): [number, number, number] => [
    outer,
    cols,
    1,
  ]),
  ...pairsOf([1, 3, 5], [2, 3, 4, 9, 64]).map(([cols, inner]): [number, number, number] => [3, cols, inner]),
  ...[0, 1, 2, 5, 513, 1537].map((n): [number, number, number] => [1, 1, n]),
];

function* preluCases(): Generator<Case> {
  for (const [outer, cols, inner] of PRELU_SHAPES) {
    const n = outer * cols * inner;
    const [z, dy, a] = [random.floats(n, -6, 6), random.floats(n), random.floats(cols)];
    yield expecting(call("prelu", input(z), input(a), output(n, ulps(1)), outer, cols, inner));
    yield expecting(
      call("preluBackward", input(z), input(a), input(dy), output(n, ulps(1)), outer, cols, inner),
    );
    if (inner === 0) continue;
    const before = random.floats(cols);
    for (const accumulate of [0, 1]) {
      const tolerance: Tolerance = (_, j) => {
        let magnitude = Math.abs(before[j]);
        for (let i = 0; i < n; i++)
          if (Math.floor(i / inner) % cols === j) magnitude += Math.abs(dy[i] * Math.min(z[i], 0));
        return (sumRoundings(outer) + sumRoundings(inner) + 2) * U * magnitude;
      };
      const da = accumulate ? update(before, tolerance) : output(cols, tolerance);
      yield expecting(
        call("preluGradient", input(z), input(dy), room(n), da, outer, cols, inner, accumulate, cols),
      );
    }
  }
  const [z, other] = specialPairs();
  const finite = other.map((value) => (Number.isFinite(value) ? value : 0.25));
  yield expecting(call("prelu", input(z), input(finite), output(z.length, ulps(1)), 1, z.length, 1));
  yield expecting(
    call("prelu", input(z), input(Float32Array.of(0.25)), output(z.length, ulps(1)), 1, 1, z.length),
  );
}

/** A row's probabilities. */
function probabilities(rows: number, cols: number): Float32Array {
  const y = new Float64Array(rows * cols);
  twins.softmax(Float64Array.from(random.floats(rows * cols, -4, 4)), y, rows, cols);
  return Float32Array.from(y);
}

/**
 * An exponential, a division, the roundings of the sum, and those of x - max, which the exponential makes
 * relative ones: |ln y| of them.
 */
const softmaxTolerance =
  (cols: number): Tolerance =>
  (expected) =>
    (8 + sumRoundings(cols) + Math.abs(Math.log(Math.max(expected, SMALLEST)))) * U * expected + SMALLEST;
/** Two subtractions, and the relative error of the sum, which its logarithm makes an absolute one. */
const logSoftmaxTolerance =
  (cols: number): Tolerance =>
  (expected) =>
    (8 + sumRoundings(cols) + 2 * Math.abs(expected)) * U;

/** Logits within 8, of every size up to 1e4, of 1e4 and -1e4 alone, and equal ones. */
const LOGITS: ((n: number) => Float32Array)[] = [
  (n) => random.floats(n, -8, 8),
  (n) => random.magnitudes(n, -2, 4),
  (n) => random.floats(n).map((x) => (x < 0 ? -1e4 : 1e4)),
  (n) => new Float32Array(n).fill(1e4),
];

/**
 * Rows of ones that end in two special values: every pair of them whose difference, which is taken first,
 * does not overflow float32 alone.
 */
function specialRows(cols: number): { x: Float32Array; rows: number } {
  const [left, right] = specialPairs();
  const pairs = Array.from(left, (a, i) => [a, right[i]]).filter(
    ([a, b]) => !(Math.abs(a) === LARGEST && b === -a),
  );
  const x = new Float32Array(pairs.length * cols).fill(1);
  for (const [i, pair] of pairs.entries()) x.set(pair, (i + 1) * cols - 2);
  return { x, rows: pairs.length };
}

function* softmaxCases(): Generator<Case> {
  for (const [rows, cols] of ROWS_OF_SOME) {
    for (const logits of cols < 20 ? LOGITS : LOGITS.slice(0, 1)) {
      const x = logits(rows * cols);
      yield expecting(call("softmax", input(x), output(x.length, softmaxTolerance(cols)), rows, cols));
      yield expecting(call("logSoftmax", input(x), output(x.length, logSoftmaxTolerance(cols)), rows, cols));
    }
    const [y, dy] = [probabilities(rows, cols), random.floats(rows * cols)];
    // |dy| <= 1 and the y of a row add to 1: y times the error of dy - sum of y dy.
    const ofSlope: Tolerance = (_, i) => (8 + sumRoundings(cols)) * U * y[i];
    yield expecting(call("softmaxBackward", input(y), input(dy), output(y.length, ofSlope), rows, cols));
    const logY = y.map(Math.log);
    const ofLogSlope: Tolerance = (_, i) => (2 + (8 + sumRoundings(cols)) * y[i] * cols) * U;
    yield expecting(
      call("logSoftmaxBackward", input(logY), input(dy), output(y.length, ofLogSlope), rows, cols),
    );
  }
  // Beside a largest logit of 0 the sum is 1 in float32, so the probability is e^x as it was computed: 0.99
  // ULP at most.
  const far = random.floats(10_000, -104, -30);
  const besideZero = Float32Array.from({ length: 2 * far.length }, (_, at) => (at & 1 ? far[at >> 1] : 0));
  yield expecting(call("softmax", input(besideZero), output(besideZero.length, ulps(1)), far.length, 2));

  for (const cols of [2, 5, 8]) {
    const { x, rows } = specialRows(cols);
    yield expecting(call("softmax", input(x), output(x.length, softmaxTolerance(cols)), rows, cols));
    yield expecting(
      call("logSoftmax", input(x), output(x.length, nearOverflow(logSoftmaxTolerance(cols))), rows, cols),
    );
    const dy = random.floats(x.length);
    for (const kernel of ["softmaxBackward", "logSoftmaxBackward"] as const) {
      yield forBitsOnly(
        call(kernel, input(x), input(dy), output(x.length), rows, cols),
        "saved values that no softmax gives",
      );
    }
  }
}

// Losses

type LossName = keyof typeof elementwiseLosses;
const lossNames = Object.keys(elementwiseLosses) as LossName[];

/** The size of a term's parts, where it is a difference of them that may cancel. */
const termSizes: { [name in LossName]?: (p: number, t: number) => number } = {
  binaryCrossEntropyWithLogits: (p, t) =>
    Math.log1p(Math.exp(-Math.abs(p))) + Math.max(p, 0) + Math.abs(t * p),
};

/** Roundings of a term relative to its size, and those of the sum. */
function lossTolerance(name: LossName, p: Float32Array, t: Float32Array): Tolerance {
  const size = termSizes[name];
  if (!size) return roundings(8 + sumRoundings(p.length));
  return absolute(
    (8 + sumRoundings(p.length)) * U * p.reduce((total, value, i) => total + size(value, t[i]), 0),
  );
}

const lossGradientTolerances: Record<
  LossName,
  (scale: number, t: Float32Array, p: Float32Array) => Tolerance
> = {
  squaredError: () => roundings(3),
  absoluteError: () => exact,
  huber: () => roundings(3),
  binaryCrossEntropy: () => roundings(6),
  // A difference of two numbers in [0, 1].
  binaryCrossEntropyWithLogits: (scale) => absolute(4 * U * Math.abs(scale)),
};

/** Predictions and targets of the kind that a loss is for. */
function predictionsFor(name: LossName, n: number): [Float32Array, Float32Array] {
  if (name === "binaryCrossEntropy") return [random.floats(n, 0.001, 0.999), random.floats(n, 0, 1)];
  if (name === "binaryCrossEntropyWithLogits") return [random.floats(n, -20, 20), random.floats(n, 0, 1)];
  return [random.floats(n, -3, 3), random.floats(n, -3, 3)];
}

function* casesOfLoss(name: LossName, delta: number): Generator<Case> {
  for (const [rows, cols] of ROWS_OF_SOME) {
    const [p, t] = predictionsFor(name, rows * cols);
    const heaviest = 2;
    const w = random.floats(rows, 0, heaviest);
    // The rows' sums in float64: what is lost there is lost within the rows.
    const ofSum = lossTolerance(name, p, t);
    yield expecting(
      call(name, input(p), input(t), p.length, delta, input(w), cols),
      (expected, i) => heaviest * ofSum(expected, i),
    );
  }
  for (const n of SIZES) {
    const [p, t] = predictionsFor(name, n);
    yield expecting(call(name, input(p), input(t), n, delta), lossTolerance(name, p, t));
    const scale = random.float(0.01, 2);
    const d = output(n, lossGradientTolerances[name](scale, t, p));
    yield expecting(call(`${name}Gradient`, input(p), input(t), d, n, delta, scale));
  }
  const [p, t] = specialPairs();
  // One pair at a time for the value: a sum of all would be NaN.
  for (let i = 0; i < p.length; i++) {
    const [pi, ti] = [p.slice(i, i + 1), t.slice(i, i + 1)];
    yield expecting(call(name, input(pi), input(ti), 1, delta), nearOverflow(lossTolerance(name, pi, ti)));
  }
  const d = output(p.length, nearOverflow(lossGradientTolerances[name](0.25, t, p)));
  yield expecting(call(`${name}Gradient`, input(p), input(t), d, p.length, delta, 0.25));
}

function* elementwiseLossCases(): Generator<Case> {
  for (const name of lossNames) yield* casesOfLoss(name, 1.25);
  const delta = 1.25;
  // Equal elements, and differences of exactly the threshold.
  const [p, t] = [Float32Array.of(1, 2.25, -2.25, 0, 1.25, -1.25), Float32Array.of(1, 1, -1, -0, 0, 0)];
  for (const name of ["absoluteError", "huber", "squaredError"] as const) {
    yield expecting(call(name, input(p), input(t), p.length, delta), roundings(4));
    yield expecting(
      call(`${name}Gradient`, input(p), input(t), output(p.length, roundings(1)), p.length, delta, 1),
    );
  }
  // One probability at a time, and a target of 0: log(1 - p) as it was computed, 1.54 ULP at most.
  for (const p of joined(random.floats(500, 0, 1), random.magnitudes(500, -8, 0).map(Math.abs))) {
    yield expecting(
      call("binaryCrossEntropy", input(Float32Array.of(p)), input(Float32Array.of(0)), 1, 0),
      ulps(1.6),
    );
  }
  // A quarter of each: probabilities of 0 and 1, right and wrong.
  for (const n of [4, 7, 16]) {
    const certain = Float32Array.from({ length: n }, (_, i) => i & 1);
    const truth = Float32Array.from({ length: n }, (_, i) => (i >> 1) & 1);
    yield expecting(
      call("binaryCrossEntropy", input(certain), input(truth), n, 0),
      roundings(sumRoundings(n) + 4),
    );
    yield expecting(
      call("binaryCrossEntropyGradient", input(certain), input(truth), output(n, roundings(6)), n, 0, 0.5),
    );
  }
}

/** A row's targets: probabilities times a weight of the row, or one of them 1, and the labels of those. */
function targetsFor(
  rows: number,
  cols: number,
): { dense: Float32Array; oneHot: Float32Array; label: Int32Array } {
  const label = random.integers(rows, cols);
  const oneHot = new Float32Array(rows * cols);
  label.forEach((j, i) => {
    oneHot[i * cols + j] = 1;
  });
  const weights = random.floats(rows, 0.25, 1);
  return {
    dense: probabilities(rows, cols).map((p, at) => p * weights[Math.floor(at / cols)]),
    oneHot,
    label,
  };
}

/**
 * A row's term: the two parts of a gap as logSoftmax has them, and the sum of those, weighted by targets that
 * add to 1 or less.
 */
const softmaxTermTolerance =
  (cols: number): Tolerance =>
  (expected) =>
    (16 + 2 * sumRoundings(cols) + (2 + sumRoundings(cols)) * Math.abs(expected)) * U;

function* targetCases(): Generator<Case> {
  for (const [rows, cols] of ROWS_OF_SOME) {
    yield expecting(
      call("oneHot", input(random.integers(rows, cols)), output(rows * cols), rows, cols, 0.9, 0.025),
    );
  }
  for (const n of SIZES) {
    const x = random.floats(n);
    yield expecting(
      call(
        "affine",
        input(x),
        output(n, (expected, i) => U * (Math.abs(0.9 * x[i]) + Math.abs(expected))),
        n,
        0.9,
        0.025,
      ),
    );
  }
}

function* crossEntropyCases(): Generator<Case> {
  for (const [rows, cols] of ROWS_OF_SOME) {
    const { dense, oneHot, label } = targetsFor(rows, cols);
    const targets = [[input(dense), 0] as const, [input(oneHot), 0] as const, [0, input(label)] as const];
    const scale = random.float(0.01, 2);
    const ofGradient = absolute((24 + sumRoundings(cols)) * U * scale);
    for (const [t, labels] of targets) {
      for (const logits of cols < 20 ? LOGITS : LOGITS.slice(0, 1)) {
        const z = logits(rows * cols);
        const largest = 2 * z.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        const ofValue: Tolerance = (expected) =>
          softmaxTermTolerance(cols)(largest, 0) * rows + sumRoundings(rows) * U * expected;
        for (const d of [0, output(z.length, ofGradient)]) {
          const terms = output(rows, softmaxTermTolerance(cols));
          yield expecting(
            call("softmaxCrossEntropy", input(z), t, labels, d, terms, room(cols), rows, cols, scale),
            ofValue,
          );
        }
        const terms = output(rows, softmaxTermTolerance(cols));
        yield expecting(
          call(
            "softmaxCrossEntropy",
            input(z),
            t,
            labels,
            0,
            terms,
            room(cols),
            rows,
            cols,
            scale,
            input(random.floats(rows, 0, 1)),
          ),
          ofValue,
        );
      }
      const p = probabilities(rows, cols);
      const ofTerm = roundings(8 + sumRoundings(cols));
      const whole = roundings(8 + sumRoundings(cols) + sumRoundings(rows));
      for (const d of [0, output(p.length, roundings(4))]) {
        yield expecting(
          call("categoricalCrossEntropy", input(p), t, labels, d, output(rows, ofTerm), rows, cols, scale),
          whole,
        );
      }
      const weights = input(random.floats(rows, 0, 1));
      yield expecting(
        call(
          "categoricalCrossEntropy",
          input(p),
          t,
          labels,
          0,
          output(rows, ofTerm),
          rows,
          cols,
          scale,
          weights,
        ),
        whole,
      );
    }
  }
  // The terms of single probabilities are logarithms as they were computed: 0.95 ULP at most, at 0.7065.
  const single = joined(
    random.floats(5_000, 0, 1),
    random.floats(10_000, 0.7, 0.72),
    random.magnitudes(5_000, -37, 38).map(Math.abs),
  );
  const [count, first] = [single.length, input(new Int32Array(single.length))];
  const whole = absolute(count * 89 * 32 * U);
  yield expecting(
    call("categoricalCrossEntropy", input(single), 0, first, 0, output(count, ulps(0.96)), count, 1, 1),
    whole,
  );

  for (const cols of [2, 5, 8]) {
    const { x, rows } = specialRows(cols);
    const { dense, oneHot, label } = targetsFor(rows, cols);
    for (const [t, labels] of [
      [input(dense), 0],
      [input(oneHot), 0],
      [0, input(label)],
    ] as const) {
      const gradient = () => output(x.length, nearOverflow(absolute(64 * U)));
      const terms = () => output(rows, nearOverflow(softmaxTermTolerance(cols)));
      yield expecting(
        call("softmaxCrossEntropy", input(x), t, labels, gradient(), terms(), room(cols), rows, cols, 0.5),
      );
      // What is no probability: NaN, less than 0 or above 1. Logarithms reach from -88 to 89, and of both
      // signs they cancel.
      const ofTerm = absolute(89 * (8 + sumRoundings(cols)) * U);
      yield expecting(
        call(
          "categoricalCrossEntropy",
          input(x),
          t,
          labels,
          output(x.length, roundings(4)),
          output(rows, ofTerm),
          rows,
          cols,
          0.5,
        ),
      );
    }
  }
}

// Optimizers

/**
 * The four uses of momentum: PyTorch's velocity and one of steps, each plain and Nesterov's; a rate of 0.1
 * and a momentum of 0.9.
 */
export const momentumUses: Record<
  string,
  [input: number, momentum: number, ofGradient: number, ofVelocity: number]
> = {
  gradients: [1, 0.9, 0, 0.1],
  gradientsNesterov: [1, 0.9, 0.1, 0.1 * 0.9],
  steps: [0.1, 0.9, 0, 1],
  stepsNesterov: [0.1, 0.9, 0.1, 0.9],
};

/**
 * [decay, keep, rate, ofMean, ofSquare, epsilon, ofGradient]: plain, with an L2 penalty, with decoupled
 * decay, Nesterov's.
 */
const adamUses: [number, number, number, number, number, number, number][] = [
  [0, 1, 0.001, 0.1, 0.001, 1e-8, 0],
  [0.01, 1, 0.01, 0.1, 0.001, 1e-8, 0],
  [0, 0.999, 0.01, 0.5, 0.05, 1e-6, 0],
  [0.01, 1, 0.01, 0.1, 0.001, 1e-8, 0.002],
];

/** Uses in which the smallest means that a gradient of 0 leaves are up to 5, 4, 2 and 0 units. */
const stillUses: typeof adamUses = [
  [0, 1, 0.001, 0.1, 0.001, 1e-8, 0],
  [0, 1, 0.001, 0.125, 0.001, 1e-8, 0.002],
  [0, 0.999, 0.25, 0.1, 0.05, 1e-6, 0],
  [0.01, 1, 0.6, 0.1, 0.001, 1e-8, 0],
];

/** [decay, rate, keepSquare, ofSquare, epsilon, momentum]: RMSprop's two means and Adagrad's sum. */
const rmspropUses: [number, number, number, number, number, number][] = [
  [0, 0.01, 0.9, 0.1, 1e-8, 0.5],
  [0.01, 0.001, 0.99, 0.01, 1e-6, 0.9],
  [0.01, 0.05, 1, 1, 1e-10, 0],
];

/** Which of the slabs that may be left out are there. */
const PRESENT: [first: boolean, second: boolean][] = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

/** Everything is of size 1 and steps are smaller: a dozen roundings are less than this. */
const ofOrderOne = absolute(8 * U);

function* optimizerCases(): Generator<Case> {
  const slabs = (n: number) => ({
    w: update(random.floats(n), ofOrderOne),
    g: input(random.floats(n)),
    m: update(random.floats(n), ofOrderOne),
  });
  for (const n of SIZES) {
    for (const [rate, decay] of [
      [0.1, 0],
      [0.01, 0.1],
    ]) {
      const { w, g } = slabs(n);
      yield expecting(call("sgd", w, g, n, rate, decay));
    }
    for (const use of Object.values(momentumUses)) {
      for (const decay of [0, 0.01]) {
        const { w, g, m } = slabs(n);
        yield expecting(call("momentum", w, g, m, n, decay, ...use));
      }
    }
    const squares = () => update(random.floats(n, 0.01, 1), ofOrderOne);
    for (const use of adamUses) {
      for (const largest of [0, squares()]) {
        const { w, g, m } = slabs(n);
        yield expecting(call("adam", w, g, m, squares(), largest, n, ...use));
      }
    }
    for (const use of stillUses) {
      // Means of the gradients of a few units of the smallest number, some of which a gradient of 0 leaves.
      const means = Float32Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i % 13) * SMALLEST);
      const gradients = random.floats(n).map((value, i) => (i % 7 === 3 ? value : i % 3 === 0 ? -0 : 0));
      const { w } = slabs(n);
      yield expecting(call("adam", w, input(gradients), update(means, ofOrderOne), squares(), 0, n, ...use));
    }
    for (const use of rmspropUses) {
      for (const [withVelocity, withMean] of PRESENT) {
        const { w, g, m } = slabs(n);
        // A square that is well above that of the mean: a small difference would divide what rounding leaves
        // of it.
        const [velocity, mean] = [
          withVelocity ? m : 0,
          withMean ? update(random.floats(n, -0.3, 0.3), ofOrderOne) : 0,
        ];
        yield expecting(
          call(
            "rmsprop",
            w,
            g,
            velocity,
            update(random.floats(n, 0.5, 1), absolute(64 * U)),
            mean,
            n,
            ...use,
          ),
        );
      }
    }
    for (const decay of [0, 0.01]) {
      const { w, g } = slabs(n);
      yield expecting(call("adadelta", w, g, squares(), squares(), n, decay, 0.5, 0.1, 1e-6));
    }
    for (const keep of [1, 0.999]) {
      const { w, g, m } = slabs(n);
      yield expecting(call("lion", w, g, m, n, keep, 0.001, 0.1, 0.01));
    }
    // The first step: what the optimizer remembers is 0, and every weight moves by about the learning rate of
    // 0.001.
    const first = slabs(n);
    const zeros = () => update(new Float32Array(n), ofOrderOne);
    const correction = Math.sqrt(0.001);
    yield expecting(
      call(
        "adam",
        first.w,
        first.g,
        zeros(),
        zeros(),
        0,
        n,
        0,
        1,
        (0.001 * correction) / 0.1,
        0.1,
        0.001,
        1e-8 * correction,
        0,
      ),
    );
  }
  const [w, g] = specialPairs();
  const other = Float32Array.from({ length: w.length }, (_, i) => SPECIALS[(i * 7) % SPECIALS.length]);
  const reason = "what overflows or cancels on the way differs in float64";
  yield forBitsOnly(call("sgd", update(w), input(g), w.length, 0.1, 0.01), reason);
  for (const use of Object.values(momentumUses))
    yield forBitsOnly(call("momentum", update(w), input(g), update(other), w.length, 0.01, ...use), reason);
  const squares = other.map(Math.abs);
  for (const use of adamUses) {
    for (const largest of [0, update(Float32Array.from(squares).reverse())])
      yield forBitsOnly(
        call("adam", update(w), input(g), update(other), update(squares), largest, w.length, ...use),
        reason,
      );
  }
  for (const use of rmspropUses) {
    for (const [withVelocity, withMean] of PRESENT) {
      const [velocity, mean] = [
        withVelocity ? update(other) : 0,
        withMean ? update(Float32Array.from(w).reverse()) : 0,
      ];
      yield forBitsOnly(
        call("rmsprop", update(w), input(g), velocity, update(squares), mean, w.length, ...use),
        reason,
      );
    }
  }
  yield forBitsOnly(
    call(
      "adadelta",
      update(w),
      input(g),
      update(squares),
      update(Float32Array.from(squares).reverse()),
      w.length,
      0.01,
      0.5,
      0.1,
      1e-6,
    ),
    reason,
  );
  yield forBitsOnly(
    call("lion", update(w), input(g), update(other), w.length, 0.999, 0.001, 0.1, 0.01),
    reason,
  );
}

// Random numbers and regularization

/** Normal numbers of at most 5.77 that are off by 6 U, and their product with the deviation. */
const noiseTolerance =
  (deviation: number): Tolerance =>
  (expected) =>
    8 * U * Math.abs(deviation) + U * Math.abs(expected);

function* regularizationCases(): Generator<Case> {
  // Keys that the call's rounding of scalars to float32 leaves as they are.
  const keys = (): [number, number] => [random.word() & 0xffffff00, -(random.word() >>> 8)];
  for (const n of [...SIZES, 4099]) {
    const x = random.floats(n);
    for (const rate of [0, 0.1, 0.5, 0.97]) {
      const threshold = (rate - 0.5) * 2 ** 24;
      yield expecting(call("dropout", output(n), n, 1 / (1 - rate), threshold, ...keys(), 0));
    }
    for (const deviation of [1, 0.01]) {
      yield expecting(
        call("gaussianNoise", output(n, noiseTolerance(deviation)), n, deviation, ...keys(), 0),
      );
      yield expecting(call("fillUniform", output(n), n, deviation, ...keys()));
      yield expecting(call("fillNormal", output(n), n, deviation, ...keys()));
    }
    for (const [l1, l2] of [
      [0, 0.01],
      [0.1, 0],
      [0.1, 0.01],
    ]) {
      const w = x.map((value, i) => (i % 5 === 0 ? 0 : value));
      yield expecting(call("penalize", input(w), update(random.floats(n), ofOrderOne), n, l1, l2));
    }
    for (const limit of [0.5, 3])
      yield expecting(call("normExcess", input(random.floats(n, 0, 20)), output(n, roundings(2)), n, limit));
  }
  const specials = Float32Array.from(SPECIALS);
  yield expecting(
    call("normExcess", input(specials.filter((value) => !(value < 0))), output(10, roundings(2)), 10, 2),
  );
  const [w, g] = specialPairs();
  yield forBitsOnly(
    call("penalize", input(w), update(g), w.length, 0.1, 0.01),
    "what overflows or cancels on the way differs in float64",
  );
}

// Normalization

/**
 * [batches, rows, cols, groups]: columns around the edges of a vector, rows around those of four, of eight
 * and of a block of 512, and columns in groups.
 */
const CHANNEL_SHAPES: [number, number, number, number][] = [
  ...pairsOf([1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 33], [1, 2, 3, 4, 5, 7, 8, 9, 17]).map(
    ([rows, cols]): [number, number, number, number] => [1, rows, cols, cols],
  ),
  ...pairsOf([511, 512, 513, 520, 1025, 1537, 2100], [1, 4, 6]).map(
    ([rows, cols]): [number, number, number, number] => [1, rows, cols, cols],
  ),
  ...pairsOf([1, 2, 9, 513], [1, 2, 4, 12]).map(([rows, groups]): [number, number, number, number] => [
    3,
    rows,
    12,
    groups,
  ]),
  [1, 9, 12, 4],
  [1, 5, 20, 2],
  [1, 513, 24, 8],
  [2, 3, 1030, 2],
  [2, 0, 3, 3],
  [0, 5, 3, 1],
];

function* channelCases(): Generator<Case> {
  for (const [batches, rows, cols, groups] of CHANNEL_SHAPES) {
    const n = batches * rows * cols;
    const size = cols / groups;
    const [x, dy] = [random.floats(n, -1, 3), random.floats(n)];
    const row = () => random.floats(cols);
    const perBatch = (low: number, high: number) => random.floats(batches * cols, low, high);
    const w = roomOf((kernels) => kernels.columnWorkspace(rows, cols));
    const counts = [batches, rows, cols] as const;
    const roundingsOfSum = sumRoundings(rows) + sumRoundings(size);
    // A mean is off by the sum's roundings of at most 3, and a square of at most 16 by twice that and two
    // more.
    const ofMean = absolute((roundingsOfSum + 1) * U * 3);
    const ofVariance = absolute((3 * roundingsOfSum + 8) * U * 16);
    const [mean, variance] = [output(batches * cols, ofMean), output(batches * cols, ofVariance)];
    yield expecting(call("channelMoments", input(x), mean, variance, w, ...counts, size, cols));

    const [means, variances, gamma, beta] = [perBatch(0, 2), perBatch(0.1, 2), row(), row()];
    for (const [epsilon, hasMean, hasGamma, hasBeta] of [
      [1e-3, true, true, true],
      [0.5, false, true, false],
      [0.5, true, false, false],
    ] as const) {
      // Of at most 5 / sqrt(0.1).
      const tolerance = absolute(8 * U * 16);
      yield expecting(
        call(
          "normalizeChannels",
          input(x),
          hasMean ? input(means) : 0,
          input(variances),
          hasGamma ? input(gamma) : 0,
          hasBeta ? input(beta) : 0,
          output(n, tolerance),
          w,
          ...counts,
          epsilon,
        ),
      );
    }

    const sumTolerance = (largest: number) => absolute((sumRoundings(rows) + 4) * U * rows * largest);
    const [ofBeta, ofGamma] = [
      output(batches * cols, sumTolerance(1)),
      output(batches * cols, sumTolerance(16)),
    ];
    const moments = [input(means), input(variances)] as const;
    yield expecting(
      call("channelSlopes", input(x), input(dy), ...moments, ofBeta, ofGamma, w, ...counts, 1e-3, cols),
    );

    const [constants, slopes] = [perBatch(-1, 1), perBatch(-1, 1)];
    for (const factors of [input(gamma), 0]) {
      // dy, the mean of constants, and (x - mean) times that of slopes, by at most sqrt(10) cubed.
      const tolerance = absolute((sumRoundings(size) + 12) * U * (4 + (40 * 32) / Math.max(rows, 1)));
      const sums = [input(constants), input(slopes)] as const;
      yield expecting(
        call(
          "normalizeChannelsBackward",
          input(x),
          input(dy),
          ...moments,
          factors,
          ...sums,
          output(n, tolerance),
          w,
          ...counts,
          size,
          1e-3,
          rows,
        ),
      );
    }
  }
  for (const n of SIZES)
    for (const rows of [0, 1, 2, 100]) {
      const [mean, variance, movingMean, movingVariance] = [0, 0, 0, 0].map(() => random.floats(n, 0, 2));
      const moving = [update(movingMean, roundings(4)), update(movingVariance, roundings(6))] as const;
      yield expecting(call("moveMoments", input(mean), input(variance), ...moving, rows, n, 0.75, 0.25));
    }
  // What is no number, infinite or too large leaves what was there.
  const [batch, moving] = specialPairs();
  yield expecting(
    call(
      "moveMoments",
      input(batch),
      input(batch),
      update(moving, roundings(4)),
      update(moving, roundings(6)),
      2,
      batch.length,
      0.5,
      0.5,
    ),
  );
}

function* rowNormalizationCases(): Generator<Case> {
  const shapes = [
    ...pairsOf([0, 1, 2, 3, 4, 5, 7, 8, 9, 12], [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 65]),
    ...pairsOf([1, 4, 6], [511, 512, 513, 1025, 1537]),
  ];
  for (const [rows, cols] of shapes) {
    const n = rows * cols;
    const [x, dy] = [random.floats(n, -1, 3), random.floats(n)];
    const [gamma, beta] = [random.floats(cols), random.floats(cols)];
    const [mean, inverse] = [random.floats(rows, 0, 2), random.floats(rows, 0.5, 2)];
    const roundingsOfSum = sumRoundings(cols);
    for (const [centre, hasGamma, hasBeta] of [
      [1, true, true],
      [0, true, false],
      [1, false, false],
    ] as const) {
      // With an epsilon of 0.25 an inverse is at most 2: what is off in mean and variance is no more than
      // eight times so in what is computed of them.
      const tolerance = absolute((4 * roundingsOfSum + 16) * U * 16);
      const results = [output(n, tolerance), output(rows, tolerance), output(rows, tolerance)] as const;
      const affine = [hasGamma ? input(gamma) : 0, hasBeta ? input(beta) : 0] as const;
      yield expecting(call("normalizeRows", input(x), ...affine, ...results, rows, cols, 0.25, centre));
    }
    for (const [hasMean, hasGamma] of [
      [true, true],
      [false, true],
      [true, false],
    ]) {
      // Of x up to 3, a slope of at most 3 and an inverse of 2, to the third power.
      const tolerance = absolute((roundingsOfSum + 12) * U * 100);
      yield expecting(
        call(
          "normalizeRowsBackward",
          input(x),
          input(dy),
          hasMean ? input(mean) : 0,
          input(inverse),
          hasGamma ? input(gamma) : 0,
          output(n, tolerance),
          room(8 + cols),
          rows,
          cols,
        ),
      );
    }
  }
  for (const [rows, cols] of [...shapes, ...pairsOf([511, 512, 513, 521, 1537], [1, 4, 6])]) {
    const n = rows * cols;
    const [x, dy] = [random.floats(n, -1, 3), random.floats(n)];
    const [mean, inverse] = [random.floats(rows, 0, 2), random.floats(rows, 0.5, 2)];
    const before = random.floats(cols);
    for (const [accumulate, hasMean, hasGamma, hasBeta] of [
      [0, true, true, true],
      [1, true, true, true],
      [0, false, true, false],
      [1, true, false, true],
    ] as const) {
      const tolerance = absolute((sumRoundings(rows) + 4) * U * (6 * rows + 1));
      const gradient = () => (accumulate ? update(before, tolerance) : output(cols, tolerance));
      yield expecting(
        call(
          "normalizeRowsGradient",
          input(x),
          input(dy),
          hasMean ? input(mean) : 0,
          input(inverse),
          hasGamma ? gradient() : 0,
          hasBeta ? gradient() : 0,
          roomOf((kernels) => 8 * cols + kernels.columnWorkspace(rows, cols)),
          rows,
          cols,
          accumulate,
          cols,
        ),
      );
    }
  }
}

/** The cases by theme, made when they are asked for. */
export const themes = {
  gemm: gemmCases,
  convolutions: () => convolutionCases(random),
  depthwise: () => depthwiseCases(random),
  pooling: () => poolingCases(random),
  recurrent: () => recurrentCases(random),
  resampling: () => resamplingCases(random),
  attention: () => attentionCases(random),
  rotation: () => rotationCases(random),
  boxes: () => boxCases(random),
  copies: copyCases,
  elementwise: elementwiseCases,
  reductions: reductionCases,
  activations: activationCases,
  prelu: preluCases,
  softmax: softmaxCases,
  elementwiseLosses: elementwiseLossCases,
  crossEntropies: crossEntropyCases,
  targets: targetCases,
  optimizers: optimizerCases,
  regularization: regularizationCases,
  channels: channelCases,
  rowNormalization: rowNormalizationCases,
  sequences: () => sequenceCases(random),
};
export type Theme = keyof typeof themes;

/** The cases of the given themes, kernel by kernel. */
export function casesOf(...names: Theme[]): Map<KernelName, Case[]> {
  const cases = new Map<KernelName, Case[]>();
  for (const name of names) {
    // A theme has the same cases in every file that asks for it.
    random = new Random(SEED);
    for (const testCase of themes[name]()) {
      const known = cases.get(testCase.kernel);
      if (known) known.push(testCase);
      else cases.set(testCase.kernel, [testCase]);
    }
  }
  return cases;
}

/**
 * Where a kernel's result may stand in the place of an operand: the position of the result, and those of the
 * operands.
 */
interface Alias {
  readonly result: number;
  readonly operands: readonly number[];
  /** An argument that has to be an array for it. */
  readonly given?: number;
}

const ofRows: Alias = { result: 1, operands: [0] };
const ofTwo: Alias = { result: 2, operands: [0, 1] };

export const aliases: { [name in KernelName]?: Alias } = {
  add: ofTwo,
  subtract: ofTwo,
  hadamard: ofTwo,
  scale: ofRows,
  addRow: { result: 2, operands: [0] },
  standardize: { result: 3, operands: [0] },
  standardizeBackward: { result: 2, operands: [1] },
  scaleRows: { result: 2, operands: [0] },
  rotate: { result: 1, operands: [0] },
  normExcess: ofRows,
  maxStepsBackward: { result: 4, operands: [0] },
  prelu: { result: 2, operands: [0] },
  preluBackward: { result: 3, operands: [0, 2] },
  normalizeChannels: { result: 5, operands: [0] },
  normalizeChannelsBackward: { result: 7, operands: [0, 1] },
  normalizeRows: { result: 3, operands: [0] },
  normalizeRowsBackward: { result: 5, operands: [0, 1] },
  softmax: ofRows,
  softmaxBackward: ofTwo,
  logSoftmax: ofRows,
  logSoftmaxBackward: ofTwo,
  softmaxCrossEntropy: { result: 3, operands: [0] },
  categoricalCrossEntropy: { result: 3, operands: [0], given: 1 },
  lstmBackward: { result: 6, operands: [1] },
  simpleRnnBackward: { result: 5, operands: [0] },
  affine: ofRows,
  ...Object.fromEntries(
    activationNames.flatMap((name) => Object.entries({ [name]: ofRows, [`${name}Backward`]: ofTwo })),
  ),
  ...Object.fromEntries(lossNames.map((name) => [`${name}Gradient`, ofTwo])),
};
