import type { Samples } from "../data/scene.js";

/** Scores of a network's outputs. */

export interface ClassResults {
  /** [actual][predicted] */
  readonly matrix: readonly (readonly number[])[];
  readonly accuracy: number;
  /** Of each class. */
  readonly classes: readonly { readonly precision: number; readonly recall: number; readonly f1: number }[];
}

/** `outputs`: [outputs, rows]. `cut` is where a single output is halfway between two classes. */
export function classResults(outputs: Float32Array, { rows, y }: Samples, cut: number): ClassResults {
  const count = outputs.length / rows;
  const size = Math.max(2, count);
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let row = 0; row < rows; row++) {
    let [actual, predicted] = [Number(y[row] > 0.5), Number(outputs[row] >= cut)];
    if (count > 1) {
      [actual, predicted] = [0, 0];
      for (let i = 1; i < count; i++) {
        if (y[row * count + i] > y[row * count + actual]) actual = i;
        if (outputs[i * rows + row] > outputs[predicted * rows + row]) predicted = i;
      }
    }
    matrix[actual][predicted]++;
  }
  const right = matrix.reduce((sum, row, i) => sum + row[i], 0);
  const classes = matrix.map((row, i) => {
    const found = row.reduce((sum, value) => sum + value, 0);
    const named = matrix.reduce((sum, other) => sum + other[i], 0);
    const [precision, recall] = [row[i] / Math.max(1, named), row[i] / Math.max(1, found)];
    return { precision, recall, f1: (2 * precision * recall) / Math.max(1e-12, precision + recall) };
  });
  return { matrix, accuracy: right / Math.max(1, rows), classes };
}

export interface ValueScores {
  readonly rootMeanSquare: number;
  readonly meanAbsolute: number;
  /** The share of the variance that is explained. */
  readonly r2: number;
}

export interface ValueResults extends ValueScores {
  /** Of each output. */
  readonly each: readonly ValueScores[];
}

/** `outputs`: [outputs, rows] */
export function valueResults(outputs: Float32Array, { rows, y }: Samples): ValueResults {
  const count = outputs.length / rows;
  const sums = Array.from({ length: count }, (_, output) => {
    let [mean, squares, absolute, variance] = [0, 0, 0, 0];
    for (let row = 0; row < rows; row++) mean += y[row * count + output] / rows;
    for (let row = 0; row < rows; row++) {
      const target = y[row * count + output];
      const error = outputs[output * rows + row] - target;
      squares += error * error;
      absolute += Math.abs(error);
      variance += (target - mean) * (target - mean);
    }
    return { values: rows, squares, absolute, variance };
  });
  const all = sums.reduce((left, right) => ({
    values: left.values + right.values,
    squares: left.squares + right.squares,
    absolute: left.absolute + right.absolute,
    variance: left.variance + right.variance,
  }));
  return { ...scoresOf(all), each: sums.map(scoresOf) };
}

/** From sums over values. */
const scoresOf = (
  sums: Readonly<Record<"values" | "squares" | "absolute" | "variance", number>>,
): ValueScores => ({
  rootMeanSquare: Math.sqrt(sums.squares / sums.values),
  meanAbsolute: sums.absolute / sums.values,
  r2: 1 - sums.squares / Math.max(1e-12, sums.variance),
});
