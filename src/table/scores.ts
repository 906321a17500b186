import { log } from "../core/reproducible-math.js";
import type { Targets } from "./folds.js";

/** How good predictions of classes are. */
export interface ClassScores {
  /** The part of the rows whose class is right. */
  readonly accuracy: number;
  /** The mean of the recall of each class. */
  readonly balancedAccuracy: number;
  /** The mean of -log of the probability of the right class. */
  readonly logLoss: number;
}

/** How good predictions of values are. */
export interface ValueScores {
  /** The part of the variance that is explained: 1 is perfect, 0 is as good as the mean. */
  readonly r2: number;
  /** The root of the mean squared error, and the mean absolute error, in the target's unit. */
  readonly rmse: number;
  readonly mae: number;
}

export type TableScores = ClassScores | ValueScores;

/** Less than this no probability counts as. */
const LEAST = 1e-15;

/** The scores of a model's outputs [rows, classes] as probabilities, or [rows] as values. */
export function scoresOf({ labels, values }: Targets, outputs: ArrayLike<number>): TableScores {
  return labels ? classScores(labels.length, values, outputs) : valueScores(values, outputs);
}

/** The one score that tables are compared by: accuracy, or R². */
export const mainScore = (scores: TableScores): number => ("r2" in scores ? scores.r2 : scores.accuracy);

/**
 * The scores of the best prediction without any column: always the most frequent class, or the mean, of the
 * training rows.
 */
export function baselineOf(training: Targets, tested: Targets): TableScores {
  const { labels, values } = training;
  const rows = tested.values.length;
  if (!labels) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return valueScores(tested.values, new Array<number>(rows).fill(mean));
  }
  const shares = labels.map((_, label) => values.filter((value) => value === label).length / values.length);
  return classScores(labels.length, tested.values, new Array<number[]>(rows).fill(shares).flat());
}

function classScores(classes: number, actual: readonly number[], outputs: ArrayLike<number>): ClassScores {
  const right = new Array<number>(classes).fill(0);
  const count = new Array<number>(classes).fill(0);
  let loss = 0;
  actual.forEach((label, row) => {
    let best = 0;
    for (let i = 1; i < classes; i++)
      if (outputs[row * classes + i] > outputs[row * classes + best]) best = i;
    count[label]++;
    if (best === label) right[label]++;
    loss -= log(Math.max(LEAST, outputs[row * classes + label]));
  });
  const recalls = right.flatMap((rows, label) => (count[label] > 0 ? [rows / count[label]] : []));
  return {
    accuracy: right.reduce((sum, rows) => sum + rows, 0) / actual.length,
    balancedAccuracy: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    logLoss: loss / actual.length,
  };
}

function valueScores(actual: readonly number[], outputs: ArrayLike<number>): ValueScores {
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  let [squares, sizes, spread] = [0, 0, 0];
  actual.forEach((value, row) => {
    const error = value - outputs[row];
    squares += error * error;
    sizes += Math.abs(error);
    spread += (value - mean) * (value - mean);
  });
  return {
    r2: 1 - squares / spread,
    rmse: Math.sqrt(squares / actual.length),
    mae: sizes / actual.length,
  };
}
