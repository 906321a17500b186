import { scale } from "./elementwise";
import { Geometry } from "./geometry";
import { lane } from "./lane";
import { sumRows } from "./reduce";

/**
 * Pooling: y has a value for each window of x and each channel. Windows are those of a Geometry without
 * dilation and groups. Each has pixels of x; those outside of x do not count. A loop goes over the channels
 * of a window a vector at a time: a value meets the same operations in every build and every batch.
 */

/** What is done with a window and some of its channels. */
abstract class Pooling {
  /**
   * x and dx: the first pixel of the window, of which `height` rows and `width` columns are inside. y and dy:
   * its pixel of the result. `line` and `pixel`: bytes of a row and of a pixel. `share`: 1 / the pixels that
   * count. `adds`: whether dx is added to. For four vectors, which share the cost of the loops.
   */
  four<_T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
  ): void {}

  /** The same for one vector, of which `part` floats are there where that is not 0. */
  one<_T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
    part: i32,
  ): void {}
}

/** The largest element; NaN where one is, which atLeast alone would pass over. */
class Largest extends Pooling {
  @inline four<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
  ): void {
    const next = lane.bytes<T>();
    let largest0 = lane.load<T>(x);
    let largest1 = lane.load<T>(x + next);
    let largest2 = lane.load<T>(x + 2 * next);
    let largest3 = lane.load<T>(x + 3 * next);
    let known0 = lane.splatBits<T>(-1);
    let known1 = known0;
    let known2 = known0;
    let known3 = known0;
    for (let row = 0; row < height; row++) {
      let at = x + <usize>row * line;
      for (const end = at + <usize>width * pixel; at < end; at += pixel) {
        let value = lane.load<T>(at);
        largest0 = lane.atLeast<T>(largest0, value);
        known0 = lane.and<T>(known0, lane.eq<T>(value, value));
        value = lane.load<T>(at + next);
        largest1 = lane.atLeast<T>(largest1, value);
        known1 = lane.and<T>(known1, lane.eq<T>(value, value));
        value = lane.load<T>(at + 2 * next);
        largest2 = lane.atLeast<T>(largest2, value);
        known2 = lane.and<T>(known2, lane.eq<T>(value, value));
        value = lane.load<T>(at + 3 * next);
        largest3 = lane.atLeast<T>(largest3, value);
        known3 = lane.and<T>(known3, lane.eq<T>(value, value));
      }
    }
    const unknown = lane.splat<T>(f32.NaN);
    lane.store<T>(y, lane.select<T>(known0, largest0, unknown));
    lane.store<T>(y + next, lane.select<T>(known1, largest1, unknown));
    lane.store<T>(y + 2 * next, lane.select<T>(known2, largest2, unknown));
    lane.store<T>(y + 3 * next, lane.select<T>(known3, largest3, unknown));
  }

  @inline one<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
    part: i32,
  ): void {
    let largest = lane.read<T>(x, part);
    let known = lane.splatBits<T>(-1);
    for (let row = 0; row < height; row++) {
      let at = x + <usize>row * line;
      for (const end = at + <usize>width * pixel; at < end; at += pixel) {
        const value = lane.read<T>(at, part);
        largest = lane.atLeast<T>(largest, value);
        known = lane.and<T>(known, lane.eq<T>(value, value));
      }
    }
    lane.write<T>(y, lane.select<T>(known, largest, lane.splat<T>(f32.NaN)), part);
  }
}

class Average extends Pooling {
  @inline four<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
  ): void {
    const next = lane.bytes<T>();
    let sum0 = lane.splat<T>(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let row = 0; row < height; row++) {
      let at = x + <usize>row * line;
      for (const end = at + <usize>width * pixel; at < end; at += pixel) {
        sum0 = lane.add<T>(sum0, lane.load<T>(at));
        sum1 = lane.add<T>(sum1, lane.load<T>(at + next));
        sum2 = lane.add<T>(sum2, lane.load<T>(at + 2 * next));
        sum3 = lane.add<T>(sum3, lane.load<T>(at + 3 * next));
      }
    }
    const factor = lane.splat<T>(share);
    lane.store<T>(y, lane.mul<T>(sum0, factor));
    lane.store<T>(y + next, lane.mul<T>(sum1, factor));
    lane.store<T>(y + 2 * next, lane.mul<T>(sum2, factor));
    lane.store<T>(y + 3 * next, lane.mul<T>(sum3, factor));
  }

  @inline one<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
    part: i32,
  ): void {
    let sum = lane.splat<T>(0);
    for (let row = 0; row < height; row++) {
      let at = x + <usize>row * line;
      for (const end = at + <usize>width * pixel; at < end; at += pixel)
        sum = lane.add<T>(sum, lane.read<T>(at, part));
    }
    lane.write<T>(y, lane.mul<T>(sum, lane.splat<T>(share)), part);
  }
}

/** Writes gradients. */
abstract class Spread extends Pooling {
  /** at = value, or at += value. */
  @inline put<T>(at: usize, value: T, part: i32, adds: bool): void {
    lane.write<T>(at, adds ? lane.add<T>(lane.read<T>(at, part), value) : value, part);
  }
}

/** dy to the first element that equals y; both are NaN where one is. */
class ToLargest extends Spread {
  @inline four<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
  ): void {
    for (let next: usize = 0; next < 4 * lane.bytes<T>(); next += lane.bytes<T>())
      this.one<T>(x + next, y + next, dy + next, dx + next, height, width, line, pixel, share, adds, 0);
  }

  @inline one<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
    part: i32,
  ): void {
    const zero = lane.splat<T>(0);
    const all = lane.splatBits<T>(-1);
    const largest = lane.read<T>(y, part);
    const gradient = lane.read<T>(dy, part);
    let open = all;
    for (let row = 0; row < height; row++) {
      const skip = <usize>row * line;
      const end = skip + <usize>width * pixel;
      for (let at = skip; at < end; at += pixel) {
        const value = lane.read<T>(x + at, part);
        const equal = lane.select<T>(lane.eq<T>(value, value), lane.eq<T>(value, largest), all);
        const here = lane.and<T>(open, equal);
        open = lane.xor<T>(open, here);
        this.put<T>(dx + at, lane.select<T>(here, gradient, zero), part, adds);
      }
    }
  }
}

/** Its share of dy to each element. */
class ToAll extends Spread {
  @inline four<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
  ): void {
    for (let next: usize = 0; next < 4 * lane.bytes<T>(); next += lane.bytes<T>())
      this.one<T>(x + next, y + next, dy + next, dx + next, height, width, line, pixel, share, adds, 0);
  }

  @inline one<T>(
    x: usize,
    y: usize,
    dy: usize,
    dx: usize,
    height: i32,
    width: i32,
    line: usize,
    pixel: usize,
    share: f32,
    adds: bool,
    part: i32,
  ): void {
    const gradient = lane.mul<T>(lane.read<T>(dy, part), lane.splat<T>(share));
    for (let row = 0; row < height; row++) {
      let at = dx + <usize>row * line;
      for (const end = at + <usize>width * pixel; at < end; at += pixel)
        this.put<T>(at, gradient, part, adds);
    }
  }
}

/** Visits the windows of all samples in the order of their positions, and in each the channels. */
function overWindows<Op extends Pooling, T>(
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  g: Geometry,
  rows: i32,
  whole: bool,
  adds: bool,
): void {
  const op = changetype<Op>(0);
  const pixel = (<usize>g.channels) << 2;
  const line = <usize>g.width * pixel;
  const sample = <usize>g.height * line;
  const step = lane.bytes<T>();
  const rest = lane.rest<T>(g.channels);
  const restBytes = (<usize>rest) << 2;
  const ones = (pixel - restBytes) & (4 * step - 1);
  const fours = pixel - restBytes - ones;
  for (let s = 0; s < rows; s++) {
    for (let i = 0; i < g.outHeight; i++) {
      const top = i * g.strideHeight - g.paddingTop;
      const row = max<i32>(top, 0);
      const height = min<i32>(top + g.kernelHeight, g.height) - row;
      for (let j = 0; j < g.outWidth; j++) {
        const left = j * g.strideWidth - g.paddingLeft;
        const column = max<i32>(left, 0);
        const width = min<i32>(left + g.kernelWidth, g.width) - column;
        const share = <f32>1 / <f32>(whole ? g.kernelHeight * g.kernelWidth : height * width);
        let from = x + <usize>row * line + <usize>column * pixel;
        let to = dx - x + from;
        for (const end = y + fours; y < end; y += 4 * step) {
          op.four<T>(from, y, dy, to, height, width, line, pixel, share, adds);
          from += 4 * step;
          dy += 4 * step;
          to += 4 * step;
        }
        for (const end = y + ones; y < end; y += step) {
          op.one<T>(from, y, dy, to, height, width, line, pixel, share, adds, 0);
          from += step;
          dy += step;
          to += step;
        }
        if (rest) {
          op.one<T>(from, y, dy, to, height, width, line, pixel, share, adds, rest);
          y += restBytes;
          dy += restBytes;
        }
      }
    }
    x += sample;
    dx += sample;
  }
}

/** Zeros in dx: all of it where windows add, and else the pixels that no window has. */
function clear(dx: usize, g: Geometry, rows: i32, adds: bool): void {
  const pixel = (<usize>g.channels) << 2;
  const line = <usize>g.width * pixel;
  if (adds) {
    memory.fill(dx, 0, <usize>(rows * g.height) * line);
    return;
  }
  for (let s = 0; s < rows; s++) {
    for (let i = 0; i < g.outHeight; i++) {
      const top = i * g.strideHeight - g.paddingTop;
      const end = min<i32>(top + g.kernelHeight, g.height);
      const next = i + 1 < g.outHeight ? top + g.strideHeight : g.height;
      for (let row = max<i32>(top, 0); row < end; row++) clearLine(dx + <usize>row * line, g, pixel);
      if (next > end) memory.fill(dx + <usize>end * line, 0, <usize>(next - end) * line);
    }
    dx += <usize>g.height * line;
  }
}

/** Zeros between the windows of a row. */
function clearLine(dx: usize, g: Geometry, pixel: usize): void {
  let left = -g.paddingLeft;
  for (let j = 1; j <= g.outWidth; j++) {
    const end = min<i32>(left + g.kernelWidth, g.width);
    left += g.strideWidth;
    const next = j < g.outWidth ? left : g.width;
    if (next > end) memory.fill(dx + <usize>end * pixel, 0, <usize>(next - end) * pixel);
  }
}

/** Whether no pixel is in two windows. */
function areApart(g: Geometry): bool {
  return g.strideHeight >= g.kernelHeight && g.strideWidth >= g.kernelWidth;
}

/**
 * y[rows,outHeight,outWidth,channels]: the largest element of each window of x[rows,height,width,channels].
 * NaN where one is, +0 over -0. y overlaps no x. `geometry` is the address of a Geometry.
 */
export function maxPool(x: usize, y: usize, geometry: usize, rows: i32): void {
  const g = changetype<Geometry>(geometry);
  if (ASC_FEATURE_SIMD) overWindows<Largest, v128>(x, y, 0, 0, g, rows, false, false);
  else overWindows<Largest, f32>(x, y, 0, 0, g, rows, false, false);
}

/**
 * dx[rows,height,width,channels]: the sum of dy over the windows of which the element is the first, in the
 * order of rows and columns, that equals y = maxPool(x). The first NaN is the one where y is NaN. Windows add
 * in the order of their positions. dx may be x where no two windows overlap, and overlaps nothing else.
 */
export function maxPoolBackward(x: usize, y: usize, dy: usize, dx: usize, geometry: usize, rows: i32): void {
  const g = changetype<Geometry>(geometry);
  const adds = !areApart(g);
  clear(dx, g, rows, adds);
  if (ASC_FEATURE_SIMD) overWindows<ToLargest, v128>(x, y, dy, dx, g, rows, false, adds);
  else overWindows<ToLargest, f32>(x, y, dy, dx, g, rows, false, adds);
}

/**
 * y[rows,outHeight,outWidth,channels]: the sum of each window of x[rows,height,width,channels], in the order
 * of rows and columns, times 1 / count. The count is that of the pixels inside of x, or of all pixels of a
 * window when countPadding. y overlaps no x.
 */
export function averagePool(x: usize, y: usize, geometry: usize, rows: i32, countPadding: i32): void {
  const g = changetype<Geometry>(geometry);
  const whole = countPadding !== 0;
  if (ASC_FEATURE_SIMD) overWindows<Average, v128>(x, y, 0, 0, g, rows, whole, false);
  else overWindows<Average, f32>(x, y, 0, 0, g, rows, whole, false);
}

/**
 * dx[rows,height,width,channels]: the sum of dy times 1 / count over the windows that the element is in, in
 * the order of their positions. dx overlaps no dy.
 */
export function averagePoolBackward(
  dy: usize,
  dx: usize,
  geometry: usize,
  rows: i32,
  countPadding: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const whole = countPadding !== 0;
  const adds = !areApart(g);
  clear(dx, g, rows, adds);
  if (ASC_FEATURE_SIMD) overWindows<ToAll, v128>(0, 0, dy, dx, g, rows, whole, adds);
  else overWindows<ToAll, f32>(0, 0, dy, dx, g, rows, whole, adds);
}

/**
 * y[rows,channels] = sum over positions of x[rows,positions,channels], times 1 / positions. y overlaps no x.
 */
export function averagePositions(x: usize, y: usize, rows: i32, positions: i32, channels: i32): void {
  let sums = y;
  for (let s = 0; s < rows; s++) {
    sumRows(x, sums, positions, channels, 0, channels);
    x += (<usize>(positions * channels)) << 2;
    sums += (<usize>channels) << 2;
  }
  scale(y, y, rows * channels, <f32>1 / <f32>positions);
}
