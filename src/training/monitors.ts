import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Optimizer } from "../nn/optimizer.js";
import type { EarlyStoppingOptions } from "./early-stopping.js";
import { validationName } from "./log.js";
import type { Metric } from "./metrics.js";

/**
 * Refuses early stopping, or a schedule, that monitors a value which the epochs' logs will not have as a
 * number.
 * @throws ValueError with the names that can be monitored
 */
export function checkMonitors(
  metrics: readonly Metric[],
  validates: boolean,
  earlyStopping: EarlyStoppingOptions | undefined,
  optimizer: Optimizer,
): void {
  const scores = ["loss", ...metrics.filter(({ isNumber }) => isNumber).map(({ name }) => name)];
  const known = [
    ...scores,
    ...(validates ? scores.map(validationName) : []),
    "epoch",
    "learningRate",
    "seconds",
    "samplesPerSecond",
  ];
  for (const [who, monitor] of [
    ["earlyStopping", earlyStopping?.monitor],
    [optimizer.watches?.who, optimizer.watches?.monitor],
  ]) {
    if (monitor === undefined || known.includes(monitor)) continue;
    const hint = !validates && /^val/.test(monitor) ? "set validationSplit or validationData, or" : "";
    throw new ValueError(
      `fit: ${who} expected monitor to be a number of the epoch's log, got ${show(monitor)}; ${hint || "ask for it in metrics, or"} monitor one of ${known.join(", ")}`,
    );
  }
}
