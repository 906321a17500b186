import { ValueError } from "../index.js";
import { checkOptions } from "./check-options.js";
import type { Targets } from "./folds.js";
import { intervalsOf } from "./intervals.js";
import type { OfClasses, OfTask, OfValues } from "./of-task.js";
import { scoresOf } from "./scores.js";

interface Scored<Kind extends OfTask> {
  readonly task: Kind["task"];
  /** Rows that were scored. */
  readonly rows: number;
  readonly scores: Kind["scores"];
  /** 95 % intervals of `scores`. */
  readonly intervals: Kind["intervals"];
}

/** The scores of predictions with their intervals; `task` tells which ones. */
export type ScoredPredictions = Scored<OfClasses> | Scored<OfValues>;

/**
 * Scores predictions of any model. targets: with `labels` the index of the class of each row, else the value
 * of each. outputs: [rows, labels.length] probabilities, or [rows] values. seed: any safe integer, on which
 * the intervals of R², RMSE and MAE depend; default 1.
 *
 * @example
 * const { scores } = scorePredictions({ labels: ["no", "yes"], values: [0, 1] }, model.predict(x));
 *
 * @throws ValueError for no rows, for outputs of another number, and for options
 */
export function scorePredictions(
  targets: Targets,
  outputs: ArrayLike<number>,
  options: { seed?: number } = {},
): ScoredPredictions {
  const WHO = "scorePredictions";
  checkOptions(WHO, options, ["seed"]);
  const { labels, values } = targets;
  const expected = values.length * (labels?.length ?? 1);
  if (expected === 0 || outputs.length !== expected)
    throw new ValueError(
      `${WHO} expected ${values.length} rows of ${labels?.length ?? 1} outputs, got ${outputs.length} outputs`,
    );
  return {
    task: labels ? "classification" : "regression",
    rows: values.length,
    scores: scoresOf(targets, outputs),
    intervals: intervalsOf(targets, outputs, options.seed ?? 1),
  } as ScoredPredictions;
}
