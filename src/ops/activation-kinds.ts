import { checkName, checkNumber, checkOptions, checkPositive, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";

/** The parameter of an activation: its option's name, its default, and the check of a value. */
interface ParameterKind {
  readonly name: "slope" | "alpha";
  readonly otherwise: number;
  check(who: string, what: string, value: unknown): void;
}

/** The least and the greatest value. */
export type Range = readonly [least: number, most: number];

/** The range of outputs that may be any number. */
export const UNBOUNDED: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

interface ActivationKind {
  /**
   * What the backward pass reads: the output where the derivative follows from it, else the input, which then
   * stays in memory.
   */
  readonly saves: "input" | "output";
  /**
   * The least and the greatest output, with the default parameter. A loss refuses targets and outputs that do
   * not fit.
   */
  readonly range: Range;
  readonly parameter?: ParameterKind;
  /** Whether it mixes the elements of the last axis. */
  readonly rowwise?: true;
}

/**
 * The activations. The kernels have the same names, and `<name>Backward`; a parameter is their last argument.
 * "linear" has no kernel. CONTRIBUTING.md shows how to add an activation.
 */
const kinds = {
  linear: { saves: "output", range: UNBOUNDED },
  relu: { saves: "output", range: [0, Number.POSITIVE_INFINITY] },
  relu6: { saves: "output", range: [0, 6] },
  leakyRelu: {
    saves: "output",
    range: UNBOUNDED,
    parameter: {
      name: "slope",
      otherwise: 0.01,
      check: (who, what, value) => checkNumber(who, what, value, Number.NEGATIVE_INFINITY),
    },
  },
  elu: {
    saves: "output",
    range: [-1, Number.POSITIVE_INFINITY],
    parameter: {
      name: "alpha",
      otherwise: 1,
      // The derivative follows from the output, whose sign must be that of the input.
      check: (who, what, value) => checkNumber(who, what, value, 0),
    },
  },
  selu: { saves: "output", range: [-1.7581, Number.POSITIVE_INFINITY] },
  gelu: { saves: "input", range: [-0.17, Number.POSITIVE_INFINITY] },
  geluTanh: { saves: "input", range: [-0.171, Number.POSITIVE_INFINITY] },
  silu: { saves: "input", range: [-0.2785, Number.POSITIVE_INFINITY] },
  sigmoid: { saves: "output", range: [0, 1] },
  tanh: { saves: "output", range: [-1, 1] },
  softplus: { saves: "input", range: [0, Number.POSITIVE_INFINITY] },
  hardSwish: { saves: "input", range: [-0.375, Number.POSITIVE_INFINITY] },
  hardSigmoid: {
    saves: "output",
    range: [0, 1],
    parameter: { name: "slope", otherwise: 1 / 6, check: checkPositive },
  },
  softsign: { saves: "input", range: [-1, 1] },
  mish: { saves: "input", range: [-0.3089, Number.POSITIVE_INFINITY] },
  exp: { saves: "output", range: [0, Number.POSITIVE_INFINITY] },
  softmax: { saves: "output", range: [0, 1], rowwise: true },
  logSoftmax: { saves: "output", range: [Number.NEGATIVE_INFINITY, 0], rowwise: true },
} as const satisfies Record<string, ActivationKind>;

/** The name of an activation. */
export type ActivationName = keyof typeof kinds;

/**
 * The names of all activations.
 *
 * @example
 * console.log(activationNames.includes("gelu"), activationNames.length > 15); // true true
 */
export const activationNames: readonly ActivationName[] = /* @__PURE__ */ Object.keys(
  kinds,
) as ActivationName[];

/** The activations that work over the last axis. */
export type RowwiseActivation = "softmax" | "logSoftmax";

/** The activations that work element by element. */
export type ElementwiseActivation = Exclude<ActivationName, "linear" | RowwiseActivation>;

/** The parameter of an activation that has one. */
export interface ActivationOptions {
  /** leakyRelu: the slope below 0, default 0.01. hardSigmoid: the slope at 0, above 0, default 1/6. */
  slope?: number;
  /** elu: it approaches -alpha, at least 0. Default 1. */
  alpha?: number;
}

const kindOf = (name: ActivationName): ActivationKind => kinds[name];

/** @internal The elementwise activations. */
export const elementwiseActivations = (): ElementwiseActivation[] =>
  activationNames.filter((name): name is ElementwiseActivation => name !== "linear" && !isRowwise(name));

/** @internal The least and the greatest output, with the default parameter. */
export const rangeOf = (name: ActivationName): Range => kinds[name].range;

/** @internal Whether the activation mixes the elements of the last axis. */
export function isRowwise(name: ActivationName): name is RowwiseActivation {
  return kindOf(name).rowwise === true;
}

/** @internal What the backward pass of an activation with this parameter reads. */
export function savedBy(name: ActivationName, parameter: number): "input" | "output" {
  // Below 0 the output of leakyRelu has another sign than the input.
  return name === "leakyRelu" && parameter < 0 ? "input" : kinds[name].saves;
}

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function checkActivation(who: string, name: unknown): asserts name is ActivationName {
  checkName(who, "activation", name, kinds);
}

/**
 * @internal The options that hold the parameter of an activation, without those of the default value: what a
 * model file has beside the name. Values that are one float32 are the same.
 * @throws ValueError for a parameter that is not allowed
 */
export function parameterOptions(
  who: string,
  name: ActivationName,
  options: Readonly<Record<string, unknown>>,
): ActivationOptions {
  const kind = kindOf(name).parameter;
  const value = kind && options[kind.name];
  if (!kind || value === undefined) return {};
  kind.check(`${who}: ${name}`, kind.name, value);
  return Math.fround(value as number) === Math.fround(kind.otherwise) ? {} : { [kind.name]: value as number };
}

/**
 * @internal @throws ValueError for an option that the activation does not have, and for a parameter out of
 * range
 */
export function checkActivationOptions(
  who: string,
  name: ActivationName,
  options: object | undefined,
  others: readonly string[] = [],
): ActivationOptions {
  const kind = kindOf(name).parameter;
  const known = kind ? [kind.name, ...others] : others;
  const unknown = known.length === 0 ? Object.keys(options ?? {})[0] : undefined;
  if (unknown !== undefined) throw new ValueError(`${who}: ${name} has no options, got ${show(unknown)}`);
  checkOptions(`${who}: ${name}`, options, known);
  return parameterOptions(who, name, { ...options });
}

/** @internal The value of the parameter in these options, or its default; 0 for an activation without one. */
export function parameterOf(name: ActivationName, options: ActivationOptions = {}): number {
  const kind = kindOf(name).parameter;
  return kind ? (options[kind.name] ?? kind.otherwise) : 0;
}
