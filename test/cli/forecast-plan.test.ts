import { createBackendSync } from "lanewise";
import { describe, expect, it } from "vitest";
import { forecastsOf, inputsOf, planOf, targetsOf, widthOf } from "../../cli/forecast-plan.js";
import { trainForecaster } from "../../cli/forecaster.js";
import { calendarOf, type Series, turnOf } from "../../cli/series.js";
import type { SeriesSettings } from "../../cli/series-settings.js";
import { countedAxis, dateAxis, timeOf } from "../../cli/time-axis.js";
import { Random } from "../support/random.js";

const random = new Random(3);
const ROWS = 60;
const values = Float64Array.from({ length: ROWS }, (_, i) => 20 + (i % 5) + random.integer(100) / 50);
const other = Float64Array.from({ length: ROWS }, () => random.integer(100));
const times = Float64Array.from(
  { length: ROWS },
  (_, i) => (timeOf("2024-01-01", "iso") ?? 0) + i * 86_400_000,
);
const series: Series = {
  target: "y",
  values,
  others: [{ name: "u", values: other }],
  axis: dateAxis("when", times, "iso"),
  notes: [],
};
const given = { past: 6, ahead: 4, season: 5, calendar: [], others: ["u"], isLog: false } as const;
const mean = (of: ArrayLike<number>): number => Array.from(of).reduce((a, b) => a + b) / of.length;
const rms = (of: readonly number[]): number => Math.sqrt(mean(of.map((value) => value * value)));

describe("what a forecaster sees", () => {
  it.each([
    ["last", (row: number, origin: number) => values[row] - values[origin - 1]],
    ["season", (row: number) => values[row] - values[row - 5]],
    ["mean", (row: number) => values[row] - mean(values.subarray(0, 40))],
  ] as const)(
    "beside %s: the past of the target from there, and other columns, scaled by the first rows",
    (base, seen) => {
      const plan = planOf(series, 40, { ...given, base });
      const before = base === "season" ? 11 : 6;
      const origins = Array.from({ length: 40 - 4 - before + 1 }, (_, i) => before + i);
      const past = (origin: number) => Array.from({ length: 6 }, (_, i) => origin - 6 + i);
      const all = origins.flatMap((origin) => past(origin).map((row) => seen(row, origin)));
      expect(plan.inputScale).toBeCloseTo(rms(all), 10);
      const first = mean(other.subarray(0, 40));
      const deviation = rms(Array.from(other.subarray(0, 40), (value) => value - first));
      // The last window reaches behind the rows that the plan is by.
      const x = inputsOf(series, plan, [50, 60]);
      const expected = [50, 60].flatMap((origin) =>
        past(origin).flatMap((row) => [seen(row, origin) / rms(all), (other[row] - first) / deviation]),
      );
      for (const [i, value] of x.entries()) expect(value).toBeCloseTo(expected[i], 5);
      expect([x.length, widthOf(plan)]).toEqual([24, 2]);
    },
  );

  it("is what the rows before say: later ones change nothing", () => {
    const later = { ...series, values: values.map((value, i) => (i < 40 ? value : 1e6)) };
    for (const base of ["last", "season", "mean"] as const)
      expect(planOf(later, 40, { ...given, base })).toEqual(planOf(series, 40, { ...given, base }));
  });

  it("has the calendar as points on circles", () => {
    const plan = planOf(series, 40, { ...given, base: "last", others: [], calendar: ["dayOfWeek"] });
    const x = inputsOf(series, plan, [6]);
    // The first of January 2024 is a Monday.
    for (let row = 0; row < 6; row++) {
      expect(x[row * 3 + 1]).toBeCloseTo(Math.cos((2 * Math.PI * row) / 7), 6);
      expect(x[row * 3 + 2]).toBeCloseTo(Math.sin((2 * Math.PI * row) / 7), 6);
    }
  });

  it("has parts of the calendar that come round twice, in more than two steps", () => {
    expect(calendarOf(series.axis, 14)).toEqual([]);
    expect(calendarOf(series.axis, 15)).toEqual(["dayOfWeek"]);
    expect(calendarOf(countedAxis(100), 100)).toEqual([]);
    const every = (step: number, rows: number) =>
      dateAxis(
        "d",
        Float64Array.from({ length: rows }, (_, i) => times[0] + i * step * 86_400_000),
        "iso",
      );
    expect(calendarOf(every(1, 800), 800)).toEqual(["dayOfYear", "dayOfWeek"]);
    expect(calendarOf(every(7, 120), 120)).toEqual(["dayOfYear"]);
    expect(calendarOf(every(1 / 24, 400), 400)).toEqual(["dayOfWeek", "hour"]);
    expect(turnOf("hour", times[0] + 6 * 3_600_000)).toBe(0.25);
  });
});

describe("what a forecaster gives", () => {
  it.each(["last", "season", "mean"] as const)(
    "beside %s: forecasts are the targets, scaled back",
    (base) => {
      for (const isLog of [false, true]) {
        const plan = planOf(series, 40, { ...given, base, isLog });
        const origins = [20, 30, 56];
        const forecasts = forecastsOf(series, plan, origins, targetsOf(series, plan, origins));
        origins.forEach((origin, i) => {
          for (let step = 0; step < 4; step++)
            expect(forecasts[i * 4 + step]).toBeCloseTo(values[origin + step], 4);
        });
        // The targets of the rows that the plan is by have a root mean square of 1.
        const first = base === "season" ? 11 : 6;
        const all = Array.from({ length: 40 - 4 - first + 1 }, (_, i) => first + i);
        expect(rms([...targetsOf(series, plan, all)])).toBeCloseTo(1, 5);
      }
    },
  );

  it("is the naive forecast without trust, and half of the way with half of it", () => {
    const plan = planOf(series, 40, { ...given, base: "last" });
    const outputs = targetsOf(series, plan, [50]);
    const of = (trust: number) => forecastsOf(series, { ...plan, trust }, [50], outputs);
    expect([...of(0)]).toEqual(new Array(4).fill(values[49]));
    for (const [i, value] of of(0.5).entries())
      expect(value).toBeCloseTo((values[49] + values[50 + i]) / 2, 4);
  });
});

describe("a forecaster that is trained", () => {
  const settings: SeriesSettings = {
    ...{
      data: "d.csv",
      target: "y",
      reading: {},
      columns: {},
      ahead: 3,
      season: undefined,
      window: undefined,
    },
    ...{ hidden: [4], epochs: 30, batchSize: undefined, learningRate: 0.01, weightDecay: 0, validation: 0.2 },
    ...{ forecasts: "", seed: 1, variant: "auto", threads: 1, out: "", force: false, json: false },
  };
  const backend = createBackendSync();
  const growth = Float64Array.from(
    { length: 150 },
    (_, i) => 1.02 ** i * (1 + (i % 4)) * (1 + random.integer(100) / 5000),
  );
  const grown: Series = { target: "y", values: growth, others: [], axis: countedAxis(150), notes: [] };

  it("takes logarithms and the season where these are better, and beats the naive forecasts", async () => {
    const parts: number[] = [];
    const { plan, scores, baselines, rows, windows } = await trainForecaster(
      backend,
      grown,
      settings,
      (done) => parts.push(done),
    );
    expect(plan).toMatchObject({ season: 4, isLog: true, past: 6, ahead: 3 });
    expect([rows, windows]).toEqual([30, 28]);
    expect(scores?.mae).toBeLessThan(0.5 * (baselines.season?.mae ?? 0));
    expect(baselines.season?.mae).toBeLessThan(baselines.last?.mae ?? 0);
    expect(parts.every((part, i) => part >= (parts[i - 1] ?? 0) && part <= 1)).toBe(true);
    expect(parts.at(-1)).toBe(1);
  });

  it("takes no logarithms of what may be negative, and another column only if it helps", async () => {
    const lead = Float64Array.from({ length: 200 }, () => random.integer(100) / 10 - 5);
    const values = lead.map((_, i) => (i > 0 ? lead[i - 1] : 0) + random.integer(10) / 10);
    const of = (columns: Record<string, Float64Array>) => ({
      ...{ target: "y", values, axis: countedAxis(200), notes: [] },
      others: Object.entries(columns).map(([name, values]) => ({ name, values })),
    });
    const ahead = { ...settings, ahead: 1, season: 0 };
    const led = await trainForecaster(backend, of({ lead }), ahead, () => {});
    expect(led.plan).toMatchObject({ isLog: false, season: undefined, base: "mean" });
    expect(led.plan.others.map(({ name }) => name)).toEqual(["lead"]);
    expect(led.scores?.mae).toBeLessThan(0.4 * (led.baselines.mean?.mae ?? 0));
  });

  it("takes no logarithms of a series with a 0 in it", async () => {
    const values = growth.map((value, i) => (i === 5 ? 0 : value));
    const { plan } = await trainForecaster(backend, { ...grown, values }, settings, () => {});
    expect(plan.isLog).toBe(false);
  });

  it("needs so many rows that some are left to learn from", async () => {
    const short = { ...grown, values: growth.subarray(0, 20), axis: countedAxis(20) };
    await expect(trainForecaster(backend, short, { ...settings, season: 0 }, () => {})).rejects.toThrow(
      "d.csv: expected at least 14 rows to learn from, with a forecast of 3 rows and 4 rows before it, got 13 of 20; a longer series, a smaller --forecast or a smaller --validation helps",
    );
  });
});
