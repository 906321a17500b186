import { checkCount, checkFraction, checkNumbers, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { purposes, RandomStream } from "../core/random.js";
import type { LayerSpec } from "../nn/layers/layer.js";
import { scaling } from "../nn/layers/scaling.js";
import { checkLabels } from "../nn/loss.js";

/** Samples as scalers take them: flat, or one array a row. */
export type Table = ArrayLike<number> | readonly ArrayLike<number>[];

/**
 * A scaling layer that takes the mean of these samples off each column and divides by its standard deviation.
 * Put first into a model it is saved with it. x: rows x columns; where it is flat, `columns` has to be said.
 * A column that does not vary becomes 0.
 * @throws ValueError for what is no finite number, ShapeError for no rows or a part of one
 */
export function standardScaler(x: Table, columns?: number): LayerSpec {
  const all = columnsOf("standardScaler", x, columns);
  return scaling({
    mean: all.map(({ mean }) => mean),
    deviation: all.map(({ mean, deviation }) => usable(deviation, mean)),
  });
}

/**
 * A scaling layer that brings each column of these samples to 0 ... 1. Put first into a model it is saved
 * with it. x: rows x columns; where it is flat, `columns` has to be said. A column that does not vary becomes
 * 0.
 * @throws ValueError for what is no finite number, ShapeError for no rows or a part of one
 */
export function minMaxScaler(x: Table, columns?: number): LayerSpec {
  const all = columnsOf("minMaxScaler", x, columns);
  return scaling({
    mean: all.map(({ least }) => least),
    deviation: all.map(({ least, most }) => usable(most - least, least)),
  });
}

/** A spread to divide by: one that float32 does not see beside the values that it is of divides by 1. */
const usable = (spread: number, beside: number): number =>
  Math.fround(beside + spread) > Math.fround(beside) ? spread : 1;

/** What there is to say of each column. @throws ValueError, ShapeError */
function columnsOf(
  who: string,
  x: Table,
  given?: number,
): { mean: number; deviation: number; least: number; most: number }[] {
  const nested =
    Array.isArray(x) && typeof x[0] === "object" ? (x as readonly ArrayLike<number>[]) : undefined;
  const columns = given ?? nested?.[0]?.length;
  checkCount(who, "columns", columns);
  const short = nested?.findIndex(({ length }) => length !== columns) ?? -1;
  if (nested && short >= 0)
    throw new ShapeError(
      `${who} expected rows of ${columns} values, got ${nested[short].length} in row ${short}`,
    );
  const flat = nested ? nested.flatMap((row) => Array.from(row)) : (x as ArrayLike<number>);
  checkNumbers(who, "x", flat);
  const rows = flat.length / columns;
  if (!Number.isInteger(rows) || rows === 0)
    throw new ShapeError(`${who} expected rows of ${columns} values, got ${flat.length} values`);
  const wrong = Array.from(flat).findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new ValueError(
      `${who} expected finite numbers, got ${flat[wrong]} in row ${Math.floor(wrong / columns)}, column ${wrong % columns}`,
    );
  return Array.from({ length: columns }, (_, column) => {
    const values = Array.from({ length: rows }, (_, row) => flat[row * columns + column]);
    const mean = values.reduce((sum, value) => sum + value) / rows;
    const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    const by = (choose: (a: number, b: number) => number) =>
      values.reduce((chosen, value) => choose(chosen, value));
    return { mean, deviation: Math.sqrt(squares / rows), least: by(Math.min), most: by(Math.max) };
  });
}

/**
 * Rows of zeros with a one at the class: [labels.length x classes], flat. @throws ValueError for a label that
 * is none of 0 ... classes - 1
 */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  checkCount("oneHot", "classes", classes);
  const rows = new Float32Array(labels.length * classes);
  checkLabels("oneHot", labels, classes);
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]] = 1;
  return rows;
}

export interface LabelMap {
  /** The names that occur, in the order of their code units: what a model's `labels` may be. */
  readonly labels: string[];
  /** The index among them of each value. */
  readonly indices: Int32Array;
}

/** Class indices for names. */
export function labelMap(values: readonly string[]): LabelMap {
  const labels = [...new Set(values)].sort();
  const index = new Map(labels.map((label, i) => [label, i]));
  return { labels, indices: Int32Array.from(values, (value) => index.get(value) as number) };
}

/** Row indices to train on and to test on, each in ascending order. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

export interface FoldOptions {
  /** What the choice is a function of. Default 0. */
  seed?: number;
  /** The class of each row: every class then has its share on both sides. */
  stratify?: ArrayLike<number | string>;
}

export interface SplitOptions extends FoldOptions {
  /** Fraction of the rows to test on, above 0 and below 1. Default 0.25. */
  testFraction?: number;
}

/**
 * Splits rows by chance, a function of the seed. @throws ValueError when a side would be empty, and for
 * options out of range
 */
export function trainTestSplit(rows: number, options: SplitOptions = {}): Split {
  checkOptions("trainTestSplit", options, ["seed", "stratify", "testFraction"]);
  const { testFraction = 0.25 } = options;
  checkFraction("trainTestSplit", "testFraction", testFraction);
  const order = orderOf("trainTestSplit", rows, options);
  const count = Math.round(rows * testFraction);
  if (count === 0 || count === rows)
    throw new ValueError(`trainTestSplit expected a row on either side, got ${testFraction} of ${rows}`);
  // Every so many-th of the order, in which each class is a run.
  return sides(order, (i) => Math.floor(((i + 1) * count) / rows) > Math.floor((i * count) / rows));
}

/**
 * k splits, in each of which another part of the rows is to be tested on. @throws ValueError for fewer rows
 * than folds, and for options out of range
 */
export function kFold(rows: number, k: number, options: FoldOptions = {}): Split[] {
  checkOptions("kFold", options, ["seed", "stratify"]);
  checkCount("kFold", "k", k, 2);
  checkCount("kFold", "rows", rows, k);
  const order = orderOf("kFold", rows, options);
  return Array.from({ length: k }, (_, fold) => sides(order, (i) => i % k === fold));
}

/** The rows in an order by chance, one class after the other. */
function orderOf(who: string, rows: number, { seed = 0, stratify }: FoldOptions): number[] {
  checkCount(who, "rows", rows);
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${who} expected seed to be a safe integer, got ${show(seed)}`);
  if (stratify && stratify.length !== rows)
    throw new ShapeError(`${who} expected a class for each of ${rows} rows, got ${stratify.length}`);
  const random = new RandomStream(seed, purposes.split, 1);
  const order = Array.from({ length: rows }, (_, row) => row);
  for (let i = rows - 1; i > 0; i--) {
    const other = Math.floor(random.uniform(i) * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  if (!stratify) return order;
  const classes = new Map([...new Set(Array.from(stratify))].map((value, i) => [value, i]));
  const classOf = (row: number) => classes.get(stratify[row]) as number;
  return order.sort((a, b) => classOf(a) - classOf(b));
}

function sides(order: readonly number[], tested: (i: number) => boolean): Split {
  return {
    train: Int32Array.from(order.filter((_, i) => !tested(i))).sort(),
    test: Int32Array.from(order.filter((_, i) => tested(i))).sort(),
  };
}

/**
 * Rows of a table, in the order of `indices`, as an array of the same kind. values: rows x columns, flat; or,
 * with the default of 1 column, anything of which there is one a row, arrays too. Result: indices.length x
 * columns. @throws ValueError for an index of no row
 */
export function takeRows<Values extends ArrayLike<unknown>>(
  values: Values,
  indices: ArrayLike<number>,
  columns = 1,
): Values {
  const Kind = values.constructor as new (length: number) => Values & { [i: number]: unknown };
  checkLabels("takeRows", indices, values.length / columns, "row indices");
  const taken = new Kind(indices.length * columns);
  for (let i = 0; i < indices.length; i++)
    for (let j = 0; j < columns; j++) taken[i * columns + j] = values[indices[i] * columns + j];
  return taken;
}
