import { describe, expect, it } from "vitest";
import {
  activation,
  adam,
  add,
  type Batch,
  concatenate,
  createBackendSync,
  dense,
  dropout,
  type FitOptions,
  input,
  losses,
  Model,
  metrics,
  schedules,
  sgd,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/** Training of models with several inputs and outputs. */
const backend = createBackendSync();
const ROWS = 24;
const random = new Random(12);
const a = random.floats(ROWS * 2);
const b = random.floats(ROWS * 3);
const price = Float32Array.from({ length: ROWS }, (_, i) => a[2 * i] - b[3 * i]);
const kind = Array.from({ length: ROWS }, (_, i) => (a[2 * i] > 0 ? 2 : b[3 * i] > 0 ? 1 : 0));

function make({ seed = 3, on: build = backend } = {}) {
  const [one, other] = [input(2, { name: "a" }), input(3, { name: "b" })];
  const h = concatenate(dense(8, { activation: "tanh" }).apply(one), dense(8).apply(other));
  const outputs = [
    dense(1, { name: "price" }).apply(dropout(0.1).apply(h)),
    dense(3, { name: "kind", activation: "softmax" }).apply(h),
  ];
  return new Model(build, { inputs: [one, other], outputs, seed });
}

const x = [a, b];
const y = [price, kind];
const options = {
  loss: { price: "meanSquaredError", kind: "categoricalCrossEntropy" },
  batchSize: 5,
} satisfies FitOptions;

/** What fit makes of a model: its weights' digest, and the logs without times. */
async function trained(data: readonly [unknown, unknown], more: Partial<FitOptions> = {}, model = make()) {
  const { epochs } = await model.fit(data[0] as never, data[1] as never, { ...options, epochs: 3, ...more });
  const logs = epochs.map(({ seconds: _, samplesPerSecond: __, ...log }) => log as Record<string, unknown>);
  return { digest: await model.weightsDigest(), logs, model };
}

describe("inputs, targets and losses", () => {
  it("come as arrays in their order or as objects by their names, to the same bits", async () => {
    const { digest } = await trained([x, y]);
    const byName = { b, a };
    const ofOutputs = { kind, price };
    expect((await trained([byName, ofOutputs])).digest).toBe(digest);
    expect((await trained([x, ofOutputs])).digest).toBe(digest);
    expect(
      (await trained([byName, y], { loss: ["meanSquaredError", "categoricalCrossEntropy"] })).digest,
    ).toBe(digest);
    const model = make();
    expect(model.predict(byName)).toEqual(model.predict(x));
  });

  it("come as objects of another realm or without a prototype", async () => {
    const { runInNewContext } = await import("node:vm");
    const model = make();
    const expected = model.predict(x);
    const foreign = runInNewContext("({ b: JSON.parse(b), a: JSON.parse(a) })", {
      a: JSON.stringify([...a]),
      b: JSON.stringify([...b]),
    });
    expect(model.predict(foreign)).toEqual(expected);
    expect(model.predict(Object.assign(Object.create(null), { a, b }))).toEqual(expected);
  });

  it("of one input or output may come by its name too", async () => {
    const t = input(2, { name: "point" });
    const model = new Model(backend, { inputs: t, outputs: dense(3, { name: "kind" }).apply(t) });
    const names = kind.map((i) => "abc"[i]);
    await model.fit({ point: a }, { kind: names }, { loss: { kind: "softmaxCrossEntropy" } });
    expect(model.labels).toEqual(["a", "b", "c"]);
    const list = new Model(backend, { inputs: [t], outputs: [dense(3).apply(t)] });
    await list.fit([a], [names], { loss: ["softmaxCrossEntropy"], metrics: [["accuracy"]] });
    expect(list.labels).toEqual(["a", "b", "c"]);
    expect(list.predictClasses([a])).toHaveLength(ROWS);
  });

  it("of two uses of one named layer have a number each", async () => {
    const head = dense(1, { name: "price" });
    const [one, other] = [input(2), input(2)];
    const model = new Model(backend, { inputs: [one, other], outputs: [head.apply(one), head.apply(other)] });
    expect(model.outputs.map(({ name }) => name)).toEqual(["price0", "price1"]);
    const { epochs } = await model.fit([a, a], [price, price], { loss: ["huber", "huber"] });
    expect(epochs[0]).toMatchObject({ price0Loss: expect.any(Number), price1Loss: expect.any(Number) });
  });
});

describe("the loss", () => {
  const each = { loss: ["meanSquaredError", "categoricalCrossEntropy"] } as const;

  it("is the sum of the outputs' losses, each with its weight, in fit and evaluate", () => {
    const model = make();
    const plain = model.evaluate(x, y, each);
    expect(Object.keys(plain)).toEqual(["loss", "priceLoss", "kindLoss"]);
    expect(plain.loss).toBeCloseTo(Number(plain.priceLoss) + Number(plain.kindLoss), 12);
    for (const lossWeights of [[2, 0.5], { kind: 0.5, price: 2 }]) {
      const weighted = model.evaluate(x, y, { ...each, lossWeights });
      expect(weighted).toEqual({
        ...plain,
        loss: 2 * Number(plain.priceLoss) + 0.5 * Number(plain.kindLoss),
      });
    }
    const part = model.evaluate(x, y, { ...each, lossWeights: { price: 3 } });
    expect(part.loss).toBe(3 * Number(plain.priceLoss) + Number(plain.kindLoss));
  });

  it("of weight 0 does not train its output, and one of weight 1 trains as alone", async () => {
    const { model } = await trained([x, y], { lossWeights: { kind: 0 }, optimizer: "sgd" });
    const fresh = make();
    const tensorOf = (of: typeof model, name: string) =>
      Array.from(of.parameters.find((parameter) => parameter.name === name)?.value.data ?? []);
    expect(tensorOf(model, "kind.weight")).toEqual(tensorOf(fresh, "kind.weight"));
    expect(tensorOf(model, "price.weight")).not.toEqual(tensorOf(fresh, "price.weight"));
  });

  it("twice as heavy takes twice the step of sgd", async () => {
    const step = async (factor: number) => {
      const model = make();
      const before = model.parameters.map(({ value }) => value.data.slice());
      await model.fit(x, y, {
        ...options,
        batchSize: ROWS,
        lossWeights: [factor, factor],
        optimizer: sgd({ learningRate: 0.125 }),
      });
      return model.parameters.map(({ value }, i) => value.data.map((v, j) => v - before[i][j]));
    };
    const [once, twice] = [await step(1), await step(2)];
    for (const [i, tensor] of once.entries())
      tensor.forEach((value, j) => {
        expect(twice[i][j]).toBeCloseTo(2 * value, 5);
      });
  });

  it("is right for outputs that share logits, and for one output twice", () => {
    const t = input(2);
    const z = dense(1).apply(t);
    const p = activation("sigmoid").apply(z);
    const together = new Model(backend, { inputs: t, outputs: [p, z, p], seed: 1 });
    const alone = (outputs: typeof z) => new Model(backend, { inputs: t, outputs, seed: 1 });
    const yes = kind.map((i) => Number(i > 0));
    const ofP = { loss: "binaryCrossEntropy", metrics: ["accuracy", metrics.rocAuc()] } as const;
    const ofZ = { loss: "meanSquaredError", metrics: [metrics.meanAbsoluteError()] } as const;
    const [first, second] = [alone(p).evaluate(a, yes, ofP), alone(z).evaluate(a, price, ofZ)];
    const expected: Record<string, unknown> = { loss: 2 * first.loss + second.loss };
    for (const [output, scores] of [first, second, first].entries())
      for (const [name, value] of Object.entries(scores))
        expected[`output${output}${name[0].toUpperCase()}${name.slice(1)}`] = value;
    const given = {
      loss: [ofP.loss, ofZ.loss, ofP.loss],
      metrics: [ofP.metrics, ofZ.metrics, ofP.metrics],
    } as const;
    const got = together.evaluate(a, [yes, price, yes], given);
    expect(Object.keys(got)).toEqual(Object.keys({ loss: 0, ...expected }));
    for (const [name, value] of Object.entries(expected))
      expect(got[name as "loss"], name).toBeCloseTo(value as number, 6);
  });

  it("and the metrics of training are those of outputs that share logits", async () => {
    const t = input(2);
    const z = dense(1).apply(t);
    const model = new Model(backend, { inputs: t, outputs: [activation("sigmoid").apply(z), z], seed: 1 });
    const given = {
      loss: ["binaryCrossEntropy", "meanSquaredError"],
      metrics: [["accuracy"], [metrics.meanAbsoluteError()]],
    } as const;
    const yes = kind.map((i) => Number(i > 0));
    const before = model.evaluate(a, [yes, price], given);
    const { epochs } = await model.fit(a, [yes, price], { ...given, batchSize: ROWS });
    for (const [name, value] of Object.entries(before))
      expect(epochs[0][name as "loss"], name).toBeCloseTo(Number(value), 5);
  });
});

describe("the log", () => {
  it("has the loss and the metrics of each output under its name, and those of validation", async () => {
    const { logs } = await trained([x, y], {
      metrics: { kind: ["accuracy", metrics.topKAccuracy({ k: 2 })], price: [metrics.r2()] },
      validationSplit: 0.25,
      epochs: 40,
    });
    expect(Object.keys(logs[0])).toEqual([
      "epoch",
      "loss",
      "priceLoss",
      "priceR2",
      "kindLoss",
      "kindAccuracy",
      "kindTopKAccuracy",
      "learningRate",
      "validationLoss",
      "validationPriceLoss",
      "validationPriceR2",
      "validationKindLoss",
      "validationKindAccuracy",
      "validationKindTopKAccuracy",
    ]);
    expect(logs[39].loss).toBeCloseTo((logs[39].priceLoss as number) + (logs[39].kindLoss as number), 10);
    expect(logs[39].loss).toBeLessThan((logs[0].loss as number) * 0.8);
  });

  it("of validationData is what evaluate gives", async () => {
    const given = { metrics: [[], ["accuracy"]] } as const;
    const weights = random.floats(ROWS, 0, 2);
    const { logs, model } = await trained([x, y], {
      ...given,
      validationData: [{ a, b }, { kind, price }, weights],
    });
    const { loss, priceLoss, kindLoss, kindAccuracy } = model.evaluate(x, y, {
      loss: options.loss,
      ...given,
      sampleWeights: weights,
    });
    expect(logs[2]).toMatchObject({
      validationLoss: loss,
      validationPriceLoss: priceLoss,
      validationKindLoss: kindLoss,
      validationKindAccuracy: kindAccuracy,
    });
  });

  it("is what early stopping and schedules watch, an accuracy upwards whatever its output is called", async () => {
    const t = input(2);
    const named = (name: string) =>
      new Model(backend, {
        inputs: t,
        outputs: [dense(3, { name, activation: "softmax" }).apply(t), dense(1, { name: "price" }).apply(t)],
        seed: 2,
      });
    for (const name of ["kind", "lossOfKind"]) {
      const { epochs, bestEpoch = 0 } = await named(name).fit(a, [kind, price], {
        loss: ["categoricalCrossEntropy", "meanSquaredError"],
        metrics: { [name]: ["accuracy"] },
        epochs: 12,
        optimizer: adam({
          learningRate: schedules.reduceOnPlateau({ learningRate: 0.05, monitor: "priceLoss" }),
        }),
        earlyStopping: { monitor: `${name}Accuracy`, patience: 12 },
      });
      const accuracies = epochs.map((log) => log[`${name}Accuracy`] ?? Number.NaN);
      expect(Math.max(...accuracies)).toBeGreaterThan(accuracies[0]);
      expect(accuracies[bestEpoch - 1]).toBe(Math.max(...accuracies));
    }
  });

  it("refuses a monitor that it does not have, with those that it has", async () => {
    await expect(trained([x, y], { earlyStopping: { monitor: "kindAccuracy" } })).rejects.toThrow(
      /got "kindAccuracy"; ask for it in metrics, or monitor one of loss, priceLoss, kindLoss, epoch/,
    );
  });

  it("refuses outputs by whose names two of its values would be one", async () => {
    const t = input(2);
    const model = new Model(backend, {
      inputs: t,
      outputs: [dense(1, { name: "validation" }).apply(t), dense(1, { name: "other" }).apply(t)],
    });
    const given = { loss: ["huber", "huber"] as const };
    await model.fit(a, [price, price], given);
    await expect(model.fit(a, [price, price], { ...given, validationSplit: 0.5 })).rejects.toThrow(
      "fit: two values of the log are called validationLoss; give the layers of the outputs other names than validation, other",
    );
  });
});

describe("batches", () => {
  const rowsOf = (values: ArrayLike<number>, begin: number, end: number): Float32Array =>
    Float32Array.from(
      { length: (end - begin) * (values.length / ROWS) },
      (_, i) => values[begin * (values.length / ROWS) + i],
    );
  function* batches(): Generator<Batch> {
    for (let begin = 0; begin < ROWS; begin += 5) {
      const end = Math.min(begin + 5, ROWS);
      yield [
        { b: rowsOf(b, begin, end), a: rowsOf(a, begin, end) },
        [rowsOf(price, begin, end), kind.slice(begin, end)],
      ];
    }
  }

  it("from an iterable train to the bits of fit without a shuffle", async () => {
    const { digest, logs } = await trained([x, y], { shuffle: false });
    const model = make();
    const { epochs } = await model.fit(batches, { ...options, epochs: 3 });
    expect(await model.weightsDigest()).toBe(digest);
    expect(epochs.map((log) => log.priceLoss)).toEqual(logs.map(({ priceLoss }) => priceLoss));
    const again = make();
    async function* later() {
      yield* batches();
    }
    await again.fit(later, { ...options, epochs: 3 });
    expect(await again.weightsDigest()).toBe(digest);
  });

  it("that are accumulated make the step of the batch that they are together", async () => {
    const one = await trained([x, y], { shuffle: false, batchSize: 12, optimizer: "sgd" }, makePlain());
    const several = await trained(
      [x, y],
      { shuffle: false, batchSize: 4, accumulate: 3, optimizer: "sgd" },
      makePlain(),
    );
    one.model.parameters.forEach(({ name, value }, i) => {
      const other = several.model.parameters[i].value.data;
      value.data.forEach((weight, j) => {
        expect(other[j], name).toBeCloseTo(weight, 5);
      });
    });
    await expect(
      trained([x, y], {
        accumulate: 2,
        loss: [losses.meanSquaredError({ reduction: "sum" }), "categoricalCrossEntropy"],
      }),
    ).rejects.toThrow(/losses of one reduction for several outputs with accumulate/);
  });

  /** Without dropout, whose masks depend on the batch. */
  function makePlain() {
    const [one, other] = [input(2, { name: "a" }), input(3, { name: "b" })];
    const h = add(dense(8, { activation: "tanh" }).apply(one), dense(8).apply(other));
    const outputs = [
      dense(1, { name: "price" }).apply(h),
      dense(3, { name: "kind", activation: "softmax" }).apply(h),
    ];
    return new Model(backend, { inputs: [one, other], outputs, seed: 3 });
  }

  // The mean is over all samples, whatever they weigh.
  it("with a weight of 0 for a sample train as without it, in steps of the mean over all", async () => {
    const weights = Float32Array.from({ length: ROWS }, (_, i) => Number(i < 20));
    const whole = await trained(
      [x, y],
      { sampleWeights: weights, shuffle: false, batchSize: ROWS, optimizer: sgd({ learningRate: 0.12 }) },
      makePlain(),
    );
    const part = await trained(
      [
        [rowsOf(a, 0, 20), rowsOf(b, 0, 20)],
        [price.slice(0, 20), kind.slice(0, 20)],
      ],
      { shuffle: false, batchSize: ROWS, optimizer: sgd({ learningRate: 0.1 }) },
      makePlain(),
    );
    whole.model.parameters.forEach(({ name, value }, i) => {
      const other = part.model.parameters[i].value.data;
      value.data.forEach((weight, j) => {
        expect(other[j], name).toBeCloseTo(weight, 5);
      });
    });
  });
});

describe("while fit runs", () => {
  it("predict and evaluate of other batches do not change its result", async () => {
    const { digest } = await trained([x, y]);
    const disturbed = await trained([x, y], {
      onBatchEnd: (_, { model }) => {
        model.predict([new Float32Array(2 * 700), new Float32Array(3 * 700)]);
        model.evaluate(x, y, { loss: options.loss });
      },
    });
    expect(disturbed.digest).toBe(digest);
  });

  it("dispose is refused, and afterwards nothing works", async () => {
    const { model } = await trained([x, y], {
      onEpochEnd: (_, { model }) => {
        expect(() => model.dispose()).toThrow(/fit is running/);
      },
    });
    model.dispose();
    expect(() => model.predict(x)).toThrow(/used after dispose/);
  });

  it("an abort keeps the last whole step", async () => {
    const abort = new AbortController();
    const model = make();
    const reason = new Error("enough");
    let digest = "";
    const run = model.fit(x, y, {
      ...options,
      epochs: 5,
      signal: abort.signal,
      onBatchEnd: async ({ epoch, batch }) => {
        if (epoch < 2 || batch < 2) return;
        digest = await model.weightsDigest();
        abort.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    expect(await model.weightsDigest()).toBe(digest);
  });
});

it("scalar and SIMD train to the same bits", async () => {
  const [scalar, simd] = await Promise.all(
    exactVariants.map((variant) => trained([x, y], {}, make({ on: createBackendSync(on(variant)) }))),
  );
  expect(simd.digest).toBe(scalar.digest);
  expect(simd.logs).toEqual(scalar.logs);
});

it("a sample's prediction does not depend on its batch", () => {
  const model = make();
  const whole = model.predict(x);
  for (let i = 0; i < ROWS; i++) {
    const [p, k] = model.predict([a.subarray(2 * i, 2 * i + 2), b.subarray(3 * i, 3 * i + 3)]);
    expect(p).toEqual(whole[0].subarray(i, i + 1));
    expect(k).toEqual(whole[1].subarray(3 * i, 3 * i + 3));
  }
});

it("training allocates no linear memory after the first step", async () => {
  const model = make({ on: createBackendSync() });
  const bytes: number[] = [];
  await model.fit(x, y, {
    ...options,
    epochs: 4,
    validationSplit: 0.25,
    onBatchEnd: (_, { model: { backend } }) => {
      bytes.push(backend.memory.liveBytes);
    },
  });
  expect(new Set(bytes).size).toBe(1);
});
