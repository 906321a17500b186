import type { BackwardKernel, ForwardKernel } from "../core/kernels.js";
import type { Graph } from "../graph/graph.js";
import type { Op } from "../graph/op.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";

interface Row {
  /**
   * What the backward pass reads: the output where the derivative follows from it, else the input, which
   * then stays in memory.
   */
  readonly saves: "input" | "output";
  /** The default of its one parameter, if it has one: the kernels take it as their last argument. */
  readonly parameter?: number;
}

/** The elementwise activations. The kernels have the same names, and `<name>Backward`. */
export const elementwiseActivations = {
  relu: { saves: "output" },
  relu6: { saves: "output" },
  leakyRelu: { saves: "output", parameter: 0.01 },
  elu: { saves: "output", parameter: 1 },
  selu: { saves: "output" },
  gelu: { saves: "input" },
  geluTanh: { saves: "input" },
  silu: { saves: "input" },
  sigmoid: { saves: "output" },
  tanh: { saves: "output" },
  softplus: { saves: "input" },
  hardSwish: { saves: "input" },
  hardSigmoid: { saves: "output", parameter: 1 / 6 },
  softsign: { saves: "input" },
  mish: { saves: "input" },
  exp: { saves: "output" },
} as const satisfies Record<string, Row>;

export type ElementwiseActivation = keyof typeof elementwiseActivations;

interface Attributes {
  readonly name: ElementwiseActivation;
  readonly parameter: number;
}

/** y = f(x), element by element. `parameter` is that of the activation: its slope, its alpha. */
export function activation(
  graph: Graph,
  x: Value,
  name: ElementwiseActivation,
  parameter = rowOf(name).parameter ?? 0,
): Value {
  return graph.emit(activationOp, [x], x.shape, { name, parameter });
}

const rowOf = (name: ElementwiseActivation): Row => elementwiseActivations[name];

const activationOp: Op<Attributes> = {
  name: "activation",
  inPlace: [0],
  bind({ inputs: [x], outputs: [y], attributes: { name, parameter } }, { kernels, at }) {
    const kernel: ForwardKernel = kernels[name];
    const { each, fixed } = extentOf(x);
    return function activation(rows) {
      kernel(at[x.id], at[y.id], rows * each + fixed, 1, parameter);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], outputs: [y], attributes }, dy) =>
        g.into(x, activationGradientOp, [rowOf(attributes.name).saves === "output" ? y : x, dy], attributes)
    : undefined,
};

/** dx = dy f'(saved). */
const activationGradientOp: Op<Attributes> = {
  name: "activationGradient",
  inPlace: [1, 0],
  bind({ inputs: [saved, dy], outputs: [dx], attributes: { name, parameter } }, { kernels, at }) {
    const kernel: BackwardKernel = kernels[`${name}Backward`];
    const { each, fixed } = extentOf(dx);
    return function activationGradient(rows) {
      kernel(at[saved.id], at[dy.id], at[dx.id], rows * each + fixed, 1, parameter);
    };
  },
};
