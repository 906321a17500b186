/** By which part of the largest output another output may be off: rounding, in sums of other orders. */
const TOLERANCE = 1e-5;

/** How a peer's outputs differ from lanewise's; undefined if they agree. */
export function disagreement(expected: readonly number[], got: readonly number[]): string | undefined {
  if (got.length !== expected.length)
    return `expected ${expected.length} outputs as lanewise has them, got ${got.length}`;
  const largest = Math.max(...expected.map(Math.abs));
  const differences = expected.map((value, i) => Math.abs(value - got[i]));
  // Not "greater than": NaN disagrees.
  const at = differences.findIndex((difference) => !(difference <= TOLERANCE * largest));
  if (at < 0) return undefined;
  const values = `expected output ${at} to be ${expected[at]}, got ${got[at]}`;
  return `its outputs are not lanewise's with the same weights: ${values}`;
}
