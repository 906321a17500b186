import { describe, expect, it } from "vitest";
import { createBackendSync, FormatError } from "../../src/index.js";
import { importTfjs } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";

/**
 * Functional models as Keras 2, Keras 3 and TensorFlow.js write them (config.layers with inbound_nodes), and
 * layers that are affine or nothing in a prediction. Expected values are worked out by hand.
 */

const backend = createBackendSync(on("scalar"));

/** A tensor of a layer in the words of each library. */
const dialects = {
  "Keras 2 and TensorFlow.js": {
    class_name: "Model",
    call: (...sources: string[]) => [sources.map((source) => [source, 0, 0, {}])],
    ends: (...names: string[]) => names.map((name) => [name, 0, 0]),
    shape: "batch_input_shape",
  },
  "Keras 3": {
    class_name: "Functional",
    call: (...sources: string[]) => {
      const tensors = sources.map((source) => ({
        class_name: "__keras_tensor__",
        config: { shape: [null, 2], dtype: "float32", keras_history: [source, 0, 0] },
      }));
      return [{ args: sources.length > 1 ? [tensors] : tensors, kwargs: {} }];
    },
    ends: (...names: string[]) => (names.length > 1 ? names.map((name) => [name, 0, 0]) : [names[0], 0, 0]),
    shape: "batch_shape",
  },
};
interface Dialect {
  class_name: string;
  call: (...sources: string[]) => object[];
  ends: (...names: string[]) => object;
  shape: string;
}

/** Layers by their names, each with what it takes: "a" of one, "a+b" of two, "" of none. */
type Layers = Record<string, [className: string, sources: string, config?: object]>;

function functional({ class_name, call, ends, shape }: Dialect, layers: Layers, outputs: string[]) {
  const places = Object.entries(layers).map(([name, [type, sources, config]]) => ({
    class_name: type,
    name,
    config: { name, ...(type === "InputLayer" && { [shape]: [null, 2] }), ...config },
    inbound_nodes: sources === "" ? [] : sources.split("|").flatMap((one) => call(...one.split("+"))),
  }));
  const inputs = Object.keys(layers).filter((name) => layers[name][0] === "InputLayer");
  return {
    class_name,
    config: { name: "m", layers: places, input_layers: ends(...inputs), output_layers: ends(...outputs) },
  };
}

const weight = (name: string, ...shape: number[]) => ({ name, shape, dtype: "float32" });
const file = (topology: object, weights: object[] = [], ...numbers: number[]) =>
  [
    { modelTopology: topology, weightsManifest: [{ paths: ["a.bin"], weights }] },
    [new Uint8Array(Float32Array.from(numbers).buffer)],
  ] as const;
const predict = ([json, shards]: ReturnType<typeof file>, x = [1, 2]) =>
  Array.from(importTfjs(backend, json, shards).predict(x));
const refusal = ([json, shards]: ReturnType<typeof file>) => {
  try {
    importTfjs(backend, json, shards).dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  }
  throw new Error("expected a FormatError, got a model");
};

describe.each(Object.entries<Dialect>(dialects))("a functional model of %s", (_, dialect) => {
  const row: Layers = {
    last: ["Dense", "drop", { units: 1, use_bias: false }],
    first: ["Dense", "in", { units: 2, activation: "relu" }],
    in: ["InputLayer", ""],
    drop: ["Dropout", "first", { rate: 0.5 }],
  };
  const weights = [weight("last/kernel", 2, 1), weight("first/kernel", 2, 2), weight("first/bias", 2)];
  const numbers = [1, 10, /* first */ 1, -1, 2, -2, 0.5, 0.5];

  it("whose layers are in a row is read in their order, not in that of the list", () => {
    expect(predict(file(functional(dialect, row, ["last"]), weights, ...numbers))).toEqual([5.5]);
  });

  it("says of an operation in code that it is one", () => {
    if (!dialect.class_name.startsWith("F")) return;
    const multiplied = functional(dialect, { ...row, twice: ["Multiply", "last"] }, ["twice"]);
    const { inbound_nodes: calls } = multiplied.config.layers[4] as { inbound_nodes: { args: unknown[] }[] };
    calls[0].args.push(2);
    expect(refusal(file(multiplied, weights, ...numbers))).toContain(
      "args[1]: expected a layer that takes tensors of other layers alone, got a number or the like, as an operation in code has",
    );
  });

  it("may have models in its row, and be in one", () => {
    const inner = {
      class_name: "Sequential",
      config: {
        name: "inner",
        layers: [{ class_name: "Dense", config: { name: "d", units: 1, use_bias: false } }],
      },
    };
    const outer = functional(dialect, { in: ["InputLayer", ""], inner: ["Sequential", "in"] }, ["inner"]);
    outer.config.layers[1] = { ...outer.config.layers[1], ...inner } as never;
    expect(predict(file(outer, [weight("inner/d/kernel", 2, 1)], 3, 4))).toEqual([11]);
    const sequential = {
      class_name: "Sequential",
      config: { name: "s", layers: [functional(dialect, row, ["last"])] },
    };
    const input = { class_name: "InputLayer", config: { name: "i", batch_input_shape: [null, 2] } };
    sequential.config.layers.unshift(input as never);
    expect(predict(file(sequential, weights, ...numbers))).toEqual([5.5]);
  });

  it.each<[string, Layers, string[], string]>([
    [
      "whose branch ends nowhere",
      { in: ["InputLayer", ""], a: ["Dense", "in"], b: ["Dense", "a"], c: ["Dense", "a"] },
      ["b"],
      "config.layers[3]: leads to no output of the model: leave the layer out, or make",
    ],
    [
      "whose output goes on",
      { in: ["InputLayer", ""], a: ["Dense", "in"], b: ["Dense", "a"] },
      ["a"],
      "config.layers[2]: leads to no output",
    ],
    [
      "with an input that leads nowhere",
      { in: ["InputLayer", ""], other: ["InputLayer", ""], a: ["Dense", "in"] },
      ["a"],
      "config.layers[1]: leads to no output",
    ],
    [
      "with an output that is not there",
      { in: ["InputLayer", ""] },
      ["b"],
      'config.output_layers: takes the output of "b", which is not there',
    ],
    [
      "with a source that is not there",
      { in: ["InputLayer", ""], a: ["Dense", "x"] },
      ["a"],
      'config.layers[1]: takes the output of "x", which is not there',
    ],
    [
      "that goes round",
      { in: ["InputLayer", ""], a: ["Dense", "b"], b: ["Dense", "a"] },
      ["a"],
      'config.layers[2]: takes its own output, through "a"',
    ],
    [
      "with a layer that takes itself",
      { in: ["InputLayer", ""], a: ["Add", "in+a"] },
      ["a"],
      'config.layers[1]: takes its own output, through "a"',
    ],
  ])("%s is refused with the place", (_, layers, outputs, message) => {
    expect(refusal(file(functional(dialect, layers, outputs)))).toContain(
      `model.json: modelTopology.${message}`,
    );
  });
});

describe("layers that are affine, or nothing in a prediction", () => {
  const sequential = (inputShape: number[], ...layers: [string, object?][]) => ({
    class_name: "Sequential",
    config: {
      name: "s",
      layers: layers.map(([class_name, config], i) => ({
        class_name,
        config: { name: `l${i}`, ...(i === 0 && { batch_input_shape: [null, ...inputShape] }), ...config },
      })),
    },
  });
  const statistics = (layer: string, ...names: string[]) =>
    names.map((name) => weight(`${layer}/${name}`, 2));

  it.each<[string, object]>([
    ["Identity", {}],
    ["ActivityRegularization", { l1: 0.1, l2: 0 }],
    ["AlphaDropout", { rate: 0.5 }],
    ["GaussianDropout", { rate: 0.5 }],
    ["Dropout", { rate: 0.5 }],
    ["GaussianNoise", { stddev: 0.5 }],
    ["Reshape", { target_shape: [-1] }],
    ["Reshape", { target_shape: [2, 1] }],
    ["Flatten", {}],
    ["Activation", { activation: "linear" }],
    ["InputLayer", {}],
  ])("%s leaves a sample as it is", (type, config) => {
    expect(predict(file(sequential([2], ["InputLayer"], [type, config])))).toEqual([1, 2]);
  });

  it("Reshape and Flatten bring an input of several dimensions to a Dense", () => {
    const topology = sequential(
      [2, 2],
      ["Reshape", { target_shape: [1, -1] }],
      ["Flatten"],
      ["Dense", { units: 1, use_bias: false }],
    );
    expect(predict(file(topology, [weight("l2/kernel", 4, 1)], 1, 10, 100, 1000), [1, 2, 3, 4])).toEqual([
      4321,
    ]);
  });

  it("BatchNormalization works along the last axis, also of several dimensions", () => {
    const weights = statistics("l0", "gamma", "beta", "moving_mean", "moving_variance");
    const numbers = [2, -1, 1, 5, 3, 4, 0.25, 1];
    const config = { epsilon: 0, axis: [-1] };
    expect(predict(file(sequential([2], ["BatchNormalization", config]), weights, ...numbers))).toEqual([
      -7, 7,
    ]);
    const wide = sequential([2, 2], ["BatchNormalization", { epsilon: 0, axis: 2 }], ["Flatten"]);
    expect(predict(file(wide, weights, ...numbers), [1, 2, 3, 4])).toEqual([-7, 7, 1, 5]);
  });

  it("channels that a training has switched off, with a gamma of 0 or next to it, have their beta", () => {
    const weights = statistics("l0", "gamma", "beta", "moving_mean", "moving_variance");
    const topology = sequential([2], ["BatchNormalization", { epsilon: 0 }]);
    expect(predict(file(topology, weights, 0, -1e-42, 1, -5, 3, 4, 0.25, 1))).toEqual([1, -5]);
    const rescaled = sequential([2], ["Rescaling", { scale: 0, offset: 2 }]);
    const filler = ["Dense", { units: 1, use_bias: false }] as [string, object];
    rescaled.config.layers.push({ class_name: filler[0], config: { name: "d", ...filler[1] } } as never);
    expect(predict(file(rescaled, [weight("d/kernel", 2, 1)], 1, 10))).toEqual([22]);
  });

  it("Normalization does so, too", () => {
    const topology = sequential([2, 2], ["Normalization", { mean: [1, 2], variance: [4, 16] }], ["Flatten"]);
    const filler = ["Dense", { units: 1, use_bias: false }] as [string, object];
    topology.config.layers.push({ class_name: filler[0], config: { name: "d", ...filler[1] } } as never);
    expect(predict(file(topology, [weight("d/kernel", 4, 1)], 1, 10, 100, 1000), [3, 6, 1, 2])).toEqual([11]);
  });

  it.each<[string, object, string]>([
    ["Reshape", { target_shape: [3] }, "config.target_shape: expected a shape for 2 numbers, got [3]"],
    ["Reshape", { target_shape: [-1, 3] }, "expected a shape for 2 numbers"],
    [
      "BatchNormalization",
      { axis: 2 },
      "config.axis: expected an axis of a sample, from 1 to 1 or from -1 to -1, got 2",
    ],
    [
      "LSTM",
      {},
      '"LSTM" is a recurrent layer: lanewise has none yet; predict with the library that the file comes from',
    ],
    ["ConvLSTM2D", {}, '"ConvLSTM2D" is a recurrent layer: lanewise has none yet'],
    ["Conv3D", {}, '"Conv3D" is a convolution of another kind: lanewise has those over one and two axes'],
    [
      "MaxPooling3D",
      {},
      '"MaxPooling3D" is pooling of another kind: lanewise has maxima and averages over one and two axes',
    ],
    ["MultiHeadAttention", {}, '"MultiHeadAttention" is attention: lanewise has none yet'],
    [
      "Embedding",
      {},
      '"Embedding" is a look-up by index, as of an embedding: lanewise has none yet; do it before the model',
    ],
    [
      "UnitNormalization",
      {},
      "is a normalization of another kind: lanewise has batch, layer, group and RMS normalization",
    ],
    [
      "Maximum",
      {},
      "is the joining of branches: lanewise has add, subtract, multiply, average and concatenate",
    ],
    [
      "Lambda",
      {},
      '"Lambda" is code of a program, which a file does not hold: build the model of layers that lanewise has',
    ],
  ])("%s with %j is refused: %s", (type, config, message) => {
    expect(refusal(file(sequential([2], ["InputLayer"], [type, config])))).toContain(message);
  });
});
