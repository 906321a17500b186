import { describe, expect, it } from "vitest";
import {
  add,
  architectureOf,
  average,
  type CustomForward,
  CustomLayer,
  concatenate,
  createBackendSync,
  dense,
  flatten,
  type Inputs,
  input,
  type LayerSpec,
  loadModel,
  losses,
  lstm,
  Model,
  type ModelSpec,
  modelFrom,
  multiply,
  Sequential,
  saveModel,
  scale,
  slice,
  subtract,
  timeStep,
} from "../../src/index.js";
import { layersByType } from "../../src/layers/by-type.js";
import { operationNames } from "../../src/layers/operation.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";
import { layerCases, pairCases } from "./layer-cases.js";

const backend = createBackendSync(on("simd"));
const random = (n: number): Float32Array => new Random(n).floats(n);
const through = (json: unknown) => JSON.parse(JSON.stringify(json));
const describedIn = (file: Uint8Array): { architecture: string; format_version: string } =>
  JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + new DataView(file.buffer).getUint32(0, true))))
    .__metadata__;

/** The digest of a model after two epochs. */
async function trained(model: Model): Promise<string> {
  const sizes = model.inputs.map(({ shape }) => shape.reduce((size, length) => size * length, 1));
  const isIndices = model.layers[0].config.type === "embedding";
  const x = sizes.map((size) =>
    Float32Array.from(random(8 * size), (value) =>
      isIndices ? Math.floor(Math.abs(value) * 9) % 10 : value,
    ),
  );
  const y = Float32Array.from(random(8 * model.outputs[0].shape.reduce((size, length) => size * length, 1)));
  await model.fit((x.length > 1 ? x : x[0]) as Inputs, y, {
    loss: losses.meanSquaredError({ allowMismatch: true }),
    epochs: 2,
    batchSize: 4,
  });
  const digest = await model.weightsDigest();
  model.dispose();
  return digest;
}

describe("modelFrom gives a model that trains to the bits of the one made by hand", () => {
  it.each(layerCases.map((each) => [JSON.stringify(each.spec), each] as const))(
    "%s",
    async (_, { spec, layer, input }) => {
      const last: readonly LayerSpec[] = [{ type: "flatten" }, { type: "dense", units: 2 }];
      const written = { inputShape: input, seed: 3, layers: [spec, ...last] };
      const byHand = () =>
        new Sequential(backend, { inputShape: input, seed: 3, layers: [layer, flatten(), dense(2)] });
      const expected = await trained(byHand());
      expect(await trained(modelFrom(backend, through(written)))).toBe(expected);
      const given = byHand();
      expect(await trained(modelFrom(backend, through(architectureOf(given))))).toBe(expected);
      const loaded = await loadModel(backend, saveModel(given));
      expect(architectureOf(loaded)).toEqual(architectureOf(given));
      // A file has the numbers of a scaling among its tensors.
      if (spec.type === "scaling") return;
      expect(await trained(modelFrom(backend, JSON.parse(describedIn(saveModel(given)).architecture)))).toBe(
        expected,
      );
    },
  );

  it.each(pairCases.map((each) => [JSON.stringify(each.spec), each] as const))(
    "%s, in a graph",
    async (_, { spec, layer, input: shape }) => {
      const byHand = () => {
        const inputs = [input(shape), input(shape)];
        return new Model(backend, { inputs, outputs: dense(2).apply(layer.apply(inputs)), seed: 3 });
      };
      const written = {
        inputs: [{ shape }, { shape }],
        seed: 3,
        layers: [spec, { type: "dense", units: 2 }],
        calls: [
          [0, [0, 1]],
          [1, [2]],
        ],
        outputs: 3,
      } as const;
      const expected = await trained(byHand());
      expect(await trained(modelFrom(backend, through(written)))).toBe(expected);
      expect(await trained(modelFrom(backend, through(architectureOf(byHand()))))).toBe(expected);
    },
  );

  it("a graph of every operation, several outputs and a layer that is used twice", async () => {
    const byHand = () => {
      const [x, steps] = [input(4, { name: "x" }), input([5, 4])];
      const shared = dense(4, { activation: "tanh", name: "shared" });
      const [a, b] = [shared.apply(x), shared.apply(timeStep(steps, -1))];
      const [, h] = lstm(4, { returnState: true }).apply(steps);
      const parts = [add(a, b), subtract(a, b), multiply(a, h), average(a, h), scale(b, 0.5), slice(a, 1, 3)];
      const y = dense(3, { name: "y" }).apply(concatenate(parts));
      return new Model(backend, { inputs: [x, steps], outputs: [y], seed: 2, metadata: { by: "hand" } });
    };
    const json = through(architectureOf(byHand()));
    const model = modelFrom(backend, json);
    expect(model.metadata).toEqual({ by: "hand" });
    expect(architectureOf(model)).toEqual(json);
    const train = (each: unknown) => {
      const of = each as Model;
      const [x, steps, y] = [random(32), random(160), random(24)];
      return of.fit([x, steps], [y] as never, { loss: ["meanSquaredError"], epochs: 2 });
    };
    const hand = byHand();
    await Promise.all([train(hand), train(model)]);
    expect(await model.weightsDigest()).toBe(await hand.weightsDigest());
  });

  it("has a case for every type of layer", () => {
    const covered = new Set<string>([...layerCases, ...pairCases].map(({ spec }) => spec.type));
    const types = Object.keys(layersByType()).filter(
      (type) => !(operationNames() as string[]).includes(type),
    );
    expect(types.filter((type) => !covered.has(type))).toEqual([]);
  });

  it("with the labels, in the order of the one that learned them", () => {
    const options = { inputShape: 2, labels: ["yes", "no"], layers: [dense(2, { activation: "softmax" })] };
    const model = modelFrom(backend, architectureOf(new Sequential(backend, options)));
    expect(model.labels).toEqual(["yes", "no"]);
  });

  it("begins anew where the architecture is that of a trained model", async () => {
    const layers = [dense(2)];
    const model = new Sequential(backend, { inputShape: 3, seed: 5, layers });
    const fresh = await model.weightsDigest();
    await model.fit(random(12), random(8), { loss: "meanSquaredError" });
    const { architecture } = describedIn(saveModel(model));
    expect(JSON.parse(architecture).life).toBeDefined();
    expect(await modelFrom(backend, JSON.parse(architecture)).weightsDigest()).toBe(fresh);
  });

  it("with another seed, if one is given", async () => {
    const json: ModelSpec = { inputShape: 3, seed: 1, layers: [{ type: "dense", units: 2 }] };
    const other = modelFrom(backend, json, { seed: 9 });
    expect(other.seed).toBe(9);
    expect(await other.weightsDigest()).toBe(await modelFrom(backend, { ...json, seed: 9 }).weightsDigest());
  });

  it("as version 1 of model files has it, whose dense layers take a whole sample", () => {
    const json: ModelSpec = { version: 1, inputShape: [2, 3], layers: [{ type: "dense", units: 2 }] };
    const model = modelFrom(backend, json);
    expect(model.outputShape).toEqual([2]);
    expect(model.parameters.map(({ name }) => name)).toEqual(["0.weight", "0.bias"]);
    expect(architectureOf(model)).toMatchObject({ version: 1, inputShape: [2, 3], layers: [{ units: 2 }] });
    expect(modelFrom(backend, architectureOf(model)).outputShape).toEqual([2]);
    expect(modelFrom(backend, { ...json, version: undefined }).outputShape).toEqual([2, 2]);
  });
});

describe("layers of one's own", () => {
  class Twice extends CustomLayer<{ by: number }> {
    readonly type = "twice";
    forward({ x, y }: CustomForward): void {
      for (let i = 0; i < x.length; i++) y[i] = this.options.by * x[i];
    }
    backward(): void {}
  }
  const json = { inputShape: 1, layers: [{ type: "twice", by: 3 }] };

  it("are made by the functions that are given", () => {
    const layers = { twice: (options: { by: number }) => new Twice(options) };
    const model = modelFrom(backend, json, { layers });
    expect(architectureOf(model)).toEqual({ ...json, inputShape: [1], seed: 0 });
  });

  it("are unknown without", () => {
    expect(() => modelFrom(backend, json)).toThrow(
      'modelFrom: layers[0].type: unknown layer "twice"; known are add',
    );
  });
});

describe("architectureOf", () => {
  it("gives data of its own", () => {
    const kernelRegularizer = { l2: 0.5 };
    const model = new Sequential(backend, { inputShape: 1, layers: [dense(1, { kernelRegularizer })] });
    const json = architectureOf(model);
    (json.layers[0] as { kernelRegularizer: { l2: number } }).kernelRegularizer.l2 = 7;
    expect(kernelRegularizer.l2).toBe(0.5);
    expect(structuredClone(json)).toEqual(json);
  });

  it("refuses what is no model", () => {
    expect(() => architectureOf({} as never)).toThrow("architectureOf expected a model");
  });
});
