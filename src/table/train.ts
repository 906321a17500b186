import type { Backend, Encoding, Model } from "../index.js";
import type { Findings } from "./columns.js";
import type { TableSource } from "./decode.js";
import { intervalsOf } from "./intervals.js";
import type { Learned, NetworkHistory } from "./net.js";
import { scoreNotes, startNotes, targetNotes } from "./notes.js";
import type { OfClasses, OfTask, OfValues } from "./of-task.js";
import { type HeldOutPredictions, heldOutPredictions } from "./predictions.js";
import { prepareTable, trainOn } from "./prepare.js";
import type { TableRecipe } from "./recipe.js";
import { baselineOutputs, scoresOf, type TableScores } from "./scores.js";
import type { Table } from "./table.js";
import type { TargetFinding } from "./target.js";
import { checkTrainOptions, type TrainingOptions, type TrainTableOptions } from "./train-options.js";

/** The report of a training, for classes or for values. */
export interface TableReportOf<Kind extends OfTask> {
  readonly task: Kind["task"];
  /** Rows with a target. */
  readonly rows: number;
  /** What each column is, with the reason, and the target. */
  readonly findings: Findings;
  /** Features of a sample. */
  readonly features: number;
  /** How the networks were trained. */
  readonly recipe: TableRecipe;
  /** Networks in the model, and the best epoch of each. */
  readonly epochs: readonly number[];
  /** The losses of each network, epoch by epoch. */
  readonly history: readonly NetworkHistory[];
  /**
   * The scores of the networks, each on the rows that it did not learn from but stopped by; undefined for
   * few rows. `crossValidate` gives scores of the whole model on rows that nothing has seen.
   */
  readonly heldOut: Kind["scores"] | undefined;
  /** 95 % intervals of the scores `heldOut`. */
  readonly heldOutIntervals: Kind["intervals"] | undefined;
  /** The predictions that `heldOut` scores. */
  readonly heldOutPredictions: HeldOutPredictions | undefined;
  /** The scores of always the most frequent class, or the mean. */
  readonly baseline: Kind["scores"];
  /** Sentences about what may make the model better, such as other options. */
  readonly notes: readonly string[];
}

/** What a model was trained on, and what it is worth; `task` tells which scores it has. */
export type TableReport = TableReportOf<OfClasses> | TableReportOf<OfValues>;

/** A model that was trained on a table. */
export interface TrainedTable {
  /** Predicts records: probabilities of the classes `model.labels`, or values. */
  readonly model: Model;
  readonly encoding: Encoding;
  readonly report: TableReport;
}

/**
 * Trains a model on a table that has names, dates, gaps and numbers in it. Several small networks learn, each
 * stops when it no longer gets better on rows of its own, and the model is their average. The result depends
 * on the table, the options and the seed alone, to the bit.
 *
 * @example
 * const csv = await readFile("iris.csv");
 * const { model, report } = await trainTable(backend, csv, { target: "species", seed: 1 });
 * if (report.task === "classification") console.log((report.heldOut?.accuracy ?? 0) > 0.9); // true
 * const flower = { sepal_length: 5, sepal_width: 3.4, petal_length: 1.5, petal_width: 0.2 };
 * console.log(model.predictClasses([flower])); // [ 'setosa' ]
 *
 * @throws TableError for a table that cannot be learned from, with everything that is wrong, such as classes
 * that the model `from` does not have; ValueError for options and for a model `from` of other layers; the
 * signal's reason when that aborts
 */
export async function trainTable(
  backend: Backend,
  source: Table | TableSource,
  options: TrainTableOptions,
): Promise<TrainedTable> {
  const WHO = "trainTable";
  checkTrainOptions(WHO, options, ["from"]);
  const prepared = await prepareTable(WHO, source, options);
  const { findings, target, targets } = prepared;
  const all = Int32Array.from(targets.values.keys());
  const { encoding, recipe, learned } = await trainOn(backend, prepared, options, all);
  const { heldOut } = learned;
  const held = heldOut && heldOutPredictions(targets, target.rows, heldOut.rows, heldOut.outputs);
  const baseline = scoresOf(targets, baselineOutputs(targets, all.length));
  const notes = [...targetNotes(targets), ...startNotes(prepared.start?.metadata, prepared.table)];
  return trainedTable({ findings, encoding, recipe, learned, held, baseline, notes }, options);
}

/** What came of a training. */
export interface Outcome {
  readonly findings: Findings;
  readonly encoding: Encoding;
  readonly recipe: TableRecipe;
  readonly learned: Learned;
  readonly held: HeldOutPredictions | undefined;
  readonly baseline: TableScores;
  /** Notes on the training, beside those on its scores. */
  readonly notes: readonly string[];
}

/** The model and its report. */
export function trainedTable(outcome: Outcome, options: TrainingOptions): TrainedTable {
  const { findings, encoding, recipe, learned, held, baseline, notes } = outcome;
  const { model, epochs, history } = learned;
  const { task, labels, rows } = findings.target as TargetFinding;
  const heldTargets = held && { labels, values: held.targets };
  const scores = heldTargets && scoresOf(heldTargets, held.outputs);
  return {
    model,
    encoding,
    report: {
      task,
      rows: rows.length,
      findings,
      features: model.inputShape[0],
      recipe,
      epochs,
      history,
      heldOut: scores,
      heldOutIntervals: heldTargets && intervalsOf(heldTargets, held.outputs, options.seed ?? 1),
      heldOutPredictions: held,
      baseline,
      notes: [...notes, ...scoreNotes(scores, options)],
    } as TableReport,
  };
}
