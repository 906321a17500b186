import { describe, expect, it } from "vitest";
import { patternOf } from "../../site/playground/draw/hash-pattern.js";
import { readable } from "../../site/playground/figures.js";
import { LossHistory } from "../../site/playground/history.js";
import { healthOf, histogramOf } from "../../site/playground/lenses/insides.js";
import { classResults, valueResults } from "../../site/playground/lenses/results.js";
import type { Snapshot } from "../../site/playground/messages.js";

const floats = (...values: number[]) => Float32Array.from(values);

describe("a histogram", () => {
  it("has the shares of the values, without those that are no numbers", () => {
    const { low, high, shares } = histogramOf(floats(0, 1, 2, 4, Number.NaN, Number.POSITIVE_INFINITY), 4);
    expect([low, high]).toEqual([0, 4]);
    expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("of one value, or of none, has a width", () => {
    expect(histogramOf(floats(3, 3), 2)).toEqual({ low: 2.5, high: 3.5, shares: [0, 1] });
    expect(histogramOf(floats(), 2)).toEqual({ low: -0.5, high: 0.5, shares: [0, 0] });
  });
});

it("units that are dead, saturated or not finite are counted", () => {
  const outputs = floats(0, 0, 0, 0.99, -0.99, 1, 0.1, Number.NaN, 0.3);
  expect(healthOf(outputs, 3, "tanh")).toEqual({ dead: 1, saturated: 1, notFinite: 1 });
  expect(healthOf(floats(0, 0, 0, 5, 6, 7), 2, "relu")).toEqual({ dead: 1, saturated: 0, notFinite: 0 });
});

describe("results", () => {
  it("of two classes are those of a cut", () => {
    const samples = { rows: 4, x: floats(), y: floats(0, 0, 1, 1) };
    const { matrix, accuracy, classes } = classResults(floats(-1, 2, 3, 4), samples, 0);
    expect(matrix).toEqual([
      [1, 1],
      [0, 2],
    ]);
    expect(accuracy).toBe(0.75);
    expect(classes[1]).toEqual({ precision: 2 / 3, recall: 1, f1: 0.8 });
  });

  it("of three classes are those of the largest logit", () => {
    const samples = { rows: 2, x: floats(), y: floats(0, 0, 1, 1, 0, 0) };
    const outputs = floats(1, 5, 2, 4, 3, 3);
    expect(classResults(outputs, samples, 0).matrix).toEqual([
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
  });

  it("of values are errors, and the share of the variance", () => {
    const samples = { rows: 4, x: floats(), y: floats(1, 2, 3, 4) };
    const { rootMeanSquare, meanAbsolute, r2 } = valueResults(floats(1, 2, 3, 6), samples);
    expect(rootMeanSquare).toBe(1);
    expect(meanAbsolute).toBe(0.5);
    expect(r2).toBeCloseTo(1 - 4 / 5, 12);
  });
});

it("a hash has sixteen cells, which another hash has otherwise", () => {
  const [one, other] = ["0123456789abcdef".repeat(4), `1${"0123456789abcdef".repeat(4).slice(1)}`];
  expect(patternOf(one)).toHaveLength(16);
  expect(patternOf(one)[0]).not.toEqual(patternOf(other)[0]);
});

it.each([
  [0.123456, "0.123"],
  [12, "12"],
  [0, "0"],
  [0.00001234, "1.2e-5"],
  [Number.NaN, "not a number"],
])("%f is read as %s", (value, text) => expect(readable(value)).toBe(text));

it("a history is thinned, and keeps the newest epoch and every test", () => {
  const history = new LossHistory();
  for (let epoch = 10; epoch <= 20_000; epoch += 10)
    history.add({ epoch, losses: new Float32Array(10).fill(1 / epoch), testLoss: epoch } as Snapshot);
  expect(history.epochs.length).toBeLessThanOrEqual(4000);
  expect(history.epochs.at(-1)).toBe(20_000);
  expect(history.last(1)[0].test).toBe(20_000);
  expect([...history.epochs].sort((a, b) => a - b)).toEqual(history.epochs);
});
