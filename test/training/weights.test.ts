import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  type FitOptions,
  type LossName,
  losses,
  metrics,
  Sequential,
  sgd,
  type Targets,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { iris } from "../reference/data.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

/**
 * Sample and class weights against what they mean: a sample that weighs n counts as n such samples, divided
 * by the rows that there are.
 */
const backend = createBackendSync();
const random = new Random(20261124);
const { x, y } = iris();

const targetsOf = (name: string, rows: number, cols: number): Targets =>
  name === "softmaxCrossEntropy" || name === "categoricalFocal"
    ? random.integers(rows, cols)
    : random.floats(rows * cols, /binary|kullback|poisson/.test(name) ? 0.01 : -1, 0.99);

const take = <T extends ArrayLike<number>>(values: T, rows: readonly number[], cols: number): number[] =>
  rows.flatMap((i) => Array.from({ length: cols }, (_, j) => values[i * cols + j]));

describe("in a loss", () => {
  const [rows, cols] = [11, 5];
  const weights = Float32Array.from({ length: rows }, (_, i) => i % 4);
  const repeated = [...weights.keys()].flatMap((i) => Array<number>(weights[i]).fill(i));

  it.each(Object.keys(losses).filter((name) => name !== "custom") as LossName[])(
    "%s: a sum with whole weights is that of the rows repeated, and their gradient adds up",
    (name) => {
      const loss = (losses[name] as (options: object) => ReturnType<typeof losses.huber>)({
        reduction: "sum",
        // Rows of targets that do not sum to 1.
        allowMismatch: true,
      });
      const p = random.floats(rows * cols, 0.01, 0.99);
      const t = targetsOf(name, rows, cols) as Float32Array;
      const targetCols = t.length / rows;
      const pred = backend.matrix(rows, cols, p);
      const many = backend.matrix(repeated.length, cols, take(p, repeated, cols));
      const tMany =
        targetCols === 1 ? Int32Array.from(take(t, repeated, 1)) : Float32Array.from(take(t, repeated, cols));
      const out = backend.matrix(rows, cols);
      const value = loss.valueAndGradient(pred, t, out, { sampleWeights: weights });
      expectClose("value", [value], [loss.value(many, tMany)], 1e-6, 2e-6);
      expect(loss.value(pred, t, { sampleWeights: weights })).toBe(value);
      expect([...loss.gradient(pred, t, { sampleWeights: backend.matrix(rows, 1, weights) }).data]).toEqual([
        ...out.data,
      ]);
      const expected = new Float64Array(rows * cols);
      const gradient = loss.gradient(many, tMany).data;
      for (const [at, row] of repeated.entries())
        for (let j = 0; j < cols; j++) expected[row * cols + j] += gradient[at * cols + j];
      expectClose("gradient", out.data, expected, 1e-6, 2e-6);
    },
  );

  it("a mean divides by the number of terms, not by the weights' sum", () => {
    const loss = losses.meanSquaredError();
    expect(loss.value(backend.matrix(2, 1, [1, 1]), [0, 0], { sampleWeights: [3, 1] })).toBe(2);
  });

  it.each([
    [[1], /expected sampleWeights for 2 rows, got 1/],
    [[1, -1], /the weight of row 1 to be a finite number of at least 0, got -1/],
    [[1, Number.NaN], /the weight of row 1 .* got NaN/],
    ["1", /sampleWeights to be a Matrix, a typed array/],
  ])("weights %s are refused", (sampleWeights, message) => {
    const pred = backend.matrix(2, 1);
    expect(() => losses.huber().value(pred, [0, 0], { sampleWeights: sampleWeights as number[] })).toThrow(
      message,
    );
    expect(() => losses.huber().gradient(pred, [0, 0], { sampleWeights: sampleWeights as number[] })).toThrow(
      message,
    );
  });
});

describe.each(exactVariants)("in fit, on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = (outputs = 3) =>
    new Sequential(backend, {
      inputShape: 4,
      seed: 5,
      layers: [dense(6, { activation: "tanh" }), dense(outputs)],
    });
  const train = async (options: Partial<FitOptions>, targets: Targets = y, outputs = 3) => {
    using model = make(outputs);
    const { epochs } = await model.fit(x, targets, {
      loss: "softmaxCrossEntropy",
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: 16,
      epochs: 2,
      ...options,
    });
    return {
      weights: model.parameters.flatMap(({ value }) => [...value.data]),
      log: { ...epochs[1], seconds: 0, samplesPerSecond: 0 },
    };
  };
  const sampleWeights = Float32Array.from({ length: 150 }, (_, i) => (i % 5) / 2);

  it("weights of 1 give the very weights of none, and the metrics", async () => {
    const plain = await train({ metrics: ["accuracy", metrics.f1()] });
    const ones = await train({
      metrics: ["accuracy", metrics.f1()],
      sampleWeights: new Float32Array(150).fill(1),
      classWeights: [1, 1, 1],
    });
    expect(ones.weights).toEqual(plain.weights);
    expect([ones.log.accuracy, ones.log.f1]).toEqual([plain.log.accuracy, plain.log.f1]);
    expectClose("loss", [ones.log.loss], [plain.log.loss], 0, 1e-6);
  });

  it("class weights are the sample weights of their classes, for labels, one-hot targets and a record; both are multiplied", async () => {
    const classWeights = [0.5, 2, 1];
    const byClass = Float32Array.from(y, (label) => classWeights[label]);
    const expected = await train({ sampleWeights: byClass });
    expect(await train({ classWeights })).toEqual(expected);
    expect(await train({ classWeights: { 1: 2, 0: 0.5 } })).toEqual(expected);
    const oneHot = Array.from(y, (label) => [0, 1, 2].map((k) => Number(k === label)));
    expect(await train({ classWeights }, oneHot)).toEqual(await train({ sampleWeights: byClass }, oneHot));
    const both = byClass.map((weight, i) => weight * sampleWeights[i]);
    expect(await train({ classWeights, sampleWeights })).toEqual(await train({ sampleWeights: both }));
    expect((await train({ classWeights })).weights).not.toEqual((await train({})).weights);
  });

  it("class weights of yes and no are those of the classes 1 and 0", async () => {
    const answers = Float32Array.from(y, (label) => Number(label === 2));
    const options = { loss: "binaryCrossEntropyWithLogits" } as const;
    const expected = await train(
      { ...options, sampleWeights: answers.map((answer) => (answer ? 3 : 0.25)) },
      answers,
      1,
    );
    expect(await train({ ...options, classWeights: [0.25, 3] }, answers, 1)).toEqual(expected);
  });

  it("samples that weigh nothing are as though they were not there, but in the number that the mean divides by", async () => {
    // One batch of all, and a sum: what is left out changes nothing but the order of sums.
    const options = {
      loss: losses.softmaxCrossEntropy({ reduction: "sum" }),
      batchSize: 150,
      optimizer: sgd({ learningRate: 0.001 }),
    };
    const left = await train({
      ...options,
      sampleWeights: sampleWeights.map((weight) => Number(weight > 0)),
    });
    const kept = [...y.keys()].filter((i) => sampleWeights[i] > 0);
    using model = make();
    await model.fit(Float32Array.from(take(x, kept, 4)), Int32Array.from(take(y, kept, 1)), {
      ...options,
      optimizer: sgd({ learningRate: 0.001 }),
      epochs: 2,
    });
    expectClose(
      "weights",
      left.weights,
      model.parameters.flatMap(({ value }) => [...value.data]),
      1e-6,
      1e-5,
    );
  });

  it("validation is weighted: its part of a split, validationData by their own, and class weights both", async () => {
    using model = make();
    const classWeights = [3, 1, 0.5];
    const options = { loss: "softmaxCrossEntropy", metrics: ["accuracy"], classWeights } as const;
    const { epochs } = await model.fit(x, y, {
      ...options,
      sampleWeights,
      validationData: [x, y, sampleWeights],
    });
    const evaluated = model.evaluate(x, y, { ...options, sampleWeights });
    expect([epochs[0].validationLoss, epochs[0].validationAccuracy]).toEqual([
      evaluated.loss,
      evaluated.accuracy,
    ]);
    const none = new Float32Array(150);
    expect(
      (await model.fit(x, y, { ...options, sampleWeights: none, validationSplit: 0.3 })).epochs[0]
        .validationLoss,
    ).toBe(0);
  });
});

it("scalar and SIMD weights are equal to the bit after a weighted training", async () => {
  const results = [];
  for (const variant of exactVariants) {
    using backend = createBackendSync(on(variant));
    const model = new Sequential(backend, {
      inputShape: 4,
      seed: 5,
      layers: [dense(7, { activation: "gelu" }), dense(3)],
    });
    const { epochs } = await model.fit(x, y, {
      loss: "softmaxCrossEntropy",
      classWeights: [0.3, 1.7, 1.1],
      epochs: 3,
      metrics: [metrics.f1()],
    });
    results.push([
      model.parameters.map(({ value }) => [...value.data]),
      epochs.map(({ loss, f1 }) => [loss, f1]),
    ]);
  }
  expect(results[1]).toEqual(results[0]);
});

describe("weights that do not fit", () => {
  it.each([
    [{ sampleWeights: [1] }, /fit expected sampleWeights for 150 rows, got 1/],
    [
      { sampleWeights: new Float32Array(150).fill(-1) },
      /the weight of row 0 to be a finite number of at least 0, got -1/,
    ],
    [{ classWeights: [1, 2] }, /classWeights for 3 classes, got 2/],
    [{ classWeights: { 3: 1 } }, /classWeights for classes from 0 to 2, got one for "3"/],
    [{ classWeights: { setosa: 1 } }, /got one for "setosa"/],
    [{ classWeights: [1, 2, -3] }, /the weight of class 2 to be a finite number of at least 0, got -3/],
    [{ classWeights: 2 }, /classWeights to be an array or a record of numbers, got 2/],
  ])("%o is refused", async (options, message) => {
    const model = new Sequential(backend, { inputShape: 4, layers: [dense(3)] });
    const before = [...model.parameters[0].value.data];
    await expect(model.fit(x, y, { loss: "softmaxCrossEntropy", ...(options as object) })).rejects.toThrow(
      message,
    );
    expect([...model.parameters[0].value.data]).toEqual(before);
    expect(() => model.evaluate(x, y, { loss: "softmaxCrossEntropy", ...(options as object) })).toThrow(
      ValueOrShape,
    );
  });

  it("class weights for several outputs of yes or no are refused", () => {
    const model = new Sequential(backend, { inputShape: 4, layers: [dense(2)] });
    const targets = new Float32Array(300);
    expect(() =>
      model.evaluate(x, targets, { loss: "binaryCrossEntropyWithLogits", classWeights: [1, 2] }),
    ).toThrow(/sampleWeights instead of classWeights/);
  });
});

const ValueOrShape = /expected (sampleWeights|classWeights|the weight)/;
