/**
 * A smaller magnitude has the effect of 0: float32 has nothing left of x 2^-100 beside a term that is not 0.
 */
const LEAST = 1 / 1_125_899_906_842_624 / 1_125_899_906_842_624;

/**
 * A factor that a scaling layer can express, which divides: 2^-100 with its sign in the place of 0 and of what
 * is smaller, as channels have that a training has switched off. The reciprocal of that is a float32, too.
 */
export const divisible = (factor: number): number =>
  Math.abs(factor) < LEAST ? (factor < 0 ? -LEAST : LEAST) : factor;
