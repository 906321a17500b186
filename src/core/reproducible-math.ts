/**
 * Elementary functions in float64 from + - * / alone, which every engine rounds alike. Math.log, Math.cos and
 * their kin differ between engines in the last bits, so nothing that reaches weights may use them.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const bits = new DataView(new ArrayBuffer(8));

/** The natural logarithm of a finite x > 0 that is not subnormal; relative error below 1e-15. */
export function log(x: number): number {
  // x = 2^exponent m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m - 1) / (m + 1)), whose series
  // converges by 1/34 a term.
  bits.setFloat64(0, x);
  const high = bits.getInt32(0);
  let exponent = (high >> 20) - 1023;
  bits.setInt32(0, (high & 0xfffff) | (1023 << 20));
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series = 0;
  for (let k = 23; k >= 3; k -= 2) series = (series + 1 / k) * square;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * (series + 1));
}

/** e^x for x in [-700, 700]; relative error below 1e-15. */
export function exp(x: number): number {
  // x = n ln 2 + r with |r| <= 0.347, where fourteen terms of the Taylor series are enough.
  const n = Math.floor(x / LN2_HIGH + 0.5);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let series = 1;
  for (let k = 14; k >= 1; k--) series = 1 + (series * r) / k;
  bits.setInt32(0, (n + 1023) << 20);
  bits.setInt32(4, 0);
  return series * bits.getFloat64(0);
}

/**
 * base^exponent for a base of 0 or as `log` takes it, and an exponent of at least 0; exact where products
 * are. Relative error below (exponent + 10) 1e-15.
 */
export function power(base: number, exponent: number): number {
  const whole = Math.floor(exponent);
  let result = exponent === whole ? 1 : base === 0 ? 0 : exp((exponent - whole) * log(base));
  for (let square = base, left = whole; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** cos(2 pi turns) for turns in [0, 1]; absolute error below 1e-15. */
export function cosineOfTurns(turns: number): number {
  // The nearest quarter turn comes off exactly; the Taylor series of what is left, at most an eighth, needs
  // nine terms.
  const quarter = Math.floor(turns * 4 + 0.5);
  const x = (turns * 4 - quarter) * (Math.PI / 2);
  const square = x * x;
  let cosine = 1;
  for (let k = 16; k >= 2; k -= 2) cosine = 1 - (square / (k * (k - 1))) * cosine;
  if (quarter % 2 === 0) return quarter % 4 === 0 ? cosine : -cosine;
  let sine = 1;
  for (let k = 17; k >= 3; k -= 2) sine = 1 - (square / (k * (k - 1))) * sine;
  return quarter % 4 === 1 ? -sine * x : sine * x;
}

/** sin(2 pi turns) for turns in [0, 1]; absolute error below 1e-15. */
export function sineOfTurns(turns: number): number {
  // A quarter turn behind the cosine. The two ways to it are exact where the sine is small.
  return cosineOfTurns(turns < 0.25 ? 0.25 - turns : turns - 0.25);
}
