// The multiply-add peak of one core, in registers alone. An accumulator enters only the add (inside the
// multiply it would double the chain). relaxed: twelve accumulators. Without fused multiply-add equal
// products would be merged by the optimiser, so: eight accumulators, eight different products, operands
// swapped each round so that none is invariant. flops = rounds x products() x 2 x lanes. p: 64 floats,
// 16-byte aligned.
export function products(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 12 : 8;
}

export function peak(rounds: i32, p: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const x = v128.load(p),
      y = v128.load(p, 16);
    let a = x,
      b = y,
      c = x,
      d = y,
      e = x,
      f = y,
      g = x,
      h = y,
      i = x,
      j = y,
      k = x,
      l = y;
    for (let r = 0; r < rounds; ++r) {
      a = f32x4.relaxed_madd(x, y, a);
      b = f32x4.relaxed_madd(x, y, b);
      c = f32x4.relaxed_madd(x, y, c);
      d = f32x4.relaxed_madd(x, y, d);
      e = f32x4.relaxed_madd(x, y, e);
      f = f32x4.relaxed_madd(x, y, f);
      g = f32x4.relaxed_madd(x, y, g);
      h = f32x4.relaxed_madd(x, y, h);
      i = f32x4.relaxed_madd(x, y, i);
      j = f32x4.relaxed_madd(x, y, j);
      k = f32x4.relaxed_madd(x, y, k);
      l = f32x4.relaxed_madd(x, y, l);
    }
    v128.store(p, a, 0);
    v128.store(p, b, 16);
    v128.store(p, c, 32);
    v128.store(p, d, 48);
    v128.store(p, e, 64);
    v128.store(p, f, 80);
    v128.store(p, g, 96);
    v128.store(p, h, 112);
    v128.store(p, i, 128);
    v128.store(p, j, 144);
    v128.store(p, k, 160);
    v128.store(p, l, 176);
  } else if (ASC_FEATURE_SIMD) {
    let x0 = v128.load(p),
      x1 = v128.load(p, 16);
    const y0 = v128.load(p, 32),
      y1 = v128.load(p, 48),
      y2 = v128.load(p, 64),
      y3 = v128.load(p, 80);
    let a = x0,
      b = x1,
      c = x0,
      d = x1,
      e = x0,
      f = x1,
      g = x0,
      h = x1;
    for (let r = 0; r < rounds; ++r) {
      a = f32x4.add(f32x4.mul(x0, y0), a);
      b = f32x4.add(f32x4.mul(x1, y0), b);
      c = f32x4.add(f32x4.mul(x0, y1), c);
      d = f32x4.add(f32x4.mul(x1, y1), d);
      e = f32x4.add(f32x4.mul(x0, y2), e);
      f = f32x4.add(f32x4.mul(x1, y2), f);
      g = f32x4.add(f32x4.mul(x0, y3), g);
      h = f32x4.add(f32x4.mul(x1, y3), h);
      const t = x0;
      x0 = x1;
      x1 = t;
    }
    v128.store(p, a, 96);
    v128.store(p, b, 112);
    v128.store(p, c, 128);
    v128.store(p, d, 144);
    v128.store(p, e, 160);
    v128.store(p, f, 176);
    v128.store(p, g, 192);
    v128.store(p, h, 208);
  } else {
    let x0 = f32.load(p),
      x1 = f32.load(p, 16);
    const y0 = f32.load(p, 32),
      y1 = f32.load(p, 48),
      y2 = f32.load(p, 64),
      y3 = f32.load(p, 80);
    let a = x0,
      b = x1,
      c = x0,
      d = x1,
      e = x0,
      f = x1,
      g = x0,
      h = x1;
    for (let r = 0; r < rounds; ++r) {
      a = x0 * y0 + a;
      b = x1 * y0 + b;
      c = x0 * y1 + c;
      d = x1 * y1 + d;
      e = x0 * y2 + e;
      f = x1 * y2 + f;
      g = x0 * y3 + g;
      h = x1 * y3 + h;
      const t = x0;
      x0 = x1;
      x1 = t;
    }
    f32.store(p, a, 96);
    f32.store(p, b, 112);
    f32.store(p, c, 128);
    f32.store(p, d, 144);
    f32.store(p, e, 160);
    f32.store(p, f, 176);
    f32.store(p, g, 192);
    f32.store(p, h, 208);
  }
}
