import { columnSlopesByRow } from "./column-sums";
import { add, hadamard } from "./elementwise";
import { lane } from "./lane";
import { BLOCK, sum, sumOf, Term } from "./reduce";

/**
 * Normalization by statistics of each row: layer normalization (Ba, Kiros and Hinton 2016), and the one by
 * the root mean square (Zhang and Sennrich 2019), whose mean is 0. Sums are those of reduce.ts. In the builds
 * with vectors four rows are summed at once, each in a vector of its own: one sum alone waits for each
 * addition.
 */

/** Of two, the first. */
class First extends Term {
  @inline term<T>(a: T, b: T, s: T, t: T): T {
    return a;
  }
}

class SquaredDifference extends Term {
  @inline term<T>(x: T, unused: T, mean: T, t: T): T {
    const difference = lane.sub<T>(x, mean);
    return lane.mul<T>(difference, difference);
  }
}

/** g (x - mean). */
class TimesDifference extends Term {
  @inline term<T>(g: T, x: T, mean: T, t: T): T {
    return lane.mul<T>(g, lane.sub<T>(x, mean));
  }
}

/**
 * y[rows,cols] = (x - mean[i]) inverse[i] gamma[j] + beta[j], where mean[rows] is that of the row, or 0 if
 * not `centre`, and inverse[rows] = 1 / sqrt(sum over j of (x - mean[i])^2 / cols + epsilon). A gamma of 0
 * stands for ones, a beta of 0 for zeros. Mean and inverse are written. y may be x; the others overlap
 * neither.
 */
export function normalizeRows(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  inverse: usize,
  rows: i32,
  cols: i32,
  epsilon: f32,
  centre: i32,
): void {
  const stride = (<usize>cols) << 2;
  const n = <f32>cols;
  for (let i = 0; i < rows; i += 4) {
    const count = min<i32>(4, rows - i);
    if (ASC_FEATURE_SIMD && count === 4 && cols <= BLOCK) {
      const zero = lane.splat<v128>(0);
      const ns = lane.splat<v128>(n);
      const m = centre ? lane.div<v128>(four.sums<First>(x, x, 0, zero, cols), ns) : zero;
      const v = lane.div<v128>(four.sums<SquaredDifference>(x, x, 0, m, cols), ns);
      const deviation = lane.sqrt<v128>(lane.add<v128>(v, lane.splat<v128>(epsilon)));
      lane.store<v128>(mean, m);
      lane.store<v128>(inverse, lane.div<v128>(lane.splat<v128>(1), deviation));
    } else
      for (let k = 0; k < count; k++) {
        const row = x + <usize>k * stride;
        const m: f32 = centre ? sum(row, cols) / n : 0;
        const v: f32 = sumOf<SquaredDifference>(row, row, cols, m) / n;
        store<f32>(mean + ((<usize>k) << 2), m);
        store<f32>(inverse + ((<usize>k) << 2), 1 / sqrt<f32>(v + epsilon));
      }
    for (let k = 0; k < count; k++) {
      if (ASC_FEATURE_SIMD) affineOver<v128>(x, gamma, beta, y, mean, inverse, cols);
      else affineOver<f32>(x, gamma, beta, y, mean, inverse, cols);
      x += stride;
      y += stride;
      mean += 4;
      inverse += 4;
    }
  }
}

/** y[n] = (x - mean) inverse gamma[n] + beta[n]. */
function affineOver<T>(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  inverse: usize,
  n: i32,
): void {
  const m = lane.loadSplat<T>(mean);
  const d = lane.loadSplat<T>(inverse);
  const end = lane.wholeBytes<T>(n);
  for (let at: usize = 0; at < end; at += lane.bytes<T>())
    step.affine<T>(x + at, gamma, beta, y + at, at, m, d, 0);
  const rest = lane.rest<T>(n);
  if (rest) step.affine<T>(x + end, gamma, beta, y + end, end, m, d, rest);
}

/**
 * dx[rows,cols] = (g - sum of g / cols - z (sum of g z) / cols) inverse[i], the derivative of normalizeRows:
 * g = gamma[j] dy, z = (x - mean[i]) inverse[i], sums over the row. A gamma of 0 stands for ones. A mean of 0
 * stands for rows that were not centred: without the sum of g. w[8 + cols] is room to work in. dx may be x or
 * dy; the others overlap nothing.
 */
export function normalizeRowsBackward(
  x: usize,
  dy: usize,
  mean: usize,
  inverse: usize,
  gamma: usize,
  dx: usize,
  w: usize,
  rows: i32,
  cols: i32,
): void {
  const stride = (<usize>cols) << 2;
  const n = <f32>cols;
  // Of four rows: what is taken off all, and what is taken off by x - mean.
  const constants = w;
  const factors = w + 16;
  for (let i = 0; i < rows; i += 4) {
    const count = min<i32>(4, rows - i);
    if (ASC_FEATURE_SIMD && count === 4 && cols <= BLOCK) {
      const zero = lane.splat<v128>(0);
      const ns = lane.splat<v128>(n);
      const m = mean ? lane.load<v128>(mean) : zero;
      const d = lane.load<v128>(inverse);
      const c = mean ? lane.div<v128>(four.sums<First>(dy, dy, gamma, m, cols), ns) : zero;
      const z = lane.div<v128>(four.sums<TimesDifference>(dy, x, gamma, m, cols), ns);
      lane.store<v128>(constants, c);
      lane.store<v128>(factors, lane.mul<v128>(lane.mul<v128>(z, d), d));
    } else
      for (let k = 0; k < count; k++) {
        const at = (<usize>k) << 2;
        const row = dy + <usize>k * stride;
        const m: f32 = mean ? load<f32>(mean + at) : 0;
        const d = load<f32>(inverse + at);
        const g = gamma ? w + 32 : row;
        if (gamma) hadamard(row, gamma, g, cols);
        const c: f32 = mean ? sum(g, cols) / n : 0;
        const z: f32 = sumOf<TimesDifference>(g, x + <usize>k * stride, cols, m) / n;
        store<f32>(constants + at, c);
        store<f32>(factors + at, z * d * d);
      }
    for (let k = 0; k < count; k++) {
      const at = (<usize>k) << 2;
      if (ASC_FEATURE_SIMD)
        slopesOver<v128>(x, dy, mean, inverse, gamma, dx, constants + at, factors + at, cols);
      else slopesOver<f32>(x, dy, mean, inverse, gamma, dx, constants + at, factors + at, cols);
      x += stride;
      dy += stride;
      dx += stride;
      if (mean) mean += 4;
      inverse += 4;
    }
  }
}

/** dx[n] = (dy gamma[n] - constant - (x - mean) factor) inverse. */
function slopesOver<T>(
  x: usize,
  dy: usize,
  mean: usize,
  inverse: usize,
  gamma: usize,
  dx: usize,
  constant: usize,
  factor: usize,
  n: i32,
): void {
  const m = mean ? lane.loadSplat<T>(mean) : lane.splat<T>(0);
  const d = lane.loadSplat<T>(inverse);
  const c = lane.loadSplat<T>(constant);
  const f = lane.loadSplat<T>(factor);
  const end = lane.wholeBytes<T>(n);
  for (let at: usize = 0; at < end; at += lane.bytes<T>())
    step.slope<T>(x + at, dy + at, gamma, dx + at, at, m, d, c, f, 0);
  const rest = lane.rest<T>(n);
  if (rest) step.slope<T>(x + end, dy + end, gamma, dx + end, end, m, d, c, f, rest);
}

/** A vector of a row, or `part` of one, `at` bytes from its beginning. */
class step {
  @inline static affine<T>(
    x: usize,
    gamma: usize,
    beta: usize,
    y: usize,
    at: usize,
    m: T,
    d: T,
    part: i32,
  ): void {
    let value = lane.mul<T>(lane.sub<T>(lane.read<T>(x, part), m), d);
    if (gamma) value = lane.mul<T>(value, lane.read<T>(gamma + at, part));
    if (beta) value = lane.add<T>(value, lane.read<T>(beta + at, part));
    lane.write<T>(y, value, part);
  }

  @inline static slope<T>(
    x: usize,
    dy: usize,
    gamma: usize,
    dx: usize,
    at: usize,
    m: T,
    d: T,
    c: T,
    f: T,
    part: i32,
  ): void {
    let g = lane.read<T>(dy, part);
    if (gamma) g = lane.mul<T>(g, lane.read<T>(gamma + at, part));
    const linear = lane.mul<T>(lane.sub<T>(lane.read<T>(x, part), m), f);
    lane.write<T>(dx, lane.mul<T>(lane.sub<T>(lane.sub<T>(g, c), linear), d), part);
  }
}

/** Four rows of n floats at once, one after another in memory. */
class four {
  /** The sums over each row of Op(a gamma, b; s), with an s for each row, for n <= BLOCK. */
  static sums<Op extends Term>(a: usize, b: usize, gamma: usize, s: v128, n: i32): v128 {
    const stride = (<usize>n) << 2;
    const s0 = v128.shuffle<f32>(s, s, 0, 0, 0, 0);
    const s1 = v128.shuffle<f32>(s, s, 1, 1, 1, 1);
    const s2 = v128.shuffle<f32>(s, s, 2, 2, 2, 2);
    const s3 = v128.shuffle<f32>(s, s, 3, 3, 3, 3);
    const zero = lane.splat<v128>(0);
    let factor = lane.splat<v128>(1);
    let sum0 = zero;
    let sum1 = zero;
    let sum2 = zero;
    let sum3 = zero;
    for (const end = a + lane.wholeBytes<v128>(n); a < end; a += 16) {
      if (gamma) {
        factor = lane.load<v128>(gamma);
        gamma += 16;
      }
      sum0 = lane.add<v128>(sum0, four.term<Op>(a, b, factor, s0));
      sum1 = lane.add<v128>(sum1, four.term<Op>(a + stride, b + stride, factor, s1));
      sum2 = lane.add<v128>(sum2, four.term<Op>(a + 2 * stride, b + 2 * stride, factor, s2));
      sum3 = lane.add<v128>(sum3, four.term<Op>(a + 3 * stride, b + 3 * stride, factor, s3));
      b += 16;
    }
    const rest = lane.rest<v128>(n);
    if (rest) {
      if (gamma) factor = lane.loadPart<v128>(gamma, rest);
      sum0 = lane.add<v128>(sum0, four.lastTerm<Op>(a, b, factor, s0, rest));
      sum1 = lane.add<v128>(sum1, four.lastTerm<Op>(a + stride, b + stride, factor, s1, rest));
      sum2 = lane.add<v128>(sum2, four.lastTerm<Op>(a + 2 * stride, b + 2 * stride, factor, s2, rest));
      sum3 = lane.add<v128>(sum3, four.lastTerm<Op>(a + 3 * stride, b + 3 * stride, factor, s3, rest));
    }
    let sums = lane.splat<v128>(lane.sum<v128>(sum0));
    sums = f32x4.replace_lane(sums, 1, lane.sum<v128>(sum1));
    sums = f32x4.replace_lane(sums, 2, lane.sum<v128>(sum2));
    return f32x4.replace_lane(sums, 3, lane.sum<v128>(sum3));
  }

  @inline static term<Op extends Term>(a: usize, b: usize, factor: v128, s: v128): v128 {
    const op = changetype<Op>(0);
    return op.term<v128>(lane.mul<v128>(lane.load<v128>(a), factor), lane.load<v128>(b), s, s);
  }

  static lastTerm<Op extends Term>(a: usize, b: usize, factor: v128, s: v128, rest: i32): v128 {
    const op = changetype<Op>(0);
    const product = lane.mul<v128>(lane.loadPart<v128>(a, rest), factor);
    return lane.and<v128>(op.term<v128>(product, lane.loadPart<v128>(b, rest), s, s), lane.first<v128>(rest));
  }
}

/**
 * dgamma[cols] = sum over i of dy (x - mean[i]) inverse[i] and dbeta[cols] = sum over i of dy (+ what is
 * there when accumulate), the derivatives of normalizeRows. A mean of 0 stands for zeros; a dgamma or dbeta
 * of 0 is not written. Rows start `stride` floats apart. w has room for 2 cols floats and
 * columnWorkspace(rows, cols) bytes. Nothing overlaps.
 */
export function normalizeRowsGradient(
  x: usize,
  dy: usize,
  mean: usize,
  inverse: usize,
  dgamma: usize,
  dbeta: usize,
  w: usize,
  rows: i32,
  cols: i32,
  accumulate: i32,
  stride: i32,
): void {
  const bytes = (<usize>cols) << 2;
  columnSlopesByRow(x, dy, mean, inverse, w, w + bytes, rows, cols, stride, w + 2 * bytes);
  if (dbeta) into(w, dbeta, cols, accumulate);
  if (dgamma) into(w + bytes, dgamma, cols, accumulate);
}

/** y[n] = x[n] (+ y[n] when accumulate). */
function into(x: usize, y: usize, n: i32, accumulate: i32): void {
  if (accumulate) add(y, x, y, n);
  else memory.copy(y, x, (<usize>n) << 2);
}
