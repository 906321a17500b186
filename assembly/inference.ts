// What running a model needs. tools/forward-only.mjs takes the backward kernels out of these builds.
import { attention as attentionOf } from "./attention";
import { gemm as gemmOf } from "./gemm";

export * from "./activation";
export { attentionWorkspace } from "./attention";
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
export { gruResetBefore, gruResetBeforeWorkspace } from "./reset-before";
export { rotate } from "./rotate";
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

/** attention that draws nothing and keeps no statistics, whatever the arguments say. */
export function attention(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  y: usize,
  statistics: usize,
  record: usize,
  w: usize,
  batch: i32,
  keep: f32,
  threshold: f32,
  key0: i32,
  key1: i32,
): void {
  attentionOf(q, k, v, mask, y, 0, record, w, batch, 1, 0, 0, 0);
}
