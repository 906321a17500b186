import { lane } from "./lane";

/**
 * The order of every sum, in every build: term i goes to accumulator i mod 4 within blocks of 512 terms, a
 * block's four accumulators are added (0 + 1) + (2 + 3), and blocks are added pairwise: the first half
 * (rounded up) and the second. Its error grows with log n: a million times 0.1 comes out 9e-7 off, against
 * 2.4e-3 in four plain accumulators.
 */
export const BLOCK: i32 = 512;

/** One term of a sum, from a[i] and b[i]; s and t are the same for all. */
export abstract class Term {
  term<T>(a: T, b: T, s: T, t: T): T {
    return a;
  }
}

export class Identity extends Term {
  @inline term<T>(a: T, b: T, s: T, t: T): T {
    return a;
  }
}

class Square extends Term {
  @inline term<T>(a: T, b: T, s: T, t: T): T {
    return lane.mul<T>(a, a);
  }
}

/** sum over i in [0, n) of Op(a[i], b[i]; s, t). Pass a for a b that Op ignores. */
export function sumOf<Op extends Term>(a: usize, b: usize, n: i32, s: f32 = 0, t: f32 = 0): f32 {
  if (n > BLOCK) {
    const blocks = (n + BLOCK - 1) / BLOCK;
    const half = ((blocks + 1) >> 1) * BLOCK;
    const offset = (<usize>half) << 2;
    return sumOf<Op>(a, b, half, s, t) + sumOf<Op>(a + offset, b + offset, n - half, s, t);
  }
  return ASC_FEATURE_SIMD ? blockByVector<Op>(a, b, n, s, t) : blockByFour<Op>(a, b, n, s, t);
}

function blockByVector<Op extends Term>(a: usize, b: usize, n: i32, s: f32, t: f32): f32 {
  const op = changetype<Op>(0);
  const us = lane.splat<v128>(s);
  const ut = lane.splat<v128>(t);
  let sum = lane.splat<v128>(0);
  for (const end = a + lane.wholeBytes<v128>(n); a < end; a += 16) {
    sum = lane.add<v128>(sum, op.term<v128>(lane.load<v128>(a), lane.load<v128>(b), us, ut));
    b += 16;
  }
  const rest = lane.rest<v128>(n);
  if (rest) {
    const last = op.term<v128>(lane.loadPart<v128>(a, rest), lane.loadPart<v128>(b, rest), us, ut);
    sum = lane.add<v128>(sum, lane.and<v128>(last, lane.first<v128>(rest)));
  }
  return lane.sum<v128>(sum);
}

function blockByFour<Op extends Term>(a: usize, b: usize, n: i32, s: f32, t: f32): f32 {
  const op = changetype<Op>(0);
  let sum0: f32 = 0;
  let sum1: f32 = 0;
  let sum2: f32 = 0;
  let sum3: f32 = 0;
  // One body and a rotation of the accumulators: four bodies would be four copies of Op.
  for (let i = 0, to = (n + 3) & ~3; i < to; i++) {
    const rotated = sum0;
    sum0 = sum1;
    sum1 = sum2;
    sum2 = sum3;
    sum3 = i < n ? rotated + op.term<f32>(lane.load<f32>(a), lane.load<f32>(b), s, t) : rotated;
    a += 4;
    b += 4;
  }
  return sum0 + sum1 + (sum2 + sum3);
}

/** sum of x[n]. */
export function sum(x: usize, n: i32): f32 {
  return sumOf<Identity>(x, x, n);
}

/** sum of x[n]^2. */
export function sumOfSquares(x: usize, n: i32): f32 {
  if (!ASC_FEATURE_SIMD || n <= BLOCK) return sumOf<Square>(x, x, n);
  if (n === 3 * BLOCK) return squaresOfBlocks(x, false);
  if (n === 4 * BLOCK) return squaresOfBlocks(x, true);
  const half = (((n + BLOCK - 1) / BLOCK + 1) >> 1) * BLOCK;
  return sumOfSquares(x, half) + sumOfSquares(x + ((<usize>half) << 2), n - half);
}

/**
 * Of four whole blocks at once, or of three: one sum alone waits for each addition, and for memory where one
 * stream of it is read.
 */
function squaresOfBlocks(x: usize, four: bool): f32 {
  const block = (<usize>BLOCK) << 2;
  const toLast = <usize>(four ? 3 : 2) * block;
  let sum0 = lane.splat<v128>(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (const end = x + block; x < end; x += 16) {
    const a = lane.load<v128>(x);
    sum0 = lane.add<v128>(sum0, lane.mul<v128>(a, a));
    const b = lane.load<v128>(x + block);
    sum1 = lane.add<v128>(sum1, lane.mul<v128>(b, b));
    const c = lane.load<v128>(x + 2 * block);
    sum2 = lane.add<v128>(sum2, lane.mul<v128>(c, c));
    const d = lane.load<v128>(x + toLast);
    sum3 = lane.add<v128>(sum3, lane.mul<v128>(d, d));
  }
  const first = lane.sum<v128>(sum0) + lane.sum<v128>(sum1);
  const third = lane.sum<v128>(sum2);
  return first + (four ? third + lane.sum<v128>(sum3) : third);
}

/** The largest of x[n]; NaN when one is; -Infinity for n = 0. */
export function maximum(x: usize, n: i32): f32 {
  return ASC_FEATURE_SIMD ? maximumOver<v128>(x, n) : maximumOver<f32>(x, n);
}

function maximumOver<T>(x: usize, n: i32): f32 {
  const rest = n & (lane.width<T>() - 1);
  const end = x + ((<usize>(n - rest)) << 2);
  const least = lane.splat<T>(-f32.MAX_VALUE / 0);
  let largest = least;
  while (x < end) {
    largest = lane.max<T>(largest, lane.load<T>(x));
    x += lane.bytes<T>();
  }
  if (rest)
    largest = lane.max<T>(largest, lane.select<T>(lane.first<T>(rest), lane.loadPart<T>(x, rest), least));
  return lane.maximum<T>(largest);
}

/** The largest |x[i]| of n; NaN when one is; 0 for n = 0. */
export function largestMagnitude(x: usize, n: i32): f32 {
  return ASC_FEATURE_SIMD ? largestMagnitudeOver<v128>(x, n) : largestMagnitudeOver<f32>(x, n);
}

function largestMagnitudeOver<T>(x: usize, n: i32): f32 {
  // Four parts side by side: what no cache holds comes sooner from four places at once, and no order counts.
  // Bits shifted left have no sign, and are in the order of the magnitudes, NaNs above all.
  const v = lane.bytes<T>();
  const each = n / (8 * lane.width<T>());
  const bytes = <usize>(2 * each) * v;
  let a = lane.splat<T>(0);
  let b = a;
  let c = a;
  let d = a;
  for (const end = x + bytes; x < end; x += 2 * v) {
    a = lane.maxBits<T>(a, lane.shiftLeft<T>(lane.load<T>(x), 1));
    a = lane.maxBits<T>(a, lane.shiftLeft<T>(lane.load<T>(x + v), 1));
    const second = x + bytes;
    b = lane.maxBits<T>(b, lane.shiftLeft<T>(lane.load<T>(second), 1));
    b = lane.maxBits<T>(b, lane.shiftLeft<T>(lane.load<T>(second + v), 1));
    const third = second + bytes;
    c = lane.maxBits<T>(c, lane.shiftLeft<T>(lane.load<T>(third), 1));
    c = lane.maxBits<T>(c, lane.shiftLeft<T>(lane.load<T>(third + v), 1));
    const fourth = third + bytes;
    d = lane.maxBits<T>(d, lane.shiftLeft<T>(lane.load<T>(fourth), 1));
    d = lane.maxBits<T>(d, lane.shiftLeft<T>(lane.load<T>(fourth + v), 1));
  }
  x += 3 * bytes;
  n -= 8 * each * lane.width<T>();
  for (const end = x + lane.wholeBytes<T>(n); x < end; x += v)
    a = lane.maxBits<T>(a, lane.shiftLeft<T>(lane.load<T>(x), 1));
  const rest = lane.rest<T>(n);
  if (rest) b = lane.maxBits<T>(b, lane.shiftLeft<T>(lane.loadPart<T>(x, rest), 1));
  const doubled = lane.maximumBits<T>(lane.maxBits<T>(lane.maxBits<T>(a, b), lane.maxBits<T>(c, d)));
  return reinterpret<f32>(doubled >> 1);
}

/**
 * y[cols] = sum over rows of x[rows,cols] (+ y[cols] when accumulate), the adjoint of addRow. The rows of x
 * start `stride` floats apart. y overlaps no x.
 */
export function sumRows(x: usize, y: usize, rows: i32, cols: i32, accumulate: i32, stride: i32): void {
  if (ASC_FEATURE_SIMD) sumRowsOver<v128>(x, y, rows, cols, accumulate, (<usize>stride) << 2);
  else sumRowsOver<f32>(x, y, rows, cols, accumulate, (<usize>stride) << 2);
}

function sumRowsOver<T>(x: usize, y: usize, rows: i32, cols: i32, accumulate: i32, stride: usize): void {
  const rest = cols & (lane.width<T>() - 1);
  const end = x + ((<usize>(cols - rest)) << 2);
  if (isVector<T>() && rows <= BLOCK)
    for (; x + 32 <= end; x += 32) {
      sumTwo(x, y, rows, stride, accumulate);
      y += 32;
    }
  while (x < end) {
    let total = columnSum<T>(x, rows, stride, 0);
    if (accumulate) total = lane.add<T>(lane.load<T>(y), total);
    lane.store<T>(y, total);
    x += lane.bytes<T>();
    y += lane.bytes<T>();
  }
  if (rest) {
    let total = columnSum<T>(x, rows, stride, rest);
    if (accumulate) total = lane.add<T>(lane.loadPart<T>(y, rest), total);
    lane.storePart<T>(y, total, rest);
  }
}

/**
 * Those of two vectors of columns at once, at most BLOCK rows: a row far from the next is met once for both.
 */
function sumTwo(x: usize, y: usize, rows: i32, stride: usize, accumulate: i32): void {
  let a0 = lane.splat<v128>(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  for (let i = rows >> 2; i > 0; i--) {
    a0 = lane.add<v128>(a0, lane.load<v128>(x));
    b0 = lane.add<v128>(b0, lane.load<v128>(x + 16));
    x += stride;
    a1 = lane.add<v128>(a1, lane.load<v128>(x));
    b1 = lane.add<v128>(b1, lane.load<v128>(x + 16));
    x += stride;
    a2 = lane.add<v128>(a2, lane.load<v128>(x));
    b2 = lane.add<v128>(b2, lane.load<v128>(x + 16));
    x += stride;
    a3 = lane.add<v128>(a3, lane.load<v128>(x));
    b3 = lane.add<v128>(b3, lane.load<v128>(x + 16));
    x += stride;
  }
  const last = rows & 3;
  if (last > 0) {
    a0 = lane.add<v128>(a0, lane.load<v128>(x));
    b0 = lane.add<v128>(b0, lane.load<v128>(x + 16));
  }
  if (last > 1) {
    a1 = lane.add<v128>(a1, lane.load<v128>(x + stride));
    b1 = lane.add<v128>(b1, lane.load<v128>(x + stride + 16));
  }
  if (last > 2) {
    a2 = lane.add<v128>(a2, lane.load<v128>(x + 2 * stride));
    b2 = lane.add<v128>(b2, lane.load<v128>(x + 2 * stride + 16));
  }
  let a = lane.add<v128>(lane.add<v128>(a0, a1), lane.add<v128>(a2, a3));
  let b = lane.add<v128>(lane.add<v128>(b0, b1), lane.add<v128>(b2, b3));
  if (accumulate) {
    a = lane.add<v128>(lane.load<v128>(y), a);
    b = lane.add<v128>(lane.load<v128>(y + 16), b);
  }
  lane.store<v128>(y, a);
  lane.store<v128>(y + 16, b);
}

/**
 * The sums of the columns that start at x: a vector of them, or the first `part` when that is not 0. Rows are
 * the terms.
 */
function columnSum<T>(x: usize, rows: i32, stride: usize, part: i32): T {
  if (rows > BLOCK) {
    const blocks = (rows + BLOCK - 1) / BLOCK;
    const half = ((blocks + 1) >> 1) * BLOCK;
    return lane.add<T>(
      columnSum<T>(x, half, stride, part),
      columnSum<T>(x + <usize>half * stride, rows - half, stride, part),
    );
  }
  let sum0 = lane.splat<T>(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (let i = rows >> 2; i > 0; i--) {
    sum0 = lane.add<T>(sum0, lane.read<T>(x, part));
    x += stride;
    sum1 = lane.add<T>(sum1, lane.read<T>(x, part));
    x += stride;
    sum2 = lane.add<T>(sum2, lane.read<T>(x, part));
    x += stride;
    sum3 = lane.add<T>(sum3, lane.read<T>(x, part));
    x += stride;
  }
  const last = rows & 3;
  if (last > 0) sum0 = lane.add<T>(sum0, lane.read<T>(x, part));
  if (last > 1) sum1 = lane.add<T>(sum1, lane.read<T>(x + stride, part));
  if (last > 2) sum2 = lane.add<T>(sum2, lane.read<T>(x + 2 * stride, part));
  return lane.add<T>(lane.add<T>(sum0, sum1), lane.add<T>(sum2, sum3));
}

/** The index of the first NaN or infinity in x[n], or -1. */
export function firstNonFinite(x: usize, n: i32): i32 {
  return ASC_FEATURE_SIMD ? firstNonFiniteOver<v128>(x, n) : firstNonFiniteOver<f32>(x, n);
}

function firstNonFiniteOver<T>(x: usize, n: i32): i32 {
  // 0 x is 0 for a finite x and NaN otherwise: a sum of such products tells of a block at one multiply and
  // add a vector.
  const zero = lane.splat<T>(0);
  for (let begin = 0; begin < n; begin += BLOCK) {
    const end = min<i32>(n, begin + BLOCK);
    let sum = zero;
    let i = begin;
    for (; i + lane.width<T>() <= end; i += lane.width<T>())
      sum = lane.add<T>(sum, lane.mul<T>(zero, lane.load<T>(x + ((<usize>i) << 2))));
    if (i < end) sum = lane.add<T>(sum, lane.mul<T>(zero, lane.loadPart<T>(x + ((<usize>i) << 2), end - i)));
    if (lane.sum<T>(sum) === 0) continue;
    for (i = begin; i < end; i++) {
      const value = load<f32>(x + ((<usize>i) << 2));
      if (value - value !== 0) return i;
    }
  }
  return -1;
}
