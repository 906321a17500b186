import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/files/safetensors.js";
import { activation, createBackendSync, dense, Sequential, scaling } from "../../src/index.js";
import { exportOnnx } from "../../src/onnx.js";
import { table, Workplace } from "./program.js";

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
const values = (shape: number[], ...numbers: number[]) => ({ shape, values: Float32Array.from(numbers) });

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
      "expected a column c, got the columns a, b",
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
    expect([status, out]).toEqual([0, "sum: R² 1.0000, RMSE 0 on 2 samples\n"]);
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
    expect(scores.scores.loss).toBeCloseTo((Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1))) / 2, 5);
  });

  it("evaluates iris the same after a way through PyTorch, which keeps no labels", () => {
    place.json("train", table("iris"), "--target", "species", "--epochs", "20", "--out", "iris.safetensors");
    place.run("export", "iris.safetensors", "--torch", "iris.torch");
    const back = imported(
      "iris.torch",
      readFileSync(place.path("iris.torch")),
      "--activations",
      "relu,linear",
    );
    const labels = ["--labels", "setosa,versicolor,virginica"];
    const before = place.json("evaluate", "iris.safetensors", table("iris")).scores;
    const after = place.json("evaluate", back, table("iris"), "--target", "species", ...labels).scores;
    expect(after.confusion).toEqual(before.confusion);
    expect(after.loss).toBeCloseTo(before.loss, 5);
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

describe("import of a state_dict", () => {
  const affine = (name: string, units: number, inputs: number, fill: number) => [
    { name: `${name}.weight`, ...values([units, inputs], ...new Array(units * inputs).fill(fill)) },
    { name: `${name}.bias`, ...values([units], ...new Array(units).fill(0)) },
  ];

  it("orders modules without numbers by their shapes, and keeps their names", () => {
    const file = writeSafetensors([
      ...affine("head", 1, 3, 1),
      ...affine("fc_in", 4, 2, 1),
      ...affine("hidden", 3, 4, 1),
    ]);
    const model = imported("named.st", file, "--activations", "relu,relu,linear");
    expect(lines(place.run("predict", model, "t.csv").out)).toEqual(["prediction", "36", "24"]);
    place.run("export", model, "--torch", "again.st");
    expect(readFileSync(place.path("again.st"))).toEqual(Buffer.from(file));
  });

  it("refuses layers of one size with the orders that are possible, until --order says one", () => {
    const square = [...affine("b", 2, 2, 1), ...affine("a", 2, 2, 2), ...affine("head", 1, 2, 1)];
    place.file("square.st", writeSafetensors(square));
    const words = ["import", "square.st", "--activations", "tanh,relu,linear"];
    const refused = place.run(...words);
    expect(refused.status).toBe(2);
    expect(refused.error).toContain(
      "--order expected the order of the layers a [2, 2], b [2, 2], head [1, 2], whose shapes allow a,b,head or b,a,head",
    );
    expect(place.run(...words, "--order", "b,a,head", "--out", "square.safetensors").status).toBe(0);
    // tanh(1 + 2) times 4, twice; a first would give less.
    const [, y] = lines(place.run("predict", "square.safetensors", "t.csv").out);
    expect(Number(y)).toBeCloseTo(8 * Math.tanh(3), 5);
    expect(place.run(...words, "--order", "b,head").error).toContain("--order expected each of a [2, 2]");
    expect(place.run(...words, "--order", "head,a,b").error).toContain(
      "--order expected layers that go together: head gives 1 outputs, a takes 2",
    );
  });

  const norm = (name: string) => [
    { name: `${name}.weight`, ...values([2], 2, 1) },
    { name: `${name}.bias`, ...values([2], 1, 0) },
    { name: `${name}.running_mean`, ...values([2], 3, 0) },
    { name: `${name}.running_var`, ...values([2], 0.25 - 1e-5, 1 - 1e-5) },
    { name: `${name}.num_batches_tracked`, ...values([], 5) },
  ];
  const identity = [{ name: "0.weight", ...values([2, 2], 1, 0, 0, 1) }];
  const sum = (name: string) => ({ name: `${name}.weight`, ...values([1, 2], 1, 1) });

  it("takes a BatchNorm1d, whose activation comes after it where the numbers leave no room before", () => {
    const direct = imported(
      "direct.st",
      writeSafetensors([...identity, ...norm("1"), sum("3")]),
      "--activations",
      "relu,linear",
    );
    // relu(2 (a - 3) / 0.5 + 1) + relu(b)
    expect(
      lines(place.run("predict", direct, "t.csv").out)
        .slice(1)
        .map(Number),
    ).toEqual([2, 1].map((y) => expect.closeTo(y, 3)));
    const after = imported(
      "after.st",
      writeSafetensors([...identity, ...norm("2"), sum("3")]),
      "--activations",
      "relu,linear",
    );
    expect(
      lines(place.run("predict", after, "t.csv").out)
        .slice(1)
        .map(Number),
    ).toEqual([-7 + 2, 1].map((y) => expect.closeTo(y, 3)));
    place.file("said.st", writeSafetensors([...identity, ...norm("2"), sum("3")]));
    expect(place.run("import", "said.st", "--activations", "relu,linear").error).toContain(
      "2 is a BatchNorm1d and became a scaling, with PyTorch's epsilon of 0.00001",
    );
  });

  it("takes an activation for every module, and says where it put one that it had to place", () => {
    const first = [{ ...identity[0], name: "fc1.weight" }];
    const file = writeSafetensors([...first, ...norm("bn1"), sum("out")]);
    place.file("named-norm.st", file);
    const order = ["--order", "fc1,bn1,out", "--out", "named-norm.safetensors"];
    const placed = place.run("import", "named-norm.st", ...order, "--activations", "relu,linear");
    expect(placed.error).toContain(
      "relu was put after bn1; to put it elsewhere, give --activations for all modules",
    );
    expect(place.run("import", "named-norm.st", ...order, "--activations", "relu,linear,linear").status).toBe(
      0,
    );
    expect(
      lines(place.run("predict", "named-norm.safetensors", "t.csv").out)
        .slice(1)
        .map(Number),
    ).toEqual([-5, 1].map((y) => expect.closeTo(y, 3)));
  });

  it.each<[string, { name: string; shape: number[]; values: Float32Array }[], string]>([
    [
      "a weight that is parametrised",
      [
        { name: "fc.bias", ...values([1], 0) },
        { name: "fc.parametrizations.weight.original0", ...values([1, 1], 1) },
        { name: "fc.parametrizations.weight.original1", ...values([1, 2], 1, 2) },
      ],
      "state_dict: fc (bias [1]) is a layer with a parametrised weight: remove the parametrisation in PyTorch before saving",
    ],
    [
      "an embedding",
      [
        { name: "emb.weight", ...values([3, 2], ...new Array(6).fill(0)) },
        { name: "fc.weight", ...values([1, 2], 0, 0) },
      ],
      "got emb [3, 2], fc [1, 2]; emb may be a look-up by index, as of an embedding: lanewise has none yet",
    ],
    [
      "a convolution",
      [{ name: "conv.weight", ...values([1, 1, 3, 3], ...new Array(9).fill(0)) }],
      "state_dict: conv (weight [1, 1, 3, 3]) is a convolution, of which a state_dict does not hold the options: build the model",
    ],
    [
      "an LSTM",
      [{ name: "rnn.weight_ih_l0", ...values([4, 1], 0, 0, 0, 0) }],
      "rnn (weight_ih_l0 [4, 1]) is a recurrent layer: lanewise has none yet",
    ],
    [
      "attention",
      [{ name: "self.in_proj_weight", ...values([3, 1], 0, 0, 0) }],
      "is attention: lanewise has none yet",
    ],
    [
      "a LayerNorm",
      [
        { name: "ln.weight", ...values([2], 1, 1) },
        { name: "ln.bias", ...values([2], 1, 1) },
      ],
      "ln (bias [2], weight [2]) is a normalization, of which a state_dict does not hold the options: build the model",
    ],
    [
      "layers that do not go together",
      [...affine("a", 2, 3, 1), ...affine("b", 4, 5, 1)],
      "state_dict: expected layers that go together in a row, got a [2, 3], b [4, 5]",
    ],
  ])("names %s", (_, tensors, message) => {
    place.file("odd.st", writeSafetensors(tensors));
    const { status, out, error } = place.run("import", "odd.st", "--activations", "linear");
    expect(error).toContain(message);
    expect([status, out]).toEqual([1, ""]);
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
