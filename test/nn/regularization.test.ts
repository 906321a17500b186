import { describe, expect, it } from "vitest";
import { scalar as forwardScalar } from "../../src/builds/inference-scalar.js";
import {
  createBackendSync,
  dense,
  dropout,
  gaussianNoise,
  type Layer,
  loadModel,
  losses,
  Network,
  Sequential,
  saveModel,
  sgd,
} from "../../src/index.js";
import {
  createBackendSync as createForInference,
  loadModel as loadForInference,
} from "../../src/inference.js";
import { exactVariants, on, variants } from "../reference/backends.js";

const ROWS = 50;
const INPUTS = 40;
const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.fround(0.1 + Math.sin(i)));
const y = Float32Array.from({ length: ROWS }, (_, i) => Math.fround(Math.cos(i)));

const alone = (backend: ReturnType<typeof createBackendSync>, layer: Layer, seed = 1) =>
  new Network(backend, { inputShape: INPUTS, seed, layers: [layer] });

describe.each(variants)("layers that draw on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each([
    ["dropout", dropout(0.3)],
    ["gaussianNoise", gaussianNoise(0.3)],
  ])("%s does nothing but in training", (_, layer) => {
    using model = alone(backend, layer);
    expect([...model.predict(x)]).toEqual([...x]);
    expect([...model.forward(x).data]).toEqual([...x]);
    expect([...model.forward(x, { training: true }).data]).not.toEqual([...x]);
    expect([...model.predict(x)]).toEqual([...x]);
    expect(model.parameterCount).toBe(0);
  });

  it("dropout leaves x / (1 - rate) or 0, and passes the same fraction of a gradient back through what it left", () => {
    using model = alone(backend, dropout(0.25));
    const out = [...model.forward(x, { training: true }).data];
    const dropped = out.filter((value) => value === 0).length / out.length;
    expect(Math.abs(dropped - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / out.length));
    for (const [i, value] of out.entries())
      if (value !== 0) expect(value).toBe(Math.fround(x[i] * Math.fround(1 / 0.75)));
    using dOut = backend.matrix(ROWS, INPUTS, new Float32Array(x.length).fill(3));
    const dx = [...(model.backward(dOut, { inputGradient: true })?.data ?? [])];
    expect(dx).toEqual(out.map((value) => (value === 0 ? 0 : 4)));
  });

  it("gaussianNoise adds what it would to zeros", () => {
    using model = alone(backend, gaussianNoise(0.5));
    const noise = model.forward(new Float32Array(x.length), { training: true, step: 3 }).data.slice();
    const out = model.forward(x, { training: true, step: 3 }).data;
    expect([...out]).toEqual(Array.from(x, (value, i) => Math.fround(value + noise[i])));
  });

  it("gaussianNoise passes a gradient back as it is", () => {
    using model = alone(backend, gaussianNoise(0.5));
    model.forward(x, { training: true });
    using dOut = backend.matrix(ROWS, INPUTS, x);
    expect([...(model.backward(dOut, { inputGradient: true })?.data ?? [])]).toEqual([...x]);
  });

  it("a rate of 0 leaves all of x", () => {
    using model = alone(backend, dropout(0));
    expect([...model.forward(x, { training: true }).data]).toEqual([...x]);
  });

  it.each([
    ["dropout", dropout(0.5)],
    ["gaussianNoise", gaussianNoise(1)],
  ])("what %s draws is a function of the seed, the layer's place and the step", (_, layer) => {
    const forward = (model: Network, step?: number) =>
      String(model.forward(x, { training: true, ...(step !== undefined && { step }) }).data);
    using first = alone(backend, layer);
    using same = alone(backend, layer);
    using other = alone(backend, layer, 2);
    const steps = [forward(first), forward(first), forward(first)];
    expect(new Set(steps).size).toBe(3);
    expect([0, 1, 2].map((step) => forward(same, step))).toEqual(steps);
    // The steps go on from the one that was set, and running without training takes none.
    expect(forward(same, 1)).toBe(steps[1]);
    same.predict(x);
    expect(forward(same)).toBe(steps[2]);
    expect(forward(other)).not.toBe(steps[0]);
    using second = new Network(backend, { inputShape: INPUTS, seed: 1, layers: [dropout(0), layer] });
    expect(forward(second, 0)).not.toBe(steps[0]);
    // Steps far apart are other steps, past 2^32 too.
    expect(forward(first, 2 ** 32)).not.toBe(steps[0]);
  });

  it("fit draws what the explicit loop draws in its first epoch, batch by batch, and evaluates without", async () => {
    const make = () =>
      new Sequential(backend, {
        inputShape: INPUTS,
        seed: 5,
        layers: [gaussianNoise(0.1), dense(8, { activation: "relu" }), dropout(0.5), dense(1)],
      });
    using fitted = make();
    await fitted.fit(x, y, { loss: "meanSquaredError", optimizer: sgd(), batchSize: 10, shuffle: false });
    using looped = make();
    const optimizer = sgd().attach(looped);
    const loss = losses.meanSquaredError();
    using dOut = backend.matrix(10, 1);
    for (let batch = 0; batch < 5; batch++) {
      looped.zeroGradients();
      const out = looped.forward(x.slice(batch * 10 * INPUTS, (batch + 1) * 10 * INPUTS), { training: true });
      loss.valueAndGradient(out, y.slice(batch * 10, (batch + 1) * 10), dOut);
      looped.backward(dOut);
      optimizer.step();
    }
    expect(looped.parameters.map(({ value }) => [...value.data])).toEqual(
      fitted.parameters.map(({ value }) => [...value.data]),
    );
    const { loss: evaluated } = fitted.evaluate(x, y, { loss: "meanSquaredError" });
    expect(fitted.evaluate(x, y, { loss: "meanSquaredError" }).loss).toBe(evaluated);
  });

  it("are saved with the model, and are nothing in lanewise/inference", async () => {
    using model = new Sequential(backend, {
      inputShape: INPUTS,
      seed: 5,
      layers: [
        gaussianNoise(0.1),
        dense(8, { kernelRegularizer: { l2: 0.1 }, kernelConstraint: { maxNorm: 2 } }),
        dropout(0.5, { name: "d" }),
      ],
    });
    const file = saveModel(model);
    using loaded = await loadModel(backend, file);
    expect(saveModel(loaded)).toEqual(file);
    expect([...loaded.forward(x, { training: true }).data]).toEqual([
      ...model.forward(x, { training: true }).data,
    ]);
    const runner = createForInference(variant === "scalar" ? { build: forwardScalar } : {});
    using network = await loadForInference(runner, file);
    if (variant !== "relaxed") expect([...network.predict(x)]).toEqual([...model.predict(x)]);
  });
});

it("a training with dropout and noise gives the same bits on every exact build", async () => {
  const weights = await Promise.all(
    exactVariants.map(async (variant) => {
      using model = new Sequential(createBackendSync(on(variant)), {
        inputShape: INPUTS,
        seed: 3,
        layers: [
          gaussianNoise(0.2),
          dense(13, {
            activation: "tanh",
            kernelRegularizer: { l1: 0.001, l2: 0.01 },
            kernelConstraint: { maxNorm: 1 },
          }),
          dropout(0.3),
          dense(1),
        ],
      });
      await model.fit(x, y, { loss: "meanSquaredError", epochs: 3, batchSize: 16 });
      return model.parameters.map(({ value }) => [...value.data]);
    }),
  );
  expect(weights[1]).toEqual(weights[0]);
});

describe.each(variants)("regularizers and constraints on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("read the numbers of a penalty at each step, so that they can change while fit runs", async () => {
    const trained = async (l2: number, later = l2) => {
      const penalty = { l2 };
      using model = new Sequential(backend, {
        inputShape: INPUTS,
        seed: 3,
        layers: [dense(1, { kernelRegularizer: penalty })],
      });
      const onBatchBegin = () => {
        penalty.l2 = later;
      };
      await model.fit(x, y, { loss: "meanSquaredError", optimizer: sgd(), callbacks: [{ onBatchBegin }] });
      using loaded = await loadModel(backend, saveModel(model));
      expect(saveModel(loaded)).toEqual(saveModel(model));
      return [...model.parameters[0].value.data];
    };
    expect(await trained(0, 0.5)).toEqual(await trained(0.5));
    expect(await trained(0.5, 0)).toEqual(await trained(0));
    expect(await trained(0.5)).not.toEqual(await trained(0));
  });

  it("add l1 sign(w) + 2 l2 w to the gradient of a step, and nothing to the loss that is reported", async () => {
    const [l1, l2, rate] = [0.25, 0.5, 0.125];
    const make = (penalised: boolean) =>
      new Sequential(backend, {
        inputShape: INPUTS,
        seed: 3,
        layers: [
          dense(3, {
            biasInitializer: "lecunNormal",
            ...(penalised && { kernelRegularizer: { l1, l2 }, biasRegularizer: { l2: 1 } }),
          }),
        ],
      });
    const targets = Array.from(y, (value) => [value, 1, -value]);
    const options = {
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: rate }),
      batchSize: ROWS,
    } as const;
    using plain = make(false);
    using penalised = make(true);
    const before = plain.parameters.map(({ value }) => [...value.data]);
    const plainHistory = await plain.fit(x, targets, { ...options, optimizer: sgd({ learningRate: rate }) });
    const history = await penalised.fit(x, targets, { ...options, optimizer: sgd({ learningRate: rate }) });
    expect(history.epochs[0].loss).toBe(plainHistory.epochs[0].loss);
    for (const [p, { value }] of penalised.parameters.entries()) {
      const without = plain.parameters[p].value.data;
      for (const [i, weight] of before[p].entries()) {
        const penalty = p === 0 ? l1 * Math.sign(weight) + 2 * l2 * weight : 2 * weight;
        expect(value.data[i]).toBeCloseTo(without[i] - rate * penalty, 5);
      }
    }
  });

  it("maxNorm scales the columns that are longer down to the norm, and leaves the bits of the others", () => {
    using model = new Sequential(backend, {
      inputShape: 3,
      layers: [dense(5, { kernelConstraint: { maxNorm: 2 } })],
    });
    const weight = model.parameters[0].value;
    weight.set([
      [3, 0.1, 0, 2, -1],
      [4, 0.7, 0, 0, 1],
      [0, -1.3, 0, 0, 5],
    ]);
    const before = weight.toArray();
    const optimizer = sgd().attach(model);
    model.zeroGradients();
    optimizer.step();
    const after = weight.toArray();
    const norms = after[0].map((_, j) => Math.hypot(...after.map((row) => row[j])));
    expect(norms[0]).toBeCloseTo(2, 6);
    expect(norms[4]).toBeCloseTo(2, 6);
    expect(after[0][0] / after[1][0]).toBeCloseTo(3 / 4, 6);
    for (const j of [1, 2, 3]) expect(after.map((row) => row[j])).toEqual(before.map((row) => row[j]));
  });

  // Squares of the first overflow float32, those of the last are 0 in it.
  it.each([3e38, 1e20, 1e-20, 1e-30])("maxNorm holds columns of weights of about %d to it", (size) => {
    using model = new Sequential(backend, {
      inputShape: 2,
      layers: [dense(3, { kernelConstraint: { maxNorm: size } })],
    });
    const weight = model.parameters[0].value;
    weight.set([
      [size, size / 10, 0],
      [size, size / 10, 0],
    ]);
    model.zeroGradients();
    sgd().attach(model).step();
    const [first, second] = weight.toArray();
    expect(Math.hypot(first[0] / size, second[0] / size)).toBeCloseTo(1, 6);
    expect([first[1], first[2]]).toEqual([Math.fround(size / 10), 0]);
  });
});

describe("refused", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["a rate of 1", () => dropout(1), /dropout expected rate to be at least 0 and below 1, got 1/],
    ["a negative rate", () => dropout(-0.1), /dropout expected rate/],
    ["an unknown option", () => dropout(0.1, { seed: 1 } as object), /dropout: unknown option "seed"/],
    [
      "a deviation of 0",
      () => gaussianNoise(0),
      /gaussianNoise expected deviation to be a finite number above 0, got 0/,
    ],
    [
      "a negative l1",
      () => dense(1, { kernelRegularizer: { l1: -1 } }),
      /dense: kernelRegularizer expected l1 to be a finite number of at least 0, got -1/,
    ],
    [
      "an unknown penalty",
      () => dense(1, { biasRegularizer: { l3: 1 } as object }),
      /dense: biasRegularizer: unknown option "l3"/,
    ],
    [
      "a norm of 0",
      () => dense(1, { kernelConstraint: { maxNorm: 0 } }),
      /dense: kernelConstraint expected maxNorm to be a finite number above 0, got 0/,
    ],
  ])("%s", (_, make, message) => expect(make).toThrow(message));

  it("a step that is no count", () => {
    const model = alone(createBackendSync(), dropout(0.5));
    expect(() => model.forward(x, { training: true, step: -1 })).toThrow(
      /forward expected step to be an integer of at least 0, got -1/,
    );
  });
});
