import { describe, expect, it } from "vitest";
import {
  activate,
  activation,
  adam,
  adamw,
  add,
  average,
  checkGradients,
  concatenate,
  createBackendSync,
  dense,
  dropout,
  exp,
  gaussianNoise,
  input,
  Layer,
  loadModel,
  Model,
  multiply,
  type Network,
  prelu,
  Sequential,
  saveModel,
  scale,
  scaling,
  slice,
  softmax,
  subtract,
  Tensor,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

/** Models as graphs of layers. */
const backend = createBackendSync();
const random = new Random(1);
const x = random.floats(5 * 4);
const y = random.floats(5 * 4);
const loss = "meanSquaredError";

const valuesOf = (model: Pick<Network, "parameters">) =>
  Object.fromEntries(model.parameters.map(({ name, value }) => [name, Array.from(value.data)]));

/** The gradients of a model's parameters for the loss sum of y upstream. */
function gradientsOf(model: Model, samples: Float32Array, upstream: Float32Array) {
  model.zeroGradients();
  const { rows, cols } = model.forward(samples, { training: true });
  model.backward(backend.matrix(rows, cols, upstream));
  return Object.fromEntries(model.parameters.map(({ name, gradient }) => [name, Array.from(gradient.data)]));
}

describe("a graph of layers", () => {
  it("computes what its layers compute, one after another", () => {
    const [a, b] = [dense(6, { activation: "tanh" }), dense(4)];
    const t = input(4);
    const model = new Model(backend, { inputs: t, outputs: b.apply(a.apply(t)), seed: 3 });
    const chain = new Sequential(backend, { inputShape: 4, layers: [a, b], seed: 3 });
    expect(valuesOf(model)).toEqual(valuesOf(chain));
    expect(model.predict(x)).toEqual(chain.predict(x));
  });

  it("trains to the bits of the same chain", async () => {
    const layers = [dense(6, { activation: "tanh" }), dropout(0.2), dense(4)];
    const t = input(4);
    const outputs = layers.reduce<Tensor>((tensor, layer) => layer.apply(tensor), t);
    const model = new Model(backend, { inputs: t, outputs, seed: 3 });
    const chain = new Sequential(backend, { inputShape: 4, layers, seed: 3 });
    for (const each of [model, chain]) await each.fit(x, y, { loss, epochs: 3, batchSize: 2 });
    expect(await model.weightsDigest()).toBe(await chain.weightsDigest());
  });

  it("adds what skips a layer", () => {
    const t = input(4);
    const h = dense(4, { activation: "relu", name: "h" }).apply(t);
    const model = new Model(backend, { inputs: t, outputs: add(t, h), seed: 2 });
    const plain = new Model(backend, { inputs: t, outputs: h, seed: 2 });
    const branch = plain.predict(x);
    expect(model.predict(x)).toEqual(x.map((value, i) => Math.fround(value + branch[i])));
  });

  it("has the weights of a shared layer once, and their gradient is the sum of both uses", () => {
    const shared = dense(4, { name: "shared" });
    const t = input(4);
    const h = activation("tanh").apply(shared.apply(t));
    const model = new Model(backend, { inputs: t, outputs: shared.apply(h), seed: 2 });
    expect(model.parameters.map(({ name }) => name)).toEqual(["shared.weight", "shared.bias"]);
    // The same with two layers of equal weights: the gradient of the one is the sum of theirs.
    const [first, second] = [dense(4, { name: "a" }), dense(4, { name: "b" })];
    const apart = new Model(backend, {
      inputs: t,
      outputs: second.apply(activation("tanh").apply(first.apply(t))),
      seed: 2,
    });
    for (const { name, value } of apart.parameters) {
      const ofShared = model.parameters.find((each) => each.name.endsWith(name.slice(1)));
      if (ofShared) value.data.set(ofShared.value.data);
    }
    expect(model.predict(x)).toEqual(apart.predict(x));
    const together = gradientsOf(model, x, y);
    const each = gradientsOf(apart, x, y);
    for (const tensor of ["weight", "bias"])
      expectClose(
        tensor,
        together[`shared.${tensor}`],
        each[`a.${tensor}`].map((value, i) => value + each[`b.${tensor}`][i]),
        1e-6,
        1e-6,
      );
  });

  it("names tensors by the index of a layer's first use, or by its name", () => {
    const t = input(4);
    const [a, b] = [dense(4), dense(4, { name: "named" })];
    // Made in another order than used: the order of use counts.
    const outputs = add(b.apply(a.apply(t)), a.apply(t), prelu().apply(t));
    expect(new Model(backend, { inputs: t, outputs }).parameters.map(({ name }) => name)).toEqual([
      "0.weight",
      "0.bias",
      "named.weight",
      "named.bias",
      "2.alpha",
    ]);
  });

  it("lists its layers in the order of their first use", () => {
    const t = input(4);
    const [a, b] = [dense(4), dense(2, { name: "named" })];
    const model = new Model(backend, { inputs: t, outputs: b.apply(a.apply(a.apply(t))) });
    expect(model.layers).toEqual([a, b]);
    expect(model.layers[1]).toBeInstanceOf(Layer);
    expect(model.layers.map(({ name, trainable }) => [name, trainable])).toEqual([
      [undefined, true],
      ["named", true],
    ]);
  });

  it("leaves layers to several models, each with weights of its own", () => {
    const layer = dense(4);
    const t = input(4);
    const outputs = layer.apply(t);
    const [a, b] = [1, 2].map((seed) => new Model(backend, { inputs: t, outputs, seed }));
    expect(valuesOf(a)).not.toEqual(valuesOf(b));
    a.parameters[0].value.data.fill(0);
    expect(valuesOf(b)["0.weight"].some((value) => value !== 0)).toBe(true);
  });

  it("may be without layers, and its output an input", () => {
    const t = input([2, 2]);
    const model = new Model(backend, { inputs: t, outputs: [t, t] });
    expect(model.predict(x)).toEqual([x, x]);
    expect(model.outputs).toEqual([
      { name: "output0", shape: [2, 2] },
      { name: "output1", shape: [2, 2] },
    ]);
  });

  it("takes fit without a parameter to train", async () => {
    const t = input(4);
    for (const outputs of [activation("softsign").apply(t), dense(4, { trainable: false }).apply(t)]) {
      const model = new Model(backend, { inputs: t, outputs });
      const before = model.predict(x);
      const targets = y.map((value) => value / 2);
      const { epochs } = await model.fit(x, targets, { loss, metrics: [] });
      expect(epochs[0].loss).toBeCloseTo(model.evaluate(x, targets, { loss }).loss, 5);
      expect(model.predict(x)).toEqual(before);
    }
  });
});

describe("layers that draw random numbers", () => {
  it("draw other ones at each use of one layer, and the same in every run", () => {
    const drops = dropout(0.5);
    const noise = gaussianNoise(1);
    const t = input(64);
    const make = (layer: Layer) =>
      new Model(backend, { inputs: t, outputs: [layer.apply(t), layer.apply(t)], seed: 7 });
    const ones = new Float32Array(64).fill(1);
    for (const layer of [drops, noise]) {
      const draw = (model = make(layer)) =>
        model.forward(ones, { training: true, step: 3 }).map(({ data }) => Array.from(data));
      const [first, second] = draw();
      expect(first).not.toEqual(second);
      expect(draw()).toEqual([first, second]);
      expect(make(layer).predict(ones)).toEqual([ones, ones]);
    }
  });

  it("in a branch leave the other branch alone", () => {
    const t = input(32);
    const model = new Model(backend, { inputs: t, outputs: subtract(dropout(0.5).apply(t), t) });
    const ones = new Float32Array(32).fill(1);
    const values = [...model.forward(ones, { training: true }).data].sort();
    expect(new Set(values)).toEqual(new Set([-1, 1]));
    expect(model.predict(ones)).toEqual(new Float32Array(32));
  });
});

describe("layers that are not trainable", () => {
  const make = (build = backend) => {
    const t = input(4);
    const first = dense(5, { activation: "tanh", name: "first" }).apply(t);
    const frozen = dense(5, {
      activation: "tanh",
      name: "frozen",
      trainable: false,
      kernelRegularizer: { l2: 0.1 },
      kernelConstraint: { maxNorm: 0.01 },
    });
    const outputs = dense(4, { name: "last" }).apply(add(frozen.apply(first), frozen.apply(first)));
    return new Model(build, { inputs: t, outputs, seed: 4 });
  };

  it.each([["adam", adam()] as const, ["adamw", adamw({ weightDecay: 0.1 })] as const])(
    "keep their weights to the bit in a fit by %s, between layers that train",
    async (_, optimizer) => {
      const model = make();
      const before = model.buffers.map(({ name, value }) => [name, Array.from(value.data)]);
      const trained = valuesOf(model);
      await model.fit(x, y, { loss, optimizer, epochs: 5, batchSize: 2 });
      expect(model.buffers.map(({ name, value }) => [name, Array.from(value.data)])).toEqual(before);
      const after = valuesOf(model);
      for (const name of Object.keys(trained)) expect(after[name], name).not.toEqual(trained[name]);
    },
  );

  it("are listed among the buffers, and count as not trained", () => {
    const model = make();
    expect(model.parameters.map(({ name }) => name)).toEqual([
      "first.weight",
      "first.bias",
      "last.weight",
      "last.bias",
    ]);
    expect(model.buffers.map(({ name }) => name)).toEqual(["frozen.weight", "frozen.bias"]);
    expect(model.parameterCount).toBe(5 * 4 + 5 + 4 * 5 + 4);
    expect(model.summary()).toContain("49 parameters, and 30 that are not trained");
  });

  it("begin with the weights that they would have if they were trained", () => {
    const t = input(4);
    const [free, frozen] = [true, false].map((trainable) => {
      const outputs = dense(2).apply(dense(3, { trainable }).apply(t));
      return new Model(backend, { inputs: t, outputs, seed: 9 });
    });
    expect(frozen.predict(x)).toEqual(free.predict(x));
    expect(Array.from(frozen.buffers[0].value.data)).toEqual(valuesOf(free)["0.weight"]);
  });

  it("let gradients through to the layers before them", () => {
    const model = make();
    for (const { name, relativeError } of checkGradients(model, x, y, { loss }))
      expect(relativeError, name).toBeLessThan(2e-3);
  });

  it("are saved and loaded with their weights", async () => {
    const model = make();
    const loaded = await loadModel(backend, saveModel(model));
    expect(loaded.predict(x)).toEqual(model.predict(x));
    expect(loaded.buffers.map(({ name }) => name)).toEqual(["frozen.weight", "frozen.bias"]);
    expect(loaded.layers.map(({ trainable }) => trainable)).toEqual([true, false, true, true]);
  });
});

describe("operations", () => {
  const [a, b, c] = [random.floats(12), random.floats(12), random.floats(12)];
  const tensors = [1, 2, 3].map(() => input(3));
  const f = Math.fround;
  const cases: [string, Tensor, Layer | undefined, (i: number) => number][] = [
    ["add", add(...(tensors as [Tensor, Tensor, Tensor])), add(), (i) => f(f(a[i] + b[i]) + c[i])],
    ["multiply", multiply(tensors), multiply(), (i) => f(f(a[i] * b[i]) * c[i])],
    ["average", average(tensors), average(), (i) => f(f(f(a[i] + b[i]) + c[i]) * f(1 / 3))],
    [
      "subtract",
      subtract(tensors[0], add(tensors[1], tensors[2])),
      undefined,
      (i) => f(a[i] - f(b[i] + c[i])),
    ],
    [
      "scale",
      scale(add(tensors[0], multiply(tensors[1], tensors[2])), -2),
      undefined,
      (i) => -2 * f(a[i] + f(b[i] * c[i])),
    ],
  ];

  it.each(cases)("%s: as functions and as layers", (_, outputs, layer, expected) => {
    const whole = Float32Array.from(a, (_, i) => expected(i));
    expect(new Model(backend, { inputs: tensors, outputs }).predict([a, b, c])).toEqual(whole);
    if (!layer) return;
    const made = new Model(backend, { inputs: tensors, outputs: layer.apply(tensors) });
    expect(made.predict([a, b, c])).toEqual(whole);
  });

  it("concatenate and slice work on the last axis", () => {
    const [s, t] = [input([2, 3]), input([2, 1])];
    const joined = concatenate(s, t);
    expect(joined.shape).toEqual([2, 4]);
    const model = new Model(backend, {
      inputs: [s, t],
      outputs: [joined, concatenate().apply([t, s]), slice(joined, 1, 3)],
    });
    const [one, other, part] = model.predict([[[1, 2, 3, 4, 5, 6]], [[7, 8]]]);
    expect([...one]).toEqual([1, 2, 3, 7, 4, 5, 6, 8]);
    expect([...other]).toEqual([7, 1, 2, 3, 8, 4, 5, 6]);
    expect([...part]).toEqual([2, 3, 5, 6]);
  });

  it("give matrices at once what they give tensors later, to the bit", () => {
    const [s, t] = [input(3), input(3)];
    const [m, n] = [backend.matrix(4, 3, a), backend.matrix(4, 3, b)];
    const both = <T>(add_: T, ...others: T[]): T[] => [add_, ...others];
    const model = new Model(backend, {
      inputs: [s, t],
      outputs: both(
        add(s, t),
        subtract(s, t),
        multiply(s, t),
        scale(s, 0.3),
        exp(s),
        softmax(s),
        activate("leakyRelu", s, { slope: 0.2 }),
      ),
    });
    const matrices = both(
      add(m, n),
      subtract(m, n),
      multiply(m, n),
      scale(m, 0.3),
      exp(m),
      softmax(m),
      activate("leakyRelu", m, { slope: 0.2 }),
    );
    expect(model.predict([a, b])).toEqual(matrices.map(({ data }) => data.slice()));
  });

  it("of one tensor with itself have the gradients of both uses", () => {
    const t = input(4);
    const h = dense(4).apply(t);
    for (const outputs of [
      add(h, h),
      multiply(h, h, h),
      average(h, h),
      subtract(h, scale(h, 3)),
      concatenate(h, h),
    ])
      for (const { name, relativeError } of checkGradients(
        new Model(backend, { inputs: t, outputs, seed: 1 }),
        x,
        random.floats(5 * outputs.shape[0]),
        { loss },
      ))
        expect(relativeError, name).toBeLessThan(2e-3);
  });
});

describe("backward", () => {
  it("gives gradients of inputs memory that is not the caller's", () => {
    const [s, t] = [input(2), input(2)];
    const model = new Model(backend, { inputs: [s, t], outputs: add(s, t) });
    model.forward([x.subarray(0, 4), x.subarray(0, 4)], { training: true });
    const upstream = backend.matrix(2, 2, [1, 2, 3, 4]);
    const gradients = model.backward(upstream, { inputGradient: true }) as unknown as (typeof upstream)[];
    upstream.data.fill(9);
    expect(gradients.map(({ data }) => Array.from(data))).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });

  it("has the gradient of an output that is used inside too, and of two outputs that are one tensor", () => {
    const t = input(4);
    const h = dense(4, { activation: "sigmoid" }).apply(t);
    const z = dense(3).apply(h);
    const p = activation("softmax").apply(z);
    const model = new Model(backend, { inputs: t, outputs: [h, h, z, p, dense(2).apply(p)], seed: 5 });
    const targets = [
      random.floats(20, 0, 1).map(Math.round),
      random.floats(20, 0, 1),
      random.floats(15),
      [0, 1, 2, 0, 1],
      random.floats(10),
    ];
    const checks = checkGradients(model, x, targets, {
      loss: ["binaryCrossEntropy", loss, loss, "categoricalCrossEntropy", loss],
      lossWeights: [1, 0.5, 2, 1, 0],
    });
    expect(checks.map(({ name }) => name)).toHaveLength(7);
    for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(3e-3);
  });

  it("after another batch that made the arena grow says that there is no forward to go back from", () => {
    const t = input(4);
    const model = new Model(backend, { inputs: t, outputs: add(dense(4).apply(t), t) });
    const { rows, cols } = model.forward(x, { training: true });
    model.predict(new Float32Array(4 * 1000));
    expect(() => model.backward(backend.matrix(rows, cols))).toThrow(/needs a forward/);
  });
});

it.each(exactVariants)("weightsDigest is the SHA-256 of the parameters, on the %s build", async (variant) => {
  const build = createBackendSync(on(variant));
  const t = input(4);
  const make = (trainable: boolean) =>
    new Model(build, {
      inputs: t,
      outputs: dense(3).apply(
        dense(2, { trainable }).apply(scaling({ mean: [0, 0, 0, 0], deviation: [1, 1, 1, 1] }).apply(t)),
      ),
      seed: 8,
    });
  const model = make(true);
  const bytes = model.parameters.flatMap(({ value }) => [...new Uint8Array(value.data.slice().buffer)]);
  const hash = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  expect(await model.weightsDigest()).toBe(Buffer.from(hash).toString("hex"));
  // Whether they are trained makes no difference.
  expect(await make(false).weightsDigest()).toBe(await model.weightsDigest());
});

it("a Tensor is one of the library's", () => {
  expect(input(2)).toBeInstanceOf(Tensor);
  expect(dense(3).apply(input([5, 2])).shape).toEqual([5, 3]);
});
