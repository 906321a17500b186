import type { Backend } from "../index.js";
import type { TableSource } from "./decode.js";
import { targetsOf } from "./folds.js";
import { intervalsOf } from "./intervals.js";
import { notesOf } from "./notes.js";
import type { OfClasses, OfTask, OfValues } from "./of-task.js";
import { predictFolds } from "./predict-folds.js";
import { type HeldOutPredictions, heldOutPredictions } from "./predictions.js";
import { prepareTable } from "./prepare.js";
import { baselineOutputs, mainScore, scoresOf, type TableScores } from "./scores.js";
import type { Table } from "./table.js";
import { checkTrainOptions, type TrainingOptions } from "./train-options.js";

export interface CrossValidateOptions extends TrainingOptions {
  /** How many parts the rows are cut into. Default 5. */
  folds?: number;
}

/** What `crossValidate` returns, for classes or for values. */
export interface CrossValidationOf<Kind extends OfTask> {
  readonly task: Kind["task"];
  /** The names of the classes, in the order of the outputs; undefined for values. */
  readonly labels: readonly string[] | undefined;
  /**
   * The scores of the predictions of all folds together: each row counts once, with the prediction of the
   * model that was not trained on it.
   */
  readonly scores: Kind["scores"];
  /** 95 % intervals of `scores`. */
  readonly intervals: Kind["intervals"];
  /**
   * The predictions that `scores` scores. A row that is the only one of its class is in none of the parts, so
   * it is not among them.
   */
  readonly predictions: HeldOutPredictions;
  /** The scores of the folds' baselines together. */
  readonly baseline: Kind["scores"];
  /** The mean over the folds of accuracy or R², and its standard deviation. */
  readonly score: number;
  readonly deviation: number;
  /** Sentences about what may make the model better, such as other options. */
  readonly notes: readonly string[];
  readonly folds: readonly { readonly scores: Kind["scores"]; readonly baseline: Kind["scores"] }[];
}

/** The scores of models on the rows that they were not trained on; `task` tells which ones. */
export type CrossValidation = CrossValidationOf<OfClasses> | CrossValidationOf<OfValues>;

/**
 * Scores `trainTable` by cross-validation: for each fold, it trains on the other folds and is scored on this
 * one.
 *
 * @example
 * const csv = await readFile("iris.csv");
 * const result = await crossValidate(backend, csv, { target: "species", folds: 3 });
 * if (result.task === "classification") console.log(result.scores.accuracy > 0.9); // true
 *
 * @throws as trainTable does
 */
export async function crossValidate(
  backend: Backend,
  source: Table | TableSource,
  options: CrossValidateOptions,
): Promise<CrossValidation> {
  const WHO = "crossValidate";
  checkTrainOptions(WHO, options, ["folds"]);
  const { folds = 5, seed = 1 } = options;
  const prepared = await prepareTable(WHO, source, options);
  const { target, targets } = prepared;
  const scored: { scores: TableScores; baseline: TableScores }[] = [];
  const tested: number[] = [];
  const outputs: number[] = [];
  const baselines: number[] = [];
  for await (const fold of predictFolds(WHO, backend, prepared, options, folds)) {
    const { train, test } = fold;
    const baseline = baselineOutputs(targetsOf(targets, train), test.length);
    const actual = targetsOf(targets, test);
    scored.push({ scores: scoresOf(actual, fold.outputs), baseline: scoresOf(actual, baseline) });
    for (const place of test) tested.push(place);
    for (const output of fold.outputs) outputs.push(output);
    for (const output of baseline) baselines.push(output);
  }
  const main = scored.map((each) => mainScore(each.scores));
  const score = main.reduce((sum, each) => sum + each, 0) / folds;
  const variance = main.reduce((sum, each) => sum + (each - score) * (each - score), 0) / folds;
  const predictions = heldOutPredictions(targets, target.rows, tested, Float32Array.from(outputs));
  const predicted = { labels: targets.labels, values: predictions.targets };
  const scores = scoresOf(predicted, predictions.outputs);
  return {
    task: target.task,
    labels: targets.labels,
    scores,
    intervals: intervalsOf(predicted, predictions.outputs, seed),
    predictions,
    baseline: scoresOf(targetsOf(targets, tested), baselines),
    score,
    deviation: Math.sqrt(variance),
    notes: notesOf(scores, options, targets),
    folds: scored,
  } as CrossValidation;
}
