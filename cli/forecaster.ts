import { adamw, add, type Backend, dense, flatten, gru, input, Model } from "lanewise";
import {
  type ForecastPlan,
  forecastsOf,
  inputsOf,
  planOf,
  rowsBefore,
  targetsOf,
  widthOf,
} from "./forecast-plan.js";
import { type Base, type BaseValues, naive, seasonOf } from "./season.js";
import { calendarOf, type Series } from "./series.js";
import type { SeriesSettings } from "./series-settings.js";

/** Trains forecasters and scores them on held-out rows. */

const UNITS = [16];
const LEARNING_RATE = 0.002;
const BATCH = 32;
/** Steps of a training, and the bounds of its epochs. */
const STEPS = 4000;
const [LEAST_EPOCHS, MOST_EPOCHS] = [10, 200];
/** The patience of early stopping: both in epochs and in steps. */
const [PATIENT_EPOCHS, PATIENT_STEPS] = [5, 300];
/** Windows that an epoch takes at most: those of a long series are much alike. */
const MOST_WINDOWS = 4000;
/** Rows that are seen by default, at least and at most. */
const [LEAST_PAST, MOST_PAST] = [4, 200];
/** Windows to learn from, at least: fewer teach nothing. */
const LEAST_WINDOWS = 8;
/** The part of what is not held out that chooses when training stops, and what the forecast goes out from. */
const CHOOSING = 0.2;

/** The mean absolute error and the root of the mean squared one. */
export interface Errors {
  readonly mae: number;
  readonly rmse: number;
}

/** A forecaster, and how good it is. */
export interface TrainedForecaster {
  /** Learned from all rows. */
  readonly model: Model;
  readonly plan: ForecastPlan;
  /** The epochs that were best. */
  readonly epochs: number;
  /** Rows that are scored, and the forecasts of them. */
  readonly rows: number;
  readonly windows: number;
  /** On the last rows, of a network that learned from those before. Undefined where none are held out. */
  readonly scores: Errors | undefined;
  /** The naive forecasts of the same rows. */
  readonly baselines: Readonly<Partial<Record<Base, Errors>>>;
}

/** Rows from the first on: to learn from, and to learn from and choose by. */
interface Borders {
  readonly learning: number;
  readonly choosing: number;
}

/** Trains on a series. Throws an Error for one that is too short. */
export async function trainForecaster(
  backend: Backend,
  series: Series,
  settings: SeriesSettings,
  onProgress: (done: number) => void,
): Promise<TrainedForecaster> {
  const { ahead, validation } = settings;
  const rows = series.values.length;
  const held = validation === 0 ? 0 : Math.max(ahead, Math.round(validation * rows));
  const choosing = rows - held;
  const borders = { choosing, learning: choosing - Math.max(ahead, Math.round(CHOOSING * choosing)) };
  const { season, past } = shapeOf(series, settings, borders);
  const bases = basesOf(season);
  const calendar = calendarOf(series.axis, borders.learning);
  const base = best(series, bases, { season, past, ahead }, borders);
  const common = { base, season, past, ahead, calendar };
  const names = series.others.map(({ name }) => name);
  const canLog = series.values.every((value) => value > 0);
  const trainings = 1 + Number(canLog) + Number(names.length > 0) + (held > 0 ? 2 : 1);
  let done = 0;
  const progress = (part: number) => onProgress((done + part) / trainings);
  const candidate = async (how: Pick<ForecastPlan, "isLog"> & { others: readonly string[] }) => {
    const plan = planOf(series, borders.learning, { ...common, ...how });
    const fit = await fitted(backend, series, plan, settings, borders, progress);
    const judged = judge(fit.model, series, plan, borders);
    fit.model.dispose();
    done++;
    return { ...how, ...judged, epochs: fit.epochs };
  };
  const better = <Of extends { readonly error: number }>(one: Of, other: Of) =>
    other.error < one.error ? other : one;
  let chosen = await candidate({ isLog: false, others: [] });
  if (canLog) chosen = better(chosen, await candidate({ isLog: true, others: [] }));
  if (names.length > 0) chosen = better(chosen, await candidate({ isLog: chosen.isLog, others: names }));
  const { others, isLog, trust, epochs } = chosen;
  const train = async (until: number) => {
    const plan = planOf(series, until, { ...common, others, isLog, trust });
    const { model } = await fitted(
      backend,
      series,
      plan,
      { ...settings, epochs },
      { learning: until },
      progress,
    );
    done++;
    return { plan, model };
  };
  const origins = span(choosing, rows - ahead);
  let scores: Errors | undefined;
  if (held > 0) {
    const { plan, model } = await train(choosing);
    scores = errorsOf(series, ahead, origins, forecastsWith(model, series, plan, origins));
    model.dispose();
  }
  const mean = series.values.subarray(0, choosing).reduce((sum, value) => sum + value, 0) / choosing;
  const baselines = Object.fromEntries(
    (held > 0 ? bases : []).map((each) => [
      each,
      errorsOf(series, ahead, origins, naiveForecasts(series, ahead, origins, { base: each, season, mean })),
    ]),
  );
  return {
    ...(await train(rows)),
    epochs,
    rows: held,
    windows: held > 0 ? origins.length : 0,
    scores,
    baselines,
  };
}

/**
 * How far a model errs on the rows to choose by, and how much of its correction of the naive forecast makes
 * that least.
 */
function judge(
  model: Model,
  series: Series,
  plan: ForecastPlan,
  { learning, choosing }: Borders,
): { trust: number; error: number } {
  const origins = span(learning, choosing - plan.ahead);
  const corrections = model.predict(inputsOf(series, plan, origins));
  const wanted = targetsOf(series, plan, origins);
  let [both, own] = [0, 0];
  corrections.forEach((correction, i) => {
    both += correction * wanted[i];
    own += correction * correction;
  });
  const trust = own > 0 ? Math.min(1, Math.max(0, both / own)) : 0;
  const forecasts = forecastsOf(series, { ...plan, trust }, origins, corrections);
  return { trust, error: errorsOf(series, plan.ahead, origins, forecasts).rmse };
}

const basesOf = (season: number | undefined): Base[] =>
  season === undefined ? ["last", "mean"] : ["last", "season", "mean"];

/** The season, and the rows that the network sees. Throws an Error for a series that is too short. */
function shapeOf(
  { values, axis }: Series,
  { data, ahead, season: asked, window }: SeriesSettings,
  { learning }: Borders,
): { season: number | undefined; past: number } {
  const season =
    asked === 0 ? undefined : (asked ?? seasonOf(values.subarray(0, Math.max(0, learning)), axis.seasons));
  const wanted = Math.max(2 * ahead, season !== undefined && season <= MOST_PAST ? season : 0);
  // A season that is found leaves room for two thirds of the windows.
  const room = Math.floor((learning - ahead - (season ?? 0)) / 3);
  const past = window ?? Math.max(LEAST_PAST, Math.min(wanted, MOST_PAST, room));
  const least = past + ahead + (season ?? 0) + LEAST_WINDOWS - 1;
  if (learning >= least) return { season, past };
  throw new Error(
    `${data}: expected at least ${least} rows to learn from, with a forecast of ${ahead} rows${season === undefined ? "" : `, a season of ${season}`} and ${past} rows before it, got ${Math.max(0, learning)} of ${values.length}; a longer series, a smaller --forecast${season === undefined ? "" : ", --season 0"} or a smaller --validation helps`,
  );
}

/** The base whose naive forecast is the best of the rows to choose by. */
function best(
  series: Series,
  bases: readonly Base[],
  { season, past, ahead }: { season: number | undefined; past: number; ahead: number },
  { learning, choosing }: Borders,
): Base {
  const origins = span(Math.max(learning, rowsBefore({ base: "season", season, past })), choosing - ahead);
  const mean = series.values.subarray(0, learning).reduce((sum, value) => sum + value, 0) / learning;
  const errors = bases.map((base) => ({
    base,
    ...errorsOf(series, ahead, origins, naiveForecasts(series, ahead, origins, { base, season, mean })),
  }));
  return errors.reduce((most, each) => (each.rmse < most.rmse ? each : most)).base;
}

/** The numbers from the first to the last. */
const span = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

function naiveForecasts(
  { values }: Series,
  ahead: number,
  origins: readonly number[],
  base: BaseValues,
): Float64Array {
  const found = new Float64Array(origins.length * ahead);
  origins.forEach((origin, i) => {
    for (let step = 0; step < ahead; step++) found[i * ahead + step] = naive(values, origin, step, base);
  });
  return found;
}

function errorsOf(
  { values }: Series,
  ahead: number,
  origins: readonly number[],
  forecasts: Float64Array,
): Errors {
  let [absolute, squared] = [0, 0];
  forecasts.forEach((forecast, at) => {
    const error = forecast - values[origins[Math.floor(at / ahead)] + (at % ahead)];
    absolute += Math.abs(error);
    squared += error * error;
  });
  return { mae: absolute / forecasts.length, rmse: Math.sqrt(squared / forecasts.length) };
}

/** What a model forecasts from each origin, in the units of the series: [origins, ahead]. */
export function forecastsWith(
  model: Pick<Model, "predict">,
  series: Series,
  plan: ForecastPlan,
  origins: readonly number[],
): Float64Array {
  return forecastsOf(series, plan, origins, model.predict(inputsOf(series, plan, origins)));
}

/**
 * A GRU, and beside it a straight line from the past to what comes. Both give 0 at first, which is the naive
 * forecast.
 */
function networkFor(backend: Backend, plan: ForecastPlan, { hidden = UNITS, seed }: SeriesSettings): Model {
  const seen = input([plan.past, widthOf(plan)]);
  let memory = seen;
  for (const [i, units] of hidden.entries())
    memory = gru(units, { returnSequences: i + 1 < hidden.length }).apply(memory);
  const outputs = [memory, flatten().apply(seen)].map((from) =>
    dense(plan.ahead, { kernelInitializer: "zeros" }).apply(from),
  );
  return new Model(backend, { inputs: seen, outputs: add().apply(outputs), seed });
}

/** A network that learned, as long as the rows to choose by got better, where there are such. */
async function fitted(
  backend: Backend,
  series: Series,
  plan: ForecastPlan,
  settings: SeriesSettings,
  { learning, choosing }: { readonly learning: number; readonly choosing?: number },
  onProgress: (done: number) => void,
): Promise<{ model: Model; epochs: number }> {
  const { ahead } = plan;
  const all = span(rowsBefore(plan), learning - ahead);
  const stride = Math.ceil(all.length / MOST_WINDOWS);
  const origins = all.filter((_, i) => (all.length - 1 - i) % stride === 0);
  const choices = choosing === undefined ? [] : span(learning, choosing - ahead);
  const batchSize = settings.batchSize ?? BATCH;
  const steps = Math.ceil(origins.length / batchSize);
  const epochs = settings.epochs ?? Math.min(Math.max(Math.ceil(STEPS / steps), LEAST_EPOCHS), MOST_EPOCHS);
  const model = networkFor(backend, plan, settings);
  const history = await model.fit(inputsOf(series, plan, origins), targetsOf(series, plan, origins), {
    loss: "meanSquaredError",
    optimizer: adamw({
      learningRate: settings.learningRate ?? LEARNING_RATE,
      weightDecay: settings.weightDecay,
      clipNorm: 1,
    }),
    epochs,
    batchSize,
    ...(choices.length > 0 && {
      validationData: [inputsOf(series, plan, choices), targetsOf(series, plan, choices)] as const,
      earlyStopping: { patience: Math.max(PATIENT_EPOCHS, Math.ceil(PATIENT_STEPS / steps)) },
    }),
    onEpochEnd: ({ epoch }) => onProgress(epoch / epochs),
  });
  const { bestEpoch = history.epochs.length } = history;
  return { model, epochs: bestEpoch };
}
