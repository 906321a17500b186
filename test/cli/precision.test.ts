import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, loadModel } from "../../src/index.js";
import { Workplace } from "./program.js";

const place = new Workplace();
const write = (header: string, count: number, row: (i: number) => string) =>
  place.file("t.csv", `${header}\n${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`);
const predictions = () => place.run("predict", "model.safetensors", "t.csv").out.trim().split("\n").slice(1);

describe("numbers that float32 cannot tell apart", () => {
  it.each<[what: string, x: (i: number) => string]>([
    ["times ten seconds apart, in seconds since 1970", (i) => String(1_700_000_000 + 10 * i)],
    ["times a millisecond apart, in milliseconds since 1970", (i) => String(1_700_000_000_000 + i)],
    ["ids of 16 digits", (i) => String(1_234_567_890_123_000 + i)],
    ["a small change on a large number", (i) => (1e6 + i * 1e-4).toFixed(4)],
  ])("%s: 400 rows get 400 predictions, and evaluate sees the same", (_, x) => {
    write("x,y", 400, (i) => `${x(i)},${(i / 8 - 25).toFixed(3)}`);
    expect(place.json("train", "t.csv", "--target", "y").scores.r2).toBeGreaterThan(0.99);
    expect(new Set(predictions()).size).toBe(400);
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.r2).toBeGreaterThan(0.99);
  });

  it("values to predict come back in their unit: 1.7e9 and a hundred either way", () => {
    write("x,y", 60, (i) => `${i},${1_700_000_000 + 3 * (i - 30)}`);
    expect(place.json("train", "t.csv", "--target", "y").scores.r2).toBeGreaterThan(0.98);
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.rmse).toBeLessThan(10);
    const values = predictions().map(Number);
    expect(new Set(values).size).toBe(60);
    values.forEach((value, i) => {
      expect(Math.abs(value - 1_700_000_000 - 3 * (i - 30))).toBeLessThan(25);
    });
  });

  it("classes that only large numbers tell apart are learnt", () => {
    write("t,cls", 60, (i) => `${1_700_000_000 + i},${i < 30 ? "early" : "late"}`);
    place.json("train", "t.csv", "--target", "cls");
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.accuracy).toBeGreaterThan(0.93);
  });

  it("the model's file predicts raw numbers in a program, at the precision of float32", async () => {
    write("a,b,y", 60, (i) => `${i},${(i * 7) % 13},${1000 + 2 * i - ((i * 7) % 13)}`);
    place.json("train", "t.csv", "--target", "y");
    using model = await loadModel(createBackendSync(), readFileSync(place.path("model.safetensors")));
    const raw = model.predict(Array.from({ length: 60 }, (_, i) => [i, (i * 7) % 13]));
    predictions().forEach((value, i) => {
      expect(raw[i]).toBeCloseTo(Number(value), 2);
    });
  });

  it("says so when two numbers are one in float64", () => {
    write("id,y", 40, (i) => `${i === 5 ? "12345678901234567" : i === 6 ? "12345678901234568" : i},${i / 7}`);
    expect(place.run("train", "t.csv", "--target", "y").out).toContain(
      "t.csv, line 8, column id: 12345678901234568 and 12345678901234567 are one number in float64\n",
    );
  });

  it("says so when some rows far away make all others alike", () => {
    write("t,y", 400, (i) => `${i % 2 ? 1_700_000_000 + i / 100 : 0},${i / 7}`);
    expect(place.run("train", "t.csv", "--target", "y").out).toMatch(
      /column t: \d+ different values are only \d+ in float32 once scaled, because others lie far away\n/,
    );
  });
});
