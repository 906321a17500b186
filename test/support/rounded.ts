import { roundedConvolutions } from "./convolution.js";
import { roundedPooling } from "./pooling.js";
import { roundedResampling } from "./resampling.js";

/**
 * The kernels whose order of operations is a contract, with every operation rounded to float32 as the scalar
 * and simd builds round it. Arrays are Float32Array, so what is stored is rounded by that.
 */
type Floats = Float32Array;

const { fround } = Math;
const plus = (a: number, b: number): number => fround(a + b);
const minus = (a: number, b: number): number => fround(a - b);
const times = (a: number, b: number): number => fround(a * b);
const over = (a: number, b: number): number => fround(a / b);
/** a b + c in two roundings. */
const multiplyAdd = (a: number, b: number, c: number): number => plus(times(a, b), c);

const GEMM_BLOCK = 256;
const SUM_BLOCK = 512;

/** Blocks of 256 terms; in a block one accumulator from 0 up, p ascending; blocks in order onto d. */
function gemm(
  a: Floats,
  b: Floats,
  c: Floats,
  d: Floats | 0,
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
  const block = new Float32Array(n);
  for (let i = 0; i < m; i++) {
    for (let begin = 0; begin === 0 || begin < k; begin += GEMM_BLOCK) {
      block.fill(0);
      for (let p = begin; p < Math.min(k, begin + GEMM_BLOCK); p++) {
        const s = a[i * aRow + p * aStep];
        for (let j = 0; j < n; j++) block[j] += fround(s * b[p * bStep + j * bCol]);
      }
      for (let j = 0; j < n; j++) {
        const before = begin > 0 ? c[i * ldc + j] : d ? d[i * ldd + j] : undefined;
        c[i * ldc + j] = before === undefined ? block[j] : before + block[j];
      }
    }
  }
}

/**
 * Term i to accumulator i mod 4 within a block of 512, the four added (0 + 1) + (2 + 3); blocks added
 * pairwise, first half rounded up.
 */
function sumOf(term: (i: number) => number, begin: number, end: number): number {
  const blocks = Math.ceil((end - begin) / SUM_BLOCK);
  if (blocks > 1) {
    const middle = begin + Math.ceil(blocks / 2) * SUM_BLOCK;
    return plus(sumOf(term, begin, middle), sumOf(term, middle, end));
  }
  const accumulators = new Float32Array(4);
  for (let i = begin; i < end; i++) accumulators[(i - begin) % 4] += term(i);
  return plus(plus(accumulators[0], accumulators[1]), plus(accumulators[2], accumulators[3]));
}

const sum = (x: Floats, n: number): number => sumOf((i) => x[i], 0, n);

function sumRows(x: Floats, y: Floats, rows: number, cols: number, accumulate: number): void {
  for (let j = 0; j < cols; j++) {
    const total = sumOf((i) => x[i * cols + j], 0, rows);
    y[j] = accumulate ? y[j] + total : total;
  }
}

/** The sums of columns, each times 1 / positions. */
function averagePositions(x: Floats, y: Floats, rows: number, positions: number, channels: number): void {
  for (let s = 0; s < rows; s++) {
    const to = y.subarray(s * channels, (s + 1) * channels);
    sumRows(x.subarray(s * positions * channels), to, positions, channels, 0);
    for (let c = 0; c < channels; c++) to[c] = times(to[c], fround(1 / positions));
  }
}

/** The sum of each block of `inner` terms, and then those of the rows. */
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
  const term = (i: number) => times(dy[i], z[i] < 0 ? z[i] : 0);
  const sums = new Float32Array(outer * cols);
  for (let i = 0; i < outer * cols; i++)
    sums[i] = inner === 1 ? term(i) : sumOf(term, i * inner, (i + 1) * inner);
  sumRows(sums, da, outer, cols, accumulate);
}

function axpy(x: Floats, y: Floats, n: number, s: number): void {
  for (let i = 0; i < n; i++) y[i] = multiplyAdd(s, x[i], y[i]);
}

/** Each row's sum times its weight, added in float64 and rounded once; without weights the sum of all. */
const elementwiseLoss =
  (term: (p: number, t: number) => number) =>
  (p: Floats, t: Floats, n: number, _s: number, w: Floats | 0 = 0, cols = n): number => {
    const ofRow = (begin: number, end: number) => sumOf((i) => term(p[i], t[i]), begin, end);
    if (!w) return ofRow(0, n);
    let total = 0;
    for (let begin = 0, i = 0; begin < n; begin += cols, i++) total += ofRow(begin, begin + cols) * w[i];
    return Math.fround(total);
  };

function sgd(w: Floats, g: Floats, n: number, rate: number, decay: number): void {
  for (let i = 0; i < n; i++) w[i] = multiplyAdd(-rate, multiplyAdd(decay, w[i], g[i]), w[i]);
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
    const gradient = multiplyAdd(decay, w[i], g[i]);
    m[i] = multiplyAdd(momentum, m[i], times(input, gradient));
    w[i] = minus(w[i], multiplyAdd(ofGradient, gradient, times(ofVelocity, m[i])));
  }
}

function adam(
  w: Floats,
  g: Floats,
  m: Floats,
  v: Floats,
  x: Floats | 0,
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
    const gradient = multiplyAdd(decay, w[i], g[i]);
    m[i] = multiplyAdd(ofMean, minus(gradient, m[i]), m[i]);
    v[i] = multiplyAdd(ofSquare, minus(times(gradient, gradient), v[i]), v[i]);
    if (x) x[i] = Math.max(v[i], x[i]);
    const direction = multiplyAdd(ofGradient, gradient, times(rate, m[i]));
    w[i] = minus(times(keep, w[i]), over(direction, plus(fround(Math.sqrt(x ? x[i] : v[i])), epsilon)));
  }
}

function rmsprop(
  w: Floats,
  g: Floats,
  m: Floats | 0,
  v: Floats,
  x: Floats | 0,
  n: number,
  decay: number,
  rate: number,
  keepSquare: number,
  ofSquare: number,
  epsilon: number,
  momentum: number,
): void {
  for (let i = 0; i < n; i++) {
    const gradient = multiplyAdd(decay, w[i], g[i]);
    v[i] = multiplyAdd(ofSquare, times(gradient, gradient), times(keepSquare, v[i]));
    let square = v[i];
    if (x) {
      x[i] = multiplyAdd(ofSquare, minus(gradient, x[i]), x[i]);
      square = minus(square, times(x[i], x[i]));
      if (square < 0) square = 0;
    }
    let step = over(gradient, plus(fround(Math.sqrt(square)), epsilon));
    if (m) {
      m[i] = multiplyAdd(momentum, m[i], step);
      step = m[i];
    }
    w[i] = minus(w[i], times(rate, step));
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
    const gradient = multiplyAdd(decay, w[i], g[i]);
    v[i] = multiplyAdd(ofSquare, minus(times(gradient, gradient), v[i]), v[i]);
    const step = times(fround(Math.sqrt(over(plus(m[i], epsilon), plus(v[i], epsilon)))), gradient);
    m[i] = multiplyAdd(ofSquare, minus(times(step, step), m[i]), m[i]);
    w[i] = minus(w[i], times(rate, step));
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
    const difference = minus(g[i], m[i]);
    const direction = multiplyAdd(ofDirection, difference, m[i]);
    m[i] = multiplyAdd(ofMean, difference, m[i]);
    w[i] = minus(times(keep, w[i]), direction > 0 ? rate : direction < 0 ? -rate : direction);
  }
}

const sumOfSquares = (x: Floats, n: number): number => sumOf((i) => times(x[i], x[i]), 0, n);

export const rounded = {
  gemm,
  ...roundedConvolutions,
  ...roundedPooling,
  averagePositions,
  ...roundedResampling,
  sum,
  sumOfSquares,
  sumRows,
  preluGradient,
  axpy,
  squaredError: elementwiseLoss((p, t) => times(minus(p, t), minus(p, t))),
  absoluteError: elementwiseLoss((p, t) => Math.abs(minus(p, t))),
  sgd,
  momentum,
  adam,
  rmsprop,
  adadelta,
  lion,
};
