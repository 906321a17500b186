import { lane } from "./lane";

/**
 * Images of another size. Pixel i of n has its centre at (i + 1/2) / n of an axis. "Nearest" takes the pixel
 * of x in which the centre of a pixel of y lies; "linear" weighs the two whose centres are around it, on each
 * axis. Beyond the outermost centres the outermost pixels count alone.
 */

/**
 * The record that `src/ops/resample.ts` writes: samples of x [height, width, channels], of y [outHeight, …].
 */
@unmanaged
class Resampling {
  height: i32 = 0;
  width: i32 = 0;
  channels: i32 = 0;
  outHeight: i32 = 0;
  outWidth: i32 = 0;
  /** 1: linear. 0: nearest. */
  linear: i32 = 0;
}

/**
 * What is done with a vector of the channels of a pixel of y. A part of one is there where `part` is not 0.
 */
abstract class Step {
  /**
   * x: the pixel, of which the next column has the weight `right`, the next row `below`. Where these are 0
   * the next one is not read. `line` and `pixel`: bytes of a row and of a pixel.
   */
  vector<_T>(x: usize, y: usize, line: usize, pixel: usize, right: f32, below: f32, part: i32): void {}
}

class Mix extends Step {
  @inline vector<T>(x: usize, y: usize, line: usize, pixel: usize, right: f32, below: f32, part: i32): void {
    let value = this.row<T>(x, pixel, right, part);
    if (below !== 0) value = this.between<T>(value, this.row<T>(x + line, pixel, right, part), below);
    lane.write<T>(y, value, part);
  }

  @inline row<T>(x: usize, pixel: usize, right: f32, part: i32): T {
    const value = lane.read<T>(x, part);
    return right !== 0 ? this.between<T>(value, lane.read<T>(x + pixel, part), right) : value;
  }

  /** (1 - w) a + w b. */
  @inline between<T>(a: T, b: T, w: f32): T {
    return lane.madd<T>(lane.splat<T>(w), b, lane.mul<T>(lane.splat<T>(1 - w), a));
  }
}

/** The transpose of Mix: x is the gradient of x, y that of y. */
class Share extends Step {
  @inline vector<T>(x: usize, y: usize, line: usize, pixel: usize, right: f32, below: f32, part: i32): void {
    const gradient = lane.read<T>(y, part);
    if (below === 0) {
      this.row<T>(x, gradient, pixel, right, part);
      return;
    }
    this.row<T>(x, lane.mul<T>(lane.splat<T>(1 - below), gradient), pixel, right, part);
    this.row<T>(x + line, lane.mul<T>(lane.splat<T>(below), gradient), pixel, right, part);
  }

  @inline row<T>(x: usize, gradient: T, pixel: usize, right: f32, part: i32): void {
    if (right === 0) {
      this.add<T>(x, gradient, part);
      return;
    }
    this.add<T>(x, lane.mul<T>(lane.splat<T>(1 - right), gradient), part);
    this.add<T>(x + pixel, lane.mul<T>(lane.splat<T>(right), gradient), part);
  }

  @inline add<T>(at: usize, value: T, part: i32): void {
    lane.write<T>(at, lane.add<T>(lane.read<T>(at, part), value), part);
  }
}

/**
 * The weight of the pixel behind pixel `at` of `size`, where the centre is rest / parts behind the centre of
 * `at`: 0 beyond the outermost centres.
 */
function weightOf(at: i32, size: i32, rest: i64, parts: i64, linear: i32): f32 {
  return linear && rest > 0 && at < size - 1 ? <f32>(<f64>rest / <f64>parts) : 0;
}

/** Visits the pixels of y in their order. */
function overPixels<Op extends Step, T>(x: usize, y: usize, g: Resampling, rows: i32): void {
  const op = changetype<Op>(0);
  const linear = g.linear;
  const pixel = (<usize>g.channels) << 2;
  const line = <usize>g.width * pixel;
  const step = lane.bytes<T>();
  const rest = lane.rest<T>(g.channels);
  const restBytes = (<usize>rest) << 2;
  const whole = pixel - restBytes;
  // A centre is at `row` and `down` / `downs`: whole pixels, and what is left of one. It moves by height /
  // outHeight, which is 2 height parts, and begins half of that in, from the centre of pixel 0 if linear.
  const downs = 2 * <i64>g.outHeight;
  const across = 2 * <i64>g.outWidth;
  for (let s = 0; s < rows; s++) {
    let row = 0;
    let down = <i64>g.height - (linear ? <i64>g.outHeight : 0);
    for (let i = 0; i < g.outHeight; i++) {
      for (; down >= downs; down -= downs) row++;
      const below = weightOf(row, g.height, down, downs, linear);
      let from = x + <usize>row * line;
      let column = 0;
      let over = <i64>g.width - (linear ? <i64>g.outWidth : 0);
      for (let j = 0; j < g.outWidth; j++) {
        for (; over >= across; over -= across) {
          column++;
          from += pixel;
        }
        const right = weightOf(column, g.width, over, across, linear);
        for (let c: usize = 0; c < whole; c += step)
          op.vector<T>(from + c, y + c, line, pixel, right, below, 0);
        if (rest) op.vector<T>(from + whole, y + whole, line, pixel, right, below, rest);
        y += pixel;
        over += 2 * <i64>g.width;
      }
      down += 2 * <i64>g.height;
    }
    x += <usize>g.height * line;
  }
}

/**
 * y[rows,outHeight,outWidth,channels] from x[rows,height,width,channels]: with the row p and the column q in
 * which the centre of (i, j) lies, or behind whose centres it is, and the weights v and w of the next ones,
 *
 *     y[i,j] = (1 - v) ((1 - w) x[p,q] + w x[p,q+1]) + v ((1 - w) x[p+1,q] + w x[p+1,q+1])
 *
 * Pixels of the weight 0 are not read: nearest copies. y overlaps no x. `record` is the address of a
 * Resampling.
 */
export function resample(x: usize, y: usize, record: usize, rows: i32): void {
  const g = changetype<Resampling>(record);
  if (ASC_FEATURE_SIMD) overPixels<Mix, v128>(x, y, g, rows);
  else overPixels<Mix, f32>(x, y, g, rows);
}

/**
 * dx[rows,height,width,channels]: the sum of dy[rows,outHeight,outWidth,channels] times the weight that the
 * element has in y, in the order of the pixels of y. dx overlaps no dy.
 */
export function resampleBackward(dy: usize, dx: usize, record: usize, rows: i32): void {
  const g = changetype<Resampling>(record);
  memory.fill(dx, 0, (<usize>(rows * g.height * g.width * g.channels)) << 2);
  if (ASC_FEATURE_SIMD) overPixels<Share, v128>(dx, dy, g, rows);
  else overPixels<Share, f32>(dx, dy, g, rows);
}
