/** What is known of a network's outputs before any of them is computed. */
export interface OutputRange {
  /** The activation that they come from, with what follows it, for error messages. */
  readonly from: string;
  readonly least: number;
  readonly most: number;
  /** Whether they are probabilities that sum to 1 in each row. */
  readonly sumsToOne?: boolean;
  /** Whether noise moves them beyond these bounds in training. */
  readonly noisy?: boolean;
}

/** The bounds of each activation; one that is not listed has outputs of which nothing is known. */
const bounds: Readonly<Record<string, readonly [least: number, most: number]>> = {
  linear: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  leakyRelu: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  prelu: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  elu: [-1, Number.POSITIVE_INFINITY],
  selu: [-1.7581, Number.POSITIVE_INFINITY],
  gelu: [-0.17, Number.POSITIVE_INFINITY],
  geluTanh: [-0.171, Number.POSITIVE_INFINITY],
  silu: [-0.2785, Number.POSITIVE_INFINITY],
  mish: [-0.3089, Number.POSITIVE_INFINITY],
  hardSwish: [-0.375, Number.POSITIVE_INFINITY],
  sigmoid: [0, 1],
  hardSigmoid: [0, 1],
  tanh: [-1, 1],
  softsign: [-1, 1],
  softplus: [0, Number.POSITIVE_INFINITY],
  exp: [0, Number.POSITIVE_INFINITY],
  softmax: [0, 1],
  logSoftmax: [Number.NEGATIVE_INFINITY, 0],
};

/** @internal The range of an activation's outputs, where it is known. */
export function rangeOfActivation(name: string): OutputRange | undefined {
  if (!Object.hasOwn(bounds, name)) return undefined;
  const [least, most] = bounds[name];
  return { from: name, least, most, sumsToOne: name === "softmax" };
}
