import fc from "fast-check";
import type { Matrix } from "../../src/index.js";
import { Random } from "../support/random.js";

const SEED = 20261122;
const RUNS = 60;

/**
 * Checks a property on the same runs each time. A failure prints the seed, the path to the smallest
 * counterexample, and that.
 */
export function holds<Arguments extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Arguments>,
  runs = RUNS,
): void {
  fc.assert(property, { seed: SEED, numRuns: runs });
}

/** A dimension of a matrix: past the edges of vectors and tiles, and none. */
export const size = fc.integer({ min: 0, max: 70 });
/** A dimension of a layer, which has at least one input and one unit. */
export const width = fc.integer({ min: 1, max: 70 });
/** Where the values come from: shrinking a seed tells nothing, and the shapes shrink faster without it. */
export const random = fc.noShrink(fc.integer()).map((seed) => new Random(seed));

/** A copy of a result, which goes back. */
export function taken(result: Matrix): Float32Array {
  const values = result.data.slice();
  result.dispose();
  return values;
}
