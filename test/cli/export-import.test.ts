import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  add,
  batchNormalization,
  conv2d,
  createBackendSync,
  dense,
  globalAveragePool2d,
  input,
  loadModel,
  Model,
  saveModel,
} from "../../src/index.js";
import { importOnnx } from "../../src/onnx.js";
import { table, Workplace } from "./program.js";

const place = new Workplace();
place.json("train", table("iris"), "--target", "species", "--out", "iris.safetensors");

describe("export and import", () => {
  it("a model goes through an ONNX file and predicts the same, with its names and scaling", () => {
    const exported = place.run("export", "iris.safetensors", "--onnx", "travel/iris.onnx");
    const { length } = readFileSync(place.path("travel/iris.onnx"));
    expect(exported).toEqual({
      status: 0,
      out: `wrote travel/iris.onnx, ${length.toLocaleString("en-US")} bytes\n`,
      error: "",
    });

    const imported = place.run("import", "travel/iris.onnx", "--out", "again.safetensors");
    expect([imported.status, imported.error]).toEqual([0, ""]);
    expect(imported.out).toMatch(/dense\(4 -> .*\nwrote again\.safetensors, [\d,]+ bytes\n$/s);
    expect(place.run("predict", "again.safetensors", table("iris")).out).toBe(
      place.run("predict", "iris.safetensors", table("iris")).out,
    );
  });

  it("writes what exportOnnx makes", () => {
    place.run("export", "iris.safetensors", "--onnx", "iris.onnx");
    using model = importOnnx(createBackendSync(), readFileSync(place.path("iris.onnx")));
    expect(model.labels).toEqual(["setosa", "versicolor", "virginica"]);
  });

  it("a residual net goes to TensorFlow.js and back", async () => {
    const backend = createBackendSync();
    const x = input([6, 6, 2]);
    const h = batchNormalization().apply(conv2d(2, 3, { padding: "same" }).apply(x));
    const outputs = dense(3).apply(globalAveragePool2d().apply(add(h, x)));
    using model = new Model(backend, { inputs: x, outputs, seed: 4 });
    place.file("residual.safetensors", saveModel(model));
    const exported = place.run("export", "residual.safetensors", "--tfjs", "residual");
    expect([exported.status, exported.error]).toEqual([0, ""]);
    const imported = place.run("import", "residual/model.json", "--out", "residual-again.safetensors");
    expect([imported.status, imported.error]).toEqual([0, ""]);
    expect(imported.out).toContain("TensorFlow.js: residual/model.json");
    using again = await loadModel(backend, readFileSync(place.path("residual-again.safetensors")));
    const samples = Float32Array.from({ length: 72 }, (_, i) => Math.sin(i));
    expect(again.predict(samples)).toEqual(model.predict(samples));
  });

  it.each<[words: string[], status: number, message: string]>([
    [["export", "iris.safetensors"], 2, "export expected one of --onnx, --tfjs, --torch, --f16, got none"],
    [["export", "iris.safetensors", "--onnx"], 2, "--onnx expected a value, got none"],
    [["export", "none.safetensors", "--onnx", "x.onnx"], 1, "none.safetensors: no such file"],
    [["export", "iris.safetensors", "--onnx", "."], 1, ".: expected a file to write, got a folder"],
    [
      ["import", "iris.safetensors", "--out", "x.safetensors"],
      1,
      "iris.safetensors: is a model of lanewise already",
    ],
    [["import", "none.onnx", "--out", "x.safetensors"], 1, "none.onnx: no such file"],
    [
      ["import", place.file("text.onnx", "no model"), "--out", "x.safetensors"],
      1,
      "text.onnx: ONNX file: expected a protocol buffer of ONNX's ModelProto",
    ],
  ])("%j", (words, status, message) => {
    const { status: ended, out, error } = place.run(...words);
    expect([ended, out]).toEqual([status, ""]);
    expect(error.startsWith(message), error).toBe(true);
    expect(error.trim().split("\n")).toHaveLength(1);
  });
});
