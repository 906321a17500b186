import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import { checkSameShape } from "./check.js";
import { scaleOp } from "./scale.js";

/** y = a - b, element by element, of one shape. @throws ShapeError */
export function subtract(graph: Graph, a: Value, b: Value): Value {
  checkSameShape("subtract", a, b);
  return graph.emit(subtractOp, [a, b], a.shape);
}

const subtractOp: Op<undefined> = {
  name: "subtract",
  inPlace: [0, 1],
  bind({ inputs: [a, b], outputs: [y] }, { kernels, at }) {
    const { subtract } = kernels;
    const { each, fixed } = extentOf(y);
    return function subtractStep(rows) {
      subtract(at[a.id], at[b.id], at[y.id], rows * each + fixed);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [a, b] }, dy) => {
        g.pass(a, dy);
        g.into(b, scaleOp, [dy], -1);
      }
    : undefined,
};
