import { columnMoment, columnSlopes } from "./column-sums";
import { divideBy, hadamard, zero } from "./elementwise";
import { lane } from "./lane";
import { Binary, binary, Unary, unary } from "./map";
import { sum } from "./reduce";

/**
 * Normalization by statistics over rows. x[batches,rows,cols] has in each batch a mean and a variance for
 * each group of cols / groups columns. Batch normalization (Ioffe and Szegedy 2015) is one batch of as many
 * groups as columns, group normalization (Wu and He 2018) one batch a sample. Statistics are [batches,cols]:
 * each column has those of its group. A workspace w has columnWorkspace(rows, cols) bytes.
 */

class InverseDeviation extends Unary {
  @inline apply<T>(variance: T, epsilon: T, t: T): T {
    return lane.div<T>(lane.splat<T>(1), lane.sqrt<T>(lane.add<T>(variance, epsilon)));
  }
}

/** momentum a + rest b, or a where that is not finite. */
class MovingAverage extends Binary {
  @inline apply<T>(a: T, b: T, momentum: T, rest: T): T {
    const next = lane.madd<T>(momentum, a, lane.mul<T>(rest, b));
    return lane.select<T>(lane.eq<T>(lane.sub<T>(next, next), lane.splat<T>(0)), next, a);
  }
}

/**
 * mean[batches,cols] = sum over a group of x / n, variance[batches,cols] = sum over it of (x - mean)^2 / n,
 * for n = rows size elements of a group of `size` columns. All are 0 for no rows. Rows, and the statistics
 * of batches, start `stride` floats apart. Nothing overlaps.
 */
export function channelMoments(
  x: usize,
  mean: usize,
  variance: usize,
  w: usize,
  batches: i32,
  rows: i32,
  cols: i32,
  size: i32,
  stride: i32,
): void {
  const bytes = (<usize>stride) << 2;
  for (let i = 0; i < batches; i++) {
    columnMoment(x, 0, mean, rows, cols, stride, w);
    pool(mean, rows, cols, size);
    columnMoment(x, mean, variance, rows, cols, stride, w);
    pool(variance, rows, cols, size);
    x += <usize>rows * bytes;
    mean += bytes;
    variance += bytes;
  }
}

/** x[cols] = the sum of x over the group of the column, of `size` columns, divided by rows size. */
function pool(x: usize, rows: i32, cols: i32, size: i32): void {
  const n = <f32>max<i32>(rows * size, 1);
  if (size === 1) {
    divideBy(x, x, cols, n);
    return;
  }
  for (let i = 0; i < cols; i += size) {
    const mean = sum(x, size) / n;
    for (let j = 0; j < size; j++) {
      store<f32>(x, mean);
      x += 4;
    }
  }
}

/**
 * y[batches,rows,cols] = (x - mean[i,j]) / sqrt(variance[i,j] + epsilon) gamma[j] + beta[j], for statistics
 * that are given. A mean of 0 stands for zeros, as a beta of 0; a gamma of 0 for ones. y may be x; the others
 * overlap neither.
 */
export function normalizeChannels(
  x: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  w: usize,
  batches: i32,
  rows: i32,
  cols: i32,
  epsilon: f32,
): void {
  const stride = (<usize>cols) << 2;
  const zeros = w + stride;
  if (!mean || !beta) zero(zeros, cols);
  for (let i = 0; i < batches; i++) {
    const from = mean ? mean + <usize>i * stride : zeros;
    unary<InverseDeviation>(variance + <usize>i * stride, w, cols, epsilon);
    if (gamma) hadamard(w, gamma, w, cols);
    if (ASC_FEATURE_SIMD) affineOver<v128>(x, from, w, beta ? beta : zeros, y, rows, cols);
    else affineOver<f32>(x, from, w, beta ? beta : zeros, y, rows, cols);
    x += <usize>rows * stride;
    y += <usize>rows * stride;
  }
}

/** y[rows,cols] = (x - mean[cols]) scale[cols] + beta[cols]. */
function affineOver<T>(
  x: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  y: usize,
  rows: i32,
  cols: i32,
): void {
  const stride = (<usize>cols) << 2;
  const end = lane.wholeBytes<T>(cols);
  for (let i = 0; i < rows; i += 4) {
    const count = min<i32>(4, rows - i);
    let j: usize = 0;
    // Four rows at once: what is of the column is read once for all. The scalar build is to be small.
    for (const last: usize = ASC_FEATURE_SIMD && count === 4 ? end : 0; j < last; j += lane.bytes<T>()) {
      const m = lane.load<T>(mean + j);
      const s = lane.load<T>(scale + j);
      const b = lane.load<T>(beta + j);
      const p = x + j;
      const q = y + j;
      const x0 = lane.load<T>(p);
      const x1 = lane.load<T>(p + stride);
      const x2 = lane.load<T>(p + 2 * stride);
      const x3 = lane.load<T>(p + 3 * stride);
      lane.store<T>(q, lane.madd<T>(lane.sub<T>(x0, m), s, b));
      lane.store<T>(q + stride, lane.madd<T>(lane.sub<T>(x1, m), s, b));
      lane.store<T>(q + 2 * stride, lane.madd<T>(lane.sub<T>(x2, m), s, b));
      lane.store<T>(q + 3 * stride, lane.madd<T>(lane.sub<T>(x3, m), s, b));
    }
    for (; j < stride; j += lane.bytes<T>()) {
      const part = j < end ? 0 : lane.rest<T>(cols);
      const m = lane.read<T>(mean + j, part);
      const s = lane.read<T>(scale + j, part);
      const b = lane.read<T>(beta + j, part);
      let p = x + j;
      let q = y + j;
      for (let k = 0; k < count; k++) {
        lane.write<T>(q, lane.madd<T>(lane.sub<T>(lane.read<T>(p, part), m), s, b), part);
        p += stride;
        q += stride;
      }
    }
    x += 4 * stride;
    y += 4 * stride;
  }
}

/**
 * ofBeta[batches,cols] = sum over rows of dy, ofGamma[batches,cols] = sum over rows of dy (x - mean) /
 * sqrt(variance + epsilon): what each batch adds to the gradients of beta and gamma. Rows, and what is
 * of batches, start `stride` floats apart. Nothing overlaps.
 */
export function channelSlopes(
  x: usize,
  dy: usize,
  mean: usize,
  variance: usize,
  ofBeta: usize,
  ofGamma: usize,
  w: usize,
  batches: i32,
  rows: i32,
  cols: i32,
  epsilon: f32,
  stride: i32,
): void {
  const bytes = (<usize>stride) << 2;
  for (let i = 0; i < batches; i++) {
    columnSlopes(x, dy, mean, ofBeta, ofGamma, rows, cols, stride, w);
    unary<InverseDeviation>(variance, w, cols, epsilon);
    hadamard(ofGamma, w, ofGamma, cols);
    x += <usize>rows * bytes;
    dy += <usize>rows * bytes;
    mean += bytes;
    variance += bytes;
    ofBeta += bytes;
    ofGamma += bytes;
  }
}

/**
 * dx[batches,rows,cols] = (g - sum of g / n - (x - mean) / d (sum of g (x - mean) / d) / n) / d, the
 * derivative of normalizeChannels by an x whose statistics are channelMoments: g = gamma[j] dy, d =
 * sqrt(variance + epsilon), sums over a group of `size` columns, of n = total size elements: the `rows` are
 * some of the `total` that the statistics are of. ofBeta and ofGamma are channelSlopes. A gamma of 0 stands
 * for ones. dx may be x or dy; the others overlap nothing.
 */
export function normalizeChannelsBackward(
  x: usize,
  dy: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  ofBeta: usize,
  ofGamma: usize,
  dx: usize,
  w: usize,
  batches: i32,
  rows: i32,
  cols: i32,
  size: i32,
  epsilon: f32,
  total: i32,
): void {
  const stride = (<usize>cols) << 2;
  const inverse = w;
  const scale = w + stride;
  const constant = w + 2 * stride;
  const linear = w + 3 * stride;
  for (let i = 0; i < batches; i++) {
    const batch = <usize>i * stride;
    unary<InverseDeviation>(variance + batch, inverse, cols, epsilon);
    times(inverse, gamma, scale, cols);
    times(ofBeta + batch, gamma, constant, cols);
    pool(constant, total, cols, size);
    hadamard(constant, inverse, constant, cols);
    times(ofGamma + batch, gamma, linear, cols);
    pool(linear, total, cols, size);
    hadamard(linear, inverse, linear, cols);
    hadamard(linear, inverse, linear, cols);
    if (ASC_FEATURE_SIMD) slopesOver<v128>(x, dy, mean + batch, scale, constant, linear, dx, rows, cols);
    else slopesOver<f32>(x, dy, mean + batch, scale, constant, linear, dx, rows, cols);
    x += <usize>rows * stride;
    dy += <usize>rows * stride;
    dx += <usize>rows * stride;
  }
}

/** y[n] = x gamma, or x where gamma is 0. */
function times(x: usize, gamma: usize, y: usize, n: i32): void {
  if (gamma) hadamard(x, gamma, y, n);
  else memory.copy(y, x, (<usize>n) << 2);
}

/** s dy - c - (x - m) l. */
class slope {
  @inline static of<T>(x: T, dy: T, m: T, s: T, c: T, l: T): T {
    return lane.sub<T>(lane.sub<T>(lane.mul<T>(s, dy), c), lane.mul<T>(lane.sub<T>(x, m), l));
  }
}

/** dx[rows,cols] = scale[cols] dy - constant[cols] - (x - mean[cols]) linear[cols]. */
function slopesOver<T>(
  x: usize,
  dy: usize,
  mean: usize,
  scale: usize,
  constant: usize,
  linear: usize,
  dx: usize,
  rows: i32,
  cols: i32,
): void {
  const stride = (<usize>cols) << 2;
  const end = lane.wholeBytes<T>(cols);
  for (let i = 0; i < rows; i += 4) {
    const count = min<i32>(4, rows - i);
    let j: usize = 0;
    for (const last: usize = ASC_FEATURE_SIMD && count === 4 ? end : 0; j < last; j += lane.bytes<T>()) {
      const m = lane.load<T>(mean + j);
      const s = lane.load<T>(scale + j);
      const c = lane.load<T>(constant + j);
      const l = lane.load<T>(linear + j);
      const p = x + j;
      const q = dy + j;
      const r = dx + j;
      const dx0 = slope.of<T>(lane.load<T>(p), lane.load<T>(q), m, s, c, l);
      const dx1 = slope.of<T>(lane.load<T>(p + stride), lane.load<T>(q + stride), m, s, c, l);
      const dx2 = slope.of<T>(lane.load<T>(p + 2 * stride), lane.load<T>(q + 2 * stride), m, s, c, l);
      const dx3 = slope.of<T>(lane.load<T>(p + 3 * stride), lane.load<T>(q + 3 * stride), m, s, c, l);
      lane.store<T>(r, dx0);
      lane.store<T>(r + stride, dx1);
      lane.store<T>(r + 2 * stride, dx2);
      lane.store<T>(r + 3 * stride, dx3);
    }
    for (; j < stride; j += lane.bytes<T>()) {
      const part = j < end ? 0 : lane.rest<T>(cols);
      const m = lane.read<T>(mean + j, part);
      const s = lane.read<T>(scale + j, part);
      const c = lane.read<T>(constant + j, part);
      const l = lane.read<T>(linear + j, part);
      let p = x + j;
      let q = dy + j;
      let r = dx + j;
      for (let k = 0; k < count; k++) {
        lane.write<T>(r, slope.of<T>(lane.read<T>(p, part), lane.read<T>(q, part), m, s, c, l), part);
        p += stride;
        q += stride;
        r += stride;
      }
    }
    x += 4 * stride;
    dy += 4 * stride;
    dx += 4 * stride;
  }
}

/**
 * movingMean[n] = momentum movingMean + rest mean, movingVariance[n] = momentum movingVariance + rest
 * variance rows / (rows - 1), which is the unbiased variance; of one row it is the biased one, 0. What would
 * not be finite stays as it was, as do all for no rows. Nothing overlaps.
 */
export function moveMoments(
  mean: usize,
  variance: usize,
  movingMean: usize,
  movingVariance: usize,
  rows: i32,
  n: i32,
  momentum: f32,
  rest: f32,
): void {
  if (rows === 0) return;
  const unbiased = <f32>rows / <f32>max<i32>(rows - 1, 1);
  binary<MovingAverage>(movingMean, mean, movingMean, n, momentum, rest);
  binary<MovingAverage>(movingVariance, variance, movingVariance, n, momentum, rest * unbiased);
}
