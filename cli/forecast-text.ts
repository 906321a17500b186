import { csvLine } from "../src/distributed/score/lines.js";
import { counted, grouped } from "./figures.js";
import type { Errors, TrainedForecaster } from "./forecaster.js";
import { type Base, baseNames } from "./season.js";
import type { Series } from "./series.js";
import { textTable } from "./text-table.js";

/** Forecasts and their scores as people and programs read them. */

/** Rows of a forecast that are printed at most; the file has all. */
const MOST_ROWS = 60;

/** Nine digits identify a float32. */
const exactly = (value: number): number => Number(value.toPrecision(9));

const figure = (value: number): string => (Math.abs(value) < 10_000 ? value.toPrecision(4) : grouped(value));

/** The naive forecast that errs least, and whether it errs less than the network. */
export function outcomeOf({ scores, baselines }: TrainedForecaster): {
  bestNaive: Base | undefined;
  naiveWins: boolean | undefined;
} {
  const found = Object.entries(baselines) as [Base, Errors][];
  if (!scores || found.length === 0) return { bestNaive: undefined, naiveWins: undefined };
  const [name, errors] = found.reduce((best, each) => (each[1].mae < best[1].mae ? each : best));
  return { bestNaive: name, naiveWins: errors.mae <= scores.mae };
}

/** The scores beside those of the naive forecasts, and what follows. */
export function scoreLines(trained: TrainedForecaster): string {
  const { scores, baselines, rows, windows, plan } = trained;
  if (!scores) return "no rows were held out: no score";
  const line = (name: string, { mae, rmse }: Errors) => [`  ${name}`, figure(mae), figure(rmse)];
  const rowsOfTable = [
    ["", "MAE", "RMSE"],
    line("the network", scores),
    ...Object.entries(baselines).map(([base, errors]) => line(baseNames[base as Base], errors)),
  ];
  const { bestNaive } = outcomeOf(trained);
  const best = bestNaive && baselines[bestNaive];
  const verdict = best && bestNaive ? verdictOf(scores, best, baseNames[bestNaive]) : "";
  return `the last ${counted(rows, "row")} held out, ${counted(windows, "forecast")} of ${counted(plan.ahead, "row")} by a network that learned from the rows before\n\n${textTable(rowsOfTable, (column) => column > 0)}\n\n${verdict}\nthe network that is written learned from all rows, for as long`;
}

function verdictOf(network: Errors, best: Errors, name: string): string {
  if (network.mae < best.mae)
    return `the network errs ${Math.floor(100 * (1 - network.mae / best.mae))} % less than the best naive forecast, ${name}`;
  if (network.mae === best.mae) return `the network is no better than the best naive forecast, ${name}`;
  return `the naive forecast wins: ${name} errs by ${figure(best.mae)} where the network errs by ${figure(network.mae)}; do not use the network for this series`;
}

/** A forecast as CSV, or as a JSON object a line. */
export function forecastLines(series: Series, forecast: Float64Array, json: boolean): string {
  const names = [series.axis.name ?? "row", series.target];
  const times = series.axis.next(forecast.length);
  const values = Array.from(forecast, exactly);
  if (json)
    return times
      .map((time, i) => `${JSON.stringify({ [names[0]]: time, [names[1]]: values[i] })}\n`)
      .join("");
  return [names, ...times.map((time, i) => [time, String(values[i])])].map(csvLine).join("");
}

/** A forecast for people. */
export function forecastTable(series: Series, forecast: Float64Array): string {
  const times = series.axis.next(forecast.length).slice(0, MOST_ROWS);
  const rows = times.map((time, i) => [`  ${time}`, figure(forecast[i])]);
  const more = forecast.length - rows.length;
  const table = textTable(
    [[`  ${series.axis.name ?? "row"}`, series.target], ...rows],
    (column) => column > 0,
  );
  return more > 0 ? `${table}\n  and ${counted(more, "more row")}` : table;
}
