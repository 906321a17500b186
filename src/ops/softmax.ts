import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";

type Kernel = "softmax" | "logSoftmax";

/** y[..., i] = exp(x[..., i]) / sum over j of exp(x[..., j]), over the last axis. */
export const softmax = (graph: Graph, x: Value): Value => graph.emit(softmaxOp, [x], x.shape, "softmax");

/** y[..., i] = x[..., i] - log(sum over j of exp(x[..., j])), over the last axis. */
export const logSoftmax = (graph: Graph, x: Value): Value =>
  graph.emit(softmaxOp, [x], x.shape, "logSoftmax");

const softmaxOp: Op<Kernel> = {
  name: "softmax",
  inPlace: [0],
  bind({ inputs: [x], outputs: [y], attributes: name }, { kernels, at }) {
    const kernel = kernels[name];
    const cols = lastOf(x.shape);
    const { each, fixed } = extentOf(x, cols);
    return function softmax(rows) {
      kernel(at[x.id], at[y.id], rows * each + fixed, cols);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], outputs: [y], attributes }, dy) => g.into(x, softmaxGradientOp, [y, dy], attributes)
    : undefined,
};

/** dx from y and dy, row by row of the last axis. */
const softmaxGradientOp: Op<Kernel> = {
  name: "softmaxGradient",
  inPlace: [1, 0],
  bind({ inputs: [y, dy], outputs: [dx], attributes: name }, { kernels, at }) {
    const kernel = kernels[`${name}Backward`];
    const cols = lastOf(y.shape);
    const { each, fixed } = extentOf(y, cols);
    return function softmaxGradient(rows) {
      kernel(at[y.id], at[dy.id], at[dx.id], rows * each + fixed, cols);
    };
  },
};
