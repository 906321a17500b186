import { scale } from "./elementwise";
import { lane } from "./lane";
import { shareOf, sumListed } from "./steps";

/**
 * Rows of a table w[vocabulary,cols] by indices x that are floats. What is no whole number from 0 to
 * vocabulary - 1 reads and writes nothing: the kernels of forward return where the first of those is.
 */

/** The index at x, or -1 for what is none. */
function indexAt(x: usize, vocabulary: i32): i32 {
  const value = load<f32>(x);
  // Not so for NaN.
  if (!(value >= 0 && value < <f32>vocabulary)) return -1;
  const index = <i32>value;
  return <f32>index === value ? index : -1;
}

/** The position of the first of x[n] that is no whole number from 0 to count - 1, or -1. */
export function firstNonIndex(x: usize, n: i32, count: i32): i32 {
  for (let i = 0; i < n; i++) if (indexAt(x + ((<usize>i) << 2), count) < 0) return i;
  return -1;
}

/**
 * y[rows,cols] = w[x[i],:] for each row i, 0 where x[i] is no index. Returns the first such i, or -1. y
 * overlaps neither.
 */
export function embed(x: usize, w: usize, y: usize, rows: i32, cols: i32, vocabulary: i32): i32 {
  return ASC_FEATURE_SIMD
    ? embedOver<v128>(x, w, y, rows, cols, vocabulary)
    : embedOver<f32>(x, w, y, rows, cols, vocabulary);
}

function embedOver<T>(x: usize, w: usize, y: usize, rows: i32, cols: i32, vocabulary: i32): i32 {
  const stride = (<usize>cols) << 2;
  const whole = lane.wholeBytes<T>(cols);
  const rest = lane.rest<T>(cols);
  let wrong = -1;
  for (let i = 0; i < rows; i++) {
    const index = indexAt(x, vocabulary);
    if (index < 0) {
      if (wrong < 0) wrong = i;
      memory.fill(y, 0, stride);
    } else {
      const row = w + <usize>index * stride;
      for (let at: usize = 0; at < whole; at += lane.bytes<T>())
        lane.store<T>(y + at, lane.load<T>(row + at));
      if (rest) lane.storePart<T>(y + whole, lane.loadPart<T>(row + whole, rest), rest);
    }
    x += 4;
    y += stride;
  }
  return wrong;
}

/** w[index,:] += dy[cols]. */
function addTo<T>(w: usize, index: i32, dy: usize, cols: i32): void {
  const row = w + ((<usize>index * cols) << 2);
  const whole = lane.wholeBytes<T>(cols);
  for (let at: usize = 0; at < whole; at += lane.bytes<T>())
    lane.store<T>(row + at, lane.add<T>(lane.load<T>(row + at), lane.load<T>(dy + at)));
  const rest = lane.rest<T>(cols);
  if (rest) {
    const sum = lane.add<T>(lane.loadPart<T>(row + whole, rest), lane.loadPart<T>(dy + whole, rest));
    lane.storePart<T>(row + whole, sum, rest);
  }
}

/**
 * dw[vocabulary,cols]: dy[rows,cols] added to row x[i] for each row i in order, from 0 or, when accumulate,
 * from what is there. What is no index, and the index `padding`, adds nothing. Nothing overlaps.
 */
export function embeddingGradient(
  x: usize,
  dy: usize,
  dw: usize,
  rows: i32,
  cols: i32,
  vocabulary: i32,
  padding: i32,
  accumulate: i32,
): void {
  if (!accumulate) memory.fill(dw, 0, (<usize>vocabulary * cols) << 2);
  if (ASC_FEATURE_SIMD) gradientOver<v128>(x, dy, dw, rows, 1, cols, vocabulary, padding);
  else gradientOver<f32>(x, dy, dw, rows, 1, cols, vocabulary, padding);
}

/** Each row of dy goes to `steps` indices. */
function gradientOver<T>(
  x: usize,
  dy: usize,
  dw: usize,
  rows: i32,
  steps: i32,
  cols: i32,
  vocabulary: i32,
  padding: i32,
): void {
  for (let i = 0; i < rows; i++) {
    for (const end = x + ((<usize>steps) << 2); x < end; x += 4) {
      const index = indexAt(x, vocabulary);
      if (index >= 0 && index !== padding) addTo<T>(dw, index, dy, cols);
    }
    dy += (<usize>cols) << 2;
  }
}

/**
 * y[rows,cols]: the mean over the steps of w[x[i,t],:], those of the index `padding` left out: averageSteps of
 * embed, to the bit. Returns the first position that is no index, or -1. list[steps] is room to work in. y
 * overlaps neither.
 */
export function embedMean(
  x: usize,
  w: usize,
  y: usize,
  list: usize,
  rows: i32,
  steps: i32,
  cols: i32,
  vocabulary: i32,
  padding: i32,
): i32 {
  const stride = (<usize>cols) << 2;
  let wrong = -1;
  for (let i = 0; i < rows; i++) {
    let n = 0;
    for (let t = 0; t < steps; t++) {
      const index = indexAt(x, vocabulary);
      x += 4;
      if (index < 0) {
        if (wrong < 0) wrong = i * steps + t;
      } else if (index !== padding) {
        store<usize>(list + ((<usize>n) << 2), w + <usize>index * stride);
        n++;
      }
    }
    sumListed(list, n, y, cols, shareOf(n));
    y += stride;
  }
  return wrong;
}

/**
 * dw[vocabulary,cols] of embedMean: dy[rows,cols] / the number of steps that count, added to row x[i,t] for
 * each i and t in order, from 0 or, when accumulate, from what is there. g[cols] is room to work in. Nothing
 * overlaps.
 */
export function embeddingMeanGradient(
  x: usize,
  dy: usize,
  dw: usize,
  g: usize,
  rows: i32,
  steps: i32,
  cols: i32,
  vocabulary: i32,
  padding: i32,
  accumulate: i32,
): void {
  if (!accumulate) memory.fill(dw, 0, (<usize>vocabulary * cols) << 2);
  for (let i = 0; i < rows; i++) {
    let n = 0;
    for (let t = 0; t < steps; t++) {
      const index = indexAt(x + ((<usize>t) << 2), vocabulary);
      n += i32(index >= 0 && index !== padding);
    }
    scale(dy, g, cols, shareOf(n));
    if (ASC_FEATURE_SIMD) gradientOver<v128>(x, g, dw, 1, steps, cols, vocabulary, padding);
    else gradientOver<f32>(x, g, dw, 1, steps, cols, vocabulary, padding);
    x += (<usize>steps) << 2;
    dy += (<usize>cols) << 2;
  }
}
