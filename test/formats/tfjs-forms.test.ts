import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/index.js";
import { importTfjs } from "../../src/tfjs.js";
import { backend, expectClose, fileOf, read, typesOf, type Weights } from "./keras-file.js";

/**
 * Layers of Keras that lanewise has in another form, and what it refuses. Expected values are worked out by
 * hand.
 */

const image = [6, 5, 4];

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

  it.each([[[1]], [1]])("Conv1DTranspose with an output_padding of %j has a step more", (output_padding) => {
    const config = { filters: 1, kernel_size: [3], strides: [2], output_padding };
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
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    // The pairs are 1 and 3, 5 and 3.
    expectClose(model.predict([1, 5, 3, 3]), [sigmoid(-2), sigmoid(2), sigmoid(2), sigmoid(-2)]);
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
    expect(model.buffers.map(({ value }) => value.length)).toEqual([3, 3, 3, 3]);
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
      const numbers = () =>
        JSON.stringify([...model.parameters, ...model.buffers].map(({ value }) => [...value.data]));
      const before = numbers();
      await model.fit([1, 2, 3, 4], [9, 9, 9, 9], { loss: "meanSquaredError", epochs: 1 });
      expect(numbers() === before).toBe(!trainable);
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
