import { createBackend } from "lanewise";
import { parseSafetensors } from "../src/files/safetensors.js";
import { forecastAfter, forecastOf } from "./forecast-model.js";
import { forecastLines } from "./forecast-text.js";
import { readModel } from "./predictor.js";
import { naming, readFile } from "./read-file.js";
import { seriesOf } from "./series.js";
import { type Reading, wholeTable } from "./table-file.js";
import type { ThreadCount } from "./threads.js";

/** Whether a file is a model that forecasts. What is no model is none: whoever reads it says why. */
export function isForecaster(path: string): boolean {
  try {
    return parseSafetensors(readFile(path), "model").metadata.task === "forecast";
  } catch {
    return false;
  }
}

/** The rows that come after a table, as text. Throws an Error that names a file. */
export async function forecastText(
  path: string,
  data: string,
  { reading, json, threads }: { reading: Reading; json: boolean; threads: ThreadCount },
): Promise<string> {
  const { model } = await readModel(await createBackend({ threads }), path);
  const plan = await naming(path, () => forecastOf(model));
  const table = await wholeTable(data, reading);
  const say = (sentence: string) => console.error(sentence);
  const asked = { ...plan, others: plan.others.map(({ name }) => name) };
  const series = seriesOf(table, asked, say);
  for (const note of [...table.notes, ...series.notes]) say(note);
  return forecastLines(series, forecastAfter(data, model, plan, series), json);
}
