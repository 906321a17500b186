import { readFileSync } from "node:fs";

/** The values that PyTorch computed in float64, by test/golden/generate.py. */

export interface Tensor {
  shape: number[];
  data: number[];
}

interface Pair {
  y: Tensor;
  dy: Tensor;
}

interface RowPair {
  x: Tensor;
  y: Tensor;
  upstream: Tensor;
  dx: Tensor;
}

interface LossCase {
  value: number;
  dPred: Tensor;
}

export interface TrainingCase {
  sizes: number[];
  batch: number;
  steps: number;
  X: Tensor;
  Y: Tensor | number[];
  init: Record<string, Tensor>;
  losses: number[];
  final: Record<string, Tensor>;
}

export interface LayerCase {
  inputs: Tensor[];
  params: Record<string, Tensor>;
  y: Tensor;
  upstream: Tensor;
  dInputs: Tensor[];
  dParams: Record<string, Tensor>;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8")) as T;
}

export const activations = read<{ x: Tensor; softmax: RowPair; logSoftmax: RowPair } & Record<string, Pair>>(
  "activations",
);
export const losses = read<
  {
    pred: Tensor;
    target: Tensor;
    prob: Tensor;
    binary: Tensor;
    labels: number[];
    onehot: Tensor;
    classWeights: Tensor;
  } & Record<string, LossCase>
>("losses");
export const optimizers = read<{ theta0: Tensor; grads: Tensor } & Record<string, Tensor>>("optimizers");
export const training = read<Record<string, TrainingCase>>("training");
export const layers = read<Record<string, LayerCase>>("layers");
export const { embedding_paddingIdx0: embeddingWithPadding } =
  read<Record<"embedding_paddingIdx0", LayerCase>>("sequences");
export const { prelu } = read<{ prelu: LayerCase }>("prelu");

/** Throws unless every |got - expected| <= absolute + relative |expected|, and says where it is not. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  absolute: number,
  relative = 0,
): void {
  if (got.length !== expected.length)
    throw new Error(`${what}: expected ${expected.length} values, got ${got.length}`);
  for (let i = 0; i < expected.length; i++) {
    const bound = absolute + relative * Math.abs(expected[i]);
    if (!(Math.abs(got[i] - expected[i]) <= bound)) {
      throw new Error(
        `${what}: at ${i} expected ${expected[i]} within ${bound}, got ${got[i]}, off by ${Math.abs(got[i] - expected[i])}`,
      );
    }
  }
}

/** [out, in], as PyTorch keeps weights, to [in, out]. */
export function transposed({ shape: [rows, cols], data }: Tensor): number[] {
  return Array.from({ length: rows * cols }, (_, i) => data[(i % rows) * cols + Math.floor(i / rows)]);
}

/** An array whose axes come in another order: axis i of the result is axis `order[i]` of the tensor. */
export function permuted({ shape, data }: Tensor, order: readonly number[]): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, length) => size * length, 1));
  const walk = (axis: number, from: number): number[] =>
    axis === order.length
      ? [data[from]]
      : Array.from({ length: shape[order[axis]] }, (_, i) =>
          walk(axis + 1, from + i * strides[order[axis]]),
        ).flat();
  return walk(0, 0);
}

/** PyTorch's [batch, channels, ...positions] as [batch, ...positions, channels]. */
export const channelsLast = (tensor: Tensor): number[] =>
  permuted(tensor, [0, ...tensor.shape.map((_, axis) => axis).slice(2), 1]);

/** PyTorch's weights of a convolution, [out, in, ...kernel], as [...kernel, in, out]. */
export const kernelLast = (tensor: Tensor): number[] =>
  permuted(tensor, [...tensor.shape.map((_, axis) => axis).slice(2), 1, 0]);
