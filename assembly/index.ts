export * from "./activation";
export { attention, attentionWorkspace } from "./attention";
export { attentionBackward, attentionGradientWorkspace } from "./attention-backward";
export { copyBox } from "./box";
export { addRow, scaleRows, standardize, standardizeBackward } from "./broadcast";
export { columnWorkspace } from "./column-sums";
export {
  convolution,
  convolutionTransposed,
  convolutionWeightGradient,
} from "./convolution";
export { copyRows } from "./copy";
export {
  depthwise,
  depthwiseInputGradient,
  depthwiseWeightGradient,
  depthwiseWorkspace,
} from "./depthwise";
export { add, axpy, clip, hadamard, scale, subtract, zero } from "./elementwise";
export {
  embed,
  embeddingGradient,
  embeddingMeanGradient,
  embedMean,
  firstNonIndex,
} from "./embedding";
export * from "./gather";
export { gemm, gemmWorkspace } from "./gemm";
export * from "./loss";
export * from "./normalize-channels";
export * from "./normalize-rows";
export * from "./optimizer";
export { averagePool, averagePoolBackward, averagePositions, maxPool, maxPoolBackward } from "./pooling";
export * from "./prelu";
export { dropout, fillNormal, fillUniform, gaussianNoise, shuffle } from "./random";
export * from "./recurrent";
export * from "./recurrent-gradient";
export { firstNonFinite, largestMagnitude, sum, sumOfSquares, sumRows } from "./reduce";
export * from "./regularization";
export { resample, resampleBackward } from "./resample";
export * from "./reset-before";
export { rotate } from "./rotate";
export { logSoftmax, logSoftmaxBackward, softmax, softmaxBackward } from "./softmax";
export { averageSteps, averageStepsBackward, maxSteps, maxStepsBackward, realSteps } from "./steps";
export { transpose } from "./transpose";
export * from "./version";
export { convolutionWorkspace } from "./windows";
