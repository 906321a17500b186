import { checkName } from "../core/check.js";
import { adadelta } from "./adadelta.js";
import { adagrad } from "./adagrad.js";
import { adam, adamw } from "./adam.js";
import { lion } from "./lion.js";
import { nadam } from "./nadam.js";
import type { Optimizer, OptimizerConfig } from "./optimizer.js";
import { groupFromConfig } from "./parameter-groups.js";
import { rmsprop } from "./rmsprop.js";
import { scheduleFrom } from "./schedule.js";
import { sgd } from "./sgd.js";

const optimizers = { sgd, adam, adamw, nadam, rmsprop, adagrad, adadelta, lion };

/**
 * @internal The optimizer that had this `config`, which may have gone through JSON. @throws ValueError when
 * it tells of none
 */
export function optimizerFromConfig({ name, learningRate, groups, ...options }: OptimizerConfig): Optimizer {
  checkName("optimizerFromConfig", "optimizer", name, optimizers);
  return optimizers[name]({
    ...options,
    learningRate: typeof learningRate === "number" ? learningRate : scheduleFrom(learningRate),
    groups: (groups as Parameters<typeof groupFromConfig>[0][]).map(groupFromConfig),
  });
}
