import { describe, expect, it } from "vitest";
import {
  activation,
  adam,
  type Batch,
  batchNormalization,
  createBackendSync,
  dense,
  type FitOptions,
  NonFiniteError,
  restoreCheckpoint,
  Sequential,
  saveModel,
  sgd,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { iris } from "../reference/data.js";

/**
 * Buffers that training changes: they follow the steps that go well, once each, and are part of all that a
 * training is left, stopped and continued by.
 */
const backend = createBackendSync();
const { x, y } = iris();
const make = (on = backend) =>
  new Sequential(on, {
    inputShape: 4,
    seed: 9,
    layers: [
      batchNormalization({ momentum: 0.8 }),
      dense(8),
      batchNormalization(),
      activation("relu"),
      dense(3),
    ],
  });
const makeOptimizer = () => adam({ learningRate: 0.02 });
const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 32, epochs: 4 };
const stateOf = (model: Sequential): number[][] =>
  [...model.parameters, ...model.buffers].map(({ value }) => Array.from(value.data));
const statisticsOf = (model: Sequential): number[][] =>
  model.buffers.map(({ value }) => Array.from(value.data));

describe("running statistics", () => {
  it("are those of the batches in the order of fit, and predictions follow them", async () => {
    using model = new Sequential(backend, {
      inputShape: 1,
      layers: [batchNormalization({ momentum: 0.5, trainable: true }), dense(1)],
    });
    const data = [1, 3, 10, 14];
    const optimizer = sgd({ learningRate: 0.01 });
    await model.fit(data, data, {
      loss: "meanSquaredError",
      batchSize: 2,
      shuffle: false,
      epochs: 1,
      optimizer,
    });
    // Means 2 and 12, unbiased variances 2 and 8: 0 to 1 to 6.5, and 1 to 1.5 to 4.75.
    expect(statisticsOf(model)).toEqual([[6.5], [4.75]]);
  });

  it("have the bits of the scalar build on every exact build, and so has the digest", async () => {
    const digests = new Set<string>();
    for (const variant of exactVariants) {
      using model = make(createBackendSync(on(variant)));
      await model.fit(x, y, { ...options, optimizer: makeOptimizer() });
      digests.add(await model.weightsDigest());
    }
    expect(digests.size).toBe(1);
  });

  it("count in the digest of the weights", async () => {
    using model = make();
    const before = await model.weightsDigest();
    model.buffers[0].value.data[0] = 1;
    expect(await model.weightsDigest()).not.toBe(before);
  });

  it("do not move in a step that fails, although its batch is run once more to find out why", async () => {
    using model = new Sequential(backend, {
      inputShape: 1,
      layers: [batchNormalization({ momentum: 0.5 }), dense(1, { kernelInitializer: "zeros" })],
    });
    const batches: Batch[] = [
      [
        [1, 3],
        [0, 0],
      ],
      [
        [10, 14],
        [3e38, -3e38],
      ],
    ];
    const optimizer = sgd({ learningRate: 1e-3 });
    await expect(model.fit(batches, { loss: "meanSquaredError", optimizer, epochs: 1 })).rejects.toThrow(
      NonFiniteError,
    );
    // Those of the first batch: a mean of 2 and an unbiased variance of 2.
    expect(statisticsOf(model)).toEqual([[1], [1.5]]);
  });

  it("of each batch of a group count by themselves, while its gradients wait", async () => {
    const trained = async (accumulate: number) => {
      using model = make();
      await model.fit(x, y, {
        ...options,
        optimizer: sgd({ learningRate: 1e-9 }),
        accumulate,
        epochs: 1,
      });
      return statisticsOf(model)[0];
    };
    expect(await trained(3)).toEqual(await trained(1));
  });

  it("are not moved by evaluate, predict, validation, or a layer that is not trainable", async () => {
    using model = make();
    const before = stateOf(model);
    model.evaluate(x, y, { loss: "softmaxCrossEntropy" });
    model.predict(x);
    expect(stateOf(model)).toEqual(before);
    using frozen = new Sequential(backend, {
      inputShape: 4,
      seed: 9,
      layers: [batchNormalization({ trainable: false }), dense(3)],
    });
    const kept = statisticsOf(frozen);
    await frozen.fit(x, y, { ...options, optimizer: makeOptimizer() });
    expect(statisticsOf(frozen)).toEqual(kept);
  });

  it("of a validation on the training samples are those that predict", async () => {
    using model = make();
    const { epochs } = await model.fit(x, y, {
      ...options,
      optimizer: makeOptimizer(),
      validationData: [x, y],
    });
    const { loss } = model.evaluate(x, y, { loss: "softmaxCrossEntropy" });
    expect(epochs.at(-1)?.validationLoss).toBe(loss);
  });
});

describe("a training that goes on has their bits", () => {
  it.each([
    ["in the middle of an epoch", 1, 7],
    ["between the batches of a group", 2, 8],
    ["at the end of an epoch", 1, 10],
  ])("%s", async (_, accumulate, left) => {
    const all = { ...options, accumulate };
    using whole = make();
    await whole.fit(x, y, { ...all, optimizer: makeOptimizer() });
    using broken = make();
    const optimizer = makeOptimizer();
    let [batches, file] = [0, new Uint8Array()];
    await broken.fit(x, y, {
      ...all,
      optimizer,
      onBatchEnd: (_, training) => {
        if (++batches !== left) return undefined;
        file = training.model.checkpoint(training.optimizer);
        return false;
      },
    });
    const restored = restoreCheckpoint(backend, file);
    const model = restored.model as Sequential;
    await model.fit(x, y, { ...all, optimizer: restored.optimizer, initialEpoch: restored.epoch });
    expect(stateOf(model)).toEqual(stateOf(whole));
    expect(saveModel(model)).toEqual(saveModel(whole));
    model.dispose();
  });

  it("in two calls of fit as in one", async () => {
    using whole = make();
    using parts = make();
    await whole.fit(x, y, { ...options, optimizer: makeOptimizer() });
    const optimizer = makeOptimizer();
    await parts.fit(x, y, { ...options, optimizer, epochs: 2 });
    await parts.fit(x, y, { ...options, optimizer, epochs: 2 });
    expect(stateOf(parts)).toEqual(stateOf(whole));
  });
});

describe("early stopping brings back the statistics of the best epoch", () => {
  const away: FitOptions = {
    ...options,
    epochs: 12,
    validationData: [x, Int32Array.from(y, (label) => (label + 1) % 3)],
  };

  it("with its weights, and training goes on from the last", async () => {
    const states: number[][][] = [];
    using model = make();
    const optimizer = makeOptimizer();
    const { bestEpoch = 0 } = await model.fit(x, y, {
      ...away,
      optimizer,
      earlyStopping: { patience: 3 },
      onEpochEnd: () => void states.push(stateOf(model)),
    });
    expect(stateOf(model)).toEqual(states[bestEpoch - 1]);
    expect(statisticsOf(model)).not.toEqual(states.at(-1)?.slice(-statisticsOf(model).length));

    using whole = make();
    await whole.fit(x, y, { ...away, optimizer: makeOptimizer() });
    const restored = restoreCheckpoint(backend, model.checkpoint(optimizer));
    const again = restored.model as Sequential;
    await again.fit(x, y, { ...away, optimizer: restored.optimizer, initialEpoch: restored.epoch });
    expect(stateOf(again)).toEqual(stateOf(whole));
    again.dispose();
  });
});
