import type { ClassScores, ScoredPredictions, TableScores } from "lanewise/table";
import { confusionTable } from "./confusion.js";
import { counted, grouped } from "./figures.js";
import { textTable } from "./text-table.js";

/** Scores as people and programs read them. */

/** A larger confusion matrix does not fit on a screen. */
const MOST_CLASSES = 20;
/** Pairs of classes that are listed at most. */
const MOST_PAIRS = 5;

const NAMES = {
  accuracy: "accuracy",
  balancedAccuracy: "balanced accuracy",
  rocAuc: "ROC AUC",
  logLoss: "log loss",
  r2: "R²",
  rmse: "RMSE",
  mae: "MAE",
} as const;
type ScoreName = keyof typeof NAMES;

const figure = (name: ScoreName, value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return "";
  if (name !== "rmse" && name !== "mae") return value.toFixed(3).replace(/^-(0\.0+)$/, "$1");
  return Math.abs(value) < 10_000 ? value.toPrecision(4) : grouped(value);
};

/** Each score with its 95 % interval and the baseline's. */
export function scoreTable({ scores, intervals }: ScoredPredictions, baseline?: TableScores): string {
  const names = Object.keys(NAMES).filter((name) => name in scores) as ScoreName[];
  const value = (of: object | undefined, name: ScoreName) =>
    (of as Partial<Record<ScoreName, number>> | undefined)?.[name];
  const rows = names.map((name) => {
    const interval = (intervals as Partial<Record<ScoreName, readonly [number, number]>>)[name];
    const between = interval ? `${figure(name, interval[0])} to ${figure(name, interval[1])}` : "";
    return [
      `  ${NAMES[name]}`,
      figure(name, value(scores, name)),
      between,
      ...(baseline ? [figure(name, value(baseline, name))] : []),
    ];
  });
  const header = ["", "score", "95 % interval", ...(baseline ? ["baseline"] : [])];
  return textTable([header, ...rows], (column) => column > 0);
}

/** Rows, recall, precision and F1 of each class. */
export function classTable({ classes }: ClassScores): string {
  const rows = classes
    .slice(0, MOST_CLASSES)
    .map(({ label, rows, ...scores }) => [
      `  ${label}`,
      String(rows),
      ...[scores.recall, scores.precision, scores.f1].map((score) => score.toFixed(3)),
    ]);
  const text = textTable([["  class", "rows", "recall", "precision", "F1"], ...rows], (column) => column > 0);
  const more = classes.length - rows.length;
  return more > 0 ? `${text}\n  and ${counted(more, "other class", "other classes")}` : text;
}

/** The confusion matrix, or of many classes the pairs that were mistaken most often. */
export function confusionText(scores: ClassScores): string | undefined {
  const { classes, confusionMatrix } = scores;
  if (classes.length > MOST_CLASSES) return worstPairs(scores);
  return confusionTable(
    classes.map(({ label }) => label),
    confusionMatrix,
  );
}

/** The pairs of classes that were mistaken most often, a line each; undefined if there was no mistake. */
export function worstPairs({ classes, confusionMatrix }: ClassScores): string | undefined {
  const pairs = confusionMatrix.flatMap((row, actual) =>
    row.flatMap((count, predicted) => {
      const { label, rows } = classes[actual];
      const text = `actual ${label}, predicted ${classes[predicted].label}: ${count} of ${rows}`;
      return count > 0 && predicted !== actual ? [{ count, rows, text }] : [];
    }),
  );
  if (pairs.length === 0) return undefined;
  pairs.sort((a, b) => b.count - a.count || b.count / b.rows - a.count / a.rows);
  const lines = pairs.slice(0, MOST_PAIRS).map(({ text }) => `  ${text}`);
  const more = pairs.length > MOST_PAIRS ? [`  and ${counted(pairs.length - MOST_PAIRS, "other pair")}`] : [];
  return ["most often mistaken:", ...lines, ...more].join("\n");
}

/** Everything about scores as text. */
export function scoresText(scored: ScoredPredictions, baseline?: TableScores): string {
  const parts = [scoreTable(scored, baseline)];
  if (scored.task === "classification") {
    parts.push(classTable(scored.scores));
    const confusion = confusionText(scored.scores);
    if (confusion) parts.push(confusion);
  }
  return parts.join("\n\n");
}

/** Scores for --json. */
export function scoresJson({ rows, scores, intervals }: ScoredPredictions, baseline?: TableScores): object {
  const plain = (of: TableScores) => {
    if ("r2" in of) return of;
    const { confusionMatrix, ...others } = of;
    return { ...others, confusion: confusionMatrix };
  };
  return {
    samples: rows,
    ...plain(scores),
    intervals,
    ...(baseline && { baseline: mainScores(baseline) }),
  };
}

/** The scores that are one number. */
export const mainScores = (scores: TableScores): object =>
  Object.fromEntries(Object.entries(scores).filter(([, value]) => typeof value === "number"));
