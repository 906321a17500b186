import { createBackend, saveModel } from "lanewise";
import { counted } from "./figures.js";
import { forecastAfter, forecastMetadata } from "./forecast-model.js";
import { forecastLines, forecastTable, outcomeOf, scoreLines } from "./forecast-text.js";
import { type TrainedForecaster, trainForecaster } from "./forecaster.js";
import { hashOfWeights } from "./hash.js";
import { baseNames } from "./season.js";
import { type Series, seriesOf } from "./series.js";
import type { SeriesSettings } from "./series-settings.js";
import { wholeTable } from "./table-file.js";
import { checkNoFolder, writeKeeping } from "./whole-file.js";
import { withProgress } from "./work-progress.js";

/** Trains a forecaster on a table that is a time series, says how good it is, and writes the forecast. */
export async function trainSeries(settings: SeriesSettings): Promise<void> {
  const { data, seed, out, forecasts: path, force, json, ahead } = settings;
  for (const file of [out, path]) checkNoFolder(file);
  const say = json ? console.error : console.log;
  const warn = (sentence: string) => console.error(sentence);
  const table = await wholeTable(data, settings.reading);
  const series = seriesOf(table, settings, warn);
  const { target, axis } = series;
  for (const note of [...table.notes, ...series.notes]) say(note);
  const began = performance.now();
  const backend = await createBackend({ variant: settings.variant, threads: settings.threads });
  const trained = await withProgress("training", (onProgress) =>
    trainForecaster(backend, series, settings, onProgress),
  );
  const { model, plan, scores, baselines, epochs } = trained;
  const outcome = outcomeOf(trained);
  model.metadata.task = "forecast";
  model.metadata.target = target;
  model.metadata.forecast = forecastMetadata(series, plan, settings.columns);
  if (scores) model.metadata.scores = JSON.stringify({ of: "heldOut", rows: trained.rows, ...scores });
  const file = saveModel(model);
  const forecast = forecastAfter(data, model, plan, series);
  writeKeeping(out, file, force, warn);
  writeKeeping(path, forecastLines(series, forecast, false), force, warn);
  const seconds = (performance.now() - began) / 1000;
  if (json) {
    const inputs = { target, inputs: plan.others.map(({ name }) => name), calendar: plan.calendar };
    const times = axis.next(ahead);
    const facts = {
      ...{ data, task: "forecast", ...inputs, rows: series.values.length, ahead, window: plan.past },
      ...{ season: plan.season, base: plan.base, logarithms: plan.isLog, trust: plan.trust },
      ...{ parameters: model.parameterCount, epochs, seed },
      ...{ variant: backend.variant, seconds, heldOut: trained.rows, scores, baselines, ...outcome },
      forecast: Array.from(forecast, (value, i) => ({ time: times[i], value })),
      ...{ forecasts: path, model: out, bytes: file.length, sha256: hashOfWeights(model) },
    };
    console.log(JSON.stringify(facts));
    return;
  }
  describe(series, trained, settings, say);
  say(`${seconds.toFixed(1)} s, ${backend.variant} build\n`);
  say(scoreLines(trained));
  say(`\n${forecastTable(series, forecast)}\n`);
  say(`wrote ${path} and ${out}, ${counted(file.length, "byte")}`);
}

/** Says what was made of the series, and what of it the network takes. */
function describe(
  { target, values, axis, others }: Series,
  { plan, model, epochs }: TrainedForecaster,
  settings: SeriesSettings,
  say: (sentence: string) => void,
): void {
  const by = axis.name === undefined ? "as they come" : `by ${axis.name}: ${axis.step}`;
  say(`series: ${target}, ${counted(values.length, "row")} ${by}`);
  const found = settings.season === undefined ? ", found in the training rows" : "";
  say(
    plan.season === undefined
      ? `season: none${settings.season === undefined ? " that is evident; --season gives one" : ""}`
      : `season: ${counted(plan.season, "row")}${found}`,
  );
  const left = others.filter(({ name }) => !plan.others.some((other) => other.name === name));
  const seen = [target, ...plan.others.map(({ name }) => name), ...plan.calendar.map((part) => WORDS[part])];
  const useless = left.length > 0 ? `; ${left.map(({ name }) => name).join(", ")} did not help` : "";
  say(`inputs: ${seen.join(", ")}, ${counted(plan.past, "row")} back${useless}`);
  const log = plan.isLog ? ", in logarithms" : "";
  say(
    `network: a GRU and a linear part, ${counted(model.parameterCount, "parameter")}, correct ${baseNames[plan.base]}${log}; ${counted(epochs, "epoch")}`,
  );
}

const WORDS = {
  dayOfYear: "the day of the year",
  dayOfWeek: "the day of the week",
  hour: "the hour",
} as const;
