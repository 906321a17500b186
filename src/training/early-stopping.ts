import { checkCount, checkFlag, checkNumber, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { lowerIsBetter } from "../optimizers/schedule.js";
import type { EpochLog } from "./log.js";
import type { Progress, TrainedModel } from "./state.js";

/** When training ends before its last epoch. */
export interface EarlyStoppingOptions {
  /**
   * The entry of the epoch's log to watch. Default "validationLoss" where there is validation, else "loss". A
   * loss or an error gets better downwards, all else upwards.
   */
  monitor?: string;
  /**
   * Epochs to wait for an improvement before stopping, as Keras counts them. Default 0, which stops at the
   * first epoch without one, as 1 does. Training that continues with none left has ended.
   */
  patience?: number;
  /** The smallest change that counts as an improvement. Default 0. */
  minimumChange?: number;
  /**
   * Whether the model ends with the weights of the best epoch, also when all epochs are done. Default true.
   */
  restoreBest?: boolean;
}

/** @throws ValueError */
export function checkEarlyStopping(options: EarlyStoppingOptions): void {
  const who = "fit: earlyStopping";
  checkOptions(who, options ?? null, ["monitor", "patience", "minimumChange", "restoreBest"]);
  const { monitor, patience = 0, minimumChange = 0, restoreBest = true } = options;
  if (monitor !== undefined && typeof monitor !== "string")
    throw new ValueError(`${who} expected monitor to be a name of the log, got ${show(monitor)}`);
  checkCount(who, "patience", patience, 0);
  checkNumber(who, "minimumChange", minimumChange, 0);
  checkFlag(who, "restoreBest", restoreBest);
}

/**
 * Looks at the log of an epoch, and says whether training is to end. The best so far is part of the model's
 * progress, and goes into checkpoints.
 */
export function isLastEpoch(options: EarlyStoppingOptions, log: EpochLog, model: TrainedModel): boolean {
  const {
    monitor = log.validationLoss === undefined ? "loss" : "validationLoss",
    patience = 0,
    minimumChange = 0,
    restoreBest = true,
  } = options;
  const value = (log as unknown as Record<string, unknown>)[monitor];
  if (typeof value !== "number")
    throw new ValueError(
      `fit: earlyStopping found no ${monitor} in the log, which has ${Object.keys(log).join(", ")}; ask for it in metrics or validate`,
    );
  const { best } = model.progress;
  const known = best?.monitor === monitor ? best : undefined;
  const gain = known && (lowerIsBetter(monitor) ? known.value - value : value - known.value);
  // A NaN is never better, nor is anything worse than having none yet.
  if (gain === undefined ? !Number.isNaN(value) : gain > minimumChange) {
    model.progress.best = {
      monitor,
      value,
      epoch: log.epoch,
      tensors: restoreBest ? model.tensorValues : undefined,
    };
    return false;
  }
  return log.epoch - (known?.epoch ?? 0) >= patience;
}

/**
 * Whether training had ended already: one that goes on from a checkpoint of its last epoch has none to do.
 */
export function hasEnded(
  { monitor, patience = 0 }: EarlyStoppingOptions,
  { epoch, best }: Progress,
): boolean {
  return (
    best !== undefined &&
    (monitor ?? best.monitor) === best.monitor &&
    epoch - best.epoch >= Math.max(patience, 1)
  );
}
