import { copyRow } from "./copy";
import { lane } from "./lane";

/**
 * Rotary position embedding (Su and others 2021) in the form of two halves. Of each row x[cols] the first
 * `heads` vectors of 2 `half` elements are rotated: y[p] = x[p] cos - x[half + p] sin and y[half + p] =
 * x[half + p] cos + x[p] sin, p < half, and the rest is copied. table[time, 2, half]: the cosines and the
 * sines of each step; row i is step i mod time. `direction` is 1, or -1 to rotate back, which is the
 * derivative. y may be x.
 */
export function rotate(
  x: usize,
  y: usize,
  table: usize,
  rows: i32,
  time: i32,
  cols: i32,
  heads: i32,
  half: i32,
  direction: f32,
): void {
  const bytes = (<usize>half) << 2;
  const rest = cols - 2 * half * heads;
  let step = 0;
  for (let i = 0; i < rows; i++) {
    const cosines = table + <usize>step * 2 * bytes;
    for (let head = 0; head < heads; head++) {
      if (ASC_FEATURE_SIMD) rotateOver<v128>(x, y, cosines, half, direction);
      else rotateOver<f32>(x, y, cosines, half, direction);
      x += 2 * bytes;
      y += 2 * bytes;
    }
    if (x !== y) copyRow(x, y, rest);
    x += (<usize>rest) << 2;
    y += (<usize>rest) << 2;
    if (++step === time) step = 0;
  }
}

function rotateOver<T>(x: usize, y: usize, cosines: usize, half: i32, direction: f32): void {
  const bytes = (<usize>half) << 2;
  const sign = lane.splat<T>(direction);
  const end = x + lane.wholeBytes<T>(half);
  while (x < end) {
    turn.step<T>(x, y, cosines, bytes, sign, 0);
    x += lane.bytes<T>();
    y += lane.bytes<T>();
    cosines += lane.bytes<T>();
  }
  const part = lane.rest<T>(half);
  if (part) turn.step<T>(x, y, cosines, bytes, sign, part);
}

class turn {
  /** A vector of each half, or `part` of one. */
  @inline static step<T>(x: usize, y: usize, cosines: usize, half: usize, sign: T, part: i32): void {
    const c = lane.read<T>(cosines, part);
    const s = lane.mul<T>(sign, lane.read<T>(cosines + half, part));
    const a = lane.read<T>(x, part);
    const b = lane.read<T>(x + half, part);
    lane.write<T>(y, lane.sub<T>(lane.mul<T>(a, c), lane.mul<T>(b, s)), part);
    lane.write<T>(y + half, lane.add<T>(lane.mul<T>(b, c), lane.mul<T>(a, s)), part);
  }
}
