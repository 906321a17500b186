import type { Sequential } from "lanewise";
import { confusionMatrix, confusionTable, mostLikely } from "./confusion.js";
import { counted } from "./figures.js";
import { crossEntropy, predict } from "./precise.js";
import type { Cell, Inputs } from "./source.js";
import { classIndices, type Target, values } from "./target.js";

/** How well a model does on samples. */
export type Scores =
  | {
      readonly samples: number;
      readonly accuracy: number;
      readonly loss: number;
      readonly confusion: readonly (readonly number[])[];
    }
  /**
   * R², which is null where all values are the same, and the root of the mean squared error, in the target's
   * own unit.
   */
  | { readonly samples: number; readonly r2: number | null; readonly rmse: number };

/** A larger confusion matrix does not fit on a screen. */
const MOST_CLASSES_SHOWN = 20;

/** The scores on samples; inputs: samples x features, as they were read. `codesAllowed`: as in `values`. */
export function scoresOf(
  model: Sequential,
  kind: Target,
  column: string,
  inputs: Inputs,
  cells: readonly Cell[],
  codesAllowed = false,
): Scores {
  const samples = cells.length;
  if (kind.task === "regression")
    return { samples, ...regressionScores(values(column, cells, codesAllowed), predict(model, inputs)) };
  const { labels } = kind;
  const actual = classIndices(column, cells, labels);
  const loss = crossEntropy(model, inputs, actual);
  const taken = mostLikely(predict(model, inputs), labels.length);
  const confusion = confusionMatrix(labels.length, actual, taken);
  const right = confusion.reduce((sum, row, i) => sum + row[i], 0);
  return { samples, accuracy: right / samples, loss, confusion };
}

/** The scores as a line of text. */
export function scoreLine(scores: Scores): string {
  const parts =
    "accuracy" in scores
      ? [`accuracy ${scores.accuracy.toFixed(4)}`, `loss ${scores.loss.toFixed(4)}`]
      : [
          `R² ${scores.r2 === null ? "undefined (all values are the same)" : scores.r2.toFixed(4)}`,
          `RMSE ${Number(scores.rmse.toPrecision(5))}`,
        ];
  return `${parts.join(", ")} on ${counted(scores.samples, "sample")}`;
}

/** The confusion matrix as text, where there is one that is small enough. */
export function confusionText(scores: Scores, kind: Target): string | undefined {
  if (!("confusion" in scores) || kind.task === "regression" || kind.labels.length > MOST_CLASSES_SHOWN)
    return undefined;
  return `rows: the class, columns: what it was taken for\n\n${confusionTable(kind.labels, scores.confusion)}`;
}

function regressionScores(
  actual: Float64Array,
  predicted: Float64Array,
): { r2: number | null; rmse: number } {
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  const variation = actual.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = actual.reduce((sum, value, i) => sum + (value - predicted[i]) ** 2, 0);
  return { r2: variation > 0 ? 1 - error / variation : null, rmse: Math.sqrt(error / actual.length) };
}
