import { checkNumber, checkOptions, checkPositive } from "../../core/check.js";
import type { Constraint, LayerConfig, Regularizer } from "./layer.js";

/** The option `what` of a layer, a regularizer, if it is there. @throws ValueError */
export function regularizerFrom(config: LayerConfig, what: string): Regularizer | undefined {
  const regularizer = config[what] as Regularizer | undefined;
  if (regularizer === undefined) return undefined;
  checkOptions(`${config.type}: ${what}`, regularizer, ["l1", "l2"]);
  const { l1 = 0, l2 = 0 } = regularizer;
  checkNumber(`${config.type}: ${what}`, "l1", l1, 0);
  checkNumber(`${config.type}: ${what}`, "l2", l2, 0);
  return { l1, l2 };
}

/** The option `what` of a layer, a constraint, if it is there. @throws ValueError */
export function constraintFrom(config: LayerConfig, what: string): Constraint | undefined {
  const constraint = config[what] as Constraint | undefined;
  if (constraint === undefined) return undefined;
  checkOptions(`${config.type}: ${what}`, constraint, ["maxNorm"]);
  const { maxNorm } = constraint;
  checkPositive(`${config.type}: ${what}`, "maxNorm", maxNorm);
  return { maxNorm };
}
