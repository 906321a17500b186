import {
  activation,
  additiveAttention,
  averagePool1d,
  averagePool2d,
  batchNormalization,
  bidirectional,
  conv1d,
  conv2d,
  conv2dTranspose,
  cropping1d,
  cropping2d,
  dense,
  depthwiseConv2d,
  dotAttention,
  dropout,
  embedding,
  flatten,
  gaussianNoise,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  groupNormalization,
  gru,
  type Layer,
  type LayerSpec,
  layerNormalization,
  lstm,
  masking,
  maxPool1d,
  maxPool2d,
  multiHeadAttention,
  permute,
  positionalEncoding,
  positionEmbedding,
  prelu,
  reshape,
  resizing,
  rmsNormalization,
  scaling,
  separableConv2d,
  simpleRnn,
  spatialDropout1d,
  spatialDropout2d,
  transformerDecoder,
  transformerEncoder,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from "../../src/index.js";

/** A layer as JSON, the same layer by hand, and the shape of its input. */
export interface LayerCase {
  readonly spec: LayerSpec;
  readonly layer: Layer;
  readonly input: readonly number[];
}

const ROW = [6];
const SEQUENCE = [8, 4];
const IMAGE = [6, 6, 4];
const row = (spec: LayerSpec, layer: Layer): LayerCase => ({ spec, layer, input: ROW });
const sequence = (spec: LayerSpec, layer: Layer): LayerCase => ({ spec, layer, input: SEQUENCE });
const image = (spec: LayerSpec, layer: Layer): LayerCase => ({ spec, layer, input: IMAGE });

const mean = [1, 2, 3, 4, 5, 0.1];
const deviation = [2, 1, 2, 1, 2, 0.3];

/** Every layer that stands in a list, most with options that are no defaults. */
export const layerCases: readonly LayerCase[] = [
  row({ type: "dense", units: 5 }, dense(5)),
  row(
    {
      type: "dense",
      units: 5,
      activation: "tanh",
      useBias: false,
      kernelInitializer: "heNormal",
      kernelRegularizer: { l2: 0.01 },
      kernelConstraint: { maxNorm: 1 },
      name: "d",
    },
    dense(5, {
      activation: "tanh",
      useBias: false,
      kernelInitializer: "heNormal",
      kernelRegularizer: { l2: 0.01 },
      kernelConstraint: { maxNorm: 1 },
      name: "d",
    }),
  ),
  row({ type: "dense", units: 5, trainable: false }, dense(5, { trainable: false })),
  row({ type: "activation", activation: "leakyRelu", slope: 0.2 }, activation("leakyRelu", { slope: 0.2 })),
  row({ type: "dropout", rate: 0.3 }, dropout(0.3)),
  row({ type: "dropout", rate: 0.3, trainable: false }, dropout(0.3).frozen()),
  row({ type: "gaussianNoise", deviation: 0.1 }, gaussianNoise(0.1)),
  row({ type: "scaling", mean, deviation }, scaling({ mean, deviation })),
  row({ type: "prelu", alphaInitializer: 0.1 }, prelu({ alphaInitializer: 0.1 })),
  row({ type: "batchNormalization", momentum: 0.9 }, batchNormalization({ momentum: 0.9 })),
  row({ type: "layerNormalization", epsilon: 0.01 }, layerNormalization({ epsilon: 0.01 })),
  row({ type: "rmsNormalization" }, rmsNormalization()),
  row({ type: "reshape", shape: [2, 3] }, reshape([2, 3])),
  image({ type: "flatten" }, flatten()),
  image({ type: "permute", dims: [2, 1, 3] }, permute([2, 1, 3])),
  image({ type: "groupNormalization", groups: 2 }, groupNormalization({ groups: 2 })),
  image(
    { type: "conv2d", filters: 3, kernelSize: [3, 2], strides: 2, padding: "same", activation: "relu" },
    conv2d(3, [3, 2], { strides: 2, padding: "same", activation: "relu" }),
  ),
  image(
    { type: "conv2dTranspose", filters: 3, kernelSize: 3, strides: 2, outputPadding: 1 },
    conv2dTranspose(3, 3, { strides: 2, outputPadding: 1 }),
  ),
  image(
    { type: "depthwiseConv2d", kernelSize: 3, depthMultiplier: 2 },
    depthwiseConv2d(3, { depthMultiplier: 2 }),
  ),
  image(
    { type: "separableConv2d", filters: 3, kernelSize: 3, kernelInitializer: "lecunNormal" },
    separableConv2d(3, 3, { kernelInitializer: "lecunNormal" }),
  ),
  image({ type: "maxPool2d" }, maxPool2d()),
  image(
    { type: "averagePool2d", poolSize: 3, padding: "same" },
    averagePool2d({ poolSize: 3, padding: "same" }),
  ),
  image({ type: "globalMaxPool2d", keepDims: true }, globalMaxPool2d({ keepDims: true })),
  image({ type: "globalAveragePool2d" }, globalAveragePool2d()),
  image({ type: "upSampling2d", interpolation: "bilinear" }, upSampling2d({ interpolation: "bilinear" })),
  image({ type: "resizing", height: 4, width: 3 }, resizing({ height: 4, width: 3 })),
  image({ type: "zeroPadding2d", padding: [1, 2] }, zeroPadding2d({ padding: [1, 2] })),
  image({ type: "cropping2d", cropping: 1 }, cropping2d({ cropping: 1 })),
  image({ type: "spatialDropout2d", rate: 0.5 }, spatialDropout2d(0.5)),
  sequence(
    { type: "conv1d", filters: 3, kernelSize: 3, padding: "causal", dilation: 2 },
    conv1d(3, 3, { padding: "causal", dilation: 2 }),
  ),
  sequence({ type: "maxPool1d", poolSize: 4 }, maxPool1d({ poolSize: 4 })),
  sequence({ type: "averagePool1d" }, averagePool1d()),
  sequence({ type: "globalMaxPool1d" }, globalMaxPool1d()),
  sequence({ type: "globalAveragePool1d" }, globalAveragePool1d()),
  sequence({ type: "upSampling1d", size: 3 }, upSampling1d({ size: 3 })),
  sequence({ type: "zeroPadding1d" }, zeroPadding1d()),
  sequence({ type: "cropping1d", cropping: [1, 0] }, cropping1d({ cropping: [1, 0] })),
  sequence({ type: "spatialDropout1d", rate: 0.5 }, spatialDropout1d(0.5)),
  sequence({ type: "masking", value: 2 }, masking({ value: 2 })),
  sequence({ type: "simpleRnn", units: 3, activation: "relu" }, simpleRnn(3, { activation: "relu" })),
  sequence(
    { type: "lstm", units: 3, returnSequences: true, unitForgetBias: false },
    lstm(3, { returnSequences: true, unitForgetBias: false }),
  ),
  sequence(
    { type: "gru", units: 3, resetAfter: false, recurrentInitializer: "glorotNormal" },
    gru(3, { resetAfter: false, recurrentInitializer: "glorotNormal" }),
  ),
  sequence(
    { type: "bidirectional", merge: "sum", layer: { type: "lstm", units: 3, trainable: true } },
    bidirectional(lstm(3, { trainable: true }), { merge: "sum" }),
  ),
  sequence(
    { type: "multiHeadAttention", heads: 2, causal: true, biasInitializer: "lecunUniform" },
    multiHeadAttention({ heads: 2, causal: true, biasInitializer: "lecunUniform" }),
  ),
  sequence({ type: "positionalEncoding", base: 100 }, positionalEncoding({ base: 100 })),
  sequence(
    { type: "positionEmbedding", initializer: "heUniform" },
    positionEmbedding({ initializer: "heUniform" }),
  ),
  sequence(
    { type: "transformerEncoder", heads: 2, hidden: 8, activation: "swiglu", kernelInitializer: "heUniform" },
    transformerEncoder({ heads: 2, hidden: 8, activation: "swiglu", kernelInitializer: "heUniform" }),
  ),
  {
    spec: { type: "embedding", vocabulary: 10, units: 4, initializer: { normal: 0.5 }, paddingIndex: 0 },
    layer: embedding(10, 4, { initializer: { normal: 0.5 }, paddingIndex: 0 }),
    input: [5],
  },
];

/** Every layer of two sequences. */
export const pairCases: readonly LayerCase[] = [
  sequence({ type: "dotAttention", scaled: true }, dotAttention({ scaled: true })),
  sequence({ type: "additiveAttention", units: 3 }, additiveAttention(3)),
  sequence({ type: "transformerDecoder", heads: 2, hidden: 8 }, transformerDecoder({ heads: 2, hidden: 8 })),
];
