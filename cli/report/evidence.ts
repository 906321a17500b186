import type {
  ClassIntervals,
  ClassScores,
  CrossValidation,
  HeldOutPredictions,
  TableEvaluation,
  TableReport,
  ValueIntervals,
  ValueScores,
} from "lanewise/table";
import { counted } from "../figures.js";
import { type Html, html, named } from "./html.js";

interface Scored<Task, Scores, Intervals> {
  readonly task: Task;
  /** What the rows are called: cross-validation, test file, rows kept back, held-out rows. */
  readonly name: string;
  /** Which rows these are, and what their scores are worth, in a sentence or two. */
  readonly about: Html;
  /** How they were measured, as the end of a sentence. */
  readonly measured: Html;
  /** Which rows these are within a sentence: of 100 rows "that it has not seen". */
  readonly which: string;
  readonly scores: Scores;
  readonly intervals: Intervals;
  readonly baseline: Scores | undefined;
  readonly predictions: HeldOutPredictions;
}

export type ClassEvidence = Scored<"classification", ClassScores, ClassIntervals>;
export type ValueEvidence = Scored<"regression", ValueScores, ValueIntervals>;

/** Rows on which models were scored. */
export type Evidence = ClassEvidence | ValueEvidence;

export interface TestedFile {
  /** The file's. */
  readonly name: string;
  readonly evaluation: TableEvaluation;
}

/**
 * The rows that there are scores of, those that say most first: folds, a test file, rows that were kept back,
 * held-out rows, and last a file that the model was trained on.
 */
export function evidenceOf(
  trained: TableReport,
  validation: CrossValidation | undefined,
  tested: TestedFile | undefined,
  kept: TableEvaluation | undefined,
): Evidence[] {
  const test = tested && ofTest(tested);
  const folds = validation && ofFolds(validation);
  const rest = [kept && ofKept(kept), ofHeldOut(trained)];
  const order = tested?.evaluation.trainedOn ? [folds, ...rest, test] : [folds, test, ...rest];
  return order.filter((each) => each !== undefined);
}

function ofFolds(validation: CrossValidation): Evidence {
  const { task, scores, intervals, baseline, predictions, folds } = validation;
  const k = folds.length;
  return {
    task,
    name: `${k}-fold cross-validation`,
    about: html`The rows were cut into ${k} parts. Models trained on the other parts predicted each part, so no
      row was predicted by a model that had seen it. The saved model learned from all rows.`,
    measured: html`by ${k}-fold cross-validation`,
    which: "that it has not seen",
    scores,
    intervals,
    baseline,
    predictions,
  } as Evidence;
}

function ofTest({ name, evaluation }: TestedFile): Evidence {
  const { task, scores, intervals, baseline, predictions, trainedOn } = evaluation;
  return {
    task,
    name: trainedOn ? "training rows" : "test file",
    about: trainedOn
      ? html`${named(name)} is the file that the model was trained on. Its scores say how well the model
          remembers these rows, not how well it predicts others.`
      : html`The saved model predicted the ${counted(evaluation.rows, "row")} of ${named(name)}, a file that it
          was not trained on.`,
    measured: html`on the ${trainedOn ? "file that it was trained on" : "test file"}, ${named(name)}`,
    which: trainedOn ? "that it was trained on" : "of the test file",
    scores,
    intervals,
    baseline,
    predictions,
  } as Evidence;
}

function ofKept({ task, rows, scores, intervals, baseline, predictions }: TableEvaluation): Evidence {
  return {
    task,
    name: "rows kept back",
    about: html`The saved model predicted the ${counted(rows, "row")} that were kept back. It did not learn from
      them.`,
    which: "that were kept back",
    scores,
    intervals,
    baseline,
    predictions,
  } as Evidence;
}

function ofHeldOut(trained: TableReport): Evidence | undefined {
  const { task, heldOut, heldOutIntervals, heldOutPredictions, baseline, history } = trained;
  if (!heldOut || !heldOutIntervals || !heldOutPredictions) return undefined;
  return {
    task,
    name: "held-out rows",
    about: html`Each row was predicted by the one of ${counted(history.length, "network")} that did not learn
      from it. That network stopped at the epoch that suits these rows best, so the scores may be a little too
      good. Folds or a test file say more.`,
    measured: html`on held-out rows`,
    which: "that it has not learned from",
    scores: heldOut,
    intervals: heldOutIntervals,
    baseline,
    predictions: heldOutPredictions,
  } as Evidence;
}
