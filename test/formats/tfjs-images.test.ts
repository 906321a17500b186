import { describe, expect, it } from "vitest";
import {
  activation,
  averagePool1d,
  averagePool2d,
  batchNormalization,
  conv1d,
  conv2d,
  conv2dTranspose,
  cropping1d,
  cropping2d,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool2d,
  groupNormalization,
  type Layer,
  layerNormalization,
  maxPool1d,
  maxPool2d,
  permute,
  reshape,
  resizing,
  rmsNormalization,
  Sequential,
  separableConv2d,
  spatialDropout1d,
  spatialDropout2d,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from "../../src/index.js";
import { backend, fileOf, inputsOf, read, typesOf, type Weights } from "./keras-file.js";

/**
 * What each layer of Keras becomes, held against the layer of lanewise with the same weights. test/interop/
 * holds both against TensorFlow.js.
 */

const image = [6, 5, 4];
const sequence = [7, 4];

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
