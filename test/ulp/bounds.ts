import { activations, erf } from "../support/twins.js";

/** How far a function's float32 results may be from float64, for x in [from, below). */
export interface Bound {
  readonly unit: "ULP" | "absolute";
  readonly most: number;
  readonly from?: number;
  readonly below?: number;
}

export interface Bounded {
  /** In float64. */
  readonly exact: (x: number) => number;
  readonly bounds: readonly Bound[];
}

const ulps = (most: number): readonly Bound[] => [{ unit: "ULP", most }];
const absolute = (most: number): readonly Bound[] => [{ unit: "absolute", most }];
/** Far below 0 the result is a small share of x, and so is what it adds to a sum. */
const ulpsFromMinusOne = (most: number, absolutely: number): readonly Bound[] => [
  { unit: "ULP", most, from: -1 },
  { unit: "absolute", most: absolutely, below: -1 },
];

/** The slope of hardSigmoid by default, as float32 has it. */
const SIXTH = Math.fround(1 / 6);

/** The functions of assembly/math.ts, and of assembly/activation.ts, by name: each promises this. */
export const functions = {
  exp: { exact: Math.exp, bounds: ulps(2) },
  expOfNegative: { exact: Math.exp, bounds: [{ unit: "ULP", most: 2, below: 40 }] },
  expm1: { exact: Math.expm1, bounds: ulps(4) },
  log: { exact: Math.log, bounds: ulps(2) },
  log1p: { exact: Math.log1p, bounds: ulps(4) },
  tanh: { exact: Math.tanh, bounds: ulps(3) },
  sigmoid: { exact: activations.sigmoid.value, bounds: ulps(3) },
  erf: { exact: erf, bounds: ulps(3) },
  softplus: { exact: activations.softplus.value, bounds: ulps(4) },
  gelu: { exact: activations.gelu.value, bounds: ulpsFromMinusOne(4, 2e-7) },
  geluDerivative: { exact: activations.gelu.slope, bounds: absolute(2.5e-7) },
  geluTanh: { exact: activations.geluTanh.value, bounds: ulpsFromMinusOne(4, 2e-7) },
  geluTanhDerivative: { exact: activations.geluTanh.slope, bounds: absolute(2.5e-7) },
  silu: { exact: activations.silu.value, bounds: ulps(4) },
  mish: { exact: activations.mish.value, bounds: ulps(5) },
  mishDerivative: { exact: activations.mish.slope, bounds: absolute(3e-7) },
  hardSigmoid: { exact: (x) => activations.hardSigmoid.value(x, SIXTH), bounds: absolute(1e-7) },
  softsign: { exact: activations.softsign.value, bounds: ulps(2) },
  rsqrt: { exact: (x) => 1 / Math.sqrt(x), bounds: ulps(4) },
} satisfies Record<string, Bounded>;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];
