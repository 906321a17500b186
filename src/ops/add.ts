import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import { checkSameShape } from "./check.js";

/** y = a + b, of one shape. @throws ShapeError */
export function add(graph: Graph, a: Value, b: Value): Value {
  checkSameShape("add", a, b);
  return graph.emit(addOp, [a, b], a.shape);
}

const addOp: Op<undefined> = {
  name: "add",
  inPlace: [0, 1],
  bind({ inputs: [a, b], outputs: [y] }, { kernels, at }) {
    const { add } = kernels;
    const { each, fixed } = extentOf(y);
    return function addStep(rows) {
      add(at[a.id], at[b.id], at[y.id], rows * each + fixed);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [a, b] }, dy) => {
        g.pass(a, dy);
        g.pass(b, dy);
      }
    : undefined,
};

/** y = x, or y = y + x where the node adds. Without x, for what no node before it has written: y = 0. */
export const addIntoOp: Op<undefined> = {
  name: "addInto",
  accumulates: true,
  bind({ inputs: [x], outputs: [y], adds }, { kernels, at }) {
    const { add, scale, zero } = kernels;
    const { each, fixed } = extentOf(y);
    if (!x)
      return function zeroInto(rows) {
        zero(at[y.id], rows * each + fixed);
      };
    return function addInto(rows) {
      const n = rows * each + fixed;
      if (adds) add(at[y.id], at[x.id], at[y.id], n);
      else scale(at[x.id], at[y.id], n, 1);
    };
  },
};
