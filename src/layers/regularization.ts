import { checkNumber, checkOptions, checkPositive } from "../core/check.js";
import type { LayerConfig } from "./layer.js";
import type { Constraint, Regularizer } from "./scope.js";

/** The option `what` of a layer, a regularizer, if it is there. @throws ValueError */
export function regularizerFrom(config: LayerConfig, what: string): Regularizer | undefined {
  const { type, [what]: regularizer } = config;
  const who = `${type}: ${what}`;
  checkOptions(who, regularizer, ["l1", "l2"]);
  for (const [name, factor] of Object.entries(regularizer ?? {})) checkNumber(who, name, factor ?? 0, 0);
  return regularizer as Regularizer | undefined;
}

/** The option `what` of a layer, a constraint, if it is there. @throws ValueError */
export function constraintFrom(config: LayerConfig, what: string): Constraint | undefined {
  const { type, [what]: constraint } = config;
  const who = `${type}: ${what}`;
  checkOptions(who, constraint, ["maxNorm"]);
  if (constraint) checkPositive(who, "maxNorm", (constraint as Constraint).maxNorm);
  return constraint as Constraint | undefined;
}
