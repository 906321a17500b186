import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import { checkSameShape } from "./check.js";

/** y = a b, element by element, of one shape. @throws ShapeError */
export function multiply(graph: Graph, a: Value, b: Value): Value {
  checkSameShape("multiply", a, b);
  return graph.emit(multiplyOp, [a, b], a.shape);
}

const multiplyOp: Op<undefined> = {
  name: "multiply",
  inPlace: [0, 1],
  bind({ inputs: [a, b], outputs: [y] }, { kernels, at }) {
    const { hadamard } = kernels;
    const { each, fixed } = extentOf(y);
    return function multiplyStep(rows) {
      hadamard(at[a.id], at[b.id], at[y.id], rows * each + fixed);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [a, b] }, dy) => {
        g.into(a, multiplyOp, [dy, b]);
        g.into(b, multiplyOp, [dy, a]);
      }
    : undefined,
};
