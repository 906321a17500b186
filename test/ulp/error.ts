import { ulp } from "../support/floats.js";
import type { Bound } from "./bounds.js";
import { NEAR } from "./inputs.js";

/** The largest error of one function within one bound's inputs. */
export interface Worst {
  error: number;
  /** The input that has it. */
  at: number;
  /** The largest error between 1/8 and 10, of either sign. */
  near: number;
}

/**
 * |got - exact|, in float32 units in the last place of the exact value or as it is. Where rounding makes an infinity of one or the other, it
 * counts as 2^128. A NaN for a number, a number for a NaN, an infinity for less than half of that and a zero
 * of the wrong sign at a zero are infinitely far.
 */
export function errorOf(got: number, exact: number, x: number, unit: Bound["unit"]): number {
  if (Number.isNaN(exact) || Number.isNaN(got))
    return Number.isNaN(exact) && Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY;
  if (x === 0 && exact === 0 && !Object.is(got, exact)) return Number.POSITIVE_INFINITY;
  if (!Number.isFinite(got) && Math.abs(exact) < 2 ** 127) return Number.POSITIVE_INFINITY;
  const distance = Math.abs(finite(got) - finite(exact));
  return unit === "ULP" && distance > 0 ? distance / ulp(exact) : distance;
}

const finite = (x: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, x));

/** Takes the errors of got[i] for f(x[i]) into account. */
export function observe(
  worst: Worst,
  bound: Bound,
  x: Float32Array,
  exact: Float64Array,
  got: Float32Array,
): void {
  const { unit, from = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = bound;
  const whole = bound.from === undefined && bound.below === undefined;
  for (let i = 0; i < x.length; i++) {
    if (!whole && !(x[i] >= from && x[i] < below)) continue;
    const error = errorOf(got[i], exact[i], x[i], unit);
    if (error > worst.error) {
      worst.error = error;
      worst.at = x[i];
    }
    if (error > worst.near && Math.abs(x[i]) >= NEAR.from && Math.abs(x[i]) <= NEAR.to) worst.near = error;
  }
}
