import { type ActivationName, rangeOf, UNBOUNDED } from "../ops/activation-kinds.js";

/** The range of a network's outputs, known before any of them is computed. */
export interface OutputRange {
  /** The activation that they come from, with what follows it, for error messages. */
  readonly from: string;
  readonly least: number;
  readonly most: number;
  /** Whether they are probabilities that sum to 1 in each row. */
  readonly sumsToOne?: boolean;
  /** Whether noise moves them beyond these bounds in training. */
  readonly noisy?: boolean;
}

/** @internal The range of an activation's outputs. */
export function rangeOfActivation(name: ActivationName): OutputRange {
  const [least, most] = rangeOf(name);
  return { from: name, least, most, sumsToOne: name === "softmax" };
}

/** @internal The range of outputs that may be any number. */
export function anyNumber(from: string): OutputRange {
  const [least, most] = UNBOUNDED;
  return { from, least, most, sumsToOne: false };
}

/**
 * @internal The range behind a layer whose outputs lie between the least and the largest of its inputs, such
 * as pooling. Of samples that sum to 1 nothing is known then.
 */
export const rangeThrough = (range: OutputRange | undefined, by: string): OutputRange | undefined =>
  range && !range.sumsToOne ? { ...range, from: `${range.from} with ${by}` } : undefined;
