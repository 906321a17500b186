import { copyRow } from "./copy";
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
 * padding, c] dy[i,j,c], or added to dw when accumulate. Samples are added in order. Of a sample come first,
 * for each row of dy, the positions that have all taps of a row inside; then, for each other position of a
 * row, all rows. Each of these sums has two accumulators, whose turn it is in turn. `count` channels from
 * `first` on are written. w[kernelHeight,kernelWidth,count] is room to work in. dw overlaps no operand.
 */
export function depthwiseWeightGradient(
  x: usize,
  dy: usize,
  dw: usize,
  geometry: usize,
  rows: i32,
  accumulate: i32,
  first: i32,
  count: i32,
  w: usize,
): void {
  const g = changetype<Geometry>(geometry);
  const skip = (<usize>first) << 2;
  const own = (<usize>count) << 2;
  const pixel = (<usize>g.channels) << 2;
  const taps = <usize>(g.kernelHeight * g.kernelWidth);
  dw += skip;
  // Sums grow in the workspace: another thread may write the other channels of dw.
  if (accumulate) for (let tap: usize = 0; tap < taps; tap++) copyRow(dw + tap * pixel, w + tap * own, count);
  else memory.fill(w, 0, taps * own);
  if (ASC_FEATURE_SIMD) weightGradientOver<v128>(x + skip, dy + skip, w, g, rows, count);
  else weightGradientOver<f32>(x + skip, dy + skip, w, g, rows, count);
  for (let tap: usize = 0; tap < taps; tap++) copyRow(w + tap * own, dw + tap * pixel, count);
}

/** Adds to dw[kernelHeight,kernelWidth,channels]; x and dy may have more channels, after these. */
function weightGradientOver<T>(x: usize, dy: usize, dw: usize, g: Geometry, rows: i32, channels: i32): void {
  const pixel = (<usize>g.channels) << 2;
  const own = (<usize>channels) << 2;
  const taps = g.kernelWidth;
  // Positions low to high - 1 of a row have all taps inside.
  const span = (taps - 1) * g.dilationWidth;
  const high = countBefore(span - g.paddingLeft, g.strideWidth, g.width, g.outWidth);
  const low = min<i32>(high, firstInside(-g.paddingLeft, g.strideWidth));
  const begin = <usize>(low * g.strideWidth - g.paddingLeft) * pixel;
  for (let sample = 0; sample < rows; sample++) {
    for (let i = 0; i < g.outHeight; i++) {
      const slope = dy + <usize>(i * g.outWidth + low) * pixel;
      for (let p = 0; p < g.kernelHeight; p++) {
        const row = i * g.strideHeight - g.paddingTop + p * g.dilationHeight;
        if (row < 0 || row >= g.height) continue;
        const from = x + <usize>(row * g.width) * pixel + begin;
        addLine<T>(from, slope, dw + <usize>(p * taps) * own, g, high - low, channels);
      }
    }
    for (let j = 0; j < low; j++) addColumn<T>(x, dy, dw, g, j, channels);
    for (let j = high; j < g.outWidth; j++) addColumn<T>(x, dy, dw, g, j, channels);
    x += <usize>(g.height * g.width) * pixel;
    dy += <usize>(g.outHeight * g.outWidth) * pixel;
  }
}

/** Adds `count` positions of a row of dy to the taps of a row. */
function addLine<T>(x: usize, dy: usize, dw: usize, g: Geometry, count: i32, channels: i32): void {
  const pixel = (<usize>g.channels) << 2;
  const whole = lane.wholeBytes<T>(channels);
  const own = (<usize>channels) << 2;
  const step = <usize>g.strideWidth * pixel;
  const apart = <usize>g.dilationWidth * pixel;
  let q = 0;
  for (; q + 3 <= g.kernelWidth; q += 3) {
    const at = x + <usize>q * apart;
    const to = dw + <usize>q * own;
    for (let c: usize = 0; c < whole; c += lane.bytes<T>()) {
      if (step === apart) TapSums.addThree<T>(true, at + c, step, apart, dy + c, pixel, count, to + c, own);
      else TapSums.addThree<T>(false, at + c, step, apart, dy + c, pixel, count, to + c, own);
    }
    for (let tap = q; whole < own && tap < q + 3; tap++)
      addTap<T>(x + <usize>tap * apart, step, dy, pixel, count, dw + <usize>tap * own, channels, whole);
  }
  for (; q < g.kernelWidth; q++)
    addTap<T>(x + <usize>q * apart, step, dy, pixel, count, dw + <usize>q * own, channels, 0);
}

/** Accumulates the gradients of column j of dy, for the taps inside the image. */
function addColumn<T>(x: usize, dy: usize, dw: usize, g: Geometry, j: i32, channels: i32): void {
  const pixel = (<usize>g.channels) << 2;
  const own = (<usize>channels) << 2;
  const line = <usize>g.width * pixel;
  const column = j * g.strideWidth - g.paddingLeft;
  const end = countBefore(column, g.dilationWidth, g.width, g.kernelWidth);
  for (let p = 0; p < g.kernelHeight; p++) {
    const row = p * g.dilationHeight - g.paddingTop;
    const first = firstInside(row, g.strideHeight);
    const count = countBefore(row, g.strideHeight, g.height, g.outHeight) - first;
    const from = x + <usize>(row + first * g.strideHeight) * line;
    const slope = dy + <usize>(first * g.outWidth + j) * pixel;
    for (let q = firstInside(column, g.dilationWidth); q < end; q++)
      addTap<T>(
        from + <usize>(column + q * g.dilationWidth) * pixel,
        <usize>g.strideHeight * line,
        slope,
        <usize>g.outWidth * pixel,
        count,
        dw + <usize>(p * g.kernelWidth + q) * own,
        channels,
        0,
      );
  }
}

/** Adds `count` positions, aStep and bStep bytes apart, to one tap: its channels from byte `first` on. */
function addTap<T>(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  count: i32,
  dw: usize,
  channels: i32,
  first: usize,
): void {
  const whole = lane.wholeBytes<T>(channels);
  const rest = lane.rest<T>(channels);
  for (let c = first; c < whole; c += lane.bytes<T>()) {
    const sum = sumOfProducts<T>(a + c, aStep, b + c, bStep, count, 0);
    lane.store<T>(dw + c, lane.add<T>(lane.load<T>(dw + c), sum));
  }
  if (rest) {
    const sum = sumOfProducts<T>(a + whole, aStep, b + whole, bStep, count, rest);
    lane.storePart<T>(dw + whole, lane.add<T>(lane.loadPart<T>(dw + whole, rest), sum), rest);
  }
}

/** The sum of `count` products of vectors, or the first `part` lanes of them. */
function sumOfProducts<T>(a: usize, aStep: usize, b: usize, bStep: usize, count: i32, part: i32): T {
  let sum0 = lane.splat<T>(0);
  let sum1 = sum0;
  for (; count > 1; count -= 2) {
    sum0 = lane.madd<T>(lane.read<T>(a, part), lane.read<T>(b, part), sum0);
    sum1 = lane.madd<T>(lane.read<T>(a + aStep, part), lane.read<T>(b + bStep, part), sum1);
    a += 2 * aStep;
    b += 2 * bStep;
  }
  if (count > 0) sum0 = lane.madd<T>(lane.read<T>(a, part), lane.read<T>(b, part), sum0);
  return lane.add<T>(sum0, sum1);
}

/** A class, for only a static method may carry the decorator that inlines it with its constants. */
class TapSums {
  /**
   * Adds `count` positions to three taps, `apart` bytes apart, which share dy, and x too where taps are as
   * far apart as positions (`shared`): the loop waits for loads. More accumulators would not fit the
   * registers.
   */
  @inline static addThree<T>(
    shared: bool,
    x: usize,
    step: usize,
    apart: usize,
    dy: usize,
    pixel: usize,
    count: i32,
    dw: usize,
    tap: usize,
  ): void {
    let a0 = lane.splat<T>(0);
    let b0 = a0;
    let c0 = a0;
    let a1 = a0;
    let b1 = a0;
    let c1 = a0;
    for (; count >= 4; count -= 4) {
      const x1 = x + step;
      const x2 = x1 + step;
      const x3 = x2 + step;
      const y0 = lane.load<T>(dy);
      const s1 = lane.load<T>(x + apart);
      const s2 = lane.load<T>(x + 2 * apart);
      a0 = lane.madd<T>(lane.load<T>(x), y0, a0);
      b0 = lane.madd<T>(s1, y0, b0);
      c0 = lane.madd<T>(s2, y0, c0);
      const y1 = lane.load<T>(dy + pixel);
      const s3 = lane.load<T>(x1 + 2 * apart);
      a1 = lane.madd<T>(shared ? s1 : lane.load<T>(x1), y1, a1);
      b1 = lane.madd<T>(shared ? s2 : lane.load<T>(x1 + apart), y1, b1);
      c1 = lane.madd<T>(s3, y1, c1);
      const y2 = lane.load<T>(dy + 2 * pixel);
      const s4 = lane.load<T>(x2 + 2 * apart);
      a0 = lane.madd<T>(shared ? s2 : lane.load<T>(x2), y2, a0);
      b0 = lane.madd<T>(shared ? s3 : lane.load<T>(x2 + apart), y2, b0);
      c0 = lane.madd<T>(s4, y2, c0);
      const y3 = lane.load<T>(dy + 3 * pixel);
      a1 = lane.madd<T>(shared ? s3 : lane.load<T>(x3), y3, a1);
      b1 = lane.madd<T>(shared ? s4 : lane.load<T>(x3 + apart), y3, b1);
      c1 = lane.madd<T>(lane.load<T>(x3 + 2 * apart), y3, c1);
      x = x3 + step;
      dy += 4 * pixel;
    }
    for (; count > 0; count--) {
      const y = lane.load<T>(dy);
      const a = lane.madd<T>(lane.load<T>(x), y, a0);
      const b = lane.madd<T>(lane.load<T>(x + apart), y, b0);
      const c = lane.madd<T>(lane.load<T>(x + 2 * apart), y, c0);
      // The other accumulators are next.
      a0 = a1;
      b0 = b1;
      c0 = c1;
      a1 = a;
      b1 = b;
      c1 = c;
      x += step;
      dy += pixel;
    }
    // Addition is commutative: which of the two is which does not matter.
    lane.store<T>(dw, lane.add<T>(lane.load<T>(dw), lane.add<T>(a0, a1)));
    lane.store<T>(dw + tap, lane.add<T>(lane.load<T>(dw + tap), lane.add<T>(b0, b1)));
    lane.store<T>(dw + 2 * tap, lane.add<T>(lane.load<T>(dw + 2 * tap), lane.add<T>(c0, c1)));
  }
}
