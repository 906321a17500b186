import { cosineOfTurns, exp, log, sineOfTurns } from "../src/core/reproducible-math.js";
import { type BaseValues, naive } from "./season.js";
import { type CalendarPart, type Series, turnOf } from "./series.js";

/**
 * What a network sees of a series, and what it gives: the past of the target beside a naive forecast, other
 * columns and the calendar; and how far the rows ahead are from the naive forecast. A model's file has it.
 */
export interface ForecastPlan extends BaseValues {
  /** Rows that are seen, and rows that are forecast. */
  readonly past: number;
  readonly ahead: number;
  /** Of the target's past, what the network's inputs are divided by; of its outputs, what they are times. */
  readonly inputScale: number;
  readonly outputScale: number;
  /** Whether the logarithm of the target is forecast: of a season that grows with the series. */
  readonly isLog: boolean;
  /** The part of the network's correction that is taken, from 0 for the naive forecast alone to 1. */
  readonly trust: number;
  /** The other columns, with what is subtracted and what they are divided by. */
  readonly others: readonly { readonly name: string; readonly mean: number; readonly deviation: number }[];
  readonly calendar: readonly CalendarPart[];
}

/** Numbers of a row that a network sees. */
export const widthOf = ({ others, calendar }: ForecastPlan): number =>
  1 + others.length + 2 * calendar.length;

/** Rows before the first that can be forecast. */
export const rowsBefore = ({
  base,
  season = 0,
  past,
}: Pick<ForecastPlan, "base" | "season" | "past">): number => past + (base === "season" ? season : 0);

/** A plan by the first rows of a series alone: what comes after them is not looked at. */
export function planOf(
  series: Series,
  rows: number,
  given: Pick<ForecastPlan, "base" | "season" | "past" | "ahead" | "calendar" | "isLog"> & {
    readonly others: readonly string[];
    readonly trust?: number;
  },
): ForecastPlan {
  const known = valuesOf(series, given).subarray(0, rows);
  const { mean } = spreadOf(known);
  const others = given.others.map((name) => ({
    name,
    ...spreadOf(columnOf(series, name).subarray(0, rows)),
  }));
  const plain = { trust: 1, ...given, others, mean, inputScale: 1, outputScale: 1 };
  let [inputs, outputs, seen, forecast] = [0, 0, 0, 0];
  for (let origin = rowsBefore(plain); origin + plain.ahead <= rows; origin++) {
    for (let row = origin - plain.past; row < origin; row++, seen++)
      inputs += square(seenOf(known, row, origin, plain));
    for (let i = 0; i < plain.ahead; i++, forecast++)
      outputs += square(known[origin + i] - naive(known, origin, i, plain));
  }
  const root = (sum: number, count: number) => Math.sqrt(sum / Math.max(1, count)) || 1;
  return { ...plain, inputScale: root(inputs, seen), outputScale: root(outputs, forecast) };
}

/** The target as the network sees it. */
const valuesOf = ({ values }: Series, { isLog }: Pick<ForecastPlan, "isLog">): Float64Array =>
  isLog ? values.map((value) => log(value)) : values;

const square = (value: number): number => value * value;

export function columnOf({ others }: Series, name: string): Float64Array {
  const found = others.find((each) => each.name === name);
  if (!found) throw new Error(`expected the column ${name}, got none`);
  return found.values;
}

function spreadOf(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + square(value - mean), 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** A past value as the base sees it: what it leaves of the value. */
function seenOf(
  values: ArrayLike<number>,
  row: number,
  origin: number,
  { base, season = 1, mean }: BaseValues,
): number {
  const from = base === "mean" ? mean : base === "last" ? values[origin - 1] : values[row - season];
  return values[row] - from;
}

/** Windows as a network takes them: [windows, past, width]. */
export function inputsOf(
  series: Series,
  plan: ForecastPlan,
  origins: readonly number[],
): Float32Array<ArrayBuffer> {
  const { past, others, calendar, inputScale } = plan;
  const width = widthOf(plan);
  const x = new Float32Array(origins.length * past * width);
  const columns = others.map(({ name, mean, deviation }) => ({
    values: columnOf(series, name),
    mean,
    deviation,
  }));
  const { times } = series.axis;
  const known = valuesOf(series, plan);
  let at = 0;
  for (const origin of origins)
    for (let row = origin - past; row < origin; row++) {
      x[at++] = seenOf(known, row, origin, plan) / inputScale;
      for (const { values, mean, deviation } of columns) x[at++] = (values[row] - mean) / deviation;
      for (const part of calendar) {
        const turn = turnOf(part, times?.[row] ?? 0);
        x[at++] = cosineOfTurns(turn);
        x[at++] = sineOfTurns(turn);
      }
    }
  return x;
}

/** What the network is to give for these windows: [windows, ahead]. */
export function targetsOf(
  series: Series,
  plan: ForecastPlan,
  origins: readonly number[],
): Float32Array<ArrayBuffer> {
  const { ahead, outputScale } = plan;
  const values = valuesOf(series, plan);
  const y = new Float32Array(origins.length * ahead);
  origins.forEach((origin, i) => {
    for (let step = 0; step < ahead; step++)
      y[i * ahead + step] = (values[origin + step] - naive(values, origin, step, plan)) / outputScale;
  });
  return y;
}

/** Outputs of the network as values of the series: [windows, ahead]. */
export function forecastsOf(
  series: Series,
  plan: ForecastPlan,
  origins: readonly number[],
  outputs: ArrayLike<number>,
): Float64Array {
  const { ahead, outputScale, trust, isLog } = plan;
  const values = valuesOf(series, plan);
  const found = new Float64Array(origins.length * ahead);
  origins.forEach((origin, i) => {
    for (let step = 0; step < ahead; step++) {
      const correction = outputs[i * ahead + step] * outputScale * trust;
      const value = naive(values, origin, step, plan) + correction;
      found[i * ahead + step] = isLog ? exp(value) : value;
    }
  });
  return found;
}
