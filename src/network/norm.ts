/** Below this sum of squares, those of the smaller values may have been rounded to 0. */
const LEAST_SQUARES = 1e-30;

/** Whether squares that matter beside the square of a limit may be too small for float32. */
export const squaresMayVanish = (limit: number): boolean => limit * limit < LEAST_SQUARES * 1e10;

/**
 * The norm of values whose sum of squares in float32 is `squares`. Where that has overflowed, or where
 * squares too small for float32 may matter beside the limit, it is computed again in float64, which holds the
 * square of every float32. NaN or infinite where a value is.
 */
export function normOf(squares: number, limit: number, values: () => Float32Array): number {
  if (squares < Number.POSITIVE_INFINITY && (squares > LEAST_SQUARES || !squaresMayVanish(limit)))
    return Math.sqrt(squares);
  let sum = 0;
  for (const value of values()) sum += value * value;
  return Math.sqrt(sum);
}
