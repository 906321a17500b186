import { describe, expect, it } from "vitest";
import {
  adam,
  type Callback,
  createBackendSync,
  dense,
  type FitOptions,
  type History,
  Sequential,
  sgd,
  type Training,
} from "../../src/index.js";
import { iris } from "../reference/data.js";

/** A callback may end training: fit resolves to its history, as at any other end. */
const backend = createBackendSync();
const { x, y } = iris();
const make = () =>
  new Sequential(backend, { inputShape: 4, seed: 3, layers: [dense(8, { activation: "tanh" }), dense(3)] });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 15, epochs: 5 };

/** Trains, and lists what was called. */
async function train(callback: Callback, more: Partial<FitOptions> = {}) {
  using model = make();
  const calls: string[] = [];
  const optimizer = sgd({ learningRate: 0.1 });
  const history = await model.fit(x, y, {
    ...options,
    ...more,
    optimizer,
    callbacks: [
      callback,
      {
        onTrainBegin: () => void calls.push("begin"),
        onEpochBegin: (epoch) => void calls.push(`epoch ${epoch}`),
        onBatchEnd: ({ batch }) => void calls.push(`${batch}`),
        onEpochEnd: ({ epoch }) => void calls.push(`epoch ${epoch} done`),
        onTrainEnd: ({ epochs }) => void calls.push(`end ${epochs.length}`),
      },
    ],
  });
  return { history, calls: calls.join(" "), steps: optimizer.steps, weights: weightsOf(model) };
}

/** Ways for a callback to say so. */
const ways: [
  string,
  (end: boolean, training: Training) => ReturnType<NonNullable<Callback["onBatchEnd"]>>,
][] = [
  ["false", (end) => (end ? false : undefined)],
  ["a promise of false", async (end) => (end ? false : undefined)],
  ["stop()", (end, training) => void (end && training.stop())],
  [
    "stop() after a wait",
    async (end, training) => {
      await Promise.resolve();
      if (end) training.stop();
    },
  ],
];

describe.each(ways)("by %s", (_, end) => {
  it("onBatchEnd ends training after that step, with the epoch's log so far", async () => {
    const { history, calls, steps } = await train(
      { onBatchEnd: ({ epoch, batch }, training) => end(epoch === 2 && batch === 3, training) },
      { validationData: [x, y], metrics: ["accuracy"] },
    );
    expect(calls).toBe("begin epoch 1 1 2 3 4 5 6 7 8 9 10 epoch 1 done epoch 2 1 2 3 epoch 2 done end 2");
    expect(steps).toBe(13);
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(history.epochs[1].loss).toBeLessThan(history.epochs[0].loss);
    expect(history.epochs[1]).toHaveProperty("validationAccuracy");
  });

  it("onBatchBegin ends it before that batch", async () => {
    const { calls, steps } = await train({
      onBatchBegin: ({ batch }, training) => end(batch === 3, training),
    });
    expect(calls).toBe("begin epoch 1 1 2 epoch 1 done end 1");
    expect(steps).toBe(2);
  });

  it("onEpochEnd ends it after that epoch", async () => {
    const { history, steps } = await train({
      onEpochEnd: ({ epoch }, training) => end(epoch === 2, training),
    });
    expect(steps).toBe(20);
    expect(history.epochs).toHaveLength(2);
  });

  it.each(["onTrainBegin", "onEpochBegin"] as const)("%s ends it before the first step", async (name) => {
    using untrained = make();
    const { history, calls, weights } = await train({
      [name]: (...args: unknown[]) => end(true, args.at(-1) as Training),
    });
    expect(history).toEqual({ epochs: [] });
    expect(calls).toBe(name === "onTrainBegin" ? "begin end 0" : "begin epoch 1 end 0");
    expect(weights).toEqual(weightsOf(untrained));
  });

  it("onTrainEnd changes nothing", async () => {
    const { history } = await train({ onTrainEnd: (_, training) => end(true, training) });
    expect(history.epochs).toHaveLength(5);
  });

  it("the batches that wait for a step make one", async () => {
    const { steps } = await train(
      { onBatchEnd: ({ batch }, training) => end(batch === 5, training) },
      { accumulate: 3 },
    );
    expect(steps).toBe(2);
  });
});

describe("ended by a callback", () => {
  it("early stopping brings the best weights back", async () => {
    using model = make();
    const weights: number[][] = [];
    const history = await model.fit(x, y, {
      ...options,
      epochs: 50,
      validationData: [x, Int32Array.from(y, (label) => (label + 1) % 3)],
      earlyStopping: { patience: 40 },
      onEpochEnd: ({ epoch }) => {
        weights.push(weightsOf(model));
        return epoch < 8;
      },
    });
    expect(history.epochs).toHaveLength(8);
    expect(weightsOf(model)).toEqual(weights[(history.bestEpoch ?? 0) - 1]);
    expect(history.bestEpoch).toBeLessThan(8);
  });

  it("only false does: what else a callback returns means nothing", async () => {
    const { history } = await train({
      onBatchEnd: (() => 0) as never,
      onEpochEnd: () => true,
      onEpochBegin: (async () => null) as never,
    });
    expect(history.epochs).toHaveLength(5);
  });

  it("the callbacks after it are still called", async () => {
    const { calls } = await train({ onBatchEnd: () => false });
    expect(calls).toBe("begin epoch 1 1 epoch 1 done end 1");
  });

  it("training goes on with the next epoch", async () => {
    using model = make();
    const optimizer = adam();
    await model.fit(x, y, { ...options, optimizer, onBatchEnd: ({ batch }) => batch < 3 });
    const { epochs } = await model.fit(x, y, { ...options, optimizer, initialEpoch: 1, epochs: 2 });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([2]);
    expect(optimizer.steps).toBe(13);
  });

  it("a stream is closed", async () => {
    using model = make();
    let closed = false;
    const endless = async function* () {
      try {
        for (;;) yield [x, y] as const;
      } finally {
        closed = true;
      }
    };
    const { epochs } = await model.fit(endless, { ...options, onBatchEnd: ({ batch }) => batch < 4 });
    expect(closed).toBe(true);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1]);
  });

  it("train() returns the history", async () => {
    using model = make();
    const training = model.train(x, y, {
      ...options,
      onBatchEnd: ({ epoch, batch }) => epoch < 2 || batch < 3,
    });
    let steps = 0;
    let result = await training.next();
    for (; !result.done; result = await training.next()) steps++;
    expect(steps).toBe(13);
    expect((result.value as History).epochs).toHaveLength(2);
  });

  it("by a stop() that is kept and called from elsewhere", async () => {
    using model = make();
    let stop = () => {};
    const running = model.fit(x, y, {
      ...options,
      epochs: 100_000,
      onTrainBegin: (training) => {
        stop = training.stop;
      },
    });
    setTimeout(() => stop(), 5);
    expect((await running).epochs.length).toBeLessThan(100_000);
  });
});
