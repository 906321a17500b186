import { Geometry } from "./geometry";
import { lane } from "./lane";

/**
 * Depthwise convolutions: each channel by itself. Channels are the lanes of vectors, so nothing is packed. A
 * result is one sum over the taps that are inside, in a fixed order.
 */

/**
 * What a sweep of windows reads and writes, all of it channels last. Position (i, j) of the grid sums over
 * the taps (p, q) the products of pixel (i step + begin + p apart, j step + begin + q apart) of the source
 * and of tap (p, q) of w. Steps in bytes may be negative.
 */
@unmanaged
class Sweep {
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

/** Bytes of workspace that depthwise and depthwiseInputGradient need. */
export function depthwiseWorkspace(): i32 {
  return offsetof<Sweep>();
}

/**
 * y[rows,outHeight,outWidth,channels] = x[rows,height,width,channels] convolved with
 * w[kernelHeight,kernelWidth,channels], + b[channels]: y[i,j,c] = b[c] + sum over p, q of x[i stride + p
 * dilation - padding, j stride + q dilation - padding, c] w[p,q,c]. b = 0 stands for zeros. y overlaps no
 * operand. `geometry` is the address of a Geometry.
 */
export function depthwise(
  x: usize,
  w: usize,
  b: usize,
  y: usize,
  geometry: usize,
  rows: i32,
  workspace: usize,
): void {
  const g = changetype<Geometry>(geometry);
  const s = changetype<Sweep>(workspace);
  const pixel = (<usize>g.channels) << 2;
  s.channels = g.channels;
  s.gridHeight = g.outHeight;
  s.gridWidth = g.outWidth;
  s.source = x;
  s.height = g.height;
  s.width = g.width;
  s.stepHeight = g.strideHeight;
  s.stepWidth = g.strideWidth;
  s.beginHeight = -g.paddingTop;
  s.beginWidth = -g.paddingLeft;
  s.tapsHeight = g.kernelHeight;
  s.tapsWidth = g.kernelWidth;
  s.apartHeight = g.dilationHeight;
  s.apartWidth = g.dilationWidth;
  s.w = w;
  s.nextTapRow = <usize>g.kernelWidth * pixel;
  s.nextTap = pixel;
  s.bias = b;
  s.target = y;
  s.nextPixel = pixel;
  s.nextRow = <usize>g.outWidth * pixel;
  s.nextSample = <usize>g.outHeight * s.nextRow;
  sweep(s, rows);
}

/**
 * dx[i,j,c] = sum of dy[k,l,c] w[p,q,c] over all k, l, p and q where k stride + p dilation - padding = i and
 * l stride + q dilation - padding = j. dx overlaps no operand.
 */
export function depthwiseInputGradient(
  dy: usize,
  w: usize,
  dx: usize,
  geometry: usize,
  rows: i32,
  workspace: usize,
): void {
  const g = changetype<Geometry>(geometry);
  const s = changetype<Sweep>(workspace);
  const pixel = (<usize>g.channels) << 2;
  const row = <usize>g.width * pixel;
  s.channels = g.channels;
  s.source = dy;
  s.height = g.outHeight;
  s.width = g.outWidth;
  s.stepHeight = 1;
  s.stepWidth = 1;
  s.bias = 0;
  s.nextPixel = <usize>g.strideWidth * pixel;
  s.nextRow = <usize>g.strideHeight * row;
  s.nextSample = <usize>g.height * row;
  // The pixels of dx whose rows and columns leave the same remainders see the same taps: a sweep for each.
  for (let i = 0; i < min<i32>(g.strideHeight, g.height); i++) {
    const p = lastTap(i + g.paddingTop, g.strideHeight, g.dilationHeight, g.kernelHeight);
    const dp = g.strideHeight / divisor(g.strideHeight, g.dilationHeight);
    s.gridHeight = (g.height - i + g.strideHeight - 1) / g.strideHeight;
    s.tapsHeight = p < 0 ? 0 : p / dp + 1;
    s.beginHeight = (i + g.paddingTop - p * g.dilationHeight) / g.strideHeight;
    s.apartHeight = (dp * g.dilationHeight) / g.strideHeight;
    s.nextTapRow = -(<usize>(dp * g.kernelWidth) * pixel);
    for (let j = 0; j < min<i32>(g.strideWidth, g.width); j++) {
      const q = lastTap(j + g.paddingLeft, g.strideWidth, g.dilationWidth, g.kernelWidth);
      const dq = g.strideWidth / divisor(g.strideWidth, g.dilationWidth);
      s.gridWidth = (g.width - j + g.strideWidth - 1) / g.strideWidth;
      s.tapsWidth = q < 0 ? 0 : q / dq + 1;
      s.beginWidth = (j + g.paddingLeft - q * g.dilationWidth) / g.strideWidth;
      s.apartWidth = (dq * g.dilationWidth) / g.strideWidth;
      s.nextTap = -(<usize>dq * pixel);
      s.w = w + <usize>(p * g.kernelWidth + q) * pixel;
      s.target = dx + <usize>i * row + <usize>j * pixel;
      sweep(s, rows);
    }
  }
}

/** The last tap p for which p dilation leaves the remainder of `offset` when divided by stride, or -1. */
function lastTap(offset: i32, stride: i32, dilation: i32, taps: i32): i32 {
  let p = taps - 1;
  while (p >= 0 && (offset - p * dilation) % stride !== 0) p--;
  return p;
}

/** The greatest common divisor. */
function divisor(a: i32, b: i32): i32 {
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

function sweep(s: Sweep, rows: i32): void {
  if (ASC_FEATURE_SIMD) sweepOver<v128>(s, rows);
  else sweepOver<f32>(s, rows);
}

/** The first of taps `apart` pixels apart, from `begin` on, that is not before the axis. */
function firstInside(begin: i32, apart: i32): i32 {
  return begin >= 0 ? 0 : apart === 1 ? -begin : (apart - 1 - begin) / apart;
}

/** How many of the taps are before the end of an axis of `size` pixels. */
function countBefore(begin: i32, apart: i32, size: i32, taps: i32): i32 {
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

/**
 * dw[p,q,c] = sum over the samples, i and j of x[i stride + p dilation - padding, j stride + q dilation -
 * padding, c] dy[i,j,c], or added to dw when accumulate. Positions of a row go to four accumulators in turn,
 * which are added (0 + 1) + (2 + 3); rows are added in order. dw overlaps no operand.
 */
export function depthwiseWeightGradient(
  x: usize,
  dy: usize,
  dw: usize,
  geometry: usize,
  rows: i32,
  accumulate: i32,
): void {
  const g = changetype<Geometry>(geometry);
  if (!accumulate) memory.fill(dw, 0, (<usize>(g.kernelHeight * g.kernelWidth * g.channels)) << 2);
  if (ASC_FEATURE_SIMD) weightGradientOver<v128>(x, dy, dw, g, rows);
  else weightGradientOver<f32>(x, dy, dw, g, rows);
}

function weightGradientOver<T>(x: usize, dy: usize, dw: usize, g: Geometry, rows: i32): void {
  const pixel = (<usize>g.channels) << 2;
  const rest = lane.rest<T>(g.channels);
  const whole = lane.wholeBytes<T>(g.channels);
  const step = <usize>g.strideWidth * pixel;
  const nextRow = <usize>g.outWidth * pixel;
  for (let sample = 0; sample < rows; sample++)
    for (let i = 0; i < g.outHeight; i++) {
      const y = i * g.strideHeight - g.paddingTop;
      for (let p = 0; p < g.kernelHeight; p++) {
        const row = y + p * g.dilationHeight;
        if (row < 0 || row >= g.height) continue;
        const line = x + <usize>(sample * g.height + row) * <usize>g.width * pixel;
        for (let q = 0; q < g.kernelWidth; q++) {
          // Positions `first` to `end` - 1 have this tap inside.
          const begin = q * g.dilationWidth - g.paddingLeft;
          const first = firstInside(begin, g.strideWidth);
          const count = countBefore(begin, g.strideWidth, g.width, g.outWidth) - first;
          if (count <= 0) continue;
          const from = line + <usize>(begin + first * g.strideWidth) * pixel;
          const slope = dy + <usize>first * pixel;
          const tap = dw + <usize>(p * g.kernelWidth + q) * pixel;
          for (let c: usize = 0; c < whole; c += lane.bytes<T>())
            lane.store<T>(
              tap + c,
              lane.add<T>(lane.load<T>(tap + c), rowSum<T>(from + c, step, slope + c, pixel, count, 0)),
            );
          if (rest)
            lane.storePart<T>(
              tap + whole,
              lane.add<T>(
                lane.loadPart<T>(tap + whole, rest),
                rowSum<T>(from + whole, step, slope + whole, pixel, count, rest),
              ),
              rest,
            );
        }
      }
      dy += nextRow;
    }
}

/** The sum of `count` products of vectors that are aStep and bStep bytes apart. */
function rowSum<T>(a: usize, aStep: usize, b: usize, bStep: usize, count: i32, part: i32): T {
  let sum0 = lane.splat<T>(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  if (part === 0)
    for (; count >= 4; count -= 4) {
      sum0 = lane.madd<T>(lane.load<T>(a), lane.load<T>(b), sum0);
      sum1 = lane.madd<T>(lane.load<T>(a + aStep), lane.load<T>(b + bStep), sum1);
      sum2 = lane.madd<T>(lane.load<T>(a + 2 * aStep), lane.load<T>(b + 2 * bStep), sum2);
      sum3 = lane.madd<T>(lane.load<T>(a + 3 * aStep), lane.load<T>(b + 3 * bStep), sum3);
      a += 4 * aStep;
      b += 4 * bStep;
    }
  // The rest, in turn: four steps of the rotation bring each accumulator back to its place.
  for (let i = 0, to = (count + 3) & ~3; i < to; i++) {
    const rotated = sum0;
    sum0 = sum1;
    sum1 = sum2;
    sum2 = sum3;
    sum3 = rotated;
    if (i < count) sum3 = lane.madd<T>(lane.read<T>(a, part), lane.read<T>(b, part), sum3);
    a += aStep;
    b += bStep;
  }
  return lane.add<T>(lane.add<T>(sum0, sum1), lane.add<T>(sum2, sum3));
}
