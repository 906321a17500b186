import { createBackend } from "lanewise";
import { describe, expect, it } from "vitest";
import { patternOf } from "../../site/playground/draw/hash-pattern.js";
import { readable } from "../../site/playground/figures.js";
import { histogramOf, resampled } from "../../site/playground/histogram.js";
import { LossHistory } from "../../site/playground/history.js";
import { Learner } from "../../site/playground/learner.js";
import { healthOf } from "../../site/playground/lenses/insides.js";
import { classResults, valueResults } from "../../site/playground/lenses/results.js";
import { decode } from "../../site/playground/link.js";
import type { Snapshot } from "../../site/playground/messages.js";
import { Observer } from "../../site/playground/observer.js";
import { MOST_RIDGES, RidgeHistory } from "../../site/playground/ridges.js";

const floats = (...values: number[]) => Float32Array.from(values);

describe("a histogram", () => {
  it("has the shares of the values, without those that are no numbers", () => {
    const { low, high, mean, shares } = histogramOf(
      floats(0, 1, 2, 4, Number.NaN, Number.POSITIVE_INFINITY),
      4,
    );
    expect([low, high, mean]).toEqual([0, 4, 1.75]);
    expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("of one value, or of none, has a width", () => {
    expect(histogramOf(floats(3, 3), 2)).toEqual({ low: 2.5, high: 3.5, mean: 3, shares: [0, 1] });
    expect(histogramOf(floats(), 2)).toEqual({ low: -0.5, high: 0.5, mean: 0, shares: [0, 0] });
  });
});

describe("the bins of a histogram", () => {
  it("are spread over others of the same range, and keep their shares", () => {
    const histogram = histogramOf(floats(0, 1, 2, 4), 4);
    expect(resampled(histogram, 0, 4, 2)).toEqual([0.5, 0.5]);
    expect(resampled(histogram, 0, 4, 8)).toEqual([0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125]);
    const odd = resampled(histogram, -3, 8, 7);
    expect(odd.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("lie where the values do within a wider range", () => {
    expect(resampled(histogramOf(floats(1, 1, 2, 2), 2), 0, 4, 4)).toEqual([0, 1, 0, 0]);
  });
});

describe("ridges", () => {
  it("are of each epoch at first, and of fewer as a run gets longer", () => {
    const history = new RidgeHistory();
    for (let epoch = 0; epoch <= 10_000; epoch++) {
      if (history.isDue(epoch)) history.add({ epoch, layers: [] });
      if (epoch === 20) expect(history.ridges).toHaveLength(21);
      expect(history.ridges.length).toBeLessThanOrEqual(MOST_RIDGES);
    }
    const epochs = history.ridges.map(({ epoch }) => epoch);
    expect(epochs.length).toBeGreaterThanOrEqual(MOST_RIDGES / 2);
    expect(epochs).toEqual(epochs.map((_, i) => i * (epochs[1] - epochs[0])));
  });

  it("hold the weights and outputs of every layer, the same at every pace, and no other bits", async () => {
    const { recipe } = decode("v=1&scene=points&data=rings&net=5relu,4tanh&drop=0.1&epochs=90");
    const backend = await createBackend();
    const endless = new AbortController().signal;
    const runAt = async (count: number) => {
      const learner = new Learner(backend, recipe, undefined, () => observer.record());
      const observer = new Observer(learner);
      await learner.run({ next: async () => count, batch: () => undefined }, endless);
      const [{ ridges }] = observer.look({ samples: false, equations: false, ridges: true });
      return { ridges, hash: await learner.hash() };
    };
    const [slow, fast] = [await runAt(1), await runAt(1000)];
    const alone = new Learner(backend, recipe);
    await alone.run({ next: async () => 1000, batch: () => undefined }, endless);

    expect(fast).toEqual(slow);
    expect(fast.hash).toBe(await alone.hash());
    expect(fast.ridges?.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 23 }, (_, i) => 4 * i));
    for (const { layers } of fast.ridges ?? []) {
      expect(layers).toHaveLength(3);
      for (const { weights, outputs } of layers)
        for (const { shares } of [weights, outputs])
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    }
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

  it("of several values are those of all, and of each", () => {
    // Outputs lie unit by unit, targets row by row.
    const samples = { rows: 2, x: floats(), y: floats(1, 10, 3, 30) };
    const { rootMeanSquare, meanAbsolute, r2, each } = valueResults(floats(1, 4, 10, 30), samples);
    expect(rootMeanSquare).toBe(0.5);
    expect(meanAbsolute).toBe(0.25);
    expect(r2).toBeCloseTo(1 - 1 / 202, 12);
    expect(each.map((output) => output.meanAbsolute)).toEqual([0.5, 0]);
    expect(each.map((output) => output.r2)).toEqual([0.5, 1]);
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
