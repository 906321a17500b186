import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { EarlyStoppingOptions } from "./early-stopping.js";
import { validationName } from "./log.js";
import type { Objective } from "./objective.js";
import { type ScoreNames, scoreNames } from "./tallies.js";

/** What every epoch's log has beside the scores. */
const ALWAYS = ["epoch", "learningRate", "seconds", "samplesPerSecond"] as const;

/** Refuses outputs whose names make two values of a log the same. @throws ValueError */
export function checkNames(objective: Objective, validates: boolean): void {
  const { numbers, tables } = scoreNames(objective);
  const scores = [...numbers, ...tables];
  const all = [...scores, ...(validates ? scores.map(validationName) : []), ...ALWAYS];
  const twice = all.find((name, i) => all.indexOf(name) < i);
  if (twice === undefined) return;
  const outputs = objective.heads.map(({ name }) => name).join(", ");
  throw new ValueError(
    `fit: two values of the log are called ${twice}; give the layers of the outputs other names than ${outputs}`,
  );
}

/**
 * Refuses early stopping, or a schedule, that monitors a value which the epochs' logs will not have as a
 * number.
 * @throws ValueError with the names that can be monitored
 */
export function checkMonitors(
  { numbers: scores, tables }: ScoreNames,
  validates: boolean,
  earlyStopping: EarlyStoppingOptions | undefined,
  optimizer: Optimizer,
): void {
  const known = [...scores, ...(validates ? scores.map(validationName) : []), ...ALWAYS];
  for (const [who, monitor] of [
    ["earlyStopping", earlyStopping?.monitor],
    [optimizer.watches?.who, optimizer.watches?.monitor],
  ]) {
    if (monitor === undefined || known.includes(monitor)) continue;
    const name = nameOf(monitor);
    const isTable = tables.some((table) => [table, validationName(table)].includes(name));
    const hint = known.includes(name)
      ? `it is called ${name} here:`
      : isTable
        ? `${name} is no single number:`
        : !validates && /^val/.test(monitor)
          ? "set validationSplit or validationData, or"
          : "ask for it in metrics, or";
    throw new ValueError(
      `fit: ${who} expected monitor to be a number of the epoch's log, got ${show(monitor)}; ${hint} monitor one of ${known.join(", ")}`,
    );
  }
}

/** Keras's names for parts of what logs call otherwise. */
const KERAS: Readonly<Record<string, string>> = {
  val: "validation",
  acc: "accuracy",
  mae: "meanAbsoluteError",
  lr: "learningRate",
};

/** The name in the log of what is spelt as in Keras, such as "val_loss". */
const nameOf = (monitor: string): string =>
  monitor
    .split(/_|(?<=^val)(?=[A-Z])/)
    .map((part) => (Object.hasOwn(KERAS, part) ? KERAS[part] : part))
    .map((part, i) => (i > 0 ? part.slice(0, 1).toUpperCase() + part.slice(1) : part))
    .join("");
