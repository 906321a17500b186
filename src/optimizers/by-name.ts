import { resolve } from "../core/by-name.js";
import { adam, adamw } from "./adam.js";
import { Optimizer } from "./optimizer.js";
import { sgd } from "./sgd.js";

/**
 * Only these have a name that fit knows: with it they are in every bundle that has fit, and the others only
 * where they are imported.
 */
const optimizers = { sgd, adam, adamw };

/** An optimizer with its defaults, by name. */
export type OptimizerName = keyof typeof optimizers;

/**
 * @internal The optimizer that is given or, for a name, the one that is attached to the model if it is that
 * one with its defaults, else a new one. @throws ValueError for what is neither, with the list of the names
 */
export function resolveOptimizer(who: string, given: unknown, attached: unknown): Optimizer {
  const made = resolve(who, "optimizer", "the function rmsprop()", given, Optimizer, optimizers);
  return given !== made && attached instanceof Optimizer && attached.isLike(made) ? attached : made;
}
