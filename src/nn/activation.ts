import type { Backend } from "../core/backend.js";
import { checkName, checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { checkOwned } from "../core/host.js";
import type { BackwardKernel, ForwardKernel, Kernels } from "../core/kernels.js";
import type { Matrix } from "../core/matrix.js";
import { type OutOptions, resultMatrix } from "../core/ops.js";

/**
 * The activations by name, and what a layer saves for the backward pass of each: its output where the
 * derivative can be had from that, else its input. The kernels are called as the activation is, and so-and-so
 * `Backward`.
 */
const saved = {
  linear: "output",
  relu: "output",
  leakyRelu: "output",
  elu: "output",
  selu: "output",
  gelu: "input",
  geluTanh: "input",
  silu: "input",
  sigmoid: "output",
  tanh: "output",
  softplus: "input",
  hardSwish: "input",
  softmax: "output",
  logSoftmax: "output",
} as const satisfies Record<string, "input" | "output">;

export type ActivationName = keyof typeof saved;

/** The activations that mix the elements of a row: they have no derivative element by element. */
const rowwise: readonly ActivationName[] = ["softmax", "logSoftmax"];

/** @internal An activation as a layer uses it. */
export interface Activation {
  readonly name: ActivationName;
  readonly saves: "input" | "output";
  /** Undefined for linear, which does nothing. */
  readonly forward: ForwardKernel | undefined;
  readonly backward: BackwardKernel | undefined;
}

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function checkActivation(who: string, name: unknown): asserts name is ActivationName {
  checkName(who, "activation", name, saved);
}

/** @internal */
export function activationOf(kernels: Kernels, name: ActivationName): Activation {
  if (name === "linear") return { name, saves: saved[name], forward: undefined, backward: undefined };
  return { name, saves: saved[name], forward: kernels[name], backward: kernels[`${name}Backward`] };
}

/**
 * The activation of every element of z (of every row, for softmax and logSoftmax).
 * z and the result: [rows, cols]; out may be z.
 * @throws ValueError for an unknown name, ShapeError, DisposedError
 */
export function activate(name: ActivationName, z: Matrix, options?: OutOptions): Matrix {
  checkActivation("activate", name);
  const backend = checkOwned("activate", z);
  checkOptions("activate", options, ["out"]);
  const out = resultMatrix("activate", backend, z.rows, z.cols, options, "same", { z });
  const { forward } = activationOf(backend.kernels, name);
  if (forward) forward(z.pointer, out.pointer, z.rows, z.cols);
  else backend.kernels.scale(z.pointer, out.pointer, z.length, 1);
  return out;
}

/**
 * The derivative of an elementwise activation at every element of z.
 * z and the result: [rows, cols]; out may be z.
 * @throws ValueError for an unknown name and for softmax and logSoftmax, ShapeError, DisposedError
 */
export function activationGradient(name: ActivationName, z: Matrix, options?: OutOptions): Matrix {
  checkActivation("activationGradient", name);
  if (rowwise.includes(name))
    throw new ValueError(
      `activationGradient: ${name} mixes the elements of a row, so it has no derivative element by element`,
    );
  const backend = checkOwned("activationGradient", z);
  checkOptions("activationGradient", options, ["out"]);
  const out = resultMatrix("activationGradient", backend, z.rows, z.cols, options, "same", { z });
  return derivative(backend, name, z, out);
}

/** The backward kernel gives dy f'(saved): with dy = 1 that is the derivative. */
function derivative(backend: Backend, name: ActivationName, z: Matrix, out: Matrix): Matrix {
  const { forward, backward, saves } = activationOf(backend.kernels, name);
  if (!forward || !backward) {
    out.data.fill(1);
    return out;
  }
  const ones = backend.scratch(z.length * 4);
  backend.floats(ones, z.length).fill(1);
  let from = z.pointer;
  if (saves === "output") {
    forward(from, out.pointer, z.rows, z.cols);
    from = out.pointer;
  }
  backward(from, ones, out.pointer, z.rows, z.cols);
  return out;
}
