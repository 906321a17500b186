import { describe, expect, it } from "vitest";
import {
  activation,
  activationNames,
  adam,
  createBackendSync,
  dense,
  dropout,
  gaussianNoise,
  type Layer,
  prelu,
  Sequential,
  scaling,
} from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { Random } from "../../support/random.js";

/**
 * A model that goes through an ONNX file is the same function, to 1e-6 of 1 or of the output where that is
 * larger.
 */

const backend = createBackendSync();
const random = new Random(8);
const inputs = (rows: number, size: number) => random.floats(rows * size, -4, 4);

function roundTrip(inputShape: number | readonly number[], layers: readonly Layer[]): Sequential {
  const model = new Sequential(backend, { inputShape, layers, seed: 3 });
  for (const { value } of model.parameters) value.set(random.floats(value.length));
  const again = importOnnx(backend, exportOnnx(model));
  const x = inputs(20, model.inputSize);
  const expected = model.predict(x);
  const outputs = again.predict(x);
  expect(outputs.length).toBe(expected.length);
  expect(
    outputs.every((value, i) => Math.abs(value - expected[i]) <= 1e-6 * Math.max(1, Math.abs(expected[i]))),
  ).toBe(true);
  expect(again.inputShape).toEqual(model.inputShape);
  return again;
}

const layersOf = (model: Sequential): string[] =>
  model
    .summary()
    .split("\n")
    .filter((line) => line.includes("[batch"))
    .map((line) => line.split(/ {2,}/)[1]);

describe("a model that goes through ONNX gives the same outputs", () => {
  it.each(activationNames)("dense with %s", (name) => {
    expect(layersOf(roundTrip(5, [dense(4, { activation: name }), dense(3)]))).toEqual([
      name === "linear" ? "dense(5 -> 4)" : `dense(5 -> 4) ${name}`,
      "dense(4 -> 3)",
    ]);
  });

  it.each(activationNames)("%s as a layer", (name) => {
    roundTrip(5, [activation(name)]);
    roundTrip([2, 3], [activation(name), activation("tanh")]);
  });

  it.each<[string, Layer]>([
    ["activation(slope 0.25) leakyRelu", activation("leakyRelu", { slope: 0.25 })],
    ["activation(slope 2) leakyRelu", activation("leakyRelu", { slope: 2 })],
    ["activation(slope -0.5) leakyRelu", activation("leakyRelu", { slope: -0.5 })],
    ["activation(alpha 2) elu", activation("elu", { alpha: 2 })],
    ["activation(slope 1) hardSigmoid", activation("hardSigmoid", { slope: 1 })],
    ["prelu(4)", prelu({ name: "slopes" })],
    ["prelu(1)", prelu({ sharedAxes: "all" })],
  ])("%s", (layer, spec) => {
    const again = roundTrip(5, [dense(4), spec, dense(3)]);
    expect(layersOf(again)).toEqual(["dense(5 -> 4)", layer, "dense(4 -> 3)"]);
  });

  it("prelu of inputs of several dimensions, shared or not", () => {
    for (const sharedAxes of [[], [1], [2, 3], "all"] as const)
      roundTrip([2, 3, 2], [prelu({ sharedAxes }), dense(4), prelu()]);
  });

  it("without biases", () => {
    expect(
      roundTrip(5, [
        dense(4, { useBias: false, activation: "selu" }),
        dense(3, { useBias: false }),
      ]).parameters.map(({ name }) => name),
    ).toEqual(["0.weight", "1.weight"]);
  });

  it("scaling, first, last and twice in a row", () => {
    const scale = (size: number) =>
      scaling({ mean: inputs(1, size), deviation: inputs(1, size).map((value) => Math.abs(value) + 0.5) });
    expect(layersOf(roundTrip(3, [scale(3), dense(4, { activation: "gelu" }), dense(2), scale(2)]))).toEqual([
      "scaling(3)",
      "dense(3 -> 4) gelu",
      "dense(4 -> 2)",
      "scaling(2)",
    ]);
    roundTrip([2, 2], [scale(4), scale(4), activation("softmax")]);
  });

  it("dropout and noise, of which nothing is left", () => {
    expect(
      layersOf(
        roundTrip(3, [dropout(0.5), dense(4), gaussianNoise(1), activation("relu"), dense(2), dropout(0.1)]),
      ),
    ).toEqual(["dense(3 -> 4) relu", "dense(4 -> 2)"]);
    roundTrip([3], [dropout(0.5)]);
  });

  it("inputs of several dimensions", () => {
    roundTrip([2, 3, 2], [dense(4, { activation: "softplus" }), activation("logSoftmax")]);
    roundTrip([2, 3], [activation("relu")]);
  });

  it("names, labels and words", () => {
    const model = new Sequential(backend, {
      inputShape: 2,
      layers: [dense(3, { name: "hidden" }), dense(2, { name: "__proto__" })],
      labels: ["a", "ü"],
      metadata: { note: "trained on a tab", ["__proto__"]: "x" },
    });
    const again = importOnnx(backend, exportOnnx(model));
    expect(again.parameters.map(({ name }) => name)).toEqual([
      "hidden.weight",
      "hidden.bias",
      "__proto__.weight",
      "__proto__.bias",
    ]);
    expect(again.labels).toEqual(["a", "ü"]);
    expect(Object.entries(again.metadata)).toEqual(Object.entries(model.metadata));
    expect(exportOnnx(again)).toEqual(exportOnnx(model));
  });
});

it("a model that came in learns on", async () => {
  const model = roundTrip(1, [dense(16, { activation: "tanh" }), dense(1)]);
  const x = Float32Array.from({ length: 64 }, (_, i) => i / 32 - 1);
  const { epochs } = await model.fit(x, x.map(Math.abs), {
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.02 }),
    epochs: 100,
  });
  expect(epochs[99].loss).toBeLessThan(epochs[0].loss / 20);
});
