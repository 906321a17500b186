import { scale } from "./elementwise";
import { lane } from "./lane";
import { shareOf, sumListed } from "./steps";

/**
 * Rows of a table w[vocabulary,cols] by indices x that are floats. What is no whole number from 0 to
 * vocabulary - 1 reads and writes nothing: firstNonIndex tells where the first of those is.
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
 * y[rows,cols] = w[x[i],:] for each row i, 0 where x[i] is no index. y overlaps neither.
 */
export function embed(x: usize, w: usize, y: usize, rows: i32, cols: i32, vocabulary: i32): void {
  if (ASC_FEATURE_SIMD) embedOver<v128>(x, w, y, rows, cols, vocabulary);
  else embedOver<f32>(x, w, y, rows, cols, vocabulary);
}

function embedOver<T>(x: usize, w: usize, y: usize, rows: i32, cols: i32, vocabulary: i32): void {
  const stride = (<usize>cols) << 2;
  const whole = lane.wholeBytes<T>(cols);
  const rest = lane.rest<T>(cols);
  for (let i = 0; i < rows; i++) {
    const index = indexAt(x, vocabulary);
    if (index < 0) memory.fill(y, 0, stride);
    else {
      const row = w + <usize>index * stride;
      for (let at: usize = 0; at < whole; at += lane.bytes<T>())
        lane.store<T>(y + at, lane.load<T>(row + at));
      if (rest) lane.storePart<T>(y + whole, lane.loadPart<T>(row + whole, rest), rest);
    }
    x += 4;
    y += stride;
  }
}

/** Adds dy[cols] to the n rows whose addresses are at `list`, one after another. */
function addToListed<T>(list: usize, n: i32, dy: usize, cols: i32): void {
  const listEnd = list + ((<usize>n) << 2);
  const whole = lane.wholeBytes<T>(cols);
  let at: usize = 0;
  // dy stays in registers. The scalar build is to be small.
  if (ASC_FEATURE_SIMD)
    for (; at + 4 * lane.bytes<T>() <= whole; at += 4 * lane.bytes<T>()) {
      const dy0 = lane.load<T>(dy + at);
      const dy1 = lane.load<T>(dy + at + lane.bytes<T>());
      const dy2 = lane.load<T>(dy + at + 2 * lane.bytes<T>());
      const dy3 = lane.load<T>(dy + at + 3 * lane.bytes<T>());
      for (let p = list; p < listEnd; p += 4) {
        const row = load<usize>(p) + at;
        const sum0 = lane.add<T>(lane.load<T>(row), dy0);
        const sum1 = lane.add<T>(lane.load<T>(row + lane.bytes<T>()), dy1);
        const sum2 = lane.add<T>(lane.load<T>(row + 2 * lane.bytes<T>()), dy2);
        const sum3 = lane.add<T>(lane.load<T>(row + 3 * lane.bytes<T>()), dy3);
        lane.store<T>(row, sum0);
        lane.store<T>(row + lane.bytes<T>(), sum1);
        lane.store<T>(row + 2 * lane.bytes<T>(), sum2);
        lane.store<T>(row + 3 * lane.bytes<T>(), sum3);
      }
    }
  const stride = (<usize>cols) << 2;
  for (; at < stride; at += lane.bytes<T>()) {
    const part = at < whole ? 0 : lane.rest<T>(cols);
    const gradient = lane.read<T>(dy + at, part);
    for (let p = list; p < listEnd; p += 4) {
      const row = load<usize>(p) + at;
      lane.write<T>(row, lane.add<T>(lane.read<T>(row, part), gradient), part);
    }
  }
}

/** w[cols] += dy[cols]. */
function addTo<T>(w: usize, dy: usize, cols: i32): void {
  const whole = lane.wholeBytes<T>(cols);
  for (let at: usize = 0; at < whole; at += lane.bytes<T>())
    lane.store<T>(w + at, lane.add<T>(lane.load<T>(w + at), lane.load<T>(dy + at)));
  const rest = lane.rest<T>(cols);
  if (rest) {
    const sum = lane.add<T>(lane.loadPart<T>(w + whole, rest), lane.loadPart<T>(dy + whole, rest));
    lane.storePart<T>(w + whole, sum, rest);
  }
}

/** x[rows,cols] = 0, in rows that start `stride` floats apart. */
function clear(x: usize, rows: i32, cols: i32, stride: i32): void {
  if (cols === stride) {
    memory.fill(x, 0, (<usize>rows * cols) << 2);
    return;
  }
  // Rows are short: a loop beats memory.fill, which leaves the module for each.
  for (let i = 0; i < rows; i++) {
    for (let at: usize = 0; at < (<usize>cols) << 2; at += 4) store<f32>(x + at, 0);
    x += (<usize>stride) << 2;
  }
}

/**
 * dw[vocabulary,cols]: dy[rows,cols] added to row x[i] for each row i in order, from 0 or, when accumulate,
 * from what is there. What is no index, and the index `padding`, adds nothing. The rows of dy and of dw start
 * `stride` floats apart. Nothing overlaps.
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
  stride: i32,
): void {
  if (!accumulate) clear(dw, vocabulary, cols, stride);
  const next = (<usize>stride) << 2;
  for (const end = x + ((<usize>rows) << 2); x < end; x += 4) {
    const index = indexAt(x, vocabulary);
    if (index >= 0 && index !== padding) {
      const row = dw + <usize>index * next;
      if (ASC_FEATURE_SIMD) addTo<v128>(row, dy, cols);
      else addTo<f32>(row, dy, cols);
    }
    dy += next;
  }
}

/**
 * Lists the addresses of the rows of w that the steps of a sample have, but those of `padding` and of what is
 * no index, at `list`. Rows start `stride` floats apart. Returns how many there are, n, or ~n where something
 * is no index.
 */
function listRows(
  x: usize,
  w: usize,
  list: usize,
  steps: i32,
  stride: i32,
  vocabulary: i32,
  padding: i32,
): i32 {
  const begin = list;
  const next = (<usize>stride) << 2;
  let signs = 0;
  for (const end = x + ((<usize>steps) << 2); x < end; x += 4) {
    const index = indexAt(x, vocabulary);
    signs |= index;
    if (index < 0 || index === padding) continue;
    store<usize>(list, w + <usize>index * next);
    list += 4;
  }
  const n = <i32>((list - begin) >> 2);
  return signs < 0 ? ~n : n;
}

/**
 * y[rows,cols]: the mean over the steps of w[x[i,t],:], those of the index `padding` left out: averageSteps
 * of embed, to the bit. Returns the first position that is no index, or -1. list[steps] is room to work in. y
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
  let wrong = -1;
  for (let i = 0; i < rows; i++) {
    let n = listRows(x, w, list, steps, cols, vocabulary, padding);
    if (n < 0) {
      n = ~n;
      if (wrong < 0) wrong = i * steps + firstNonIndex(x, steps, vocabulary);
    }
    sumListed(list, n, y, cols, shareOf(n));
    x += (<usize>steps) << 2;
    y += (<usize>cols) << 2;
  }
  return wrong;
}

/**
 * dw[vocabulary,cols] of embedMean: dy[rows,cols] / the number of steps that count, added to row x[i,t] for
 * each i and t in order, from 0 or, when accumulate, from what is there. The rows of dy and of dw start
 * `stride` floats apart. w[steps + cols] is room to work in. Nothing overlaps.
 */
export function embeddingMeanGradient(
  x: usize,
  dy: usize,
  dw: usize,
  w: usize,
  rows: i32,
  steps: i32,
  cols: i32,
  vocabulary: i32,
  padding: i32,
  accumulate: i32,
  stride: i32,
): void {
  if (!accumulate) clear(dw, vocabulary, cols, stride);
  const g = w + ((<usize>steps) << 2);
  for (let i = 0; i < rows; i++) {
    const listed = listRows(x, dw, w, steps, stride, vocabulary, padding);
    const n = listed < 0 ? ~listed : listed;
    scale(dy, g, cols, shareOf(n));
    if (ASC_FEATURE_SIMD) addToListed<v128>(w, n, g, cols);
    else addToListed<f32>(w, n, g, cols);
    x += (<usize>steps) << 2;
    dy += (<usize>stride) << 2;
  }
}
