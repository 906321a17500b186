import { exp as finiteExp, log as finiteLog, power } from "../../core/reproducible-math.js";
import {
  type ActivationName,
  type ActivationOptions,
  activate,
  activationNames,
  type Backend,
} from "../../index.js";
import { castNumber } from "./tensor.js";

/** A number or a text that a node has, or its default. */
export type Attribute = <Value extends number | string>(name: string, otherwise: Value) => Value;

/** Beyond 700 as good as 0 or infinity. */
export const exp = (x: number): number => (x > 700 ? Number.POSITIVE_INFINITY : x < -700 ? 0 : finiteExp(x));
/** Of 0 -Infinity, of what is below it NaN. */
export const log = (x: number): number =>
  x > 0 && x < Number.POSITIVE_INFINITY
    ? finiteLog(x)
    : x > 0
      ? x
      : x === 0
        ? Number.NEGATIVE_INFINITY
        : Number.NaN;
/** Of exponents that activations have: others of a base that is not above 0 are NaN. */
const pow = (a: number, b: number): number =>
  Number.isInteger(b) && b >= 0 && b <= 64 ? power(a, b) : a > 0 ? exp(b * log(a)) : Number.NaN;
const tanh = (x: number): number => Math.sign(x) * (1 - 2 / (exp(2 * Math.abs(x)) + 1));

/**
 * erf(x) = 2 / sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!! (NIST, "Digital Library of Mathematical
 * Functions", 7.6.2): no term is negative.
 */
function erf(x: number): number {
  if (!(Math.abs(x) < 6)) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * exp(-x * x) * sum;
}

const sigmoid = (x: number) => 1 / (1 + exp(-x));
const softplus = (x: number) => (x > 0 ? x : 0) + log(1 + exp(-Math.abs(x)));
const gelu = (x: number) => 0.5 * x * (1 + erf(x * Math.sqrt(0.5)));
const geluTanh = (x: number) => 0.5 * x * (1 + tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
const elu = (alpha: number) => (x: number) => (x < 0 ? alpha * (exp(x) - 1) : x);
const leaky = (x: number, slope: number) => (x < 0 ? slope * x : x);
const hardSigmoid = (alpha: number, beta: number) => (x: number) =>
  Math.max(0, Math.min(1, alpha * x + beta));

/** Halves go to the even neighbour. */
function round(x: number): number {
  const below = Math.floor(x);
  const up = x - below > 0.5 || (x - below === 0.5 && below % 2 !== 0);
  return up ? below + 1 : below;
}

/** Operators whose outputs are true or false, as 1 and 0. */
const truths: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  And: (a, b) => a !== 0 && b !== 0,
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
  Not: (a) => a === 0,
  Or: (a, b) => a !== 0 || b !== 0,
  Xor: (a, b) => (a !== 0) !== (b !== 0),
};

/** Whether the outputs of an operator are true or false. */
export const isTruth = (opType: string): boolean => Object.hasOwn(truths, opType);

/** Whether an operator makes integers of constants of which these are integers. */
export const makesIntegers = (opType: string, integers: readonly boolean[]): boolean =>
  Object.hasOwn(truths, opType) || integers.slice(opType === "Where" ? 1 : 0).every(Boolean);

/**
 * The operators that work element by element (ONNX, "Operator Schemas"), as functions of numbers in float64,
 * made from a node's attributes.
 */
export const elementwise: Readonly<
  Record<string, (attribute: Attribute) => (...inputs: number[]) => number>
> = {
  ...Object.fromEntries(
    Object.entries(truths).map(([opType, holds]) => [
      opType,
      () => (a: number, b: number) => Number(holds(a, b)),
    ]),
  ),
  Abs: () => Math.abs,
  Add: () => (a, b) => a + b,
  Cast: (attribute) => castNumber(attribute("to", 1)),
  Ceil: () => Math.ceil,
  Celu: (attribute) => {
    const alpha = attribute("alpha", 1);
    return (x) => Math.max(0, x) + Math.min(0, alpha * (exp(x / alpha) - 1));
  },
  Clip: (attribute) => {
    const [least, most] = [
      attribute("min", Number.NEGATIVE_INFINITY),
      attribute("max", Number.POSITIVE_INFINITY),
    ];
    return (x, from = least, to = most) => Math.min(Math.max(x, from), to);
  },
  Div: () => (a, b) => a / b,
  Elu: (attribute) => elu(attribute("alpha", 1)),
  Erf: () => erf,
  Exp: () => exp,
  Floor: () => Math.floor,
  Gelu: (attribute) => (attribute<string>("approximate", "none") === "tanh" ? geluTanh : gelu),
  HardSigmoid: (attribute) => hardSigmoid(attribute("alpha", 0.2), attribute("beta", 0.5)),
  HardSwish: () => (x) => x * hardSigmoid(1 / 6, 0.5)(x),
  Identity: () => (x) => x,
  LeakyRelu: (attribute) => {
    const alpha = attribute("alpha", 0.01);
    return (x) => leaky(x, alpha);
  },
  Log: () => log,
  Max: () => Math.max,
  Mean:
    () =>
    (...terms) =>
      terms.reduce((sum, term) => sum + term) / terms.length,
  Min: () => Math.min,
  Mish: () => (x) => x * tanh(softplus(x)),
  // Integers take the sign of the divisor, with fmod that of what is divided.
  Mod: (attribute) => {
    const keepsSign = attribute("fmod", 0) !== 0;
    return (a, b) => (keepsSign ? a % b : a - b * Math.floor(a / b));
  },
  Mul: () => (a, b) => a * b,
  Neg: () => (x) => -x,
  PRelu: () => leaky,
  Pow: () => pow,
  Reciprocal: () => (x) => 1 / x,
  Relu: () => (x) => Math.max(0, x),
  Round: () => round,
  Selu: (attribute) => {
    const [alpha, gamma] = [attribute("alpha", 1.6732632423543772), attribute("gamma", 1.0507009873554805)];
    return (x) => gamma * elu(alpha)(x);
  },
  Shrink: (attribute) => {
    const [bias, limit] = [attribute("bias", 0), attribute("lambd", 0.5)];
    return (x) => (x < -limit ? x + bias : x > limit ? x - bias : 0);
  },
  Sigmoid: () => sigmoid,
  Sign: () => Math.sign,
  Softplus: () => softplus,
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  Sqrt: () => Math.sqrt,
  Sub: () => (a, b) => a - b,
  Sum:
    () =>
    (...terms) =>
      terms.reduce((sum, term) => sum + term),
  Swish: (attribute) => {
    const alpha = attribute("alpha", 1);
    return (x) => x * sigmoid(alpha * x);
  },
  Tanh: () => tanh,
  ThresholdedRelu: (attribute) => {
    const alpha = attribute("alpha", 1);
    return (x) => (x > alpha ? x : 0);
  },
  Where: () => (condition, a, b) => (condition !== 0 ? a : b),
};

/** Where functions are told apart: on both sides of 0, about every bend, and far out. Each is a float32. */
const far = [
  1 / 1024,
  0.125,
  0.25,
  0.5,
  0.75,
  1,
  1.5,
  2,
  2.25,
  2.75,
  3,
  3.5,
  4,
  5,
  6,
  7,
  10,
  20,
  40,
  80,
  1e4,
  1.2676506002282294e30,
];
export const points: readonly number[] = [...far.map((x) => -x), 0, ...far];

/** An activation of lanewise, with its parameter where that is not the default. */
export interface Found {
  readonly name: ActivationName;
  readonly options?: ActivationOptions;
}

/** The number of the fewest digits that is the same float32. */
function shortest(x: number): number {
  const float = Math.fround(x);
  for (let digits = 1; digits < 9; digits++) {
    const number = Number(float.toPrecision(digits));
    if (Math.fround(number) === float) return number;
  }
  return float;
}

const at = (values: ArrayLike<number>, x: number): number => values[points.indexOf(x)];

/** Those that have one: its name, its default, what it has to be for these values, and the value at 0. */
const withParameter: readonly {
  readonly name: ActivationName;
  readonly option: keyof ActivationOptions;
  readonly otherwise: number;
  readonly least: number;
  readonly atZero: number;
  /** What it is at 4, for any parameter. NaN where that depends on it. */
  readonly atFour: number;
  readonly from: (values: ArrayLike<number>) => number;
}[] = [
  {
    name: "leakyRelu",
    option: "slope",
    otherwise: 0.01,
    least: Number.NEGATIVE_INFINITY,
    atZero: 0,
    atFour: 4,
    from: (values) => -at(values, -1),
  },
  {
    name: "elu",
    option: "alpha",
    otherwise: 1,
    least: 0,
    atZero: 0,
    atFour: 4,
    from: (values) => -at(values, -80),
  },
  {
    name: "hardSigmoid",
    option: "slope",
    otherwise: 1 / 6,
    least: Number.MIN_VALUE,
    atZero: 0.5,
    atFour: Number.NaN,
    from: (values) => (at(values, 1 / 1024) - 0.5) * 1024,
  },
];

/** The activations that are recognised by their values alone. */
const names = activationNames.filter(
  (name) =>
    name !== "softmax" && name !== "logSoftmax" && withParameter.every((other) => other.name !== name),
);

/**
 * Finds the activation that has these values at `points`, however the graph computes it; undefined if there
 * is none. The values agree to 1e-5, of 1 or of the value where that is larger; where |x| is above 80 a
 * decomposition may overflow.
 */
export function recogniser(backend: Backend): (values: ArrayLike<number>) => Found | undefined {
  let tables: Map<ActivationName, Float32Array> | undefined;
  return (values) => {
    tables ??= new Map(names.map((name) => [name, activationValues(backend, { name })]));
    for (const [name, table] of tables) if (agree(values, table)) return { name };
    for (const { name, option, otherwise, least, atZero, atFour, from } of withParameter) {
      const parameter = Math.fround(from(values));
      if (!Number.isFinite(parameter) || parameter < least) continue;
      if (!(Math.abs(at(values, 0) - atZero) <= 1e-5) || Math.abs(at(values, 4) - atFour) > 1e-4) continue;
      // A parameter that differs from the default by a few roundings is the default.
      const isDefault = Math.abs(parameter - otherwise) <= 1e-6 * otherwise;
      const found = isDefault ? { name } : { name, options: { [option]: shortest(parameter) } };
      if (agree(values, activationValues(backend, found))) return found;
    }
    return undefined;
  };
}

const agree = (values: ArrayLike<number>, table: Float32Array): boolean =>
  points.every(
    (x, i) =>
      values[i] === table[i] ||
      Math.abs(values[i] - table[i]) <= 1e-5 * Math.max(1, Math.abs(table[i])) ||
      (Math.abs(x) > 80 && !Number.isFinite(values[i])),
  );

function activationValues(backend: Backend, { name, options }: Found): Float32Array {
  const x = backend.matrix(1, points.length, points);
  activate(name, x, { out: x, ...options });
  const values = x.data.slice();
  x.dispose();
  return values;
}
