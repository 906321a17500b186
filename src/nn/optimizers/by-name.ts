import { madeOrNamed } from "../by-name.js";
import { Optimizer } from "../optimizer.js";
import { adam, adamw } from "./adam.js";
import { sgd } from "./sgd.js";

/**
 * Only these have a name that fit knows: with it they are in every bundle that has fit, and the others only
 * where they are imported.
 */
const optimizers = { sgd, adam, adamw };

/** An optimizer with its defaults, by name. */
export type OptimizerName = keyof typeof optimizers;

/**
 * @internal An optimizer or its name as one. @throws ValueError for what is neither, with the list of the
 * names
 */
export const optimizerFrom = (who: string, optimizer: unknown): Optimizer =>
  madeOrNamed(who, "optimizer", "the function rmsprop()", optimizer, Optimizer, optimizers);
