import { activationLayer, activationOf, preluLayer } from "./activations.js";
import { bidirectional, recurrent, step } from "./recurrent.js";
import { embedding, masking } from "./sequences.js";
import {
  convolution,
  cropping,
  depthwise,
  globalPool,
  padding,
  pool,
  resampling,
  separable,
  transposed,
} from "./windows.js";
import type { Write, Writing, Written } from "./writer.js";

const dense: Write = (writing) => {
  const { writer, config, inputs, to, name, stored, find } = writing;
  const { word, after } = activationOf(writing);
  const { units, useBias, trainable } = config;
  const options = { units, use_bias: useBias, activation: word, ...(trainable === false && { trainable }) };
  const weights = { kernel: stored("weight"), bias: find("bias") };
  return after(writer.call("Dense", name, options, inputs, to, weights));
};

/** A layer without weights, of the same inputs. */
const plain =
  (className: string, options: (writing: Writing) => object = () => ({})): Write =>
  (writing) => {
    const { writer, inputs, to, name } = writing;
    return writer.call(className, name, options(writing), inputs, to, {});
  };

/** What both kinds of normalization have. */
const affine = ({ config, find }: Writing) => {
  const [gamma, beta] = [find("gamma"), find("beta")];
  const { trainable, epsilon = 1e-3 } = config;
  const options = {
    epsilon,
    scale: gamma !== undefined,
    center: beta !== undefined,
    ...(trainable === false && { trainable }),
  };
  return { options, weights: { gamma, beta } };
};

const batchNorm: Write = (writing) => {
  const { writer, config, inputs, to, name, stored } = writing;
  const { options, weights } = affine(writing);
  return writer.call(
    "BatchNormalization",
    name,
    { axis: -1, momentum: config.momentum ?? 0.99, ...options },
    inputs,
    to,
    { ...weights, moving_mean: stored("movingMean"), moving_variance: stored("movingVariance") },
  );
};

const layerNorm: Write = (writing) => {
  const { writer, config, inputs, to, name } = writing;
  const { options, weights } = affine(writing);
  const { axis = -1 } = config;
  const count = Array.isArray(axis) ? axis.length : 1;
  const axes = Array.from({ length: count }, (_, i) => i - count);
  return writer.call("LayerNormalization", name, { axis: axes, ...options }, inputs, to, weights);
};

/** What writes what TensorFlow.js has no layer for. */
const ELSEWHERE = "use exportOnnx, which onnxruntime-web runs in a browser";

const absent =
  (what: string, remedy: string): Write =>
  ({ refusal }) => {
    throw refusal(`is of type ${what}, which TensorFlow.js does not have; ${remedy}`);
  };

/**
 * (x - mean) / deviation as a BatchNormalization that is not trained, of a variance of 1, which any deviation
 * has room in. Numbers that differ between the positions of an image are channels of one row.
 */
const scaling: Write = ({ writer, inputs: [x], name, stored }) => {
  const channels = x.shape[x.shape.length - 1];
  const [mean, deviation] = [stored("mean").values, stored("deviation").values];
  const isOfChannels = [mean, deviation].every((all) => all.every((value, i) => value === all[i % channels]));
  const size = isOfChannels ? channels : mean.length;
  const row = isOfChannels ? x : writer.add("Flatten", `flatten_${name}`, {}, [x], [size]);
  const numbers = (values: Float32Array) => ({ shape: [size], values: values.slice(0, size) });
  const scaled = writer.call(
    "BatchNormalization",
    name,
    { axis: -1, epsilon: 0, center: false, scale: true, trainable: false },
    [row],
    row.shape,
    {
      gamma: numbers(deviation.map((value) => 1 / value)),
      moving_mean: numbers(mean),
      moving_variance: numbers(new Float32Array(size).fill(1)),
    },
  );
  return writer.reshaped(scaled, x.shape);
};

const scaled = (writing: Writing, x: Written, factor: number, name: string): Written =>
  writing.writer.add("Rescaling", name, { scale: factor, offset: 0 }, [x], x.shape);

const subtract: Write = (writing) => {
  const { writer, inputs, to, name } = writing;
  const [a, b] = inputs;
  return writer.call("Add", name, {}, [a, scaled(writing, b, -1, `minus_${name}`)], to, {});
};

/** A part of the last axis, which is the width of an image of one channel. */
const slice: Write = ({ writer, config, inputs: [x], to, name }) => {
  const { begin, end } = config as typeof config & { begin: number; end: number };
  const last = x.shape[x.shape.length - 1];
  const rows = x.shape.reduce((size, length) => size * length, 1) / last;
  const image = writer.reshaped(x, [rows, last, 1]);
  const sides = [
    [0, 0],
    [begin, last - end],
  ];
  const part = [rows, end - begin, 1];
  const options = { cropping: sides, data_format: "channels_last" };
  return writer.reshaped(writer.add("Cropping2D", name, options, [image], part), to);
};

/** How each layer is written. */
export const layers: Readonly<Record<string, Write>> = {
  activation: activationLayer,
  add: plain("Add"),
  average: plain("Average"),
  averagePool1d: pool,
  averagePool2d: pool,
  batchNormalization: batchNorm,
  bidirectional,
  concatenate: plain("Concatenate", () => ({ axis: -1 })),
  conv1d: convolution,
  conv2d: convolution,
  conv2dTranspose: transposed,
  cropping1d: cropping,
  cropping2d: cropping,
  dense,
  depthwiseConv2d: depthwise,
  dropout: plain("Dropout", ({ config: { rate } }) => ({ rate })),
  embedding,
  flatten: plain("Flatten"),
  gaussianNoise: plain("GaussianNoise", ({ config: { deviation } }) => ({ stddev: deviation })),
  globalAveragePool1d: globalPool,
  globalAveragePool2d: globalPool,
  globalMaxPool1d: globalPool,
  globalMaxPool2d: globalPool,
  gru: recurrent,
  groupNormalization: absent("groupNormalization", "use layerNormalization or batchNormalization"),
  layerNormalization: layerNorm,
  lstm: recurrent,
  masking,
  maxPool1d: pool,
  maxPool2d: pool,
  multiHeadAttention: ({ refusal }) => {
    throw refusal(
      `is of type multiHeadAttention, which TensorFlow.js does not load ("Unknown layer: ` +
        `MultiHeadAttention"); ${ELSEWHERE}`,
    );
  },
  multiply: plain("Multiply"),
  permute: plain("Permute", ({ config: { dims } }) => ({ dims })),
  positionEmbedding: absent("positionEmbedding", ELSEWHERE),
  positionalEncoding: absent("positionalEncoding", ELSEWHERE),
  prelu: preluLayer,
  reshape: plain("Reshape", ({ to }) => ({ target_shape: to })),
  resizing: resampling,
  rmsNormalization: absent("rmsNormalization", "use layerNormalization"),
  scale: (writing) => scaled(writing, writing.inputs[0], writing.config.factor as number, writing.name),
  scaling,
  separableConv2d: separable,
  simpleRnn: recurrent,
  slice,
  spatialDropout1d: plain("SpatialDropout1D", ({ config: { rate } }) => ({ rate })),
  spatialDropout2d: plain("Dropout", ({ config: { rate } }) => ({ rate, noise_shape: [null, 1, 1, null] })),
  subtract,
  timeStep: step,
  transformerDecoder: absent("transformerDecoder", ELSEWHERE),
  transformerEncoder: absent("transformerEncoder", ELSEWHERE),
  upSampling1d: resampling,
  upSampling2d: resampling,
  zeroPadding1d: padding,
  zeroPadding2d: padding,
};
