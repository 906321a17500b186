import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import { checkSplits } from "./check.js";

/**
 * y = (x - mean) / deviation for vectors as long as `mean`, of which x is made: its whole samples, or its
 * last axis. Mean and deviation are buffers: they have no gradient. @throws ShapeError
 */
export function standardize(graph: Graph, x: Value, mean: Value, deviation: Value): Value {
  checkSplits("standardize", x, mean);
  checkSplits("standardize", mean, deviation);
  return graph.emit(standardizeOp, [x, mean, deviation], x.shape);
}

const standardizeOp: Op<undefined> = {
  name: "standardize",
  inPlace: [0],
  bind({ inputs: [x, mean, deviation], outputs: [y] }, { kernels, at }) {
    const { standardize } = kernels;
    const { each, fixed } = extentOf(x, mean.size);
    return function standardizeStep(rows) {
      standardize(at[x.id], at[mean.id], at[deviation.id], at[y.id], rows * each + fixed, mean.size);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, , deviation] }, dy) => g.into(x, standardizeGradientOp, [deviation, dy])
    : undefined,
};

/** dx = dy / deviation. */
const standardizeGradientOp: Op<undefined> = {
  name: "standardizeGradient",
  inPlace: [1],
  bind({ inputs: [deviation, dy], outputs: [dx] }, { kernels, at }) {
    const { standardizeBackward } = kernels;
    const { each, fixed } = extentOf(dy, deviation.size);
    return function standardizeGradient(rows) {
      standardizeBackward(at[deviation.id], at[dy.id], at[dx.id], rows * each + fixed, deviation.size);
    };
  },
};
