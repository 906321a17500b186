import { checkCount, checkNumber, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";

/** The options of `windows`. */
export interface WindowsOptions {
  /** Steps that a model sees. */
  past: number;
  /** Steps that it forecasts. Default 1. */
  ahead?: number;
  /** Steps from a window to the next. Default 1. */
  stride?: number;
  /** The columns to forecast, by index. Default all. */
  targets?: readonly number[];
  /** The part of the series for training; what follows is for testing. Default 0.8; 1 for no test. */
  split?: number;
  /** Whether each column is scaled to mean 0 and deviation 1. Default true. */
  scale?: boolean;
}

/** Windows for fit and evaluate. */
export interface WindowSet {
  /** [windows, past, columns] */
  readonly x: Float32Array<ArrayBuffer>;
  /** [windows, ahead, targets] */
  readonly y: Float32Array<ArrayBuffer>;
  readonly count: number;
}

/** What `windows` makes of a series. */
export interface Windows {
  readonly train: WindowSet;
  readonly test: WindowSet;
  /** The shape of a sample: [past, columns]. */
  readonly inputShape: readonly [number, number];
  /** The shape of a target: [ahead, targets]. */
  readonly outputShape: readonly [number, number];
  /** Of each column, what was subtracted, and what it was divided by: of the training part alone. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** The last `past` steps of the series, [1, past, columns], for the forecast of what comes after it. */
  readonly last: Float32Array<ArrayBuffer>;
  /** Forecasts, [.., targets], in the units of the series. */
  unscale(forecast: ArrayLike<number>): Float32Array<ArrayBuffer>;
}

/**
 * Windows over a time series: `past` steps, and the `ahead` steps after them. The series is a list of
 * numbers, or of rows of numbers. It is split by time, and no training window reaches into the test part;
 * means and deviations are those of the training part, so that nothing looks ahead.
 *
 * @example
 * const temperatures = Array.from({ length: 200 }, (_, hour) => 10 + (hour % 24));
 * const { train, test, inputShape } = windows(temperatures, { past: 48, ahead: 24 });
 * console.log(train.count, test.count, inputShape); // 89 17 [ 48, 1 ]
 *
 * @throws ShapeError for rows of different lengths and a series that is too short, ValueError for values
 * that are not finite and options out of range
 */
export function windows(
  series: ArrayLike<number> | readonly ArrayLike<number>[],
  options: WindowsOptions,
): Windows {
  const who = "windows";
  checkOptions(who, options ?? null, ["past", "ahead", "stride", "targets", "split", "scale"]);
  const { past, ahead = 1, stride = 1, split = 0.8, scale = true } = options;
  checkCount(who, "past", past);
  checkCount(who, "ahead", ahead);
  checkCount(who, "stride", stride);
  checkNumber(who, "split", split, 0, 1);
  const { values, columns } = rowsOf(series);
  const steps = values.length / columns;
  const { targets = Array.from({ length: columns }, (_, column) => column) } = options;
  for (const target of targets) {
    checkCount(who, "a target", target, 0);
    if (target >= columns)
      throw new ValueError(`${who} expected targets to be columns from 0 to ${columns - 1}, got ${target}`);
  }
  const border = split === 1 ? steps : Math.floor(steps * split);
  if (border < past + ahead)
    throw new ShapeError(
      `${who} expected at least ${past} + ${ahead} steps for training, got ${border} of ${steps}; use a longer series, a smaller past or a larger split`,
    );
  const spread = spreadOf(values, columns, border);
  const means = scale ? spread.means : new Array<number>(columns).fill(0);
  const deviations = scale ? spread.deviations : new Array<number>(columns).fill(1);
  const scaled = values.map((value, i) => (value - means[i % columns]) / deviations[i % columns]);
  const set = (first: number, end: number): WindowSet => {
    const count = end - first < 0 ? 0 : Math.floor((end - first) / stride) + 1;
    const x = new Float32Array(count * past * columns);
    const y = new Float32Array(count * ahead * targets.length);
    for (let i = 0; i < count; i++) {
      const begin = first + i * stride;
      x.set(scaled.subarray(begin * columns, (begin + past) * columns), i * past * columns);
      for (let step = 0; step < ahead; step++)
        targets.forEach((target, j) => {
          y[(i * ahead + step) * targets.length + j] = scaled[(begin + past + step) * columns + target];
        });
    }
    return { x, y, count };
  };
  return {
    train: set(0, border - past - ahead),
    // The first test window may see training steps: what it forecasts begins behind them.
    test: set(border - past, steps - past - ahead),
    inputShape: [past, columns],
    outputShape: [ahead, targets.length],
    means,
    deviations,
    last: Float32Array.from(scaled.subarray((steps - past) * columns)),
    unscale: (forecast) =>
      Float32Array.from(forecast, (value, i) => {
        const column = targets[i % targets.length];
        return value * deviations[column] + means[column];
      }),
  };
}

/** @throws ShapeError, ValueError */
function rowsOf(series: ArrayLike<number> | readonly ArrayLike<number>[]): {
  values: Float64Array;
  columns: number;
} {
  const first: unknown = series?.[0];
  if (first === undefined) throw new ValueError(`windows expected a series, got ${show(series)}`);
  const rows = Array.from(series as ArrayLike<number | ArrayLike<number>>, (row) =>
    typeof row === "number" ? [row] : Array.from(row),
  );
  const columns = rows[0].length;
  const other = rows.findIndex(({ length }) => length !== columns || length === 0);
  if (other >= 0)
    throw new ShapeError(
      `windows expected rows of ${columns} numbers, got ${rows[other].length} in row ${other}`,
    );
  const values = Float64Array.from(rows.flat());
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new ValueError(
      `windows expected finite numbers, got ${values[wrong]} in row ${Math.floor(wrong / columns)}, column ${wrong % columns}; fill or drop gaps first`,
    );
  return { values, columns };
}

/** Means and deviations of the columns of the first steps. A column of one value is left as it is. */
function spreadOf(
  values: Float64Array,
  columns: number,
  steps: number,
): { means: number[]; deviations: number[] } {
  const column = (at: number): number[] =>
    Array.from({ length: steps }, (_, step) => values[step * columns + at]);
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const means = Array.from({ length: columns }, (_, at) => mean(column(at)));
  const deviations = means.map((centre, at) => {
    const deviation = Math.sqrt(mean(column(at).map((value) => (value - centre) * (value - centre))));
    return deviation > 0 ? deviation : 1;
  });
  return { means, deviations };
}
