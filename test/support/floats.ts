/** Half the distance from 1 to the next float32: what one rounding may be off, relative to its result. */
export const U = 2 ** -24;
export const SMALLEST = 2 ** -149;
export const SMALLEST_NORMAL = 2 ** -126;
export const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Values at which an elementwise formula is likely to go wrong. */
export const SPECIALS: readonly number[] = [
  ...[
    0,
    1,
    0.5,
    3,
    SMALLEST,
    SMALLEST_NORMAL - SMALLEST,
    SMALLEST_NORMAL,
    LARGEST,
    Number.POSITIVE_INFINITY,
  ].flatMap((x) => [x, -x]),
  Number.NaN,
];

/** Every pair of special values, as two arrays. */
export function specialPairs(): [Float32Array, Float32Array] {
  const pairs = SPECIALS.flatMap((a) => SPECIALS.map((b) => [a, b]));
  return [Float32Array.from(pairs, ([a]) => a), Float32Array.from(pairs, ([, b]) => b)];
}

const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);

/** The distance between the float32 numbers around x. */
export function ulp(x: number): number {
  double[0] = Math.min(Math.abs(x), LARGEST);
  // Of its bits the exponent, that of the smallest normal float32 at the least, less the 23 bits of a
  // fraction.
  doubleWords[1] = Math.max(doubleWords[1] & 0x7ff00000, 897 << 20) - (23 << 20);
  doubleWords[0] = 0;
  return double[0];
}

export const isNaNWord = (word: number): boolean => (word & 0x7fffffff) >>> 0 > 0x7f800000;

/** "Equal bits" as lanewise promises them: any NaN equals any NaN, and -0 is not +0. */
export const sameWord = (a: number, b: number): boolean => a === b || (isNaNWord(a) && isNaNWord(b));

/**
 * The error that is allowed at element i, where the twin has `expected`. 0 asks for the float64 result
 * rounded once, the sign of a zero included.
 */
export type Tolerance = (expected: number, i: number) => number;

export const exact: Tolerance = () => 0;
export const absolute =
  (error: number): Tolerance =>
  () =>
    error;
/** The given number of roundings, and room for one in the subnormal range. */
export const roundings =
  (count: number): Tolerance =>
  (expected) =>
    count * U * Math.abs(expected) + SMALLEST;
export const ulps =
  (count: number, error = 0): Tolerance =>
  (expected) =>
    count * ulp(expected) + error;

/**
 * Whether a float32 result stands for the float64 one: NaN for NaN, an infinity for the same, and otherwise
 * within the tolerance. What rounds to an infinity within the tolerance may be one.
 */
export function isClose(got: number, expected: number, tolerance: number): boolean {
  const rounded = Math.fround(expected);
  if (tolerance === 0 || Number.isNaN(expected) || !Number.isFinite(expected)) return Object.is(got, rounded);
  if (!Number.isFinite(got)) return got === Math.fround(expected + Math.sign(expected) * tolerance);
  return Math.abs(got - expected) <= tolerance;
}

/**
 * A sum of n terms in lanewise's order rounds so often on the way of one term: up to 128 in its accumulator,
 * and in the additions after.
 */
export const sumRoundings = (n: number): number =>
  Math.ceil(Math.min(n, 512) / 4) + 2 + Math.ceil(Math.log2(Math.max(n / 512, 1)));
