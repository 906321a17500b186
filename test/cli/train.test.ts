import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { table, Workplace } from "./program.js";

const place = new Workplace();
const { scores: _, ...iris } = place.json(
  "train",
  table("iris"),
  "--target",
  "species",
  "--out",
  "iris.safetensors",
);

describe("train", () => {
  it.each([
    ["iris", "species", "accuracy", 0.93],
    ["breast_cancer", "diagnosis", "accuracy", 0.95],
    ["diabetes", "target", "r2", 0.4],
  ])("learns %s by its defaults: held-out %s, %s of at least %d", (name, target, score, least) => {
    const { scores } = place.json("train", table(name), "--target", target);
    expect(scores[score]).toBeGreaterThanOrEqual(least);
  });

  it("says what it takes the target for, and how to override it", () => {
    const { out, status } = place.run("train", table("iris"), "--target", "species", "--epochs", "1");
    expect(out).toContain(
      "target species: 3 classes (setosa, versicolor, virginica), so classification; --task regression would override",
    );
    expect(status).toBe(0);
    expect(place.run("train", table("diabetes"), "--target", "target", "--epochs", "1").out).toContain(
      "target target: numbers from 25 to 346, so regression",
    );
  });

  it("takes few whole numbers for classes, in the order of numbers, unless told otherwise", () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 3 === 0 ? 10 : i % 3}`);
    const file = place.file("numbered.csv", `x,y\n${rows.join("\n")}\n`);
    expect(place.json("train", file, "--target", "y", "--epochs", "1")).toMatchObject({
      task: "classification",
      labels: ["1", "2", "10"],
    });
    expect(place.json("train", file, "--target", "y", "--epochs", "1", "--task", "regression")).toMatchObject(
      { task: "regression" },
    );
  });

  it("holds out a part with its share of each class", () => {
    const { confusion } = place.json(
      "train",
      table("iris"),
      "--target",
      "species",
      "--epochs",
      "1",
      "--seed",
      "5",
    ).scores;
    expect(confusion.map((row: number[]) => row.reduce((a, b) => a + b))).toEqual([10, 10, 10]);
    expect(
      place.json("train", table("iris"), "--target", "species", "--epochs", "1", "--validation", "0"),
    ).toMatchObject({
      rows: { training: 150, heldOut: 0 },
    });
  });

  it("prints one JSON object with --json, and progress to standard error", () => {
    expect(iris).toMatchObject({
      task: "classification",
      target: "species",
      rows: { training: 120, heldOut: 30 },
      epochs: 100,
      seed: 1,
      model: "iris.safetensors",
    });
    const { out, error } = place.run("train", table("iris"), "--target", "species", "--json");
    expect(out.trim().split("\n")).toHaveLength(1);
    expect(error).toMatch(/epoch 100\/100 {2}loss/);
  });

  it("writes the same file for the same seed, on the scalar and the SIMD build", () => {
    const train = (out: string, ...more: string[]) => {
      place.json("train", table("iris"), "--target", "species", "--epochs", "5", "--out", out, ...more);
      return readFileSync(place.path(out));
    };
    const simd = train("simd.safetensors", "--variant", "simd");
    expect(train("scalar.safetensors", "--variant", "scalar").equals(simd)).toBe(true);
    expect(train("other.safetensors", "--seed", "2").equals(simd)).toBe(false);
  });

  it("gives a column that is constant in training no say, and no NaN", () => {
    const rows = Array.from({ length: 40 }, (_, i) => `0.1,${i},${i < 20 ? "low" : "high"}`);
    place.file("constant.csv", `same,x,y\n${rows.join("\n")}\n`);
    const { scores } = place.json("train", "constant.csv", "--target", "y", "--out", "constant.safetensors");
    expect(scores.accuracy).toBeGreaterThan(0.8);
    place.file("other.csv", "same,x\n7,1\n0.1,1\n");
    expect(place.run("predict", "constant.safetensors", "other.csv").out).not.toContain("NaN");
  });

  it("leaves out the columns to --ignore", () => {
    place.file(
      "named.csv",
      `name,x,y\n${Array.from({ length: 20 }, (_, i) => `n${i},${i},${i < 10 ? "a" : "b"}`).join("\n")}\n`,
    );
    expect(
      place.json("train", "named.csv", "--target", "y", "--ignore", "name", "--epochs", "1").features,
    ).toEqual(["x"]);
  });

  it("reads BOM, CRLF, empty lines, quoted commas and quoted newlines", () => {
    const rows = Array.from(
      { length: 20 },
      (_, i) => `"${i}",${i},"${i < 10 ? "one, or\nso" : 'a ""lot""'}"`,
    );
    place.file("quoted.csv", `\ufeffx,"x, squared",y\r\n\r\n${rows.join("\r\n")}\r\n`);
    const { features, labels } = place.json(
      "train",
      "quoted.csv",
      "--target",
      "y",
      "--epochs",
      "1",
      "--out",
      "quoted.safetensors",
    );
    expect(features).toEqual(["x", "x, squared"]);
    expect(labels).toEqual(['a "lot"', "one, or\nso"]);
    expect(place.run("predict", "quoted.safetensors", "quoted.csv").out).toMatch(
      /^prediction,probability,"a ""lot""","one, or\nso"\n/,
    );
  });
});

describe("evaluate", () => {
  it("scores a model by the target that it remembers, with a confusion matrix", () => {
    const { out, status } = place.run("evaluate", "iris.safetensors", table("iris"));
    expect(out).toMatch(/^species: accuracy 0\.9\d+, loss 0\.\d+ on 150 samples\n/);
    expect(out).toMatch(/setosa +50 +0 +0\n/);
    expect(status).toBe(0);
    expect(place.json("evaluate", "iris.safetensors", table("iris")).scores.accuracy).toBeGreaterThan(0.93);
  });

  it("scores a regression in the target's unit", () => {
    place.json("train", table("diabetes"), "--target", "target", "--out", "diabetes.safetensors");
    const { r2, rmse } = place.json("evaluate", "diabetes.safetensors", table("diabetes")).scores;
    expect(r2).toBeGreaterThan(0.4);
    expect(rmse).toBeGreaterThan(40);
    expect(rmse).toBeLessThan(65);
  });

  it("finds the target under another name", () => {
    place.file("renamed.csv", readFileSync(table("iris"), "utf8").replace("species", "flower"));
    expect(
      place.json("evaluate", "iris.safetensors", "renamed.csv", "--target", "flower").scores.samples,
    ).toBe(150);
  });

  it("names the line of a class that the model does not know", () => {
    place.file("tulip.csv", readFileSync(table("iris"), "utf8").replace("virginica", "tulip"));
    const { status, error } = place.run("evaluate", "iris.safetensors", "tulip.csv");
    expect(status).toBe(1);
    expect(error).toBe(
      'tulip.csv, line 102, column species: expected a class that the model knows (setosa, versicolor, virginica), got "tulip"\n',
    );
  });
});

describe("info", () => {
  it("tells layers, parameters and what the model remembers", () => {
    const { out } = place.run("info", "iris.safetensors");
    expect(out).toContain("dense(4 -> 64) relu");
    expect(out).toContain("515 parameters");
    expect(out).toMatch(/target +species/);
    expect(out).toMatch(/labels +setosa, versicolor, virginica/);
  });

  it("tells it as JSON", () => {
    expect(place.json("info", "iris.safetensors")).toMatchObject({
      parameters: 515,
      bytes: readFileSync(place.path("iris.safetensors")).length,
      labels: ["setosa", "versicolor", "virginica"],
      metadata: {
        task: "classification",
        target: "species",
        features: ["sepal_length", "sepal_width", "petal_length", "petal_width"],
      },
    });
  });

  it("rejects what is no model, in a line", () => {
    place.file("text.safetensors", "no model at all");
    for (const command of [["info"], ["predict"], ["evaluate"]]) {
      const data = command[0] === "info" ? [] : [table("iris")];
      const { status, error } = place.run(...command, "text.safetensors", ...data);
      expect(status).toBe(1);
      expect(error).toMatch(/^text\.safetensors: .+\n$/);
      expect(place.run(...command, "none.safetensors", ...data).error).toBe(
        "none.safetensors: no such file\n",
      );
    }
  });
});

describe("a model's file", () => {
  it("is not there when training fails", () => {
    place.file("one.csv", "x,y\n1,a\n2,a\n3,a\n");
    expect(place.run("train", "one.csv", "--target", "y", "--out", "one.safetensors").status).toBe(1);
    expect(existsSync(place.path("one.safetensors"))).toBe(false);
  });

  it("makes the folders on its way, and is no folder", () => {
    place.json(
      "train",
      table("iris"),
      "--target",
      "species",
      "--epochs",
      "1",
      "--out",
      "a/b/iris.safetensors",
    );
    expect(existsSync(place.path("a/b/iris.safetensors"))).toBe(true);
    const { status, error } = place.run(
      "train",
      table("iris"),
      "--target",
      "species",
      "--epochs",
      "1",
      "--out",
      "a/b",
    );
    expect([status, error]).toEqual([1, "a/b: expected a file to write, got a folder\n"]);
  });
});
