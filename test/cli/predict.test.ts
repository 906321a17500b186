import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();
place.json("train", table("iris"), "--target", "species", "--folds", "0", "--out", "iris.safetensors");
const flowers = readFileSync(table("iris"), "utf8").trim().split("\n").slice(1);
const lines = (text: string) => text.trim().split("\n");
const predict = (...more: readonly string[]) => place.run("predict", "iris.safetensors", ...more);
const whole = predict(table("iris")).out;

describe("predict", () => {
  it("gives a row a sample: the class, its probability, and one probability a class", () => {
    const [header, ...rows] = lines(whole);
    expect(header).toBe("prediction,probability,setosa,versicolor,virginica");
    const names = ["setosa", "versicolor", "virginica"];
    const right = rows.filter((row, i) => {
      const [prediction, probability, ...all] = row.split(",");
      expect(all.reduce((sum, p) => sum + Number(p), 0)).toBeCloseTo(1, 5);
      expect(probability).toBe(all[names.indexOf(prediction)]);
      expect(Number(probability)).toBe(Math.max(...all.map(Number)));
      return flowers[i].endsWith(`,${prediction}`);
    });
    expect(rows).toHaveLength(150);
    expect(right.length / 150).toBeGreaterThan(0.93);
  });

  it("gives an object a line with --json", () => {
    const [first, ...others] = lines(predict(table("iris"), "--json", "--id", "species").out);
    const [, row] = lines(whole);
    const [prediction, probability, setosa, versicolor, virginica] = row.split(",");
    expect(JSON.parse(first)).toEqual({
      species: "setosa",
      prediction,
      probability: Number(probability),
      probabilities: {
        setosa: Number(setosa),
        versicolor: Number(versicolor),
        virginica: Number(virginica),
      },
    });
    expect(others).toHaveLength(149);
  });

  it("gives the value in a regression, in the target's unit", () => {
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
    const { out } = place.run("predict", "diabetes.safetensors", table("diabetes"));
    const [header, ...values] = lines(out);
    expect(header).toBe("prediction");
    expect(values.map(Number).reduce((a, b) => a + b) / 442).toBeCloseTo(152, -1.5);
    const json = lines(place.run("predict", "diabetes.safetensors", table("diabetes"), "--json").out);
    expect(JSON.parse(json[0])).toEqual({ prediction: Number(values[0]) });
  });

  it("needs no target column, and finds the columns in any order among others", () => {
    const shuffled = flowers.map((row, i) => {
      const [a, b, c, d] = row.split(",");
      return [`flower ${i}`, d, c, b, a].join(",");
    });
    place.file(
      "shuffled.csv",
      `name,petal_width,petal_length,sepal_width,sepal_length\n${shuffled.join("\n")}\n`,
    );
    expect(predict("shuffled.csv").out).toBe(whole);
    expect(lines(predict("shuffled.csv", "--id", "name,petal_width").out).slice(0, 2)).toEqual([
      "name,petal_width,prediction,probability,setosa,versicolor,virginica",
      `flower 0,0.2,${lines(whole)[1]}`,
    ]);
    expect(predict("shuffled.csv", "--id", "petal_width", "--id", "name").out).toMatch(
      /^petal_width,name,prediction,.*\n0\.2,flower 0,/,
    );
  });

  it("reads gaps, dates and categories as training did, also categories that it has never seen", () => {
    place.table(
      "t.csv",
      "age,joined,colour,y",
      60,
      (i) =>
        `${i % 9 ? i % 31 : "NA"},2024-0${1 + (i % 9)}-11,${["red", "green", "blue"][i % 3]},${i < 30 ? "a" : "b"}`,
    );
    place.json("train", "t.csv", "--target", "y", ...QUICK);
    place.file("odd.csv", "age,joined,colour\n,2025-12-24,violet\n?,,\nNaN,2024-02-29,red\n");
    const { status, out } = place.run("predict", "model.safetensors", "odd.csv");
    expect([status, lines(out).length]).toEqual([0, 4]);
    expect(out).not.toContain("NaN");
  });

  it("writes with --out what it prints without, tells how many rows, and keeps what was there", () => {
    const write = (...more: string[]) => predict(table("iris"), "--out", "iris-out.csv", ...more);
    const { status, out, error } = write();
    expect([status, out]).toEqual([0, ""]);
    expect(error).toMatch(/^wrote iris-out\.csv, 150 rows in /);
    expect(readFileSync(place.path("iris-out.csv"), "utf8")).toBe(whole);
    expect(write("--json").error).toMatch(
      /^kept the iris-out\.csv that was there as iris-out\.1\.csv; --force overwrites\nwrote /,
    );
    expect(readFileSync(place.path("iris-out.1.csv"), "utf8")).toBe(whole);
    expect(write("--force").error).toMatch(/^wrote /);
  });

  it("reads 200,000 rows in a process that has 64 MB, and predicts each as alone", () => {
    const file = openSync(place.path("large.csv"), "w");
    writeSync(file, "sepal_length,sepal_width,petal_length,petal_width,species\n");
    const block = `${Array.from({ length: 2000 }, (_, i) => flowers[i % 150]).join("\n")}\n`;
    for (let i = 0; i < 100; i++) writeSync(file, block);
    closeSync(file);
    const { status, error } = place.runWith(
      ["--max-old-space-size=64"],
      ["predict", "iris.safetensors", "large.csv", "--out", "large-out.csv"],
    );
    expect(error).toMatch(/^[56]\d,\d{3} rows, .* rows\/s/);
    expect(status).toBe(0);
    const few = lines(whole).slice(1);
    const many = lines(readFileSync(place.path("large-out.csv"), "utf8")).slice(1);
    expect(many).toHaveLength(200_000);
    expect(many.every((row, i) => row === few[(i % 2000) % 150])).toBe(true);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "leaves no file when %s comes amid the rows, and the old one as it was",
    async (signal) => {
      place.file("kept.csv", "as it was\n");
      const before = readdirSync(place.folder).sort();
      const child = place.start("predict", "iris.safetensors", "-", "--out", "kept.csv");
      const ended = once(child, "exit");
      // The input does not end: the signal comes while more rows are awaited. It may come amid a write.
      child.stdin?.on("error", () => {});
      child.stdin?.write("sepal_length,sepal_width,petal_length,petal_width\n");
      child.stdin?.write("5.1,3.5,1.4,0.2\n".repeat(100_000));
      const [progress] = await once(child.stderr ?? child, "data");
      expect(String(progress)).toMatch(/^[56]\d,\d{3} rows, .* rows\/s/);
      expect(readdirSync(place.folder)).toHaveLength(before.length + 1);
      child.kill(signal);
      expect(await ended).toEqual([signal === "SIGINT" ? 130 : 143, null]);
      expect(readdirSync(place.folder).sort()).toEqual(before);
      expect(readFileSync(place.path("kept.csv"), "utf8")).toBe("as it was\n");
    },
  );

  it("leaves no file when a row is wrong far down", () => {
    const row = "5.1,3.5,1.4,0.2\n";
    place.file(
      "late.csv",
      `sepal_length,sepal_width,petal_length,petal_width\n${row.repeat(50_000)}5.1,3.5,long,0.2\n`,
    );
    const before = readdirSync(place.folder).sort();
    const { status, error } = predict("late.csv", "--out", "late-out.csv");
    expect([status, error]).toEqual([
      1,
      'late.csv: line 50002: column petal_length: expected a number, got "long"\n',
    ]);
    expect(readdirSync(place.folder).sort()).toEqual(before);
  });

  it("ends quietly when the reader of its output has read enough", async () => {
    const child = place.start("predict", "iris.safetensors", "large.csv");
    const ended = once(child, "exit");
    let error = "";
    child.stderr?.on("data", (text) => {
      error += text;
    });
    await once(child.stdout ?? child, "data");
    child.stdout?.destroy();
    expect([await ended, error]).toEqual([[0, null], ""]);
  });
});
