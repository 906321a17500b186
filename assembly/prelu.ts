import { leakyRelu, leakyReluBackward } from "./activation";
import { lane } from "./lane";
import { Binary, binary } from "./map";
import { sum, sumRows } from "./reduce";

/**
 * The rectifier with a slope below 0 that is learnt (He et al. 2015). An input is [outer, cols, inner], and
 * a[cols] has one slope for each of the `cols`: features alone are [rows, features, 1], channels that come
 * first [rows, channels, pixels], one slope for all [1, 1, n].
 */

/** z for z > 0, else a z: leakyRelu with a slope for each element. */
class Value extends Binary {
  @inline apply<T>(z: T, a: T, s: T, t: T): T {
    return lane.mul<T>(z, lane.select<T>(lane.lt<T>(lane.splat<T>(0), z), lane.splat<T>(1), a));
  }
}

/** dy min(z, 0), what y has of a. */
class Term extends Binary {
  @inline apply<T>(z: T, dy: T, s: T, t: T): T {
    return lane.mul<T>(dy, lane.atMost<T>(z, lane.splat<T>(0)));
  }
}

/** y[outer,cols,inner] = max(z, 0) + a[cols] min(z, 0). y may be z. */
export function prelu(z: usize, a: usize, y: usize, outer: i32, cols: i32, inner: i32): void {
  const stride = (<usize>inner) << 2;
  for (let i = 0; i < outer; i++) {
    if (inner === 1) {
      binary<Value>(z, a, y, cols);
      z += (<usize>cols) << 2;
      y += (<usize>cols) << 2;
      continue;
    }
    for (let j = 0; j < cols; j++) {
      leakyRelu(z, y, 1, inner, load<f32>(a + ((<usize>j) << 2)));
      z += stride;
      y += stride;
    }
  }
}

/** dz[outer,cols,inner] = dy (1 for z > 0, else a[cols]). dz may be z or dy. */
export function preluBackward(
  z: usize,
  a: usize,
  dy: usize,
  dz: usize,
  outer: i32,
  cols: i32,
  inner: i32,
): void {
  const stride = (<usize>inner) << 2;
  for (let i = 0; i < outer; i++) {
    if (inner === 1) {
      slopes(z, a, dy, dz, cols);
      z += (<usize>cols) << 2;
      dy += (<usize>cols) << 2;
      dz += (<usize>cols) << 2;
      continue;
    }
    for (let j = 0; j < cols; j++) {
      leakyReluBackward(z, dy, dz, 1, inner, load<f32>(a + ((<usize>j) << 2)));
      z += stride;
      dy += stride;
      dz += stride;
    }
  }
}

/** A row of preluBackward where each element has an a of its own. */
function slopes(z: usize, a: usize, dy: usize, dz: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) slopesOver<v128>(z, a, dy, dz, n);
  else slopesOver<f32>(z, a, dy, dz, n);
}

function slopesOver<T>(z: usize, a: usize, dy: usize, dz: usize, n: i32): void {
  const one = lane.splat<T>(1);
  const zero = lane.splat<T>(0);
  for (let i = 0; i < n; i += lane.width<T>()) {
    const part = n - i < lane.width<T>() ? n - i : 0;
    const slope = lane.select<T>(lane.lt<T>(zero, lane.read<T>(z, part)), one, lane.read<T>(a, part));
    lane.write<T>(dz, lane.mul<T>(lane.read<T>(dy, part), slope), part);
    z += lane.bytes<T>();
    a += lane.bytes<T>();
    dy += lane.bytes<T>();
    dz += lane.bytes<T>();
  }
}

/**
 * da[cols] = sum over outer and inner of dy[outer,cols,inner] min(z, 0) (+ da[cols] when accumulate): the sum
 * over inner first. Of z, dy and w the next of the outer begins after `stride` columns. w[outer,cols,inner]
 * is room to work in and may be dy; da overlaps nothing.
 */
export function preluGradient(
  z: usize,
  dy: usize,
  w: usize,
  da: usize,
  outer: i32,
  cols: i32,
  inner: i32,
  accumulate: i32,
  stride: i32,
): void {
  const next = stride * inner;
  // Rows without a gap are one.
  const lines = cols === stride ? 1 : outer;
  const length = cols === stride ? outer * next : cols * inner;
  for (let i = 0; i < lines; i++) {
    const at = (<usize>(i * next)) << 2;
    binary<Term>(z + at, dy + at, w + at, length);
  }
  // A sum is written where its terms were, or before them.
  if (inner !== 1)
    for (let i = 0; i < outer; i++) {
      const row = w + ((<usize>(i * next)) << 2);
      for (let j = 0; j < cols; j++)
        store<f32>(row + ((<usize>j) << 2), sum(row + ((<usize>(j * inner)) << 2), inner));
    }
  sumRows(w, da, outer, cols, accumulate, next);
}
