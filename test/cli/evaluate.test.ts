import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();
const flowers = readFileSync(table("iris"), "utf8").trim().split("\n");
place.json("train", table("iris"), "--target", "species", "--folds", "0", "--out", "iris.safetensors");
place.file("odd.csv", `${[flowers[0], ...flowers.filter((_, i) => i % 2)].join("\n")}\n`);

describe("evaluate", () => {
  it("scores a model by the target that it remembers, beside the baseline", () => {
    const { status, out, error } = place.run("evaluate", "iris.safetensors", "odd.csv");
    expect([status, error]).toEqual([0, ""]);
    expect(out).toMatch(
      /^species, 75 rows\n\n +score +95 % interval +baseline\n {2}accuracy +(0\.9\d\d|1\.000) +0\.\d{3} to \d\.\d{3} +0\.333\n/,
    );
    expect(out).toMatch(/\n {2}setosa +25 +1\.000/);
    expect(out).toMatch(/\n {2}actual \\ predicted +setosa +versicolor +virginica\n {2}setosa +25 +0 +0\n/);
  });

  it("tells it as JSON", () => {
    const { scores, ...others } = place.json("evaluate", "iris.safetensors", "odd.csv");
    expect(others).toEqual({
      model: "iris.safetensors",
      data: "odd.csv",
      task: "classification",
      labels: ["setosa", "versicolor", "virginica"],
      target: "species",
      warnings: [],
    });
    expect(scores.accuracy).toBeGreaterThan(0.93);
    expect(scores).toMatchObject({
      samples: 75,
      balancedAccuracy: expect.any(Number),
      logLoss: expect.any(Number),
      rocAuc: expect.any(Number),
      classes: [{ label: "setosa", rows: 25, recall: 1, precision: 1, f1: 1 }, {}, {}],
      confusion: [[25, 0, 0], expect.any(Array), expect.any(Array)],
      intervals: { accuracy: [expect.any(Number), expect.any(Number)] },
      baseline: { accuracy: expect.closeTo(1 / 3, 5) },
    });
  });

  it("warns of the very table that the model was trained on, CSV or Parquet", () => {
    const warning = "the model was trained on this very table: on other rows, expect less";
    expect(place.run("evaluate", "iris.safetensors", table("iris")).error).toBe(`warning: ${warning}\n\n`);
    expect(place.json("evaluate", "iris.safetensors", table("iris")).warnings).toEqual([warning]);
    const parquet = new URL("../data/parquet/snappy.parquet", import.meta.url).pathname;
    place.json("train", parquet, "--target", "kind", ...QUICK, "--out", "parquet.safetensors");
    expect(place.json("evaluate", "parquet.safetensors", parquet).warnings).toEqual([warning]);
    const other = new URL("../data/parquet/zstd.parquet", import.meta.url).pathname;
    expect(place.json("evaluate", "parquet.safetensors", other).warnings).toEqual([]);
  });

  it("scores a regression in the target's unit", () => {
    place.json(
      "train",
      table("diabetes"),
      "--target",
      "target",
      "--folds",
      "0",
      "--out",
      "diabetes.safetensors",
    );
    const { r2, rmse, mae, baseline } = place.json(
      "evaluate",
      "diabetes.safetensors",
      table("diabetes"),
    ).scores;
    expect(r2).toBeGreaterThan(0.4);
    expect(rmse).toBeGreaterThan(40);
    expect(rmse).toBeLessThan(65);
    expect(mae).toBeLessThan(rmse);
    expect(baseline.r2).toBeCloseTo(0, 5);
  });

  it("finds the target under another name, and columns in another order", () => {
    place.file("renamed.csv", readFileSync(table("iris"), "utf8").replace("species", "flower"));
    const { scores } = place.json("evaluate", "iris.safetensors", "renamed.csv", "--target", "flower");
    expect(scores.samples).toBe(150);
    const turned = flowers.map((row) => row.split(",").reverse().join(","));
    place.file("turned.csv", `${turned.join("\n")}\n`);
    const { scores: again } = place.json("evaluate", "iris.safetensors", "turned.csv");
    expect(again.confusion).toEqual(scores.confusion);
  });

  it("takes rows of one class, and a single row", () => {
    place.file("setosas.csv", `${flowers.slice(0, 51).join("\n")}\n`);
    expect(place.json("evaluate", "iris.safetensors", "setosas.csv").scores).toMatchObject({
      samples: 50,
      accuracy: 1,
    });
    place.file("one.csv", `${flowers.slice(0, 2).join("\n")}\n`);
    expect(place.json("evaluate", "iris.safetensors", "one.csv").scores.samples).toBe(1);
  });

  it("leaves out rows without a target, with --missing those of other words", () => {
    place.file("gaps.csv", `${flowers.slice(0, 101).join("\n")}\n1,2,3,4,\n1,2,3,4,unknown\n`);
    expect(place.run("evaluate", "iris.safetensors", "gaps.csv").error).toBe(
      'gaps.csv: line 103: target species: expected a class of the model, got "unknown"; it has setosa, versicolor, virginica; --missing unknown takes it for no value\n',
    );
    expect(
      place.json("evaluate", "iris.safetensors", "gaps.csv", "--missing", "unknown").scores.samples,
    ).toBe(100);
  });

  it("names the lines of all classes that the model does not know", () => {
    const odd = readFileSync(table("iris"), "utf8")
      .replaceAll("virginica", "tulip")
      .replace("setosa", "rose");
    place.file("tulip.csv", odd);
    const { status, error } = place.run("evaluate", "iris.safetensors", "tulip.csv");
    expect(status).toBe(1);
    expect(error).toContain(
      'tulip.csv: 2 problems\n- line 2: target species: expected a class of the model, got "rose"; it has setosa, versicolor, virginica; --missing rose takes it for no value\n',
    );
    expect(error).toMatch(/- line 102: .* got "tulip" \(and 49 more such\)/);
  });
});

describe("info", () => {
  it("tells layers, parameters, columns and what the model remembers", () => {
    const { out } = place.run("info", "iris.safetensors");
    expect(out).toContain("dense(4 -> 64) relu");
    expect(out).toMatch(/\n {2}column +is a +features\n {2}sepal_length +number +value\n/);
    expect(out).toMatch(/\ntarget +species\n/);
    expect(out).toMatch(/\nlabels +setosa, versicolor, virginica\n/);
    expect(out).toMatch(/\nscores +of heldOut, rows 150, accuracy 0\.9/);
  });

  it("tells it as JSON", () => {
    expect(place.json("info", "iris.safetensors")).toMatchObject({
      bytes: readFileSync(place.path("iris.safetensors")).length,
      parameters: expect.any(Number),
      inputShape: [4],
      outputShape: [3],
      labels: ["setosa", "versicolor", "virginica"],
      encoding: {
        columns: flowers[0]
          .split(",")
          .slice(0, 4)
          .map((name) => ({ name, kind: "number" })),
      },
      metadata: {
        task: "classification",
        target: "species",
        table: { rows: 150 },
        scores: { of: "heldOut" },
      },
    });
  });
});
