import { FormatError, type Model } from "lanewise";
import { type ForecastPlan, rowsBefore } from "./forecast-plan.js";
import { forecastsWith } from "./forecaster.js";
import type { Series, SeriesColumns } from "./series.js";

/** What the file of a forecaster says of its series: the entry `forecast` of its metadata. */
export interface ForecastMetadata extends ForecastPlan {
  readonly target: string;
  /** What columns are, where that was asked for. */
  readonly columns: SeriesColumns["columns"];
}

export const forecastMetadata = (
  { target }: Series,
  plan: ForecastPlan,
  columns: SeriesColumns["columns"],
): string => JSON.stringify({ target, columns, ...plan } satisfies ForecastMetadata);

/** What the file of a forecaster says. @throws FormatError */
export function forecastOf({ metadata }: Pick<Model, "metadata">): ForecastMetadata {
  try {
    const { others, calendar, ...plan }: ForecastMetadata = JSON.parse(metadata.forecast);
    if ([plan.past, plan.ahead].every(Number.isInteger)) return { ...plan, others: [...others], calendar };
  } catch {
    // What is no JSON, or lacks an entry, is told below.
  }
  throw new FormatError("expected a model that lanewise train --forecast wrote, whose file says of what");
}

/** The rows that come after a series. Throws an Error for one that is too short. */
export function forecastAfter(path: string, model: Model, plan: ForecastPlan, series: Series): Float64Array {
  const { length } = series.values;
  const least = rowsBefore(plan);
  if (length < least)
    throw new Error(`${path}: expected at least ${least} rows to forecast from, got ${length}`);
  return forecastsWith(model, series, plan, [length]);
}
