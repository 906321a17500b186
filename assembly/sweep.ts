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
  const rest = lane.rest<T>(s.channels);
  const whole = lane.wholeBytes<T>(s.channels);
  const sourceRow = <usize>s.width * ((<usize>s.channels) << 2);
  // Positions low to high - 1 have all taps of a row inside.
  const span = (s.tapsWidth - 1) * s.apartWidth;
  const high = min<i32>(s.gridWidth, countBefore(s.beginWidth + span, s.stepWidth, s.width, s.gridWidth));
  const low = min<i32>(high, firstInside(s.beginWidth, s.stepWidth));
  for (let sample = 0; sample < rows; sample++)
    for (let i = 0; i < s.gridHeight; i++) {
      const y = i * s.stepHeight + s.beginHeight;
      const first = firstInside(y, s.apartHeight);
      const taps = max<i32>(countBefore(y, s.apartHeight, s.height, s.tapsHeight) - first, 0);
      const source = s.source + <usize>(sample * s.height + y + first * s.apartHeight) * sourceRow;
      const w = s.w + <usize>first * s.nextTapRow;
      const target = s.target + <usize>sample * s.nextSample + <usize>i * s.nextRow;
      for (let c: usize = 0; c < whole; c += lane.bytes<T>())
        sweepLine<T>(s, source + c, w + c, taps, s.bias ? s.bias + c : 0, target + c, low, high, 0);
      if (rest)
        sweepLine<T>(
          s,
          source + whole,
          w + whole,
          taps,
          s.bias ? s.bias + whole : 0,
          target + whole,
          low,
          high,
          rest,
        );
    }
}

/**
 * A row of the grid, for a vector of channels, or the first `part` of them where that is not 0. `source` is
 * the first pixel of the row of the first of `taps` rows of taps, `w` the first tap of it.
 */
function sweepLine<T>(
  s: Sweep,
  source: usize,
  w: usize,
  taps: i32,
  bias: usize,
  target: usize,
  low: i32,
  high: i32,
  part: i32,
): void {
  const start = bias ? lane.read<T>(bias, part) : lane.splat<T>(0);
  let j = 0;
  if (part === 0 && high - low >= 4) {
    for (; j < low; j++) edge<T>(s, source, w, taps, start, target, j, part);
    if (s.tapsWidth === 3 && s.stepWidth === 1 && s.apartWidth === 1)
      inside3<T>(s, source, w, taps, start, target, low, high);
    else inside<T>(s, source, w, taps, start, target, low, high);
    j = high;
  }
  for (; j < s.gridWidth; j++) edge<T>(s, source, w, taps, start, target, j, part);
}

/** One position, some of whose taps may be outside. */
function edge<T>(
  s: Sweep,
  source: usize,
  w: usize,
  taps: i32,
  start: T,
  target: usize,
  j: i32,
  part: i32,
): void {
  const pixel = (<usize>s.channels) << 2;
  const x = j * s.stepWidth + s.beginWidth;
  const first = firstInside(x, s.apartWidth);
  const end = countBefore(x, s.apartWidth, s.width, s.tapsWidth);
  const apart = <usize>s.apartWidth * pixel;
  const nextLine = <usize>(s.apartHeight * s.width) * pixel;
  let line = source + <usize>(x + first * s.apartWidth) * pixel;
  let row = w + <usize>first * s.nextTap;
  let sum = start;
  for (let p = 0; p < taps; p++) {
    let tap = row;
    let from = line;
    for (let q = first; q < end; q++) {
      sum = lane.madd<T>(lane.read<T>(from, part), lane.read<T>(tap, part), sum);
      tap += s.nextTap;
      from += apart;
    }
    row += s.nextTapRow;
    line += nextLine;
  }
  lane.write<T>(target + <usize>j * s.nextPixel, sum, part);
}

/**
 * Positions `low` to `high` - 1, which have all taps of a row inside: four at a time share the loads of w.
 * The last four may have positions of those before, which come out the same.
 */
function inside<T>(
  s: Sweep,
  source: usize,
  w: usize,
  taps: i32,
  start: T,
  target: usize,
  low: i32,
  high: i32,
): void {
  const pixel = (<usize>s.channels) << 2;
  const nextLine = <usize>(s.apartHeight * s.width) * pixel;
  const nextTapRow = s.nextTapRow;
  const nextTap = s.nextTap;
  const apart = <usize>s.apartWidth * pixel;
  const step = <usize>s.stepWidth * pixel;
  const rowOfTaps = <usize>s.tapsWidth * nextTap;
  const nextPixel = s.nextPixel;
  const origin = source + <usize>s.beginWidth * pixel;
  for (let j = low; j < high; j += 4) {
    const begin = min<i32>(j, high - 4);
    let sum0 = start;
    let sum1 = start;
    let sum2 = start;
    let sum3 = start;
    let line = origin + <usize>begin * step;
    let row = w;
    for (let p = 0; p < taps; p++) {
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
    const to = target + <usize>begin * nextPixel;
    lane.store<T>(to, sum0);
    lane.store<T>(to + nextPixel, sum1);
    lane.store<T>(to + 2 * nextPixel, sum2);
    lane.store<T>(to + 3 * nextPixel, sum3);
  }
}

/**
 * The same for rows of three taps on pixels side by side, which four positions share, too: six loads for
 * twelve.
 */
function inside3<T>(
  s: Sweep,
  source: usize,
  w: usize,
  taps: i32,
  start: T,
  target: usize,
  low: i32,
  high: i32,
): void {
  const pixel = (<usize>s.channels) << 2;
  const nextLine = <usize>(s.apartHeight * s.width) * pixel;
  const nextTapRow = s.nextTapRow;
  const nextTap = s.nextTap;
  const nextPixel = s.nextPixel;
  const origin = source + <usize>s.beginWidth * pixel;
  for (let j = low; j < high; j += 4) {
    const begin = min<i32>(j, high - 4);
    let sum0 = start;
    let sum1 = start;
    let sum2 = start;
    let sum3 = start;
    let line = origin + <usize>begin * pixel;
    let row = w;
    for (let p = 0; p < taps; p++) {
      const w0 = lane.load<T>(row);
      const w1 = lane.load<T>(row + nextTap);
      const w2 = lane.load<T>(row + 2 * nextTap);
      const far = line + 3 * pixel;
      const x2 = lane.load<T>(line + 2 * pixel);
      const x1 = lane.load<T>(line + pixel);
      sum0 = lane.madd<T>(x2, w2, lane.madd<T>(x1, w1, lane.madd<T>(lane.load<T>(line), w0, sum0)));
      const x3 = lane.load<T>(far);
      sum1 = lane.madd<T>(x3, w2, lane.madd<T>(x2, w1, lane.madd<T>(x1, w0, sum1)));
      const x4 = lane.load<T>(far + pixel);
      sum2 = lane.madd<T>(x4, w2, lane.madd<T>(x3, w1, lane.madd<T>(x2, w0, sum2)));
      const x5 = lane.load<T>(far + 2 * pixel);
      sum3 = lane.madd<T>(x5, w2, lane.madd<T>(x4, w1, lane.madd<T>(x3, w0, sum3)));
      row += nextTapRow;
      line += nextLine;
    }
    const to = target + <usize>begin * nextPixel;
    lane.store<T>(to, sum0);
    lane.store<T>(to + nextPixel, sum1);
    lane.store<T>(to + 2 * nextPixel, sum2);
    lane.store<T>(to + 3 * nextPixel, sum3);
  }
}
