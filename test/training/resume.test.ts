import { describe, expect, it } from "vitest";
import {
  adam,
  type Batch,
  createBackendSync,
  dense,
  dropout,
  type EpochLog,
  type FitOptions,
  losses,
  metrics,
  type Optimizer,
  restoreCheckpoint,
  Sequential,
  schedules,
  sgd,
  type Training,
} from "../../src/index.js";
import { iris } from "../reference/data.js";

/** A training that goes on gives the bits of the one that was not interrupted, wherever it was left. */
const backend = createBackendSync();
const { x, y } = iris();
const make = () =>
  new Sequential(backend, {
    inputShape: 4,
    seed: 9,
    layers: [dense(8, { activation: "tanh" }), dropout(0.2), dense(3)],
  });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const makeOptimizer = () =>
  adam({ learningRate: schedules.cosine({ learningRate: 0.02, steps: 60, minimum: 1e-3 }) });
/** Validation targets that the training leads away from: it gets worse from the first epochs on. */
const away: FitOptions = {
  loss: "softmaxCrossEntropy",
  batchSize: 32,
  validationData: [x, Int32Array.from(y, (label) => (label + 1) % 3)],
};
const timeless = ({ seconds: _, samplesPerSecond: __, ...log }: EpochLog) => log;

describe("after early stopping has brought the best weights back", () => {
  const early = { ...away, epochs: 40, earlyStopping: { patience: 3 } };
  const late = { ...away, epochs: 20, earlyStopping: { patience: 50 } };

  /** The run that waits longer from the beginning. */
  const uninterrupted = async () => {
    using whole = make();
    const history = await whole.fit(x, y, { ...late, optimizer: makeOptimizer() });
    return { weights: weightsOf(whole), logs: history.epochs.map(timeless), best: history.bestEpoch };
  };
  /** A run that ended early, and the checkpoint that was taken by then. */
  const ended = async (more: Partial<FitOptions> = {}) => {
    const model = make();
    const optimizer = makeOptimizer();
    const { epochs } = await model.fit(x, y, { ...early, ...more, optimizer });
    return { model, optimizer, epoch: epochs.length };
  };
  const goOn = async (model: Sequential, optimizer: Optimizer, epoch: number, options: FitOptions = late) => {
    const history = await model.fit(x, y, { ...options, optimizer, initialEpoch: epoch });
    return { weights: weightsOf(model), best: history.bestEpoch, epochs: history.epochs };
  };

  it("a checkpoint goes on from the last weights, not from the best", async () => {
    const expected = await uninterrupted();
    const { model, optimizer, epoch } = await ended();
    const best = weightsOf(model);
    const restored = restoreCheckpoint(backend, model.checkpoint(optimizer));
    // Until then the model predicts with the best.
    expect(weightsOf(restored.model)).toEqual(best);
    expect(restored.epoch).toBe(epoch);
    const result = await goOn(restored.model, restored.optimizer, epoch);
    expect(result.weights).toEqual(expected.weights);
    expect(result.best).toBe(expected.best);
    expect([...restored.history.epochs, ...result.epochs].map(timeless)).toEqual(expected.logs);
    for (const each of [model, restored.model]) each.dispose();
  });

  it("one of onTrainEnd does, and one of a model that was restored", async () => {
    const expected = await uninterrupted();
    let file: Uint8Array = new Uint8Array();
    const { model } = await ended({
      onTrainEnd: (_, training) => {
        file = training.model.checkpoint(training.optimizer);
      },
    });
    const first = restoreCheckpoint(backend, file);
    const again = first.model.checkpoint(first.optimizer);
    expect(again).toEqual(file);
    const second = restoreCheckpoint(backend, again);
    expect((await goOn(second.model, second.optimizer, second.epoch)).weights).toEqual(expected.weights);
    for (const each of [model, first.model, second.model]) each.dispose();
  });

  it("fit does on the same model, without a file", async () => {
    const expected = await uninterrupted();
    const { model, optimizer, epoch } = await ended();
    expect(await goOn(model, optimizer, epoch)).toMatchObject({
      weights: expected.weights,
      best: expected.best,
    });
    model.dispose();
  });

  it("without early stopping it ends with the last weights", async () => {
    using whole = make();
    await whole.fit(x, y, { ...away, epochs: 20, optimizer: makeOptimizer() });
    const { model, optimizer, epoch } = await ended();
    const result = await goOn(model, optimizer, epoch, { ...away, epochs: 20 });
    expect(result.weights).toEqual(weightsOf(whole));
    model.dispose();
  });

  it("restoreBest: false leaves the last weights, whatever an earlier call was told", async () => {
    using whole = make();
    await whole.fit(x, y, { ...away, epochs: 20, optimizer: makeOptimizer() });
    const { model, optimizer, epoch } = await ended();
    const options = { ...late, earlyStopping: { patience: 50, restoreBest: false } };
    expect((await goOn(model, optimizer, epoch, options)).weights).toEqual(weightsOf(whole));
    model.dispose();
  });

  it("a call that has nothing to do changes no weight, and the next one goes on all the same", async () => {
    const expected = await uninterrupted();
    const { model, optimizer, epoch } = await ended();
    const best = weightsOf(model);
    await goOn(model, optimizer, epoch, early);
    await goOn(model, optimizer, epoch, { ...late, epochs: epoch });
    expect(weightsOf(model)).toEqual(best);
    expect((await goOn(model, optimizer, epoch)).weights).toEqual(expected.weights);
    model.dispose();
  });

  it("weights that the user has set since are the ones that training goes on from", async () => {
    const { model, optimizer, epoch } = await ended();
    const restored = restoreCheckpoint(backend, model.checkpoint(optimizer));
    for (const each of [model, restored.model]) each.parameters[0].value.data.fill(0.25);
    // The last weights are no part of what comes out: a model that never had them gives the same.
    restored.model.progress.last = undefined;
    const options = { ...late, earlyStopping: { patience: 50, restoreBest: false } };
    const result = await goOn(model, optimizer, epoch, options);
    const other = await goOn(restored.model, restored.optimizer, epoch, options);
    expect(result.weights).toEqual(other.weights);
    using untouched = make();
    await untouched.fit(x, y, { ...away, epochs: 20, optimizer: makeOptimizer() });
    expect(result.weights).not.toEqual(weightsOf(untouched));
    for (const each of [model, restored.model]) each.dispose();
  });

  it("a new training begins with the best weights, as the model has them", async () => {
    const { model } = await ended();
    const best = weightsOf(model);
    let first: number[] = [];
    await model.fit(x, y, {
      ...away,
      onBatchBegin: ({ batch }) => {
        if (batch === 1) first = weightsOf(model);
      },
    });
    expect(first).toEqual(best);
    model.dispose();
  });
});

describe("in the middle of an epoch", () => {
  const options: FitOptions = {
    loss: "softmaxCrossEntropy",
    batchSize: 16,
    epochs: 4,
    accumulate: 3,
    validationSplit: 0.2,
    earlyStopping: { patience: 9, restoreBest: false },
  };
  const batches = (): Batch[] =>
    Array.from({ length: 8 }, (_, i) => [x.slice(i * 60, (i + 1) * 60), y.slice(i * 15, (i + 1) * 15)]);

  it.each([
    ["onBatchEnd, two batches before a step", "onBatchEnd", 2, 4],
    ["onBatchEnd, right after a step", "onBatchEnd", 3, 6],
    ["onBatchEnd, after the first batch", "onBatchEnd", 1, 1],
    ["onBatchEnd, after the last batch of an epoch", "onBatchEnd", 2, 8],
    ["onBatchBegin", "onBatchBegin", 3, 3],
    ["onEpochBegin", "onEpochBegin", 3, 0],
    ["onEpochEnd", "onEpochEnd", 2, 0],
    ["onTrainBegin", "onTrainBegin", 0, 0],
  ] as const)("a checkpoint of %s goes on with the next batch", async (_, name, epoch, batch) => {
    using whole = make();
    let file: Uint8Array = new Uint8Array();
    const take = (at: unknown, training: Training) => {
      const place = typeof at === "number" ? { epoch: at } : (at as { epoch?: number; batch?: number });
      if ((place.epoch ?? 0) === epoch && (place.batch ?? 0) === batch)
        file = training.model.checkpoint(training.optimizer);
    };
    const callback =
      name === "onTrainBegin" ? { onTrainBegin: (t: Training) => take({}, t) } : { [name]: take };
    const expected = await whole.fit(x, y, { ...options, ...callback, optimizer: makeOptimizer() });
    const { model, optimizer, epoch: done, history } = restoreCheckpoint(backend, file);
    expect(model.checkpoint(optimizer)).toEqual(file);
    const rest = await model.fit(x, y, { ...options, optimizer, initialEpoch: done });
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    expect([...history.epochs, ...rest.epochs].map(timeless)).toEqual(expected.epochs.map(timeless));
    model.dispose();
  });

  it("one of streamed batches passes over those that were done", async () => {
    const streamed = { ...options, validationSplit: 0 };
    using whole = make();
    let file: Uint8Array = new Uint8Array();
    await whole.fit(batches, {
      ...streamed,
      optimizer: sgd({ momentum: 0.9 }),
      onBatchEnd: ({ epoch, batch }, { model, optimizer }) => {
        if (epoch === 2 && batch === 5) file = model.checkpoint(optimizer);
      },
    });
    const { model, optimizer, epoch } = restoreCheckpoint(backend, file);
    await model.fit(batches, { ...streamed, optimizer, initialEpoch: epoch });
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    model.dispose();
  });

  it("a training that was aborted goes on there, from a file and without one", async () => {
    using whole = make();
    await whole.fit(x, y, { ...options, optimizer: makeOptimizer() });
    const model = make();
    const optimizer = makeOptimizer();
    const controller = new AbortController();
    const aborted = model.fit(x, y, {
      ...options,
      optimizer,
      signal: controller.signal,
      onBatchEnd: ({ epoch, batch }) => {
        if (epoch === 2 && batch === 5) controller.abort("enough");
      },
    });
    await expect(aborted).rejects.toBe("enough");
    const restored = restoreCheckpoint(backend, model.checkpoint(optimizer));
    for (const [each, by] of [
      [model, optimizer],
      [restored.model, restored.optimizer],
    ] as const) {
      await each.fit(x, y, { ...options, optimizer: by, initialEpoch: restored.epoch });
      expect(weightsOf(each)).toEqual(weightsOf(whole));
      each.dispose();
    }
  });

  it.each([
    ["without initialEpoch, which is a new training", {}, undefined],
    ["with batches of another size", { batchSize: 40, initialEpoch: 0 }, undefined],
    ["with as many batches of another size", { batchSize: 15, initialEpoch: 0 }, undefined],
    [
      "after steps of another training",
      { initialEpoch: 0 },
      (model: Sequential) => void model.forward(x, { training: true }),
    ],
  ])("the epoch begins anew %s", async (_, more, between) => {
    using model = make();
    await model.fit(x, y, { ...options, onBatchEnd: ({ batch }) => batch < 3, epochs: 1 });
    const optimizer = sgd();
    const controller = new AbortController();
    const signal = controller.signal;
    const onBatchEnd = () => controller.abort("enough");
    await model.fit(x, y, { ...options, optimizer, signal, onBatchEnd }).catch(() => {});
    between?.(model);
    const places: number[] = [];
    await model.fit(x, y, {
      ...options,
      ...more,
      optimizer,
      epochs: 1,
      onBatchBegin: ({ batch }) => void places.push(batch),
    });
    expect(places[0]).toBe(1);
  });
});

describe("a checkpoint loses nothing", () => {
  it("of numbers that JSON has not", async () => {
    using model = make();
    const optimizer = sgd();
    // Of one class alone the area is NaN, and a loss of -0 is one.
    await model.fit(x, new Float32Array(450), {
      loss: losses.custom({ value: () => -0, gradient: (_p, _t, out) => void out.fill(0) }),
      optimizer,
      epochs: 1,
    });
    model.progress.history[0].rocAuc = Number.NaN;
    model.progress.history[0].r2 = Number.NEGATIVE_INFINITY;
    const { history, model: restored } = restoreCheckpoint(backend, model.checkpoint(optimizer));
    expect(history.epochs).toEqual(model.progress.history);
    expect(Object.is(history.epochs[0].rocAuc, Number.NaN)).toBe(true);
    restored.dispose();
  });

  it("of a confusion matrix in the history", async () => {
    using model = make();
    const optimizer = sgd();
    await model.fit(x, y, {
      loss: "softmaxCrossEntropy",
      metrics: [metrics.confusionMatrix()],
      optimizer,
      epochs: 1,
    });
    const { history, model: restored } = restoreCheckpoint(backend, model.checkpoint(optimizer));
    expect(history.epochs).toEqual(model.progress.history);
    restored.dispose();
  });

  it("of a layer whose name looks like the optimizer's", () => {
    using model = new Sequential(backend, { inputShape: 4, layers: [dense(3, { name: "optimizer/mean" })] });
    const { model: restored } = restoreCheckpoint(backend, model.checkpoint(adam().attach(model)));
    expect(weightsOf(restored)).toEqual(weightsOf(model));
    restored.dispose();
  });
});

describe("metrics of an epoch that was left in its middle", () => {
  const answers = y.map((label) => Number(label === 2));
  const makeBinary = () =>
    new Sequential(backend, {
      inputShape: 4,
      seed: 4,
      layers: [dense(8, { activation: "tanh" }), dropout(0.3), dense(1, { activation: "sigmoid" })],
    });
  const cases: [string, () => Sequential, ArrayLike<number>, () => FitOptions][] = [
    [
      "of classes",
      make,
      y,
      () => ({
        loss: "softmaxCrossEntropy",
        metrics: [
          metrics.accuracy(),
          metrics.f1(),
          metrics.precision(),
          metrics.topKAccuracy({ k: 2 }),
          metrics.confusionMatrix(),
        ],
      }),
    ],
    [
      "of yes and no",
      makeBinary,
      answers,
      () => ({
        loss: "binaryCrossEntropy",
        metrics: [
          metrics.accuracy(),
          metrics.rocAuc(),
          metrics.recall(),
          metrics.meanAbsoluteError(),
          metrics.rootMeanSquaredError(),
          metrics.r2(),
        ],
        sampleWeights: Float32Array.from(y, (_, i) => 0.5 + (i % 4)),
      }),
    ],
  ];

  describe.each(cases)("%s", (_, begin, targets, more) => {
    it.each([
      [1, 1],
      [1, 8],
      [1, 17],
      [1, 20],
      [3, 14],
    ])("are those of the whole epoch: accumulate %d, left after batch %d", async (accumulate, at) => {
      const plan = (): FitOptions => ({
        ...more(),
        batchSize: 16,
        accumulate,
        epochs: 5,
        // A learning rate that follows from a metric: other metrics would be other weights.
        optimizer: adam({
          learningRate: schedules.reduceOnPlateau({
            learningRate: 0.05,
            monitor: "accuracy",
            minimumChange: 0.02,
            patience: 1,
          }),
        }),
      });
      using whole = begin();
      const expected = await whole.fit(x, targets as number[], plan());
      using left = begin();
      let file: Uint8Array | undefined;
      let batches = 0;
      await left.fit(x, targets as number[], {
        ...plan(),
        onBatchEnd(_, { model, optimizer }) {
          if (++batches === at) file = model.checkpoint(optimizer);
          return batches < at;
        },
      });
      const { model, optimizer, epoch, history } = restoreCheckpoint(backend, file as Uint8Array);
      const rest = await model.fit(x, targets as number[], { ...plan(), optimizer, initialEpoch: epoch });
      expect([...history.epochs, ...rest.epochs].map(timeless)).toEqual(expected.epochs.map(timeless));
      expect(weightsOf(model)).toEqual(weightsOf(whole));
      model.dispose();
    });
  });

  it("a metric that was not asked for before counts what is left", async () => {
    using model = make();
    const optimizer = makeOptimizer();
    const stop = new Error("stop");
    const onBatchEnd = () => {
      throw stop;
    };
    const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 75, optimizer };
    await expect(model.fit(x, y, { ...options, onBatchEnd })).rejects.toBe(stop);
    const { epochs } = await model.fit(x, y, {
      ...options,
      initialEpoch: 0,
      metrics: [metrics.confusionMatrix()],
    });
    expect(epochs[0].confusionMatrix?.flat().reduce((sum, count) => sum + count)).toBe(75);
  });
});

describe("while an epoch is validated", () => {
  /** Aborts at the first check after the last batch of epoch 2, and its step, are done. */
  const inValidation = (then: () => void) => {
    let [last, checks] = [false, 0];
    return {
      onBatchEnd: ({ epoch, batch, batches }: { epoch: number; batch: number; batches?: number }) => {
        if (epoch === 2 && batch === batches) last = true;
      },
      signal: {
        aborted: false,
        reason: undefined,
        addEventListener() {},
        removeEventListener() {},
        // The first check is that of the batch.
        throwIfAborted() {
          if (last && ++checks === 2) then();
        },
      },
    };
  };
  const options: FitOptions = { ...away, metrics: ["accuracy"], epochs: 4 };
  const uninterrupted = async () => {
    using whole = make();
    const { epochs } = await whole.fit(x, y, { ...options, optimizer: makeOptimizer() });
    return { weights: weightsOf(whole), logs: epochs.map(timeless) };
  };

  it("a checkpoint goes on with the validation", async () => {
    const expected = await uninterrupted();
    using left = make();
    const optimizer = makeOptimizer();
    let file: Uint8Array | undefined;
    const look = inValidation(() => {
      file = left.checkpoint(optimizer);
    });
    await left.fit(x, y, { ...options, ...look, optimizer });
    const restored = restoreCheckpoint(backend, file as Uint8Array);
    using model = restored.model;
    expect(restored.epoch).toBe(1);
    const { epochs } = await model.fit(x, y, {
      ...options,
      optimizer: restored.optimizer,
      initialEpoch: restored.epoch,
    });
    expect([...restored.history.epochs, ...epochs].map(timeless)).toEqual(expected.logs);
    expect(weightsOf(model)).toEqual(expected.weights);
  });

  it("an abort goes on with the validation", async () => {
    const expected = await uninterrupted();
    using model = make();
    const optimizer = makeOptimizer();
    const aborted = new Error("aborted");
    const look = inValidation(() => {
      throw aborted;
    });
    await expect(model.fit(x, y, { ...options, ...look, optimizer })).rejects.toBe(aborted);
    const { epochs } = await model.fit(x, y, { ...options, optimizer, initialEpoch: 1 });
    expect(epochs.map(timeless)).toEqual(expected.logs.slice(1));
    expect(weightsOf(model)).toEqual(expected.weights);
  });
});
