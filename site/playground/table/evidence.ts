import type { CrossValidation, Interval, TableReport } from "lanewise/table";
import { readable } from "../figures.js";

/** The most reliable scores, as table rows and as the main figure. */

export interface ScoreRow {
  readonly name: string;
  readonly value: string;
  readonly interval: string;
  readonly baseline: string;
}

export interface Evidence {
  /** Which rows were scored, in a sentence. */
  readonly about: string;
  readonly rows: readonly ScoreRow[];
  /** Accuracy or R², for the figure. */
  readonly main: {
    readonly name: string;
    readonly value: number;
    readonly interval: Interval;
    readonly baseline: number;
  };
  readonly matrix?: readonly (readonly number[])[];
  readonly labels: readonly string[];
  /** Of values: what is and what was predicted. */
  readonly pairs?: readonly { readonly actual: number; readonly predicted: number }[];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const between = ([low, high]: Interval, format: (value: number) => string): string =>
  `${format(low)} – ${format(high)}`;

/** Undefined if a table has too few rows to score any. */
export function evidenceOf(
  report: TableReport,
  validation: CrossValidation | undefined,
): Evidence | undefined {
  const about = validation
    ? `${validation.folds.length} folds: every row is predicted by a model that never saw it.`
    : "Rows held out for early stopping, which makes the scores a little too good.";
  const labels = report.findings.target?.labels ?? [];
  if (report.task === "classification") {
    const scores = validation?.task === "classification" ? validation.scores : report.heldOut;
    const intervals = validation?.task === "classification" ? validation.intervals : report.heldOutIntervals;
    if (!scores || !intervals) return undefined;
    const { baseline } = report;
    return {
      about,
      labels,
      main: {
        name: "accuracy",
        value: scores.accuracy,
        interval: intervals.accuracy,
        baseline: baseline.accuracy,
      },
      matrix: scores.confusionMatrix,
      rows: [
        row("Accuracy", percent, scores.accuracy, baseline.accuracy, intervals.accuracy),
        row("Balanced accuracy", percent, scores.balancedAccuracy, baseline.balancedAccuracy),
        row("ROC-AUC", readable, scores.rocAuc, baseline.rocAuc),
        row("Log loss", readable, scores.logLoss, baseline.logLoss),
      ],
    };
  }
  const scores = validation?.task === "regression" ? validation.scores : report.heldOut;
  const intervals = validation?.task === "regression" ? validation.intervals : report.heldOutIntervals;
  const predictions = validation?.predictions ?? report.heldOutPredictions;
  if (!scores || !intervals || !predictions) return undefined;
  const { baseline } = report;
  return {
    about,
    labels,
    main: { name: "R²", value: scores.r2, interval: intervals.r2, baseline: baseline.r2 },
    pairs: predictions.targets.map((actual, i) => ({ actual, predicted: predictions.outputs[i] })),
    rows: [
      row("R²", readable, scores.r2, baseline.r2, intervals.r2),
      row("RMSE", readable, scores.rmse, baseline.rmse, intervals.rmse),
      row("MAE", readable, scores.mae, baseline.mae, intervals.mae),
    ],
  };
}

const row = (
  name: string,
  format: (value: number) => string,
  value: number,
  baseline: number,
  interval?: Interval,
): ScoreRow => ({
  name,
  value: format(value),
  baseline: format(baseline),
  interval: interval ? between(interval, format) : "",
});

/** A sentence that compares the model with no model. */
export function inSentence({ main: { name, value, interval, baseline } }: Evidence): string {
  const whole = (part: number) => String(Math.round(100 * part));
  if (interval[0] <= baseline) return "These rows do not show that the model is better than no model.";
  return name === "accuracy"
    ? `Right in ${whole(value)} of 100 rows. Always guessing the most frequent class: ${whole(baseline)}.`
    : `Explains ${whole(value)} % of the variance. Always the mean explains none.`;
}
