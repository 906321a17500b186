import { ValueError } from "../core/errors.js";
import { checkOwned } from "../core/host.js";
import type { BackwardKernel, ForwardKernel, Kernels } from "../core/kernels.js";
import {
  type ActivationName,
  type ActivationOptions,
  checkActivation,
  checkActivationOptions,
  isRowwise,
  parameterOf,
  savedBy,
} from "../ops/activation-kinds.js";
import type { Backend } from "./backend.js";
import type { Matrix } from "./matrix.js";
import { type OutOptions, resultMatrix } from "./operations.js";

/** @internal The kernels of an activation. */
export interface Activation {
  readonly name: ActivationName;
  readonly saves: "input" | "output";
  /** The last argument of the kernels; 0 for an activation that has no parameter. */
  readonly parameter: number;
  /** Undefined for linear, which does nothing. */
  readonly forward: ForwardKernel | undefined;
  readonly backward: BackwardKernel | undefined;
}

/** @internal The kernels, with a parameter that was checked before. */
export function activationOf(
  kernels: Kernels,
  name: ActivationName,
  parameter = parameterOf(name),
): Activation {
  const saves = savedBy(name, parameter);
  if (name === "linear") return { name, saves, parameter, forward: undefined, backward: undefined };
  return { name, saves, parameter, forward: kernels[name], backward: kernels[`${name}Backward`] };
}

/**
 * The activation of every element of z (of every row, for softmax and logSoftmax), with its parameter if it
 * has one: `activate("leakyRelu", z, { slope: 0.3 })`. z and the result: [rows, cols]; out may be z.
 * @throws ValueError for an unknown name, for options that the activation does not have and parameters out of
 * range, ShapeError, DisposedError
 */
export function activate(name: ActivationName, z: Matrix, options?: OutOptions & ActivationOptions): Matrix {
  checkActivation("activate", name);
  const backend = checkOwned("activate", z);
  const own = checkActivationOptions("activate", name, options, ["out"]);
  const out = resultMatrix("activate", backend, z.rows, z.cols, options, "same", { z });
  const { forward, parameter } = activationOf(backend.kernels, name, parameterOf(name, own));
  if (forward) forward(z.pointer, out.pointer, z.rows, z.cols, parameter);
  else backend.kernels.scale(z.pointer, out.pointer, z.length, 1);
  return out;
}

/**
 * The derivative of an elementwise activation at every element of z. z and the result: [rows, cols]; out may
 * be z.
 *
 * @example
 * const z = backend.matrix(1, 3, [-1, 0.5, 2]);
 * console.log(activationGradient("relu", z).toArray()); // [ [ 0, 1, 1 ] ]
 *
 * @throws ValueError for an unknown name and for softmax and logSoftmax, for options that the activation does
 * not have and parameters out of range, ShapeError, DisposedError
 */
export function activationGradient(
  name: ActivationName,
  z: Matrix,
  options?: OutOptions & ActivationOptions,
): Matrix {
  checkActivation("activationGradient", name);
  if (isRowwise(name))
    throw new ValueError(
      `activationGradient: ${name} mixes the elements of a row, so it has no derivative element by element`,
    );
  const backend = checkOwned("activationGradient", z);
  const own = checkActivationOptions("activationGradient", name, options, ["out"]);
  const out = resultMatrix("activationGradient", backend, z.rows, z.cols, options, "same", { z });
  return derivative(backend, activationOf(backend.kernels, name, parameterOf(name, own)), z, out);
}

/** The backward kernel gives dy f'(saved): with dy = 1 that is the derivative. */
function derivative(
  backend: Backend,
  { forward, backward, saves, parameter }: Activation,
  z: Matrix,
  out: Matrix,
): Matrix {
  if (!forward || !backward) {
    out.data.fill(1);
    return out;
  }
  const ones = backend.scratch(z.length * 4);
  backend.floats(ones, z.length).fill(1);
  let from = z.pointer;
  if (saves === "output") {
    forward(from, out.pointer, z.rows, z.cols, parameter);
    from = out.pointer;
  }
  backward(from, ones, out.pointer, z.rows, z.cols, parameter);
  return out;
}
