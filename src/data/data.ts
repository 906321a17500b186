import { checkCount, checkFraction, checkList, checkNumbers, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { purposes, RandomStream } from "../core/random.js";
import { log } from "../core/reproducible-math.js";
import type { Layer } from "../layers/layer.js";
import { scaling } from "../layers/scaling.js";
import { checkLabels } from "../losses/targets.js";
import type { Values } from "../matrix/matrix.js";

/**
 * A scaling layer that takes the mean of these samples off each column and divides by its standard deviation.
 * As the first layer of a model it is saved with the model. x: rows x columns; if x is flat, pass `columns`.
 * A column that does not vary becomes 0.
 *
 * @example
 * const heights = [[150], [160], [170]];
 * const layers = [standardScaler(heights), dense(1)]; // the model takes centimetres
 * const model = new Sequential(backend, { inputShape: 1, layers });
 * console.log(model.buffers[0].value.toArray()); // [ [ 160 ] ]
 *
 * @throws ValueError for what is no finite number, ShapeError for no rows or a part of one
 */
export function standardScaler(x: Values, columns?: number): Layer {
  const all = columnsOf("standardScaler", x, columns);
  return scaling({
    mean: all.map(({ mean }) => mean),
    deviation: all.map(({ mean, deviation }) => nonZeroSpread(deviation, mean)),
  });
}

/**
 * A scaling layer that brings each column of these samples to 0 ... 1. As the first layer of a model it is
 * saved with the model. x: rows x columns; if x is flat, pass `columns`. A column that does not vary becomes
 * 0.
 *
 * @example
 * const x = [[0, 100], [5, 300], [10, 200]];
 * const model = new Sequential(backend, { inputShape: 2, layers: [minMaxScaler(x)] });
 * console.log(Array.from(model.predict([[5, 300]]))); // [ 0.5, 1 ]
 *
 * @throws ValueError for what is no finite number, ShapeError for no rows or a part of one
 */
export function minMaxScaler(x: Values, columns?: number): Layer {
  const all = columnsOf("minMaxScaler", x, columns);
  return scaling({
    mean: all.map(({ least }) => least),
    deviation: all.map(({ least, most }) => nonZeroSpread(most - least, least)),
  });
}

/** The spread to divide by, or 1 if float32 cannot resolve it beside the values. */
const nonZeroSpread = (spread: number, beside: number): number =>
  Math.fround(beside + spread) > Math.fround(beside) ? spread : 1;

/** The statistics of each column. @throws ValueError, ShapeError */
function columnsOf(
  who: string,
  x: Values,
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
 * Rows of zeros with a one at the class: [labels.length x classes], flat.
 *
 * @example
 * console.log(Array.from(oneHot([2, 0], 3))); // [ 0, 0, 1, 1, 0, 0 ]
 *
 * @throws ValueError for a label that is none of 0 ... classes - 1
 */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array<ArrayBuffer> {
  checkCount("oneHot", "classes", classes);
  checkList("oneHot", "labels", labels);
  const rows = new Float32Array(labels.length * classes);
  checkLabels("oneHot", labels, classes);
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]] = 1;
  return rows;
}

/** Labels and their class indices. See `labelMap`. */
export interface LabelMap {
  /** The names that occur, in the order of their code units: what a model's `labels` may be. */
  readonly labels: string[];
  /** The index among them of each value. */
  readonly indices: Int32Array<ArrayBuffer>;
}

/**
 * Class indices for names.
 *
 * @example
 * const { labels, indices } = labelMap(["cat", "dog", "ant", "cat"]);
 * console.log(labels.join(" "), Array.from(indices).join(" ")); // ant cat dog 1 2 0 1
 */
export function labelMap(values: readonly string[]): LabelMap {
  checkList("labelMap", "values", values);
  const wrong = values.find((value) => typeof value !== "string");
  if (wrong !== undefined) throw new ValueError(`labelMap expected values to be texts, got ${show(wrong)}`);
  const labels = [...new Set(values)].sort();
  const index = new Map(labels.map((label, i) => [label, i]));
  return { labels, indices: Int32Array.from(values, (value) => index.get(value) as number) };
}

/** A class of rows, as `stratify` names it. */
export type RowClass = number | string | boolean;

/** Row indices to train on and to test on, each in ascending order. */
export interface Split {
  readonly train: Int32Array<ArrayBuffer>;
  readonly test: Int32Array<ArrayBuffer>;
  /** The classes without a test row: those with a single row, and those whose share rounds to none. */
  readonly onlyInTraining: readonly RowClass[];
}

/** The options of `kFold`. */
export interface FoldOptions {
  /** The seed of the choice. Default 0. */
  seed?: number;
  /**
   * The class of each row. Every class then has its share on both sides, rounded up or down as the seed
   * decides, wherever its rows stand. The only row of a class is trained on.
   */
  stratify?: ArrayLike<RowClass>;
}

/** The options of `trainTestSplit`. */
export interface SplitOptions extends FoldOptions {
  /** Fraction of the rows to test on, above 0 and below 1. Default 0.25. */
  testFraction?: number;
}

/** Rows of one class, in an order by chance. */
interface Stratum {
  readonly label: RowClass | undefined;
  readonly rows: readonly number[];
}

/**
 * Splits rows at random, as the seed decides.
 *
 * @example
 * const x = [[1], [2], [3], [4], [5], [6], [7], [8]];
 * const { train, test } = trainTestSplit(x.length, { testFraction: 0.25, seed: 1 });
 * console.log(takeRows(x, train).length, takeRows(x, test).length); // 6 2
 *
 * @throws ValueError when a side would be empty, and for options out of range
 */
export function trainTestSplit(rows: number, options: SplitOptions = {}): Split {
  const who = "trainTestSplit";
  checkOptions(who, options, ["seed", "stratify", "testFraction"]);
  const { testFraction = 0.25, seed = 0 } = options;
  checkFraction(who, "testFraction", testFraction);
  const strata = strataOf(who, rows, options);
  const counts = sharesOf(strata, testFraction, new RandomStream(seed, purposes.split, 2));
  const test = strata.flatMap((stratum, s) => {
    const { length } = stratum.rows;
    // Spread over the order, which is by chance.
    const isHeld = (i: number) =>
      Math.floor(((i + 1) * counts[s]) / length) > Math.floor((i * counts[s]) / length);
    return stratum.rows.filter((_, i) => isHeld(i));
  });
  if (test.length === 0 || test.length === rows) {
    const alone = strata.length === rows && rows > 1 ? ", each the only one of its class" : "";
    throw new ValueError(`${who} expected a row on either side, got ${testFraction} of ${rows} rows${alone}`);
  }
  return splitOf(rows, test, strata);
}

/**
 * k splits, each with another part of the rows to test on. When stratified, the only row of a class is
 * never a test row.
 *
 * @example
 * for (const { train, test } of kFold(6, 3, { seed: 1 })) console.log(train.length, test.length);
 *
 * @throws ValueError for fewer rows to test on than folds, and for
 * options out of range
 */
export function kFold(rows: number, k: number, options: FoldOptions = {}): Split[] {
  const who = "kFold";
  checkOptions(who, options, ["seed", "stratify"]);
  checkCount(who, "k", k, 2);
  checkCount(who, "rows", rows, k);
  const { seed = 0, stratify } = options;
  const strata = strataOf(who, rows, options);
  const random = new RandomStream(seed, purposes.split, 2);
  // One class after the other is dealt to the folds, so that each fold has its share of each. Which fold a
  // class begins with follows from the seed.
  const dealt = shuffled(strata.filter(isDivisible), (i) => random.uniform(i)).flatMap((each) => each.rows);
  if (dealt.length < k)
    throw new ValueError(
      `${who} expected at least ${k} rows that are not alone in their class, got ${dealt.length} of ${rows}`,
    );
  const first = stratify ? Math.floor(random.uniform(strata.length) * k) : 0;
  return Array.from({ length: k }, (_, fold) =>
    splitOf(
      rows,
      dealt.filter((_, i) => (i + first) % k === fold),
      strata,
    ),
  );
}

/** Whether a class has rows for both sides; what is not divided into classes has. */
const isDivisible = ({ label, rows }: Stratum): boolean => label === undefined || rows.length > 1;

/**
 * The classes in the order of their values, so that nothing depends on where they stand in the table; each
 * with its rows in an order by chance.
 */
function strataOf(who: string, rows: number, { seed = 0, stratify }: FoldOptions): Stratum[] {
  checkCount(who, "rows", rows);
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${who} expected seed to be a safe integer, got ${show(seed)}`);
  if (stratify && stratify.length !== rows)
    throw new ShapeError(`${who} expected a class for each of ${rows} rows, got ${stratify.length}`);
  const random = new RandomStream(seed, purposes.split, 1);
  const order = shuffled(
    Array.from({ length: rows }, (_, row) => row),
    (i) => random.uniform(i),
  );
  if (!stratify) return [{ label: undefined, rows: order }];
  const classes = new Map<RowClass, number[]>();
  for (const row of order) {
    const label = stratify[row];
    const known = classes.get(label);
    if (known) known.push(row);
    else classes.set(label, [row]);
  }
  return [...classes].map(([label, rows]) => ({ label, rows })).sort((a, b) => comparison(a.label, b.label));
}

/** Numbers before texts, each in their order. */
function comparison(a: RowClass | undefined, b: RowClass | undefined): number {
  if (typeof a === typeof b) return (a as number) < (b as number) ? -1 : 1;
  return typeof a < typeof b ? -1 : 1;
}

/** The values in an order by chance, from uniform numbers (Fisher and Yates). */
function shuffled<Value>(values: readonly Value[], uniform: (i: number) => number): Value[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(uniform(i) * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

/**
 * How many rows of each class are a fraction of it: its share, rounded down, and for as many classes as the
 * remainders add up to rounded up. These are drawn: a class is the likelier among them the larger its
 * remainder is (weighted sampling by exponential clocks: Efraimidis and Spirakis 2006).
 */
function sharesOf(strata: readonly Stratum[], fraction: number, random: RandomStream): number[] {
  // Products such as 10 x 0.3 are off by a rounding.
  const shares = strata.map((stratum) =>
    isDivisible(stratum) ? Math.round(stratum.rows.length * fraction * 1e9) / 1e9 : 0,
  );
  const counts = shares.map(Math.floor);
  const remainders = shares.map((share, i) => {
    // Some row of each class is trained on.
    const isFull = strata[i].label !== undefined && counts[i] + 1 >= strata[i].rows.length;
    return isFull ? 0 : share - counts[i];
  });
  const total = Math.round(remainders.reduce((sum, remainder) => sum + remainder, 0));
  remainders
    .map((remainder, i) => ({ i, time: remainder > 0 ? -log(1 - random.uniform(i)) / remainder : undefined }))
    .filter((each): each is { i: number; time: number } => each.time !== undefined)
    .sort((a, b) => a.time - b.time)
    .slice(0, total)
    .forEach(({ i }) => {
      counts[i]++;
    });
  return counts;
}

function splitOf(rows: number, test: readonly number[], strata: readonly Stratum[]): Split {
  const tested = new Set(test);
  const all = Array.from({ length: rows }, (_, row) => row);
  return {
    train: Int32Array.from(all.filter((row) => !tested.has(row))),
    test: Int32Array.from(test).sort(),
    onlyInTraining: strata.flatMap(({ label, rows }) =>
      label !== undefined && !rows.some((row) => tested.has(row)) ? [label] : [],
    ),
  };
}

/**
 * Rows of a table, in the order of `indices`, as an array of the same kind. values: rows x columns, flat; or,
 * with the default of 1 column, an array with one entry a row, of any kind. Result: indices.length x
 * columns.
 *
 * @example
 * const pixels = Float32Array.of(1, 2, 3, 4, 5, 6); // 3 rows of 2 columns
 * console.log(Array.from(takeRows(pixels, [2, 0], 2))); // [ 5, 6, 1, 2 ]
 *
 * @throws ValueError for an index of no row
 */
export function takeRows<Taken extends ArrayLike<unknown>>(
  values: Taken,
  indices: ArrayLike<number>,
  columns = 1,
): Taken {
  checkList("takeRows", "values", values);
  checkList("takeRows", "indices", indices);
  checkCount("takeRows", "columns", columns);
  const Kind = values.constructor as new (length: number) => Taken & { [i: number]: unknown };
  checkLabels("takeRows", indices, values.length / columns, "row indices");
  const taken = new Kind(indices.length * columns);
  for (let i = 0; i < indices.length; i++)
    for (let j = 0; j < columns; j++) taken[i * columns + j] = values[indices[i] * columns + j];
  return taken;
}
