import { describe, expect, it } from "vitest";
import { keys } from "../../src/files/model-file.js";
import { parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import {
  activation,
  add,
  concatenate,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  input,
  type Layer,
  loadModel,
  Model,
  Sequential,
  saveModel,
  type Tensor,
} from "../../src/index.js";
import { Random } from "../support/random.js";

const backend = createBackendSync();
const metadataOf = (file: Uint8Array) => parseSafetensors(file).metadata;
const architectureOf = (file: Uint8Array) => JSON.parse(metadataOf(file)[keys.architecture]);
const list = (...layers: Layer[]) => new Sequential(backend, { inputShape: [2, 3], layers });

/** Two inputs of which one has a name of its own, a layer that is used twice, and two outputs. */
function graph(): Model<Tensor[]> {
  const [x, z] = [input(3), input(3, { name: "other" })];
  const shared = dense(4, { activation: "tanh", name: "shared" });
  const [a, b] = [shared.apply(x), shared.apply(z)];
  const y = dense(2).apply(concatenate(a, b));
  return new Model(backend, { inputs: [x, z], outputs: [add(a, b), y], seed: 9 });
}

/** The file with another architecture. */
function changed(
  file: Uint8Array,
  change: (architecture: ReturnType<typeof architectureOf>) => void,
): Uint8Array {
  const { metadata, tensors } = parseSafetensors(file);
  const architecture = architectureOf(file);
  change(architecture);
  const floats = [...tensors.values()].map(({ name, shape, bytes }) => ({
    name,
    shape,
    values: new Float32Array(bytes.slice().buffer),
  }));
  return writeSafetensors(floats, { ...metadata, [keys.architecture]: JSON.stringify(architecture) });
}

describe("a file of version 2", () => {
  it("has a graph, which predicts the same bits once it is loaded and is saved to the same bytes", async () => {
    using model = graph();
    const file = saveModel(model);
    expect(metadataOf(file)[keys.version]).toBe("2");
    const { inputs, calls, outputs } = architectureOf(file);
    expect(inputs).toEqual([
      { name: "input0", shape: [3] },
      { name: "other", shape: [3] },
    ]);
    expect(calls.map(([, taken]: [number, number[]]) => taken)).toEqual([[0], [1], [2, 3], [4], [2, 3]]);
    expect(outputs).toEqual([6, 5]);
    using loaded = await loadModel<Tensor[]>(backend, file);
    const x = [new Random(1).floats(6), new Random(2).floats(6)];
    expect(loaded.predict(x)).toEqual(model.predict(x));
    expect(loaded.inputs).toEqual(model.inputs);
    expect(loaded.outputs).toEqual(model.outputs);
    expect(loaded.parameters.map(({ name }) => name)).toEqual([
      "shared.weight",
      "shared.bias",
      "2.weight",
      "2.bias",
    ]);
    expect(Buffer.from(saveModel(loaded)).equals(file)).toBe(true);
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])("tells an array of one input (%s) or output (%s) from the one", async (inputList, outputList) => {
    const x = input(3);
    const y = dense(2).apply(x);
    using model = new Model<Tensor | Tensor[]>(backend, {
      inputs: inputList ? [x] : x,
      outputs: outputList ? [y] : y,
    });
    const samples = new Random(3).floats(6);
    const file = saveModel(model);
    using loaded = await loadModel<Tensor | Tensor[]>(backend, file);
    const given = inputList ? [samples] : samples;
    expect(loaded.predict(given)).toEqual(model.predict(given));
    expect(Array.isArray(loaded.predict(given))).toBe(outputList);
    expect(Buffer.from(saveModel(loaded)).equals(file)).toBe(true);
  });

  it("has the names that the user gave, and not those that a model gives itself", async () => {
    const [x, z] = [input(3), input(3, { name: "other" })];
    using model = new Model(backend, { inputs: [x, z], outputs: [x, z, add(x, z)] });
    const names = model.outputs.map(({ name }) => name);
    expect(names).toEqual(["output0", "other", "output2"]);
    using loaded = await loadModel<Tensor[]>(backend, saveModel(model));
    expect(loaded.outputs.map(({ name }) => name)).toEqual(names);
  });

  it("has a list whose layers mean another thing in version 1, and stays a list", async () => {
    using model = list(dense(4, { activation: "relu" }), dropout(0.5), activation("softmax"));
    const file = saveModel(model);
    expect(metadataOf(file)[keys.version]).toBe("2");
    using loaded = await loadModel(backend, file);
    expect(loaded).toBeInstanceOf(Sequential);
    const x = new Random(4).floats(12);
    expect(loaded.predict(x)).toEqual(model.predict(x));
    expect(Buffer.from(saveModel(loaded)).equals(file)).toBe(true);
  });

  it.each<[string, Layer, string]>([
    ["dense", dense(2), "2"],
    ["softmax", activation("softmax"), "2"],
    ["another activation", activation("tanh"), "1"],
    ["dropout", dropout(0.5), "1"],
  ])("is of the least version that can hold %s on two axes", (_, layer, version) => {
    using model = list(layer);
    expect(metadataOf(saveModel(model))[keys.version]).toBe(version);
  });

  it("is of version 2 for a graph, also of what a list could hold", () => {
    const x = input(3);
    using model = new Model(backend, { inputs: x, outputs: dense(2).apply(x) });
    expect(metadataOf(saveModel(model))[keys.version]).toBe("2");
  });

  it("has a life where steps were taken in an epoch or before it", () => {
    using model = graph();
    for (const life of [
      { epoch: 0, step: 3 },
      { epoch: 2, step: 0 },
    ]) {
      model.life = life;
      expect(architectureOf(saveModel(model)).life).toEqual(life);
    }
    model.life = { epoch: 0, step: 0 };
    expect(architectureOf(saveModel(model)).life).toBeUndefined();
  });
});

describe("refused is a file of version 2", () => {
  const file = saveModel(graph());
  const ofList = saveModel(list(dense(4), dense(2)));
  it.each<[string, Uint8Array, Parameters<typeof changed>[1], string]>([
    [
      "whose call takes a layer that is not there",
      file,
      (a) => (a.calls[0][0] = 9),
      "calls[0] expected a layer",
    ],
    [
      "whose call takes a tensor that is not there",
      file,
      (a) => (a.calls[0][1] = [2]),
      "calls[0] expected the number of a tensor below",
    ],
    [
      "whose call is none",
      file,
      (a) => (a.calls[0] = 3),
      "calls[0] expected a layer and the tensors that it takes, got 3",
    ],
    [
      "whose output is not there",
      file,
      (a) => (a.outputs = [7]),
      "outputs expected the number of a tensor below",
    ],
    ["without inputs", file, (a) => (a.inputs = []), "expected a list of inputs"],
    [
      "whose input has a size of 0",
      file,
      (a) => (a.inputs[0].shape = [0]),
      "expected inputs[0].shape to hold sizes",
    ],
    ["whose list is in another order", ofList, (a) => (a.calls[1][0] = 0), "layers[1] is not called"],
    [
      "whose list takes another tensor",
      ofList,
      (a) => (a.calls[1][1] = [0]),
      "no output depends on calls[0]",
    ],
    ["whose layer takes two", ofList, (a) => (a.calls[1][1] = [1, 0]), "sequential to follow one another"],
  ])("%s", async (_, from, change, message) => {
    const wrong = changed(from, change);
    await expect(loadModel(backend, wrong)).rejects.toThrow(FormatError);
    await expect(loadModel(backend, wrong)).rejects.toThrow(message);
  });
});
