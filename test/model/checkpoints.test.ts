import { expect, it } from "vitest";
import {
  adam,
  add,
  createBackendSync,
  dense,
  dropout,
  type FitOptions,
  input,
  Model,
  restoreCheckpoint,
  type Tensor,
} from "../../src/index.js";
import { Random } from "../support/random.js";

/** Checkpoints of a model with two inputs and outputs, a shared and a frozen layer: training goes on to the bits. */
const backend = createBackendSync();
const random = new Random(5);
const ROWS = 22;
const x = { a: random.floats(ROWS * 3), b: random.floats(ROWS * 3) };
const y = {
  price: random.floats(ROWS),
  kind: Array.from({ length: ROWS }, () => random.integer(3)),
};

function make() {
  const [a, b] = [input(3, { name: "a" }), input(3, { name: "b" })];
  const shared = dense(6, { activation: "tanh" });
  const frozen = dense(6, { trainable: false });
  const h = dropout(0.3).apply(add(shared.apply(a), frozen.apply(shared.apply(b))));
  const outputs = [
    dense(1, { name: "price" }).apply(h),
    dense(3, { name: "kind", activation: "softmax" }).apply(h),
  ];
  return new Model(backend, { inputs: [a, b], outputs, seed: 2 });
}

const options = {
  loss: ["meanSquaredError", "categoricalCrossEntropy"],
  metrics: { kind: ["accuracy"] },
  lossWeights: { price: 0.5 },
  batchSize: 4,
  epochs: 4,
  validationSplit: 0.2,
  accumulate: 2,
} satisfies FitOptions;

const timeless = (logs: readonly object[]) =>
  logs.map((log) => ({ ...log, seconds: undefined, samplesPerSecond: undefined }));

async function whole() {
  const model = make();
  const { epochs } = await model.fit(x, y, { ...options, optimizer: adam({ learningRate: 0.01 }) });
  return { digest: await model.weightsDigest(), logs: timeless(epochs) };
}

it.each([
  ["between two epochs", 2, 5],
  ["in the middle of an epoch, after a step", 3, 2],
  ["in the middle of an epoch, while gradients wait for a step", 3, 3],
])("resumed %s", async (_, epoch, batch) => {
  const expected = await whole();
  let file: Uint8Array | undefined;
  const stop = new Error("stop");
  const optimizer = adam({ learningRate: 0.01 });
  const run = make().fit(x, y, {
    ...options,
    optimizer,
    onBatchEnd: (place, { model }) => {
      if (batch >= 5 || place.epoch !== epoch || place.batch !== batch) return;
      file = model.checkpoint(optimizer);
      throw stop;
    },
    onEpochEnd: (log, { model }) => {
      if (batch < 5 || log.epoch !== epoch) return;
      file = model.checkpoint(optimizer);
      throw stop;
    },
  });
  await expect(run).rejects.toBe(stop);
  const restored = restoreCheckpoint<Tensor[]>(backend, file as Uint8Array<ArrayBuffer>);
  expect(restored.model.checkpoint(restored.optimizer)).toEqual(file);
  const { epochs } = await restored.model.fit(x, y, {
    ...options,
    optimizer: restored.optimizer,
    initialEpoch: restored.epoch,
  });
  expect(await restored.model.weightsDigest()).toBe(expected.digest);
  expect(timeless([...restored.history.epochs, ...epochs])).toEqual(expected.logs);
});

it("resumed after early stopping has brought the best weights back", async () => {
  const early = {
    ...options,
    accumulate: 1,
    earlyStopping: { monitor: "validationKindAccuracy", patience: 1 },
  };
  const optimizer = adam({ learningRate: 0.05 });
  const model = make();
  const { epochs } = await model.fit(x, y, { ...early, optimizer, epochs: 20 });
  expect(epochs.length).toBeLessThan(20);
  const restored = restoreCheckpoint<Tensor[]>(backend, model.checkpoint(optimizer));
  expect(await restored.model.weightsDigest()).toBe(await model.weightsDigest());
  const more = { ...options, accumulate: 1, epochs: epochs.length + 2, initialEpoch: epochs.length };
  await model.fit(x, y, { ...more, optimizer });
  await restored.model.fit(x, y, { ...more, optimizer: restored.optimizer });
  expect(await restored.model.weightsDigest()).toBe(await model.weightsDigest());
});
