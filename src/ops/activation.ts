import type { BackwardKernel, ForwardKernel } from "../core/kernels.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import {
  type ActivationName,
  type ElementwiseActivation,
  isRowwise,
  parameterOf,
  savedBy,
} from "./activation-kinds.js";
import { logSoftmax, softmax } from "./softmax.js";

interface Attributes {
  readonly name: ElementwiseActivation;
  readonly parameter: number;
}

/** y = f(x), element by element. `parameter` is that of the activation: its slope, its alpha. */
export function activation(
  graph: Graph,
  x: Value,
  name: ElementwiseActivation,
  parameter = parameterOf(name),
): Value {
  return graph.emit(activationOp, [x], x.shape, { name, parameter });
}

/** y = f(x) for any activation: softmax and logSoftmax work over the last axis. "linear" returns x. */
export function activate(graph: Graph, x: Value, name: ActivationName, parameter?: number): Value {
  if (name === "linear") return x;
  if (isRowwise(name)) return name === "softmax" ? softmax(graph, x) : logSoftmax(graph, x);
  return activation(graph, x, name, parameter);
}

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
    ? (g, { inputs: [x], outputs: [y], attributes }, dy) => {
        const saved = savedBy(attributes.name, attributes.parameter) === "output" ? y : x;
        g.into(x, activationGradientOp, [saved, dy], attributes);
      }
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
