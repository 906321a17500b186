import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/files/safetensors.js";
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  createBackendSync,
  dense,
  globalAveragePool2d,
  input,
  loadModel,
  Model,
  Sequential,
  saveModel,
  scaling,
} from "../../src/index.js";
import { importOnnx } from "../../src/onnx.js";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();
const backend = createBackendSync();
place.json(
  "train",
  table("iris"),
  "--target",
  "species",
  ...QUICK,
  "--epochs",
  "20",
  "--out",
  "iris.safetensors",
);
const scores = (model: string, ...more: string[]) =>
  place.json("evaluate", model, table("iris"), ...more).scores;
const predictions = (model: string) => place.run("predict", model, table("iris")).out;

/** A network of a row of layers, as nn.Sequential is. */
const plain = new Sequential(backend, {
  inputShape: 4,
  seed: 2,
  layers: [
    scaling({ mean: [5, 3, 4, 1], deviation: [1, 1, 2, 1] }),
    dense(8, { activation: "relu" }),
    dense(3, { activation: "softmax" }),
  ],
});
place.file("plain.safetensors", saveModel(plain));
const labels = ["--labels", "setosa,versicolor,virginica"];

describe("a model of a table goes to another format and back, and predicts the same", () => {
  it("in ONNX, with its encoding, its names and what it was trained on", () => {
    const exported = place.run("export", "iris.safetensors", "--onnx", "travel/iris.onnx");
    const { length } = readFileSync(place.path("travel/iris.onnx"));
    expect(exported).toEqual({
      status: 0,
      out: `wrote travel/iris.onnx, ${length.toLocaleString("en-US")} bytes\n`,
      error: "",
    });
    const imported = place.run("import", "travel/iris.onnx", "--out", "onnx.safetensors");
    expect([imported.status, imported.error]).toEqual([0, ""]);
    expect(imported.out).toMatch(
      /^ONNX: travel\/iris\.onnx\n\n.*\nwrote onnx\.safetensors, [\d,]+ bytes\n$/s,
    );
    expect(predictions("onnx.safetensors")).toBe(predictions("iris.safetensors"));
    expect(place.json("evaluate", "onnx.safetensors", table("iris")).warnings).toHaveLength(1);
    using model = importOnnx(backend, readFileSync(place.path("travel/iris.onnx")));
    expect(model.labels).toEqual(["setosa", "versicolor", "virginica"]);
  });

  it("in TensorFlow.js", () => {
    const { status, out, error } = place.run("export", "iris.safetensors", "--tfjs", "web/iris");
    expect([status, error]).toEqual([0, ""]);
    expect(out).toMatch(
      /^wrote web\/iris\/weights\.bin, [\d,]+ bytes\nwrote web\/iris\/model\.json, [\d,]+ bytes\n$/,
    );
    const back = place.run("import", "web/iris/model.json", "--out", "back.safetensors");
    expect([back.status, back.error]).toEqual([0, ""]);
    expect(back.out).toContain("TensorFlow.js: web/iris/model.json");
    const [before, after] = [scores("iris.safetensors"), scores("back.safetensors")];
    expect(after.confusion).toEqual(before.confusion);
    expect(after.logLoss).toBeCloseTo(before.logLoss, 5);
  });

  it("in float16, half the size, with what that costs with a table and without", () => {
    const words = ["export", "iris.safetensors", "--f16", "half.safetensors"];
    const { out } = place.run(...words, "--data", table("iris"));
    expect(out).toMatch(
      /^wrote half\.safetensors, [\d,]+ bytes\n\nfloat32\n\n.*\n {2}accuracy +0\.\d{3} .*\n\nfloat16\n\n.*\n {2}accuracy +0\.\d{3} /s,
    );
    const again = place.run(...words, "--force");
    const [largest, rms] = [...(/by (\S+) of themselves at most, (\S+) in/.exec(again.out) ?? [])]
      .slice(1)
      .map(Number);
    // Rounding to 11 bits moves a number by 2^-11 of itself at most, unless it is below 2^-14.
    expect(largest).toBeGreaterThan(1e-4);
    expect(rms).toBeLessThan(2 ** -11);
    expect(scores("half.safetensors").accuracy).toBeCloseTo(scores("iris.safetensors").accuracy, 1);
  });
});

describe("a network of a row of layers", () => {
  it("goes to PyTorch and back, once the activations are said", () => {
    expect(place.run("export", "plain.safetensors", "--torch", "plain.torch").status).toBe(0);
    const unsaid = place.run("import", "plain.torch");
    expect(unsaid.error).toMatch(
      /^--activations expected one for each of the layers 1 \[8, 4\], 3 \[3, 8\], as relu,softmax \(linear for none\), or of all modules 0 \[4, 4\], 1 \[8, 4\], 3 \[3, 8\], got none/,
    );
    expect(unsaid.status).toBe(2);
    const words = ["import", "plain.torch", "--activations", "relu,softmax", "--out", "torch.safetensors"];
    expect(place.run(...words).status).toBe(0);
    place.run("export", "torch.safetensors", "--torch", "again.torch");
    expect(readFileSync(place.path("again.torch"))).toEqual(readFileSync(place.path("plain.torch")));
    const asked = ["--target", "species", ...labels];
    expect(scores("torch.safetensors", ...asked)).toEqual(scores("plain.safetensors", ...asked));
    expect(place.run("import", "plain.torch", "--activations", "relu,swish").error).toMatch(
      /unknown activation "swish"/,
    );
  });

  it("of PReLUs comes from PyTorch, which need no activation said", () => {
    const tensor = (name: string, ...shape: number[]) => ({
      name,
      shape,
      values: new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(0.5),
    });
    const tensors = [
      tensor("0.weight", 1),
      tensor("1.weight", 4, 3),
      tensor("1.bias", 4),
      tensor("2.weight", 4),
      tensor("3.weight", 2, 4),
      tensor("3.bias", 2),
    ];
    place.file("prelu.torch", writeSafetensors(tensors));
    const imported = place.run(
      ...["import", "prelu.torch", "--activations", "linear,softmax", "--out", "prelu.safetensors"],
    );
    expect([imported.status, imported.error]).toEqual([0, ""]);
    expect(place.run("info", "prelu.safetensors").out).toMatch(
      /prelu\(1\)[\s\S]*dense\(3 -> 4\)[\s\S]*prelu\(4\)/,
    );
    place.run("export", "prelu.safetensors", "--torch", "prelu-again.torch");
    expect(readFileSync(place.path("prelu-again.torch"))).toEqual(Buffer.from(writeSafetensors(tensors)));
  });

  it("comes from brain.js", () => {
    place.file(
      "brain.json",
      '{"layers":[{"r":{}},{"dark":{"bias":0.5,"weights":{"r":-2}}}],"inputLookup":true,"outputLookup":true,"activation":"tanh"}',
    );
    expect(place.run("import", "brain.json", "--out", "brain.safetensors").out).toContain(
      "brain.js: brain.json",
    );
    expect(place.json("info", "brain.safetensors")).toMatchObject({
      labels: ["dark"],
      metadata: { features: ["r"] },
      parameters: 2,
    });
  });
});

it("a residual net goes to TensorFlow.js and back", async () => {
  const x = input([6, 6, 2]);
  const h = batchNormalization().apply(conv2d(2, 3, { padding: "same" }).apply(x));
  const outputs = dense(3).apply(globalAveragePool2d().apply(add(h, x)));
  using model = new Model(backend, { inputs: x, outputs, seed: 4 });
  place.file("residual.safetensors", saveModel(model));
  expect(place.run("export", "residual.safetensors", "--tfjs", "residual").status).toBe(0);
  const words = ["import", "residual/model.json", "--out", "residual-again.safetensors"];
  expect(place.run(...words).status).toBe(0);
  using again = await loadModel(backend, readFileSync(place.path("residual-again.safetensors")));
  const samples = Float32Array.from({ length: 72 }, (_, i) => Math.sin(i));
  expect(again.predict(samples)).toEqual(model.predict(samples));
});

describe("--json and --force", () => {
  it("export and import print what they wrote and read", () => {
    const exported = place.json("export", "iris.safetensors", "--onnx", "json.onnx", "--f16", "json.f16");
    expect(exported).toEqual({
      model: "iris.safetensors",
      files: [
        { path: "json.onnx", bytes: readFileSync(place.path("json.onnx")).length },
        { path: "json.f16", bytes: readFileSync(place.path("json.f16")).length },
      ],
      notes: [expect.stringMatching(/^weights changed by /)],
    });
    expect(place.json("import", "json.onnx", "--out", "json.safetensors")).toEqual({
      file: "json.onnx",
      format: "ONNX",
      inputShape: [4],
      outputShape: [3],
      parameters: expect.any(Number),
      notes: [],
      model: "json.safetensors",
      bytes: readFileSync(place.path("json.safetensors")).length,
    });
  });

  it("what was there is kept under another name, until --force", () => {
    place.file("there.onnx", "an old one");
    const words = ["export", "iris.safetensors", "--onnx", "there.onnx"];
    expect(place.run(...words).error).toBe(
      "kept the there.onnx that was there as there.1.onnx; --force overwrites\n",
    );
    expect(readFileSync(place.path("there.1.onnx"), "utf8")).toBe("an old one");
    expect(place.run(...words, "--force").error).toBe("");
    place.file("in.safetensors", "an old one");
    expect(place.run("import", "there.onnx", "--out", "in.safetensors").error).toBe(
      "kept the in.safetensors that was there as in.1.safetensors; --force overwrites\n",
    );
  });
});

describe("what cannot be done is said in a line:", () => {
  const manifest = (path: string) =>
    JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: [path], weights: [] }] });
  place.file("away.json", manifest("../../secret"));
  place.file("alone.json", manifest("a.bin"));
  place.file("own.json", JSON.stringify({ modelTopology: { class_name: "MyModel" }, weightsManifest: [] }));
  place.file("text.onnx", "no model");
  const hard = new Sequential(backend, { inputShape: 2, layers: [dense(2), activation("hardSwish")] });
  place.file("hard.safetensors", saveModel(hard));

  it.each<[words: string[], status: number, message: string]>([
    [["export", "none.safetensors", "--onnx", "x.onnx"], 1, "none.safetensors: no such file"],
    [["export", "iris.safetensors", "--onnx", "."], 1, ".: expected a file to write, got a folder"],
    [["export", "hard.safetensors", "--tfjs", "hard"], 1, "which TensorFlow.js does not have"],
    [["import", "iris.safetensors"], 1, "iris.safetensors: is a model of lanewise already"],
    [["import", "none.onnx"], 1, "none.onnx: no such file"],
    [["import", "text.onnx"], 1, "text.onnx: ONNX file: expected a protocol buffer of ONNX's ModelProto"],
    [
      ["import", table("iris")],
      1,
      "expected a file of TensorFlow.js, brain.js, PyTorch's state_dict, ONNX, got a text file that begins",
    ],
    [["import", "away.json"], 1, "away.json: the shard ../../secret is in another folder"],
    [["import", "alone.json"], 1, "alone.json: a.bin: no such file"],
    [
      ["import", "own.json"],
      1,
      'own.json: model.json: modelTopology.class_name: expected "Sequential" or "Functional", got "MyModel"',
    ],
  ])("%j", (words, status, message) => {
    const outcome = place.run(...words);
    expect([outcome.status, outcome.out]).toEqual([status, ""]);
    expect(outcome.error).toContain(message);
    expect(outcome.error.trim().split("\n")).toHaveLength(1);
  });
});
