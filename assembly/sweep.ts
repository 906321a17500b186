import { lane } from "./lane";

/**
 * Sums over windows, channel by channel: what depthwise convolution and its input gradient have in common.
 * Channels are the lanes of vectors.
 */

/**
 * What a sweep of windows reads and writes, all of it channels last. Position (i, j) of the grid sums over
 * the taps (p, q) the products of pixel (i step + begin + p apart, j step + begin + q apart) of the source
 * and of tap (p, q) of w. Steps in bytes may be negative.
 */
@unmanaged
export class Sweep {
  channels: i32 = 0;
  gridHeight: i32 = 0;
  gridWidth: i32 = 0;
  source: usize = 0;
  height: i32 = 0;
  width: i32 = 0;
  stepHeight: i32 = 0;
  stepWidth: i32 = 0;
  beginHeight: i32 = 0;
  beginWidth: i32 = 0;
  tapsHeight: i32 = 0;
  tapsWidth: i32 = 0;
  apartHeight: i32 = 0;
  apartWidth: i32 = 0;
  w: usize = 0;
  nextTapRow: usize = 0;
  nextTap: usize = 0;
  bias: usize = 0;
  target: usize = 0;
  nextSample: usize = 0;
  nextRow: usize = 0;
  nextPixel: usize = 0;
}

/** Computes every position of the grid of all samples. */
export function sweep(s: Sweep, rows: i32): void {
  if (ASC_FEATURE_SIMD) sweepOver<v128>(s, rows);
  else sweepOver<f32>(s, rows);
}

/** The first of taps `apart` pixels apart, from `begin` on, that is not before the axis. */
export function firstInside(begin: i32, apart: i32): i32 {
  return begin >= 0 ? 0 : apart === 1 ? -begin : (apart - 1 - begin) / apart;
}

/** How many of the taps are before the end of an axis of `size` pixels. */
export function countBefore(begin: i32, apart: i32, size: i32, taps: i32): i32 {
  if (begin >= size) return 0;
  return min<i32>(taps, apart === 1 ? size - begin : (size - 1 - begin) / apart + 1);
}

function sweepOver<T>(s: Sweep, rows: i32): void {
  // Positions low to high - 1 of a row have all taps of a row inside; rows above to below - 1, of a column.
  const width = (s.tapsWidth - 1) * s.apartWidth;
  const high = countBefore(s.beginWidth + width, s.stepWidth, s.width, s.gridWidth);
  const low = min<i32>(high, firstInside(s.beginWidth, s.stepWidth));
  const height = (s.tapsHeight - 1) * s.apartHeight;
  const below = countBefore(s.beginHeight + height, s.stepHeight, s.height, s.gridHeight);
  const above = min<i32>(below, firstInside(s.beginHeight, s.stepHeight));
  const source = s.source;
  for (let sample = 0; sample < rows; sample++) {
    for (let i = 0; i < s.gridHeight; i++) sweepBlock<T>(s, i, 1, low, high - low);
    for (let j = 0; j < s.gridWidth; j++) {
      if (j === low) j = high;
      if (j === s.gridWidth) break;
      for (let i = 0; i < above; i++) sweepBlock<T>(s, i, 1, j, 1);
      sweepBlock<T>(s, above, below - above, j, 1);
      for (let i = below; i < s.gridHeight; i++) sweepBlock<T>(s, i, 1, j, 1);
    }
    s.source += (<usize>(s.height * s.width * s.channels)) << 2;
    s.target += s.nextSample;
  }
  s.source = source;
}

/**
 * Positions (i, j) to (i + rows - 1, j + columns - 1), a row or a column, which have the same taps inside.
 */
function sweepBlock<T>(s: Sweep, i: i32, rows: i32, j: i32, columns: i32): void {
  const count = rows * columns;
  if (count === 0) return;
  const pixel = (<usize>s.channels) << 2;
  const line = <usize>s.width * pixel;
  const y = i * s.stepHeight + s.beginHeight;
  const x = j * s.stepWidth + s.beginWidth;
  const p = firstInside(y, s.apartHeight);
  const q = firstInside(x, s.apartWidth);
  const tapRows = max<i32>(countBefore(y, s.apartHeight, s.height, s.tapsHeight) - p, 0);
  const tapColumns = max<i32>(countBefore(x, s.apartWidth, s.width, s.tapsWidth) - q, 0);
  const source = s.source + <usize>(y + p * s.apartHeight) * line + <usize>(x + q * s.apartWidth) * pixel;
  const w = s.w + <usize>p * s.nextTapRow + <usize>q * s.nextTap;
  const target = s.target + <usize>i * s.nextRow + <usize>j * s.nextPixel;
  const step = rows > 1 ? <usize>s.stepHeight * line : <usize>s.stepWidth * pixel;
  const next = rows > 1 ? s.nextRow : s.nextPixel;
  const whole = lane.wholeBytes<T>(s.channels);
  const rest = lane.rest<T>(s.channels);
  // Where positions are as far apart as taps, three taps of four positions are six pixels.
  const shares = tapColumns === 3 && step === <usize>s.apartWidth * pixel;
  for (let c: usize = 0; c < whole; c += lane.bytes<T>()) {
    const start = s.bias ? lane.load<T>(s.bias + c) : lane.splat<T>(0);
    if (count < 4)
      singles<T>(s, source + c, w + c, tapRows, tapColumns, start, target + c, step, next, count, 0);
    else if (shares) foursOfThree<T>(s, source + c, w + c, tapRows, start, target + c, step, next, count);
    else fours<T>(s, source + c, w + c, tapRows, tapColumns, start, target + c, step, next, count);
  }
  if (rest) {
    const start = s.bias ? lane.loadPart<T>(s.bias + whole, rest) : lane.splat<T>(0);
    singles<T>(
      s,
      source + whole,
      w + whole,
      tapRows,
      tapColumns,
      start,
      target + whole,
      step,
      next,
      count,
      rest,
    );
  }
}

/** One position after the other, of a vector of channels or the first `part` of them. */
function singles<T>(
  s: Sweep,
  source: usize,
  w: usize,
  tapRows: i32,
  tapColumns: i32,
  start: T,
  target: usize,
  step: usize,
  next: usize,
  count: i32,
  part: i32,
): void {
  const pixel = (<usize>s.channels) << 2;
  const nextLine = <usize>(s.apartHeight * s.width) * pixel;
  const apart = <usize>s.apartWidth * pixel;
  for (let i = 0; i < count; i++) {
    let sum = start;
    let line = source;
    let row = w;
    for (let p = 0; p < tapRows; p++) {
      let from = line;
      let tap = row;
      for (let q = 0; q < tapColumns; q++) {
        sum = lane.madd<T>(lane.read<T>(from, part), lane.read<T>(tap, part), sum);
        from += apart;
        tap += s.nextTap;
      }
      line += nextLine;
      row += s.nextTapRow;
    }
    lane.write<T>(target, sum, part);
    source += step;
    target += next;
  }
}

/**
 * Four positions at a time, which share the loads of w. The last four may have positions of those before,
 * which come out the same.
 */
function fours<T>(
  s: Sweep,
  source: usize,
  w: usize,
  tapRows: i32,
  tapColumns: i32,
  start: T,
  target: usize,
  step: usize,
  next: usize,
  count: i32,
): void {
  const pixel = (<usize>s.channels) << 2;
  const nextLine = <usize>(s.apartHeight * s.width) * pixel;
  const nextTapRow = s.nextTapRow;
  const nextTap = s.nextTap;
  const apart = <usize>s.apartWidth * pixel;
  const rowOfTaps = <usize>tapColumns * nextTap;
  for (let j = 0; j < count; j += 4) {
    const begin = min<i32>(j, count - 4);
    let sum0 = start;
    let sum1 = start;
    let sum2 = start;
    let sum3 = start;
    let line = source + <usize>begin * step;
    let row = w;
    for (let p = 0; p < tapRows; p++) {
      let from0 = line;
      let from2 = line + 2 * step;
      for (let tap = row, end = row + rowOfTaps; tap !== end; tap += nextTap) {
        const weight = lane.load<T>(tap);
        sum0 = lane.madd<T>(lane.load<T>(from0), weight, sum0);
        sum1 = lane.madd<T>(lane.load<T>(from0 + step), weight, sum1);
        sum2 = lane.madd<T>(lane.load<T>(from2), weight, sum2);
        sum3 = lane.madd<T>(lane.load<T>(from2 + step), weight, sum3);
        from0 += apart;
        from2 += apart;
      }
      row += nextTapRow;
      line += nextLine;
    }
    const to = target + <usize>begin * next;
    lane.store<T>(to, sum0);
    lane.store<T>(to + next, sum1);
    lane.store<T>(to + 2 * next, sum2);
    lane.store<T>(to + 3 * next, sum3);
  }
}

/** The same for rows of three taps that are as far apart as the positions: six loads for twelve. */
function foursOfThree<T>(
  s: Sweep,
  source: usize,
  w: usize,
  tapRows: i32,
  start: T,
  target: usize,
  step: usize,
  next: usize,
  count: i32,
): void {
  const nextLine = (<usize>(s.apartHeight * s.width * s.channels)) << 2;
  const nextTapRow = s.nextTapRow;
  const nextTap = s.nextTap;
  for (let j = 0; j < count; j += 4) {
    const begin = min<i32>(j, count - 4);
    let sum0 = start;
    let sum1 = start;
    let sum2 = start;
    let sum3 = start;
    let at = source + <usize>begin * step;
    let row = w;
    for (let p = 0; p < tapRows; p++) {
      const w0 = lane.load<T>(row);
      const w1 = lane.load<T>(row + nextTap);
      const w2 = lane.load<T>(row + 2 * nextTap);
      const far = at + 3 * step;
      const x2 = lane.load<T>(at + 2 * step);
      const x1 = lane.load<T>(at + step);
      sum0 = lane.madd<T>(x2, w2, lane.madd<T>(x1, w1, lane.madd<T>(lane.load<T>(at), w0, sum0)));
      const x3 = lane.load<T>(far);
      sum1 = lane.madd<T>(x3, w2, lane.madd<T>(x2, w1, lane.madd<T>(x1, w0, sum1)));
      const x4 = lane.load<T>(far + step);
      sum2 = lane.madd<T>(x4, w2, lane.madd<T>(x3, w1, lane.madd<T>(x2, w0, sum2)));
      const x5 = lane.load<T>(far + 2 * step);
      sum3 = lane.madd<T>(x5, w2, lane.madd<T>(x4, w1, lane.madd<T>(x3, w0, sum3)));
      row += nextTapRow;
      at += nextLine;
    }
    const to = target + <usize>begin * next;
    lane.store<T>(to, sum0);
    lane.store<T>(to + next, sum1);
    lane.store<T>(to + 2 * next, sum2);
    lane.store<T>(to + 3 * next, sum3);
  }
}
