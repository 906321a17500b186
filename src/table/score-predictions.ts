import { checkList } from "../core/check.js";
import { ValueError } from "../index.js";
import { checkOptions } from "./check-options.js";
import type { TableTargets } from "./folds.js";
import { intervalsOf } from "./intervals.js";
import type { OfClasses, OfTask, OfValues } from "./of-task.js";
import { scoresOf } from "./scores.js";

/** What `scorePredictions` returns, for classes or for values. */
export interface ScoredPredictionsOf<Kind extends OfTask> {
  readonly task: Kind["task"];
  /** Rows that were scored. */
  readonly rows: number;
  readonly scores: Kind["scores"];
  /** 95 % intervals of `scores`. */
  readonly intervals: Kind["intervals"];
}

/** The scores of predictions with their intervals; `task` tells which ones. */
export type ScoredPredictions = ScoredPredictionsOf<OfClasses> | ScoredPredictionsOf<OfValues>;

/**
 * Scores predictions of any model. targets: with `labels` the index of the class of each row, else the value
 * of each. outputs: [rows, labels.length] probabilities, or [rows] values. seed: any safe integer, on which
 * the intervals of R², RMSE and MAE depend; default 1.
 *
 * @example
 * const targets = { labels: ["no", "yes"], values: [0, 1, 1] };
 * const probabilities = [0.9, 0.1, 0.2, 0.8, 0.6, 0.4];
 * const { task, scores } = scorePredictions(targets, probabilities);
 * if (task === "classification") console.log(scores.accuracy.toFixed(2)); // 0.67
 *
 * @throws ValueError for no rows, for outputs of another number, and for options
 */
export function scorePredictions(
  targets: TableTargets,
  outputs: ArrayLike<number>,
  options: { seed?: number } = {},
): ScoredPredictions {
  const WHO = "scorePredictions";
  checkOptions(WHO, options, ["seed"]);
  checkList(WHO, "the values of targets", targets?.values);
  checkList(WHO, "outputs", outputs);
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
