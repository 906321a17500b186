import { checkName, show } from "../../core/check.js";
import { ValueError } from "../../core/errors.js";
import { Optimizer } from "../optimizer.js";
import { adam, adamw } from "./adam.js";
import { sgd } from "./sgd.js";

/** Only these have a name that fit knows: with it they are in every bundle that has fit, and the others only where they are imported. */
const optimizers = { sgd, adam, adamw };

/** An optimizer with its defaults, by name. */
export type OptimizerName = keyof typeof optimizers;

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function optimizerFrom(who: string, optimizer: unknown): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (typeof optimizer !== "string") throw new ValueError(`${who} expected optimizer to be adam(...), another optimizer or its name, got ${show(optimizer)}`);
  checkName(who, "optimizer", optimizer, optimizers);
  return optimizers[optimizer]();
}
