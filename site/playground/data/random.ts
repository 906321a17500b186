/**
 * Uniform numbers in [0, 1) from integers alone, so that every engine draws the same: mulberry32.
 * `seed` is an integer from 0 to 2^32 - 1.
 */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Nearly normal numbers of standard deviation 1: a sum of uniform ones, which needs no logarithm. */
export function normalNumbers(uniform: () => number): () => number {
  return () => {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum - 6;
  };
}
