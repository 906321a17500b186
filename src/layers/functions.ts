import { checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { activate as activateMatrix } from "../matrix/activation.js";
import { Matrix } from "../matrix/matrix.js";
import type { MatmulOptions, OutOptions } from "../matrix/operations.js";
import * as matrices from "../matrix/operations.js";
import { type ActivationName, type ActivationOptions, checkActivation } from "../ops/activation-kinds.js";
import { activation } from "./activation.js";
import { checkArity, type Layer } from "./layer.js";
import { type OperationName, operationFrom } from "./operation.js";
import { TracedTensor } from "./scope.js";
import { Tensor } from "./tensor.js";

/**
 * One set of operations for matrices and for symbolic tensors. With matrices they compute the result at once,
 * in `out` or a new matrix. With tensors they return a tensor that a model computes later, in training too:
 * its gradient is automatic.
 */

/** The options of a merge layer. */
export interface MergeOptions {
  /** What the layer is called instead of its index. */
  name?: string;
}

function apply(type: OperationName, inputs: readonly Tensor[], attributes: object = {}): Tensor {
  const layer = operationFrom({ ...attributes, type });
  const [first] = inputs;
  if (!(first instanceof TracedTensor && inputs.every((tensor) => tensor instanceof TracedTensor)))
    return layer.apply(inputs);
  // An operation has no tensors of its own: it needs no scope within that of the layer that is built.
  checkArity(layer, inputs.length);
  return layer.build(first.scope, inputs as readonly TracedTensor[]);
}

/** Tensors as arguments, one by one or in an array; undefined where a layer is asked for. */
function tensorsOf(args: readonly unknown[]): readonly Tensor[] | undefined {
  if (args.length === 1 && Array.isArray(args[0])) return args[0];
  return args[0] instanceof Tensor ? (args as readonly Tensor[]) : undefined;
}

function merge(type: OperationName, args: readonly unknown[]): Tensor | Layer {
  const tensors = tensorsOf(args);
  if (tensors) return apply(type, tensors);
  const [options, ...others] = args;
  if (others.length > 0)
    throw new ValueError(
      `${type} expected matrices, tensors, or the options of a layer, got ${args.length} arguments`,
    );
  checkOptions(type, options, ["name"]);
  return operationFrom({ ...(options as MergeOptions | undefined), type });
}

/**
 * a + b, element by element, of one shape.
 *
 * - Matrices [rows, cols]: the sum, in `options.out` or a new matrix; out may be a or b.
 * - Tensors, two or more: the tensor of their sum.
 * - Without tensors: a layer that adds its inputs, `add().apply([a, b])`.
 *
 * @example
 * const a = backend.matrix(1, 3, [1, 2, 3]);
 * console.log(add(a, a).toArray()); // [ [ 2, 4, 6 ] ]
 *
 * const x = input(8);
 * const h = dense(8, { activation: "relu" }).apply(x);
 * const model = new Model(backend, { inputs: x, outputs: add(x, h) }); // a residual connection
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function add(a: Matrix, b: Matrix, options?: OutOptions): Matrix;
export function add(a: Tensor, b: Tensor, ...others: Tensor[]): Tensor;
export function add(tensors: readonly Tensor[]): Tensor;
export function add(options?: MergeOptions): Layer;
export function add(...args: unknown[]): Matrix | Tensor | Layer {
  if (args[0] instanceof Matrix) return matrices.add(...(args as Parameters<typeof matrices.add>));
  return merge("add", args);
}

/**
 * a - b, element by element, of one shape. Matrices [rows, cols]: the result is in `options.out` or a new
 * matrix; out may be a or b. Tensors: the tensor of the difference.
 *
 * @example
 * const prediction = backend.matrix(2, 1, [0.9, 0.2]);
 * const target = backend.matrix(2, 1, [1, 0]);
 * const error = subtract(prediction, target, { out: prediction }); // takes no new memory
 * console.log(error.rows, error === prediction); // 2 true
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function subtract(a: Matrix, b: Matrix, options?: OutOptions): Matrix;
export function subtract(a: Tensor, b: Tensor): Tensor;
export function subtract(a: Matrix | Tensor, b: Matrix | Tensor, options?: OutOptions): Matrix | Tensor {
  if (a instanceof Tensor) return apply("subtract", [a, b as Tensor]);
  return matrices.subtract(a, b as Matrix, options);
}

/**
 * a times b, element by element, of one shape: the Hadamard product.
 *
 * - Matrices [rows, cols]: the product, in `options.out` or a new matrix; out may be a or b.
 * - Tensors, two or more: the tensor of their product.
 * - Without tensors: a layer that multiplies its inputs, `multiply().apply([a, b])`.
 *
 * @example
 * const x = input(16);
 * const gate = dense(16, { activation: "sigmoid" }).apply(x);
 * const gated = multiply(x, gate);
 * console.log(gated.shape); // [ 16 ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function multiply(a: Matrix, b: Matrix, options?: OutOptions): Matrix;
export function multiply(a: Tensor, b: Tensor, ...others: Tensor[]): Tensor;
export function multiply(tensors: readonly Tensor[]): Tensor;
export function multiply(options?: MergeOptions): Layer;
export function multiply(...args: unknown[]): Matrix | Tensor | Layer {
  if (args[0] instanceof Matrix) return matrices.hadamard(...(args as Parameters<typeof matrices.hadamard>));
  return merge("multiply", args);
}

/**
 * The mean of tensors of one shape, element by element; without tensors, a layer that averages its inputs.
 *
 * @example
 * const x = input(10);
 * const heads = [dense(3), dense(3), dense(3)].map((layer) => layer.apply(x));
 * const mean = average(heads[0], heads[1], heads[2]);
 * console.log(mean.shape); // [ 3 ]
 *
 * @throws ShapeError, ValueError
 */
export function average(a: Tensor, b: Tensor, ...others: Tensor[]): Tensor;
export function average(tensors: readonly Tensor[]): Tensor;
export function average(options?: MergeOptions): Layer;
export function average(...args: unknown[]): Tensor | Layer {
  return merge("average", args);
}

/**
 * Tensors side by side on their last axis: [batch, ..., a] and [batch, ..., b] give [batch, ..., a + b].
 * Without tensors, a layer that concatenates its inputs.
 *
 * @example
 * const words = input(50, { name: "words" });
 * const numbers = input(4, { name: "numbers" });
 * const joined = concatenate(dense(16).apply(words), numbers);
 * console.log(joined.shape); // [ 20 ]
 *
 * @throws ShapeError, ValueError
 */
export function concatenate(a: Tensor, b: Tensor, ...others: Tensor[]): Tensor;
export function concatenate(tensors: readonly Tensor[]): Tensor;
export function concatenate(options?: MergeOptions): Layer;
export function concatenate(...args: unknown[]): Tensor | Layer {
  return merge("concatenate", args);
}

/**
 * Elements `begin` to `end` - 1 of a tensor's last axis.
 *
 * @example
 * const x = input([20, 6]);
 * console.log(slice(x, 0, 3).shape); // [ 20, 3 ]
 *
 * @throws ShapeError, ValueError
 */
export function slice(x: Tensor, begin: number, end: number): Tensor {
  return apply("slice", [x], { begin, end });
}

/**
 * Step `index` of a sequence, counted from the end if it is negative: x [batch, time, ...] gives [batch, ...].
 * Without a tensor, a layer: `timeStep(-1)` is the last step.
 *
 * @example
 * const x = input([20, 6]);
 * const states = lstm(32, { returnSequences: true }).apply(x);
 * console.log(timeStep(states, -1).shape); // [ 32 ]
 *
 * @throws ValueError for an index that is no integer, ShapeError for a step that is not there
 */
export function timeStep(x: Tensor, index: number): Tensor;
export function timeStep(index: number): Layer;
export function timeStep(x: Tensor | number, index?: number): Tensor | Layer {
  return x instanceof Tensor
    ? apply("timeStep", [x], { index })
    : operationFrom({ type: "timeStep", index: x });
}

/**
 * x times a number. A matrix [rows, cols]: the result is in `options.out` or a new matrix; out may be x.
 *
 * @example
 * const gradient = backend.matrix(1, 2, [0.5, -2]);
 * console.log(scale(gradient, -0.5).toArray()); // [ [ -0.25, 1 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function scale(x: Matrix, factor: number, options?: OutOptions): Matrix;
export function scale(x: Tensor, factor: number): Tensor;
export function scale(x: Matrix | Tensor, factor: number, options?: OutOptions): Matrix | Tensor {
  return x instanceof Tensor ? apply("scale", [x], { factor }) : matrices.scale(x, factor, options);
}

/**
 * The matrix product.
 *
 * - Matrices: op(a) op(b), op being the transpose where its option says so. a: [m, k] (transposed [k, m]), b:
 *   [k, n] (transposed [n, k]), result: [m, n]; out overlaps neither.
 * - Tensors in a composed layer: a [batch, ..., k] times a parameter b [k, n] gives [batch, ..., n].
 *
 * @example
 * const x = backend.matrix(2, 3, [1, 2, 3, 4, 5, 6]);
 * const w = backend.matrix(3, 1, [1, 0, -1]);
 * console.log(matmul(x, w).toArray()); // [ [ -2 ], [ -2 ] ]
 * console.log(matmul(x, x, { transposeB: true }).toArray()); // [ [ 14, 32 ], [ 32, 77 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function matmul(a: Matrix, b: Matrix, options?: MatmulOptions): Matrix;
export function matmul(a: Tensor, b: Tensor): Tensor;
export function matmul(a: Matrix | Tensor, b: Matrix | Tensor, options?: MatmulOptions): Matrix | Tensor {
  return a instanceof Tensor ? apply("matmul", [a, b as Tensor]) : matrices.matmul(a, b as Matrix, options);
}

/**
 * x with the row b added to each of its rows.
 *
 * - Matrices: x [rows, cols], b [1, cols], result [rows, cols]; out may be x.
 * - Tensors in a composed layer: x [batch, ..., n], b a parameter [n].
 *
 * @example
 * const z = backend.matrix(2, 2, [1, 2, 3, 4]);
 * const bias = backend.matrix(1, 2, [10, 20]);
 * console.log(addRow(z, bias).toArray()); // [ [ 11, 22 ], [ 13, 24 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function addRow(x: Matrix, b: Matrix, options?: OutOptions): Matrix;
export function addRow(x: Tensor, b: Tensor): Tensor;
export function addRow(x: Matrix | Tensor, b: Matrix | Tensor, options?: OutOptions): Matrix | Tensor {
  return x instanceof Tensor ? apply("addRow", [x, b as Tensor]) : matrices.addRow(x, b as Matrix, options);
}

/**
 * An activation of every element of x (over the last axis for softmax and logSoftmax), with its parameter if
 * it has one: `activate("leakyRelu", x, { slope: 0.3 })`. A matrix [rows, cols]: the result is in
 * `options.out` or a new matrix; out may be x.
 *
 * @example
 * const z = backend.matrix(1, 4, [-2, -1, 0, 3]);
 * console.log(activate("relu", z).toArray()); // [ [ 0, 0, 0, 3 ] ]
 * console.log(activate("leakyRelu", z, { slope: 0.5 }).toArray()); // [ [ -1, -0.5, 0, 3 ] ]
 *
 * @throws ValueError for an unknown name, for options that the activation does not have and parameters out of
 * range, ShapeError, DisposedError
 */
export function activate(name: ActivationName, x: Matrix, options?: OutOptions & ActivationOptions): Matrix;
export function activate(name: ActivationName, x: Tensor, options?: ActivationOptions): Tensor;
export function activate(
  name: ActivationName,
  x: Matrix | Tensor,
  options?: OutOptions & ActivationOptions,
): Matrix | Tensor {
  checkActivation("activate", name);
  if (!(x instanceof Tensor)) return activateMatrix(name, x, options);
  const layer = activation(name, options);
  return x instanceof TracedTensor ? layer.build(x.scope, [x]) : layer.apply(x);
}

/**
 * e^x, element by element, as `activate("exp", x)`.
 *
 * @example
 * const logRates = backend.matrix(1, 2, [0, 1]);
 * console.log(exp(logRates).toArray()[0].map((rate) => rate.toFixed(4)).join(" ")); // 1.0000 2.7183
 *
 * @throws as activate
 */
export function exp(x: Matrix, options?: OutOptions): Matrix;
export function exp(x: Tensor): Tensor;
export function exp(x: Matrix | Tensor, options?: OutOptions): Matrix | Tensor {
  return activate("exp", x as Matrix, options);
}

/**
 * The softmax over the last axis (of each row of a matrix), as `activate("softmax", x)`.
 *
 * @example
 * const logits = backend.matrix(1, 3, [1, 1, 3]);
 * console.log(softmax(logits).toArray()[0].map((p) => p.toFixed(2)).join(" ")); // 0.11 0.11 0.79
 *
 * @throws as activate
 */
export function softmax(x: Matrix, options?: OutOptions): Matrix;
export function softmax(x: Tensor): Tensor;
export function softmax(x: Matrix | Tensor, options?: OutOptions): Matrix | Tensor {
  return activate("softmax", x as Matrix, options);
}
