import { checkNumber, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { classOf } from "../core/source.js";
import { Matrix } from "../matrix/matrix.js";
import { rowsFrom } from "../network/matrix-rows.js";
import type { Rows } from "../network/rows.js";

/**
 * The values to compare the predictions with. For softmaxCrossEntropy and categoricalCrossEntropy an
 * Int32Array, Uint8Array or number[] of one class index a row, or probabilities as a Matrix, number[][] or
 * Float32Array of rows x classes. For every other loss values of rows x outputs.
 *
 * Of outputs of several axes, such as [time, classes], a class is that of the last axis: each sample has
 * class indices for all time steps, flat or in an array of its own, or as many rows of probabilities. An
 * array of its own may be shorter than the output: the steps behind it count nothing.
 */
export type Targets =
  | Matrix
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | readonly number[]
  | readonly (readonly number[] | Float32Array | Int32Array | Uint8Array)[]
  | readonly (readonly (readonly number[])[])[];

/**
 * The addresses of targets in linear memory: values of the shape of the predictions or, if values = 0, class
 * indices; and a weight for each row, or 0 for none.
 */
export interface TargetPlace {
  values: Pointer;
  labels: Pointer;
  weights: Pointer;
}

/**
 * Weights of samples, one a row: at least 0 and finite. Of outputs of several time steps also one a step, in
 * an array for each sample.
 */
export type SampleWeights =
  | Matrix
  | Float32Array
  | Float64Array
  | readonly number[]
  | readonly (readonly number[] | Float32Array)[];

/** @internal Targets in the user's memory, checked for shape: values, or a class index a row. */
export interface TargetRows {
  readonly rows: Rows;
  readonly areLabels: boolean;
  /** For each row of the loss 1, or 0 where it counts nothing. Undefined where all count. */
  readonly real?: Float32Array | undefined;
}

/** @internal The rows that a loss sees in the outputs of a sample: their number and their length. */
export interface RowsOfSample {
  readonly each: number;
  readonly cols: number;
  /** Whether they are those of time steps or positions, of which there may be one. */
  readonly areSteps?: boolean;
}

/**
 * @internal The weights of the samples, one for each of their rows, as a copy. @throws
 * ShapeError, ValueError
 */
export function sampleWeightsFrom(who: string, given: unknown, samples: number, each = 1): Float32Array {
  const areOfSteps = isNested(given) || (given instanceof Matrix && given.cols > 1);
  const isFlat = !areOfSteps && each > 1 && (given as ArrayLike<number>)?.length === samples * each;
  const ofSample = areOfSteps || isFlat ? each : 1;
  const source = rowsFrom(
    who,
    "sampleWeights",
    given,
    ofSample,
    ofSample > 1 ? { padding: 0, step: 1 } : undefined,
  );
  if (source.rows !== samples)
    throw new ShapeError(
      `${who} expected sampleWeights for ${samples} rows${each > 1 ? ` or for ${each} steps of each` : ""}, got ${source.rows}`,
    );
  const read = new Float32Array(samples * ofSample);
  source.copy(read, 0, samples);
  const wrong = read.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (wrong >= 0) checkNumber(who, `the weight of row ${wrong}`, read[wrong], 0);
  if (ofSample === each) return read;
  return Float32Array.from({ length: samples * each }, (_, i) => read[Math.floor(i / each)]);
}

/** @internal Whether it is one array a sample. */
export const isNested = (given: unknown): boolean => Array.isArray(given) && typeof given[0] === "object";

/** @internal What each row counts, times its weight, and how many count. */
export function weighed(
  rows: number,
  mask: ArrayLike<number> | undefined,
  real: ArrayLike<number> | undefined,
  weights: Float32Array | undefined,
): { weights: Float32Array | undefined; counted: number } {
  if (!mask && !real) return { weights, counted: rows };
  const counts = Float32Array.from({ length: rows }, (_, i) => (mask?.[i] ?? 1) * (real?.[i] ?? 1));
  const counted = counts.reduce((sum, count) => sum + count, 0);
  return { weights: weights ? counts.map((count, i) => count * weights[i]) : counts, counted };
}

/**
 * @internal 1 for each row that a sample's targets reach to, and 0 for those behind. Undefined where they all
 * do.
 */
export function realRows(rows: Rows, each: number): Float32Array | undefined {
  if (!rows.isRagged) return undefined;
  const real = new Float32Array(rows.rows * each);
  for (let i = 0; i < rows.rows; i++)
    real.fill(1, i * each, i * each + Math.ceil((rows.lengthOf(i) * each) / rows.cols));
  return real;
}

/** @internal Whether these are class indices: of samples of several rows also an array of them for each. */
export function isLabels(target: unknown, each: number, areSteps: boolean): target is ArrayLike<number> {
  if (target instanceof Matrix || /^Float/.test(classOf(target))) return false;
  if (ArrayBuffer.isView(target)) return true;
  if (!Array.isArray(target)) return false;
  if (typeof target[0] !== "object") return true;
  return (
    areSteps &&
    target.every((row) => row?.length <= each && typeof row[0] !== "object" && !/^Float/.test(classOf(row)))
  );
}

/**
 * @internal Class indices for each row of samples: what counts nothing is the class 0. @throws ShapeError,
 * ValueError
 */
export function labelsOfSteps(
  who: string,
  target: unknown,
  { each, cols, areSteps }: RowsOfSample,
  ignoreIndex: number | undefined,
): { rows: Rows; real: Float32Array | undefined } {
  const source = rowsFrom(who, "class indices", target, each, { padding: 0, step: 1 });
  const labels = new Int32Array(source.rows * each);
  const numbers = new Float32Array(each);
  const real = realRows(source, each) ?? new Float32Array(labels.length).fill(1);
  for (let i = 0; i < source.rows; i++) {
    source.copy(numbers, i, i + 1);
    for (let step = 0; step < each; step++) {
      const at = i * each + step;
      const label = numbers[step];
      if (label === ignoreIndex) real[at] = 0;
      if (real[at] === 0) continue;
      if (!(Number.isInteger(label) && label >= 0 && label < cols))
        throw new ValueError(
          `${who} expected class indices from 0 to ${cols - 1}, got ${label} at row ${i}${areSteps ? `, step ${step}` : ""}`,
        );
      labels[at] = label;
    }
  }
  return { rows: rowsFrom(who, "class indices", labels, each), real: real.includes(0) ? real : undefined };
}

/** @internal @throws ValueError for what is no class index */
export function checkLabels(
  who: string,
  labels: ArrayLike<number>,
  classes: number,
  what = "class indices",
): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new ValueError(`${who} expected ${what} from 0 to ${classes - 1}, got ${show(label)} at row ${i}`);
  }
}

/** @internal n numbers of linear memory: of targets class indices, or values. */
export const numbersAt = (
  host: Host,
  areLabels: boolean,
  at: Pointer,
  n: number,
): Float32Array | Int32Array => (areLabels ? host.integers(at, n) : host.floats(at, n));

/** @internal Rows in linear memory: where they are, if that is where they are, else copied to `room`. */
export function placeRows(host: Host, { rows, areLabels }: TargetRows, room: Pointer): Pointer {
  if (rows.matrix) return rows.matrix.pointer;
  rows.copy(numbersAt(host, areLabels, room, rows.rows * rows.cols), 0, rows.rows);
  return room;
}
