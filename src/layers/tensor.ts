/**
 * A symbolic tensor: a shape without numbers. `input(shape)` and `layer.apply(tensor)` make tensors, and the
 * operations `add`, `multiply`, `matmul` and so on take them.
 *
 * @example
 * const x = input([28, 28, 1]);
 * const y = conv2d(8, 3).apply(x);
 * console.log(x.shape, y.shape, y instanceof Tensor); // [ 28, 28, 1 ] [ 26, 26, 8 ] true
 */
export abstract class Tensor {
  /** Without the batch: [28, 28, 1] stands for [batch, 28, 28, 1]. */
  abstract readonly shape: readonly number[];
}

/** As in a message: "[batch, 28, 28, 1]". */
export const batchShape = (shape: readonly number[]): string => `[${["batch", ...shape].join(", ")}]`;
