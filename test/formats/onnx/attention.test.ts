import { describe, expect, it } from "vitest";
import { createBackendSync, FormatError, type Model } from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { cases } from "../attention-golden.js";

/** Embeddings and attention as PyTorch's exporter writes them: test/golden/generate-attention.py. */

const backend = createBackendSync();

const typesOf = (model: Model) =>
  model.layers.map(({ config }) => config.type).filter((type) => type !== "reshape");

function outputOf(model: Model, name: string): Float32Array {
  const given = cases[name].inputs.map(({ data }) => Float32Array.from(data));
  return model.predict((given.length > 1 ? given : given[0]) as Float32Array);
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

const block = [
  "layerNormalization",
  "multiHeadAttention",
  "add",
  "layerNormalization",
  "dense",
  "dense",
  "add",
];
const expected: Readonly<Record<string, string[]>> = {
  "self attention": ["multiHeadAttention"],
  "without bias": ["multiHeadAttention"],
  "time first": ["multiHeadAttention"],
  "cross attention": ["multiHeadAttention"],
  "cross attention of another size": ["multiHeadAttention"],
  "encoder, norm first": block,
  "encoder, causal": block,
  "language model": ["embedding", "positionEmbedding", ...block, ...block, "layerNormalization", "dense"],
  classifier: ["embedding", "globalAveragePool1d", "dense"],
};

describe("a model of PyTorch's exporter with attention", () => {
  const names = Object.keys(cases).filter((name) => name !== "padded");
  it.each(names)("%s", (name) => {
    for (const kind of ["fixed", "open"] as const) {
      const model = importOnnx(backend, Buffer.from(cases[name].files[kind], "base64"));
      const output = outputOf(model, name);
      expect(output.length).toBe(cases[name].y.data.length);
      expect(largest(output, cases[name].y.data)).toBeLessThan(3e-6);
      if (expected[name]) expect(typesOf(model).toSorted()).toEqual(expected[name].toSorted());
      const again = importOnnx(backend, exportOnnx(model));
      expect(largest(outputOf(again, name), output)).toBeLessThan(2e-6);
    }
  });
});
