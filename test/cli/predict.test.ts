import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { table, Workplace } from "./program.js";

const place = new Workplace();
place.json("train", table("iris"), "--target", "species", "--out", "iris.safetensors");
const flowers = readFileSync(table("iris"), "utf8").trim().split("\n").slice(1);
const lines = (text: string) => text.trim().split("\n");

describe("predict", () => {
  it("gives a row a sample: the class, its probability, and one probability a class", () => {
    const { out, status } = place.run("predict", "iris.safetensors", table("iris"));
    const [header, ...rows] = lines(out);
    expect(status).toBe(0);
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

  it("gives the value in a regression, in the target's unit", () => {
    place.json("train", table("diabetes"), "--target", "target", "--out", "diabetes.safetensors");
    const [header, ...values] = lines(place.run("predict", "diabetes.safetensors", table("diabetes")).out);
    expect(header).toBe("prediction");
    expect(values.map(Number).reduce((a, b) => a + b) / 442).toBeCloseTo(152, -1.5);
  });

  it("needs no target column, and finds the features in any order among others", () => {
    const whole = place.run("predict", "iris.safetensors", table("iris")).out;
    const shuffled = flowers.map((row, i) => {
      const [a, b, c, d] = row.split(",");
      return [`flower ${i}`, d, c, b, a].join(",");
    });
    place.file(
      "shuffled.csv",
      `name,petal_width,petal_length,sepal_width,sepal_length\n${shuffled.join("\n")}\n`,
    );
    expect(place.run("predict", "iris.safetensors", "shuffled.csv").out).toBe(whole);
  });

  it("writes with --out what it prints without, and tells how many rows", () => {
    const { status, out, error } = place.run(
      "predict",
      "iris.safetensors",
      table("iris"),
      "--out",
      "iris-out.csv",
    );
    expect([status, out]).toEqual([0, ""]);
    expect(error).toMatch(/^wrote iris-out\.csv, 150 rows in /);
    expect(readFileSync(place.path("iris-out.csv"), "utf8")).toBe(
      place.run("predict", "iris.safetensors", table("iris")).out,
    );
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
    expect(error).toMatch(/^50,\d{3} rows\n/);
    expect(status).toBe(0);
    const few = lines(place.run("predict", "iris.safetensors", table("iris")).out).slice(1);
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
      // The input does not end: the signal comes while more rows are awaited.
      child.stdin?.write("sepal_length,sepal_width,petal_length,petal_width\n");
      child.stdin?.write("5.1,3.5,1.4,0.2\n".repeat(60_000));
      const [progress] = await once(child.stderr ?? child, "data");
      expect(String(progress)).toMatch(/^50,\d{3} rows\n/);
      expect(readdirSync(place.folder)).toHaveLength(before.length + 1);
      child.kill(signal);
      expect(await ended).toEqual([signal === "SIGINT" ? 130 : 143, null]);
      expect(readdirSync(place.folder).sort()).toEqual(before);
      expect(readFileSync(place.path("kept.csv"), "utf8")).toBe("as it was\n");
    },
  );

  it("leaves no file when a row is wrong far down", () => {
    place.file(
      "late.csv",
      `sepal_length,sepal_width,petal_length,petal_width\n${"5.1,3.5,1.4,0.2\n".repeat(5000)}5.1,3.5,?,0.2\n`,
    );
    const before = readdirSync(place.folder).sort();
    const { status, error } = place.run("predict", "iris.safetensors", "late.csv", "--out", "late-out.csv");
    expect([status, error]).toEqual([
      1,
      'late.csv, line 5002, column petal_length: expected a number, got "?"\n',
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
