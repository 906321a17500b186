/**
 * Lane arithmetic over `T`: `v128` holds four float32 lanes, `f32` one. The type folds away at compile time,
 * so a kernel is written once and becomes the scalar, the SIMD and the relaxed-SIMD build. This is the only
 * file that chooses instructions.
 *
 * Every operation gives each lane of a `v128` the very bits that it gives an `f32`, except `relaxedMadd`,
 * which the matrix product alone uses: all other kernels give the same bits in all three builds. A mask is a
 * `T` whose lanes have all bits set or none.
 */
export class lane {
  /** Lanes of `T`: 4 or 1. */
  @inline static width<T>(): i32 {
    return isVector<T>() ? 4 : 1;
  }

  /** Bytes of `T`: 16 or 4. */
  @inline static bytes<T>(): i32 {
    return isVector<T>() ? 16 : 4;
  }

  @inline static splat<T>(x: f32): T {
    return isVector<T>() ? changetype<T>(f32x4.splat(x)) : changetype<T>(x);
  }

  /** Every lane holds the 32 bits of `x`. */
  @inline static splatBits<T>(x: i32): T {
    return isVector<T>() ? changetype<T>(i32x4.splat(x)) : changetype<T>(reinterpret<f32>(x));
  }

  @inline static load<T>(p: usize): T {
    return isVector<T>() ? changetype<T>(v128.load(p)) : changetype<T>(load<f32>(p));
  }

  /** Every lane holds the one float at `p`. */
  @inline static loadSplat<T>(p: usize): T {
    return isVector<T>() ? changetype<T>(v128.load32_splat(p)) : changetype<T>(load<f32>(p));
  }

  /**
   * Every lane holds float `i` (0 to 5) at `p`. The offset is an immediate of the instruction: the optimiser
   * folds an addition into plain loads, not into this one, and a constant `i` leaves one of these lines.
   */
  @inline static loadSplatAt<T>(p: usize, i: i32): T {
    if (!isVector<T>()) return changetype<T>(load<f32>(p + (i << 2)));
    if (i === 0) return changetype<T>(v128.load32_splat(p));
    if (i === 1) return changetype<T>(v128.load32_splat(p, 4));
    if (i === 2) return changetype<T>(v128.load32_splat(p, 8));
    if (i === 3) return changetype<T>(v128.load32_splat(p, 12));
    if (i === 4) return changetype<T>(v128.load32_splat(p, 16));
    return changetype<T>(v128.load32_splat(p, 20));
  }

  /**
   * `x`, which an engine may not compute before `y`: a shuffle that takes all its lanes from `x` depends on
   * both and is no instruction in V8, which reorders arithmetic as it likes otherwise.
   */
  @inline static after<T>(x: T, y: T): T {
    if (!isVector<T>()) return x;
    return changetype<T>(
      v128.shuffle<i8>(
        changetype<v128>(x),
        changetype<v128>(y),
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
      ),
    );
  }

  @inline static store<T>(p: usize, x: T): void {
    if (isVector<T>()) v128.store(p, changetype<v128>(x));
    else store<f32>(p, changetype<f32>(x));
  }

  /** The first `count` (1 to 3) floats at `p`; the other lanes are +0. Reads no byte past them. */
  static loadPart<T>(p: usize, count: i32): T {
    if (!isVector<T>()) return changetype<T>(load<f32>(p));
    if (count === 1) return changetype<T>(v128.load32_zero(p));
    const low = v128.load64_zero(p);
    return changetype<T>(count === 2 ? low : v128.load_lane<f32>(p, low, 2, 8));
  }

  /** The first `count` (1 to 3) lanes of `x` to `p`. Writes no byte past them. */
  static storePart<T>(p: usize, x: T, count: i32): void {
    if (!isVector<T>()) {
      store<f32>(p, changetype<f32>(x));
      return;
    }
    const v = changetype<v128>(x);
    if (count === 1) {
      v128.store_lane<f32>(p, v, 0);
      return;
    }
    v128.store_lane<i64>(p, v, 0);
    if (count === 3) v128.store_lane<f32>(p, v, 2, 8);
  }

  /** Of n floats, those of a last vector that is not whole. */
  @inline static rest<T>(n: i32): i32 {
    return n & (lane.width<T>() - 1);
  }

  /** Of n floats, the bytes of the whole vectors. */
  @inline static wholeBytes<T>(n: i32): usize {
    return (<usize>(n - lane.rest<T>(n))) << 2;
  }

  /** `loadPart` where `part` is not 0, else `load`. */
  @inline static read<T>(p: usize, part: i32): T {
    return part ? lane.loadPart<T>(p, part) : lane.load<T>(p);
  }

  /** `storePart` where `part` is not 0, else `store`. */
  @inline static write<T>(p: usize, x: T, part: i32): void {
    if (part) lane.storePart<T>(p, x, part);
    else lane.store<T>(p, x);
  }

  /** Mask: the first `count` lanes. */
  @inline static first<T>(count: i32): T {
    return isVector<T>()
      ? changetype<T>(i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)))
      : changetype<T>(reinterpret<f32>(-i32(count > 0)));
  }

  /** The numbers of the lanes, as bits: 0, 1, 2, 3. */
  @inline static indices<T>(): T {
    return isVector<T>() ? changetype<T>(i32x4(0, 1, 2, 3)) : changetype<T>(reinterpret<f32>(0));
  }

  /** The sum of the lanes, (0 + 1) + (2 + 3). */
  @inline static sum<T>(x: T): f32 {
    if (!isVector<T>()) return changetype<f32>(x);
    const v = changetype<v128>(x);
    return (
      f32x4.extract_lane(v, 0) +
      f32x4.extract_lane(v, 1) +
      (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
    );
  }

  /** The largest lane; NaN when one is. */
  @inline static maximum<T>(x: T): f32 {
    if (!isVector<T>()) return changetype<f32>(x);
    const v = changetype<v128>(x);
    return max<f32>(
      max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
      max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
    );
  }

  /** y[j,i] = x[i,j] for a block of 4 x 4 floats; strides in bytes. Only for T = v128. */
  @inline static transpose4(x: usize, xStride: usize, y: usize, yStride: usize): void {
    const row0 = v128.load(x);
    const row1 = v128.load(x + xStride);
    const row2 = v128.load(x + 2 * xStride);
    const row3 = v128.load(x + 3 * xStride);
    const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
    v128.store(y, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(y + yStride, v128.shuffle<i64>(low01, low23, 1, 3));
    v128.store(y + 2 * yStride, v128.shuffle<i64>(high01, high23, 0, 2));
    v128.store(y + 3 * yStride, v128.shuffle<i64>(high01, high23, 1, 3));
  }

  /**
   * y[j,i] = row i [j] for eight rows of four floats; yStride in bytes, and each y[j] is whole before y[j+1]
   * is begun. Only for T = v128.
   */
  @inline static transpose8(
    row0: usize,
    row1: usize,
    row2: usize,
    row3: usize,
    row4: usize,
    row5: usize,
    row6: usize,
    row7: usize,
    y: usize,
    yStride: usize,
  ): void {
    const a = v128.load(row0);
    const b = v128.load(row1);
    const c = v128.load(row2);
    const d = v128.load(row3);
    const e = v128.load(row4);
    const f = v128.load(row5);
    const g = v128.load(row6);
    const h = v128.load(row7);
    const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const efLow = v128.shuffle<f32>(e, f, 0, 4, 1, 5);
    const ghLow = v128.shuffle<f32>(g, h, 0, 4, 1, 5);
    v128.store(y, v128.shuffle<i64>(abLow, cdLow, 0, 2));
    v128.store(y + 16, v128.shuffle<i64>(efLow, ghLow, 0, 2));
    v128.store(y + yStride, v128.shuffle<i64>(abLow, cdLow, 1, 3));
    v128.store(y + yStride + 16, v128.shuffle<i64>(efLow, ghLow, 1, 3));
    const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const efHigh = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
    const ghHigh = v128.shuffle<f32>(g, h, 2, 6, 3, 7);
    v128.store(y + 2 * yStride, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
    v128.store(y + 2 * yStride + 16, v128.shuffle<i64>(efHigh, ghHigh, 0, 2));
    v128.store(y + 3 * yStride, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
    v128.store(y + 3 * yStride + 16, v128.shuffle<i64>(efHigh, ghHigh, 1, 3));
  }

  @inline static add<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.add(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(changetype<f32>(a) + changetype<f32>(b));
  }

  @inline static sub<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.sub(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(changetype<f32>(a) - changetype<f32>(b));
  }

  @inline static mul<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.mul(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(changetype<f32>(a) * changetype<f32>(b));
  }

  @inline static div<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.div(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(changetype<f32>(a) / changetype<f32>(b));
  }

  /** a b + c, rounded twice. */
  @inline static madd<T>(a: T, b: T, c: T): T {
    return lane.add<T>(lane.mul<T>(a, b), c);
  }

  /** a b + c, rounded twice; in the relaxed build once where the host can do that. */
  @inline static relaxedMadd<T>(a: T, b: T, c: T): T {
    if (isVector<T>() && ASC_FEATURE_RELAXED_SIMD)
      return changetype<T>(f32x4.relaxed_madd(changetype<v128>(a), changetype<v128>(b), changetype<v128>(c)));
    return lane.madd<T>(a, b, c);
  }

  @inline static sqrt<T>(x: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.sqrt(changetype<v128>(x)))
      : changetype<T>(sqrt<f32>(changetype<f32>(x)));
  }

  @inline static abs<T>(x: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.abs(changetype<v128>(x)))
      : changetype<T>(abs<f32>(changetype<f32>(x)));
  }

  @inline static neg<T>(x: T): T {
    return isVector<T>() ? changetype<T>(f32x4.neg(changetype<v128>(x))) : changetype<T>(-changetype<f32>(x));
  }

  /** The larger; NaN when either is NaN; +0 over -0. */
  @inline static max<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.max(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(max<f32>(changetype<f32>(a), changetype<f32>(b)));
  }

  /** b < a ? b : a. One instruction where `min` takes seven; an `a` that is NaN stays. */
  @inline static atMost<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.pmin(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          select<f32>(changetype<f32>(b), changetype<f32>(a), changetype<f32>(b) < changetype<f32>(a)),
        );
  }

  /** a < b ? b : a. An `a` that is NaN stays. */
  @inline static atLeast<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.pmax(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          select<f32>(changetype<f32>(b), changetype<f32>(a), changetype<f32>(a) < changetype<f32>(b)),
        );
  }

  /** Mask: a < b, false for NaN. */
  @inline static lt<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.lt(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(reinterpret<f32>(-i32(changetype<f32>(a) < changetype<f32>(b))));
  }

  /** The larger bits, as unsigned integers. */
  @inline static maxBits<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(i32x4.max_u(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          reinterpret<f32>(
            max<u32>(reinterpret<u32>(changetype<f32>(a)), reinterpret<u32>(changetype<f32>(b))),
          ),
        );
  }

  /** The largest bits of the lanes, as unsigned integers. */
  @inline static maximumBits<T>(x: T): u32 {
    if (!isVector<T>()) return reinterpret<u32>(changetype<f32>(x));
    const v = changetype<v128>(x);
    const pair = lane.maxBits<v128>(v, v128.shuffle<i64>(v, v, 1, 0));
    return max<u32>(i32x4.extract_lane(pair, 0), i32x4.extract_lane(pair, 1));
  }

  /** Mask: the bits of a < the bits of b, as signed integers. */
  @inline static ltBits<T>(a: T, b: T): T {
    if (isVector<T>()) return changetype<T>(i32x4.lt_s(changetype<v128>(a), changetype<v128>(b)));
    const isLess = reinterpret<i32>(changetype<f32>(a)) < reinterpret<i32>(changetype<f32>(b));
    return changetype<T>(reinterpret<f32>(-i32(isLess)));
  }

  /** Mask: a === b, false for NaN. */
  @inline static eq<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.eq(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(reinterpret<f32>(-i32(changetype<f32>(a) === changetype<f32>(b))));
  }

  /** Whether a mask has any lane. */
  @inline static any<T>(mask: T): bool {
    return isVector<T>()
      ? i32x4.bitmask(changetype<v128>(mask)) !== 0
      : reinterpret<i32>(changetype<f32>(mask)) !== 0;
  }

  /** mask ? a : b, lane by lane. */
  @inline static select<T>(mask: T, a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(v128.bitselect(changetype<v128>(a), changetype<v128>(b), changetype<v128>(mask)))
      : changetype<T>(
          select<f32>(changetype<f32>(a), changetype<f32>(b), reinterpret<i32>(changetype<f32>(mask)) !== 0),
        );
  }

  /** Bitwise a & b. */
  @inline static and<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(v128.and(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          reinterpret<f32>(reinterpret<i32>(changetype<f32>(a)) & reinterpret<i32>(changetype<f32>(b))),
        );
  }

  /** Bitwise a | b. */
  @inline static or<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(v128.or(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          reinterpret<f32>(reinterpret<i32>(changetype<f32>(a)) | reinterpret<i32>(changetype<f32>(b))),
        );
  }

  /** Bitwise a ^ b. */
  @inline static xor<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(v128.xor(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          reinterpret<f32>(reinterpret<i32>(changetype<f32>(a)) ^ reinterpret<i32>(changetype<f32>(b))),
        );
  }

  /** The bits of `a` plus the bits of `b` as 32-bit integers. */
  @inline static addBits<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(i32x4.add(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          reinterpret<f32>(reinterpret<i32>(changetype<f32>(a)) + reinterpret<i32>(changetype<f32>(b))),
        );
  }

  /** The bits of `a` minus the bits of `b` as 32-bit integers. */
  @inline static subBits<T>(a: T, b: T): T {
    return isVector<T>()
      ? changetype<T>(i32x4.sub(changetype<v128>(a), changetype<v128>(b)))
      : changetype<T>(
          reinterpret<f32>(reinterpret<i32>(changetype<f32>(a)) - reinterpret<i32>(changetype<f32>(b))),
        );
  }

  /** The bits of `x` shifted left. */
  @inline static shiftLeft<T>(x: T, by: i32): T {
    return isVector<T>()
      ? changetype<T>(i32x4.shl(changetype<v128>(x), by))
      : changetype<T>(reinterpret<f32>(reinterpret<i32>(changetype<f32>(x)) << by));
  }

  /** The bits of `x` rotated left by 1 to 31. */
  @inline static rotateLeft<T>(x: T, by: i32): T {
    return isVector<T>()
      ? changetype<T>(v128.or(i32x4.shl(changetype<v128>(x), by), i32x4.shr_u(changetype<v128>(x), 32 - by)))
      : changetype<T>(reinterpret<f32>(rotl<i32>(reinterpret<i32>(changetype<f32>(x)), by)));
  }

  /** The bits of `x` shifted right, the sign repeated. */
  @inline static shiftRight<T>(x: T, by: i32): T {
    return isVector<T>()
      ? changetype<T>(i32x4.shr_s(changetype<v128>(x), by))
      : changetype<T>(reinterpret<f32>(reinterpret<i32>(changetype<f32>(x)) >> by));
  }

  /** The bits of `x` as a 32-bit integer, converted to float. */
  @inline static fromInteger<T>(x: T): T {
    return isVector<T>()
      ? changetype<T>(f32x4.convert_i32x4_s(changetype<v128>(x)))
      : changetype<T>(f32(reinterpret<i32>(changetype<f32>(x))));
  }

  /**
   * s (2 u - 1) in f64, rounded to float, for u = (2^26 (a >>> 5) + (b >>> 6)) / 2^53 of the bits of a and b,
   * a fraction of 53 bits. Only for T = v128.
   */
  @inline static fromWords<T>(a: T, b: T, s: f64): T {
    const high = i32x4.shr_u(changetype<v128>(a), 5);
    const low = i32x4.shr_u(changetype<v128>(b), 6);
    const first = lane.fromHalves(high, low, s);
    const second = lane.fromHalves(v128.shuffle<i64>(high, high, 1, 1), v128.shuffle<i64>(low, low, 1, 1), s);
    return changetype<T>(v128.shuffle<i64>(first, second, 0, 2));
  }

  /** fromWords of lanes 0 and 1, the words shifted already; lanes 2 and 3 are 0. */
  @inline static fromHalves(high: v128, low: v128, s: f64): v128 {
    const wide = f64x2.mul(f64x2.convert_low_i32x4_u(high), f64x2.splat(67_108_864));
    const whole = f64x2.add(wide, f64x2.convert_low_i32x4_u(low));
    // 2 u - 1, in which nothing is rounded.
    const u = f64x2.sub(f64x2.mul(whole, f64x2.splat(1 / 4_503_599_627_370_496)), f64x2.splat(1));
    return f32x4.demote_f64x2_zero(f64x2.mul(u, f64x2.splat(s)));
  }
}
