import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type ActivationName,
  adam,
  type BatchLog,
  BusyError,
  createBackendSync,
  DisposedError,
  dense,
  type FitOptions,
  losses,
  metrics,
  type Optimizer,
  Sequential,
  ShapeError,
  sgd,
  type Targets,
  ValueError,
} from "../../src/index.js";
import { exactVariants, on, variants } from "../reference/backends.js";
import { digits, iris, split } from "../reference/data.js";
import { expectClose } from "../reference/golden.js";
import { collectGarbage } from "../support/garbage.js";

const weightsOf = (model: Sequential): number[][] =>
  model.parameters.map(({ value }) => Array.from(value.data));
const hash = (model: Sequential): string => {
  const sha = createHash("sha256");
  for (const { value } of model.parameters) sha.update(new Uint8Array(value.data.slice().buffer));
  return sha.digest("hex");
};
const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7));

describe.each(variants)("fit on the %s build learns", (variant) => {
  const backend = createBackendSync(on(variant));

  it("exclusive or, to a loss below 0.01", async () => {
    using model = new Sequential(backend, {
      inputShape: 2,
      seed: 1,
      layers: [dense(8, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
    });
    const x = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const { epochs } = await model.fit(x, [0, 1, 1, 0], {
      loss: "binaryCrossEntropy",
      optimizer: adam({ learningRate: 0.05 }),
      epochs: 300,
      batchSize: 4,
      metrics: ["accuracy"],
    });
    expect(epochs[299].loss).toBeLessThan(0.01);
    expect(epochs[299].accuracy).toBe(1);
    expect([...model.predict(x)].map(Math.round)).toEqual([0, 1, 1, 0]);
  });

  it("iris: 0.93 of a held-out third", async () => {
    const { train, test } = split(iris(), 1 / 3, 4);
    using model = new Sequential(backend, {
      inputShape: 4,
      seed: 2,
      layers: [dense(16, { activation: "relu" }), dense(3)],
    });
    await model.fit(train.x, train.y, {
      loss: "softmaxCrossEntropy",
      optimizer: adam({ learningRate: 0.01 }),
      epochs: 60,
      batchSize: 16,
    });
    const { accuracy } = model.evaluate(test.x, test.y, {
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
    expect(accuracy).toBeGreaterThanOrEqual(0.93);
  });

  it("digits: 0.95 of a held-out fifth", async () => {
    const { train, test } = split(digits(), 1 / 5, 7);
    using model = new Sequential(backend, {
      inputShape: 64,
      seed: 7,
      layers: [dense(64, { activation: "relu" }), dense(10)],
    });
    await model.fit(train.x, train.y, {
      loss: "softmaxCrossEntropy",
      optimizer: adam(),
      epochs: 30,
      batchSize: 32,
    });
    const { accuracy } = model.evaluate(test.x, test.y, {
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
    expect(accuracy).toBeGreaterThanOrEqual(0.95);
  });
});

describe("the bits of a training", () => {
  const optimizers: Record<string, () => Optimizer> = {
    sgd: () => sgd({ learningRate: 0.05, weightDecay: 0.01 }),
    momentum: () => sgd({ learningRate: 0.02, momentum: 0.9 }),
    "scaled nesterov": () => sgd({ learningRate: 0.02, momentum: 0.9, nesterov: true, velocity: "scaled" }),
    adam: () => adam(),
  };
  const pairs: [ActivationName, string][] = [
    ["relu", "softmaxCrossEntropy"],
    ["gelu", "softmaxCrossEntropy"],
    ["tanh", "meanSquaredError"],
    ["selu", "huber"],
    ["silu", "binaryCrossEntropyWithLogits"],
    ["softplus", "meanAbsoluteError"],
    ["hardSwish", "softmaxCrossEntropy"],
  ];
  const cases = pairs.flatMap((pair) => Object.keys(optimizers).map((name) => [...pair, name] as const));

  it.each(cases)("%s, %s and %s: equal for scalar and SIMD", async (activation, loss, optimizer) => {
    const results = [];
    for (const variant of exactVariants) {
      using backend = createBackendSync(on(variant));
      const model = new Sequential(backend, {
        inputShape: 11,
        seed: 3,
        layers: [dense(17, { activation }), dense(6, { activation }), dense(3)],
      });
      const y: Targets =
        loss === "softmaxCrossEntropy"
          ? Int32Array.from({ length: 75 }, (_, i) => i % 3)
          : wave(75 * 3).map((value) => (loss.startsWith("binary") ? Number(value > 0) : value));
      const { epochs } = await model.fit(wave(75 * 11), y, {
        loss: loss as "huber",
        optimizer: optimizers[optimizer](),
        epochs: 3,
        batchSize: 16,
        validationSplit: 0.2,
      });
      results.push({
        hash: hash(model),
        losses: epochs.map(({ loss, validationLoss }) => [loss, validationLoss]),
      });
    }
    expect(results[1]).toEqual(results[0]);
  });

  it("depend on the seed, not on callbacks, validation data, evaluate between epochs or when the event loop ran", async () => {
    const backend = createBackendSync();
    const train = async (
      seed: number,
      options: Partial<FitOptions> = {},
      during?: (model: Sequential) => void,
    ) => {
      const model = new Sequential(backend, {
        inputShape: 64,
        seed,
        layers: [dense(32, { activation: "relu" }), dense(10)],
      });
      const { x, y } = digits();
      await model.fit(x, y, {
        loss: "softmaxCrossEntropy",
        epochs: 2,
        onEpochEnd: () => during?.(model),
        ...options,
      });
      return hash(model);
    };
    const expected = await train(1);
    expect(await train(1)).toBe(expected);
    expect(await train(2)).not.toBe(expected);
    const { x, y } = digits();
    expect(await train(1, { validationData: [x, y], metrics: ["accuracy"] })).toBe(expected);
    expect(await train(1, {}, (model) => model.evaluate(x, y, { loss: "softmaxCrossEntropy" }))).toBe(
      expected,
    );
    expect(await train(1, { onBatchEnd: async () => undefined })).toBe(expected);
  });

  it("initialEpoch goes on with the shuffles of the epochs that are left", async () => {
    const backend = createBackendSync();
    const make = () =>
      new Sequential(backend, {
        inputShape: 4,
        seed: 9,
        layers: [dense(8, { activation: "tanh" }), dense(3)],
      });
    const { x, y } = iris();
    const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 16 };
    const [whole, parts] = [make(), make()];
    const all = await whole.fit(x, y, { ...options, optimizer: adam(), epochs: 5 });
    const optimizer = adam();
    const first = await parts.fit(x, y, { ...options, optimizer, epochs: 2 });
    const second = await parts.fit(x, y, { ...options, optimizer, epochs: 5, initialEpoch: 2 });
    expect(hash(parts)).toBe(hash(whole));
    const losses = (history: typeof all) => history.epochs.map(({ epoch, loss }) => [epoch, loss]);
    expect([...losses(first), ...losses(second)]).toEqual(losses(all));
  });

  it("a whole epoch equals the explicit loop over the same batches", async () => {
    const backend = createBackendSync();
    const make = () =>
      new Sequential(backend, {
        inputShape: 4,
        seed: 9,
        layers: [dense(8, { activation: "tanh" }), dense(3)],
      });
    const { x, y } = iris();
    const [fitted, looped] = [make(), make()];
    const { epochs } = await fitted.fit(x, y, {
      loss: "softmaxCrossEntropy",
      optimizer: adam(),
      batchSize: 32,
      shuffle: false,
    });
    const optimizer = adam().attach(looped);
    const loss = losses.softmaxCrossEntropy();
    const data = backend.matrix(150, 4, x);
    let total = 0;
    for (let at = 0; at < 150; at += 32) {
      const end = Math.min(at + 32, 150);
      const dOut = backend.matrix(end - at, 3);
      looped.zeroGradients();
      total +=
        loss.valueAndGradient(
          looped.forward(data.rowRange(at, end), { training: true }),
          y.slice(at, end),
          dOut,
        ) *
        (end - at);
      looped.backward(dOut);
      optimizer.step();
    }
    expect(weightsOf(looped)).toEqual(weightsOf(fitted));
    expect(Math.abs(epochs[0].loss - total / 150)).toBeLessThan(1e-6);
  });
});

describe("fit", () => {
  const backend = createBackendSync();
  const make = (outputs = 3) =>
    new Sequential(backend, {
      inputShape: 4,
      seed: 5,
      layers: [dense(8, { activation: "relu" }), dense(outputs)],
    });
  const { x, y } = iris();
  const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 32 };

  it("returns what each epoch gave, and calls back after each epoch and batch", async () => {
    using model = make();
    const batches: BatchLog[] = [];
    const epochs: number[] = [];
    const history = await model.fit(x, y, {
      ...options,
      epochs: 2,
      validationSplit: 0.1,
      metrics: ["accuracy"],
      onBatchEnd: (log) => void batches.push(log),
      onEpochEnd: async (log) => {
        await Promise.resolve();
        epochs.push(log.epoch);
      },
    });
    expect(epochs).toEqual([1, 2]);
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const log of history.epochs) {
      expect(Object.keys(log).sort()).toEqual([
        "accuracy",
        "epoch",
        "learningRate",
        "loss",
        "samplesPerSecond",
        "seconds",
        "validationAccuracy",
        "validationLoss",
      ]);
      expect(log.samplesPerSecond).toBeCloseTo(135 / log.seconds, 5);
    }
    // 135 samples are left to train on: four batches of 32 and one of 7.
    expect(batches.map(({ epoch, batch, batches: of, size }) => [epoch, batch, of, size])).toEqual([
      [1, 1, 5, 32],
      [1, 2, 5, 32],
      [1, 3, 5, 32],
      [1, 4, 5, 32],
      [1, 5, 5, 7],
      [2, 1, 5, 32],
      [2, 2, 5, 32],
      [2, 3, 5, 32],
      [2, 4, 5, 32],
      [2, 5, 5, 7],
    ]);
    expect(batches[4].loss).toBe(history.epochs[0].loss);
    expect(batches[4].accuracy).toBe(history.epochs[0].accuracy);
  });

  it("reports validation as evaluate does afterwards, and leaves those samples out of training", async () => {
    using model = make();
    const { epochs } = await model.fit(x, y, {
      ...options,
      epochs: 3,
      validationData: [x.subarray(0, 80), y.subarray(0, 20)],
      metrics: ["accuracy"],
    });
    const evaluated = model.evaluate(x.subarray(0, 80), y.subarray(0, 20), {
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
    expect([epochs[2].validationLoss, epochs[2].validationAccuracy]).toEqual([
      evaluated.loss,
      evaluated.accuracy,
    ]);
    // One sample that nothing else tells of: its own weight moves only when it is trained on.
    const seen = async (row: number) => {
      using one = new Sequential(backend, { inputShape: 20, layers: [dense(1, { useBias: false })] });
      const before = weightsOf(one)[0];
      const inputs = Array.from({ length: 20 }, (_, i) =>
        Array.from({ length: 20 }, (_, j) => Number(i === j)),
      );
      await one.fit(inputs, new Float32Array(20).fill(5), {
        loss: "meanSquaredError",
        validationSplit: 0.25,
        batchSize: 4,
      });
      return weightsOf(one)[0][row] !== before[row];
    };
    const trained = await Promise.all(Array.from({ length: 20 }, (_, row) => seen(row)));
    expect(trained.filter(Boolean).length).toBe(15);
  });

  it("computes categoricalCrossEntropy after a softmax from the logits: a probability of 0 still has a gradient", async () => {
    const weights = async (last: ActivationName, loss: "softmaxCrossEntropy" | "categoricalCrossEntropy") => {
      using model = new Sequential(backend, {
        inputShape: 4,
        seed: 5,
        layers: [dense(3, { activation: last, kernelInitializer: "heNormal" })],
      });
      const large = x.map((value) => value * 100);
      const { epochs } = await model.fit(large, y, {
        loss,
        epochs: 3,
        validationSplit: 0.1,
        optimizer: sgd({ learningRate: 0.1 }),
      });
      return [
        weightsOf(model),
        epochs.map(({ loss, validationLoss }) => [loss, validationLoss]),
        model.evaluate(large, y, { loss }).loss,
      ];
    };
    expect(await weights("softmax", "categoricalCrossEntropy")).toEqual(
      await weights("linear", "softmaxCrossEntropy"),
    );
  });

  it("takes targets as classes or as probabilities, with the same weights within rounding", async () => {
    const oneHot = Array.from(y, (label) => [0, 1, 2].map((k) => Number(k === label)));
    const train = async (targets: Targets) => {
      using model = make();
      await model.fit(x, targets, { ...options, epochs: 2 });
      return weightsOf(model).flat();
    };
    const expected = await train(y);
    for (const same of [Uint8Array.from(y), [...y]]) expect(await train(same)).toEqual(expected);
    const probabilities = await train(oneHot);
    expectClose("one-hot", probabilities, expected, 1e-5, 1e-5);
    for (const same of [Float32Array.from(oneHot.flat()), backend.matrix(150, 3, oneHot)])
      expect(await train(same)).toEqual(probabilities);
  });

  it("counts accuracy by class, by the sign of a logit, by a probability above one half, and by rounding for one output", () => {
    const accuracy = (
      outputs: number,
      loss:
        | "meanSquaredError"
        | "binaryCrossEntropy"
        | "binaryCrossEntropyWithLogits"
        | "softmaxCrossEntropy",
      predictions: number[][],
      targets: Targets,
    ) => {
      using model = new Sequential(backend, { inputShape: outputs, layers: [dense(outputs)] });
      model.parameters[0].value.set(
        Array.from({ length: outputs * outputs }, (_, i) => Number(i % (outputs + 1) === 0)),
      );
      // The model is the identity, so that its inputs are what the loss takes for outputs.
      return model.evaluate(predictions, targets, {
        loss: losses[loss]({ allowMismatch: true }),
        metrics: [loss === "meanSquaredError" ? metrics.accuracy({ threshold: 0.5 }) : "accuracy"],
      }).accuracy;
    };
    expect(
      accuracy(
        3,
        "softmaxCrossEntropy",
        [
          [1, 2, 3],
          [3, 2, 1],
          [0, 5, 0],
          [9, 0, 0],
        ],
        [2, 0, 1, 1],
      ),
    ).toBe(0.75);
    expect(
      accuracy(
        2,
        "meanSquaredError",
        [
          [0.9, 0.2],
          [0.4, 0.3],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ).toBe(0.5);
    expect(accuracy(1, "meanSquaredError", [[0.9], [0.4], [0.6]], [1, 0, 0])).toBeCloseTo(2 / 3);
    expect(
      accuracy(
        2,
        "binaryCrossEntropy",
        [
          [0.9, 0.2],
          [0.6, 0.3],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ).toBe(0.5);
    expect(accuracy(1, "binaryCrossEntropyWithLogits", [[0.2], [-0.1], [-3]], [1, 1, 0])).toBeCloseTo(2 / 3);
  });

  it("allocates nothing in linear memory over 10,000 steps", async () => {
    using model = make();
    const before: unknown[] = [];
    const { batchSize, ...rest } = options;
    await collectGarbage();
    // 150 samples by 15 are 10 steps an epoch.
    await model.fit(x, y, {
      ...rest,
      batchSize: 15,
      epochs: 1000,
      validationSplit: 0.01,
      onEpochEnd: ({ epoch }) => {
        if (epoch === 1 || epoch === 1000) before.push(backend.memory);
      },
    });
    expect(batchSize).toBe(32);
    expect(before[1]).toEqual(before[0]);
  });

  it("has the memory for validation before the first step", async () => {
    using model = make();
    const before: unknown[] = [];
    const note = () => void before.push(backend.memory);
    await model.fit(x, y, {
      ...options,
      batchSize: 4,
      validationData: [x, y],
      onTrainBegin: note,
      onTrainEnd: note,
    });
    expect(before[1]).toEqual(before[0]);
  });

  it("gives back what it took for the data", async () => {
    using model = make();
    const optimizer = adam();
    await model.fit(x, y, { ...options, optimizer });
    await collectGarbage();
    const before = backend.memory.liveBlocks;
    await model.fit(x, y, { ...options, optimizer, validationSplit: 0.2, epochs: 2 });
    model.evaluate(x, y, { loss: "softmaxCrossEntropy" });
    await expect(
      model.fit(
        x.map(() => Number.NaN),
        y,
        { ...options, optimizer },
      ),
    ).rejects.toThrow(ValueError);
    expect(backend.memory.liveBlocks).toBe(before);
  });

  it("lets the event loop run, and meanwhile refuses what would disturb it", async () => {
    using model = new Sequential(backend, {
      inputShape: 64,
      seed: 1,
      layers: [dense(256, { activation: "relu" }), dense(10)],
    });
    const data = digits();
    const optimizer = adam();
    const dOut = backend.matrix(1, 10);
    let turns = 0;
    let running = true;
    const tick = () => {
      turns++;
      if (running) setImmediate(tick);
    };
    const training = model.fit(data.x, data.y, { loss: "softmaxCrossEntropy", optimizer, epochs: 6 });
    setImmediate(tick);
    await new Promise((resolve) => setImmediate(resolve));
    for (const act of [
      () => model.backward(dOut),
      () => model.zeroGradients(),
      () => optimizer.step(),
      () => model.dispose(),
      () => adam().attach(model),
      () => model.forward(data.x.subarray(0, 64), { training: true }),
    ]) {
      expect(act).toThrow(BusyError);
      expect(act).toThrow(/fit is running on this model/);
    }
    await expect(model.fit(data.x, data.y, options)).rejects.toThrow(BusyError);
    expect(model.predict(data.x.subarray(0, 64)).length).toBe(10);
    expect(model.evaluate(data.x, data.y, { loss: "softmaxCrossEntropy" }).loss).toBeGreaterThan(0);
    await training;
    running = false;
    expect(turns).toBeGreaterThan(1);
    model.zeroGradients();
  });

  describe("while it reads the data", () => {
    // By this clock every piece of them has taken long enough for the event loop to get a turn.
    const hurry = () => {
      let now = 0;
      vi.spyOn(performance, "now").mockImplementation(() => (now += 100));
    };
    afterEach(() => void vi.restoreAllMocks());
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const many = 150_000;
    const data = [wave(many * 4), new Uint8Array(many)] as const;

    it("refuses what would disturb it, and predicts as before", async () => {
      hurry();
      using model = make();
      using untrained = make();
      const optimizer = adam().attach(model);
      const controller = new AbortController();
      const training = model.fit(...data, { ...options, optimizer, signal: controller.signal });
      await turn();
      for (const act of [
        () => model.dispose(),
        () => optimizer.step(),
        () => model.zeroGradients(),
        () => adam().attach(model),
      ])
        expect(act).toThrow(BusyError);
      await expect(model.fit(x, y, options)).rejects.toThrow(BusyError);
      expect(model.predict(x)).toEqual(untrained.predict(x));
      controller.abort("enough");
      await expect(training).rejects.toBe("enough");
    });

    it("leaves the model and its optimizer as they were when the signal aborts, and gives the memory back", async () => {
      hurry();
      using model = make();
      const weights = weightsOf(model);
      const attached = sgd().attach(model);
      await collectGarbage();
      const before = backend.memory.liveBlocks;
      const controller = new AbortController();
      const training = model.fit(...data, { ...options, optimizer: adam(), signal: controller.signal });
      setImmediate(() => controller.abort("enough"));
      await expect(training).rejects.toBe("enough");
      expect(backend.memory.liveBlocks).toBe(before);
      expect(weightsOf(model)).toEqual(weights);
      model.zeroGradients();
      attached.step();
    });

    it("notices that a matrix or the backend is disposed", async () => {
      hurry();
      const ours = createBackendSync();
      using model = new Sequential(ours, { inputShape: 4, layers: [dense(3)] });
      const matrix = ours.matrix(many, 4, data[0]);
      const withoutMatrix = model.fit(matrix, data[1], options);
      await turn();
      matrix.dispose();
      await expect(withoutMatrix).rejects.toThrow(DisposedError);
      const withoutBackend = model.fit(...data, options);
      await turn();
      ours.dispose();
      await expect(withoutBackend).rejects.toThrow(/backend: used after dispose/);
    });
  });

  it("ends between two steps when its signal aborts, with that reason, and the model goes on from there", async () => {
    const until = async (stop: number | undefined) => {
      using model = make();
      const controller = new AbortController();
      const reason = new Error("enough");
      let steps = 0;
      const training = model.fit(x, y, {
        ...options,
        epochs: 2,
        signal: controller.signal,
        onBatchEnd: () => {
          if (++steps === stop) controller.abort(reason);
        },
      });
      if (stop) await expect(training).rejects.toBe(reason);
      else await training;
      return {
        steps,
        weights: weightsOf(model),
        loss: model.evaluate(x, y, { loss: "softmaxCrossEntropy" }).loss,
        again: await model.fit(x, y, options),
      };
    };
    const aborted = await until(3);
    expect(aborted.steps).toBe(3);
    // The third batch's step was taken whole: the weights are those of a training of three batches.
    using three = make();
    await three
      .fit(x, y, {
        ...options,
        epochs: 2,
        onBatchEnd: ({ batch }) => {
          if (batch === 3) throw new Error("stop");
        },
      })
      .catch(() => undefined);
    expect(weightsOf(three)).toEqual(aborted.weights);
    await expect(make().fit(x, y, { ...options, signal: AbortSignal.abort("before") })).rejects.toBe(
      "before",
    );
  });

  it("passes on what a callback throws, and can be used afterwards", async () => {
    using model = make();
    const failing = model.fit(x, y, { ...options, onEpochEnd: () => Promise.reject(new Error("disk full")) });
    await expect(failing).rejects.toThrow("disk full");
    await model.fit(x, y, options);
  });

  it("with epochs 0 does nothing", async () => {
    using model = make();
    const before = weightsOf(model);
    expect(await model.fit(x, y, { ...options, epochs: 0 })).toEqual({ epochs: [] });
    expect(weightsOf(model)).toEqual(before);
  });

  const bad = (at: number, value: number) => x.map((old, i) => (i === at ? value : old));
  const refusals: [string, (model: Sequential) => Promise<unknown> | unknown, new () => Error, RegExp][] = [
    [
      "NaN among the inputs",
      (model) => model.fit(bad(14, Number.NaN), y, options),
      ValueError,
      /fit expected finite inputs, got NaN at row 3, column 2/,
    ],
    [
      "infinity among the inputs",
      (model) => model.fit(bad(599, Number.NEGATIVE_INFINITY), y, options),
      ValueError,
      /got -Infinity at row 149, column 3/,
    ],
    [
      "NaN in an input matrix",
      (model) => model.fit(backend.matrix(150, 4, bad(0, Number.NaN)), y, options),
      ValueError,
      /got NaN at row 0, column 0/,
    ],
    [
      "NaN among the targets",
      (model) =>
        model.fit(
          x,
          wave(450).map((v, i) => (i === 7 ? Number.NaN : v)),
          { loss: "meanSquaredError" },
        ),
      ValueError,
      /fit expected finite targets, got NaN at row 2, column 1/,
    ],
    [
      "NaN among validation inputs",
      (model) => model.fit(x, y, { ...options, validationData: [bad(4, Number.NaN), y] }),
      ValueError,
      /fit: validationData expected finite inputs, got NaN at row 1, column 0/,
    ],
    [
      "a missing number",
      (model) => model.fit([[1, 2, 3, undefined as never]], [0], options),
      ValueError,
      /expected input to be numbers, got undefined at index 3 in row 0/,
    ],
    [
      "a label outside the classes",
      (model) =>
        model.fit(
          x,
          y.map((label, i) => (i === 9 ? 3 : label)),
          options,
        ),
      ValueError,
      /fit: softmaxCrossEntropy expected class indices from 0 to 2, got 3 at row 9/,
    ],
    [
      "a negative label",
      (model) =>
        model.fit(
          x,
          y.map(() => -1),
          options,
        ),
      ValueError,
      /got -1 at row 0/,
    ],
    [
      "fewer targets than inputs",
      (model) => model.fit(x, y.subarray(1), options),
      ShapeError,
      /fit expected as many targets as inputs, got 149 for 150/,
    ],
    [
      "inputs of the wrong width",
      (model) => model.fit(backend.matrix(3, 5), [0, 1, 2], options),
      ShapeError,
      /fit: dense\(4 -> 8\) expected input \[batch, 4\], got \[3, 5\]/,
    ],
    [
      "targets of the wrong width",
      (model) => model.fit(x, wave(300), { loss: "huber" }),
      ShapeError,
      /as many targets as inputs, got 100 for 150/,
    ],
    ["no samples", (model) => model.fit([], [], options), ValueError, /at least one sample/],
    [
      "an unknown loss",
      (model) => model.fit(x, y, { loss: "crossentropy" as never }),
      ValueError,
      /fit expected loss to be meanSquaredError, .*, categoricalCrossEntropy or made as by losses.hinge\(\), got "crossentropy"/,
    ],
    [
      "no loss",
      (model) => model.fit(x, y, {} as never),
      ValueError,
      /fit expected loss to be meanSquaredError, .*, got undefined/,
    ],
    [
      "no options",
      (model) => model.fit(x, y, undefined as never),
      ValueError,
      /fit expected an object of options/,
    ],
    [
      "the name of an optimizer that is not known by name",
      (model) => model.fit(x, y, { ...options, optimizer: "rmsprop" as never }),
      ValueError,
      /fit expected optimizer to be sgd, adam, adamw or made as by the function rmsprop\(\), got "rmsprop"/,
    ],
    [
      "an unknown metric",
      (model) => model.fit(x, y, { ...options, metrics: ["f1" as never] }),
      ValueError,
      /fit expected a metric to be accuracy or made as by metrics.rocAuc\(\), got "f1"/,
    ],
    [
      "a misspelt option",
      (model) => model.fit(x, y, { ...options, batchsize: 3 } as never),
      ValueError,
      /fit: unknown option "batchsize"; known are loss, lossWeights, optimizer/,
    ],
    [
      "a batch size of 0",
      (model) => model.fit(x, y, { ...options, batchSize: 0 }),
      ValueError,
      /fit expected batchSize to be an integer of at least 1, got 0/,
    ],
    [
      "a negative batch size",
      (model) => model.fit(x, y, { ...options, batchSize: -8 }),
      ValueError,
      /got -8/,
    ],
    [
      "half an epoch",
      (model) => model.fit(x, y, { ...options, epochs: 1.5 }),
      ValueError,
      /epochs to be an integer of at least 0, got 1.5/,
    ],
    [
      "a split that leaves nothing",
      (model) => model.fit(x, y, { ...options, validationSplit: 0.999 }),
      ValueError,
      /leave a sample to train on/,
    ],
    [
      "a split of 1",
      (model) => model.fit(x, y, { ...options, validationSplit: 1 }),
      ValueError,
      /validationSplit to be at least 0 and below 1, got 1/,
    ],
    [
      "two kinds of validation",
      (model) => model.fit(x, y, { ...options, validationSplit: 0.1, validationData: [x, y] }),
      ValueError,
      /validationSplit or validationData, got both/,
    ],
    [
      "validation data that are no pair",
      (model) => model.fit(x, y, { ...options, validationData: [x] as never }),
      ValueError,
      /validationData to be \[x, y\] or \[x, y, sampleWeights\], got an array of length 1/,
    ],
    [
      "a callback that is no function",
      (model) => model.fit(x, y, { ...options, onEpochEnd: "log" as never }),
      ValueError,
      /onEpochEnd to be a function, got "log"/,
    ],
    [
      "a matrix of another backend",
      (model) => model.fit(createBackendSync().matrix(3, 4), [0, 1, 2], options),
      Error,
      /one backend/,
    ],
    [
      "evaluate with too few targets",
      (model) => model.evaluate(x, [1], { loss: "softmaxCrossEntropy" }),
      ShapeError,
      /evaluate expected as many targets as inputs/,
    ],
  ];
  it.each(refusals)("refuses %s, before anything has changed", async (_, act, type, message) => {
    using model = make();
    const optimizer = adam().attach(model);
    const before = weightsOf(model);
    const failing = (async () => act(model))();
    await expect(failing).rejects.toThrow(type);
    await expect(failing).rejects.toThrow(message);
    expect(weightsOf(model)).toEqual(before);
    // The optimizer that was there is still attached.
    optimizer.step();
  });

  it("does not train a disposed model", async () => {
    const model = make();
    model.dispose();
    await expect((async () => model.fit(x, y, options))()).rejects.toThrow(/used after dispose/);
    expect(() => model.evaluate(x, y, { loss: "huber" })).toThrow(/used after dispose/);
  });
});
