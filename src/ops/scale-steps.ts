import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import type { Value } from "../graph/value.js";
import { checkSplits } from "./check.js";

/**
 * y[t, ...] = factors[t] x[t, ...] for each step t of a sequence: with a mask, padding becomes 0. The factors
 * have no gradient. @throws ShapeError
 */
export function scaleSteps(graph: Graph, x: Value, factors: Value): Value {
  checkSplits("scaleSteps", x, factors);
  return graph.emit(scaleStepsOp, [x, factors], x.shape);
}

const scaleStepsOp: Op<undefined> = {
  name: "scaleSteps",
  inPlace: [0],
  bind({ inputs: [x, factors], outputs: [y] }, { kernels, at }) {
    const { scaleRows } = kernels;
    const [steps, width] = [factors.size, x.size / factors.size];
    return function scaleStepsStep(rows) {
      scaleRows(at[x.id], at[factors.id], at[y.id], rows * steps, width);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, factors] }, dy) => g.into(x, scaleStepsOp, [dy, factors])
    : undefined,
};
