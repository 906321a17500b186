import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync } from "../../../src/index.js";
import { importOnnx } from "../../../src/onnx.js";

/** Recurrent operators as PyTorch's exporter writes them: test/golden/generate-recurrent-onnx.py. */

interface Tensor {
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly files: Readonly<Record<"fixed" | "open", string>>;
}

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../../golden/recurrent-onnx.json", import.meta.url), "utf8"),
);
const backend = createBackendSync();

describe("a model of PyTorch's exporter", () => {
  const expected: Record<string, string[]> = {
    lstm: ["lstm", "dense"],
    "last step": ["lstm", "timeStep", "dense"],
    "last state": ["lstm", "dense"],
    "two layers of GRU": ["gru", "gru", "dense"],
    "both directions": ["bidirectional", "dense"],
    "last states of both": ["bidirectional", "timeStep", "timeStep", "concatenate", "dense"],
    "two layers of RNN, both directions": ["bidirectional", "bidirectional", "dense"],
  };
  it.each(Object.keys(cases))("%s", (name) => {
    const { x, y, files } = cases[name];
    for (const kind of ["fixed", "open"] as const) {
      const model = importOnnx(backend, Buffer.from(files[kind], "base64"));
      const output = model.predict(Float32Array.from(x.data));
      expect(output.length).toBe(y.data.length);
      expect(Math.max(...output.map((value, i) => Math.abs(value - y.data[i])))).toBeLessThan(1e-6);
      const types = model.layers.map(({ config }) => config.type);
      if (expected[name]) expect(types.filter((type) => type !== "reshape")).toEqual(expected[name]);
    }
  });
});
