import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  embedding,
  FormatError,
  globalAveragePool1d,
  input,
  type Layer,
  Model,
  multiHeadAttention,
  positionalEncoding,
  positionEmbedding,
  Sequential,
  transformerDecoder,
  transformerEncoder,
} from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { Random } from "../../support/random.js";
import { cases } from "../attention-golden.js";
import { changed, floats, integers, node, onnxFile } from "./graphs.js";

/** Embeddings and attention as PyTorch's exporter writes them: test/golden/generate-attention.py. */

const backend = createBackendSync();

const typesOf = (model: Model) =>
  model.layers.map(({ config }) => config.type).filter((type) => type !== "reshape" && type !== "flatten");

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
  padded: ["embedding", "multiHeadAttention"],
  classifier: ["embedding", "globalAveragePool1d", "dense"],
};

describe("a model of PyTorch's exporter with attention", () => {
  it.each(Object.keys(cases))("%s", (name) => {
    for (const kind of ["fixed", "open"] as const) {
      const model = importOnnx(backend, Buffer.from(cases[name].files[kind], "base64"));
      const output = outputOf(model, name);
      expect(output.length).toBe(cases[name].y.data.length);
      expect(largest(output, cases[name].y.data)).toBeLessThan(3e-6);
      if (expected[name]) expect(typesOf(model).sort()).toEqual([...expected[name]].sort());
      const again = importOnnx(backend, exportOnnx(model));
      expect(largest(outputOf(again, name), output)).toBeLessThan(2e-6);
    }
  });
});

const random = new Random(53);

/** Weights that are none of the first ones. */
function filled<Of extends Pick<Model, "parameters">>(model: Of): Of {
  for (const { value } of model.parameters) value.set(random.floats(value.length, -0.7, 0.7));
  return model;
}

describe("a model that goes through ONNX gives the same outputs", () => {
  const heads = 2;
  it.each<[string, number[], Layer[], string[]]>([
    ["attention", [5, 6], [multiHeadAttention({ heads })], ["multiHeadAttention"]],
    [
      "causal attention of other sizes",
      [5, 6],
      [multiHeadAttention({ heads, keySize: 4, valueSize: 5, causal: true, useBias: false })],
      ["multiHeadAttention"],
    ],
    ["rotary attention", [5, 8], [multiHeadAttention({ heads: 2, rotary: true })], ["multiHeadAttention"]],
    [
      "rotary attention of another base and other sizes",
      [12, 6],
      [multiHeadAttention({ heads: 2, keySize: 4, valueSize: 5, rotary: 500, causal: true, useBias: false })],
      ["multiHeadAttention"],
    ],
    [
      "a block with rotary positions",
      [5, 8],
      [transformerEncoder({ heads: 1, hidden: 7, rotary: 1_000_000, causal: true })],
      block,
    ],
    ["one head", [5, 6], [multiHeadAttention({ heads: 1 })], ["multiHeadAttention"]],
    ["a block", [5, 6], [transformerEncoder({ heads, hidden: 7 })], block],
    [
      "a block that is normalized behind",
      [5, 6],
      [transformerEncoder({ heads, hidden: 7, normFirst: false, causal: true, activation: "relu" })],
      block,
    ],
    [
      "a block of rms and swiglu",
      [5, 6],
      [transformerEncoder({ heads, hidden: 7, normalization: "rms", activation: "swiglu" })],
      [
        ...["rmsNormalization", "multiHeadAttention", "add", "rmsNormalization"],
        ...["dense", "dense", "multiply", "dense", "add"],
      ],
    ],
    [
      "learned places",
      [5],
      [embedding(9, 6), positionEmbedding(), dense(2)],
      ["embedding", "positionEmbedding", "dense"],
    ],
    [
      "sinusoidal places",
      [5],
      [embedding(9, 6), positionalEncoding(), globalAveragePool1d()],
      ["embedding", "positionalEncoding", "globalAveragePool1d"],
    ],
  ])("%s", (_, inputShape, layers, types) => {
    const model = filled(new Sequential(backend, { inputShape, layers }));
    const again = importOnnx(backend, exportOnnx(model));
    const size = inputShape.reduce((a, b) => a * b);
    const x =
      inputShape.length > 1
        ? random.floats(3 * size, -2, 2)
        : Float32Array.from(random.integers(3 * size, 9));
    expect(largest(again.predict(x), model.predict(x))).toBeLessThan(2e-6);
    expect(typesOf(again).sort()).toEqual([...types].sort());
  });

  it("a decoder", () => {
    const [x, memory] = [input([5, 6]), input([4, 3])];
    const outputs = transformerDecoder({ heads, hidden: 7 }).apply([x, memory]);
    const model = filled(new Model(backend, { inputs: [x, memory], outputs }));
    const again = importOnnx(backend, exportOnnx(model)) as unknown as typeof model;
    const given = [random.floats(60), random.floats(24)];
    expect(largest(again.predict(given), model.predict(given))).toBeLessThan(2e-6);
  });
});

describe("attention in ONNX is refused", () => {
  const refusal = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      return (error as Error).message;
    }
    throw new Error("expected a FormatError, got a model");
  };

  it("where only the queries are turned by their places", () => {
    const layers = [multiHeadAttention({ heads: 2, rotary: true })];
    const file = exportOnnx(new Sequential(backend, { inputShape: [5, 8], layers }));
    const other = changed(file, (nodes) => {
      // The keys come as they were before.
      const splits = nodes.filter(({ opType, input }) => opType === "Split" && input[0].includes("Reshape"));
      const joins = nodes.filter(({ opType }) => opType === "Concat");
      const after = nodes.find(({ input }) => input[0] === joins[1].output[0]);
      if (after) after.input = [splits[1].input[0]];
    });
    expect(refusal(() => importOnnx(backend, other))).toContain(
      "unsupported: a product of two values that is no attention: lanewise has softmax(q k^T) v",
    );
  });

  const scores = [node("Transpose", ["x"], "t", { perm: [0n, 2n, 1n] }), node("MatMul", ["x", "t"], "s")];
  const shape = ["batch", 2, 3];
  it.each<[string, Parameters<typeof onnxFile>[0]]>([
    ["a product of two values", { shape, nodes: [node("MatMul", ["x", "x"], "y")] }],
    ["a product of two values", { shape, nodes: [...scores, node("Softmax", ["s"], "y", { axis: -1n })] }],
    ["a product of two values", { shape, nodes: [...scores, node("MatMul", ["s", "x"], "y")] }],
    [
      'node "the Add" (Add): unsupported: a mask of shape [2, 2] that hides other keys than those behind',
      {
        shape,
        tensors: [floats("m", [2, 2], [-1e9, 0, 0, 0])],
        nodes: [
          ...scores,
          node("Add", ["s", "m"], "a"),
          node("Softmax", ["a"], "p", { axis: -1n }),
          node("MatMul", ["p", "x"], "y"),
        ],
      },
    ],
    [
      'node "the Relu" (Relu): unsupported: attention with scores that are changed by more than a number',
      {
        shape,
        nodes: [
          ...scores,
          node("Relu", ["s"], "a"),
          node("Softmax", ["a"], "p", { axis: -1n }),
          node("MatMul", ["p", "x"], "y"),
        ],
      },
    ],
    [
      'node "the Gather" (Gather): expected a table of [words, units] and the axis 0, as of an embedding, got [2, 3] and the axis 1',
      {
        shape: ["batch", 2],
        tensors: [floats("w", [2, 3], [1, 2, 3, 4, 5, 6])],
        nodes: [node("Gather", ["w", "x"], "y", { axis: 1n })],
      },
    ],
  ])("%s", (message, graph) => {
    expect(refusal(() => importOnnx(backend, onnxFile(graph)))).toContain(message);
  });

  it("nothing where there are no weights: they are those of the identity", () => {
    const nodes = [
      ...scores,
      node("Mul", ["s", "half"], "h"),
      node("Add", ["h", "m"], "a"),
      node("Softmax", ["a"], "p", { axis: -1n }),
      node("MatMul", ["p", "x"], "y"),
    ];
    const tensors = [floats("half", [], [0.5]), floats("m", [2, 2], [0, -1e9, 0, 0])];
    const model = importOnnx(backend, onnxFile({ shape, nodes, tensors }));
    expect(model.layers.map(({ config }) => [config.type, config.causal])).toEqual([
      ["multiHeadAttention", true],
    ]);
    const x = [1, 0, 2, 0, 1, 1];
    // The second query has the scores 2 / 2 and 2 / 2 with both keys.
    const y = [1, 0, 2, 0.5, 0.5, 1.5];
    expect(largest(model.predict(Float32Array.from(x)), y)).toBeLessThan(1e-6);
  });
});

it("attention of heads that shapes with 0 for what is there take apart and join", () => {
  const nodes = [
    node("Reshape", ["x", "apart"], "h"),
    node("Transpose", ["h"], "q", { perm: [0n, 2n, 1n, 3n] }),
    node("Transpose", ["h"], "k", { perm: [0n, 2n, 3n, 1n] }),
    node("MatMul", ["q", "k"], "s"),
    node("Softmax", ["s"], "p", { axis: -1n }),
    node("MatMul", ["p", "q"], "a"),
    node("Transpose", ["a"], "t", { perm: [0n, 2n, 1n, 3n] }),
    node("Reshape", ["t", "joined"], "j"),
    node("MatMul", ["j", "w"], "y"),
  ];
  const same = Array.from({ length: 16 }, (_, i) => Number(i % 5 === 0));
  const tensors = [integers("apart", [0, 0, 2, 2]), integers("joined", [0, 0, 4]), floats("w", [4, 4], same)];
  const model = importOnnx(backend, onnxFile({ shape: ["batch", 3, 4], nodes, tensors }));
  expect(model.layers.map(({ config }) => [config.type, config.heads])).toEqual([["multiHeadAttention", 2]]);
  const x = random.floats(12, -1, 1);
  const y = Array.from({ length: 3 }, (_, t) =>
    [0, 1].flatMap((head) => {
      const at = (step: number, i: number) => x[step * 4 + 2 * head + i];
      const weights = [0, 1, 2].map((s) => Math.exp(at(t, 0) * at(s, 0) + at(t, 1) * at(s, 1)));
      const total = weights.reduce((a, b) => a + b);
      return [0, 1].map((i) => weights.reduce((sum, weight, s) => sum + (weight / total) * at(s, i), 0));
    }),
  );
  expect(largest(model.predict(x), y.flat())).toBeLessThan(1e-6);
});
