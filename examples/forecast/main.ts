import { adam, createBackend, dense, gru, Sequential, schedules } from "lanewise";
import { windows } from "lanewise/text";
import { runCommand } from "../../cli/command.js";
import { hashOfWeights } from "../../cli/hash.js";
import { wholeNumber } from "../../cli/options.js";
import { textTable } from "../../cli/text-table.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, type Line, type Panel } from "../plot.js";
import { type Day, readDays, toRow, usual } from "./days.js";

const PAST = 30;
const AHEAD = 7;
const BATCH = 32;
const SPLIT = 0.75;

const colors: Readonly<Record<string, string>> = {
  measured: "#c9ced6",
  network: "#1a7f37",
  "as today": "#c9510c",
  "as usual": "#1f6feb",
};

/** Forecasts the temperatures of a week. */
await runCommand({
  name: "npm run example:forecast --",
  description: "Trains a GRU to forecast the highest temperatures of the next 7 days, and draws its errors.",
  options: {
    epochs: { type: "string", valueHint: "N", description: "times that training goes through the days (10)" },
    seed: { type: "string", valueHint: "N", description: "decides weights and shuffles (1)" },
  },
  async run(args) {
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const epochs = wholeNumber("epochs", args.epochs, 1) ?? 10;
    const days = readDays();
    // Column 0, the highest temperature, is forecast from all of them; the last of four years is the test.
    const { train, test, inputShape, unscale } = windows(days.map(toRow), {
      past: PAST,
      ahead: AHEAD,
      targets: [0],
      split: SPLIT,
    });
    const backend = await createBackend();
    const model = new Sequential(backend, {
      inputShape: [...inputShape],
      seed,
      layers: [gru(32), dense(AHEAD)],
    });
    console.log(`${model.summary()}\n`);
    console.log(`training on ${train.count} windows, testing on ${test.count}\n`);
    const begin = performance.now();
    const steps = epochs * Math.ceil(train.count / BATCH);
    await model.fit(train.x, train.y, {
      loss: "meanAbsoluteError",
      optimizer: adam({ learningRate: schedules.cosine({ learningRate: 0.003, steps }), clipNorm: 1 }),
      epochs,
      batchSize: BATCH,
    });
    const seconds = (performance.now() - begin) / 1000;

    const truth = unscale(test.y);
    const first = Math.floor(days.length * SPLIT);
    const forecasts = {
      network: unscale(model.predict(test.x)),
      "as today": forecastBy(test.count, (window) => days[first + window - 1].highest),
      "as usual": usually(days, first, test.count),
    };
    const errors = Object.entries(forecasts).map(([name, forecast]) => ({
      name,
      each: errorsOf(forecast, truth),
    }));
    const names = Array.from({ length: AHEAD }, (_, day) => `day ${day + 1}`);
    const rows = errors.map(({ name, each }) => [
      name,
      ...each.map((error) => error.toFixed(2)),
      mean(each).toFixed(2),
    ]);
    console.log("mean absolute error, in degrees Celsius\n");
    console.log(`${textTable([["forecast", ...names, "mean"], ...rows], (column) => column > 0)}\n`);

    const path = "out/forecast.svg";
    const panels = [errorPanel(errors), seriesPanel(truth, forecasts)];
    writeWhole(path, drawPanels("A network forecasts the weather of Seattle", panels));
    console.log(`wrote ${path}`);
    console.log(
      `${(100 * (1 - mean(errors[0].each) / mean(errors[1].each))).toFixed(1)} % less error than as today, after ${seconds.toFixed(1)} s`,
    );
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});

/** A forecast of each test window, for each of the days ahead. */
function forecastBy(count: number, forecast: (window: number, day: number) => number): Float32Array {
  return Float32Array.from({ length: count * AHEAD }, (_, i) => forecast(Math.floor(i / AHEAD), i % AHEAD));
}

/** The means of the years before. */
function usually(days: readonly Day[], first: number, count: number): Float32Array {
  const mean = usual(days.slice(0, first));
  return forecastBy(count, (window, day) => mean(days[first + window + day].dayOfYear));
}

/** The mean absolute error for each of the days ahead. */
function errorsOf(forecast: Float32Array, truth: Float32Array): number[] {
  return Array.from({ length: AHEAD }, (_, day) =>
    mean(Array.from(forecast, (value, i) => Math.abs(value - truth[i])).filter((_, i) => i % AHEAD === day)),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function errorPanel(errors: readonly { name: string; each: readonly number[] }[]): Panel {
  return {
    title: "Errors",
    axes: [
      { name: "days ahead", range: [1, AHEAD], interval: 1 },
      { name: "mean absolute error (°C)", range: [0, 5] },
    ],
    lines: errors.map(({ name, each }) => ({
      name,
      points: each.map((error, day) => [day + 1, error]),
      color: colors[name],
      width: 2,
    })),
  };
}

/** The test year, and what was forecast for each day three days before. */
function seriesPanel(truth: Float32Array, forecasts: Readonly<Record<string, Float32Array>>): Panel {
  const DAY = 2;
  const line = (name: string, values: Float32Array, width: number): Line => ({
    name,
    points: Array.from(
      values.filter((_, i) => i % AHEAD === DAY),
      (value, i) => [i, value] as const,
    ),
    color: colors[name],
    width,
  });
  return {
    title: `${DAY + 1} days ahead`,
    axes: [
      { name: "day of the test", range: [0, truth.length / AHEAD] },
      { name: "highest temperature (°C)" },
    ],
    lines: [
      line("measured", truth, 3),
      line("network", forecasts.network, 1.5),
      line("as usual", forecasts["as usual"], 1),
    ],
  };
}
