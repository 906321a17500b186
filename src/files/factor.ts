/**
 * A smaller magnitude has the effect of 0: float32 has nothing left of x 2^-100 beside a term that is not 0.
 */
const LEAST = 1 / 1_125_899_906_842_624 / 1_125_899_906_842_624;

/**
 * The factor itself or, below 2^-100 in magnitude, 2^-100 with its sign. A scaling layer divides, so that it
 * cannot express 0, the factor of a channel that training has switched off. 1 / 2^-100 is a float32 too.
 */
export const divisible = (factor: number): number =>
  Math.abs(factor) < LEAST ? (factor < 0 ? -LEAST : LEAST) : factor;

/** The least epsilon of a normalization: float32 has nothing left of it beside a variance of 1. */
export const SMALLEST_EPSILON = LEAST;
