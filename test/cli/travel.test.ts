import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/files/safetensors.js";
import { table, Workplace } from "./program.js";

const place = new Workplace();
place.json("train", table("iris"), "--target", "species", "--epochs", "20", "--out", "iris.safetensors");
const scores = (model: string) => place.json("evaluate", model, table("iris")).scores;

describe("lanewise export and import", () => {
  it("go to TensorFlow.js and back to the same scores, with what train remembers", () => {
    const { status, out, error } = place.run("export", "iris.safetensors", "--tfjs", "web/iris");
    expect([status, error]).toEqual([0, ""]);
    expect(out).toMatch(
      /^wrote web\/iris\/weights\.bin, 2,108 bytes\nwrote web\/iris\/model\.json, [\d,]+ bytes\n$/,
    );
    const back = place.run("import", "web/iris/model.json", "--out", "back.safetensors");
    expect([back.status, back.error]).toEqual([0, ""]);
    expect(back.out).toContain("TensorFlow.js: web/iris/model.json");
    const [before, after] = [scores("iris.safetensors"), scores("back.safetensors")];
    expect(after.confusion).toEqual(before.confusion);
    expect(after.loss).toBeCloseTo(before.loss, 5);
  });

  it("go to PyTorch and back, once the activations are said", () => {
    expect(place.run("export", "iris.safetensors", "--torch", "iris.torch").status).toBe(0);
    const unsaid = place.run("import", "iris.torch");
    expect(unsaid.error).toMatch(
      /^--activations expected one for each of the layers 1 \[64, 4\], 3 \[3, 64\], as relu,softmax \(linear for none\), or of all modules 0 \[4, 4\], 1 \[64, 4\], 3 \[3, 64\], got none/,
    );
    expect(unsaid.status).toBe(2);
    expect(
      place.run("import", "iris.torch", "--activations", "relu,softmax", "--out", "torch.safetensors").status,
    ).toBe(0);
    place.run("export", "torch.safetensors", "--torch", "again.torch");
    expect(readFileSync(place.path("again.torch"))).toEqual(readFileSync(place.path("iris.torch")));
    expect(place.run("import", "iris.torch", "--activations", "relu,swish").error).toMatch(
      /unknown activation "swish"/,
    );
  });

  it("read the PReLU of a state_dict, which needs no activation said", () => {
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

  it("reads brain.js", () => {
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

  it("halves weights, and tells what it costs with a table and without", () => {
    const judged = place.run(
      "export",
      "iris.safetensors",
      "--f16",
      "half.safetensors",
      "--data",
      table("iris"),
    );
    expect(judged.out).toMatch(
      /^wrote half\.safetensors, [\d,]+ bytes\nfloat32: accuracy \d\.\d{4}, loss \d\.\d{4} on 150 samples\nfloat16: accuracy \d\.\d{4}, loss \d\.\d{4} on 150 samples\n$/,
    );
    const { out } = place.run("export", "iris.safetensors", "--f16", "half.safetensors");
    const [largest, rms] = [...(/by (\S+) of themselves at most, (\S+) in/.exec(out) ?? [])]
      .slice(1)
      .map(Number);
    // Rounding to 11 bits moves a number by 2^-11 of itself at most, unless it is below 2^-14.
    expect(largest).toBeGreaterThan(1e-4);
    expect(rms).toBeLessThan(2 ** -11);
    expect(scores("half.safetensors").accuracy).toBeCloseTo(scores("iris.safetensors").accuracy, 1);
  });

  it.each<[string, string[], string]>([
    [
      "a file of none of the formats",
      ["import", table("iris")],
      "expected a file of TensorFlow.js, brain.js, PyTorch's state_dict, ONNX, got a text file that begins",
    ],
    [
      "a model of lanewise",
      ["import", "iris.safetensors"],
      "iris.safetensors: is a model of lanewise already",
    ],
    ["a file that is not there", ["import", "none.json"], "none.json: no such file"],
    [
      "a shard in another folder",
      ["import", "away.json"],
      "away.json: the shard ../../secret is in another folder",
    ],
    ["a shard that is not there", ["import", "alone.json"], "alone.json: a.bin: no such file"],
    [
      "another model",
      ["import", "own.json"],
      'own.json: model.json: modelTopology.class_name: expected "Sequential" or "Functional", got "MyModel"',
    ],
    [
      "an activation that TensorFlow.js has not",
      ["export", "hard.safetensors", "--tfjs", "hard"],
      "layer 1 has the activation hardSwish, which TensorFlow.js does not have",
    ],
    [
      "nothing to export to",
      ["export", "iris.safetensors"],
      "export expected one of --onnx, --tfjs, --torch, --f16, got none",
    ],
    [
      "a folder where a file should be",
      ["export", "iris.safetensors", "--torch", "."],
      ".: expected a file to write, got a folder",
    ],
  ])("refuses %s", (_, words, message) => {
    const manifest = (path: string) =>
      JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: [path], weights: [] }] });
    place.file("away.json", manifest("../../secret"));
    place.file("alone.json", manifest("a.bin"));
    place.file("own.json", JSON.stringify({ modelTopology: { class_name: "MyModel" }, weightsManifest: [] }));
    if (words[1] === "hard.safetensors")
      place.json(
        "train",
        table("iris"),
        "--target",
        "species",
        "--activation",
        "hardSwish",
        "--epochs",
        "1",
        "--out",
        words[1],
      );
    const { status, out, error } = place.run(...words);
    expect(error).toContain(message);
    expect(error.trim().split("\n")).toHaveLength(1);
    expect([out, status === 0]).toEqual(["", false]);
  });
});
