import { lane } from "./lane";

const LOG2_E: f32 = 1.442695022;
/** ln 2 is LN2_HIGH + LN2_LOW. The high part has 16 bits: its product with an integer of up to 8 bits is exact. */
const LN2_HIGH: f32 = 0.693145752;
const LN2_LOW: f32 = 1.428606765e-6;
/**
 * 1.5 * 2^23, to which a float is added to round it to an integer n, plus a bias, so that the low bits of the sum, shifted left by
 * 23, are a float: 2^n with 127, 2^(n + 64) with 191, which is normal down to n = -190.
 */
const TO_POWER: f32 = 12583039;
const TO_POWER_64: f32 = 12583103;
/** The same with 254, to be halved first: 2^n for n = 128 and for n below -126 is a product of two floats. */
const TO_TWO_POWERS: f32 = 12583166;
const TWO_64: f32 = 18446744073709551616.0;
/** 2 sqrt(2 / pi), and that times 0.044715. */
const GELU_1: f32 = 1.595769167;
const GELU_3: f32 = 0.0713548139;

/** What the functions below are made of. */
class part {
  @inline static plus<T>(x: T, k: f32): T {
    return lane.add<T>(x, lane.splat<T>(k));
  }

  @inline static times<T>(x: T, k: f32): T {
    return lane.mul<T>(x, lane.splat<T>(k));
  }

  /** p x + k */
  @inline static horner<T>(p: T, x: T, k: f32): T {
    return lane.madd<T>(p, x, lane.splat<T>(k));
  }

  /** j x + k */
  @inline static line<T>(j: f32, x: T, k: f32): T {
    return lane.madd<T>(lane.splat<T>(j), x, lane.splat<T>(k));
  }

  /** x between low and high; NaN stays. */
  @inline static clamp<T>(x: T, low: f32, high: f32): T {
    return lane.atMost<T>(lane.atLeast<T>(x, lane.splat<T>(low)), lane.splat<T>(high));
  }

  /** -|x| */
  @inline static minusAbs<T>(x: T): T {
    return lane.or<T>(x, lane.splat<T>(-0.0));
  }

  /** max(x, 0); NaN and -0 stay. */
  @inline static positive<T>(x: T): T {
    return lane.atLeast<T>(x, lane.splat<T>(0));
  }

  /** r = x - n ln 2 for the integer n nearest to x / ln 2, |r| <= 0.3467; x = -0 gives -0. */
  @inline static remainder<T>(x: T, n: T): T {
    return lane.madd<T>(n, lane.splat<T>(-LN2_LOW), lane.madd<T>(n, lane.splat<T>(-LN2_HIGH), x));
  }

  /** e^r = 1 + r + r^2 Q(r) on |r| <= 0.3467, Q of degree 4: off by 0.04 ULP before rounding. */
  @inline static expPolynomial<T>(r: T): T {
    let q = part.line<T>(0.00137891981, r, 0.00836867467);
    q = part.horner<T>(q, r, 0.0416688919);
    q = part.horner<T>(q, r, 0.166665211);
    q = part.horner<T>(q, r, 0.499999911);
    return part.plus<T>(lane.madd<T>(lane.mul<T>(r, r), q, r), 1);
  }

  /** d = r coth(r / 2) on |r| <= 0.3467, degree 2 in r^2, off by 5e-9: e^r = (d + r) / (d - r), for functions that divide anyway. */
  @inline static coth<T>(r: T): T {
    const z = lane.mul<T>(r, r);
    return part.horner<T>(part.line<T>(-0.0027667128, z, 0.166666254), z, 2);
  }

  /** w e^v / (k + e^v) on -110 <= v <= 20, without the factor w unless `weighted`: one division, and no subnormal before it. */
  @inline static share<T>(v: T, k: f32, w: T, weighted: bool): T {
    const t = part.line<T>(LOG2_E, v, TO_POWER_64);
    const r = part.remainder<T>(v, part.plus<T>(t, -TO_POWER_64));
    const d = part.coth<T>(r);
    const a = lane.mul<T>(lane.shiftLeft<T>(t, 23), lane.add<T>(d, r));
    const sum = lane.add<T>(a, part.times<T>(lane.sub<T>(d, r), k * TWO_64));
    return weighted ? lane.div<T>(lane.mul<T>(w, a), sum) : lane.div<T>(a, sum);
  }

  /** The integer n, as bits, for which u 2^n lies between sqrt(1/2) and sqrt(2). */
  @inline static normalizer<T>(u: T): T {
    return lane.shiftRight<T>(lane.subBits<T>(lane.splatBits<T>(0x3fb504f2), u), 23);
  }

  /**
   * log(1 + f) - n ln 2 on -0.293 <= f <= 0.4143 by s = f / (2 + f): log(1 + f) = 2 artanh(s) = f + s (s^2 P(s^2) - f), P of degree 2, off by 0.02 ULP.
   * Where u, the logarithm's argument, is not positive and finite: -Inf for 0, NaN below it, u for Inf and NaN.
   * The sign of n and the order of the sums make -0 of f = -0.
   */
  @inline static logSum<T>(f: T, n: T, u: T): T {
    const s = lane.div<T>(f, part.plus<T>(f, 2));
    const z = lane.mul<T>(s, s);
    const p = part.horner<T>(part.line<T>(0.298708171, z, 0.399775833), z, 0.666667759);
    const low = lane.madd<T>(s, lane.sub<T>(lane.mul<T>(z, p), f), part.times<T>(n, -LN2_LOW));
    const y = lane.sub<T>(lane.add<T>(f, low), part.times<T>(n, LN2_HIGH));
    const zero = lane.splat<T>(0);
    const finite = lane.select<T>(lane.lt<T>(u, lane.splat<T>(Infinity)), y, u);
    return lane.or<T>(lane.select<T>(lane.eq<T>(u, zero), lane.splat<T>(-Infinity), finite), lane.lt<T>(u, zero));
  }
}

/** Elementary functions. */
export class math {
  @inline static exp<T>(x: T): T {
    const v = part.clamp<T>(x, -104, 89);
    const t = part.line<T>(LOG2_E, v, TO_TWO_POWERS);
    const p = part.expPolynomial<T>(part.remainder<T>(v, part.plus<T>(t, -TO_TWO_POWERS)));
    const power = lane.shiftLeft<T>(lane.shiftRight<T>(t, 1), 23);
    return lane.mul<T>(lane.mul<T>(p, power), lane.subBits<T>(lane.shiftLeft<T>(t, 23), power));
  }

  @inline static expOfNegative<T>(x: T): T {
    const v = lane.atLeast<T>(x, lane.splat<T>(-104));
    const t = part.line<T>(LOG2_E, v, TO_POWER_64);
    const p = part.expPolynomial<T>(part.remainder<T>(v, part.plus<T>(t, -TO_POWER_64)));
    return part.times<T>(lane.mul<T>(p, lane.shiftLeft<T>(t, 23)), 1 / TWO_64);
  }

  @inline static expm1<T>(x: T): T {
    const v = part.clamp<T>(x, -18, 88.8);
    const t = part.line<T>(LOG2_E, v, TO_POWER - 1);
    const r = part.remainder<T>(v, part.plus<T>(t, 1 - TO_POWER));
    const half = lane.shiftLeft<T>(t, 23);
    const y = lane.div<T>(lane.add<T>(r, r), lane.sub<T>(part.coth<T>(r), r));
    const z = lane.sub<T>(lane.mul<T>(half, y), lane.sub<T>(lane.splat<T>(0.5), half));
    return lane.add<T>(z, z);
  }

  @inline static log<T>(x: T): T {
    const small = lane.lt<T>(x, lane.splat<T>(1.17549435e-38));
    const u = lane.select<T>(small, part.times<T>(x, 16777216), x);
    const n = part.normalizer<T>(u);
    const f = part.plus<T>(lane.addBits<T>(u, lane.shiftLeft<T>(n, 23)), -1);
    return part.logSum<T>(f, lane.add<T>(lane.fromInteger<T>(n), lane.and<T>(small, lane.splat<T>(24))), u);
  }

  @inline static log1p<T>(x: T): T {
    const u = part.plus<T>(x, 1);
    const n = part.normalizer<T>(u);
    const s = lane.addBits<T>(lane.shiftLeft<T>(n, 23), lane.splat<T>(4));
    const f = part.times<T>(lane.sub<T>(lane.mul<T>(x, s), lane.sub<T>(lane.splat<T>(4), s)), 0.25);
    return part.logSum<T>(f, lane.fromInteger<T>(n), u);
  }

  @inline static tanh<T>(x: T): T {
    const v = part.clamp<T>(x, -9.02, 9.02);
    const t = part.line<T>(2.885390043, v, TO_POWER);
    const r = lane.madd<T>(part.plus<T>(t, -TO_POWER), lane.splat<T>(-0.346573591), v);
    const z = lane.mul<T>(r, r);
    const h = lane.mul<T>(r, part.horner<T>(part.line<T>(0.13110726, z, -0.33331275), z, 1));
    const power = lane.shiftLeft<T>(t, 23);
    const sum = part.plus<T>(power, 1);
    const gap = lane.sub<T>(lane.splat<T>(1), power);
    return lane.div<T>(lane.sub<T>(lane.mul<T>(h, sum), gap), lane.sub<T>(sum, lane.mul<T>(h, gap)));
  }

  @inline static sigmoid<T>(x: T): T {
    return part.share<T>(part.clamp<T>(x, -104, 20), 1, x, false);
  }

  @inline static erf<T>(x: T): T {
    const v = part.clamp<T>(x, -3.92, 3.92);
    const z = lane.mul<T>(v, v);
    let p = part.line<T>(0.0536480695, z, 7.50995922);
    p = part.horner<T>(p, z, 100.068665);
    p = part.horner<T>(p, z, 1391.60217);
    p = part.horner<T>(p, z, 5036.10254);
    p = part.horner<T>(p, z, 29708.0742);
    let q = part.plus<T>(z, 30.8110085);
    q = part.horner<T>(q, z, 395.979309);
    q = part.horner<T>(q, z, 3013.60522);
    q = part.horner<T>(q, z, 13239.1445);
    q = part.horner<T>(q, z, 26328.0957);
    return lane.div<T>(lane.mul<T>(v, p), q);
  }

  @inline static softplus<T>(x: T): T {
    const s = part.share<T>(lane.atLeast<T>(part.minusAbs<T>(x), lane.splat<T>(-104)), 2, x, false);
    const z = lane.mul<T>(s, s);
    let p = part.line<T>(0.280067831, z, 0.280030251);
    p = part.horner<T>(p, z, 0.400214374);
    p = part.horner<T>(p, z, 0.666664183);
    p = part.horner<T>(p, z, 2);
    return lane.madd<T>(s, p, part.positive<T>(x));
  }

  @inline static gelu<T>(x: T): T {
    const b = part.minusAbs<T>(x);
    let p = part.line<T>(1.9687235e-8, b, 6.160997827464598e-7);
    p = part.horner<T>(p, b, 7.845354957680684e-6);
    p = part.horner<T>(p, b, 4.984759652870707e-5);
    p = part.horner<T>(p, b, 0.0001424835209036246);
    p = part.horner<T>(p, b, 7.385834123851964e-6);
    p = part.horner<T>(p, b, -0.0005169666255824268);
    p = part.horner<T>(p, b, 0.002132111694663763);
    p = part.horner<T>(p, b, 0.00754806911572814);
    p = part.horner<T>(p, b, -0.02458767592906952);
    p = part.horner<T>(p, b, -0.056276317685842514);
    p = part.horner<T>(p, b, 0.2820940911769867);
    p = part.horner<T>(p, b, 0.7071067690849304);
    const tail = lane.mul<T>(lane.mul<T>(p, p), b);
    return lane.add<T>(part.positive<T>(x), lane.and<T>(lane.lt<T>(lane.splat<T>(-5.42), b), tail));
  }

  @inline static geluDerivative<T>(x: T): T {
    const a = lane.atMost<T>(lane.abs<T>(x), lane.splat<T>(13));
    const v = part.times<T>(lane.mul<T>(a, a), -0.5);
    const t = part.line<T>(LOG2_E, v, TO_POWER);
    const r = lane.madd<T>(part.plus<T>(t, -TO_POWER), lane.splat<T>(-0.693147182), v);
    const d = part.coth<T>(r);
    let p = part.line<T>(-205.283081, a, -797.58783);
    p = part.horner<T>(p, a, -926.787781);
    p = part.horner<T>(p, a, 1234.76636);
    let q = part.plus<T>(a, 501.024841);
    q = part.horner<T>(q, a, 2087.20508);
    q = part.horner<T>(q, a, 2469.53296);
    const y = lane.div<T>(lane.mul<T>(lane.mul<T>(lane.shiftLeft<T>(t, 23), lane.add<T>(d, r)), p), lane.mul<T>(lane.sub<T>(d, r), q));
    return lane.select<T>(lane.lt<T>(x, lane.splat<T>(0)), y, lane.sub<T>(lane.splat<T>(1), y));
  }

  @inline static geluTanh<T>(x: T): T {
    const b = lane.atLeast<T>(part.minusAbs<T>(x), lane.splat<T>(-10.75));
    const v = lane.mul<T>(b, part.line<T>(GELU_3, lane.mul<T>(b, b), GELU_1));
    return lane.add<T>(part.positive<T>(x), part.share<T>(v, 1, b, true));
  }

  @inline static geluTanhDerivative<T>(x: T): T {
    const b = lane.atLeast<T>(part.minusAbs<T>(x), lane.splat<T>(-10.75));
    const z = lane.mul<T>(b, b);
    const s = part.share<T>(lane.mul<T>(b, part.line<T>(GELU_3, z, GELU_1)), 1, x, false);
    const slope = lane.mul<T>(b, part.line<T>(3 * GELU_3, z, GELU_1));
    const y = lane.madd<T>(lane.mul<T>(s, slope), lane.sub<T>(lane.splat<T>(1), s), s);
    return lane.select<T>(lane.lt<T>(x, lane.splat<T>(0)), y, lane.sub<T>(lane.splat<T>(1), y));
  }

  @inline static silu<T>(x: T): T {
    const v = lane.atLeast<T>(part.minusAbs<T>(x), lane.splat<T>(-110));
    return lane.add<T>(part.positive<T>(x), part.share<T>(v, 1, v, true));
  }

  @inline static rsqrt<T>(x: T): T {
    return lane.div<T>(lane.splat<T>(1), lane.sqrt<T>(x));
  }
}
