import { describe, expect, it } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import {
  createBackendSync,
  FormatError,
  input,
  type Layer,
  loadWeights,
  Model,
  multiHeadAttention,
  Sequential,
  torchStateDict,
  transformerEncoder,
  ValueError,
} from "../../src/index.js";
import { on } from "../reference/backends.js";
import { type Case, cases, models } from "./attention-golden.js";

/**
 * Embeddings and attention in a state_dict (torch 1.13): in_proj_weight [3 features, features], or
 * q_proj_weight, k_proj_weight and v_proj_weight where keys have other features, self_attn and multihead_attn
 * within a block.
 */

const backend = createBackendSync(on("scalar"));

const fileOf = (state: Case["state"], renamed = (name: string) => name) =>
  writeSafetensors(
    Object.entries(state).map(([name, { shape, data }]) => ({
      name: renamed(name),
      shape,
      values: Float32Array.from(data),
    })),
  );

function modelOf(name: string): Model {
  const [inputs, outputs] = models[name]();
  return new Model(backend, { inputs, outputs, seed: 3 }) as unknown as Model;
}

function largestDifference(model: Model, { inputs, y }: Case): number {
  const given = inputs.map(({ data }) => Float32Array.from(data));
  const output = model.predict((given.length > 1 ? given : given[0]) as Float32Array);
  expect(output.length).toBe(y.data.length);
  return Math.max(...output.map((value, i) => Math.abs(value - y.data[i])));
}

/** PyTorch's names of tensors that stand alone, in the model's. */
const renamed = (name: string): string => (name === "places" ? "places.weight" : name);

describe("a module of PyTorch with attention", () => {
  it.each(Object.keys(models))("%s", (name) => {
    const model = modelOf(name);
    loadWeights(model, fileOf(cases[name].state, renamed), { layout: "torch" });
    expect(largestDifference(model, cases[name])).toBeLessThan(3e-6);
  });

  it.each(Object.keys(models))("%s has the tensors of PyTorch, and comes back", (name) => {
    const model = modelOf(name);
    loadWeights(model, fileOf(cases[name].state, renamed), { layout: "torch" });
    const file = torchStateDict(model);
    const shapes = (file: Uint8Array) =>
      [...parseSafetensors(file).tensors.values()]
        .map(
          ({ name, shape }) =>
            `${name.replace(/^.*?((?:(?:self|multihead)_attn\.)?[^.]+(\.\w+)?)$/, "$1")} ${shape}`,
        )
        .sort();
    const theirs = shapes(fileOf(cases[name].state, renamed));
    const ours = shapes(file);
    // Of modules with numbers only the numbers differ.
    const plain = (texts: string[]) =>
      texts.map((text) => text.replace(/^(?:\d+|words|head|attention)\./, "")).sort();
    expect(plain(ours)).toEqual(plain(theirs));
    const numbers = (file: Uint8Array) =>
      [...parseSafetensors(file).tensors.values()]
        .map(({ bytes }) => Buffer.from(bytes).toString("hex"))
        .sort();
    expect(numbers(file)).toEqual(numbers(fileOf(cases[name].state)));
    const again = modelOf(name);
    loadWeights(again, file, { layout: "torch" });
    expect(again.parameters.map(({ value }) => [...value.data])).toEqual(
      model.parameters.map(({ value }) => [...value.data]),
    );
  });
});

describe("a module of PyTorch with attention is refused", () => {
  const sequential = (layer: Layer) => new Sequential(backend, { inputShape: [5, 8], layers: [layer] });

  it("with what PyTorch does not have", () => {
    const refused = (layer: Layer, message: string) => {
      expect(() => torchStateDict(sequential(layer))).toThrow(ValueError);
      expect(() => torchStateDict(sequential(layer))).toThrow(message);
    };
    refused(
      multiHeadAttention({ heads: 2, rotary: true }),
      'layer "0" is of type multiHeadAttention with rotary',
    );
    refused(
      multiHeadAttention({ heads: 2, keySize: 3 }),
      'layer "0" has heads of 6 numbers together, and PyTorch\'s attention as many as features, 8; make it without',
    );
    const block = (more: object) => transformerEncoder({ heads: 2, hidden: 4, ...more });
    refused(block({ activation: "swiglu" }), 'of type transformerEncoder with the activation "swiglu"');
    refused(block({ normalization: "rms" }), 'with the normalization "rms", which PyTorch does not have');
  });

  it("with tensors that the layer does not have", () => {
    const model = sequential(multiHeadAttention({ heads: 2, useBias: false }));
    const file = fileOf(cases["self attention"].state);
    expect(() => loadWeights(model, file, { layout: "torch" })).toThrow(FormatError);
    expect(() => loadWeights(model, file, { layout: "torch" })).toThrow("in_proj_bias [24] is unexpected");
  });

  it("where two blocks could change places", () => {
    const [x] = [input([5, 8])];
    const block = () => transformerEncoder({ heads: 2, hidden: 12 });
    const model = new Model(backend, {
      inputs: x,
      outputs: block().apply(block().apply(x)),
    }) as unknown as Model;
    const of = (name: string) =>
      Object.entries(cases["encoder, norm first"].state).map(
        ([tensor, numbers]) => [tensor.replace("block", name), numbers] as const,
      );
    const file = fileOf(Object.fromEntries([...of("above"), ...of("below")]));
    expect(() => loadWeights(model, file, { layout: "torch" })).toThrow("above,below or below,above");
    loadWeights(model, file, { layout: "torch", order: ["below", "above"] });
    const numbered = fileOf(Object.fromEntries([...of("layers.10"), ...of("layers.9")]));
    loadWeights(model, numbered, { layout: "torch" });
  });
});
