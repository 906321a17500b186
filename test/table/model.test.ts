import { describe, expect, it } from "vitest";
import {
  adam,
  createBackendSync,
  dense,
  type Encoding,
  FormatError,
  input,
  loadModel,
  Model,
  restoreCheckpoint,
  Sequential,
  type SequentialOptions,
  ShapeError,
  saveModel,
  ValueError,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { exportOnnx, importOnnx } from "../../src/onnx.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";

/** Models with an encoding take records wherever they are and wherever they were. */

const encoding: Encoding = {
  columns: [
    {
      name: "sex",
      kind: "category",
      features: [{ of: "categories", values: ["female", "male"], missing: true }],
    },
    {
      name: "age",
      kind: "number",
      features: [{ of: "value", median: 28, mean: 30, deviation: 14 }, { of: "missing" }],
    },
    { name: "born", kind: "date", format: "iso", features: [{ of: "turn", part: "month" }] },
    { name: "note", kind: "words", features: [{ of: "words", buckets: 3 }] },
  ],
  others: ["name"],
};
const records = [
  { sex: "female", age: null, born: "1990-05-01", note: "a word" },
  { sex: "male", age: 44, born: null, note: null },
];
const backend = createBackendSync();
const make = (options: Partial<SequentialOptions> = {}) =>
  new Sequential(backend, {
    inputShape: 10,
    seed: 3,
    labels: ["no", "yes"],
    encoding,
    layers: [dense(4, { activation: "tanh" }), dense(2, { activation: "softmax" })],
    ...options,
  });

describe("a model with an encoding", () => {
  // FNV-1a: of "a" 0xe40c292c, of "word" 0x6a98e9fd; three buckets.
  const words = [Math.fround(-Math.log(2)), Math.fround(Math.log(2)), 0];
  const samples = [
    [1, 0, 0, Math.fround(-2 / 14), 1, Math.fround(Math.sqrt(3) / 2), -0.5, ...words],
    [0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
  ];

  it("predicts records as it predicts the samples that they stand for", () => {
    const model = make();
    expect(model.encoding).toEqual(encoding);
    expect(Array.from(model.predict(records))).toEqual(Array.from(model.predict(samples)));
    expect(model.predictClasses(records)).toEqual(model.predictClasses(samples));
  });

  it("learns from records, and is evaluated on them", async () => {
    const [a, b] = [make(), make()];
    const options = { loss: "categoricalCrossEntropy", epochs: 3 } as const;
    await a.fit(records, ["no", "yes"], options);
    await b.fit(samples, ["no", "yes"], options);
    expect(await a.weightsDigest()).toBe(await b.weightsDigest());
    const scores = (model: Sequential, x: typeof records | number[][]) =>
      model.evaluate(x, ["no", "yes"], { loss: "categoricalCrossEntropy" });
    expect(scores(a, records)).toEqual(scores(b, samples));
  });

  it("refuses records with other fields before it runs", () => {
    expect(() => make().predict([{ sex: "male", Age: 3, born: null }])).toThrow(/did you mean "age"\?/);
  });

  it.each([
    ["saveModel and loadModel", (model: Sequential) => loadModel(backend, saveModel(model))],
    [
      "lanewise/inference",
      (model: Sequential) => inference.loadModel(inference.createBackendSync(), saveModel(model)),
    ],
    ["forInference", async (model: Sequential) => model.forInference()],
    [
      "checkpoints",
      async (model: Sequential) => {
        const optimizer = adam();
        optimizer.attach(model);
        return (await restoreCheckpoint(backend, model.checkpoint(optimizer))).model;
      },
    ],
    ["ONNX", async (model: Sequential) => importOnnx(backend, exportOnnx(model))],
    [
      "TensorFlow.js",
      async (model: Sequential) => {
        const files = exportTfjs(model);
        return importTfjs(backend, files["model.json"], [files["weights.bin"]]);
      },
    ],
  ])("still does after %s", async (_, reload) => {
    const model = make();
    const again = await reload(model);
    expect(again.encoding).toEqual(encoding);
    expect(again.labels).toEqual(model.labels);
    expect(again.predict(records)).toEqual(model.predict(records));
  });

  it("is a graph with one input as well as a list of layers", () => {
    const x = input(10);
    const model = new Model(backend, { inputs: x, outputs: dense(1).apply(x), encoding });
    expect(model.predict(records)).toHaveLength(2);
  });

  it("keeps its encoding whatever becomes of the caller's object", () => {
    const own = structuredClone(encoding) as { columns: unknown[] };
    const model = make({ encoding: own as never });
    own.columns.length = 0;
    expect(model.encoding).toEqual(encoding);
  });
});

it("a model without an encoding refuses records, and says what is missing", () => {
  const model = make({ encoding: undefined });
  expect(() => model.predict(records)).toThrow(/expected numbers, got records: the model has no encoding/);
});

describe("an encoding that is wrong", () => {
  const [sex, age, born, note] = encoding.columns;
  const broken: [string, unknown, RegExp][] = [
    ["no object", "utf-8", /expected encoding as planEncoding gives it, got "utf-8"/],
    ["no columns", {}, /encoding\.columns as planEncoding gives it, got undefined/],
    ["two columns of one name", { columns: [sex, sex] }, /columns\[1\]\.name .* got "sex"/],
    ["an unknown kind", { columns: [{ ...sex, kind: "text" }] }, /columns\[0\]\.kind .* got "text"/],
    ["an unknown format", { columns: [{ ...born, format: "iso8601" }] }, /columns\[0\]\.format/],
    [
      "categories that are no texts",
      { columns: [{ ...sex, features: [{ of: "categories", values: [1] }] }] },
      /features\[0\]\.values .* got an array of length 1/,
    ],
    [
      "a deviation that is none",
      { columns: [{ ...age, features: [{ of: "value", median: 1, mean: 1 }] }] },
      /features\[0\]\.deviation .* got undefined/,
    ],
    [
      "a feature of another kind",
      { columns: [{ ...age, features: [{ of: "year", median: 1, mean: 1, deviation: 1 }] }] },
      /features\[0\]\.of .* got "year"/,
    ],
    [
      "a part of a date that is none",
      { columns: [{ ...born, features: [{ of: "turn", part: "century" }] }] },
      /part .* got "century"/,
    ],
    [
      "no buckets",
      { columns: [{ ...note, features: [{ of: "words", buckets: 0 }] }] },
      /features\[0\]\.buckets .* got 0/,
    ],
    [
      "words of a number",
      { columns: [{ ...age, features: [{ of: "words", buckets: 3 }] }] },
      /features\[0\]\.of .* got "words"/,
    ],
    [
      "categories of words",
      { columns: [{ ...note, features: [{ of: "categories", values: ["a"] }] }] },
      /features\[0\]\.of .* got "categories"/,
    ],
    ["another number of features", { columns: [age] }, /encoding gives 2 features, the model takes 10/],
  ];

  it.each(broken)("%s is refused by the model and in a file", async (_, wrong, message) => {
    expect(() => make({ encoding: wrong as never })).toThrow(message);
    // What another program wrote into the file.
    const file = saveModel(new Sequential(backend, { inputShape: 10, layers: [dense(1)] }));
    const text = Buffer.from(file).toString("latin1");
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(text.slice(8, 8 + length));
    header.__metadata__.encoding = JSON.stringify(wrong);
    const bytes = new TextEncoder().encode(JSON.stringify(header));
    const begin = new Uint8Array(8);
    new DataView(begin.buffer).setBigUint64(0, BigInt(bytes.length), true);
    const whole = Buffer.concat([begin, bytes, file.subarray(8 + length)]);
    await expect(loadModel(backend, whole)).rejects.toThrow(FormatError);
  });

  it("is one for a model with several inputs", () => {
    const [a, b] = [input(5), input(5)];
    const outputs = [dense(1).apply(a), dense(1).apply(b)];
    expect(() => new Model(backend, { inputs: [a, b], outputs, encoding })).toThrow(ValueError);
    expect(() => make({ inputShape: 8 })).toThrow(ShapeError);
  });
});
