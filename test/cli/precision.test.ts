import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, loadModel } from "../../src/index.js";
import { Workplace } from "./program.js";

const place = new Workplace();
const train = (...more: readonly string[]) =>
  place.json("train", "t.csv", "--folds", "0", "--force", "--epochs", "60", ...more);
const evaluated = () => place.json("evaluate", "model.safetensors", "t.csv").scores;
const predictions = () => place.run("predict", "model.safetensors", "t.csv").out.trim().split("\n").slice(1);

describe("numbers that float32 cannot tell apart, since they are encoded in float64:", () => {
  it.each<[what: string, x: (i: number) => string]>([
    ["times ten seconds apart, in seconds since 1970", (i) => String(1_700_000_000 + 10 * i)],
    ["times a millisecond apart, in milliseconds since 1970", (i) => String(1_700_000_000_000 + i)],
    ["numbers of 16 digits", (i) => String(1_234_567_890_123_000 + i)],
    ["a small change on a large number", (i) => (1e6 + i * 1e-4).toFixed(4)],
  ])("%s: 200 rows get 200 predictions", (_, x) => {
    place.table("t.csv", "x,y", 200, (i) => `${x(i)},${(i / 8 - 12).toFixed(3)}`);
    train("--target", "y", "--column", "x=number");
    expect(evaluated().r2).toBeGreaterThan(0.99);
    expect(new Set(predictions()).size).toBe(200);
  });

  it("classes that only large numbers tell apart are learnt", () => {
    place.table("t.csv", "t,cls", 60, (i) => `${1_700_000_000 + i},${i < 30 ? "early" : "late"}`);
    train("--target", "cls");
    expect(evaluated().accuracy).toBeGreaterThan(0.93);
  });

  it("the model's file predicts records in a program as the command does", async () => {
    place.table("t.csv", "a,b,y", 60, (i) => `${(i * 3) % 41},${(i * 7) % 13},${1000 + 2 * i}`);
    train("--target", "y");
    using model = await loadModel(createBackendSync(), readFileSync(place.path("model.safetensors")));
    const records = Array.from({ length: 60 }, (_, i) => ({ a: (i * 3) % 41, b: (i * 7) % 13 }));
    const values = Array.from(model.predict(records), (value) => String(Number(value.toPrecision(9))));
    expect(values).toEqual(predictions());
  });
});
