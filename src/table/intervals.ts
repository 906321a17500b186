import { purposes, RandomStream } from "../core/random.js";
import { r2Of } from "../metrics/formulas.js";
import type { TableTargets } from "./folds.js";
import { rightness } from "./scores.js";

/** The bounds [low, high] of a 95 % interval. */
export type Interval = readonly [low: number, high: number];

/** Of predictions of classes. */
export interface ClassIntervals {
  readonly accuracy: Interval;
}

/** Of predictions of values. */
export interface ValueIntervals {
  readonly r2: Interval;
  readonly rmse: Interval;
  readonly mae: Interval;
}

/** What a score may be on other rows of the same kind: 95 % intervals of the scores that have one. */
export type ScoreIntervals = ClassIntervals | ValueIntervals;

/** The quantile 0.975 of the standard normal distribution. */
const Z = 1.959963984540054;
const DRAWS = 1000;
/**
 * More rows than this are drawn in groups: the interval's width is then known to about 2 %, as from DRAWS.
 */
const MOST_GROUPS = 2000;

/**
 * The 95 % intervals of the scores of outputs, as scoresOf takes them. They say how far scores depend on
 * which rows were tested, not on those that were trained on.
 */
export function intervalsOf(targets: TableTargets, outputs: ArrayLike<number>, seed: number): ScoreIntervals {
  const { labels, values } = targets;
  if (!labels) return bootstrap(values, outputs, seed);
  const right = rightness(labels.length, values, outputs).filter(Boolean).length;
  return { accuracy: wilson(right, values.length) };
}

/**
 * The score interval of a part: `right` of `rows` (Wilson 1927, "Probable inference, the law of succession,
 * and statistical inference"). It holds for few rows, and where all are right.
 */
export function wilson(right: number, rows: number): Interval {
  const square = Z * Z;
  const middle = (right + square / 2) / (rows + square);
  const half = (Z / (rows + square)) * Math.sqrt((right * (rows - right)) / rows + square / 4);
  // Rounding would miss the bounds of none and of all.
  return [right === 0 ? 0 : middle - half, right === rows ? 1 : middle + half];
}

/**
 * The percentile interval of the bootstrap over rows (Efron and Tibshirani 1993, "An introduction to the
 * bootstrap", chapter 13): 1,000 times as many rows are drawn, with repetition, as there are, by the seed.
 */
function bootstrap(actual: readonly number[], outputs: ArrayLike<number>, seed: number): ValueIntervals {
  const groups = Math.min(actual.length, MOST_GROUPS);
  const grouping = new RandomStream(seed, purposes.bootstrap, DRAWS);
  // The values' distance from their mean: the squares of far ones would lose the digits of the spread.
  const middle = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  const sums = Array.from({ length: 5 }, () => new Float64Array(groups));
  const [rows, values, spreads, squares, sizes] = sums;
  actual.forEach((value, row) => {
    const group = groups === actual.length ? row : Math.floor(grouping.uniform(row) * groups);
    const error = value - outputs[row];
    rows[group]++;
    values[group] += value - middle;
    spreads[group] += (value - middle) * (value - middle);
    squares[group] += error * error;
    sizes[group] += Math.abs(error);
  });
  const drawn = { r2: new Float64Array(DRAWS), rmse: new Float64Array(DRAWS), mae: new Float64Array(DRAWS) };
  for (let draw = 0; draw < DRAWS; draw++) {
    const stream = new RandomStream(seed, purposes.bootstrap, draw);
    const counts = new Uint32Array(groups);
    for (let i = 0; i < groups; i++) counts[Math.floor(stream.uniform(i) * groups)]++;
    const [n, value, spread, square, size] = sums.map((each) =>
      each.reduce((sum, part, group) => sum + counts[group] * part, 0),
    );
    const around = spread - (value * value) / n;
    // Where all rows of a draw have one value, rounding leaves a little of what should be 0.
    drawn.r2[draw] = r2Of(square, around > 1e-12 * spread ? around : 0);
    drawn.rmse[draw] = Math.sqrt(square / n);
    drawn.mae[draw] = size / n;
  }
  return { r2: middlePart(drawn.r2), rmse: middlePart(drawn.rmse), mae: middlePart(drawn.mae) };
}

/** The quantiles 0.025 and 0.975 of values, between two of them in proportion. */
function middlePart(values: Float64Array): Interval {
  const sorted = values.slice().sort();
  const quantile = (part: number): number => {
    const place = part * (sorted.length - 1);
    const below = Math.floor(place);
    return sorted[below] + (place - below) * (sorted[Math.ceil(place)] - sorted[below]);
  };
  return [quantile(0.025), quantile(0.975)];
}
