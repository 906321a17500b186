import { describe, expect, it } from "vitest";
import {
  activation,
  averagePool1d,
  averagePool2d,
  batchNormalization,
  conv1d,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  cropping1d,
  cropping2d,
  dense,
  depthwiseConv2d,
  dropout,
  FormatError,
  flatten,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool2d,
  groupNormalization,
  type Layer,
  layerNormalization,
  type Model,
  maxPool1d,
  maxPool2d,
  permute,
  reshape,
  resizing,
  rmsNormalization,
  Sequential,
  scaling,
  separableConv2d,
  spatialDropout1d,
  spatialDropout2d,
  upSampling1d,
  upSampling2d,
  ValueError,
  zeroPadding1d,
  zeroPadding2d,
} from "../../src/index.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/**
 * Layers of images and sequences. What a layer of Keras becomes is held against the layer of lanewise with the
 * same weights, and what goes there and back against the model itself; test/interop/ holds both against
 * TensorFlow.js.
 */

const backend = createBackendSync(on("scalar"));
const random = new Random(31);
const image = [6, 5, 4];
const sequence = [7, 4];
const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);

/** Tensors of a layer called "l", in the order of the file, with numbers that are all different. */
type Weights = Readonly<Record<string, readonly number[]>>;

interface File {
  readonly json: object;
  readonly shards: readonly Uint8Array[];
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** A model of one layer. */
function fileOf(type: string, inputShape: readonly number[], config: object, weights: Weights = {}): File {
  const values = new Map(
    Object.entries(weights).map(([name, shape]) => [name, random.floats(sizeOf(shape), 0.25, 1.5)]),
  );
  const layers = [
    { class_name: "InputLayer", config: { name: "in", batch_input_shape: [null, ...inputShape] } },
    { class_name: type, config: { name: "l", ...config } },
  ];
  const json = {
    modelTopology: { class_name: "Sequential", config: { name: "s", layers }, keras_version: "3.4.1" },
    weightsManifest: [
      {
        paths: ["a"],
        weights: Object.entries(weights).map(([name, shape]) => ({
          name: `l/${name}`,
          shape,
          dtype: "float32",
        })),
      },
    ],
  };
  const bytes = [...values.values()].flatMap(({ buffer }) => [...new Uint8Array(buffer)]);
  return { json, shards: [Uint8Array.from(bytes)], values };
}

const read = ({ json, shards }: File): Model => importTfjs(backend, json, shards);

/** Compares outputs, relative to those above 1. */
function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(got.length).toBe(expected.length);
  const far = Array.from(got).filter(
    (y, i) => !(Math.abs(y - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i]))),
  );
  expect(far).toEqual([]);
}

const inputsOf = (model: Model, samples = 3) => random.floats(samples * sizeOf(model.inputShape), -2, 2);
const typesOf = (model: Model) => model.layers.map(({ config }) => config.type);

describe("a layer of Keras becomes the layer of lanewise, with its weights in their order", () => {
  const bias = { bias: [3] };
  const norm = { gamma: [4], beta: [4] };
  it.each<[string, string, readonly number[], object, Weights, Layer[], string[]]>([
    [
      "Conv2D",
      "Conv2D",
      image,
      { filters: 3, kernel_size: [3, 2], strides: [2, 1], padding: "same", activation: "relu" },
      { kernel: [3, 2, 4, 3], ...bias },
      [conv2d(3, [3, 2], { strides: [2, 1], padding: "same", activation: "relu" })],
      ["weight", "bias"],
    ],
    [
      "Conv2D with groups and dilation, without a bias",
      "Conv2D",
      image,
      { filters: 6, kernel_size: 2, groups: 2, dilation_rate: [2, 1], use_bias: false },
      { kernel: [2, 2, 2, 6] },
      [conv2d(6, 2, { groups: 2, dilation: [2, 1], useBias: false })],
      ["weight"],
    ],
    [
      "Conv2D with an activation that has a slope",
      "Conv2D",
      image,
      { filters: 3, kernel_size: 1, activation: "leaky_relu" },
      { kernel: [1, 1, 4, 3], ...bias },
      [conv2d(3, 1), activation("leakyRelu", { slope: 0.2 })],
      ["weight", "bias"],
    ],
    [
      "Conv1D, causal",
      "Conv1D",
      sequence,
      { filters: 3, kernel_size: [3], padding: "causal", dilation_rate: [2] },
      { kernel: [3, 4, 3], ...bias },
      [conv1d(3, 3, { padding: "causal", dilation: 2 })],
      ["weight", "bias"],
    ],
    [
      "DepthwiseConv2D",
      "DepthwiseConv2D",
      image,
      { kernel_size: [3, 3], depth_multiplier: 2, padding: "same" },
      { depthwise_kernel: [3, 3, 4, 2], bias: [8] },
      [depthwiseConv2d(3, { depthMultiplier: 2, padding: "same" })],
      ["weight", "bias"],
    ],
    [
      "DepthwiseConv2D of Keras 3, whose tensor is called kernel",
      "DepthwiseConv2D",
      image,
      { kernel_size: [3, 3], strides: [2, 2] },
      { kernel: [3, 3, 4, 1], bias: [4] },
      [depthwiseConv2d(3, { strides: 2 })],
      ["weight", "bias"],
    ],
    [
      "SeparableConv2D",
      "SeparableConv2D",
      image,
      { filters: 3, kernel_size: [2, 3], depth_multiplier: 2, activation: "tanh" },
      { depthwise_kernel: [2, 3, 4, 2], pointwise_kernel: [1, 1, 8, 3], ...bias },
      [separableConv2d(3, [2, 3], { depthMultiplier: 2, activation: "tanh" })],
      ["depthwiseWeight", "weight", "bias"],
    ],
    [
      "SeparableConv2D of TensorFlow.js, which leaves out the multiplier",
      "SeparableConv2D",
      image,
      { filters: 3, kernel_size: [2, 3] },
      { depthwise_kernel: [2, 3, 4, 2], pointwise_kernel: [1, 1, 8, 3], ...bias },
      [separableConv2d(3, [2, 3], { depthMultiplier: 2 })],
      ["depthwiseWeight", "weight", "bias"],
    ],
    [
      "Conv2DTranspose",
      "Conv2DTranspose",
      image,
      { filters: 3, kernel_size: [3, 2], strides: [2, 2], padding: "same" },
      { kernel: [3, 2, 3, 4], ...bias },
      [conv2dTranspose(3, [3, 2], { strides: 2, padding: "same" })],
      ["weight", "bias"],
    ],
    [
      "Conv2DTranspose whose strides are larger than its kernel: 6 x 3 rows",
      "Conv2DTranspose",
      image,
      { filters: 3, kernel_size: [2, 3], strides: [3, 3] },
      { kernel: [2, 3, 3, 4], ...bias },
      [conv2dTranspose(3, [2, 3], { strides: 3, padding: [0, 0], outputPadding: [1, 0] })],
      ["weight", "bias"],
    ],
    [
      "Conv2DTranspose with an output_padding: (6 - 1) 2 + 4 - 2 x 2 + 1 = 11 rows, one cut before",
      "Conv2DTranspose",
      image,
      { filters: 3, kernel_size: 4, strides: 2, padding: "same", output_padding: [1, 1] },
      { kernel: [4, 4, 3, 4], ...bias },
      [
        conv2dTranspose(3, 4, {
          strides: 2,
          padding: [
            [1, 2],
            [1, 2],
          ],
        }),
      ],
      ["weight", "bias"],
    ],
    [
      "BatchNormalization",
      "BatchNormalization",
      image,
      { axis: [3], momentum: 0.8, epsilon: 0.01 },
      { ...norm, moving_mean: [4], moving_variance: [4] },
      [batchNormalization({ momentum: 0.8, epsilon: 0.01 })],
      ["gamma", "beta", "movingMean", "movingVariance"],
    ],
    [
      "BatchNormalization without factors, which does not train",
      "BatchNormalization",
      image,
      { axis: -1, scale: false, center: false, trainable: false },
      { moving_mean: [4], moving_variance: [4] },
      [batchNormalization({ scale: false, center: false, trainable: false })],
      ["movingMean", "movingVariance"],
    ],
    [
      "LayerNormalization",
      "LayerNormalization",
      image,
      { axis: [3], epsilon: 0.01, center: false },
      { gamma: [4] },
      [layerNormalization({ epsilon: 0.01, center: false })],
      ["gamma"],
    ],
    [
      "LayerNormalization over two axes",
      "LayerNormalization",
      image,
      { axis: [3, -2] },
      { gamma: [5, 4], beta: [5, 4] },
      [layerNormalization({ axis: [-2, -1] })],
      ["gamma", "beta"],
    ],
    [
      "GroupNormalization",
      "GroupNormalization",
      image,
      { groups: 2 },
      norm,
      [groupNormalization({ groups: 2 })],
      ["gamma", "beta"],
    ],
    [
      "GroupNormalization of instances",
      "GroupNormalization",
      image,
      { groups: -1, scale: false },
      { beta: [4] },
      [groupNormalization({ groups: 4, scale: false })],
      ["beta"],
    ],
    [
      "RMSNormalization",
      "RMSNormalization",
      image,
      { axis: -1 },
      { scale: [4] },
      [rmsNormalization()],
      ["gamma"],
    ],
    [
      "MaxPooling2D",
      "MaxPooling2D",
      image,
      { pool_size: [3, 2], strides: [2, 1], padding: "same" },
      {},
      [maxPool2d({ poolSize: [3, 2], strides: [2, 1], padding: "same" })],
      [],
    ],
    [
      "MaxPooling1D",
      "MaxPooling1D",
      sequence,
      { pool_size: [3], strides: null },
      {},
      [maxPool1d({ poolSize: 3 })],
      [],
    ],
    [
      "AveragePooling2D",
      "AveragePooling2D",
      image,
      { pool_size: 3, strides: 1, padding: "same" },
      {},
      [averagePool2d({ poolSize: 3, strides: 1, padding: "same" })],
      [],
    ],
    ["AveragePooling1D", "AveragePooling1D", sequence, {}, {}, [averagePool1d()], []],
    [
      "GlobalAveragePooling2D that keeps axes",
      "GlobalAveragePooling2D",
      image,
      { keepdims: true },
      {},
      [globalAveragePool2d({ keepDims: true })],
      [],
    ],
    ["GlobalMaxPooling2D", "GlobalMaxPooling2D", image, {}, {}, [globalMaxPool2d()], []],
    ["GlobalAveragePooling1D", "GlobalAveragePooling1D", sequence, {}, {}, [globalAveragePool1d()], []],
    [
      "UpSampling2D",
      "UpSampling2D",
      image,
      { size: [2, 3], interpolation: "bilinear" },
      {},
      [upSampling2d({ size: [2, 3], interpolation: "bilinear" })],
      [],
    ],
    ["UpSampling1D", "UpSampling1D", sequence, { size: 3 }, {}, [upSampling1d({ size: 3 })], []],
    [
      "Resizing",
      "Resizing",
      image,
      { height: 4, width: 9, interpolation: "nearest" },
      {},
      [resizing({ height: 4, width: 9, interpolation: "nearest" })],
      [],
    ],
    [
      "ZeroPadding2D",
      "ZeroPadding2D",
      image,
      {
        padding: [
          [1, 0],
          [0, 2],
        ],
      },
      {},
      [
        zeroPadding2d({
          padding: [
            [1, 0],
            [0, 2],
          ],
        }),
      ],
      [],
    ],
    [
      "ZeroPadding2D by one number",
      "ZeroPadding2D",
      image,
      { padding: 2 },
      {},
      [zeroPadding2d({ padding: 2 })],
      [],
    ],
    [
      "ZeroPadding1D",
      "ZeroPadding1D",
      sequence,
      { padding: [1, 2] },
      {},
      [zeroPadding1d({ padding: [1, 2] })],
      [],
    ],
    [
      "Cropping2D",
      "Cropping2D",
      image,
      {
        cropping: [
          [1, 0],
          [0, 2],
        ],
      },
      {},
      [
        cropping2d({
          cropping: [
            [1, 0],
            [0, 2],
          ],
        }),
      ],
      [],
    ],
    ["Cropping1D", "Cropping1D", sequence, { cropping: [1, 2] }, {}, [cropping1d({ cropping: [1, 2] })], []],
    ["Permute", "Permute", image, { dims: [3, 1, 2] }, {}, [permute([3, 1, 2])], []],
    ["SpatialDropout2D", "SpatialDropout2D", image, { rate: 0.5 }, {}, [spatialDropout2d(0.5)], []],
    ["SpatialDropout1D", "SpatialDropout1D", sequence, { rate: 0.5 }, {}, [spatialDropout1d(0.5)], []],
    [
      "Dropout of whole channels",
      "Dropout",
      image,
      { rate: 0.5, noise_shape: [null, 1, 1, null] },
      {},
      [spatialDropout2d(0.5)],
      [],
    ],
    [
      "Dropout of other noise",
      "Dropout",
      image,
      { rate: 0.5, noise_shape: [null, 1, 5, null] },
      {},
      [dropout(0.5)],
      [],
    ],
    ["Flatten", "Flatten", image, {}, {}, [flatten()], []],
    ["Reshape", "Reshape", image, { target_shape: [-1, 8] }, {}, [reshape([15, 8])], []],
  ])("%s", (_, type, inputShape, config, weights, layers, tensors) => {
    const file = fileOf(type, inputShape, config, weights);
    using model = read(file);
    using expected = new Sequential(backend, { inputShape, layers });
    expect(typesOf(model)).toEqual(typesOf(expected));
    expect(model.outputShape).toEqual(expected.outputShape);
    const { momentum, trainable } = model.layers[0].config;
    expect([momentum ?? 0.99, trainable]).toEqual([
      expected.layers[0].config.momentum ?? 0.99,
      expected.layers[0].config.trainable,
    ]);
    const numbers = [...file.values.values()];
    const own = new Map(
      [...expected.parameters, ...expected.buffers].map(({ name, value }) => [name, value]),
    );
    expect([...own.keys()].sort()).toEqual(tensors.map((name) => `0.${name}`).sort());
    for (const [i, name] of tensors.entries()) own.get(`0.${name}`)?.set(numbers[i]);
    const x = inputsOf(expected);
    expect(model.predict(x)).toEqual(expected.predict(x));
  });
});

describe("layers that lanewise has in another form", () => {
  it("Conv1DTranspose is that of an image of one row", () => {
    const file = fileOf(
      "Conv1DTranspose",
      [3, 1],
      { filters: 1, kernel_size: [2], strides: [2] },
      { kernel: [2, 1, 1], bias: [1] },
    );
    using model = read(file);
    const [[p, q], [b]] = [...file.values.values()];
    expect(model.outputShape).toEqual([6, 1]);
    expectClose(model.predict([1, 2, 3]), [p + b, q + b, 2 * p + b, 2 * q + b, 3 * p + b, 3 * q + b]);
  });

  it("Conv1DTranspose with an output_padding has a step more", () => {
    const config = { filters: 1, kernel_size: [3], strides: [2], output_padding: [1] };
    const file = fileOf("Conv1DTranspose", [2, 1], config, { kernel: [3, 1, 1], bias: [1] });
    using model = read(file);
    const [[p, q, r], [b]] = [...file.values.values()];
    expectClose(model.predict([1, 2]), [p + b, q + b, r + 2 * p + b, 2 * q + b, 2 * r + b, b]);
  });

  it("SeparableConv1D and DepthwiseConv1D, causal: no output depends on later inputs", () => {
    const config = { filters: 1, kernel_size: 2, padding: "causal" };
    const file = fileOf("SeparableConv1D", [3, 1], config, {
      depthwise_kernel: [2, 1, 1],
      pointwise_kernel: [1, 1, 1],
      bias: [1],
    });
    using model = read(file);
    const [[p, q], [w], [b]] = [...file.values.values()];
    expectClose(model.predict([1, 2, 3]), [q * w + b, (p + 2 * q) * w + b, (2 * p + 3 * q) * w + b]);
    const each = fileOf("DepthwiseConv1D", [3, 1], { kernel_size: 2 }, { kernel: [2, 1, 1], bias: [1] });
    using depthwise = read(each);
    const [[d, e], [c]] = [...each.values.values()];
    expectClose(depthwise.predict([1, 2, 3]), [d + 2 * e + c, 2 * d + 3 * e + c]);
  });

  it("channels first are turned to the last and back, and not twice between two layers", () => {
    const { json, shards } = fileOf(
      "Conv2D",
      [2, 3, 4],
      { filters: 3, kernel_size: 1, data_format: "channels_first" },
      { kernel: [1, 1, 2, 3], bias: [3] },
    );
    const { layers } = (json as { modelTopology: { config: { layers: object[] } } }).modelTopology.config;
    layers.push({ class_name: "MaxPooling2D", config: { name: "p", data_format: "channels_first" } });
    using model = importTfjs(backend, json, shards);
    expect(typesOf(model)).toEqual(["permute", "conv2d", "maxPool2d", "permute"]);
    expect(model.outputShape).toEqual([3, 1, 2]);
  });

  it("BatchNormalization works along any axis: gamma (x - mean) / sqrt(variance + epsilon) + beta", () => {
    const weights = { gamma: [2], beta: [2], moving_mean: [2], moving_variance: [2] };
    const file = fileOf("BatchNormalization", [2, 1, 2], { axis: 1, epsilon: 0.5 }, weights);
    using model = read(file);
    const [gamma, beta, mean, variance] = [...file.values.values()];
    const x = [1, 2, 3, 4];
    const y = x.map((value, i) => {
      const c = i >> 1;
      return (gamma[c] * (value - mean[c])) / Math.sqrt(variance[c] + 0.5) + beta[c];
    });
    expectClose(model.predict(x), y);
  });

  it("Softmax works along any axis", () => {
    using model = read(fileOf("Softmax", [2, 2], { axis: 1 }));
    const [a, b] = [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-2))];
    expectClose(
      model.predict([1, 5, 3, 3]),
      [a, b, b, a].map((_, i) => [a, 1 / (1 + Math.exp(-2)), b, 1 / (1 + Math.exp(2))][i]),
    );
  });

  it.each<[string, object, Weights, (x: number, channel: number) => number]>([
    ["Rescaling", { scale: 0.5, offset: -1 }, {}, (x) => x / 2 - 1],
    ["Rescaling", { scale: [2, 3], offset: [1, 0] }, {}, (x, c) => x * [2, 3][c] + [1, 0][c]],
    [
      "Normalization",
      { axis: -1, mean: [1, 2], variance: [4, 9] },
      {},
      (x, c) => (x - [1, 2][c]) / [2, 3][c],
    ],
  ])("%s with %j of an image is a batch normalization that does not train", (type, config, weights, f) => {
    using model = read(fileOf(type, [1, 2, 2], config, weights));
    expect(model.layers.map(({ config }) => [config.type, config.trainable])).toEqual([
      ["batchNormalization", false],
    ]);
    expectClose(model.predict([1, 2, 3, 4]), [f(1, 0), f(2, 1), f(3, 0), f(4, 1)]);
  });

  it("images of any size are rescaled, by a number for each channel", () => {
    using model = read(fileOf("Rescaling", [224, 224, 3], { scale: 1 / 255 }));
    expect(model.buffers.map(({ value }) => value.length)).toEqual([3, 3]);
  });

  it.each(["RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast"])(
    "%s acts in training alone, and is left out",
    (type) => {
      using model = read(fileOf(type, [2, 2, 1], { factor: 0.1 }));
      expect([...model.predict([1, 2, 3, 4])]).toEqual([1, 2, 3, 4]);
    },
  );

  it("a layer that Keras has frozen does not train", async () => {
    const weights = { kernel: [1, 1, 1, 1], bias: [1] };
    for (const trainable of [true, false]) {
      using model = read(fileOf("Conv2D", [2, 2, 1], { filters: 1, kernel_size: 1, trainable }, weights));
      const before = model.weightsDigest();
      await model.fit([1, 2, 3, 4], [9, 9, 9, 9], { loss: "meanSquaredError", epochs: 1 });
      expect(model.weightsDigest() === before).toBe(!trainable);
    }
  });
});

describe("what importTfjs refuses names the layer and what to do", () => {
  const transposed = { filters: 3, kernel_size: 3 };
  it.each<[string, string, readonly number[], object, Weights, string]>([
    [
      "a kernel for other channels",
      "Conv2D",
      [6, 5, 1],
      { filters: 3, kernel_size: 3 },
      { kernel: [3, 3, 4, 3], bias: [3] },
      "weightsManifest: l/kernel expected [3, 3, 1, 3], got [3, 3, 4, 3]",
    ],
    [
      "missing weights",
      "BatchNormalization",
      image,
      {},
      { gamma: [4], beta: [4], moving_mean: [4] },
      "l/moving_variance [4] is missing",
    ],
    [
      "a row for a convolution",
      "Conv2D",
      [8],
      { filters: 3, kernel_size: 3 },
      {},
      'layers[1]: "l": conv2d expected an input of [batch, height, width, channels], got [batch, 8]',
    ],
    [
      "a kernel that is too large",
      "Conv2DTranspose",
      [2],
      transposed,
      {},
      '"l": conv2dTranspose expected an input of',
    ],
    [
      "groups that do not divide",
      "Conv2D",
      image,
      { filters: 3, kernel_size: 1, groups: 3 },
      {},
      '"l": conv2d expected groups to divide the 4 channels',
    ],
    [
      "an unknown padding",
      "Conv2D",
      image,
      { filters: 3, kernel_size: 1, padding: "reflect" },
      {},
      'config.padding: expected valid or same, got "reflect"',
    ],
    [
      "a causal image",
      "Conv2D",
      image,
      { filters: 3, kernel_size: 1, padding: "causal" },
      {},
      'config.padding: expected valid or same, got "causal"',
    ],
    [
      "an unknown padding of a pool",
      "MaxPooling2D",
      image,
      { padding: "full" },
      {},
      'config.padding: expected "valid" or "same", got "full"',
    ],
    [
      "three sizes",
      "Conv2D",
      image,
      { filters: 3, kernel_size: [1, 1, 1] },
      {},
      "config.kernel_size: expected 2 sizes",
    ],
    [
      "an unknown order of axes",
      "Conv2D",
      image,
      { filters: 3, kernel_size: 1, data_format: "NHWC" },
      {},
      'config.data_format: expected "channels_last" or "channels_first"',
    ],
    [
      "an interpolation",
      "UpSampling2D",
      image,
      { interpolation: "bicubic" },
      {},
      'config.interpolation: expected "nearest" or "bilinear", which lanewise has, got "bicubic"',
    ],
    [
      "another kind of resizing",
      "Resizing",
      image,
      { height: 2, width: 2, crop_to_aspect_ratio: true },
      {},
      "config.crop_to_aspect_ratio: expected false",
    ],
    [
      "first axes",
      "LayerNormalization",
      image,
      { axis: [1] },
      {},
      "config.axis: expected the last axes; put a Permute before and after it",
    ],
    [
      "the root mean square by an option",
      "LayerNormalization",
      image,
      { rms_scaling: true },
      {},
      "config.rms_scaling: expected false; use RMSNormalization",
    ],
    [
      "a Normalization that goes back",
      "Normalization",
      [2],
      { invert: true },
      {},
      "config.invert: expected false",
    ],
    [
      "an axis twice",
      "Permute",
      image,
      { dims: [1, 1, 2] },
      {},
      "config.dims: expected each axis from 1 to 3 once",
    ],
    ["no scale", "Rescaling", image, {}, {}, "config.scale: expected a finite number, got nothing"],
    [
      "numbers for other channels",
      "Rescaling",
      image,
      { scale: [1, 2] },
      {},
      "config.scale: expected 1 number or 4",
    ],
    [
      "sides of three axes",
      "ZeroPadding2D",
      image,
      { padding: [1, 1, 1] },
      {},
      "config.padding: expected sides of rows and columns",
    ],
    ["channels without number", "BatchNormalization", [2, 1e9], {}, {}, "l/gamma [1000000000] is missing"],
    [
      "channels of a scale without number",
      "Rescaling",
      [2, 1e9],
      { scale: 2 },
      {},
      "expected weights for each of 1000000000 inputs",
    ],
  ])("%s", (_, type, inputShape, config, weights, message) => {
    const file = fileOf(type, inputShape, config, weights);
    const { liveBlocks } = backend.memory;
    expect(() => read(file)).toThrow(FormatError);
    expect(() => read(file)).toThrow(message);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  it.each([
    [
      "UpSampling2D",
      { interpolation: "bilinear" },
      'expected "nearest", got "bilinear": TensorFlow.js takes pixels at their corners',
    ],
    ["Resizing", { height: 2, width: 2 }, 'got "bilinear": TensorFlow.js takes pixels at their corners'],
    [
      "Resizing",
      { height: 2, width: 2, interpolation: "nearest" },
      "expected a Resizing of Keras, got one of TensorFlow.js",
    ],
  ])("%s with %j of TensorFlow.js", (type, config, message) => {
    const file = fileOf(type, image, config);
    Object.assign((file.json as { modelTopology: object }).modelTopology, {
      keras_version: "tfjs-layers 4.22.0",
    });
    expect(() => read(file)).toThrow(message);
  });
});

describe("a layer that goes to TensorFlow.js and back", () => {
  const filled = (model: Model): Model => {
    for (const { value } of model.parameters) value.set(random.floats(value.length));
    for (const { name, value } of model.buffers)
      value.set(random.floats(value.length, name.endsWith("mean") ? -1 : 0.5, 2));
    return model;
  };
  const classesOf = (model: Model): string[] =>
    JSON.parse(exportTfjs(model)["model.json"]).modelTopology.config.layers.map(
      ({ class_name }: { class_name: string }) => class_name,
    );

  it.each<[string, readonly number[], Layer, string[]]>([
    [
      "conv2d",
      image,
      conv2d(3, [3, 2], { strides: [2, 1], padding: "same", activation: "relu" }),
      ["Conv2D"],
    ],
    ["padding in numbers", image, conv2d(3, 3, { strides: 2, padding: [1, 2] }), ["ZeroPadding2D", "Conv2D"]],
    ["padding that is same", image, conv2d(3, 3, { padding: 1 }), ["Conv2D"]],
    [
      "padding that is same only for some sizes",
      image,
      conv2d(3, 3, { padding: 1, strides: 2 }),
      ["ZeroPadding2D", "Conv2D"],
    ],
    ["a group a channel", image, conv2d(8, 3, { groups: 4 }), ["DepthwiseConv2D"]],
    ["frozen", image, conv2d(3, 1, { trainable: false }), ["Conv2D"]],
    [
      "causal",
      sequence,
      conv1d(3, 3, { padding: "causal" }),
      ["Reshape", "ZeroPadding2D", "Reshape", "Conv1D"],
    ],
    [
      "depthwiseConv2d",
      image,
      depthwiseConv2d(3, { depthMultiplier: 2, activation: "leakyRelu" }),
      ["DepthwiseConv2D", "LeakyReLU"],
    ],
    ["separableConv2d", image, separableConv2d(3, 3, { depthMultiplier: 2 }), ["SeparableConv2D"]],
    [
      "conv2dTranspose, same",
      image,
      conv2dTranspose(3, 3, { strides: 2, padding: "same" }),
      ["Conv2DTranspose"],
    ],
    ["conv2dTranspose, valid", image, conv2dTranspose(3, 3, { strides: 2 }), ["Conv2DTranspose"]],
    [
      "conv2dTranspose, cropped",
      image,
      conv2dTranspose(3, 4, { strides: 2, padding: 1, outputPadding: 1 }),
      ["Conv2DTranspose", "Cropping2D"],
    ],
    [
      "conv2dTranspose of a small kernel",
      image,
      conv2dTranspose(3, 1, { strides: 2 }),
      ["Conv2DTranspose", "Cropping2D"],
    ],
    ["maxPool2d", image, maxPool2d({ poolSize: 3, strides: 2, padding: "same" }), ["MaxPooling2D"]],
    [
      "maxPool2d, numbers that are same",
      image,
      maxPool2d({ poolSize: 3, strides: 1, padding: 1 }),
      ["MaxPooling2D"],
    ],
    [
      "averagePool2d that counts zeros",
      image,
      averagePool2d({ padding: 1, countPadding: true }),
      ["ZeroPadding2D", "AveragePooling2D"],
    ],
    ["averagePool1d", sequence, averagePool1d(), ["AveragePooling1D"]],
    [
      "globalAveragePool2d with axes",
      image,
      globalAveragePool2d({ keepDims: true }),
      ["GlobalAveragePooling2D", "Reshape"],
    ],
    ["upSampling1d", sequence, upSampling1d(), ["Reshape", "UpSampling2D", "Reshape"]],
    [
      "resizing by whole factors",
      image,
      resizing({ height: 12, width: 5, interpolation: "nearest" }),
      ["UpSampling2D"],
    ],
    ["zeroPadding1d", sequence, zeroPadding1d(), ["Reshape", "ZeroPadding2D", "Reshape"]],
    ["cropping1d", sequence, cropping1d({ cropping: [1, 2] }), ["Reshape", "Cropping2D", "Reshape"]],
    [
      "batchNormalization",
      image,
      batchNormalization({ momentum: 0.5, epsilon: 0.1, trainable: false }),
      ["BatchNormalization"],
    ],
    ["layerNormalization", image, layerNormalization({ axis: [2, 3], scale: false }), ["LayerNormalization"]],
    [
      "scaling of elements",
      [2, 2],
      scaling({ mean: [1, 2, 3, 4], deviation: [1, 2, 3, 4] }),
      ["Flatten", "BatchNormalization", "Reshape"],
    ],
    [
      "scaling of channels",
      [2, 2],
      scaling({ mean: [1, 2, 1, 2], deviation: [3, 4, 3, 4] }),
      ["BatchNormalization"],
    ],
    ["spatialDropout2d", image, spatialDropout2d(0.5), ["Dropout"]],
  ])("%s", (name, inputShape, layer, classes) => {
    using model = new Sequential(backend, { inputShape, layers: [layer, activation("linear")] });
    if (layer.config.type !== "scaling") filled(model);
    expect(classesOf(model)).toEqual([...classes, "Activation"]);
    const files = exportTfjs(model);
    using again = importTfjs(backend, files["model.json"], files);
    const x = inputsOf(model);
    expect(again.outputShape).toEqual(model.outputShape);
    expectClose(again.predict(x), model.predict(x), 2e-6);
    if (classes.length > 1) return;
    const { trainable, momentum, epsilon, rate } = layer.config;
    const [{ config }] = again.layers;
    if (!name.startsWith("scaling"))
      expect(config).toMatchObject(JSON.parse(JSON.stringify({ trainable, momentum, epsilon, rate })));
  });

  it.each<[readonly number[], Layer, string]>([
    [
      image,
      conv2d(4, 3, { groups: 2 }),
      "has 2 groups, and TensorFlow.js has no groups; use groups of one channel",
    ],
    [
      image,
      conv2d(4, 3, { strides: 2, dilation: 2 }),
      "has strides and a dilation, of which TensorFlow.js takes one; set the other to 1",
    ],
    [
      image,
      depthwiseConv2d(3, { dilation: 2 }),
      "has a dilation, which TensorFlow.js does not have there; use conv2d",
    ],
    [
      image,
      conv2dTranspose(4, 3, { groups: 2 }),
      "has 2 groups, and TensorFlow.js has no groups; use one group",
    ],
    [
      image,
      conv2dTranspose(4, 3, { dilation: 2 }),
      "has a dilation, which TensorFlow.js does not have there",
    ],
    [
      image,
      conv2dTranspose(4, 3, { strides: 2, outputPadding: 1 }),
      'has more outputPadding than padding behind, which TensorFlow.js does not have; use padding: "same"',
    ],
    [
      image,
      maxPool2d({ poolSize: 3, strides: 2, padding: 1 }),
      'has the padding [[1, 1], [1, 1]], and TensorFlow.js has "valid" and "same"; use one of these',
    ],
    [
      image,
      upSampling2d({ interpolation: "bilinear" }),
      'resizes by "bilinear", for which TensorFlow.js takes pixels elsewhere; use interpolation: "nearest"',
    ],
    [
      image,
      resizing({ height: 9, width: 5, interpolation: "nearest" }),
      "resizes by a factor that is not whole",
    ],
    [
      image,
      groupNormalization({ groups: 2 }),
      "is a groupNormalization, which TensorFlow.js does not have; use layerNormalization or batchNormalization",
    ],
    [
      image,
      rmsNormalization(),
      "is a rmsNormalization, which TensorFlow.js does not have; use layerNormalization",
    ],
  ])("of an input of %j is refused where TensorFlow.js cannot have it: %#", (inputShape, layer, message) => {
    using model = new Sequential(backend, { inputShape, layers: [activation("relu"), layer] });
    expect(() => exportTfjs(model)).toThrow(ValueError);
    expect(() => exportTfjs(model)).toThrow(`exportTfjs: layer 1 ${message}`);
  });

  it("a layer with a name is called so, in the file and in messages", () => {
    using model = new Sequential(backend, {
      inputShape: image,
      layers: [conv2d(3, 1, { name: "a/b" }), rmsNormalization({ name: "root" })],
    });
    expect(() => exportTfjs(model)).toThrow('layer "root" is a rmsNormalization');
    using named = new Sequential(backend, { inputShape: 2, layers: [dense(3, { name: "a/b" })] });
    expect(exportTfjs(named)["model.json"]).toContain('"a_b/kernel"');
  });
});
