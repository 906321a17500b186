import type {
  ColumnImportance,
  CrossValidation,
  Findings,
  ScoredPredictions,
  TableEvaluation,
  TableScores,
  TrainedTable,
} from "lanewise/table";
import { counted } from "./figures.js";
import { scoresJson } from "./score-text.js";
import { textTable } from "./text-table.js";

/** What came of training on a table, as text and as JSON. */
export interface TableOutcome {
  readonly target: string;
  readonly findings: Findings;
  readonly trained: TrainedTable;
  /** By --folds. */
  readonly validation: CrossValidation | undefined;
  /** On the table of --test. */
  readonly tested: { readonly path: string; readonly evaluation: TableEvaluation } | undefined;
  /** On the rows that --validation kept back. */
  readonly kept: TableEvaluation | undefined;
  readonly importance: readonly ColumnImportance[];
}

/** Scores on some rows. */
export interface ScoredRows {
  readonly key: "test" | "folds" | "validation" | "heldOut";
  /** Which rows they are, for people. */
  readonly title: string;
  readonly scored: ScoredPredictions;
  /** The scores of always the most frequent class of the training rows, or their mean. */
  readonly baseline: TableScores | undefined;
}

/** All scores of a model, those that can be trusted most first. */
export function scoredRowsOf({ trained, validation, tested, kept }: TableOutcome): ScoredRows[] {
  const { report } = trained;
  const found: ScoredRows[] = [];
  const evaluated = (key: ScoredRows["key"], title: string, scored: TableEvaluation) =>
    found.push({ key, title, scored, baseline: scored.baseline });
  if (tested)
    evaluated("test", `${tested.path}, ${counted(tested.evaluation.rows, "row")}`, tested.evaluation);
  if (validation) {
    const { folds, score, deviation, predictions } = validation;
    const name = validation.task === "classification" ? "accuracy" : "R²";
    const title = `${folds.length} folds, each scored by a model of the others: ${name} ${score.toFixed(3)} in the mean, standard deviation ${deviation.toFixed(3)}; of all folds together`;
    const scored = { ...validation, rows: predictions.rows.length } as ScoredPredictions;
    found.push({ key: "folds", title, scored, baseline: validation.baseline });
  }
  if (kept) evaluated("validation", `${counted(kept.rows, "row")} kept back`, kept);
  const { heldOut, heldOutIntervals, heldOutPredictions, task, baseline } = report;
  if (heldOut && heldOutPredictions && found.length === 0) {
    const rows = heldOutPredictions.rows.length;
    const title = `${counted(rows, "held-out row")}, each predicted by the network that stopped by it, which makes the score a little too good; --test and --folds score whole models`;
    const scored = { task, rows, scores: heldOut, intervals: heldOutIntervals } as ScoredPredictions;
    found.push({ key: "heldOut", title, scored, baseline });
  }
  return found;
}

/** What the target and each column are, and why. */
export function findingsText({ columns, target }: Findings): string {
  const rows = columns
    .filter(({ kind }) => kind !== "target")
    .map(({ name, kind, used, reason }) => [
      `  ${name}`,
      kind === "yesNo" ? "yes/no" : kind,
      `${used ? "" : "left out: "}${reason}`,
    ]);
  const table = textTable([["  column", "is a", "reason"], ...rows], () => false);
  return `${target ? `target ${target.name}: ${target.reason}\n\n` : ""}${table}`;
}

/** Columns that are listed at most. */
const MOST_COLUMNS = 12;

/** The columns by what they are worth. */
export function importanceText(importance: readonly ColumnImportance[], task: string): string {
  const rows = importance
    .slice(0, MOST_COLUMNS)
    .map(({ column, importance, deviation }) => [
      `  ${column}`,
      importance.toFixed(3),
      `± ${deviation.toFixed(3)}`,
    ]);
  const more = importance.length - rows.length;
  const of = task === "classification" ? "accuracy" : "R²";
  const table = textTable(rows, (column) => column > 0);
  return `importance: how much ${of} falls when a column is shuffled\n\n${table}${more > 0 ? `\n  and ${counted(more, "other column")}` : ""}`;
}

/** What --json says of the outcome. */
export function outcomeJson(outcome: TableOutcome): object {
  const { target, findings, trained, validation, importance } = outcome;
  const { report, model } = trained;
  const scored = scoredRowsOf(outcome);
  const all = scored.map(({ key, scored, baseline }) => [key, scoresJson(scored, baseline)]);
  const columns = findings.columns
    .filter(({ kind }) => kind !== "target")
    .map(({ name, kind, used, reason }) => ({ name, kind, used, reason }));
  const [best] = all;
  return {
    task: report.task,
    target,
    ...(model.labels && { labels: model.labels }),
    features: columns.filter(({ used }) => used).map(({ name }) => name),
    columns,
    rows: report.rows,
    parameters: model.parameterCount,
    recipe: report.recipe,
    epochs: report.epochs,
    ...(best && { scoredOn: best[0], scores: best[1] }),
    ...(scored.length > 1 && { allScores: Object.fromEntries(all) }),
    ...(validation && {
      folds: validation.folds.length,
      score: validation.score,
      deviation: validation.deviation,
    }),
    importance,
  };
}
