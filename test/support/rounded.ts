import { roundedConvolutions } from "./convolution.js";
import { roundedPooling } from "./pooling.js";
import { roundedResampling } from "./resampling.js";
import { roundedAttention } from "./rounded-attention.js";
import { roundedSequences } from "./sequences.js";

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

const inverseOf = (variance: number, epsilon: number): number =>
  over(1, fround(Math.sqrt(plus(variance, epsilon))));

/** x[cols] divided by n; of columns in groups, the sum over the group, in order, divided by n. */
function pool(x: Floats, rows: number, cols: number, groups: number): void {
  const size = cols / groups;
  const n = Math.max(rows * size, 1);
  for (let begin = 0; begin < cols; begin += size) {
    const total = size === 1 ? x[begin] : sumOf((i) => x[i], begin, begin + size);
    x.fill(over(total, n), begin, begin + size);
  }
}

/**
 * Sums over rows, as sumRows has them, of x and then of the squares of what is left of it; groups after
 * columns.
 */
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
  for (let batch = 0; batch < batches; batch++) {
    const at = (i: number, j: number) => x[(batch * rows + i) * cols + j];
    const [m, v] = [mean, variance].map((all) => all.subarray(batch * cols, (batch + 1) * cols));
    for (let j = 0; j < cols; j++) m[j] = sumOf((i) => at(i, j), 0, rows);
    pool(m, rows, cols, cols / size);
    for (let j = 0; j < cols; j++)
      v[j] = sumOf((i) => times(minus(at(i, j), m[j]), minus(at(i, j), m[j])), 0, rows);
    pool(v, rows, cols, cols / size);
  }
}

function normalizeChannels(
  x: Floats,
  mean: Floats | 0,
  variance: Floats,
  gamma: Floats | 0,
  beta: Floats | 0,
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
    const factor = times(inverseOf(variance[at], epsilon), gamma ? gamma[j] : 1);
    y[i] = multiplyAdd(minus(x[i], mean ? mean[at] : 0), factor, beta ? beta[j] : 0);
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
  for (let at = 0; at < batches * cols; at++) {
    const place = (i: number) => (Math.floor(at / cols) * rows + i) * cols + (at % cols);
    ofBeta[at] = sumOf((i) => dy[place(i)], 0, rows);
    const total = sumOf((i) => times(dy[place(i)], minus(x[place(i)], mean[at])), 0, rows);
    ofGamma[at] = times(total, inverseOf(variance[at], epsilon));
  }
}

/** The means of a group as pool has them; then gamma / d dy - constant - (x - mean) slope. */
function normalizeChannelsBackward(
  x: Floats,
  dy: Floats,
  mean: Floats,
  variance: Floats,
  gamma: Floats | 0,
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
  for (let batch = 0; batch < batches; batch++) {
    const of = (all: Floats) => all.subarray(batch * cols, (batch + 1) * cols);
    const scaled = (all: Floats) => all.map((value, j) => times(value, gamma ? gamma[j] : 1));
    const inverse = of(variance).map((value) => inverseOf(value, epsilon));
    const factors = scaled(inverse);
    const [constants, slopes] = [ofBeta, ofGamma].map((all) => {
      const values = scaled(of(all));
      pool(values, rows, cols, cols / size);
      return values.map((value, j) => times(value, inverse[j]));
    });
    for (let k = 0; k < rows * cols; k++) {
      const [i, j] = [batch * rows * cols + k, k % cols];
      const linear = times(minus(x[i], of(mean)[j]), times(slopes[j], inverse[j]));
      dx[i] = minus(minus(times(factors[j], dy[i]), constants[j]), linear);
    }
  }
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
      const next = multiplyAdd(momentum, moving[j], times(factor, batch[j]));
      if (Number.isFinite(next)) moving[j] = next;
    }
  };
  move(movingMean, mean, rest);
  move(movingVariance, variance, times(rest, over(rows, Math.max(rows - 1, 1))));
}

function normalizeRows(
  x: Floats,
  gamma: Floats | 0,
  beta: Floats | 0,
  y: Floats,
  mean: Floats,
  inverse: Floats,
  rows: number,
  cols: number,
  epsilon: number,
  centre: number,
): void {
  for (let i = 0; i < rows; i++) {
    const at = (j: number) => x[i * cols + j];
    const m = centre ? over(sumOf(at, 0, cols), cols) : 0;
    const squares = sumOf((j) => times(minus(at(j), m), minus(at(j), m)), 0, cols);
    mean[i] = m;
    inverse[i] = inverseOf(over(squares, cols), epsilon);
    for (let j = 0; j < cols; j++) {
      const z = times(minus(at(j), m), inverse[i]);
      const product = gamma ? times(z, gamma[j]) : z;
      y[i * cols + j] = beta ? plus(product, beta[j]) : product;
    }
  }
}

function normalizeRowsBackward(
  x: Floats,
  dy: Floats,
  mean: Floats | 0,
  inverse: Floats,
  gamma: Floats | 0,
  dx: Floats,
  _w: Floats,
  rows: number,
  cols: number,
): void {
  for (let i = 0; i < rows; i++) {
    const begin = i * cols;
    const [m, d] = [mean ? mean[i] : 0, inverse[i]];
    const g = (j: number) => times(dy[begin + j], gamma ? gamma[j] : 1);
    const difference = (j: number) => minus(x[begin + j], m);
    const constant = mean ? over(sumOf(g, 0, cols), cols) : 0;
    const slope = over(
      sumOf((j) => times(g(j), difference(j)), 0, cols),
      cols,
    );
    const factor = times(times(slope, d), d);
    for (let j = 0; j < cols; j++)
      dx[begin + j] = times(minus(minus(g(j), constant), times(difference(j), factor)), d);
  }
}

function normalizeRowsGradient(
  x: Floats,
  dy: Floats,
  mean: Floats | 0,
  inverse: Floats,
  dgamma: Floats | 0,
  dbeta: Floats | 0,
  _w: Floats,
  rows: number,
  cols: number,
  accumulate: number,
): void {
  for (let j = 0; j < cols; j++) {
    const z = (i: number) => times(minus(x[i * cols + j], mean ? mean[i] : 0), inverse[i]);
    const ofGamma = sumOf((i) => times(dy[i * cols + j], z(i)), 0, rows);
    const ofBeta = sumOf((i) => dy[i * cols + j], 0, rows);
    if (dgamma) dgamma[j] = accumulate ? dgamma[j] + ofGamma : ofGamma;
    if (dbeta) dbeta[j] = accumulate ? dbeta[j] + ofBeta : ofBeta;
  }
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
  ...roundedSequences(sumOf),
  ...roundedAttention(sumOf),
  sum,
  sumOfSquares,
  sumRows,
  preluGradient,
  channelMoments,
  normalizeChannels,
  channelSlopes,
  normalizeChannelsBackward,
  moveMoments,
  normalizeRows,
  normalizeRowsBackward,
  normalizeRowsGradient,
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
