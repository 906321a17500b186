import { Geometry } from "./geometry";
import { lane } from "./lane";
import { countBefore, firstInside, Sweep, sweep } from "./sweep";

/**
 * Depthwise convolutions: each channel by itself. Channels are the lanes of vectors, so nothing is packed. A
 * result is one sum over the taps that are inside, in a fixed order.
 */

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
