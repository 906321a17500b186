import type { Backend } from "../core/backend.js";
import { checkName, checkNumber, checkOptions, checkPositive, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { checkOwned } from "../core/host.js";
import type { BackwardKernel, ForwardKernel, Kernels } from "../core/kernels.js";
import type { Matrix } from "../core/matrix.js";
import { type OutOptions, resultMatrix } from "../core/ops.js";

/** An activation with a parameter: its name, its value unless another is given, and what is allowed. */
interface ParameterKind {
  readonly name: "slope" | "alpha";
  readonly otherwise: number;
  check(who: string, what: string, value: unknown): void;
}

interface ActivationKind {
  /**
   * What a layer saves for the backward pass: its output where the derivative can be had from that, else its
   * input.
   */
  readonly saves: "input" | "output";
  readonly parameter?: ParameterKind;
}

/**
 * The activations by name. The kernels are called as the activation is, and so-and-so `Backward`; a parameter
 * is their last argument.
 */
const kinds = {
  linear: { saves: "output" },
  relu: { saves: "output" },
  relu6: { saves: "output" },
  leakyRelu: {
    saves: "output",
    parameter: {
      name: "slope",
      otherwise: 0.01,
      check: (who, what, value) => checkNumber(who, what, value, Number.NEGATIVE_INFINITY),
    },
  },
  elu: {
    saves: "output",
    parameter: {
      name: "alpha",
      otherwise: 1,
      // The sign of the output tells that of the input, from which the derivative is had.
      check: (who, what, value) => checkNumber(who, what, value, 0),
    },
  },
  selu: { saves: "output" },
  gelu: { saves: "input" },
  geluTanh: { saves: "input" },
  silu: { saves: "input" },
  sigmoid: { saves: "output" },
  tanh: { saves: "output" },
  softplus: { saves: "input" },
  hardSwish: { saves: "input" },
  hardSigmoid: {
    saves: "output",
    parameter: { name: "slope", otherwise: 1 / 6, check: checkPositive },
  },
  softsign: { saves: "input" },
  mish: { saves: "input" },
  exp: { saves: "output" },
  softmax: { saves: "output" },
  logSoftmax: { saves: "output" },
} as const satisfies Record<string, ActivationKind>;

export type ActivationName = keyof typeof kinds;

/** The parameter of an activation that has one. */
export interface ActivationOptions {
  /** Of leakyRelu below 0, default 0.01; of hardSigmoid at 0, above 0, default 1/6. */
  slope?: number;
  /** Of elu: what it comes down to, -alpha, at least 0. Default 1. */
  alpha?: number;
}

/** The activations that mix the elements of a row: they have no derivative element by element. */
const rowwise: readonly ActivationName[] = ["softmax", "logSoftmax"];

/** @internal An activation as a layer uses it. */
export interface Activation {
  readonly name: ActivationName;
  readonly saves: "input" | "output";
  /** The last argument of the kernels; 0 for an activation that has no parameter. */
  readonly parameter: number;
  /** Undefined for linear, which does nothing. */
  readonly forward: ForwardKernel | undefined;
  readonly backward: BackwardKernel | undefined;
}

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function checkActivation(who: string, name: unknown): asserts name is ActivationName {
  checkName(who, "activation", name, kinds);
}

const parameterKindOf = (name: ActivationName): ParameterKind | undefined =>
  (kinds[name] as ActivationKind).parameter;

/**
 * @internal The options that hold the parameter of an activation, without those of the default value: what a
 * model file says beside the name. Values that are one float32 are the same.
 * @throws ValueError for a parameter that is not allowed
 */
export function parameterOptions(
  who: string,
  name: ActivationName,
  options: Readonly<Record<string, unknown>>,
): ActivationOptions {
  const kind = parameterKindOf(name);
  const value = kind && options[kind.name];
  if (!kind || value === undefined) return {};
  kind.check(`${who}: ${name}`, kind.name, value);
  return Math.fround(value as number) === Math.fround(kind.otherwise) ? {} : { [kind.name]: value as number };
}

/** @internal @throws ValueError for an option that this activation has not, and for a parameter not allowed */
export function checkActivationOptions(
  who: string,
  name: ActivationName,
  options: object | undefined,
  others: readonly string[] = [],
): ActivationOptions {
  const kind = parameterKindOf(name);
  const known = kind ? [kind.name, ...others] : others;
  const stranger = known.length === 0 ? Object.keys(options ?? {})[0] : undefined;
  if (stranger !== undefined) throw new ValueError(`${who}: ${name} has no options, got ${show(stranger)}`);
  checkOptions(`${who}: ${name}`, options, known);
  return parameterOptions(who, name, { ...options });
}

/** @internal The value of the parameter in these options, or its default; 0 where there is none. */
export function parameterOf(name: ActivationName, options: ActivationOptions): number {
  const kind = parameterKindOf(name);
  return kind ? (options[kind.name] ?? kind.otherwise) : 0;
}

/** @internal With the parameter that the options hold, checked before. */
export function activationOf(
  kernels: Kernels,
  name: ActivationName,
  options: ActivationOptions = {},
): Activation {
  const parameter = parameterOf(name, options);
  // Below 0 the output of leakyRelu has another sign than the input.
  const saves = name === "leakyRelu" && parameter < 0 ? "input" : kinds[name].saves;
  if (name === "linear") return { name, saves, parameter, forward: undefined, backward: undefined };
  return { name, saves, parameter, forward: kernels[name], backward: kernels[`${name}Backward`] };
}

/**
 * The activation of every element of z (of every row, for softmax and logSoftmax), with its parameter if it
 * has one: `activate("leakyRelu", z, { slope: 0.3 })`.
 * z and the result: [rows, cols]; out may be z.
 * @throws ValueError for an unknown name, for options that the activation has not and parameters that are not
 * allowed, ShapeError, DisposedError
 */
export function activate(name: ActivationName, z: Matrix, options?: OutOptions & ActivationOptions): Matrix {
  checkActivation("activate", name);
  const backend = checkOwned("activate", z);
  const own = checkActivationOptions("activate", name, options, ["out"]);
  const out = resultMatrix("activate", backend, z.rows, z.cols, options, "same", { z });
  const { forward, parameter } = activationOf(backend.kernels, name, own);
  if (forward) forward(z.pointer, out.pointer, z.rows, z.cols, parameter);
  else backend.kernels.scale(z.pointer, out.pointer, z.length, 1);
  return out;
}

/**
 * The derivative of an elementwise activation at every element of z.
 * z and the result: [rows, cols]; out may be z.
 * @throws ValueError for an unknown name and for softmax and logSoftmax, for options that the activation has
 * not and parameters that are not allowed, ShapeError, DisposedError
 */
export function activationGradient(
  name: ActivationName,
  z: Matrix,
  options?: OutOptions & ActivationOptions,
): Matrix {
  checkActivation("activationGradient", name);
  if (rowwise.includes(name))
    throw new ValueError(
      `activationGradient: ${name} mixes the elements of a row, so it has no derivative element by element`,
    );
  const backend = checkOwned("activationGradient", z);
  const own = checkActivationOptions("activationGradient", name, options, ["out"]);
  const out = resultMatrix("activationGradient", backend, z.rows, z.cols, options, "same", { z });
  return derivative(backend, activationOf(backend.kernels, name, own), z, out);
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
