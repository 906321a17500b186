// What running a model needs: the forward half of index.ts.
import { gemm as gemmOf } from "./gemm";

export {
  elu,
  exp,
  gelu,
  geluTanh,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
} from "./activation";
export { standardize } from "./broadcast";
export { copyRows } from "./copy";
export { add, hadamard, scale } from "./elementwise";
export { gemmWorkspace } from "./gemm";
export { prelu } from "./prelu";
export { logSoftmax, softmax } from "./softmax";
export * from "./version";

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
