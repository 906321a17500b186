import { describe, expect, it } from "vitest";
import {
  add,
  concatenate,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  flatten,
  input,
  loadModel,
  Model,
  Sequential,
  saveModel,
  type Tensor,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { exactVariants, on } from "../reference/backends.js";
import { Random } from "../support/random.js";
import { architectureOf, metadataOf, withArchitecture } from "./architecture-in.js";

/** Files of version 2, which hold any graph of layers. */
const backend = createBackendSync();
const bits = (values: Float32Array): number[] => [...new Uint32Array(values.slice().buffer)];

/** Two inputs, a shared layer, a skip, a frozen layer and three outputs, one of which is an input. */
function graph(on = backend) {
  const [image, table] = [input([2, 3], { name: "image" }), input(4)];
  const shared = dense(4, { activation: "tanh", name: "shared", trainable: false });
  const h = concatenate(shared.apply(table), flatten().apply(image));
  const y = add(shared.apply(shared.apply(table)), dense(4, { activation: "relu" }).apply(h));
  const outputs = [
    dense(1, { name: "price" }).apply(y),
    dense(3, { activation: "softmax" }).apply(dropout(0.3).apply(y)),
    image,
  ];
  return new Model(on, { inputs: [image, table], outputs, seed: 5, metadata: { note: "a graph" } });
}

const random = new Random(3);
const x = { image: random.floats(7 * 6), input1: random.floats(7 * 4) };

describe.each(exactVariants)("a graph in a file, on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("predicts the bits after loading, here and by lanewise/inference, and is saved to the same bytes", async () => {
    using model = graph(backend);
    await model.fit(x, [random.floats(7), [0, 1, 2, 0, 1, 2, 0], random.floats(42)], {
      loss: ["meanSquaredError", "categoricalCrossEntropy", "meanSquaredError"],
      epochs: 3,
      batchSize: 3,
    });
    const file = saveModel(model);
    expect(metadataOf(file).format_version).toBe("2");
    const expected = model.predict(x).map(bits);
    using loaded = await loadModel<Tensor[]>(backend, file);
    expect(loaded).not.toBeInstanceOf(Sequential);
    expect(loaded.predict(x).map(bits)).toEqual(expected);
    expect(saveModel(loaded)).toEqual(file);
    expect(loaded.inputs).toEqual(model.inputs);
    expect(loaded.outputs).toEqual(model.outputs);
    expect(loaded.summary().split("\nbytes")[0]).toBe(model.summary().split("\nbytes")[0]);
    expect(await loaded.weightsDigest()).toBe(await model.weightsDigest());
    const small = await inference.createBackend({ variant });
    const network = await inference.loadModel<Tensor[]>(small, file);
    expect(network.predict(x).map(bits)).toEqual(expected);
  });

  it("trains on from the file to the bits", async () => {
    const y = [random.floats(7), [0, 1, 2, 0, 1, 2, 0], random.floats(42)];
    const options = {
      loss: ["meanSquaredError", "categoricalCrossEntropy", "meanSquaredError"] as const,
      batchSize: 2,
    };
    using model = graph(backend);
    await model.fit(x, y, { ...options, optimizer: "sgd" });
    using loaded = await loadModel<Tensor[]>(backend, saveModel(model));
    for (const each of [model, loaded]) await each.fit(x, y, { ...options, optimizer: "sgd", epochs: 2 });
    expect(await loaded.weightsDigest()).toBe(await model.weightsDigest());
    expect(saveModel(loaded)).toEqual(saveModel(model));
  });
});

it("whether inputs and outputs are arrays of one is kept", async () => {
  const x = input(2);
  for (const inputs of [x, [x]])
    for (const outputs of [x, [x]]) {
      const file = saveModel(new Model(backend, { inputs, outputs }));
      const loaded = await loadModel<Tensor | Tensor[]>(backend, file);
      expect(saveModel(loaded)).toEqual(file);
      const samples = Float32Array.of(1, 2);
      const result = loaded.predict(Array.isArray(inputs) ? [samples] : samples);
      expect(result).toEqual(Array.isArray(outputs) ? [samples] : samples);
    }
});

it("a chain that version 1 can hold is written as version 1, any other model as version 2", () => {
  const [a, b] = [dense(3), dense(1)];
  const x = input(2);
  const versionOf = (model: Model) => metadataOf(saveModel(model)).format_version;
  expect(versionOf(new Sequential(backend, { inputShape: 2, layers: [a, b] }))).toBe("1");
  expect(versionOf(new Sequential(backend, { inputShape: [2, 2], layers: [a, b] }))).toBe("2");
  expect(versionOf(new Sequential(backend, { inputShape: 2, layers: [a, flatten()] }))).toBe("2");
  expect(versionOf(new Model(backend, { inputs: x, outputs: b.apply(a.apply(x)) }))).toBe("2");
});

it("a Sequential of version 2 is one after loading", async () => {
  const model = new Sequential(backend, { inputShape: [2, 2], layers: [dense(3), flatten(), dense(1)] });
  const loaded = await loadModel(backend, saveModel(model));
  expect(loaded).toBeInstanceOf(Sequential);
  expect(saveModel(loaded)).toEqual(saveModel(model));
});

it("the layers of a file of version 1 make models that can be saved", async () => {
  const { readFileSync } = await import("node:fs");
  const old = await loadModel(
    backend,
    readFileSync(new URL("../data/models/v1-dense-two-axes.safetensors", import.meta.url)),
  );
  const x = input(old.inputShape);
  const y = old.layers.reduce<Tensor>((tensor, layer) => layer.apply(tensor), x);
  for (const model of [
    new Model(backend, { inputs: x, outputs: y, seed: 1 }),
    new Sequential(backend, { inputShape: old.inputShape, layers: old.layers, seed: 1 }),
  ]) {
    const loaded = await loadModel(backend, saveModel(model));
    expect(loaded.parameters.map(({ name }) => name)).toEqual(model.parameters.map(({ name }) => name));
    expect(await loaded.weightsDigest()).toBe(await model.weightsDigest());
  }
});

describe("a damaged architecture is a FormatError that says where", () => {
  const file = saveModel(graph());
  const { calls, layers } = architectureOf(file) as { calls: [number, number[]][]; layers: unknown[] };
  const huge = [9007199254740991];
  const cases: [string, Record<string, unknown>, string][] = [
    ["no inputs", { inputs: [] }, "expected a list of inputs"],
    ["inputs that are no list", { inputs: { 0: { shape: [2] } } }, "expected a list of inputs"],
    ["an input that is null", { inputs: [null] }, "expected inputs[0] to be an object, got null"],
    ["a name that is no string", { inputs: [{ name: 5, shape: [2] }] }, "input expected name to be a string"],
    ["no sizes", { inputs: [{ shape: [] }] }, "expected inputs[0].shape to be a list of sizes"],
    ["a size of 0", { inputs: [{ shape: [2, 0] }] }, "expected inputs[0].shape to hold sizes, got [2,0]"],
    ["too many elements", { inputs: [{ shape: [...huge, ...huge] }] }, "more elements than can be counted"],
    ["no layers", { layers: undefined }, "expected a list of layers"],
    ["a layer that is null", { layers: [null] }, "layers[0] is of type nothing"],
    [
      "an unknown type",
      { layers: [{ type: "toString" }] },
      'layers[0] is of type "toString"; known are dense',
    ],
    ["no calls", { calls: 5 }, "expected a list of calls"],
    [
      "a call that is null",
      { calls: [null] },
      "calls[0] expected a layer and the tensors that it takes, got null",
    ],
    ["a call of no layer", { calls: [[99, [0]]] }, "calls[0] expected a layer of 8"],
    ["a call of layer -1", { calls: [[-1, [0]]] }, "calls[0] expected a layer of 8"],
    ["a call of layers out of order", { calls: [[1, [0]]] }, "in the order of their first calls, got 1"],
    [
      "a call without tensors",
      { calls: [[0]] },
      "calls[0] expected a layer and the tensors that it takes, got [0]",
    ],
    [
      "a call of its own output",
      { calls: [[0, [2]]] },
      "calls[0] expected the number of a tensor below 2, got 2",
    ],
    [
      "a tensor that is text",
      { calls: [[0, ["0"]]] },
      'calls[0] expected the number of a tensor below 2, got "0"',
    ],
    [
      "too many tensors",
      { calls: [[0, [1, 1]], ...calls.slice(1)] },
      'dense "shared" expected 1 tensor, got 2',
    ],
    ["no tensors", { calls: [[0, []], ...calls.slice(1)] }, 'dense "shared" expected 1 tensor, got 0'],
    ["a layer that is not called", { layers: [...layers, { type: "add" }] }, "layers[8] is not called"],
    ["a call that nothing needs", { calls: [...calls, [0, [1]]] }, "no output depends on calls[10]"],
    [
      "an output that is not there",
      { outputs: [99] },
      "outputs expected the number of a tensor below 12, got 99",
    ],
    ["no outputs", { outputs: [] }, "no output depends on calls[9]"],
    [
      "sequential",
      { sequential: true },
      "expected the calls of a model that is sequential to follow one another",
    ],
    ["sequential as text", { sequential: "yes" }, 'expected sequential to be true or false, got "yes"'],
    ["a list as text", { inputList: 1 }, "expected inputList to be true or false, got 1"],
    ["a seed that is no integer", { seed: 0.5 }, "expected seed to be a safe integer, got 0.5"],
    ["a life of text", { life: "long" }, "architecture expected life.epoch to be an integer"],
  ];

  it.each(cases)("%s", async (_, change, message) => {
    const bytes = withArchitecture(file, { ...architectureOf(file), ...change });
    for (const load of [
      () => loadModel(backend, bytes),
      async () => inference.loadModel(await inference.createBackend(), bytes),
    ]) {
      const error = await load().then(
        () => undefined,
        (error: Error) => error,
      );
      expect(error).toBeInstanceOf(FormatError);
      expect(error?.message).toContain(message);
    }
  });

  it("tensors that double with each call end before they are too large to count", async () => {
    const doubling = Array.from({ length: 60 }, (_, i) => [i, [i, i]]);
    const bytes = withArchitecture(file, {
      inputs: [{ shape: [1000] }],
      seed: 0,
      layers: doubling.map(() => ({ type: "concatenate" })),
      calls: doubling,
      outputs: 60,
    });
    await expect(loadModel(backend, bytes)).rejects.toThrow(
      /concatenate: its output \[batch, \d+\] has too many elements/,
    );
  });
});
