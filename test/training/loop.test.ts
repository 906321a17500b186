import { afterEach, describe, expect, it, vi } from "vitest";
import {
  adam,
  type Batch,
  BusyError,
  type Callback,
  createBackendSync,
  dense,
  losses,
  NonFiniteError,
  oneHot,
  Sequential,
  sgd,
  ValueError,
} from "../../src/index.js";
import { iris } from "../reference/data.js";
import { collectGarbage } from "../support/garbage.js";

const backend = createBackendSync({ variant: "simd" });
const { x, y } = iris();
const make = (seed = 3) =>
  new Sequential(backend, { inputShape: 4, seed, layers: [dense(8, { activation: "tanh" }), dense(3)] });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const options = { loss: "softmaxCrossEntropy", batchSize: 16 } as const;

afterEach(() => vi.restoreAllMocks());

describe("callbacks", () => {
  it("are called around the run, each epoch and each batch, those among the options first", async () => {
    using model = make();
    const calls: string[] = [];
    const named = (who: string): Callback => ({
      onTrainBegin: () => void calls.push(`${who} train`),
      onEpochBegin: (epoch) => void calls.push(`${who} epoch ${epoch}`),
      onBatchBegin: ({ epoch, batch, batches }) =>
        void calls.push(`${who} batch ${epoch}.${batch} of ${batches}`),
      onBatchEnd: async ({ batch }) => {
        await Promise.resolve();
        calls.push(`${who} batch ${batch} done`);
      },
      onEpochEnd: ({ epoch }) => void calls.push(`${who} epoch ${epoch} done`),
      onTrainEnd: ({ epochs }) => void calls.push(`${who} train done ${epochs.length}`),
    });
    await model.fit(x, y, { ...options, batchSize: 150, epochs: 1, ...named("a"), callbacks: [named("b")] });
    const each = ["train", "epoch 1", "batch 1.1 of 1", "batch 1 done", "epoch 1 done", "train done 1"];
    expect(calls).toEqual(each.flatMap((call) => [`a ${call}`, `b ${call}`]));
  });

  it("get the model and the optimizer, and change no bit by being there", async () => {
    using plain = make();
    using watched = make();
    const optimizer = adam();
    const seen = new Set<unknown>();
    const look: Callback["onBatchEnd"] = (_, training) => {
      seen.add(training.model).add(training.optimizer);
      training.model.predict(x);
    };
    await plain.fit(x, y, { ...options, optimizer: adam(), epochs: 2 });
    await watched.fit(x, y, {
      ...options,
      optimizer,
      epochs: 2,
      onBatchBegin: () => {},
      onEpochBegin: () => {},
      onBatchEnd: look,
    });
    expect([...seen]).toEqual([watched, optimizer]);
    expect(weightsOf(watched)).toEqual(weightsOf(plain));
  });

  it.each([
    ["callbacks that are no array", { callbacks: {} }, /callbacks to be an array/],
    [
      "a callback that is no object",
      { callbacks: [() => {}] },
      /each callback to be an object, got function/,
    ],
    [
      "a callback whose name is none",
      { callbacks: [{ on_epoch_end: () => {} } as object] },
      /fit: unknown callback "on_epoch_end"; known are onTrainBegin, /,
    ],
    [
      "a callback whose method is none",
      { callbacks: [{ onEpochEnd: 3 }] },
      /onEpochEnd to be a function, got 3/,
    ],
  ])("refuse %s", async (_, wrong, message) => {
    using model = make();
    await expect(model.fit(x, y, { ...options, ...(wrong as object) })).rejects.toThrow(message);
  });
});

describe("accumulate", () => {
  it("makes of k batches the step of one k times as large", async () => {
    // 144 samples: three steps of 48, of one batch or of three. The sums are of other orders, so equal within
    // rounding.
    const rows = { x: x.slice(0, 144 * 4), y: y.slice(0, 144) };
    using large = make();
    using small = make();
    await large.fit(rows.x, rows.y, {
      ...options,
      batchSize: 48,
      shuffle: false,
      epochs: 2,
      optimizer: sgd({ learningRate: 0.1 }),
    });
    await small.fit(rows.x, rows.y, {
      ...options,
      batchSize: 16,
      accumulate: 3,
      shuffle: false,
      epochs: 2,
      optimizer: sgd({ learningRate: 0.1 }),
    });
    const expected = weightsOf(large);
    for (const [i, weight] of weightsOf(small).entries())
      expect(Math.abs(weight - expected[i])).toBeLessThan(1e-5);
  });

  it("takes the batches that are left over at the end of an epoch as a step of their own", async () => {
    using model = make();
    const optimizer = sgd();
    await model.fit(x, y, { ...options, batchSize: 16, accumulate: 4, optimizer, epochs: 2 });
    expect(optimizer.steps).toBe(2 * 3);
  });
});

describe("earlyStopping", () => {
  /** Validation targets that the training leads away from: the longer it goes, the worse. */
  const away = {
    validationData: [x, Int32Array.from(y, (label) => (label + 1) % 3)] as const,
    epochs: 50,
    optimizer: "adam" as const,
  };

  it("ends after so many epochs without anything better, with the weights of the best", async () => {
    using model = make();
    const weights: number[][] = [];
    const history = await model.fit(x, y, {
      ...options,
      ...away,
      earlyStopping: { patience: 3 },
      onEpochEnd: () => void weights.push(weightsOf(model)),
    });
    const best = history.bestEpoch ?? 0;
    const validation = history.epochs.map(({ validationLoss }) => validationLoss ?? 0);
    expect(validation[best - 1]).toBe(Math.min(...validation));
    expect(history.epochs.length).toBe(best + 3);
    expect(weightsOf(model)).toEqual(weights[best - 1]);
  });

  it("leaves the weights of the last epoch with restoreBest: false, and counts changes from minimumChange on", async () => {
    using model = make();
    let last: number[] = [];
    const history = await model.fit(x, y, {
      ...options,
      epochs: 50,
      earlyStopping: { monitor: "loss", minimumChange: 1e9, patience: 2, restoreBest: false },
      onEpochEnd: () => {
        last = weightsOf(model);
      },
    });
    expect(history.epochs.length).toBe(3);
    expect(history.bestEpoch).toBe(1);
    expect(weightsOf(model)).toEqual(last);
  });

  // As Keras's EarlyStopping ends on these losses, and as reduceOnPlateau counts: 0 is as 1, for an epoch
  // that is no better is one to wait for.
  it.each([
    { patience: 0, ends: 4 },
    { patience: 1, ends: 4 },
    { patience: 2, ends: 5 },
    { patience: 3, ends: 9 },
  ])(
    "with patience $patience ends after epoch $ends of losses that fall, stay and fall again",
    async ({ patience, ends }) => {
      using model = make();
      const falling = [4, 3, 2, 2, 2, 1, 1, 1, 1, 1];
      let epoch = 0;
      const loss = losses.custom({
        value: (_pred, _target, rows) => rows * falling[epoch],
        gradient: (_pred, _target, out) => void out.fill(0),
        perRow: true,
      });
      const { epochs } = await model.fit(x, oneHot(y, 3), {
        loss,
        epochs: falling.length,
        earlyStopping: { monitor: "loss", patience },
        onEpochEnd: () => {
          epoch++;
        },
      });
      expect(epochs.length).toBe(ends);
    },
  );

  it("knows that an accuracy gets better upwards", async () => {
    using model = make();
    const { epochs, bestEpoch } = await model.fit(x, y, {
      ...options,
      epochs: 30,
      metrics: ["accuracy"],
      earlyStopping: { monitor: "accuracy", patience: 2 },
    });
    expect(epochs[(bestEpoch ?? 0) - 1].accuracy).toBe(
      Math.max(...epochs.map(({ accuracy }) => accuracy ?? 0)),
    );
  });

  it("changes no bit while it watches", async () => {
    using plain = make();
    using watched = make();
    await plain.fit(x, y, { ...options, epochs: 4 });
    await watched.fit(x, y, { ...options, epochs: 4, earlyStopping: { monitor: "loss", patience: 9 } });
    expect(weightsOf(watched)).toEqual(weightsOf(plain));
  });

  it("refuses a name that the log has not", async () => {
    using model = make();
    await expect(
      model.fit(x, y, { ...options, earlyStopping: { monitor: "validationLoss" } }),
    ).rejects.toThrow(
      /fit: earlyStopping expected monitor to be a number of the epoch's log, got "validationLoss"; set validationSplit or validationData, or monitor one of loss, .*epoch, learningRate/,
    );
  });
});

describe("batches one by one", () => {
  const batches = (size: number): Batch[] =>
    Array.from({ length: Math.ceil(y.length / size) }, (_, i) => [
      x.slice(i * size * 4, (i + 1) * size * 4),
      y.slice(i * size, (i + 1) * size),
    ]);

  it.each([
    ["an array", () => batches(16)],
    [
      "a function that returns a generator",
      () =>
        function* () {
          yield* batches(16);
        },
    ],
    [
      "a function that returns an asynchronous generator",
      () =>
        async function* () {
          for (const batch of batches(16)) {
            await Promise.resolve();
            yield batch;
          }
        },
    ],
  ])("from %s give the weights of the same batches of an array, to the bit", async (_, source) => {
    using whole = make();
    using streamed = make();
    const expected = await whole.fit(x, y, { ...options, shuffle: false, epochs: 3, metrics: ["accuracy"] });
    const history = await streamed.fit(source(), { ...options, epochs: 3, metrics: ["accuracy"] });
    expect(weightsOf(streamed)).toEqual(weightsOf(whole));
    expect(history.epochs.map(({ loss, accuracy }) => [loss, accuracy])).toEqual(
      expected.epochs.map(({ loss, accuracy }) => [loss, accuracy]),
    );
  });

  it("are closed when training ends before them, and give back their memory", async () => {
    using model = make();
    const controller = new AbortController();
    let closed = false;
    const endless = function* (): Generator<Batch> {
      try {
        for (;;) yield batches(16)[0];
      } finally {
        closed = true;
      }
    };
    const optimizer = adam();
    await model.fit(batches(16), { ...options, optimizer });
    await collectGarbage();
    const { liveBlocks } = backend.memory;
    const training = model.fit(endless, {
      ...options,
      optimizer,
      onBatchEnd: ({ batch }) => void (batch === 5 && controller.abort("enough")),
      signal: controller.signal,
    });
    await expect(training).rejects.toBe("enough");
    expect(closed).toBe(true);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  it("that never come do not keep a signal waiting, and the model is as the last batch left it", async () => {
    const controller = new AbortController();
    const stalled = async function* (): AsyncGenerator<Batch> {
      yield batches(16)[0];
      setImmediate(() => controller.abort("enough"));
      await new Promise(() => {});
    };
    using model = make();
    using other = make();
    for (const each of [model, other]) await each.fit(batches(16), options);
    await collectGarbage();
    const { liveBlocks } = backend.memory;
    await expect(model.fit(stalled, { ...options, signal: controller.signal })).rejects.toBe("enough");
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
    await other.fit([batches(16)[0]], { ...options, epochs: 1 });
    expect(weightsOf(model)).toEqual(weightsOf(other));
  });

  it("that abort the signal and then fail end training with the signal's reason, and leave no rejection", async () => {
    const controller = new AbortController();
    using model = make();
    const failing = async function* (): AsyncGenerator<Batch> {
      controller.abort("enough");
      yield await Promise.reject(new Error("closed"));
    };
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    await expect(model.fit(failing, { ...options, signal: controller.signal })).rejects.toBe("enough");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  it.each([
    [
      "a generator in a second epoch",
      () => batches(75)[Symbol.iterator](),
      /expected a batch in epoch 2, got none/,
    ],
    ["what is no batch", () => [x] as never, /each batch to be \[x, y\]/],
    ["no batches", () => [], /expected a batch in epoch 1, got none/],
    [
      "a function that returns no iterable",
      () => (() => 3) as never,
      /fit expected batches, an iterable of \[x, y\] or a function that returns one, got 3/,
    ],
    [
      "NaN in a batch",
      () => [[Float32Array.of(1, 2, Number.NaN, 4), [0]]] as Batch[],
      /got NaN at row 0, column 2/,
    ],
    ["a batch of no samples", () => [[[], []]] as Batch[], /at least one sample/],
  ])("refuse %s", async (_, source, message) => {
    using model = make();
    await expect(model.fit(source(), { ...options, epochs: 2 })).rejects.toThrow(message);
  });

  it("are not split", async () => {
    using model = make();
    await expect(model.fit(batches(16), { ...options, validationSplit: 0.1 })).rejects.toThrow(
      /expected validationData, not validationSplit/,
    );
  });
});

describe("train", () => {
  it("is the loop of fit: a step at each batch, the same bits, the history at the end", async () => {
    using fitted = make();
    using held = make();
    const history = await fitted.fit(x, y, { ...options, epochs: 2 });
    const training = held.train(x, y, { ...options, epochs: 2 });
    const places: string[] = [];
    let result = await training.next();
    for (; !result.done; result = await training.next()) {
      places.push(`${result.value.epoch}.${result.value.batch}`);
      await expect(held.fit(x, y, options)).rejects.toThrow(BusyError);
    }
    expect(places).toEqual(
      [1, 2].flatMap((epoch) => Array.from({ length: 10 }, (_, i) => `${epoch}.${i + 1}`)),
    );
    expect(result.value.epochs.map(({ loss }) => loss)).toEqual(history.epochs.map(({ loss }) => loss));
    expect(weightsOf(held)).toEqual(weightsOf(fitted));
  });

  it("ends where the loop is left, with a model that can be used", async () => {
    using model = make();
    const optimizer = adam();
    for await (const { batch } of model.train(x, y, { ...options, optimizer, epochs: 100 }))
      if (batch === 7) break;
    expect(optimizer.steps).toBe(7);
    await model.fit(x, y, { ...options, optimizer });
    expect(optimizer.steps).toBe(17);
  });

  it("throws what fit throws", async () => {
    using model = make();
    const training = model.train(x, y, { ...options, batchSize: 0 });
    await expect(training.next()).rejects.toThrow(ValueError);
    await expect(model.train(x, y, { ...options, signal: AbortSignal.abort("before") }).next()).rejects.toBe(
      "before",
    );
  });
});

describe("training that blows up", () => {
  it("ends with the epoch, the batch and the layer, and with the weights before that batch", async () => {
    using model = new Sequential(backend, {
      inputShape: 4,
      seed: 1,
      layers: [dense(8, { activation: "relu" }), dense(8, { activation: "relu" }), dense(1)],
    });
    const seen: { weights: number[]; place: string }[] = [];
    const place = ({ epoch, batch }: { epoch: number; batch: number }) =>
      seen.push({ weights: weightsOf(model), place: `epoch ${epoch}, batch ${batch}` });
    const error = await model
      .fit(x, Float32Array.from(y), {
        loss: "meanSquaredError",
        optimizer: sgd({ learningRate: 1e9 }),
        epochs: 9,
        onBatchBegin: (at) => void place(at),
      })
      .then(
        () => undefined,
        (reason) => reason,
      );
    expect(error).toBeInstanceOf(NonFiniteError);
    const last = seen[seen.length - 1];
    expect(error.message).toMatch(
      new RegExp(
        `^fit: ${last.place}: the (output of layer \\d, dense\\(\\d -> \\d\\),|loss|gradient of \\d\\.\\w+) is NaN or infinite; `,
      ),
    );
    expect(last.weights.every(Number.isFinite)).toBe(true);
    expect(weightsOf(model)).toEqual(last.weights);
  });

  it("names the first layer whose output is not finite, the loss, or the gradient", async () => {
    const end = async (targets: Float32Array, scale: number, delta: number) => {
      using model = new Sequential(backend, {
        inputShape: 4,
        seed: 1,
        layers: [dense(2), dense(1, { activation: "relu" })],
      });
      model.parameters[0].value.data.fill(scale);
      model.parameters[2].value.data.fill(scale);
      return await model.fit(x, targets, { loss: losses.huber({ delta }) }).then(
        () => "",
        (reason: Error) => reason.message,
      );
    };
    expect(await end(Float32Array.from(y), 3e38, 1)).toMatch(
      /batch 1: the output of layer 0, dense\(4 -> 2\), is/,
    );
    expect(await end(Float32Array.from(y), 1e19, 1)).toMatch(
      /batch 1: the output of layer 1, dense\(2 -> 1\), is/,
    );
    expect(
      await end(
        Float32Array.from(y, () => 3e38),
        1,
        3e38,
      ),
    ).toMatch(/batch 1: the loss is/);
  });
});

describe("verbose", () => {
  it("prints a line an epoch where there is no terminal", async () => {
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
    using model = make();
    await model.fit(x, y, {
      ...options,
      epochs: 2,
      validationSplit: 0.1,
      metrics: ["accuracy"],
      verbose: true,
    });
    expect(lines.length).toBe(2);
    expect(lines[1]).toMatch(
      /^epoch 2\/2 {2}loss \d\.\d{4} {2}accuracy \d\.\d{4} {2}validation loss \d\.\d{4} {2}validation accuracy \d\.\d{4} {2}\d+ samples\/s$/,
    );
  });

  it("draws a bar in a terminal", async () => {
    const written: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line) => void written.push(`${line}\n`));
    const { isTTY, write } = process.stdout;
    try {
      Object.assign(process.stdout, { isTTY: true, write: (text: string) => written.push(text) > 0 });
      using model = make();
      await model.fit(x, y, { ...options, verbose: true });
    } finally {
      Object.assign(process.stdout, { isTTY, write });
    }
    expect(written.join("")).toContain(`[${"=".repeat(24)}] 10/10`);
    expect(written.at(-1)).toMatch(/^epoch 1\/1 /);
  });
});
