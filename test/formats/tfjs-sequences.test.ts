import { describe, expect, it } from "vitest";
import {
  bidirectional,
  dense,
  embedding,
  FormatError,
  globalAveragePool1d,
  gru,
  input,
  type Layer,
  layerNormalization,
  lstm,
  Model,
  masking,
  multiHeadAttention,
  positionEmbedding,
  Sequential,
  transformerEncoder,
  ValueError,
} from "../../src/index.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
import { Random } from "../support/random.js";
import { backend, expectClose, fileOf, inputsOf, read, typesOf } from "./keras-file.js";

/**
 * Embeddings, masks and attention of Keras against its equations, written out (keras 3.4,
 * layers/attention/multi_head_attention.py); test/interop/ holds those that TensorFlow.js has against it.
 */

const random = new Random(47);
const [TIME, OTHER, SIZE, HEADS, KEY, VALUE] = [4, 3, 6, 2, 3, 2];

describe("an Embedding of Keras", () => {
  it("gives the rows of its weight, and a mask of index 0 with mask_zero", () => {
    for (const mask_zero of [false, true]) {
      const config = { input_dim: 5, output_dim: 2, mask_zero };
      const file = fileOf("Embedding", [3], config, { embeddings: [5, 2] });
      const model = read(file);
      expect(typesOf(model)).toEqual(["embedding"]);
      expect(model.layers[0].config.paddingIndex).toBe(mask_zero ? 0 : undefined);
      const rows = file.values.get("embeddings") as Float32Array;
      expect([...model.predict(Float32Array.of(4, 0, 2))]).toEqual(
        [4, 0, 2].flatMap((row) => [...rows.subarray(2 * row, 2 * row + 2)]),
      );
    }
    expect(() => read(fileOf("Embedding", [3], { input_dim: 5 }))).toThrow(
      "outputDim: expected a whole number",
    );
  });

  it("is followed by what leaves padding out", () => {
    const layers = [embedding(7, 4, { paddingIndex: 0 }), bidirectional(lstm(3)), dense(2)];
    const model = filled(new Sequential(backend, { inputShape: [TIME], layers }));
    const again = roundTrip(model);
    expect(typesOf(again)).toEqual(["embedding", "bidirectional", "dense"]);
    const x = Float32Array.of(3, 2, 0, 0, 1, 2, 3, 4);
    expect([...again.predict(x)]).toEqual([...model.predict(x)]);
    const masked = [masking({ value: -1 }), gru(3, { resetAfter: false })];
    const sequences = filled(new Sequential(backend, { inputShape: [TIME, 2], layers: masked }));
    const steps = Float32Array.of(1, 2, 3, 4, -1, -1, -1, -1);
    expect([...roundTrip(sequences).predict(steps)]).toEqual([...sequences.predict(steps)]);
  });
});

/** A model with other weights than at first. */
function filled<Of extends Pick<Model, "parameters">>(model: Of): Of {
  for (const { value } of model.parameters) value.set(random.floats(value.length, -0.7, 0.7));
  return model;
}

function roundTrip(model: Sequential): Model {
  const files = exportTfjs(model);
  return importTfjs(backend, files["model.json"], files);
}

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The weights of an attention of Keras. */
const attentionShapes = (query: number, other: number, useBias: boolean): Shapes => ({
  "query/kernel": [query, HEADS, KEY],
  "key/kernel": [other, HEADS, KEY],
  "value/kernel": [other, HEADS, VALUE],
  "attention_output/kernel": [HEADS, VALUE, query],
  ...(useBias && {
    "query/bias": [HEADS, KEY],
    "key/bias": [HEADS, KEY],
    "value/bias": [HEADS, VALUE],
    "attention_output/bias": [query],
  }),
});

type Node = unknown;

/** A functional model of one attention between inputs, as Keras 2 or 3 writes the call. */
function attentionFile(
  config: object,
  shapes: Shapes,
  ports: Readonly<Record<string, number[]>>,
  node: Node,
) {
  const inputs = Object.entries(ports).map(([name, shape]) => ({
    class_name: "InputLayer",
    name,
    config: { name, batch_input_shape: [null, ...shape] },
    inbound_nodes: [],
  }));
  const layer = {
    class_name: "MultiHeadAttention",
    name: "mha",
    config: { name: "mha", num_heads: HEADS, key_dim: KEY, value_dim: VALUE, ...config },
    inbound_nodes: [node],
  };
  const values = new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      random.floats(
        shape.reduce((a, b) => a * b, 1),
        -0.8,
        0.8,
      ),
    ]),
  );
  const weights = [...values.keys()].map((name) => ({
    name: `model/mha/${name}:0`,
    shape: shapes[name],
    dtype: "float32",
  }));
  const json = {
    modelTopology: {
      class_name: "Functional",
      config: {
        name: "m",
        layers: [...inputs, layer],
        input_layers: Object.keys(ports).map((name) => [name, 0, 0]),
        output_layers: [["mha", 0, 0]],
      },
      keras_version: "2.15.0",
    },
    weightsManifest: [{ paths: ["a"], weights }],
  };
  const bytes = [...values.values()].flatMap(({ buffer }) => [...new Uint8Array(buffer)]);
  const open = () => importTfjs(backend, json, [Uint8Array.from(bytes)]);
  return { open, values };
}

/** Attention by Keras's equations, of one sample. */
function attend(
  values: ReadonlyMap<string, Float32Array>,
  [query, key, value]: readonly Float32Array[],
  causal: boolean,
): number[] {
  const project = (x: Float32Array, part: string, size: number) => {
    const kernel = values.get(`${part}/kernel`) as Float32Array;
    const bias = values.get(`${part}/bias`);
    const columns = HEADS * size;
    const features = kernel.length / columns;
    return Array.from({ length: x.length / features }, (_, t) =>
      Array.from({ length: columns }, (_, j) => {
        let sum = bias?.[j] ?? 0;
        for (let i = 0; i < features; i++) sum += x[t * features + i] * kernel[i * columns + j];
        return sum;
      }),
    );
  };
  const [q, k, v] = [project(query, "query", KEY), project(key, "key", KEY), project(value, "value", VALUE)];
  const heads = q.map((row, t) =>
    Array.from({ length: HEADS }, (_, h) => {
      const scores = k.map((other, s) =>
        causal && s > t
          ? Number.NEGATIVE_INFINITY
          : Array.from({ length: KEY }, (_, d) => row[h * KEY + d] * other[h * KEY + d]).reduce(
              (a, b) => a + b,
            ) / Math.sqrt(KEY),
      );
      const weights = scores.map((score) => Math.exp(score));
      const total = weights.reduce((a, b) => a + b);
      return Array.from({ length: VALUE }, (_, d) =>
        weights.map((weight, s) => (weight / total) * v[s][h * VALUE + d]).reduce((a, b) => a + b),
      );
    }).flat(),
  );
  const output = values.get("attention_output/kernel") as Float32Array;
  const bias = values.get("attention_output/bias");
  return heads.flatMap((row) =>
    Array.from({ length: SIZE }, (_, j) =>
      row.reduce((sum, value, i) => sum + value * output[i * SIZE + j], bias?.[j] ?? 0),
    ),
  );
}

const tensor3 = (name: string) => ({
  class_name: "__keras_tensor__",
  config: { shape: [null, TIME, SIZE], dtype: "float32", keras_history: [name, 0, 0] },
});

describe("a MultiHeadAttention of Keras", () => {
  const one = { x: [TIME, SIZE] };
  const two = { x: [TIME, SIZE], y: [OTHER, 5] };
  const three = { x: [TIME, SIZE], y: [OTHER, 5], z: [OTHER, 5] };
  const itself = [["x", 0, 0, { value: ["x", 0, 0], use_causal_mask: true }]];
  it.each<[string, Readonly<Record<string, number[]>>, Node, number[], boolean]>([
    ["to itself, causal", one, itself, [0, 0, 0], true],
    ["to itself in Keras 3", one, { args: [tensor3("x"), tensor3("x")], kwargs: {} }, [0, 0, 0], false],
    [
      "by names in Keras 3",
      one,
      { args: [], kwargs: { query: tensor3("x"), value: tensor3("x"), use_causal_mask: true } },
      [0, 0, 0],
      true,
    ],
    ["to another sequence", two, [["x", 0, 0, { value: ["y", 0, 0] }]], [0, 1, 1], false],
    [
      "to keys and values",
      three,
      [["x", 0, 0, { value: ["y", 0, 0], key: ["z", 0, 0], use_causal_mask: false }]],
      [0, 2, 1],
      false,
    ],
    ["to keys and values by place", three, { args: ["x", "y", "z"].map(tensor3) }, [0, 2, 1], false],
  ])("%s", (_, ports, node, roles, causal) => {
    for (const use_bias of [true, false]) {
      const shapes = attentionShapes(SIZE, ports.y?.[1] ?? SIZE, use_bias);
      const { open, values } = attentionFile({ use_bias }, shapes, ports, node);
      const model = open();
      expect(typesOf(model)).toEqual(["multiHeadAttention"]);
      const given = Object.values(ports).map(([time, size]) => random.floats(time * size, -1, 1));
      const output = model.predict((given.length > 1 ? given : given[0]) as Float32Array);
      expectClose(
        output,
        attend(
          values,
          roles.map((role) => given[role]),
          causal,
        ),
      );
    }
  });

  it("is refused with what lanewise does not have", () => {
    const refused = (config: object, node: Node = itself) =>
      expect(() => attentionFile(config, attentionShapes(SIZE, SIZE, true), one, node).open());
    refused({ output_shape: [3] }).toThrow(FormatError);
    refused({ output_shape: [3] }).toThrow(
      "config.output_shape: expected none, got [3]: attention of lanewise",
    );
    refused({ attention_axes: [2, 3] }).toThrow("config.attention_axes: expected none, got [2,3]");
    refused({}, [["x", 0, 0, { value: ["x", 0, 0], attention_mask: ["x", 0, 0] }]]).toThrow(
      "attention_mask: expected none: attention of lanewise takes the masks of its inputs",
    );
    refused({}, { args: ["x", "x", "x", "x"].map(tensor3) }).toThrow("expected a query, a value and a key");
    const shapes = { ...attentionShapes(SIZE, SIZE, true), "key/kernel": [SIZE, HEADS, 7] };
    expect(() => attentionFile({}, shapes, one, itself).open()).toThrow(
      "mha/key/kernel:0 expected [6, 2, 3], got [6, 2, 7]",
    );
  });

  it("goes to another with a layer of the same name as one of its parts", () => {
    const layers = [dense(3, { name: "query" }), dense(2, { name: "key" })];
    const model = filled(new Sequential(backend, { inputShape: [4], layers }));
    const x = inputsOf(model);
    expect([...roundTrip(model).predict(x)]).toEqual([...model.predict(x)]);
  });
});

describe("exportTfjs refuses", () => {
  it.each<[string, number[], Layer[], string]>([
    [
      "another padding",
      [4],
      [embedding(5, 2, { paddingIndex: 1 }), lstm(2)],
      "layer 0 has the paddingIndex 1, and TensorFlow.js has 0 alone; make the vocabulary",
    ],
    [
      "a mask where TensorFlow.js takes none",
      [4],
      [embedding(5, 2, { paddingIndex: 0 }), globalAveragePool1d(), dense(1)],
      "layer 1 is of type globalAveragePool1d, which takes no mask in TensorFlow.js, behind masking or an embedding",
    ],
    [
      "a mask that goes through layers on the way there",
      [4],
      [
        embedding(5, 2, { paddingIndex: 0 }),
        dense(3),
        lstm(2, { returnSequences: true }),
        globalAveragePool1d(),
      ],
      "layer 3 is of type globalAveragePool1d, which takes no mask",
    ],
    [
      "attention",
      [4, 2],
      [multiHeadAttention({ heads: 1 })],
      'layer 0 is of type multiHeadAttention, which TensorFlow.js does not load ("Unknown layer: MultiHeadAttention"); use exportOnnx',
    ],
    [
      "a transformer",
      [4, 2],
      [transformerEncoder({ heads: 1, hidden: 2 })],
      "use exportOnnx, which onnxruntime-web",
    ],
    [
      "places",
      [4, 2],
      [positionEmbedding()],
      "layer 0 is of type positionEmbedding, which TensorFlow.js does not have",
    ],
  ])("%s", (_, inputShape, layers, message) => {
    const model = new Sequential(backend, { inputShape, layers });
    expect(() => exportTfjs(model)).toThrow(ValueError);
    expect(() => exportTfjs(model)).toThrow(message);
  });

  it("nothing where the mask is used up", () => {
    const x = input([4]);
    const h = layerNormalization().apply(embedding(5, 2, { paddingIndex: 0 }).apply(x));
    const model = new Model(backend, {
      inputs: x,
      outputs: dense(2).apply(gru(3, { resetAfter: false }).apply(h)),
    });
    expect(Object.keys(exportTfjs(model))).toEqual(["model.json", "weights.bin"]);
  });
});
