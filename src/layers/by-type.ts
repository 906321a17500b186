import { activationFrom } from "./activation.js";
import { attentionFrom } from "./attention.js";
import { batchNormalizationFrom } from "./batch-normalization.js";
import { bidirectionalFrom } from "./bidirectional.js";
import { convolutionFrom } from "./convolution.js";
import { denseFrom } from "./dense.js";
import { depthwiseFrom, separableFrom } from "./depthwise.js";
import { embeddingFrom } from "./embedding.js";
import { additiveAttentionFrom, dotAttentionFrom } from "./encoder-attention.js";
import type { Layer, LayerConfig } from "./layer.js";
import { maskingFrom } from "./masking.js";
import { groupNormalizationFrom, rowNormalizationFrom } from "./normalization.js";
import { operationFrom, operationNames } from "./operation.js";
import { paddingFrom } from "./padding.js";
import { permuteFrom } from "./permute.js";
import { globalPoolingFrom, poolingFrom } from "./pooling.js";
import { positionalEncodingFrom, positionEmbeddingFrom } from "./positions.js";
import { preluFrom } from "./prelu.js";
import { dropoutFrom, gaussianNoiseFrom, spatialDropoutFrom } from "./random.js";
import { recurrentFrom } from "./recurrent.js";
import { resamplingFrom } from "./resampling.js";
import { flattenFrom, reshapeFrom } from "./reshape.js";
import { scalingFrom } from "./scaling.js";
import { transformerFrom } from "./transformer.js";

/** How a layer is made from its description in a model file. @throws ValueError for options out of range */
export type MakeLayer = (config: LayerConfig) => Layer;

/**
 * The layers of the library by their types in model files. A function, so that a bundle that loads no models
 * has only the layers that it uses.
 */
export const layersByType = (): Readonly<Record<string, MakeLayer>> => ({
  dense: (config) => denseFrom(config),
  activation: activationFrom,
  conv1d: (config) => convolutionFrom(config),
  conv2d: (config) => convolutionFrom(config),
  conv2dTranspose: (config) => convolutionFrom(config),
  depthwiseConv2d: (config) => depthwiseFrom(config),
  separableConv2d: (config) => separableFrom(config),
  maxPool1d: poolingFrom,
  maxPool2d: poolingFrom,
  averagePool1d: poolingFrom,
  averagePool2d: poolingFrom,
  globalMaxPool1d: globalPoolingFrom,
  globalMaxPool2d: globalPoolingFrom,
  globalAveragePool1d: globalPoolingFrom,
  globalAveragePool2d: globalPoolingFrom,
  upSampling1d: resamplingFrom,
  upSampling2d: resamplingFrom,
  resizing: resamplingFrom,
  zeroPadding1d: paddingFrom,
  zeroPadding2d: paddingFrom,
  cropping1d: paddingFrom,
  cropping2d: paddingFrom,
  permute: permuteFrom,
  prelu: (config) => preluFrom(config),
  embedding: (config) => embeddingFrom(config),
  masking: maskingFrom,
  dropout: dropoutFrom,
  spatialDropout1d: spatialDropoutFrom,
  spatialDropout2d: spatialDropoutFrom,
  gaussianNoise: gaussianNoiseFrom,
  scaling: (config) => scalingFrom(config),
  batchNormalization: batchNormalizationFrom,
  layerNormalization: rowNormalizationFrom,
  rmsNormalization: rowNormalizationFrom,
  groupNormalization: groupNormalizationFrom,
  simpleRnn: (config) => recurrentFrom(config),
  lstm: (config) => recurrentFrom(config),
  gru: (config) => recurrentFrom(config),
  bidirectional: bidirectionalFrom,
  multiHeadAttention: (config) => attentionFrom(config),
  dotAttention: dotAttentionFrom,
  additiveAttention: (config) => additiveAttentionFrom(config),
  positionalEncoding: positionalEncodingFrom,
  positionEmbedding: (config) => positionEmbeddingFrom(config),
  transformerEncoder: (config) => transformerFrom(config),
  transformerDecoder: (config) => transformerFrom(config),
  flatten: flattenFrom,
  reshape: reshapeFrom,
  ...Object.fromEntries(operationNames().map((name) => [name, operationFrom])),
});
