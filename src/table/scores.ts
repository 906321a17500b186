import { log } from "../core/reproducible-math.js";
import { areaUnderRoc, f1Of, precisionOf, r2Of, recallOf } from "../metrics/formulas.js";
import { largest } from "../network/rows.js";
import type { TableTargets } from "./folds.js";

/** How good predictions of classes are. Each of the model's answers is the class that is most probable. */
export interface ClassScores {
  /** The part of the rows whose class is right. */
  readonly accuracy: number;
  /** The mean of the recall of each class that occurs. */
  readonly balancedAccuracy: number;
  /** The mean of -log of the probability of the right class. */
  readonly logLoss: number;
  /**
   * The area under the receiver operating characteristic of the second of two classes; of more classes the
   * mean over each against the rest, without those that no row has. NaN if all rows are of one class.
   */
  readonly rocAuc: number;
  /** The scores of each class, in the order of the labels. */
  readonly classes: readonly ClassScore[];
  /** Whether probabilities are what they say. Ten bins of equal width; those without a row are left out. */
  readonly calibration: readonly CalibrationBin[];
  /** Rows by their actual class (row of the matrix) and the predicted class (column). */
  readonly confusionMatrix: readonly (readonly number[])[];
}

/** How well one class is told from the others. Where a score would be 0 / 0, it is 0. */
export interface ClassScore {
  readonly label: string;
  /** Rows that are of the class. */
  readonly rows: number;
  /** Of the rows of the class, the part that is predicted as such. */
  readonly recall: number;
  /** Of the rows that are predicted to be of the class, the part that is. */
  readonly precision: number;
  /** The harmonic mean of recall and precision. */
  readonly f1: number;
}

/**
 * The rows whose predicted class has a probability in (from, to], as in a reliability diagram (Guo et al.
 * 2017, "On calibration of modern neural networks"). In a calibrated model, accuracy and meanProbability
 * agree.
 */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** The mean of the probabilities of the predicted classes. */
  readonly meanProbability: number;
  /** The part of the rows whose predicted class is right. */
  readonly accuracy: number;
}

/** How good predictions of values are. */
export interface ValueScores {
  /**
   * The part of the variance that is explained: 1 is perfect, 0 is as good as the mean. Where all values are
   * equal 1 if the predictions are too, else 0.
   */
  readonly r2: number;
  /** The root of the mean squared error, and the mean absolute error, in the target's unit. */
  readonly rmse: number;
  readonly mae: number;
}

/** The scores of a table, for classes or for values. */
export type TableScores = ClassScores | ValueScores;

/** No probability counts as less than this. */
const LEAST = 1e-15;
const BINS = 10;

/** The scores of a model's outputs [rows, classes] as probabilities, or [rows] as values. */
export function scoresOf({ labels, values }: TableTargets, outputs: ArrayLike<number>): TableScores {
  return labels ? classScores(labels, values, outputs) : valueScores(values, outputs);
}

/** The one score that tables are compared by: accuracy, or R². */
export const mainScore = (scores: TableScores): number => ("r2" in scores ? scores.r2 : scores.accuracy);

/** The main score alone, which takes less time. */
export function mainScoreOf({ labels, values }: TableTargets, outputs: ArrayLike<number>): number {
  return labels
    ? mean(rightness(labels.length, values, outputs).map(Number))
    : valueScores(values, outputs).r2;
}

/**
 * What each row adds to the mean loss: -log of the probability of its class, or the squared error of its
 * value.
 */
export function lossesOf({ labels, values }: TableTargets, outputs: ArrayLike<number>): number[] {
  return values.map((value, row) =>
    labels
      ? -log(Math.max(LEAST, outputs[row * labels.length + value]))
      : (value - outputs[row]) * (value - outputs[row]),
  );
}

/** Of each row whether the most probable class is the right one. */
export const rightness = (
  classes: number,
  actual: readonly number[],
  outputs: ArrayLike<number>,
): boolean[] => actual.map((label, row) => largest(outputs, row * classes, classes) === label);

/**
 * The outputs, for some rows, of the best prediction without any column: always the shares of the classes, or
 * the mean, of the training rows.
 */
export function baselineOutputs({ labels, values }: TableTargets, rows: number): number[] {
  if (!labels) return new Array<number>(rows).fill(mean(values));
  const counts = new Array<number>(labels.length).fill(0);
  for (const label of values) counts[label]++;
  const shares = counts.map((count) => count / values.length);
  return new Array<number[]>(rows).fill(shares).flat();
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function classScores(
  labels: readonly string[],
  actual: readonly number[],
  outputs: ArrayLike<number>,
): ClassScores {
  const count = labels.length;
  const confusionMatrix = labels.map(() => new Array<number>(count).fill(0));
  const bins = Array.from({ length: BINS }, () => ({ rows: 0, probabilities: 0, right: 0 }));
  let loss = 0;
  actual.forEach((label, row) => {
    const said = largest(outputs, row * count, count);
    const probability = outputs[row * count + said];
    confusionMatrix[label][said]++;
    loss -= log(Math.max(LEAST, outputs[row * count + label]));
    const bin = bins.find((_, i) => probability <= (i + 1) / BINS) ?? bins[BINS - 1];
    bin.rows++;
    bin.probabilities += probability;
    bin.right += Number(said === label);
  });
  const classes = labels.map((label, k) => {
    const hits = confusionMatrix[k][k];
    const rows = confusionMatrix[k].reduce((sum, cell) => sum + cell, 0);
    const said = confusionMatrix.reduce((sum, cells) => sum + cells[k], 0);
    return {
      label,
      rows,
      recall: recallOf(hits, rows),
      precision: precisionOf(hits, said),
      f1: f1Of(hits, said, rows),
    };
  });
  return {
    accuracy: confusionMatrix.reduce((sum, cells, k) => sum + cells[k], 0) / actual.length,
    balancedAccuracy: mean(classes.flatMap(({ rows, recall }) => (rows > 0 ? [recall] : []))),
    logLoss: loss / actual.length,
    rocAuc: rocAuc(classes, actual, outputs),
    classes,
    calibration: bins
      .map(({ rows, probabilities, right }, i) => ({
        from: i / BINS,
        to: (i + 1) / BINS,
        rows,
        meanProbability: probabilities / rows,
        accuracy: right / rows,
      }))
      .filter(({ rows }) => rows > 0),
    confusionMatrix,
  };
}

function rocAuc(
  classes: readonly ClassScore[],
  actual: readonly number[],
  outputs: ArrayLike<number>,
): number {
  const count = classes.length;
  const areas = classes.flatMap(({ rows }, k) =>
    rows === 0 || (count === 2 && k === 0)
      ? []
      : [
          areaUnderRoc(
            Float64Array.from(actual, (_, row) => outputs[row * count + k]),
            actual.map((label) => Number(label === k)),
          ),
        ],
  );
  return mean(areas);
}

function valueScores(actual: readonly number[], outputs: ArrayLike<number>): ValueScores {
  const middle = mean(actual);
  let [squares, sizes, spread] = [0, 0, 0];
  actual.forEach((value, row) => {
    const error = value - outputs[row];
    squares += error * error;
    sizes += Math.abs(error);
    spread += (value - middle) * (value - middle);
  });
  return {
    r2: r2Of(squares, spread),
    rmse: Math.sqrt(squares / actual.length),
    mae: sizes / actual.length,
  };
}
