import { scale } from "./elementwise";
import { lane } from "./lane";
import { BLOCK } from "./reduce";

/**
 * Sequences of which some steps are padding. A mask[rows,steps] holds 1 for a real step and 0 for padding.
 * The k-th real step of a sample is term k of a sum, wherever it is: sums of padded samples have the bits of
 * those that are not.
 */

/** mask[rows] = 0 where all of x[rows,cols] equal `value`, else 1. Nothing overlaps. */
export function realSteps(x: usize, mask: usize, rows: i32, cols: i32, value: f32): void {
  if (ASC_FEATURE_SIMD) realStepsOver<v128>(x, mask, rows, cols, value);
  else realStepsOver<f32>(x, mask, rows, cols, value);
}

function realStepsOver<T>(x: usize, mask: usize, rows: i32, cols: i32, value: f32): void {
  // Steps of one number, such as tokens: a vector of them at a time.
  if (cols === 1) {
    const values = lane.splat<T>(value);
    const one = lane.splat<T>(1);
    const zero = lane.splat<T>(0);
    for (const end = x + lane.wholeBytes<T>(rows); x < end; x += lane.bytes<T>()) {
      lane.store<T>(mask, lane.select<T>(lane.eq<T>(lane.load<T>(x), values), zero, one));
      mask += lane.bytes<T>();
    }
    rows = lane.rest<T>(rows);
  }
  const stride = (<usize>cols) << 2;
  for (const end = x + <usize>rows * stride; x < end; x += stride) {
    let at: usize = 0;
    while (at < stride && load<f32>(x + at) === value) at += 4;
    store<f32>(mask, at < stride ? 1 : 0);
    mask += 4;
  }
}

/** Writes the addresses of the real steps to `list`, and returns how many there are. */
function listSteps(x: usize, mask: usize, list: usize, steps: i32, stride: usize): i32 {
  const begin = list;
  for (const end = mask + ((<usize>steps) << 2); mask < end; mask += 4) {
    // The next real step takes the place of a step that is none.
    store<usize>(list, x);
    if (load<f32>(mask) !== 0) list += 4;
    x += stride;
  }
  return <i32>((list - begin) >> 2);
}

/** y[cols] = s times the sum of the n rows of cols floats whose addresses are at `list`; 0 for n = 0. */
export function sumListed(list: usize, n: i32, y: usize, cols: i32, s: f32): void {
  if (ASC_FEATURE_SIMD) sumListedOver<v128>(list, n, y, cols, s);
  else sumListedOver<f32>(list, n, y, cols, s);
}

function sumListedOver<T>(list: usize, n: i32, y: usize, cols: i32, s: f32): void {
  const factor = lane.splat<T>(s);
  const end = lane.wholeBytes<T>(cols);
  let at: usize = 0;
  // The scalar build is to be small.
  if (ASC_FEATURE_SIMD && n <= BLOCK)
    for (; at + 2 * lane.bytes<T>() <= end; at += 2 * lane.bytes<T>())
      two.sums<T>(list, n, at, y + at, factor);
  for (; at < end; at += lane.bytes<T>())
    lane.store<T>(y + at, lane.mul<T>(columnOf<T>(list, n, at, 0), factor));
  const rest = lane.rest<T>(cols);
  if (rest) lane.storePart<T>(y + end, lane.mul<T>(columnOf<T>(list, n, end, rest), factor), rest);
}

/** The sums of a vector of columns, or of `part` of one, `at` bytes from the beginnings of the rows. */
function columnOf<T>(list: usize, n: i32, at: usize, part: i32): T {
  if (n > BLOCK) {
    const blocks = (n + BLOCK - 1) / BLOCK;
    const half = ((blocks + 1) >> 1) * BLOCK;
    return lane.add<T>(
      columnOf<T>(list, half, at, part),
      columnOf<T>(list + ((<usize>half) << 2), n - half, at, part),
    );
  }
  let sum0 = lane.splat<T>(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (let i = n >> 2; i > 0; i--) {
    sum0 = lane.add<T>(sum0, lane.read<T>(load<usize>(list) + at, part));
    sum1 = lane.add<T>(sum1, lane.read<T>(load<usize>(list, 4) + at, part));
    sum2 = lane.add<T>(sum2, lane.read<T>(load<usize>(list, 8) + at, part));
    sum3 = lane.add<T>(sum3, lane.read<T>(load<usize>(list, 12) + at, part));
    list += 16;
  }
  const last = n & 3;
  if (last > 0) sum0 = lane.add<T>(sum0, lane.read<T>(load<usize>(list) + at, part));
  if (last > 1) sum1 = lane.add<T>(sum1, lane.read<T>(load<usize>(list, 4) + at, part));
  if (last > 2) sum2 = lane.add<T>(sum2, lane.read<T>(load<usize>(list, 8) + at, part));
  return lane.add<T>(lane.add<T>(sum0, sum1), lane.add<T>(sum2, sum3));
}

class two {
  /** Of two vectors of columns, for n <= BLOCK: an address is read once for both. */
  @inline static sums<T>(list: usize, n: i32, at: usize, y: usize, factor: T): void {
    const next = at + lane.bytes<T>();
    let a0 = lane.splat<T>(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    for (let i = n >> 2; i > 0; i--) {
      const row0 = load<usize>(list);
      const row1 = load<usize>(list, 4);
      const row2 = load<usize>(list, 8);
      const row3 = load<usize>(list, 12);
      a0 = lane.add<T>(a0, lane.load<T>(row0 + at));
      b0 = lane.add<T>(b0, lane.load<T>(row0 + next));
      a1 = lane.add<T>(a1, lane.load<T>(row1 + at));
      b1 = lane.add<T>(b1, lane.load<T>(row1 + next));
      a2 = lane.add<T>(a2, lane.load<T>(row2 + at));
      b2 = lane.add<T>(b2, lane.load<T>(row2 + next));
      a3 = lane.add<T>(a3, lane.load<T>(row3 + at));
      b3 = lane.add<T>(b3, lane.load<T>(row3 + next));
      list += 16;
    }
    const last = n & 3;
    if (last > 0) {
      const row = load<usize>(list);
      a0 = lane.add<T>(a0, lane.load<T>(row + at));
      b0 = lane.add<T>(b0, lane.load<T>(row + next));
    }
    if (last > 1) {
      const row = load<usize>(list, 4);
      a1 = lane.add<T>(a1, lane.load<T>(row + at));
      b1 = lane.add<T>(b1, lane.load<T>(row + next));
    }
    if (last > 2) {
      const row = load<usize>(list, 8);
      a2 = lane.add<T>(a2, lane.load<T>(row + at));
      b2 = lane.add<T>(b2, lane.load<T>(row + next));
    }
    lane.store<T>(y, lane.mul<T>(lane.add<T>(lane.add<T>(a0, a1), lane.add<T>(a2, a3)), factor));
    const b = lane.add<T>(lane.add<T>(b0, b1), lane.add<T>(b2, b3));
    lane.store<T>(y + lane.bytes<T>(), lane.mul<T>(b, factor));
  }
}

/** 1 / n, and 0 for n = 0. */
export function shareOf(n: i32): f32 {
  return n > 0 ? <f32>1 / <f32>n : 0;
}

/**
 * y[rows,cols] = the sum over the real steps of x[rows,steps,cols], in the order of sumRows, times 1 / their
 * number; 0 for a sample without any. w[steps] is room to work in. Nothing overlaps.
 */
export function averageSteps(
  x: usize,
  mask: usize,
  y: usize,
  w: usize,
  rows: i32,
  steps: i32,
  cols: i32,
): void {
  const stride = (<usize>cols) << 2;
  for (let s = 0; s < rows; s++) {
    const n = listSteps(x, mask, w, steps, stride);
    sumListed(w, n, y, cols, shareOf(n));
    x += <usize>steps * stride;
    mask += (<usize>steps) << 2;
    y += stride;
  }
}

/** dx[rows,steps,cols] = dy[rows,cols] / the number of real steps at those, 0 elsewhere. Nothing overlaps. */
export function averageStepsBackward(
  mask: usize,
  dy: usize,
  dx: usize,
  rows: i32,
  steps: i32,
  cols: i32,
): void {
  const stride = (<usize>cols) << 2;
  for (let s = 0; s < rows; s++) {
    let n = 0;
    for (let i = 0; i < steps; i++) n += i32(load<f32>(mask + ((<usize>i) << 2)) !== 0);
    const share = shareOf(n);
    for (let i = 0; i < steps; i++) {
      if (load<f32>(mask) !== 0) scale(dy, dx, cols, share);
      else memory.fill(dx, 0, stride);
      mask += 4;
      dx += stride;
    }
    dy += stride;
  }
}

/**
 * y[rows,cols]: the largest of each column over the real steps of x[rows,steps,cols]. NaN where one is, +0
 * over -0, and 0 for a sample without a real step. y overlaps no x.
 */
export function maxSteps(x: usize, mask: usize, y: usize, rows: i32, steps: i32, cols: i32): void {
  if (ASC_FEATURE_SIMD) overSteps<v128>(x, mask, y, 0, 0, rows, steps, cols);
  else overSteps<f32>(x, mask, y, 0, 0, rows, steps, cols);
}

/**
 * dx[rows,steps,cols] = dy[rows,cols] at the first real step that equals y = maxSteps(x), 0 elsewhere. The
 * first NaN is the one where y is NaN. dx may be x, and overlaps nothing else.
 */
export function maxStepsBackward(
  x: usize,
  mask: usize,
  y: usize,
  dy: usize,
  dx: usize,
  rows: i32,
  steps: i32,
  cols: i32,
): void {
  if (ASC_FEATURE_SIMD) overSteps<v128>(x, mask, y, dy, dx, rows, steps, cols);
  else overSteps<f32>(x, mask, y, dy, dx, rows, steps, cols);
}

/** Finds the largest or, for a dx other than 0, tells it dy. */
function overSteps<T>(
  x: usize,
  mask: usize,
  y: usize,
  dy: usize,
  dx: usize,
  rows: i32,
  steps: i32,
  cols: i32,
): void {
  const stride = (<usize>cols) << 2;
  const end = lane.wholeBytes<T>(cols);
  const rest = lane.rest<T>(cols);
  for (let s = 0; s < rows; s++) {
    for (let at: usize = 0; at < stride; at += lane.bytes<T>()) {
      const part = at < end ? 0 : rest;
      if (dx) column.backward<T>(x + at, mask, y + at, dy + at, dx + at, steps, stride, part);
      else column.forward<T>(x + at, mask, y + at, steps, stride, part);
    }
    x += <usize>steps * stride;
    mask += (<usize>steps) << 2;
    y += stride;
    if (dx) {
      dy += stride;
      dx += <usize>steps * stride;
    }
  }
}

/** A vector of columns of one sample, or `part` of one. */
class column {
  static forward<T>(x: usize, mask: usize, y: usize, steps: i32, stride: usize, part: i32): void {
    let largest = lane.splat<T>(-f32.MAX_VALUE / 0);
    let any = false;
    for (let i = 0; i < steps; i++) {
      if (load<f32>(mask) !== 0) {
        largest = lane.max<T>(largest, lane.read<T>(x, part));
        any = true;
      }
      mask += 4;
      x += stride;
    }
    lane.write<T>(y, any ? largest : lane.splat<T>(0), part);
  }

  static backward<T>(
    x: usize,
    mask: usize,
    y: usize,
    dy: usize,
    dx: usize,
    steps: i32,
    stride: usize,
    part: i32,
  ): void {
    const largest = lane.read<T>(y, part);
    const gradient = lane.read<T>(dy, part);
    const zero = lane.splat<T>(0);
    let open = lane.splatBits<T>(-1);
    for (let i = 0; i < steps; i++) {
      let value = zero;
      if (load<f32>(mask) !== 0) {
        const element = lane.read<T>(x, part);
        const isNumber = lane.eq<T>(element, element);
        // The largest, or a NaN: with one of those the largest is NaN.
        const hit = lane.and<T>(
          open,
          lane.select<T>(isNumber, lane.eq<T>(element, largest), lane.splatBits<T>(-1)),
        );
        value = lane.and<T>(hit, gradient);
        open = lane.xor<T>(open, hit);
      }
      lane.write<T>(dx, value, part);
      mask += 4;
      x += stride;
      dx += stride;
    }
  }
}
