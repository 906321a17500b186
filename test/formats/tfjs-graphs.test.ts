import { describe, expect, it } from "vitest";
import {
  add,
  average,
  ComposedLayer,
  concatenate,
  conv2d,
  createBackendSync,
  dense,
  FormatError,
  flatten,
  input,
  Model,
  multiply,
  Sequential,
  scale,
  slice,
  subtract,
  type Tensor,
} from "../../src/index.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
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

describe.each(Object.entries<Dialect>(dialects))("a graph of %s", (_, dialect) => {
  it.each<[string, number]>([
    ["Add", 1 + 10],
    ["Multiply", 1 * 10],
    ["Average", 5.5],
    ["Subtract", 1 - 10],
  ])("whose branches join by %s", (type, expected) => {
    const layers: Layers = {
      in: ["InputLayer", ""],
      a: ["Dense", "in", { units: 1, use_bias: false }],
      b: ["Dense", "in", { units: 1, use_bias: false }],
      c: [type, "a+b"],
    };
    const weights = [weight("a/kernel", 2, 1), weight("b/kernel", 2, 1)];
    const given = file(functional(dialect, layers, ["c"]), weights, 1, 0, 0, 5);
    expect(predict(given)).toEqual([expected]);
    using model = importTfjs(backend, ...given);
    expect(model).not.toBeInstanceOf(Sequential);
  });

  it("whose branches join by Concatenate, along any axis", () => {
    for (const [axis, expected] of [
      [-1, [1, 2, 1, 2]],
      [1, [1, 2, 1, 2]],
    ] as const) {
      const layers: Layers = {
        in: ["InputLayer", ""],
        a: ["Reshape", "in", { target_shape: [2, 1] }],
        b: ["Reshape", "in", { target_shape: [2, 1] }],
        c: ["Concatenate", "a+b", { axis }],
      };
      const given = file(functional(dialect, layers, ["c"]));
      using model = importTfjs(backend, ...given);
      expect(model.outputShape).toEqual(axis === 1 ? [4, 1] : [2, 2]);
      expect(predict(given)).toEqual(axis === 1 ? expected : [1, 1, 2, 2]);
    }
  });

  it("repeats one pixel a channel over the positions of the other branch", () => {
    const layers: Layers = {
      in: ["InputLayer", ""],
      a: ["Reshape", "in", { target_shape: [2, 1, 1] }],
      pooled: ["GlobalMaxPooling2D", "a", { keepdims: true }],
      c: ["Multiply", "a+pooled"],
    };
    expect(predict(file(functional(dialect, layers, ["c"])), [3, 4])).toEqual([12, 16]);
    const flat = { ...layers, c: ["Add", "a+in"] as [string, string] };
    expect(refusal(file(functional(dialect, flat, ["c", "pooled"])))).toContain(
      "expected inputs of one shape, or of one pixel a channel, got [batch, 2, 1, 1] and [batch, 2]",
    );
  });

  it("uses the weights of a shared layer in each of its calls", () => {
    const layers: Layers = {
      in: ["InputLayer", ""],
      d: ["Dense", "in|b", { units: 2, use_bias: false }],
      b: ["Activation", "d", { activation: "relu" }],
      sum: ["Add", "d+d1"],
    };
    const topology = functional(dialect, layers, ["sum"]);
    // The second call of d.
    const text = JSON.stringify(topology).replaceAll('["d1",0,0', '["d",1,0');
    const given = file(JSON.parse(text), [weight("d/kernel", 2, 2)], 0, 2, 1, 0);
    using model = importTfjs(backend, ...given);
    expect(model.parameters.length).toBe(1);
    // d [1, 2] = [2, 2]; d [2, 2] = [2, 4].
    expect([...model.predict([1, 2])]).toEqual([4, 6]);
  });

  it("has the weights of a layer once that follows itself", () => {
    const layers: Layers = {
      in: ["InputLayer", ""],
      d: ["Dense", "in|d", { units: 2, use_bias: false }],
    };
    const text = JSON.stringify(functional(dialect, layers, ["out"])).replaceAll('"out",0,0', '"d",1,0');
    using model = importTfjs(backend, ...file(JSON.parse(text), [weight("d/kernel", 2, 2)], 0, 2, 1, 0));
    expect(model.parameters.length).toBe(1);
    expect([...model.predict([1, 2])]).toEqual([2, 4]);
  });

  it("takes several inputs and gives several outputs, by their names", async () => {
    const layers: Layers = {
      left: ["InputLayer", ""],
      right: ["InputLayer", ""],
      sum: ["Add", "left+right"],
      kind: ["Dense", "sum", { units: 1, use_bias: false }],
      price: ["Dense", "right", { units: 1, use_bias: false }],
    };
    const weights = [weight("kind/kernel", 2, 1), weight("price/kernel", 2, 1)];
    const [json, shards] = file(functional(dialect, layers, ["kind", "price"]), weights, 1, 2, 3, 4);
    using model = importTfjs(backend, json, shards) as unknown as Model<Tensor[]>;
    expect(model.structure.inputs.map(({ name }) => name)).toEqual(["left", "right"]);
    expect(model.structure.outputs.map(({ name }) => name)).toEqual(["kind", "price"]);
    const [kind, price] = model.predict([
      [1, 1],
      [2, 3],
    ]);
    expect([kind[0], price[0]]).toEqual([3 + 8, 6 + 12]);
  });

  it.each([0, 1])("calls models within it, whose calls count from %i", (first) => {
    const inner = functional(
      dialect,
      { own: ["InputLayer", ""], d: ["Dense", "own", { units: 2, use_bias: false }], e: ["ReLU", "d"] },
      ["d", "e"],
    );
    const layers: Layers = {
      in: ["InputLayer", ""],
      net: ["Functional", "in|a"],
      a: ["Activation", "x0", { activation: "linear" }],
      sum: ["Add", "x1+x2"],
    };
    const topology = functional(dialect, layers, ["sum"]);
    Object.assign(topology.config.layers[1], { ...inner, name: "net" });
    const text = JSON.stringify(topology)
      .replaceAll('["x0",0,0', `["net",${first},0`)
      .replaceAll('["x1",0,0', `["net",${first},1`)
      .replaceAll('["x2",0,0', `["net",${first + 1},0`);
    using model = importTfjs(backend, ...file(JSON.parse(text), [weight("net/d/kernel", 2, 2)], 0, -1, 1, 0));
    expect(model.parameters.length).toBe(1);
    // d [1, 2] = [2, -1], e = [2, 0]; d d [1, 2] = [-1, -2].
    expect([...model.predict([1, 2])]).toEqual([1, -2]);
  });

  it("trains on, with batch normalization on both sides of a join", async () => {
    const layers: Layers = {
      in: ["InputLayer", ""],
      a: ["Dense", "in", { units: 2 }],
      norm: ["BatchNormalization", "a"],
      sum: ["Add", "norm+in"],
    };
    const weights = [
      weight("a/kernel", 2, 2),
      ...["a/bias", "norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance"].map((name) =>
        weight(name, 2),
      ),
    ];
    const numbers = [1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1];
    using model = importTfjs(backend, ...file(functional(dialect, layers, ["sum"]), weights, ...numbers));
    const x = [1, 2, 3, 5, -1, 0, 2, 2];
    const { epochs } = await model.fit(
      x,
      x.map((value) => 3 * value),
      {
        loss: "meanSquaredError",
        optimizer: "adam",
        epochs: 20,
      },
    );
    expect(epochs[19].loss).toBeLessThan(epochs[0].loss);
    const mean = model.buffers.find(({ name }) => name.endsWith("movingMean"));
    expect(mean?.value.data.every((value) => value !== 0)).toBe(true);
  });

  it("refuses branches of other shapes", () => {
    const layers: Layers = {
      in: ["InputLayer", ""],
      a: ["Dense", "in", { units: 3 }],
      b: ["Add", "in+a"],
    };
    expect(refusal(file(functional(dialect, layers, ["b"])))).toContain(
      "expected inputs of one shape, or of one pixel a channel, got [batch, 2] and [batch, 3]",
    );
  });

  it("refuses an output that a layer does not give", () => {
    const topology = functional(dialect, { in: ["InputLayer", ""], a: ["ReLU", "in"] }, ["a"]);
    const text = JSON.stringify(topology).replaceAll('["a",0,0]', '["a",0,1]');
    expect(refusal(file(JSON.parse(text)))).toContain('takes output 1 of "a", which has 1');
  });

  it("refuses a model within it that takes another number of inputs", () => {
    const inner = functional(dialect, { p: ["InputLayer", ""], q: ["InputLayer", ""], r: ["Add", "p+q"] }, [
      "r",
    ]);
    const topology = functional(dialect, { in: ["InputLayer", ""], net: ["Functional", "in"] }, ["net"]);
    Object.assign(topology.config.layers[1], { ...inner, name: "net" });
    expect(refusal(file(topology))).toContain(
      "input_layers: expected 1 inputs, as the model is called with, got 2",
    );
  });
});

describe("a graph that goes to TensorFlow.js and back", () => {
  const back = (model: Model): Model => {
    const files = exportTfjs(model);
    return importTfjs(backend, files["model.json"], files);
  };
  const topologyOf = (model: Model) => JSON.parse(exportTfjs(model)["model.json"]).modelTopology;

  it("has its joins, and its shared layer once", () => {
    const x = input([4, 4, 2]);
    const shared = conv2d(2, 3, { padding: "same", activation: "relu" });
    const [a, b] = [shared.apply(x), shared.apply(shared.apply(x))];
    const parts = [
      add(a, b, x),
      subtract(a, b),
      multiply(a, b),
      average(a, x),
      slice(b, 1, 2),
      scale(a, 0.5),
    ];
    using model = new Model(backend, { inputs: x, outputs: concatenate(parts), seed: 3 });
    const { class_name, config } = topologyOf(model);
    expect(class_name).toBe("Model");
    const convolutions = config.layers.filter(
      ({ class_name }: { class_name: string }) => class_name === "Conv2D",
    );
    expect(convolutions.length).toBe(1);
    expect(convolutions[0].inbound_nodes).toEqual([
      [["input", 0, 0, {}]],
      [["input", 0, 0, {}]],
      [["conv2d_0", 1, 0, {}]],
    ]);
    using again = back(model);
    expect(again.parameters.length).toBe(model.parameters.length);
    const samples = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
    for (const [i, y] of again.predict(samples).entries())
      expect(y).toBeCloseTo(model.predict(samples)[i], 5);
  });

  it("keeps the names of its inputs and outputs", () => {
    const [image, table] = [input([2, 2, 1], { name: "image" }), input(2, { name: "table" })];
    const all = concatenate(flatten().apply(image), table);
    const outputs = [dense(2, { name: "kind" }).apply(all), dense(1, { name: "price" }).apply(all)];
    using model = new Model(backend, { inputs: [image, table], outputs, seed: 3 });
    using again = back(model as unknown as Model);
    expect(again.structure.inputs.map(({ name }) => name)).toEqual(["image", "table"]);
    expect(again.structure.outputs.map(({ name }) => name)).toEqual(["kind", "price"]);
  });

  it("is no Sequential where a branch goes past a layer", () => {
    const x = input(2);
    using model = new Model(backend, { inputs: x, outputs: add(dense(2).apply(x), x), seed: 3 });
    expect(topologyOf(model).class_name).toBe("Model");
    using again = back(model);
    expect(again.predict([1, 2])).toEqual(model.predict([1, 2]));
  });

  it("is a Sequential where layers follow one another, also if it was written as a graph", () => {
    const x = input(2);
    using model = new Model(backend, { inputs: x, outputs: dense(1).apply(dense(3).apply(x)), seed: 3 });
    expect(topologyOf(model).class_name).toBe("Sequential");
    using again = back(model);
    expect(again).toBeInstanceOf(Sequential);
  });

  it("is refused by the type of a layer of one's own", () => {
    class Twice extends ComposedLayer {
      override readonly type = "twice";
      override compose([x]: readonly Tensor[]): Tensor {
        return scale(x, 2);
      }
    }
    const x = input(2);
    using model = new Model(backend, { inputs: x, outputs: new Twice().apply(x) });
    expect(() => exportTfjs(model)).toThrow(
      "TensorFlow.js does not have; build the model of layers that it has",
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
    ["LSTM", {}, "config: expected sequences, [batch, time, inputs], got [batch, 2]"],
    [
      "ConvLSTM2D",
      {},
      '"ConvLSTM2D" is a recurrent layer of another kind: lanewise has simpleRnn, lstm, gru and bidirectional',
    ],
    ["Conv3D", {}, '"Conv3D" is a convolution of another kind: lanewise has those over one and two axes'],
    [
      "MaxPooling3D",
      {},
      '"MaxPooling3D" is pooling of another kind: lanewise has maxima and averages over one and two axes',
    ],
    [
      "Attention",
      {},
      '"Attention" is attention of another kind: lanewise has multiHeadAttention, transformerEncoder and transformerDecoder',
    ],
    [
      "StringLookup",
      {},
      '"StringLookup" is a look-up of words or numbers: lanewise has none yet; do it before the model, as',
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
