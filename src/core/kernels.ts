/** An address in linear memory, in bytes. */
export type Pointer = number;

/**
 * y = f(z), row by row or element by element. Activations without a parameter ignore it, and the others need
 * it: a number that is left out is NaN in WebAssembly.
 */
export type ForwardKernel = (z: Pointer, y: Pointer, rows: number, cols: number, parameter?: number) => void;
/** dz = dy f'(saved). */
export type BackwardKernel = (
  saved: Pointer,
  dy: Pointer,
  dz: Pointer,
  rows: number,
  cols: number,
  parameter?: number,
) => void;
type BinaryKernel = (a: Pointer, b: Pointer, y: Pointer, n: number) => void;
/** The sum of a loss's terms, weighted by row where there are weights. */
export type LossKernel = (
  p: Pointer,
  t: Pointer,
  n: number,
  s: number,
  weights?: Pointer,
  cols?: number,
) => number;
export type LossGradientKernel = (
  p: Pointer,
  t: Pointer,
  d: Pointer,
  n: number,
  s: number,
  scale: number,
) => void;

type ActivationKernel =
  | "relu"
  | "relu6"
  | "leakyRelu"
  | "elu"
  | "selu"
  | "gelu"
  | "geluTanh"
  | "silu"
  | "sigmoid"
  | "tanh"
  | "softplus"
  | "hardSwish"
  | "hardSigmoid"
  | "softsign"
  | "mish"
  | "exp"
  | "softmax"
  | "logSoftmax";
export type ElementwiseLossKernel =
  | "squaredError"
  | "absoluteError"
  | "huber"
  | "binaryCrossEntropy"
  | "binaryCrossEntropyWithLogits";

/** What the three builds export, as assembly/ documents it: addresses, counts and scalars only. */
export type Kernels = { [name in ActivationKernel]: ForwardKernel } & {
  [name in `${ActivationKernel}Backward`]: BackwardKernel;
} & {
  [name in ElementwiseLossKernel]: LossKernel;
} & { [name in `${ElementwiseLossKernel}Gradient`]: LossGradientKernel } & {
  abi(): number;
  variant(): number;
  gemm(
    a: Pointer,
    b: Pointer,
    c: Pointer,
    d: Pointer,
    m: number,
    n: number,
    k: number,
    lda: number,
    ldb: number,
    ldc: number,
    ldd: number,
    transposeA: number,
    transposeB: number,
    workspace: Pointer,
  ): void;
  gemmWorkspace(m: number, n: number, k: number): number;
  transpose(x: Pointer, y: Pointer, rows: number, cols: number): void;
  copyRows(x: Pointer, y: Pointer, rows: number, cols: number, xStride: number, yStride: number): void;
  addRow(z: Pointer, b: Pointer, y: Pointer, rows: number, cols: number): void;
  scaleRows(x: Pointer, w: Pointer, y: Pointer, rows: number, cols: number): void;
  standardize(x: Pointer, mean: Pointer, deviation: Pointer, y: Pointer, rows: number, cols: number): void;
  standardizeBackward(deviation: Pointer, dy: Pointer, dx: Pointer, rows: number, cols: number): void;
  prelu(z: Pointer, a: Pointer, y: Pointer, outer: number, cols: number, inner: number): void;
  preluBackward(
    z: Pointer,
    a: Pointer,
    dy: Pointer,
    dz: Pointer,
    outer: number,
    cols: number,
    inner: number,
  ): void;
  preluGradient(
    z: Pointer,
    dy: Pointer,
    w: Pointer,
    da: Pointer,
    outer: number,
    cols: number,
    inner: number,
    accumulate: number,
  ): void;
  sumRows(x: Pointer, y: Pointer, rows: number, cols: number, accumulate: number): void;
  add: BinaryKernel;
  subtract: BinaryKernel;
  hadamard: BinaryKernel;
  scale(x: Pointer, y: Pointer, n: number, s: number): void;
  axpy(x: Pointer, y: Pointer, n: number, s: number): void;
  clip(x: Pointer, n: number, limit: number): void;
  zero(x: Pointer, n: number): void;
  sum(x: Pointer, n: number): number;
  sumOfSquares(x: Pointer, n: number): number;
  firstNonFinite(x: Pointer, n: number): number;
  shuffle(x: Pointer, n: number, key0: number, key1: number): void;
  dropout(y: Pointer, n: number, keep: number, threshold: number, key0: number, key1: number): void;
  gaussianNoise(y: Pointer, n: number, deviation: number, key0: number, key1: number): void;
  penalize(w: Pointer, g: Pointer, n: number, l1: number, l2: number): void;
  normExcess(x: Pointer, y: Pointer, n: number, limit: number): void;
  gather(x: Pointer, index: Pointer, y: Pointer, rows: number, cols: number): void;
  softmaxCrossEntropy(
    z: Pointer,
    t: Pointer,
    label: Pointer,
    d: Pointer,
    terms: Pointer,
    e: Pointer,
    rows: number,
    cols: number,
    scale: number,
    weights?: Pointer,
  ): number;
  oneHot(label: Pointer, t: Pointer, rows: number, cols: number, on: number, off: number): void;
  affine(x: Pointer, y: Pointer, n: number, s: number, t: number): void;
  categoricalCrossEntropy(
    p: Pointer,
    t: Pointer,
    label: Pointer,
    d: Pointer,
    terms: Pointer,
    rows: number,
    cols: number,
    scale: number,
    weights?: Pointer,
  ): number;
  sgd(w: Pointer, g: Pointer, n: number, rate: number, decay: number): void;
  momentum(
    w: Pointer,
    g: Pointer,
    m: Pointer,
    n: number,
    decay: number,
    input: number,
    momentum: number,
    ofGradient: number,
    ofVelocity: number,
  ): void;
  adam(
    w: Pointer,
    g: Pointer,
    m: Pointer,
    v: Pointer,
    x: Pointer,
    n: number,
    decay: number,
    keep: number,
    rate: number,
    ofMean: number,
    ofSquare: number,
    epsilon: number,
    ofGradient: number,
  ): void;
  rmsprop(
    w: Pointer,
    g: Pointer,
    m: Pointer,
    v: Pointer,
    x: Pointer,
    n: number,
    decay: number,
    rate: number,
    keepSquare: number,
    ofSquare: number,
    epsilon: number,
    momentum: number,
  ): void;
  adadelta(
    w: Pointer,
    g: Pointer,
    m: Pointer,
    v: Pointer,
    n: number,
    decay: number,
    rate: number,
    ofSquare: number,
    epsilon: number,
  ): void;
  lion(
    w: Pointer,
    g: Pointer,
    m: Pointer,
    n: number,
    keep: number,
    rate: number,
    ofDirection: number,
    ofMean: number,
  ): void;
};
