// What running a model needs. tools/forward-only.mjs takes the backward kernels out of these builds.
import { gemm as gemmOf } from "./gemm";

export * from "./activation";
export { copyBox } from "./box";
export { scaleRows, standardize } from "./broadcast";
export { columnWorkspace } from "./column-sums";
export { convolution, convolutionTransposed } from "./convolution";
export { copyRows } from "./copy";
export { depthwise, depthwiseWorkspace } from "./depthwise";
export { add, hadamard, scale } from "./elementwise";
export { embed, embedMean, firstNonIndex } from "./embedding";
export { gemmWorkspace } from "./gemm";
export { channelMoments, normalizeChannels } from "./normalize-channels";
export { normalizeRows } from "./normalize-rows";
export { averagePool, averagePositions, maxPool } from "./pooling";
export { prelu } from "./prelu";
export { gru, lstm, recurrentWorkspace, simpleRnn } from "./recurrent";
export { resample } from "./resample";
export { logSoftmax, softmax } from "./softmax";
export { averageSteps, maxSteps, realSteps } from "./steps";
export * from "./version";
export { convolutionWorkspace } from "./windows";

/**
 * gemm of operands as they stand, whatever the last flags say: no layer multiplies by a transpose, so the
 * code for that folds away.
 */
export function gemm(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  m: i32,
  n: i32,
  k: i32,
  lda: i32,
  ldb: i32,
  ldc: i32,
  ldd: i32,
  transposeA: i32,
  transposeB: i32,
  workspace: usize,
): void {
  gemmOf(a, b, c, d, m, n, k, lda, ldb, ldc, ldd, 0, 0, workspace);
}
