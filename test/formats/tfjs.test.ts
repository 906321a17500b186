import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  activation,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  gaussianNoise,
  type Layer,
  prelu,
  Sequential,
  scaling,
  ValueError,
} from "../../src/index.js";
import { exportTfjs, importTfjs, tfjsShards } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";

/**
 * model.json as tf.Model.save and the tensorflowjs converter of Keras 2 and 3 write it, held against
 * arithmetic done by hand and, there and back, against the model itself.
 */

const backend = createBackendSync(on("scalar"));
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

interface Weight {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: object;
  group?: string;
}

const weight = (name: string, ...shape: number[]): Weight => ({ name, shape, dtype: "float32" });
const layer = (class_name: string, config: object) => ({
  class_name,
  config: { name: class_name.toLowerCase(), ...config },
});
const file = (layers: object[], weights: Weight[] = [], more: object = {}) => ({
  format: "layers-model",
  modelTopology: { class_name: "Sequential", config: { name: "s", layers } },
  weightsManifest: [{ paths: ["a.bin"], weights }],
  ...more,
});

const input = { batch_input_shape: [null, 2] };
const activationLayer = (activation: string | object) => layer("Activation", { activation });
/** y = relu(x [[1, 2, 3], [4, 5, 6]] + [10, 20, -30]): of (1, 1), 15, 27 and 0. */
const DENSE = layer("Dense", { units: 3, activation: "relu", use_bias: true, ...input });
const WEIGHTS = [weight("dense/kernel", 2, 3), weight("dense/bias", 3)];
const BYTES = floats(1, 2, 3, 4, 5, 6, 10, 20, -30);
const outputs = (json: string | object, shards: Uint8Array[] | Record<string, Uint8Array>, x = [1, 1]) => [
  ...importTfjs(backend, json, shards).predict(x),
];

describe("importTfjs", () => {
  it.each<[string, object | string]>([
    ["an object", file([DENSE], WEIGHTS)],
    ["a string", JSON.stringify(file([DENSE], WEIGHTS))],
    [
      "the converter's nesting in model_config",
      {
        ...file([], WEIGHTS),
        modelTopology: {
          keras_version: "2.15.0",
          model_config: { class_name: "Sequential", config: { layers: [DENSE] } },
        },
      },
    ],
    [
      "a list of layers alone",
      { ...file([], WEIGHTS), modelTopology: { class_name: "Sequential", config: [DENSE] } },
    ],
    [
      "an InputLayer of Keras 3 with batch_shape",
      file(
        [
          layer("InputLayer", { batch_shape: [null, 2], dtype: "float32", sparse: false }),
          {
            module: "keras.layers",
            ...layer("Dense", {
              units: 3,
              activation: "relu",
              use_bias: true,
              dtype: {
                module: "keras",
                class_name: "DTypePolicy",
                config: { name: "float32" },
                registered_name: null,
              },
            }),
            registered_name: null,
            build_config: { input_shape: [null, 2] },
          },
        ],
        WEIGHTS,
      ),
    ],
    [
      "an InputLayer of Keras 2 with batch_input_shape",
      file([layer("InputLayer", input), layer("Dense", { units: 3, activation: "relu" })], WEIGHTS),
    ],
    [
      "build_input_shape",
      {
        ...file([], WEIGHTS),
        modelTopology: {
          class_name: "Sequential",
          config: {
            layers: [layer("Dense", { units: 3, activation: "relu" })],
            build_input_shape: [null, 2],
          },
        },
      },
    ],
    [
      "names with the model's and :0",
      file([DENSE], [weight("sequential/dense/kernel:0", 2, 3), weight("sequential/dense/bias:0", 3)]),
    ],
    [
      "a function of Keras 3",
      file(
        [
          layer("Dense", {
            units: 3,
            activation: { module: "builtins", class_name: "function", config: "relu" },
            ...input,
          }),
        ],
        WEIGHTS,
      ),
    ],
    [
      "an activation as an object",
      file([layer("Dense", { units: 3, activation: { class_name: "relu", config: {} }, ...input })], WEIGHTS),
    ],
  ])("reads %s", (_, json) => {
    expect(outputs(json, [BYTES])).toEqual([15, 27, 0]);
  });

  it("takes shards by their order or their paths, cut anywhere", () => {
    const json = { ...file([DENSE]), weightsManifest: [{ paths: ["b.bin", "a.bin"], weights: WEIGHTS }] };
    expect(tfjsShards(json)).toEqual(["b.bin", "a.bin"]);
    const [first, second] = [BYTES.slice(0, 13), BYTES.slice(13)];
    expect(outputs(json, [first, second])).toEqual([15, 27, 0]);
    expect(outputs(json, { "a.bin": second, "b.bin": first })).toEqual([15, 27, 0]);
  });

  it("takes several groups, bytes that stand at odd places, and passes over an optimizer's", () => {
    const weightsManifest = [
      { paths: ["a"], weights: [WEIGHTS[0]] },
      { paths: ["b"], weights: [{ ...weight("adam/iter"), dtype: "int32", group: "optimizer" }, WEIGHTS[1]] },
    ];
    const odd = joined(Uint8Array.of(0), BYTES.slice(0, 24)).subarray(1);
    expect(
      outputs({ ...file([DENSE]), weightsManifest }, [odd, joined(new Uint8Array(4), BYTES.slice(24))]),
    ).toEqual([15, 27, 0]);
  });

  it.each([
    ["uint8", 0.5, 1, Uint8Array.of(0, 2, 4, 6, 8, 10)],
    ["uint16", 0.25, 1, new Uint8Array(Uint16Array.of(0, 4, 8, 12, 16, 20).buffer)],
    [
      "float16",
      undefined,
      undefined,
      new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600).buffer),
    ],
  ])("reads weights quantised to %s: q scale + min", (dtype, scale, min, bytes) => {
    const kernel = { ...WEIGHTS[0], quantization: { dtype, scale, min, original_dtype: "float32" } };
    expect(outputs(file([DENSE], [kernel, WEIGHTS[1]]), [joined(bytes, floats(10, 20, -30))])).toEqual([
      15, 27, 0,
    ]);
  });

  const through = (
    layers: object[],
    x: number[],
    weights: Weight[] = [],
    bytes: Uint8Array = new Uint8Array(0),
  ) =>
    outputs(
      file([layer("InputLayer", { batch_shape: [null, x.length] }), ...layers], weights, {}),
      [bytes],
      x,
    );

  it.each<[string, object[], number[], number[]]>([
    ["ReLU", [layer("ReLU", { max_value: null, negative_slope: 0, threshold: 0 })], [-1, 2], [0, 2]],
    ["LeakyReLU of Keras 2", [layer("LeakyReLU", { alpha: 0.009999999776482582 })], [-100, 2], [-1, 2]],
    ["ReLU with a slope below 0", [layer("ReLU", { negative_slope: 0.5 })], [-1, 2], [-0.5, 2]],
    ["LeakyReLU of Keras 3", [layer("LeakyReLU", { negative_slope: 0.01 })], [-100, 2], [-1, 2]],
    ["LeakyReLU, whose slope is 0.3 where it says none", [layer("LeakyReLU", {})], [-1, 2], [-0.3, 2]],
    ["LeakyReLU of another slope", [layer("LeakyReLU", { negative_slope: 0.5 })], [-1, 2], [-0.5, 2]],
    ["leaky_relu by name, whose slope is 0.2", [activationLayer("leaky_relu")], [-1, 2], [-0.2, 2]],
    ["a limited ReLU", [layer("ReLU", { max_value: 6 })], [-1, 7], [0, 6]],
    ["relu6", [activationLayer("relu6")], [-1, 7], [0, 6]],
    ["ELU", [layer("ELU", { alpha: 1 })], [3, 2], [3, 2]],
    ["ELU of another alpha", [layer("ELU", { alpha: 0.5 })], [-100, 2], [-0.5, 2]],
    ["exponential", [activationLayer("exponential")], [0, 1], [1, Math.E]],
    ["softsign", [activationLayer("softsign")], [-1, 3], [-0.5, 0.75]],
    [
      "a layer as an activation, as Keras 3 writes it",
      [
        activationLayer({
          module: "keras.layers",
          class_name: "LeakyReLU",
          config: { name: "l", negative_slope: 0.25 },
        }),
      ],
      [-1, 2],
      [-0.25, 2],
    ],
    ["Softmax", [layer("Softmax", { axis: -1 })], [5, 5], [0.5, 0.5]],
    ["Activation", [layer("Activation", { activation: "tanh" })], [0, 0], [0, 0]],
    [
      "Dropout and GaussianNoise, which only train",
      [layer("Dropout", { rate: 0.5 }), layer("GaussianNoise", { stddev: 1 })],
      [3, 4],
      [3, 4],
    ],
    [
      "no noise at all",
      [layer("GaussianNoise", { stddev: 0 }), layer("Activation", { activation: "linear" })],
      [3, 4],
      [3, 4],
    ],
  ])("reads %s", (_, layers, x, expected) => {
    for (const [i, value] of through(layers, x).entries()) expect(value).toBeCloseTo(expected[i], 6);
  });

  it.each<[string, ActivationName]>([
    ["swish", "silu"],
    ["silu", "silu"],
    ["gelu", "gelu"],
    ["gelu_new", "geluTanh"],
    ["hard_silu", "hardSwish"],
    ["log_softmax", "logSoftmax"],
    ["softplus", "softplus"],
    ["selu", "selu"],
    ["mish", "mish"],
    ["softsign", "softsign"],
    ["exponential", "exp"],
    ["relu6", "relu6"],
  ])("knows the activation %s", (name, own) => {
    const model = new Sequential(backend, { inputShape: 2, layers: [activation(own)] });
    expect(through([layer("Activation", { activation: name })], [0.5, -1.5])).toEqual([
      ...model.predict([0.5, -1.5]),
    ]);
  });

  /** hard_sigmoid of 1 is 0.7, and 2/3 in Keras 3. */
  const hardSigmoidOf = (topology: object, more: object = {}) => {
    const { modelTopology, ...others } = file([
      layer("Activation", { activation: "hard_sigmoid", ...input }),
    ]);
    const json = { ...others, ...more, modelTopology: { ...modelTopology, ...topology } };
    return outputs(json, [floats()], [1, -9]).map((value) => Math.round(value * 1e6) / 1e6);
  };
  it.each<[string, number, object, object]>([
    ["Keras 2", 0.7, { keras_version: "2.15.0" }, {}],
    [
      "TensorFlow.js",
      0.7,
      { keras_version: "tfjs-layers 4.22.0" },
      { generatedBy: "TensorFlow.js tfjs-layers v4" },
    ],
    ["nobody who says a version", 0.7, {}, { generatedBy: "keras" }],
    ["Keras 3", 0.666667, { keras_version: "3.4.1" }, {}],
    ["Keras 3, which the converter says", 0.666667, {}, { generatedBy: "keras v3.0.5" }],
    ["Keras 10", 0.666667, { keras_version: "10.0.0" }, {}],
  ])("reads the hard_sigmoid of %s", (_, expected, topology, more) => {
    expect(hardSigmoidOf(topology, more)).toEqual([expected, 0]);
  });

  it("reads a dense layer with an activation that has a slope of its own", () => {
    const dense = layer("Dense", { units: 3, activation: "leaky_relu", ...input });
    const [a, b, c] = outputs(file([dense], WEIGHTS), [BYTES]);
    expect([a, b]).toEqual([15, 27]);
    expect(c).toBeCloseTo(-21 * 0.2, 5);
  });

  it.each<[string, object, number[], number[], number[]]>([
    ["a slope a feature", {}, [2], [0.5, 2], [-0.5, 3]],
    ["no axes", { shared_axes: null }, [2], [0.5, 2], [-0.5, 3]],
    ["one slope for all", { shared_axes: [1] }, [1], [0.25], [-0.25, 3]],
    ["one axis by its number", { shared_axes: 1 }, [1], [0.25], [-0.25, 3]],
  ])("reads PReLU of %s, and trains it on", async (_, config, shape, alpha, expected) => {
    const json = file([layer("PReLU", { ...config, ...input })], [weight("prelu/alpha", ...shape)]);
    expect(outputs(json, [floats(...alpha)], [-1, 3])).toEqual(expected);
    const model = importTfjs(backend, json, [floats(...alpha)]);
    expect(model.parameters[0].name).toBe("0.alpha");
    await model.fit([[-1, -1]], [[-2, -2]], { loss: "meanSquaredError", epochs: 1 });
    expect(model.parameters[0].value.data[0]).toBeGreaterThan(alpha[0]);
  });

  it("reads Normalization, from its weights and from its configuration", () => {
    const weights = [
      weight("normalization/mean", 2),
      weight("normalization/variance", 2),
      { ...weight("normalization/count"), dtype: "int32" },
    ];
    const bytes = joined(floats(1, 2, 4, 9), new Uint8Array(4));
    expect(through([layer("Normalization", { axis: [-1] })], [5, 8], weights, bytes)).toEqual([2, 2]);
    expect(through([layer("Normalization", { axis: -1, mean: [1, 2], variance: [4, 9] })], [5, 8])).toEqual([
      2, 2,
    ]);
  });

  it("reads BatchNormalization as it predicts: gamma (x - mean) / sqrt(variance + epsilon) + beta", () => {
    const weights = ["gamma", "beta", "moving_mean", "moving_variance"].map((tensor) =>
      weight(`batchnormalization/${tensor}`, 2),
    );
    const bytes = floats(2, 3, 10, -10, 1, 2, 3, 8);
    expect(through([layer("BatchNormalization", { axis: [1], epsilon: 1 })], [5, 8], weights, bytes)).toEqual(
      [14, -4],
    );
  });

  it("reads Rescaling before a layer with weights", () => {
    const layers = [
      layer("Rescaling", { scale: 0.5, offset: -1, ...input }),
      layer("Dense", { units: 3, activation: "relu" }),
    ];
    expect(outputs(file(layers, WEIGHTS), [BYTES], [4, 4])).toEqual([15, 27, 0]);
  });

  it.each([[["a", "b"]], [["a", "b", 3]], ["abc"]])(
    "leaves out labels that are no name for each output: %j",
    (labels) => {
      const json = { ...file([DENSE], WEIGHTS), userDefinedMetadata: { labels } };
      expect(importTfjs(backend, json, [BYTES]).labels).toBeUndefined();
    },
  );

  it("goes on training", async () => {
    const model = importTfjs(
      backend,
      file([layer("Dense", { units: 1, ...input })], [weight("dense/kernel", 2, 1), weight("dense/bias", 1)]),
      [floats(0, 0, 0)],
    );
    const x = [
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const { epochs } = await model.fit(x, [2, 3, 4], {
      loss: "meanSquaredError",
      optimizer: "adam",
      epochs: 100,
    });
    expect(epochs[99].loss).toBeLessThan(epochs[0].loss * 0.9);
  });

  it.each([
    ["a page", "<!DOCTYPE html><title>Not Found</title>", 'an HTML page ("Not Found"); check the address'],
    [
      "a pointer of Git LFS",
      "version https://git-lfs.github.com/spec/v1\n",
      "a Git LFS pointer; run git lfs pull",
    ],
    ["nothing", "", "an empty file; get the file again"],
  ])("names a shard that is %s", (_, text, message) => {
    expect(() => importTfjs(backend, file([DENSE], WEIGHTS), [new TextEncoder().encode(text)])).toThrow(
      `model.json: weightsManifest[0].weights: expected its shard to hold weights, got ${message}`,
    );
  });

  const kernelOf = (...shape: number[]) => file([DENSE], [weight("dense/kernel", ...shape), WEIGHTS[1]]);
  it.each<[string, string | object, Uint8Array[] | Record<string, Uint8Array>, string]>([
    ["JSON that breaks off", "{", [], "TensorFlow.js, got JSON that is cut off or damaged ("],
    ["another JSON", "[]", [], "model.json: expected an object, got a list of 0"],
    [
      "no topology",
      { weightsManifest: [] },
      [],
      "model.json: modelTopology: expected an object, got nothing",
    ],
    [
      "a model of a class of its own",
      { ...file([]), modelTopology: { class_name: "MyModel", config: {} } },
      [floats()],
      'model.json: modelTopology.class_name: expected "Sequential" or "Functional", got "MyModel"',
    ],
    ["no layers", file([]), [floats()], "model.json: modelTopology.config: expected layers"],
    [
      "no shape of the input",
      file([layer("Dense", { units: 3 })]),
      [floats()],
      "expected batch_input_shape or batch_shape, got neither",
    ],
    [
      "a layer that there is not",
      file([layer("Conv3D", input)]),
      [floats()],
      'layers[0].class_name: "Conv3D" is a convolution of another kind: lanewise has those over one and two axes',
    ],
    [
      "a name that objects inherit",
      file([layer("constructor", input)]),
      [floats()],
      '"constructor" is a layer that lanewise does not have',
    ],
    [
      "an unknown activation",
      file([layer("Activation", { activation: "glu", ...input })]),
      [floats()],
      "activation: expected an activation that lanewise has",
    ],
    [
      "a ReLU with another limit",
      file([layer("ReLU", { max_value: 5, ...input })]),
      [floats()],
      "max_value: expected none, or 6 as relu6 has it, got 5",
    ],
    [
      "a ReLU with a slope",
      file([layer("ReLU", { negative_slope: 0.1, max_value: 6, ...input })]),
      [floats()],
      "negative_slope: expected 0, the only value that lanewise supports, got 0.1",
    ],
    [
      "a ReLU with a threshold",
      file([layer("ReLU", { max_value: 6, threshold: 1, ...input })]),
      [floats()],
      "threshold: expected 0, the only value that lanewise supports, got 1",
    ],
    [
      "an ELU that rises below 0",
      file([layer("ELU", { alpha: -1, ...input })]),
      [floats()],
      "elu expected alpha to be a finite number of at least 0, got -1",
    ],
    ["a PReLU without its slopes", file([layer("PReLU", input)]), [floats()], "prelu/alpha [2] is missing"],
    [
      "a PReLU that shares the axis of the batch",
      file([layer("PReLU", { shared_axes: [0], ...input })], [weight("prelu/alpha", 2)]),
      [floats(1, 2)],
      "shared_axes[0]: expected a whole number of at least 1, got 0",
    ],
    [
      "no units",
      file([layer("Dense", { units: 0, ...input })]),
      [floats()],
      "config.units: expected a whole number of at least 1, got 0",
    ],
    [
      "a rate of 1",
      file([layer("Dropout", { rate: 1, ...input })]),
      [floats()],
      'layers[0]: "dropout": dropout expected rate to be at least 0 and below 1, got 1',
    ],
    [
      "an open size",
      file([layer("Flatten", { batch_input_shape: [null, null, 3] })]),
      [floats()],
      "batch_input_shape[1]: expected a whole number, got an open size: give the model an input of fixed sizes",
    ],
    [
      "a missing shard",
      file([DENSE], WEIGHTS),
      { "b.bin": BYTES },
      'model.json: weightsManifest: the shard "a.bin" is missing',
    ],
    ["too many shards", file([DENSE], WEIGHTS), [BYTES, BYTES], "weightsManifest: names 1 shards, got 2"],
    [
      "a short shard",
      file([DENSE], WEIGHTS),
      [BYTES.slice(4)],
      "weights[1]: expected 12 bytes for [3], got 8 that are left",
    ],
    [
      "a long shard",
      file([DENSE], WEIGHTS),
      [joined(BYTES, floats(1))],
      "expected 36 bytes in its shards, got 40",
    ],
    [
      "a size beyond all files",
      kernelOf(2 ** 40, 2 ** 40),
      [BYTES],
      "bytes for [1099511627776, 1099511627776]",
    ],
    [
      "a kernel of another shape",
      kernelOf(3, 2),
      [BYTES],
      "model.json: weightsManifest: dense/kernel expected [2, 3], got [3, 2]",
    ],
    [
      "several things at once",
      file([DENSE, layer("Dense", { name: "last", units: 1 })], [WEIGHTS[0], weight("other/bias", 3)]),
      [BYTES],
      "weightsManifest: dense/bias [3] is missing; last/kernel [3, 1] is missing; last/bias [1] is missing; other/bias [3] is unexpected",
    ],
    [
      "a name twice",
      file([DENSE], [...WEIGHTS, WEIGHTS[1]]),
      [joined(BYTES, floats(1, 2, 3))],
      'the name "dense/bias" comes twice',
    ],
    [
      "an unknown dtype",
      file([DENSE], [{ ...WEIGHTS[0], dtype: "string" }]),
      [BYTES],
      "dtype: expected one of float32, int32, uint16, uint8, bool",
    ],
    [
      "an unknown quantisation",
      file([DENSE], [{ ...WEIGHTS[0], quantization: { dtype: "int4", scale: 1, min: 0 } }]),
      [BYTES],
      "quantization.dtype: expected uint8, uint16 or float16",
    ],
    [
      "a size alone",
      file([layer("Rescaling", { scale: 2, batch_input_shape: [null, 1e9] })]),
      [floats()],
      "expected weights for each of 1000000000 inputs",
    ],
  ])("refuses %s", (_, json, shards, message) => {
    const { liveBlocks } = backend.memory;
    expect(() => importTfjs(backend, json, shards)).toThrow(FormatError);
    expect(() => importTfjs(backend, json, shards)).toThrow(message);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  it("leaves every prototype as it was", () => {
    const hostile = JSON.stringify(file([DENSE], WEIGHTS)).replace(
      /}$/,
      ',"__proto__":{"polluted":1},"userDefinedMetadata":{"__proto__":{"polluted":1},"metadata":{"__proto__":"polluted"}}}',
    );
    const model = importTfjs(backend, hostile, [BYTES]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(model.metadata)).toBe(Object.prototype);
  });
});

describe("exportTfjs", () => {
  const x = Float32Array.from({ length: 40 * 4 }, (_, i) => Math.sin(i) * 3);
  const there = (...layers: Layer[]) =>
    new Sequential(backend, { inputShape: [2, 2], seed: 5, layers, metadata: { note: "é" } });
  const back = (model: Sequential) => {
    const files = exportTfjs(model);
    return importTfjs(backend, files["model.json"], files);
  };

  const names: ActivationName[] = [
    "linear",
    "relu",
    "leakyRelu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softplus",
    "relu6",
    "softsign",
    "mish",
    "softmax",
    "logSoftmax",
  ];
  it.each(names)("there and back gives the same bits with %s, in a dense layer and as a layer", (name) => {
    const model = there(
      dense(5, { activation: name, useBias: false }),
      activation(name),
      dropout(0.25),
      gaussianNoise(0.5),
      dense(3, { name: "last" }),
    );
    expect(back(model).predict(x)).toEqual(model.predict(x));
  });

  it("keeps scaling within rounding, also of deviations that squares have no room for, and words", () => {
    const model = new Sequential(backend, {
      inputShape: 4,
      labels: ["a", "b"],
      metadata: { task: "x" },
      layers: [scaling({ mean: [1, -2, 3e10, 0], deviation: [2, -3, 1e30, 1e-30] }), dense(2)],
    });
    const again = back(model);
    expect([again.labels, again.metadata]).toEqual([["a", "b"], { task: "x" }]);
    for (const [i, { value }] of again.buffers.entries()) {
      for (const [j, kept] of value.data.entries())
        expect(kept / model.buffers[i].value.data[j] || 1).toBeCloseTo(1, 6);
    }
  });

  it.each<[string, Layer]>([
    ["a leakyRelu of another slope", activation("leakyRelu", { slope: -0.3 })],
    ["hardSigmoid", activation("hardSigmoid")],
    ["hardSigmoid as TensorFlow.js has it", activation("hardSigmoid", { slope: 0.2 })],
    ["a dense layer with hardSigmoid", dense(5, { activation: "hardSigmoid" })],
    ["a slope a feature", prelu()],
    ["a slope a channel", prelu({ sharedAxes: [1] })],
    ["a slope for all", prelu({ sharedAxes: "all", name: "slopes" })],
  ])("there and back: %s", (_, spec) => {
    const model = there(spec, dense(3));
    for (const { name, value } of model.parameters)
      if (name.endsWith("alpha")) value.set(value.data.map((_, i) => 0.25 * (i + 1)));
    const [got, expected] = [back(model).predict(x), model.predict(x)];
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 5);
  });

  it("Dense and Softmax work along the last of two axes, as in Keras", () => {
    const layers = [layer("Dense", { units: 3, name: "dense", batch_input_shape: [null, 4, 2] })];
    using model = importTfjs(backend, file([...layers, layer("Softmax", {})], WEIGHTS), [BYTES]);
    expect(model.outputShape).toEqual([4, 3]);
    const [first] = importTfjs(backend, file([layer("Dense", { units: 3, ...input })], WEIGHTS), [
      BYTES,
    ]).layers;
    expect(first.config.units).toBe(3);
    const sums = Array.from({ length: 4 }, (_, i) =>
      model
        .predict([1, 2, 3, 4, 5, 6, 7, 8])
        .subarray(3 * i, 3 * i + 3)
        .reduce((sum, value) => sum + value),
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1, 6);
  });

  it("writes hard_sigmoid alone where the slope is that of TensorFlow.js", () => {
    const classes = (spec: Layer) =>
      JSON.parse(exportTfjs(there(spec))["model.json"]).modelTopology.config.layers.map(
        ({ class_name }: { class_name: string }) => class_name,
      );
    expect(classes(activation("hardSigmoid", { slope: 0.2 }))).toEqual(["Activation"]);
    expect(classes(activation("hardSigmoid"))).toEqual(["Rescaling", "Activation"]);
  });

  it("refuses an elu of another alpha, for which TensorFlow.js has no layer that loads", () => {
    expect(() => exportTfjs(there(activation("elu", { alpha: 0.5 })))).toThrow(
      "exportTfjs: layer 0 is an elu of alpha 0.5; TensorFlow.js only has 1",
    );
  });

  it.each<[string, Layer]>([
    ["activation exp", activation("exp")],
    ["activation geluTanh", dense(2, { activation: "geluTanh" })],
    ["activation hardSwish", activation("hardSwish")],
  ])("refuses the %s", (what, spec) => {
    expect(() => exportTfjs(there(dense(2), spec))).toThrow(ValueError);
    expect(() => exportTfjs(there(dense(2), spec))).toThrow(
      `exportTfjs: layer 1 has the ${what}, which TensorFlow.js does not have`,
    );
  });
});
