import { lane } from "./lane";

/**
 * Updates over flat slabs of n floats: w the weights, g their gradient; m, v and x what the optimizer
 * remembers, 0 where it does not. Slabs do not overlap. `decay` adds decay w to the gradient, an L2 penalty.
 * The scalars that change from step to step come from float64 arithmetic outside, and an operation uses those
 * that it needs; `bits` is an integer.
 */
export abstract class Update {
  /**
   * One vector of each slab, or its first `part` lanes where that is not 0. `withM` and `withX` tell whether
   * m and x are there.
   */
  step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    a: T,
    b: T,
    c: T,
    d: T,
    e: T,
    f: T,
    h: T,
    bits: T,
  ): void {}
}

export function update<Op extends Update>(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  x: usize,
  n: i32,
  a: f32,
  b: f32,
  c: f32 = 0,
  d: f32 = 0,
  e: f32 = 0,
  f: f32 = 0,
  h: f32 = 0,
  bits: i32 = 0,
): void {
  if (ASC_FEATURE_SIMD) updateOver<Op, v128>(w, g, m, v, x, n, a, b, c, d, e, f, h, bits);
  else updateOver<Op, f32>(w, g, m, v, x, n, a, b, c, d, e, f, h, bits);
}

function updateOver<Op extends Update, T>(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  x: usize,
  n: i32,
  a: f32,
  b: f32,
  c: f32,
  d: f32,
  e: f32,
  f: f32,
  h: f32,
  bits: i32,
): void {
  const op = changetype<Op>(0);
  const ua = lane.splat<T>(a);
  const ub = lane.splat<T>(b);
  const uc = lane.splat<T>(c);
  const ud = lane.splat<T>(d);
  const ue = lane.splat<T>(e);
  const uf = lane.splat<T>(f);
  const uh = lane.splat<T>(h);
  const uBits = lane.splatBits<T>(bits);
  const withM = m !== 0;
  const withX = x !== 0;
  const bytes = lane.bytes<T>();
  if (isVector<T>()) {
    // Two at a time: the instructions of the loop itself are a fifth of one vector's.
    for (const end = w + ((<usize>(n & ~7)) << 2); w < end; w += 2 * bytes) {
      op.step<T>(w, g, m, v, x, withM, withX, 0, ua, ub, uc, ud, ue, uf, uh, uBits);
      op.step<T>(
        w + bytes,
        g + bytes,
        m + bytes,
        v + bytes,
        x + bytes,
        withM,
        withX,
        0,
        ua,
        ub,
        uc,
        ud,
        ue,
        uf,
        uh,
        uBits,
      );
      g += 2 * bytes;
      m += 2 * bytes;
      v += 2 * bytes;
      x += 2 * bytes;
    }
    n &= 7;
  }
  while (n > 0) {
    const part = n < lane.width<T>() ? n : 0;
    op.step<T>(w, g, m, v, x, withM, withX, part, ua, ub, uc, ud, ue, uf, uh, uBits);
    w += bytes;
    g += bytes;
    m += bytes;
    v += bytes;
    x += bytes;
    n -= lane.width<T>();
  }
}
