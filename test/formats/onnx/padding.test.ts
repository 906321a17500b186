import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  add,
  bidirectional,
  concatenate,
  createBackendSync,
  dense,
  embedding,
  FormatError,
  globalAveragePool1d,
  globalMaxPool1d,
  gru,
  input,
  type Layer,
  layerNormalization,
  lstm,
  Model,
  masking,
  multiHeadAttention,
  positionalEncoding,
  Sequential,
  simpleRnn,
  type Tensor,
  transformerEncoder,
} from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { Random } from "../../support/random.js";
import { changed, floats, integers, type NodeInit, node, onnxFile } from "./graphs.js";

/** Masks of padding in ONNX files: as lanewise writes them, and as PyTorch's exporter does. */

const backend = createBackendSync();
const random = new Random(71);
const [ROWS, TIME, SIZE, WORDS] = [6, 7, 6, 9];

interface Case {
  readonly inputs: readonly { readonly data: number[] }[];
  readonly y: { readonly data: number[] };
  readonly files: Readonly<Record<"fixed" | "open", string>>;
}

const cases: Readonly<Record<string, Case>> = JSON.parse(
  readFileSync(new URL("../../golden/padding-onnx.json", import.meta.url), "utf8"),
);

function filled<Of extends Pick<Model, "parameters">>(model: Of): Of {
  for (const { value } of model.parameters) value.set(random.floats(value.length, -0.7, 0.7));
  return model;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

/**
 * Words with padding anywhere: before, between and behind; a sample of padding alone, and one without any.
 */
const padded = (padding = 0) =>
  Float32Array.from(random.integers(ROWS * TIME, WORDS), (word, i) => {
    if (i < TIME) return padding;
    if (i < 2 * TIME) return word === padding ? (padding + 1) % WORDS : word;
    return word < 4 ? padding : word;
  });

const typesOf = (model: Model) =>
  model.layers.map(({ config }) => config.type).filter((type) => type !== "reshape" && type !== "flatten");

const words = (paddingIndex = 0) => embedding(WORDS, SIZE, { paddingIndex });
const sequences = { returnSequences: true } as const;
const block = [
  "layerNormalization",
  "multiHeadAttention",
  "add",
  "layerNormalization",
  "dense",
  "dense",
  "add",
];

describe("a model with masks that goes through ONNX gives the same outputs", () => {
  it.each<[string, Layer[], string[]]>([
    ["the mean", [words(), globalAveragePool1d()], ["embedding", "globalAveragePool1d"]],
    [
      "the largest",
      [words(), dense(4, { activation: "tanh" }), globalMaxPool1d()],
      ["embedding", "dense", "globalMaxPool1d"],
    ],
    [
      "attention",
      [words(), multiHeadAttention({ heads: 3 }), dense(2)],
      ["embedding", "multiHeadAttention", "dense"],
    ],
    [
      "blocks",
      [
        words(),
        positionalEncoding(),
        transformerEncoder({ heads: 2, hidden: 8, causal: true }),
        transformerEncoder({ heads: 2, hidden: 8 }),
        globalAveragePool1d(),
        dense(2),
      ],
      ["embedding", "positionalEncoding", ...block, ...block, "globalAveragePool1d", "dense"],
    ],
    ["lstm", [words(), lstm(4, sequences), lstm(3)], ["embedding", "lstm", "lstm"]],
    [
      "gru",
      [words(), gru(4, { ...sequences, reverse: true }), gru(3, { resetAfter: false, reverse: true })],
      ["embedding", "gru", "gru"],
    ],
    ["simpleRnn", [words(), simpleRnn(4, sequences), simpleRnn(3)], ["embedding", "simpleRnn", "simpleRnn"]],
    [
      "both directions",
      [words(), bidirectional(lstm(4, sequences)), bidirectional(gru(3), { merge: "sum" })],
      [],
    ],
  ])("%s", (_, layers, types) => {
    const model = filled(new Sequential(backend, { inputShape: TIME, layers }));
    const again = importOnnx(backend, exportOnnx(model));
    const x = padded();
    expect(largest(again.predict(x), model.predict(x))).toBeLessThan(2e-6);
    if (types.length > 0) expect(typesOf(again).sort()).toEqual([...types].sort());
  });

  it("masking", () => {
    for (const value of [0, -1]) {
      const layers = [masking({ value }), lstm(4, sequences), globalMaxPool1d(), dense(2)];
      const model = filled(new Sequential(backend, { inputShape: [TIME, SIZE], layers }));
      const again = importOnnx(backend, exportOnnx(model));
      const x = random.floats(ROWS * TIME * SIZE, -2, 2);
      for (let i = 0; i < ROWS * TIME; i++)
        if (i < TIME || i % 3 === 1) x.fill(value, i * SIZE, (i + 1) * SIZE);
      expect(largest(again.predict(x), model.predict(x))).toBeLessThan(2e-6);
      expect(typesOf(again)).toEqual(["masking", "lstm", "globalMaxPool1d", "dense"]);
    }
  });
});

describe("last states of sequences with padding go through ONNX", () => {
  type Stateful = { apply(x: readonly Tensor[]): Tensor[] };
  const state = { returnState: true } as const;
  const both = { ...state, ...sequences } as const;
  it.each<[string, Stateful]>([
    ["lstm", lstm(4, both)],
    ["lstm in reverse", lstm(4, { ...both, reverse: true })],
    ["lstm, the last alone", lstm(4, state)],
    ["gru", gru(4, both)],
    ["gru in reverse", gru(4, { ...both, reverse: true })],
    ["simpleRnn", simpleRnn(4, both)],
  ])("%s", (_, layer) => {
    const x = input(TIME);
    const outputs = layer.apply([words().apply(x)]);
    const model = filled(new Model(backend, { inputs: x, outputs }));
    const file = exportOnnx(model as unknown as Model);
    const again = importOnnx(backend, file) as unknown as typeof model;
    const samples = padded();
    const [got, expected] = [again.predict(samples), model.predict(samples)];
    for (const [i, values] of expected.entries()) expect(largest(got[i], values)).toBeLessThan(2e-6);
  });

  it("a decoder that begins with them", () => {
    const x = input(TIME);
    const source = words().apply(x);
    const [, h, c] = lstm(4, { ...state, reverse: true }).apply(source);
    const outputs = dense(2).apply(lstm(4, sequences).apply([source, h, c]));
    const model = filled(new Model(backend, { inputs: x, outputs }));
    const again = importOnnx(backend, exportOnnx(model)) as unknown as typeof model;
    const samples = padded();
    expect(largest(again.predict(samples), model.predict(samples))).toBeLessThan(2e-6);
  });
});

describe("any row of layers that keep the mask goes through ONNX", () => {
  const middles: readonly (() => Layer)[] = [
    () => multiHeadAttention({ heads: 2 }),
    () => multiHeadAttention({ heads: 3, causal: true, rotary: true }),
    () => transformerEncoder({ heads: 2, hidden: 5 }),
    () => lstm(SIZE, sequences),
    () => gru(SIZE, { ...sequences, reverse: true }),
    () => bidirectional(simpleRnn(SIZE, sequences), { merge: "sum" }),
    () => dense(SIZE, { activation: "tanh" }),
    () => layerNormalization(),
  ];
  const ends: readonly (() => Layer)[] = [
    () => globalAveragePool1d(),
    () => globalMaxPool1d(),
    () => lstm(3),
    () => dense(3),
  ];
  const one = <Of>(of: readonly Of[]): Of => of[random.integers(1, of.length)[0]];
  it.each(Array.from({ length: 24 }, (_, i) => i))("row %i", () => {
    const padding = random.integers(1, WORDS)[0];
    const count = 1 + random.integers(1, 3)[0];
    const layers = [words(padding), ...Array.from({ length: count }, () => one(middles)()), one(ends)()];
    const model = filled(new Sequential(backend, { inputShape: TIME, layers }));
    const again = importOnnx(backend, exportOnnx(model));
    const x = padded(padding);
    const expected = model.predict(x);
    const scale = Math.max(1, ...expected.map(Math.abs));
    expect(largest(again.predict(x), expected)).toBeLessThan(3e-6 * scale);
  });
});

it("padding is the only number that a comparison tells apart", () => {
  const nodes = [
    node("GreaterOrEqual", ["x", "one"], "r"),
    node("Cast", ["x"], "i", { to: 7n }),
    node("Gather", ["w", "i"], "e"),
    node("Unsqueeze", ["r", "last"], "c"),
    node("Mul", ["e", "c"], "k"),
    node("ReduceSum", ["k", "time"], "s", { keepdims: 0n }),
    node("ReduceSum", ["c", "time"], "n", { keepdims: 0n }),
    node("Div", ["s", "n"], "y"),
  ];
  const tensors = [
    floats("w", [3, 2], [9, 9, 1, 2, 3, 6]),
    floats("one", [], [1]),
    integers("last", [2]),
    integers("time", [1]),
  ];
  const model = importOnnx(backend, onnxFile({ shape: ["batch", 3], nodes, tensors }));
  expect(model.layers.map(({ config }) => [config.type, config.paddingIndex])).toEqual([
    ["embedding", 0],
    ["globalAveragePool1d", undefined],
  ]);
  expect(Array.from(model.predict([1, 0, 2]))).toEqual([2, 4]);
});

it("whole numbers beside other inputs are no mask where they are features", () => {
  const [a, b] = [input(3), input(3)];
  const model = new Model(backend, { inputs: [a, b], outputs: add(dense(2).apply(a), dense(2).apply(b)) });
  const file = changed(exportOnnx(filled(model) as unknown as Model), (_, inputs) => {
    const type = inputs[1].type?.value;
    if (type?.case === "tensorType") type.value.elemType = 7;
  });
  const again = importOnnx(backend, file) as unknown as typeof model;
  const given = [random.floats(6), Float32Array.from(random.integers(6, 5))];
  expect(largest(again.predict(given), model.predict(given))).toBeLessThan(1e-6);
});

describe("masks are refused", () => {
  const refusal = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      return (error as Error).message;
    }
    throw new Error("expected a FormatError, got a model");
  };
  const fileOf = (name: string) => Buffer.from(cases[name].files.open, "base64");

  it("where samples that were sorted stay so", () => {
    const file = changed(fileOf("packed LSTM, both directions"), (nodes) => {
      const last = nodes[nodes.length - 1];
      last.opType = "Identity";
      last.input.length = 1;
      last.attribute.length = 0;
    });
    expect(refusal(() => importOnnx(backend, file))).toContain(
      "expected samples in their own order, got them sorted by their lengths: export the model with enforce_sorted=True",
    );
  });

  it("where lengths are sorted, and samples are not", () => {
    const file = changed(fileOf("packed LSTM, both directions"), (nodes) => {
      const words = nodes.find(({ opType }) => opType === "Gather");
      const turned = nodes.find(({ opType }) => opType === "Transpose");
      if (words && turned) turned.input = [...words.output];
    });
    expect(refusal(() => importOnnx(backend, file))).toContain("expected sequence_lens that are an input");
  });

  it("where lengths are compared with the steps in another way", () => {
    const file = changed(fileOf("mask of lengths"), (nodes) => {
      // It would hide the step at the length alone.
      const compared = nodes.find(({ opType }) => opType === "GreaterOrEqual");
      if (compared) compared.opType = "Greater";
    });
    expect(refusal(() => importOnnx(backend, file))).toContain("unsupported");
  });

  it("where steps are put first in another order than their own", () => {
    const model = new Sequential(backend, { inputShape: TIME, layers: [words(), lstm(3)] });
    const file = changed(exportOnnx(model), (nodes) => {
      const first = nodes.findIndex(({ opType }) => opType === "TopK");
      nodes[first - 1].opType = "Sub";
    });
    expect(refusal(() => importOnnx(backend, file))).toContain("unsupported");
  });

  it("where a state is another than the one before the first step", () => {
    const [x, a, b] = [input(TIME), input(4), input(4)];
    const outputs = gru(4).apply([words().apply(x), a]);
    const model = new Model(backend, { inputs: [x, a, b], outputs: concatenate([outputs, b]) });
    const file = changed(exportOnnx(model as unknown as Model), (nodes) => {
      const rest = nodes.filter(({ opType }) => opType === "Mul").pop();
      if (rest) rest.input[0] = "input2";
    });
    expect(refusal(() => importOnnx(backend, file))).toContain("a mask of padding used in another way");
  });

  const table = floats("w", [3, 2], [1, 2, 3, 4, 5, 6]);
  const shape = ["batch", 2];
  const found = [node("Equal", ["x", "zero"], "p"), node("Cast", ["x"], "i", { to: 7n })];
  const steps = [
    ...found,
    node("Gather", ["w", "i"], "e"),
    node("Not", ["p"], "m"),
    node("Unsqueeze", ["m", "last"], "c"),
  ];
  const tensors = [
    table,
    floats("zero", [], [0]),
    floats("two", [], [2]),
    floats("low", [], [-1]),
    integers("last", [2]),
    integers("time", [1]),
  ];
  const elsewhere = "a mask of padding used in another way than by attention, pooling over time";
  it.each<[string, NodeInit[], string]>([
    ["as features", [...steps, node("Add", ["e", "c"], "y")], elsewhere],
    ["by other operators", [...steps, node("Pow", ["e", "c"], "y")], elsewhere],
    [
      "with a mean over other steps",
      [
        ...steps,
        node("Mul", ["e", "c"], "r"),
        node("ReduceSum", ["r", "time"], "s", { keepdims: 0n }),
        node("Div", ["s", "two"], "y"),
      ],
      elsewhere,
    ],
    [
      "with a mean over twice the steps",
      [
        ...steps,
        node("Mul", ["e", "c"], "r"),
        node("ReduceSum", ["r", "time"], "s", { keepdims: 0n }),
        node("Mul", ["c", "two"], "d"),
        node("ReduceSum", ["d", "time"], "n", { keepdims: 0n }),
        node("Div", ["s", "n"], "y"),
      ],
      elsewhere,
    ],
    [
      "with a largest that padding is a part of",
      [
        ...steps,
        node("Mul", ["p", "low"], "h"),
        node("Unsqueeze", ["h", "last"], "k"),
        node("Add", ["e", "k"], "a"),
        node("ReduceMax", ["a"], "y", { axes: [1n], keepdims: 0n }),
      ],
      elsewhere,
    ],
    [
      "as an output",
      [...found, node("Not", ["p"], "y")],
      "unsupported: a comparison that is no mask of padding",
    ],
  ])("%s", (_, nodes, message) => {
    expect(refusal(() => importOnnx(backend, onnxFile({ shape, nodes, tensors })))).toContain(message);
  });
});

describe("a model of PyTorch's exporter", () => {
  it.each(Object.keys(cases))("%s", (name) => {
    const { inputs, y, files } = cases[name];
    const given = inputs.map(({ data }) => Float32Array.from(data));
    for (const kind of ["fixed", "open"] as const) {
      const model = importOnnx(backend, Buffer.from(files[kind], "base64"));
      const predict = (of: Model) => of.predict((given.length > 1 ? given : given[0]) as Float32Array);
      const output = predict(model);
      expect(output.length).toBe(y.data.length);
      expect(largest(output, y.data)).toBeLessThan(3e-6);
      const again = importOnnx(backend, exportOnnx(model));
      expect(largest(predict(again), output)).toBeLessThan(2e-6);
    }
  });
});
