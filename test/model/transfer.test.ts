import { describe, expect, it } from "vitest";
import {
  activation,
  add,
  batchNormalization,
  ComposedLayer,
  conv2d,
  createBackendSync,
  dense,
  FormatError,
  flatten,
  input,
  type Layer,
  loadModel,
  loadWeights,
  Model,
  Sequential,
  saveModel,
  type Tensor,
  torchStateDict,
  ValueError,
} from "../../src/index.js";
import { Random } from "../support/random.js";

/** Transfer learning: layers of a trained model in a new one, with their weights, and frozen. */

const backend = createBackendSync();
const shape = [6, 6, 1];
const x = new Random(3).floats(8 * 36);
const trunkOf = () => [
  conv2d(3, 3, { useBias: false }),
  batchNormalization(),
  activation("relu"),
  conv2d(2, 3),
  flatten(),
];

async function trained(): Promise<Sequential> {
  const model = new Sequential(backend, { inputShape: shape, seed: 1, layers: [...trunkOf(), dense(3)] });
  await model.fit(x, [0, 1, 2, 0, 1, 2, 0, 1], { loss: "softmaxCrossEntropy", epochs: 3, batchSize: 4 });
  return model;
}

const valuesOf = (model: Sequential): Map<string, number[]> =>
  new Map([...model.parameters, ...model.buffers].map(({ name, value }) => [name, Array.from(value.data)]));
const isOfTrunk = (name: string): boolean => !name.startsWith("5.");

describe("frozen layers of a trained model under a new head", () => {
  it.each(["as it is", "loaded from a file"])(
    "begin with the model's weights and keep them, running statistics too: %s",
    async (from) => {
      const first =
        from === "as it is" ? await trained() : await loadModel(backend, saveModel(await trained()));
      const trunk = first.layers.slice(0, -1).map((layer) => layer.frozen());
      const model = new Sequential(backend, { inputShape: shape, seed: 2, layers: [...trunk, dense(2)] });
      const head = valuesOf(model).get("5.weight");
      loadWeights(model, saveModel(first), { layers: trunk });
      expect(valuesOf(model).get("5.weight")).toEqual(head);
      const before = [...valuesOf(first as Sequential)].filter(([name]) => isOfTrunk(name));
      expect(before.map(([name]) => name).sort()).toEqual([
        "0.weight",
        "1.beta",
        "1.gamma",
        "1.movingMean",
        "1.movingVariance",
        "3.bias",
        "3.weight",
      ]);
      await model.fit(x, [0, 1, 0, 1, 0, 1, 0, 1], { loss: "softmaxCrossEntropy", epochs: 2 });
      const after = valuesOf(model);
      for (const [name, values] of before) expect(after.get(name), name).toEqual(values);
      expect(after.get("5.weight")).not.toEqual(head);
      expect(model.parameters.map(({ name }) => name)).toEqual(["5.weight", "5.bias"]);
    },
  );

  it("train again in a model of the layers that are not frozen", async () => {
    const first = await trained();
    const model = new Sequential(backend, { inputShape: shape, layers: first.layers });
    loadWeights(model, saveModel(first));
    expect(model.predict(x)).toEqual(first.predict(x));
    await model.fit(x, [0, 1, 2, 0, 1, 2, 0, 1], { loss: "softmaxCrossEntropy" });
    expect(valuesOf(model).get("0.weight")).not.toEqual(valuesOf(first).get("0.weight"));
  });
});

describe("layer.frozen()", () => {
  it("is the layer with trainable: false, and a layer that has it already", () => {
    const layer = dense(3, { activation: "tanh", name: "body" });
    const frozen = layer.frozen();
    expect(layer.trainable).toBe(true);
    expect(frozen.config).toEqual({ ...layer.config, trainable: false });
    expect(frozen.name).toBe("body");
    expect(frozen.frozen()).toBe(frozen);
  });

  it("takes several tensors if the layer does, and shares its weights between its uses", () => {
    class Both extends ComposedLayer {
      readonly type = "both";
      override compose([a, b]: readonly Tensor[]): Tensor {
        return add(dense(2).apply(a), dense(2).apply(b));
      }
    }
    const frozen = new Both().frozen();
    const [a, b] = [input(3), input(3)];
    const outputs = dense(1).apply(add(frozen.apply([a, b]), frozen.apply([b, a])));
    const model = new Model(backend, { inputs: [a, b], outputs });
    expect(model.buffers.map(({ name }) => name)).toEqual([
      "0.0.weight",
      "0.0.bias",
      "0.1.weight",
      "0.1.bias",
    ]);
  });

  it("is saved as a layer that is not trainable", async () => {
    const layers = [dense(3).frozen(), dense(1)];
    const model = new Sequential(backend, { inputShape: 2, layers });
    const loaded = await loadModel(backend, saveModel(model));
    expect(loaded.layers.map(({ trainable }) => trainable)).toEqual([false, true]);
    expect(loaded.predict([[1, 2]])).toEqual(model.predict([[1, 2]]));
  });

  it("has the normalization behind it folded for prediction", () => {
    const layers = [dense(3).frozen(), batchNormalization().frozen(), dense(1)];
    const copy = new Sequential(backend, { inputShape: 2, layers }).forInference();
    expect(copy.layers.map(({ config }) => config.type)).toEqual(["dense", "dense"]);
  });
});

describe("loadWeights with layers", () => {
  const model = (...layers: Layer[]) => new Sequential(backend, { inputShape: 3, seed: 5, layers });

  it("takes modules of a state_dict of PyTorch, and leaves the others there", () => {
    const from = model(dense(4), dense(5), dense(2));
    const to = model(dense(4), dense(5), dense(7));
    loadWeights(to, torchStateDict(from), { layout: "torch", layers: to.layers.slice(0, 2) });
    for (const name of ["0.weight", "0.bias", "1.weight", "1.bias"])
      expect(valuesOf(to).get(name), name).toEqual(valuesOf(from).get(name));
  });

  it("tells a layer from one whose name begins alike", () => {
    const from = model(dense(4, { name: "a" }), dense(4, { name: "a.b" }));
    const to = model(dense(4, { name: "a" }), dense(4, { name: "a.b" }));
    to.parameters[2].value.data.fill(7);
    from.parameters[0].value.data.fill(3);
    loadWeights(to, saveModel(from), { layers: [to.layers[0]] });
    expect(Array.from(to.parameters[0].value.data)).toEqual(new Array(12).fill(3));
    expect(Array.from(to.parameters[2].value.data)).toEqual(new Array(16).fill(7));
  });

  it("refuses what these layers lack, and layers of another model, before anything changes", () => {
    const from = model(dense(5), dense(2));
    const to = model(dense(4), dense(2));
    const before = valuesOf(to);
    expect(() => loadWeights(to, saveModel(from), { layers: [to.layers[0]] })).toThrow(FormatError);
    expect(() => loadWeights(to, saveModel(from), { layers: [to.layers[0]] })).toThrow(
      /^loadWeights: 0.weight expected \[3, 4\], got \[3, 5\]; 0.bias expected \[4\], got \[5\]$/,
    );
    expect(() => loadWeights(to, saveModel(from), { layers: from.layers })).toThrow(ValueError);
    expect(() => loadWeights(to, saveModel(from), { layers: from.layers })).toThrow(
      "loadWeights expected layers of the model, got a layer dense that it does not have at index 0; pass some of model.layers",
    );
    expect(() => loadWeights(to, saveModel(from), { layers: ["0"] as never })).toThrow(
      'loadWeights expected layers of the model, got "0" at index 0; pass some of model.layers',
    );
    expect(() => loadWeights(to, saveModel(from), { layers: to.layers[0] as never })).toThrow(
      "loadWeights expected layers to be an array, got ",
    );
    expect(valuesOf(to)).toEqual(before);
  });
});
