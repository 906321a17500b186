import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/files/safetensors.js";
import { activation, createBackendSync, dense, Sequential, scaling } from "../../src/index.js";
import { exportOnnx } from "../../src/onnx.js";
import { Workplace } from "./program.js";

/** Models that other programs trained: import, then predict and evaluate a table with them. */

const place = new Workplace();
const backend = createBackendSync();
const lines = (text: string) => text.trim().split("\n");
/** y = sum of the inputs times the weights, as an ONNX file of one dense layer. */
const linear = (weights: number[][], of: Parameters<typeof dense>[1] = {}, more: object = {}) => {
  const model = new Sequential(backend, {
    inputShape: weights.length,
    layers: [dense(weights[0].length, of)],
    ...more,
  });
  model.parameters[0].value.set(weights);
  return exportOnnx(model);
};
const imported = (name: string, file: Uint8Array | string, ...options: string[]) => {
  place.file(name, file);
  const outcome = place.run("import", name, "--out", `${name}.safetensors`, ...options);
  if (outcome.status !== 0) throw new Error(outcome.error);
  return `${name}.safetensors`;
};

place.file("t.csv", "a,b\n1,2\n3,-1\n");
place.file("answers.csv", "b,kind,a\n2,yes,1\n-1,no,3\n");
place.file("numbers.csv", "a,b,sum\n1,2,21\n3,-1,-7\n");
const weighed = imported("weighed.onnx", linear([[1], [10]]));

describe("predict with an imported model", () => {
  it("takes the columns in their order where the file names none, and says so", () => {
    const { status, out, error } = place.run("predict", weighed, "t.csv");
    expect([status, lines(out)]).toEqual([0, ["prediction", "21", "-7"]]);
    expect(error).toBe("inputs: the columns a, b, by their order; --features names others\n");
  });

  it("takes the columns that --features names, without a word", () => {
    const { out, error } = place.run("predict", weighed, "answers.csv", "--features", "a,b");
    expect([lines(out), error]).toEqual([["prediction", "21", "-7"], ""]);
  });

  it("leaves out the column that --target names", () => {
    const { out } = place.run("predict", weighed, "answers.csv", "--target", "kind");
    expect(lines(out)).toEqual(["prediction", "12", "29"]);
  });

  it("takes the names of the inputs and outputs of brain.js", () => {
    const brain = {
      sizes: [2, 2],
      layers: [
        { b: {}, a: {} },
        { no: { bias: 0, weights: { a: 0, b: 0 } }, yes: { bias: 0, weights: { a: -1, b: 10 } } },
      ],
      inputLookup: true,
      outputLookup: true,
      activation: "sigmoid",
    };
    const model = imported("brain.json", JSON.stringify(brain));
    const { out, error } = place.run("predict", model, "t.csv");
    expect(lines(out)[0]).toBe("prediction,probability,no,yes");
    expect(lines(out).map((line) => line.split(",")[0])).toEqual(["prediction", "yes", "no"]);
    expect(error).toBe("");
  });

  it("names a class by softmax outputs, from --labels or by number", () => {
    const model = imported(
      "softmax.onnx",
      linear(
        [
          [0, 1],
          [0, 1],
        ],
        { activation: "softmax" },
      ),
    );
    const numbered = place.run("predict", model, "t.csv", "--features", "a,b");
    expect(lines(numbered.out)[0]).toBe("prediction,probability,0,1");
    expect(numbered.error).toMatch(
      /^classes: the numbers from 0 to 1, since .* names none; --labels does\n$/,
    );
    const named = place.run("predict", model, "t.csv", "--labels", "low,high", "--features", "a,b");
    expect(lines(named.out)[1]).toMatch(/^high,0\.952574/);
    expect(named.error).toBe("");
  });

  it.each<[string, Uint8Array, number]>([
    ["one sigmoid", linear([[1], [1]], { activation: "sigmoid" }), 1 / (1 + Math.exp(-3))],
    ["one score", linear([[1], [1]]), 1 / (1 + Math.exp(-3))],
    [
      "scores without softmax",
      linear([
        [0, 1],
        [0, 1],
      ]),
      1 / (1 + Math.exp(-3)),
    ],
    [
      "logarithms of probabilities",
      linear(
        [
          [0, 1],
          [0, 1],
        ],
        { activation: "logSoftmax" },
      ),
      1 / (1 + Math.exp(-3)),
    ],
  ])("gives probabilities of two classes from %s", (name, file, expected) => {
    const model = imported(`${name.replaceAll(" ", "-")}.onnx`, file);
    const { out } = place.run("predict", model, "t.csv", "--labels", "no,yes", "--features", "a,b");
    const [prediction, probability, no, yes] = lines(out)[1].split(",");
    expect(prediction).toBe("yes");
    expect(Number(probability)).toBeCloseTo(expected, 6);
    expect(Number(yes)).toBeCloseTo(expected, 6);
    expect(Number(no)).toBeCloseTo(1 - expected, 6);
  });

  it("takes names with a comma in quotes, of columns and of classes", () => {
    const model = imported("comma.onnx", linear([[1], [1]], { activation: "sigmoid" }));
    place.file("comma.csv", '"a, in m",b\n1,2\n');
    const { out, error } = place.run(
      "predict",
      model,
      "comma.csv",
      "--features",
      'b,"a, in m"',
      "--labels",
      '"no, never",yes',
    );
    expect(error).toBe("");
    expect(lines(out)[0]).toBe('prediction,probability,"no, never",yes');
  });

  it("takes labels from the file, and --task against them", () => {
    const file = linear([[1], [1]], { activation: "sigmoid" }, { labels: ["no", "yes"] });
    const model = imported("labelled.onnx", file);
    expect(lines(place.run("predict", model, "t.csv").out)[0]).toBe("prediction,probability,no,yes");
    expect(lines(place.run("predict", model, "t.csv", "--task", "regression").out)[0]).toBe("prediction");
  });

  it("gives a column for each value of several", () => {
    const model = imported(
      "two.onnx",
      linear([
        [1, 2],
        [10, 20],
      ]),
    );
    expect(lines(place.run("predict", model, "t.csv").out)).toEqual([
      "prediction0,prediction1",
      "21,42",
      "-7,-14",
    ]);
  });

  it.each<[string, string[], string, number]>([
    [
      "a table of too many columns",
      [weighed, "answers.csv"],
      "weighed.onnx.safetensors: its model takes 2 inputs and names no columns, the table has the columns b, kind, a; --features names",
      1,
    ],
    [
      "too few features",
      [weighed, "t.csv", "--features", "a"],
      "--features expected 2 columns, one for each input, got 1",
      2,
    ],
    [
      "a feature twice",
      [weighed, "t.csv", "--features", "a,a"],
      "--features expected different names, got a twice",
      2,
    ],
    [
      "a feature that is not there",
      [weighed, "t.csv", "--features", "a,c"],
      'expected a column "c", got none; it has a, b',
      1,
    ],
    [
      "too many labels",
      [weighed, "t.csv", "--labels", "x,y,z"],
      "--labels expected 2 names, of the classes below and above a half, got 3",
      2,
    ],
    [
      "an unknown task",
      [weighed, "t.csv", "--task", "clustering"],
      "--task expected one of classification, regression, got clustering",
      2,
    ],
  ])("refuses %s", (_, words, message, status) => {
    const outcome = place.run("predict", ...words);
    expect(outcome.error).toContain(message);
    expect([outcome.out, outcome.status]).toEqual(["", status]);
  });
});

describe("evaluate with an imported model", () => {
  it("takes the only column that is no input for the target, and says so", () => {
    const { status, out, error } = place.run("evaluate", weighed, "numbers.csv", "--features", "a,b");
    expect(status).toBe(0);
    expect(out).toMatch(/^sum, 2 rows\n\n[^\n]*\n {2}R² +1\.000 /);
    expect(error).toBe("target: the column sum, the only one that is no input\n");
    expect(place.run("evaluate", weighed, "numbers.csv", "--target", "sum").out).toBe(out);
  });

  it("takes classes from --labels", () => {
    const model = imported("score.onnx", linear([[0], [1]]));
    const scores = place.json(
      "evaluate",
      model,
      "answers.csv",
      "--features",
      "a,b",
      "--target",
      "kind",
      "--labels",
      "no,yes",
    );
    expect(scores).toMatchObject({ task: "classification", labels: ["no", "yes"], target: "kind" });
    expect(scores.scores.accuracy).toBe(1);
    expect(scores.scores.logLoss).toBeCloseTo((Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1))) / 2, 5);
  });

  it("names each column with gaps, which it has no meaning for", () => {
    place.file("gaps.csv", "a,b,sum\n1,,21\nNA,-1,-7\n,2,0\n");
    for (const command of ["predict", "evaluate"]) {
      const { status, out, error } = place.run(command, weighed, "gaps.csv", "--target", "sum");
      expect([status, out]).toEqual([1, ""]);
      expect(error).toContain(
        'gaps.csv: 2 problems\n- line 3: column a: expected a number, got "NA" (and 1 more such)\n- line 2: column b: expected a number, got ""\n',
      );
    }
  });

  it("refuses a model of several values, and a table without a target", () => {
    const two = imported(
      "pair.onnx",
      linear([
        [1, 2],
        [10, 20],
      ]),
    );
    expect(place.run("evaluate", two, "numbers.csv", "--target", "sum").error).toContain(
      "expected a model of one value or of classes, got one of 2 values; --task classification or --labels",
    );
    const none = place.run("evaluate", weighed, "t.csv");
    expect(none.error).toContain("--target expected the column with the right answers");
    expect(none.status).toBe(2);
  });
});

describe("files that are none of these", () => {
  it.each<[string, string, string | Uint8Array, string]>([
    [
      "import",
      "page.onnx",
      "<!DOCTYPE html><title>Not Found</title>",
      'got an HTML page ("Not Found"); check the address',
    ],
    [
      "import",
      "model.pt",
      `PK\u0003\u0004${"\0".repeat(26)}archive/data.pkl`,
      "got a PyTorch file (.pt, .pth)",
    ],
    ["import", "cut.json", '{"layers":[', "got JSON that is cut off or damaged"],
    [
      "predict",
      "net.onnx",
      linear([[1], [1]]),
      "got an ONNX file; importOnnx of lanewise/onnx reads it, on the command line lanewise import",
    ],
    ["info", "empty.safetensors", "", "got an empty file; get the file again"],
    [
      "evaluate",
      "lfs.safetensors",
      "version https://git-lfs.github.com/spec/v1\n",
      "got a Git LFS pointer; run git lfs pull",
    ],
    [
      "export",
      "state.safetensors",
      writeSafetensors([]),
      "expected a model of lanewise, got a safetensors file of tensors alone",
    ],
  ])("%s %s is refused with what it is", (command, name, content, message) => {
    place.file(name, content);
    const more =
      command === "predict" || command === "evaluate"
        ? ["t.csv"]
        : command === "export"
          ? ["--onnx", "x.onnx"]
          : [];
    const { status, out, error } = place.run(command, name, ...more);
    expect(error).toContain(`${name}: `);
    expect(error).toContain(message);
    expect(error.trim().split("\n")).toHaveLength(1);
    expect([status, out]).toEqual([1, ""]);
  });
});

it("an imported model with a scaling and an activation at its end predicts what it did", () => {
  const model = new Sequential(backend, {
    inputShape: 2,
    layers: [dense(2), activation("tanh"), scaling({ mean: [1, 2], deviation: [3, 4] })],
  });
  const expected = Array.from(model.predict([[1, 2]]));
  const file = imported("scaled.onnx", exportOnnx(model));
  const [, row] = lines(place.run("predict", file, "t.csv").out);
  expect(row.split(",").map(Number)).toEqual(expected.map((value) => expect.closeTo(value, 5)));
});
