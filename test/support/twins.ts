import { threefry } from "../../src/core/random.js";
import { cosineOfTurns, log } from "../../src/core/reproducible-math.js";
import { attention, attentionBackward, rotate } from "./attention.js";
import {
  convolution,
  convolutionTransposed,
  convolutionWeightGradient,
  depthwise,
  depthwiseInputGradient,
  depthwiseWeightGradient,
} from "./convolution.js";
import { pooling } from "./pooling.js";
import { recurrent } from "./recurrent.js";
import { resampling } from "./resampling.js";
import { sequences } from "./sequences.js";

/**
 * Every kernel once more, in float64 and by its definition: the reference that the tests hold the builds
 * against. A twin takes what its kernel takes, arrays in place of pointers; a pointer of 0 stays 0. The twin
 * of an output writes all of it, like the kernel.
 */
type Floats = Float64Array;
type Words = Int32Array;
type Maybe<T> = T | 0;

/** How the harness calls a twin, whichever it is. */
export type Twin = (...args: (number | Float64Array | Float32Array | Int32Array)[]) => unknown;

function gemm(
  a: Floats,
  b: Floats,
  c: Floats,
  d: Maybe<Floats>,
  m: number,
  n: number,
  k: number,
  lda: number,
  ldb: number,
  ldc: number,
  ldd: number,
  transposeA: number,
  transposeB: number,
): void {
  const [aRow, aStep] = transposeA ? [1, lda] : [lda, 1];
  const [bStep, bCol] = transposeB ? [1, ldb] : [ldb, 1];
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) row[j] = d ? d[i * ldd + j] : 0;
    for (let p = 0; p < k; p++) {
      const s = a[i * aRow + p * aStep];
      for (let j = 0; j < n; j++) row[j] += s * b[p * bStep + j * bCol];
    }
    c.set(row, i * ldc);
  }
}

function transpose(x: Floats, y: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) y[j * rows + i] = x[i * cols + j];
}

function addRow(z: Floats, b: Floats, y: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) y[i * cols + j] = z[i * cols + j] + b[j];
}

function sumRows(x: Floats, y: Floats, rows: number, cols: number, accumulate: number): void {
  for (let j = 0; j < cols; j++) {
    let total = accumulate ? y[j] : 0;
    for (let i = 0; i < rows; i++) total += x[i * cols + j];
    y[j] = total;
  }
}

const binary = (f: (a: number, b: number) => number) => (a: Floats, b: Floats, y: Floats, n: number) => {
  for (let i = 0; i < n; i++) y[i] = f(a[i], b[i]);
};

function standardize(
  x: Floats,
  mean: Floats,
  deviation: Floats,
  y: Floats,
  rows: number,
  cols: number,
): void {
  for (let i = 0; i < rows * cols; i++) y[i] = (x[i] - mean[i % cols]) / deviation[i % cols];
}

function standardizeBackward(deviation: Floats, dy: Floats, dx: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows * cols; i++) dx[i] = dy[i] / deviation[i % cols];
}

function scaleRows(x: Floats, w: Floats, y: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows * cols; i++) y[i] = w[Math.floor(i / cols)] * x[i];
}

function scale(x: Floats, y: Floats, n: number, s: number): void {
  for (let i = 0; i < n; i++) y[i] = s * x[i];
}

function axpy(x: Floats, y: Floats, n: number, s: number): void {
  for (let i = 0; i < n; i++) y[i] = s * x[i] + y[i];
}

function zero(x: Floats, n: number): void {
  x.fill(0, 0, n);
}

function sum(x: Floats, n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += x[i];
  return total;
}

const largestMagnitude = (x: Floats, n: number): number =>
  x.subarray(0, n).reduce((most: number, value: number) => Math.max(most, Math.abs(value)), 0);
const firstNonFinite = (x: Floats, n: number): number =>
  x.subarray(0, n).findIndex((value) => !Number.isFinite(value));

const block = new Uint32Array(2);
function fraction(key0: number, key1: number, i: number, word = 0): number {
  threefry(key0, key1, i, word, block);
  return ((block[0] >>> 5) * 2 ** 26 + (block[1] >>> 6)) / 2 ** 53;
}

function fillUniform(y: Floats, n: number, limit: number, key0: number, key1: number): void {
  for (let i = 0; i < n; i++) y[i] = (2 * fraction(key0, key1, i) - 1) * limit;
}

function fillNormal(y: Floats, n: number, deviation: number, key0: number, key1: number): void {
  for (let i = 0; i < n; i++) {
    const radius = Math.sqrt(-2 * log(1 - fraction(key0, key1, i)));
    y[i] = radius * cosineOfTurns(fraction(key0, key1, i, 1)) * deviation;
  }
}

function shuffle(x: Words, n: number, key0: number, key1: number): void {
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(fraction(key0, key1, i) * (i + 1));
    [x[i], x[j]] = [x[j], x[i]];
  }
}

/**
 * The two words of Threefry for float i: of eight floats those of counters 0 to 3, the first words and then
 * the second ones.
 */
function wordsAt(
  i: number,
  key0: number,
  key1: number,
): { own: number; first: number; second: number; isFirst: boolean } {
  const block = new Uint32Array(2);
  threefry(key0, key1, Math.floor(i / 8) * 4 + (i % 4), 0, block);
  const isFirst = i % 8 < 4;
  return { own: block[isFirst ? 0 : 1], first: block[0], second: block[1], isFirst };
}

function dropout(y: Floats, n: number, keep: number, threshold: number, key0: number, key1: number): void {
  for (let i = 0; i < n; i++) y[i] = (wordsAt(i, key0, key1).own | 0) >> 8 < threshold ? 0 : keep;
}

/**
 * Box and Muller on 24 bits of each word: bit 1 of the second turns the cosine round, bit 0 swaps it with the
 * sine.
 */
function gaussianNoise(y: Floats, n: number, deviation: number, key0: number, key1: number): void {
  for (let i = 0; i < n; i++) {
    const { first, second, isFirst } = wordsAt(i, key0, key1);
    const distance = Math.sqrt(-2 * Math.log((((first | 0) >> 8) + 2 ** 23 + 1) / 2 ** 24));
    const angle = (Math.PI / 2) * (((second | 0) >> 8) / 2 ** 24);
    const pair = [Math.cos(angle) * (second & 2 ? -1 : 1), Math.sin(angle)];
    y[i] = deviation * distance * pair[isFirst === ((second & 1) === 0) ? 0 : 1];
  }
}

function penalize(w: Floats, g: Floats, n: number, l1: number, l2: number): void {
  for (let i = 0; i < n; i++) g[i] += l1 * (w[i] === 0 ? 0 : Math.sign(w[i])) + 2 * l2 * w[i];
}

function normExcess(x: Floats, y: Floats, n: number, limit: number): void {
  for (let i = 0; i < n; i++) y[i] = Math.max(Math.sqrt(x[i]) / limit, 1);
}

function gather(x: Words, index: Words, y: Words, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) y.set(x.subarray(index[i] * cols, (index[i] + 1) * cols), i * cols);
}

function copyRows(x: Floats, y: Floats, rows: number, cols: number, xStride: number, yStride: number): void {
  for (let i = 0; i < rows; i++) y.set(x.subarray(i * xStride, i * xStride + cols), i * yStride);
}

const sigmoidOf = (z: number): number => 1 / (1 + Math.exp(-z));
const softplusOf = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

/** To 15 digits of itself: e^(-x^2) times a series whose terms have one sign, from 2 on by erfc. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x >= 2) return 1 - erfc(x);
  let term = x;
  let total = x;
  for (let n = 1; term > 1e-17 * total; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** 1 - erf(x) to 13 digits of itself, from 2 on by the continued fraction of Laplace. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) return 1 - erf(x);
  let tail = x;
  for (let n = Math.ceil(10 + 200 / (x * x)); n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

/** The normal distribution function and its density. */
const normal = (z: number): number => 0.5 * erfc(-z / Math.SQRT2);
const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/**
 * factor x, where a factor that has vanished wins over an infinite x: the limit of z sigmoid(z) and its like.
 */
const vanishing = (factor: number, x: number): number => (factor === 0 ? 0 : factor * x);

/**
 * The argument of the tanh in geluTanh, doubled: (1 + tanh(u)) / 2 = sigmoid(2 u), which keeps its digits
 * where the tanh is near -1.
 */
const geluArgument = (z: number): number => 2 * Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3);
const geluArgumentSlope = (z: number): number => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * z * z);

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

export interface ElementwiseActivation {
  /** Of z and the parameter. */
  readonly value: (z: number, p: number) => number;
  /** Which of its two arrays the slope is had from. */
  readonly saves: "y" | "z";
  readonly slope: (saved: number, p: number) => number;
  /** Parameters that are tried, the default first. */
  readonly parameters?: readonly number[];
}

/** x between low and high; NaN stays. */
const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);

/**
 * tanh(log(1 + e^z)) = m / (m + 2), m = e^z (e^z + 2), and its slope 4 e^z (e^z + 1) / (m + 2)^2. Beyond 300,
 * where e^2z overflows, they are 1 and 0.
 */
const mishFactor = (z: number): number =>
  z > 300 ? 1 : (Math.exp(z) * (Math.exp(z) + 2)) / (Math.exp(z) * (Math.exp(z) + 2) + 2);
const mishSlope = (z: number): number =>
  z > 300 ? 0 : (4 * Math.exp(z) * (Math.exp(z) + 1)) / (Math.exp(z) * (Math.exp(z) + 2) + 2) ** 2;

/**
 * A comparison with NaN is false here as in the kernels, so a slope that is one of two constants is one at
 * NaN too; the value is NaN.
 */
export const activations = {
  relu: { value: (z) => (z < 0 ? 0 : z), saves: "y", slope: (y) => (y > 0 ? 1 : 0) },
  relu6: { value: (z) => clamp(z, 0, 6), saves: "y", slope: (y) => (y > 0 && y < 6 ? 1 : 0) },
  leakyRelu: {
    value: (z, p) => (z > 0 ? z : p * z),
    saves: "y",
    slope: (y, p) => (y > 0 ? 1 : p),
    parameters: [0.01, 0.3, 1.5],
  },
  elu: {
    value: (z, p) => (z > 0 ? z : p * Math.expm1(z)),
    saves: "y",
    slope: (y, p) => (y > 0 ? 1 : y + p),
    parameters: [1, 0.3],
  },
  selu: {
    value: (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    saves: "y",
    slope: (y) => (y > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA),
  },
  gelu: {
    value: (z) => vanishing(normal(z), z),
    saves: "z",
    slope: (z) => normal(z) + vanishing(normalDensity(z), z),
  },
  geluTanh: {
    value: (z) => vanishing(sigmoidOf(geluArgument(z)), z),
    saves: "z",
    slope: (z) => {
      const [s, rest] = [sigmoidOf(geluArgument(z)), sigmoidOf(-geluArgument(z))];
      return s + vanishing(s * rest, z * geluArgumentSlope(z));
    },
  },
  silu: {
    value: (z) => vanishing(sigmoidOf(z), z),
    saves: "z",
    slope: (z) => sigmoidOf(z) + vanishing(sigmoidOf(z) * sigmoidOf(-z), z),
  },
  sigmoid: { value: sigmoidOf, saves: "y", slope: (y) => y * (1 - y) },
  tanh: { value: Math.tanh, saves: "y", slope: (y) => 1 - y * y },
  softplus: { value: softplusOf, saves: "z", slope: sigmoidOf },
  // The gate is 0 from -3 down, at -Infinity too.
  hardSwish: {
    value: (z) => vanishing(Math.min(Math.max(z + 3, 0), 6) / 6, z),
    saves: "z",
    slope: (z) => (z < -3 ? 0 : z > 3 ? 1 : z / 3 + 0.5),
  },
  hardSigmoid: {
    value: (z, p) => clamp(p * z + 0.5, 0, 1),
    saves: "y",
    slope: (y, p) => (y > 0 && y < 1 ? p : 0),
    parameters: [1 / 6, 0.2, 0.5],
  },
  softsign: {
    value: (z) => (Math.abs(z) === Number.POSITIVE_INFINITY ? Math.sign(z) : z / (1 + Math.abs(z))),
    saves: "z",
    slope: (z) => 1 / (1 + Math.abs(z)) ** 2,
  },
  mish: {
    value: (z) => vanishing(mishFactor(z), z),
    saves: "z",
    slope: (z) => mishFactor(z) + vanishing(mishSlope(z), z),
  },
  exp: { value: Math.exp, saves: "y", slope: (y) => y },
} satisfies Record<string, ElementwiseActivation>;

const forward =
  ({ value }: ElementwiseActivation) =>
  (z: Floats, y: Floats, rows: number, cols: number, p: number) => {
    for (let i = 0; i < rows * cols; i++) y[i] = value(z[i], p);
  };

const backward =
  ({ slope }: ElementwiseActivation) =>
  (saved: Floats, dy: Floats, dz: Floats, rows: number, cols: number, p: number) => {
    for (let i = 0; i < rows * cols; i++) dz[i] = dy[i] * slope(saved[i], p);
  };

/** z is [outer, cols, inner], with one of the slopes a for each of the cols. */
const preluOf = (z: number, a: number): number => (z > 0 ? z : a * z);

function prelu(z: Floats, a: Floats, y: Floats, outer: number, cols: number, inner: number): void {
  for (let i = 0; i < outer * cols * inner; i++) y[i] = preluOf(z[i], a[Math.floor(i / inner) % cols]);
}

function preluBackward(
  z: Floats,
  a: Floats,
  dy: Floats,
  dz: Floats,
  outer: number,
  cols: number,
  inner: number,
): void {
  for (let i = 0; i < outer * cols * inner; i++)
    dz[i] = dy[i] * (z[i] > 0 ? 1 : a[Math.floor(i / inner) % cols]);
}

function preluGradient(
  z: Floats,
  dy: Floats,
  _w: Floats,
  da: Floats,
  outer: number,
  cols: number,
  inner: number,
  accumulate: number,
): void {
  if (!accumulate) da.fill(0);
  for (let i = 0; i < outer * cols * inner; i++)
    da[Math.floor(i / inner) % cols] += dy[i] * (z[i] > 0 ? 0 : z[i]);
}

/** exp(x[j] - max x) and its sum. The sum of nothing is 0. */
function expOfRow(x: Floats): { largest: number; powers: Floats; total: number } {
  const largest = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - largest));
  return { largest, powers, total: sum(powers, powers.length) };
}

const rowOf = (x: Floats, i: number, cols: number): Floats => x.subarray(i * cols, (i + 1) * cols);

function dot(a: Floats, b: Floats): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

function softmax(x: Floats, y: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) {
    const { powers, total } = expOfRow(rowOf(x, i, cols));
    for (let j = 0; j < cols; j++) y[i * cols + j] = powers[j] / total;
  }
}

function softmaxBackward(y: Floats, dy: Floats, dx: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) {
    const inner = dot(rowOf(y, i, cols), rowOf(dy, i, cols));
    for (let j = i * cols; j < (i + 1) * cols; j++) dx[j] = y[j] * (dy[j] - inner);
  }
}

function logSoftmax(x: Floats, y: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) {
    const { largest, total } = expOfRow(rowOf(x, i, cols));
    for (let j = i * cols; j < (i + 1) * cols; j++) y[j] = x[j] - largest - Math.log(total);
  }
}

function logSoftmaxBackward(y: Floats, dy: Floats, dx: Floats, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) {
    const total = sum(rowOf(dy, i, cols), cols);
    for (let j = i * cols; j < (i + 1) * cols; j++) dx[j] = dy[j] - Math.exp(y[j]) * total;
  }
}

/** How far p is from 1 on the side of t. */
const gapOf = (p: number, t: number): number => Math.max(0, 1 - (t > 0 ? p : -p));

const focusOf = (p: number, gamma: number): number => Math.exp(gamma * Math.max(Math.log1p(-p), -100));
const focalOf = (z: number, gamma: number): number =>
  vanishing(Math.exp(-gamma * softplusOf(z)), softplusOf(-z));
const focalSlopeOf = (z: number, gamma: number): number =>
  -Math.exp(-gamma * softplusOf(z)) * (vanishing(sigmoidOf(z), gamma * softplusOf(-z)) + sigmoidOf(-z));

/** p, t and the parameter s. */
type LossTerm = (p: number, t: number, s: number) => number;

export const elementwiseLosses = {
  squaredError: { term: (p, t) => (p - t) ** 2, slope: (p, t) => 2 * (p - t) },
  absoluteError: {
    term: (p, t) => Math.abs(p - t),
    slope: (p, t) => (Number.isNaN(p - t) ? Number.NaN : p > t ? 1 : p < t ? -1 : 0),
  },
  huber: {
    term: (p, t, delta) =>
      Math.abs(p - t) <= delta ? (p - t) ** 2 / 2 : delta * (Math.abs(p - t) - delta / 2),
    slope: (p, t, delta) => Math.max(-delta, Math.min(delta, p - t)),
  },
  // Logarithms from -100 up, and a denominator from 1e-12 up: PyTorch's bounds.
  binaryCrossEntropy: {
    term: (p, t) => -(t * Math.max(Math.log(p), -100) + (1 - t) * Math.max(Math.log1p(-p), -100)),
    slope: (p, t) => (p - t) / Math.max(p * (1 - p), 1e-12),
  },
  binaryCrossEntropyWithLogits: { term: (p, t) => softplusOf(p) - t * p, slope: (p, t) => sigmoidOf(p) - t },
} satisfies Record<string, { term: LossTerm; slope: LossTerm }>;

/** Losses that are computed on the host, with the parameter gamma. */
export const hostLosses = {
  logCosh: {
    term: (p, t) =>
      Math.abs(p - t) < 1
        ? Math.log(Math.cosh(p - t))
        : Math.abs(p - t) + Math.log1p(Math.exp(-2 * Math.abs(p - t))) - Math.LN2,
    slope: (p, t) => Math.tanh(p - t),
  },
  poisson: { term: (p, t) => p - t * Math.log(p + 1e-7), slope: (p, t) => 1 - t / (p + 1e-7) },
  hinge: { term: gapOf, slope: (p, t) => (gapOf(p, t) > 0 ? (t > 0 ? -1 : 1) : gapOf(p, t)) },
  squaredHinge: { term: (p, t) => gapOf(p, t) ** 2, slope: (p, t) => (t > 0 ? -2 : 2) * gapOf(p, t) },
  // z is the logit of the right answer.
  binaryFocalWithLogits: {
    term: (p, t, gamma) => focalOf(t > 0.5 ? p : -p, gamma),
    slope: (p, t, gamma) => (t > 0.5 ? focalSlopeOf(p, gamma) : -focalSlopeOf(-p, gamma)),
  },
  // Logarithms of 1 - p from -100 up, and probabilities from the smallest normal float32 up.
  categoricalFocal: {
    term: (p, t, gamma) => t * focusOf(p, gamma) * -Math.log(Math.max(p, 2 ** -126)),
    slope: (p, t, gamma) =>
      t *
      focusOf(p, gamma) *
      ((gamma * Math.log(Math.max(p, 2 ** -126))) / Math.max(1 - p, 2 ** -126) - 1 / Math.max(p, 2 ** -126)),
  },
  kullbackLeiblerDivergence: {
    term: (p, t) => (t > 0 ? t * Math.log(t / Math.max(p, 2 ** -126)) : 0),
    slope: (p, t) => -t / Math.max(p, 2 ** -126),
  },
} satisfies Record<string, { term: LossTerm; slope: LossTerm }>;

const lossValue =
  (term: LossTerm) =>
  (p: Floats, t: Floats, n: number, s: number, w: Maybe<Floats> = 0, cols = n): number => {
    let total = 0;
    for (let i = 0; i < n; i++) total += (w ? w[Math.floor(i / cols)] : 1) * term(p[i], t[i], s);
    return total;
  };

const lossGradient =
  (slope: LossTerm) => (p: Floats, t: Floats, d: Floats, n: number, s: number, scale: number) => {
    for (let i = 0; i < n; i++) d[i] = slope(p[i], t[i], s) * scale;
  };

/** The targets of a row as probabilities. */
function targetsOf(t: Maybe<Floats>, label: Maybe<Words>, i: number, cols: number): Floats {
  if (t) return rowOf(t, i, cols);
  return Float64Array.from({ length: cols }, (_, j) => (label && label[i] === j ? 1 : 0));
}

/**
 * The sum of the weighted terms: a target of 0 leaves its term out where the targets are labels, as a kernel
 * does that looks at one.
 */
function weighted(targets: Floats, term: (j: number) => number, leaveOut: boolean): number {
  let total = 0;
  for (let j = 0; j < targets.length; j++) if (!leaveOut || targets[j] !== 0) total += targets[j] * term(j);
  return total;
}

function softmaxCrossEntropy(
  z: Floats,
  t: Maybe<Floats>,
  label: Maybe<Words>,
  d: Maybe<Floats>,
  terms: Floats,
  _e: Floats,
  rows: number,
  cols: number,
  scale: number,
  w: Maybe<Floats> = 0,
): number {
  for (let i = 0; i < rows; i++) {
    const logits = rowOf(z, i, cols);
    const targets = targetsOf(t, label, i, cols);
    const { largest, powers, total } = expOfRow(logits);
    const gap = (j: number) => largest - logits[j] + Math.log(total);
    // What is masked by a logit of -Infinity and not asked for costs nothing.
    terms[i] =
      (w ? w[i] : 1) *
      weighted(targets, (j) => (targets[j] === 0 && gap(j) === Number.POSITIVE_INFINITY ? 0 : gap(j)), !t);
    if (d)
      for (let j = 0; j < cols; j++)
        d[i * cols + j] = scale * ((powers[j] / total) * sum(targets, cols) - targets[j]);
  }
  return sum(terms, rows);
}

function categoricalCrossEntropy(
  p: Floats,
  t: Maybe<Floats>,
  label: Maybe<Words>,
  d: Maybe<Floats>,
  terms: Floats,
  rows: number,
  cols: number,
  scale: number,
  w: Maybe<Floats> = 0,
): number {
  for (let i = 0; i < rows; i++) {
    // A probability counts as the smallest normal float32 at the least.
    const probabilities = rowOf(p, i, cols).map((value) => Math.max(value, 2 ** -126));
    const targets = targetsOf(t, label, i, cols);
    terms[i] = (w ? w[i] : 1) * weighted(targets, (j) => -Math.log(probabilities[j]), !t);
    if (d)
      for (let j = 0; j < cols; j++)
        d[i * cols + j] = !t && targets[j] === 0 ? 0 : (-scale * targets[j]) / probabilities[j];
  }
  return sum(terms, rows);
}

/** Of one row: its term, -cos, and the slope of that at each element. */
export function cosineSimilarity(p: Floats, t: Floats): { term: number; slope: number[] } {
  const square = dot(p, p);
  const lengths = Math.sqrt(square * dot(t, t));
  const cosine = dot(p, t) / lengths;
  return { term: -cosine, slope: Array.from(p, (value, j) => (cosine / square) * value - t[j] / lengths) };
}

function oneHot(label: Words, t: Floats, rows: number, cols: number, on: number, off: number): void {
  for (let i = 0; i < rows * cols; i++) t[i] = i % cols === label[Math.floor(i / cols)] ? on : off;
}

function affine(x: Floats, y: Floats, n: number, s: number, t: number): void {
  for (let i = 0; i < n; i++) y[i] = s * x[i] + t;
}

function sgd(w: Floats, g: Floats, n: number, rate: number, decay: number): void {
  for (let i = 0; i < n; i++) w[i] -= rate * (g[i] + decay * w[i]);
}

function momentum(
  w: Floats,
  g: Floats,
  m: Floats,
  n: number,
  decay: number,
  input: number,
  momentum: number,
  ofGradient: number,
  ofVelocity: number,
): void {
  for (let i = 0; i < n; i++) {
    const gradient = g[i] + decay * w[i];
    m[i] = momentum * m[i] + input * gradient;
    w[i] -= ofGradient * gradient + ofVelocity * m[i];
  }
}

function adam(
  w: Floats,
  g: Floats,
  m: Floats,
  v: Floats,
  x: Maybe<Floats>,
  n: number,
  decay: number,
  keep: number,
  rate: number,
  ofMean: number,
  ofSquare: number,
  epsilon: number,
  ofGradient: number,
): void {
  for (let i = 0; i < n; i++) {
    const gradient = g[i] + decay * w[i];
    m[i] += ofMean * (gradient - m[i]);
    v[i] += ofSquare * (gradient ** 2 - v[i]);
    if (x) x[i] = Math.max(x[i], v[i]);
    w[i] = keep * w[i] - (rate * m[i] + ofGradient * gradient) / (Math.sqrt(x ? x[i] : v[i]) + epsilon);
  }
}

function rmsprop(
  w: Floats,
  g: Floats,
  m: Maybe<Floats>,
  v: Floats,
  x: Maybe<Floats>,
  n: number,
  decay: number,
  rate: number,
  keepSquare: number,
  ofSquare: number,
  epsilon: number,
  momentum: number,
): void {
  for (let i = 0; i < n; i++) {
    const gradient = g[i] + decay * w[i];
    v[i] = keepSquare * v[i] + ofSquare * gradient ** 2;
    if (x) x[i] += ofSquare * (gradient - x[i]);
    const step = gradient / (Math.sqrt(x ? Math.max(v[i] - x[i] ** 2, 0) : v[i]) + epsilon);
    if (m) m[i] = momentum * m[i] + step;
    w[i] -= rate * (m ? m[i] : step);
  }
}

function adadelta(
  w: Floats,
  g: Floats,
  m: Floats,
  v: Floats,
  n: number,
  decay: number,
  rate: number,
  ofSquare: number,
  epsilon: number,
): void {
  for (let i = 0; i < n; i++) {
    const gradient = g[i] + decay * w[i];
    v[i] += ofSquare * (gradient ** 2 - v[i]);
    const step = Math.sqrt((m[i] + epsilon) / (v[i] + epsilon)) * gradient;
    m[i] += ofSquare * (step ** 2 - m[i]);
    w[i] -= rate * step;
  }
}

function lion(
  w: Floats,
  g: Floats,
  m: Floats,
  n: number,
  keep: number,
  rate: number,
  ofDirection: number,
  ofMean: number,
): void {
  for (let i = 0; i < n; i++) {
    w[i] = keep * w[i] - rate * Math.sign(m[i] + ofDirection * (g[i] - m[i]));
    m[i] += ofMean * (g[i] - m[i]);
  }
}

function clip(x: Floats, n: number, limit: number): void {
  for (let i = 0; i < n; i++) x[i] = Math.min(Math.max(x[i], -limit), limit);
}

function sumOfSquares(x: Floats, n: number): number {
  return dot(x.subarray(0, n), x.subarray(0, n));
}

/** Calls `visit` with each batch and group, and where its elements are in [batches, rows, cols]. */
function forGroups(
  batches: number,
  rows: number,
  cols: number,
  size: number,
  visit: (columns: number[], elements: number[]) => void,
): void {
  for (let batch = 0; batch < batches; batch++)
    for (let group = 0; group < cols / size; group++) {
      const columns = Array.from({ length: size }, (_, j) => group * size + j);
      const row = (i: number) => columns.map((j) => (batch * rows + i) * cols + j);
      visit(
        columns.map((j) => batch * cols + j),
        Array.from({ length: rows }, (_, i) => row(i)).flat(),
      );
    }
}

const meanOf = (values: number[]): number =>
  values.reduce((total, value) => total + value, 0) / Math.max(values.length, 1);

function channelMoments(
  x: Floats,
  mean: Floats,
  variance: Floats,
  _w: Floats,
  batches: number,
  rows: number,
  cols: number,
  size: number,
): void {
  forGroups(batches, rows, cols, size, (columns, elements) => {
    const m = meanOf(elements.map((i) => x[i]));
    const v = meanOf(elements.map((i) => (x[i] - m) ** 2));
    for (const j of columns) [mean[j], variance[j]] = [m, v];
  });
}

function normalizeChannels(
  x: Floats,
  mean: Maybe<Floats>,
  variance: Floats,
  gamma: Maybe<Floats>,
  beta: Maybe<Floats>,
  y: Floats,
  _w: Floats,
  batches: number,
  rows: number,
  cols: number,
  epsilon: number,
): void {
  for (let i = 0; i < batches * rows * cols; i++) {
    const j = i % cols;
    const at = Math.floor(i / (rows * cols)) * cols + j;
    const z = (x[i] - (mean ? mean[at] : 0)) / Math.sqrt(variance[at] + epsilon);
    y[i] = z * (gamma ? gamma[j] : 1) + (beta ? beta[j] : 0);
  }
}

function channelSlopes(
  x: Floats,
  dy: Floats,
  mean: Floats,
  variance: Floats,
  ofBeta: Floats,
  ofGamma: Floats,
  _w: Floats,
  batches: number,
  rows: number,
  cols: number,
  epsilon: number,
): void {
  for (let at = 0; at < batches * cols; at++) [ofBeta[at], ofGamma[at]] = [0, 0];
  for (let i = 0; i < batches * rows * cols; i++) {
    const at = Math.floor(i / (rows * cols)) * cols + (i % cols);
    ofBeta[at] += dy[i];
    ofGamma[at] += (dy[i] * (x[i] - mean[at])) / Math.sqrt(variance[at] + epsilon);
  }
}

function normalizeChannelsBackward(
  x: Floats,
  dy: Floats,
  mean: Floats,
  variance: Floats,
  gamma: Maybe<Floats>,
  ofBeta: Floats,
  ofGamma: Floats,
  dx: Floats,
  _w: Floats,
  batches: number,
  rows: number,
  cols: number,
  size: number,
  epsilon: number,
): void {
  forGroups(batches, rows, cols, size, (columns, elements) => {
    const factor = (j: number) => (gamma ? gamma[j % cols] : 1);
    const constant = meanOf(columns.map((j) => factor(j) * ofBeta[j])) / rows;
    const slope = meanOf(columns.map((j) => factor(j) * ofGamma[j])) / rows;
    for (const i of elements) {
      const j = columns[(i % cols) % columns.length];
      const deviation = Math.sqrt(variance[j] + epsilon);
      dx[i] = (factor(j) * dy[i] - constant - ((x[i] - mean[j]) / deviation) * slope) / deviation;
    }
  });
}

function moveMoments(
  mean: Floats,
  variance: Floats,
  movingMean: Floats,
  movingVariance: Floats,
  rows: number,
  n: number,
  momentum: number,
  rest: number,
): void {
  if (rows === 0) return;
  const move = (moving: Floats, batch: Floats, factor: number) => {
    for (let j = 0; j < n; j++) {
      const next = momentum * moving[j] + factor * batch[j];
      if (Number.isFinite(Math.fround(next))) moving[j] = next;
    }
  };
  move(movingMean, mean, rest);
  move(movingVariance, variance, (rest * rows) / Math.max(rows - 1, 1));
}

function normalizeRows(
  x: Floats,
  gamma: Maybe<Floats>,
  beta: Maybe<Floats>,
  y: Floats,
  mean: Floats,
  inverse: Floats,
  rows: number,
  cols: number,
  epsilon: number,
  centre: number,
): void {
  for (let i = 0; i < rows; i++) {
    const row = Array.from(x.subarray(i * cols, (i + 1) * cols));
    mean[i] = centre ? meanOf(row) : 0;
    inverse[i] = 1 / Math.sqrt(meanOf(row.map((value) => (value - mean[i]) ** 2)) + epsilon);
    row.forEach((value, j) => {
      y[i * cols + j] = (value - mean[i]) * inverse[i] * (gamma ? gamma[j] : 1) + (beta ? beta[j] : 0);
    });
  }
}

function normalizeRowsBackward(
  x: Floats,
  dy: Floats,
  mean: Maybe<Floats>,
  inverse: Floats,
  gamma: Maybe<Floats>,
  dx: Floats,
  _w: Floats,
  rows: number,
  cols: number,
): void {
  for (let i = 0; i < rows; i++) {
    const g = Array.from(dy.subarray(i * cols, (i + 1) * cols), (d, j) => d * (gamma ? gamma[j] : 1));
    const z = g.map((_, j) => (x[i * cols + j] - (mean ? mean[i] : 0)) * inverse[i]);
    const constant = mean ? meanOf(g) : 0;
    const slope = meanOf(g.map((value, j) => value * z[j]));
    g.forEach((value, j) => {
      dx[i * cols + j] = (value - constant - z[j] * slope) * inverse[i];
    });
  }
}

function normalizeRowsGradient(
  x: Floats,
  dy: Floats,
  mean: Maybe<Floats>,
  inverse: Floats,
  dgamma: Maybe<Floats>,
  dbeta: Maybe<Floats>,
  _w: Floats,
  rows: number,
  cols: number,
  accumulate: number,
): void {
  for (const gradient of [dgamma, dbeta]) if (gradient && !accumulate) gradient.fill(0, 0, cols);
  for (let i = 0; i < rows * cols; i++) {
    const row = Math.floor(i / cols);
    const j = i % cols;
    if (dgamma) dgamma[j] += dy[i] * (x[i] - (mean ? mean[row] : 0)) * inverse[row];
    if (dbeta) dbeta[j] += dy[i];
  }
}

/** By the kernel's name. A workspace has no value of its own to be right: it is tested by use. */
export const twins = {
  gemm,
  convolution,
  convolutionTransposed,
  convolutionWeightGradient,
  depthwise,
  depthwiseInputGradient,
  depthwiseWeightGradient,
  ...pooling,
  ...recurrent,
  ...resampling,
  ...sequences,
  transpose,
  addRow,
  sumRows,
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  hadamard: binary((a, b) => a * b),
  scale,
  axpy,
  clip,
  zero,
  sum,
  sumOfSquares,
  firstNonFinite,
  largestMagnitude,
  gather,
  copyRows,
  shuffle,
  fillUniform,
  fillNormal,
  dropout,
  gaussianNoise,
  penalize,
  normExcess,
  standardize,
  standardizeBackward,
  scaleRows,
  relu: forward(activations.relu),
  reluBackward: backward(activations.relu),
  relu6: forward(activations.relu6),
  relu6Backward: backward(activations.relu6),
  leakyRelu: forward(activations.leakyRelu),
  leakyReluBackward: backward(activations.leakyRelu),
  elu: forward(activations.elu),
  eluBackward: backward(activations.elu),
  selu: forward(activations.selu),
  seluBackward: backward(activations.selu),
  gelu: forward(activations.gelu),
  geluBackward: backward(activations.gelu),
  geluTanh: forward(activations.geluTanh),
  geluTanhBackward: backward(activations.geluTanh),
  silu: forward(activations.silu),
  siluBackward: backward(activations.silu),
  sigmoid: forward(activations.sigmoid),
  sigmoidBackward: backward(activations.sigmoid),
  tanh: forward(activations.tanh),
  tanhBackward: backward(activations.tanh),
  softplus: forward(activations.softplus),
  softplusBackward: backward(activations.softplus),
  hardSwish: forward(activations.hardSwish),
  hardSwishBackward: backward(activations.hardSwish),
  hardSigmoid: forward(activations.hardSigmoid),
  hardSigmoidBackward: backward(activations.hardSigmoid),
  softsign: forward(activations.softsign),
  softsignBackward: backward(activations.softsign),
  mish: forward(activations.mish),
  mishBackward: backward(activations.mish),
  exp: forward(activations.exp),
  expBackward: backward(activations.exp),
  attention,
  attentionBackward,
  rotate,
  prelu,
  preluBackward,
  preluGradient,
  channelMoments,
  normalizeChannels,
  channelSlopes,
  normalizeChannelsBackward,
  moveMoments,
  normalizeRows,
  normalizeRowsBackward,
  normalizeRowsGradient,
  softmax,
  softmaxBackward,
  logSoftmax,
  logSoftmaxBackward,
  squaredError: lossValue(elementwiseLosses.squaredError.term),
  squaredErrorGradient: lossGradient(elementwiseLosses.squaredError.slope),
  absoluteError: lossValue(elementwiseLosses.absoluteError.term),
  absoluteErrorGradient: lossGradient(elementwiseLosses.absoluteError.slope),
  huber: lossValue(elementwiseLosses.huber.term),
  huberGradient: lossGradient(elementwiseLosses.huber.slope),
  binaryCrossEntropy: lossValue(elementwiseLosses.binaryCrossEntropy.term),
  binaryCrossEntropyGradient: lossGradient(elementwiseLosses.binaryCrossEntropy.slope),
  binaryCrossEntropyWithLogits: lossValue(elementwiseLosses.binaryCrossEntropyWithLogits.term),
  binaryCrossEntropyWithLogitsGradient: lossGradient(elementwiseLosses.binaryCrossEntropyWithLogits.slope),
  softmaxCrossEntropy,
  categoricalCrossEntropy,
  oneHot,
  affine,
  sgd,
  momentum,
  adam,
  rmsprop,
  adadelta,
  lion,
};
