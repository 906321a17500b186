/** How a series repeats itself, and forecasts that take no network. */

/** The autocorrelation from which a season is evident, and how far it lies above the least before it. */
const [EVIDENT, ABOVE] = [0.3, 0.3];
/** A shorter season with this part of the autocorrelation of a longer one is the season. */
const NEARLY = 0.9;
/** Lags that are looked at, and rows, from the end: more take long and tell no more. */
const [MOST_LAGS, MOST_ROWS] = [1000, 20_000];
/** How far a season may be off what the calendar has. */
const OFF = 0.03;

/**
 * The rows after which a series repeats itself, where that is evident: the highest peak of the
 * autocorrelation without the straight line through the series. It must fit in two and a half times. `known`:
 * what the calendar has, which a peak nearby is taken for.
 */
export function seasonOf(series: Float64Array, known: readonly number[]): number | undefined {
  const values = withoutLine(series.subarray(Math.max(0, series.length - MOST_ROWS)));
  const lags = Math.min(MOST_LAGS, Math.floor(values.length / 2.5));
  const at: number[] = [1];
  for (let lag = 1; lag <= lags + 1; lag++) at.push(correlation(values, lag));
  let least = 1;
  const peaks: number[] = [];
  for (let lag = 1; lag <= lags; lag++) {
    least = Math.min(least, at[lag]);
    const isPeak = at[lag] >= at[lag - 1] && at[lag] >= at[lag + 1];
    if (lag > 1 && isPeak && at[lag] >= EVIDENT && at[lag] - least >= ABOVE) peaks.push(lag);
  }
  if (peaks.length === 0) return undefined;
  let season = peaks.reduce((best, lag) => (at[lag] > at[best] ? lag : best));
  const shorter = peaks.find((lag) => lag < season / 1.5 && at[lag] >= NEARLY * at[season]);
  season = shorter ?? season;
  return known.find((each) => Math.abs(each - season) <= OFF * each) ?? season;
}

function withoutLine(values: Float64Array): Float64Array {
  const n = values.length;
  const middle = (n - 1) / 2;
  let [sum, moment, square] = [0, 0, 0];
  values.forEach((value, i) => {
    sum += value;
    moment += value * (i - middle);
    square += (i - middle) * (i - middle);
  });
  const [mean, slope] = [sum / n, square > 0 ? moment / square : 0];
  return values.map((value, i) => value - mean - slope * (i - middle));
}

/** Of a series with itself some rows before. */
function correlation(values: Float64Array, lag: number): number {
  let [product, before, after] = [0, 0, 0];
  for (let i = lag; i < values.length; i++) {
    product += values[i] * values[i - lag];
    before += values[i - lag] * values[i - lag];
    after += values[i] * values[i];
  }
  const scale = Math.sqrt(before * after);
  return scale > 0 ? product / scale : 0;
}

/** What a forecast goes out from: the last value, the value a season before, or the mean. */
export type Base = "last" | "season" | "mean";

/** What a base is, for people. */
export const baseNames: Readonly<Record<Base, string>> = {
  last: "the last value",
  season: "the value a season before",
  mean: "the mean",
};

/** What a base is made of. */
export interface BaseValues {
  readonly base: Base;
  /** For the base "season". */
  readonly season: number | undefined;
  /** For the base "mean": that of what was learned from. */
  readonly mean: number;
}

/** The naive forecast of the row `ahead` rows after `origin`, the first row that is not known. */
export function naive(
  values: ArrayLike<number>,
  origin: number,
  ahead: number,
  { base, season = 1, mean }: BaseValues,
): number {
  if (base === "mean") return mean;
  return base === "last" ? values[origin - 1] : values[origin - season + (ahead % season)];
}
