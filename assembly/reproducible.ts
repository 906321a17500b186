/**
 * Logarithm and cosine in f64, the same operations in the same order as in src/core/reproducible-math.ts:
 * their results have the same bits.
 */

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;

/** The natural logarithm of a finite x > 0 that is not subnormal. */
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let exponent = <f64>((bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent += 1;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series: f64 = 0;
  for (let k: f64 = 23; k >= 3; k -= 2) series = (series + 1 / k) * square;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * (series + 1));
}

/** cos(2 pi turns) for turns in [0, 1]. */
export function cosineOfTurns(turns: f64): f64 {
  const quarter = floor<f64>(turns * 4 + 0.5);
  const x = (turns * 4 - quarter) * (Math.PI / 2);
  const square = x * x;
  const isCosine = (<i32>quarter & 1) === 0;
  let series: f64 = 1;
  for (let k: f64 = isCosine ? 16 : 17; k >= 2; k -= 2) series = 1 - (square / (k * (k - 1))) * series;
  const value = isCosine ? series : series * x;
  return <i32>quarter === 1 || <i32>quarter === 2 ? -value : value;
}
