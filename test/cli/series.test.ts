import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, dense, Sequential, saveModel } from "../../src/index.js";
import { Random } from "../support/random.js";
import { table, Workplace } from "./program.js";

const place = new Workplace();
const random = new Random(7);
/** Noise of about a normal distribution. */
const noise = (): number =>
  Array.from({ length: 6 }, () => random.integer(1000) / 1000 - 0.5).reduce((a, b) => a + b);
const day = (i: number): string => new Date(Date.UTC(2023, 0, 1 + i)).toISOString().slice(0, 10);

/** Days with a week in them, that grow; a column that leads by a day, and words. */
const leads = Array.from({ length: 301 }, () => 4 * noise());
const sold = Array.from(
  { length: 300 },
  (_, i) => 50 + 0.2 * i + 12 * Number(i % 7 > 4) + leads[i] + 0.5 * noise(),
);
place.table("days.csv", "date,sold,ads,weather", 300, (i) =>
  [day(i), sold[i].toFixed(2), leads[i + 1].toFixed(2), i % 3 ? "dry" : "wet"].join(","),
);
const days = ["train", "days.csv", "--forecast", "7", "--target", "sold"];
const first = place.run(...days, "--out", "days.safetensors");
const lines = (text: string): string[][] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(","));

/** What the naive forecasts of some held-out rows err by, counted here. */
function naiveErrors(values: readonly number[], held: number, ahead: number, season: number) {
  const border = values.length - held;
  const errors = { last: 0, season: 0, mean: 0 };
  const mean = values.slice(0, border).reduce((a, b) => a + b) / border;
  let count = 0;
  for (let origin = border; origin + ahead <= values.length; origin++)
    for (let step = 0; step < ahead; step++, count++) {
      const value = values[origin + step];
      errors.last += Math.abs(value - values[origin - 1]);
      errors.season += Math.abs(value - values[origin - season + (step % season)]);
      errors.mean += Math.abs(value - mean);
    }
  return { last: errors.last / count, season: errors.season / count, mean: errors.mean / count };
}

describe("lanewise train --forecast", () => {
  it("says what the series is, how good the network is beside naive forecasts, and what comes next", () => {
    const { status, out } = first;
    expect(status).toBe(0);
    expect(out).toMatch(
      /^series: sold, 300 rows by date: days\nseason: 7 rows, found in the training rows\ninputs: sold, ads, the day of the week, \d+ rows back\nnetwork: a GRU and a linear part, [\d,]+ parameters, correct the value a season before.*; \d+ epochs?\n\d+\.\d s, \S+ build\n\n/,
    );
    expect(out).toMatch(
      /\nthe last 60 rows held out, 54 forecasts of 7 rows by a network that learned from the rows before\n\n +MAE +RMSE\n {2}the network +\d/,
    );
    expect(out).toMatch(
      /\nthe network errs \d+ % less than the best naive forecast, the value a season before\n/,
    );
    expect(out).toMatch(/\n {2}date +sold\n {2}2023-10-28 +\d+\.\d+\n/);
    expect(out).toMatch(/\nwrote forecast\.csv and days\.safetensors, [\d,]+ bytes\n$/);
    const forecast = lines(readFileSync(place.path("forecast.csv"), "utf8"));
    expect(forecast.map(([date]) => date)).toEqual(["date", ...[300, 301, 302, 303, 304, 305, 306].map(day)]);
    expect(forecast[0][1]).toBe("sold");
  });

  it("has errors and baselines of the held-out rows, as they are counted by hand", () => {
    const { scores, baselines, heldOut, naiveWins, forecast } = place.json(...days, "--force");
    const expected = naiveErrors(
      sold.map((value) => Number(value.toFixed(2))),
      60,
      7,
      7,
    );
    expect(heldOut).toBe(60);
    for (const base of ["last", "season", "mean"] as const)
      expect(baselines[base].mae).toBeCloseTo(expected[base], 9);
    // The noise that nothing tells has a mean absolute error of 2.3; a season before adds twice that much.
    expect(scores.mae).toBeLessThan(0.85 * expected.season);
    expect(naiveWins).toBe(false);
    expect(forecast).toHaveLength(7);
  });

  it("does not look ahead: what is held out changes neither the season nor the first forecast of it", () => {
    const other = sold.map((value, i) => (i < 240 ? value : value + 1000));
    place.table("other.csv", "date,sold", 300, (i) => `${day(i)},${other[i].toFixed(2)}`);
    place.table("plain.csv", "date,sold", 300, (i) => `${day(i)},${sold[i].toFixed(2)}`);
    const of = (name: string) => place.json("train", name, "--forecast", "60", "--force");
    const [one, two] = [of("plain.csv"), of("other.csv")];
    for (const key of ["season", "base", "logarithms", "trust", "epochs", "window"])
      expect(two[key], key).toEqual(one[key]);
    // One window is held out, all values of which are higher by as much as its errors are.
    expect(two.scores.mae + one.scores.mae).toBeGreaterThan(990);
    expect(Math.abs(two.scores.mae - 1000)).toBeLessThanOrEqual(one.scores.mae + 1e-6);
  });

  it("learns a season that grows with the series by logarithms, far better than a season before", () => {
    const { scores, baselines, logarithms, season, calendar } = place.json(
      ...["train", table("visitors"), "--forecast", "24", "--force"],
    );
    expect([season, logarithms, calendar]).toEqual([12, true, ["dayOfYear"]]);
    expect(scores.mae).toBeLessThan(0.3 * baselines.season.mae);
  });

  it("says when a naive forecast wins, as of a random walk", () => {
    let price = 100;
    place.table("walk.csv", "price", 300, () => {
      price += noise();
      return price.toFixed(3);
    });
    const { out } = place.run("train", "walk.csv", "--forecast", "5", "--force");
    expect(out).toContain(
      "series: price, 300 rows as they come\nseason: none that is evident; --season gives one\n",
    );
    const { scores, baselines, naiveWins, bestNaive } = place.json(
      ...["train", "walk.csv", "--forecast", "5", "--force"],
    );
    expect(bestNaive).toBe("last");
    expect(naiveWins).toBe(scores.mae >= baselines.last.mae);
    // Nothing can be learned: the network stays near the last value.
    expect(scores.mae).toBeLessThan(1.1 * baselines.last.mae);
    expect(out).toContain(
      scores.mae < baselines.last.mae
        ? "\nthe network errs "
        : scores.mae > baselines.last.mae
          ? "\nthe naive forecast wins: the last value errs by "
          : "\nthe network is no better than ",
    );
  });

  it("writes the same files for the same seed, on the scalar and the SIMD build", () => {
    const train = (out: string, ...more: string[]) => {
      place.json(...days, "--epochs", "3", "--force", "--out", out, "--forecasts", `${out}.csv`, ...more);
      return [out, `${out}.csv`].map((name) => readFileSync(place.path(name), "utf8"));
    };
    const simd = train("simd.safetensors", "--variant", "simd");
    expect(train("scalar.safetensors", "--variant", "scalar")).toEqual(simd);
    expect(train("seed.safetensors", "--seed", "2")).not.toEqual(simd);
  });

  it("--season, --window, --hidden and --validation are what was asked for", () => {
    const words = [
      "--season",
      "5",
      "--window",
      "9",
      "--hidden",
      "4,3",
      "--validation",
      "0.1",
      "--epochs",
      "2",
    ];
    const asked = place.json(...days, ...words, "--force");
    expect(asked).toMatchObject({ season: 5, window: 9, heldOut: 30 });
    const { season, baselines } = place.json(...days, "--season", "0", "--epochs", "2", "--force");
    expect([season, Object.keys(baselines)]).toEqual([undefined, ["last", "mean"]]);
    const none = place.run(...days, "--validation", "0", "--epochs", "2", "--force");
    expect(none.out).toContain("no rows were held out: no score");
  });

  it.each<[what: string, header: string, time: (i: number) => string, step: string, next: string[]]>([
    [
      "months",
      "month,y",
      (i) => `${2000 + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, "0")}`,
      "months",
      ["2005-01", "2005-02"],
    ],
    [
      "ends of months",
      "d,y",
      (i) => new Date(Date.UTC(2000, i + 1, 0)).toISOString().slice(0, 10),
      "months",
      ["2005-01-31", "2005-02-28"],
    ],
    [
      "quarters",
      "d,y",
      (i) => new Date(Date.UTC(2000, 3 * i, 1)).toISOString().slice(0, 10),
      "quarters",
      ["2015-01-01", "2015-04-01"],
    ],
    ["weeks", "d,y", (i) => day(7 * i), "weeks", [day(420), day(427)]],
    [
      "half hours",
      "d,y",
      (i) => new Date(Date.UTC(2024, 0, 1, 0, 30 * i)).toISOString().slice(0, 16),
      "every 30 minutes",
      ["2024-01-02 06:00", "2024-01-02 06:30"],
    ],
    [
      "working days",
      "d,y",
      (i) => day(1 + 7 * Math.floor(i / 5) + (i % 5)),
      "working days",
      [day(85), day(86)],
    ],
    [
      "days of another notation",
      "d,y",
      (i) => day(i).split("-").reverse().join("."),
      "days",
      [day(60), day(61)],
    ],
    ["years", "year,y", (i) => String(1950 + i), "one after the other", ["2010", "2011"]],
  ])("takes %s for the times, and goes on with them", (_, header, time, step, next) => {
    place.table("t.csv", header, 60, (i) => `${time(i)},${(i % 4) + 0.01 * i}`);
    const words = ["train", "t.csv", "--forecast", "2", "--target", "y", "--epochs", "2", "--force"];
    const { out, status, error } = place.run(...words);
    expect([status, error]).toEqual([0, ""]);
    expect(out).toContain(`by ${header.split(",")[0]}: ${step}\n`);
    const forecast = lines(readFileSync(place.path("forecast.csv"), "utf8"));
    expect(forecast.slice(1).map(([cell]) => cell)).toEqual(next);
  });

  it("turns a table around whose newest row comes first", () => {
    place.table("back.csv", "date,sold", 300, (i) => `${day(299 - i)},${sold[299 - i].toFixed(2)}`);
    place.table("forth.csv", "date,sold", 300, (i) => `${day(i)},${sold[i].toFixed(2)}`);
    const train = (name: string) => place.run("train", name, "--forecast", "3", "--epochs", "2", "--force");
    expect(train("back.csv").out).toContain("the newest row comes first: the rows are turned around\n");
    const forecast = readFileSync(place.path("forecast.csv"), "utf8");
    train("forth.csv");
    expect(readFileSync(place.path("forecast.csv"), "utf8")).toBe(forecast);
  });

  const rows = (change: (line: string, i: number) => string | undefined): string =>
    ["date,sold,note", ...sold.map((value, i) => change(`${day(i)},${value.toFixed(1)},x${i}`, i) ?? "")]
      .filter((line) => line !== "")
      .join("\n");
  it.each<[what: string, content: string, words: string[], status: number, message: RegExp]>([
    [
      "a gap",
      rows((line, i) => (i === 9 ? `${day(9)},,x9` : line)),
      [],
      1,
      /^bad\.csv: line 11: column sold: expected a number in every row, got ""; fill the gaps first/,
    ],
    [
      "no number",
      rows((line) => line),
      ["--target", "note"],
      1,
      /^bad\.csv: line 2: column note: expected numbers, got "x0" \(and 299 more such\)/,
    ],
    [
      "a missing row",
      rows((line, i) => (i === 9 || i === 50 ? undefined : line)),
      [],
      1,
      /^bad\.csv: line 11: column date: expected 2023-01-10 after 2023-01-09, for the rows are days, got 2023-01-11 \(and 1 more such\); add the rows, or take the rows as they come with --ignore date/,
    ],
    [
      "a day twice",
      rows((line, i) => (i === 9 ? `${day(8)},1,x9` : line)),
      [],
      1,
      /^bad\.csv: line 11: column date: expected dates in ascending order, each once, got 2023-01-09 after 2023-01-09/,
    ],
    [
      "too few rows",
      rows((line, i) => (i < 20 ? line : undefined)),
      [],
      1,
      /^bad\.csv: expected at least \d+ rows to learn from, with a forecast of 7 rows and 4 rows before it, got \d+ of 20; a longer series, a smaller --forecast or a smaller --validation helps/,
    ],
    ["no such column", rows((line) => line), ["--target", "solt"], 1, /^bad\.csv: .*solt/],
    [
      "one value",
      rows((_, i) => `${day(i)},5,x${i}`),
      ["--target", "sold"],
      1,
      /^bad\.csv: line 2: column sold: expected numbers that change, got 5 in all rows/,
    ],
    [
      "several columns",
      "a,b\n1,2\n2,1\n4,5\n",
      [],
      2,
      /^--forecast expected --target, one of the columns a, b/,
    ],
    [
      "an option for tables",
      rows((line) => line),
      ["--folds", "3"],
      2,
      /^--folds is for tables, and bad\.csv is a time series/,
    ],
    [
      "an option for text",
      rows((line) => line),
      ["--minutes", "3"],
      2,
      /^--minutes is for text, and bad\.csv is a time series/,
    ],
  ])("%s is an error that says what and where", (_, content, words, status, message) => {
    place.file("bad.csv", content);
    const outcome = place.run("train", "bad.csv", "--forecast", "7", ...words, "--out", "bad.safetensors");
    expect(outcome.error).toMatch(message);
    expect(outcome.status).toBe(status);
  });
});

describe("lanewise predict with a model of a time series", () => {
  const predict = (...words: string[]) => place.run("predict", "days.safetensors", ...words);

  it("forecasts the rows after the table, to the bit what train wrote", () => {
    const forecast = place.run(...days, "--force", "--out", "days.safetensors", "--forecasts", "next.csv");
    expect(forecast.status).toBe(0);
    const { out, error } = predict("days.csv");
    expect(error).toBe("");
    expect(out).toBe(readFileSync(place.path("next.csv"), "utf8"));
    const objects = predict("days.csv", "--json").out.trim().split("\n");
    expect(objects).toHaveLength(7);
    expect(JSON.parse(objects[0]).date).toBe(day(300));
    expect(predict("days.csv", "--out", "file.csv").error).toBe("wrote file.csv, 7 rows\n");
    expect(readFileSync(place.path("file.csv"), "utf8")).toBe(out);
  });

  it("goes on from other rows, and needs as many as the network sees", () => {
    const all = readFileSync(place.path("days.csv"), "utf8").trim().split("\n");
    place.file("later.csv", [all[0], ...all.slice(100, 200)].join("\n"));
    expect(lines(predict("later.csv").out).map(([date]) => date)).toEqual([
      "date",
      ...[199, 200, 201, 202, 203, 204, 205].map(day),
    ]);
    place.file("few.csv", all.slice(0, 12).join("\n"));
    expect(predict("few.csv")).toMatchObject({
      status: 1,
      error: expect.stringMatching(/^few\.csv: expected at least \d+ rows to forecast from, got 11\n$/),
    });
    place.file("less.csv", all.map((line) => line.split(",").slice(0, 2).join(",")).join("\n"));
    expect(predict("less.csv").error).toMatch(/^less\.csv: .*ads/);
    expect(predict("days.csv", "--id", "date").error).toContain(
      "--id is for tables, and days.safetensors forecasts a time series",
    );
  });

  it("is refused where its file does not say of what, and by evaluate", () => {
    const layers = [dense(1)];
    const model = new Sequential(createBackendSync(), {
      inputShape: 2,
      layers,
      metadata: { task: "forecast" },
    });
    place.file("odd.safetensors", saveModel(model));
    expect(place.run("predict", "odd.safetensors", "days.csv").error).toBe(
      "odd.safetensors: expected a model that lanewise train --forecast wrote, whose file says of what\n",
    );
    expect(place.run("evaluate", "days.safetensors", "days.csv").error).toMatch(
      /^days\.safetensors: expected a model of tables or images, got one of a time series; /,
    );
  });
});
