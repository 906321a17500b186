import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { sumRowsOp } from "./sum-rows.js";

/** y[..., n] = x[..., n] + b[n], over the last axis of x. @throws ShapeError */
export function addRow(graph: Graph, x: Value, b: Value): Value {
  if (b.batched || b.size !== lastOf(x.shape))
    throw new ShapeError(
      `addRow expected x [..., n] and b [n], got [${x.shape.join(", ")}] and [${b.shape.join(", ")}]`,
    );
  return graph.emit(addRowOp, [x, b], x.shape);
}

const addRowOp: Op<undefined> = {
  name: "addRow",
  inPlace: [0],
  bind({ inputs: [x, b], outputs: [y] }, { kernels, at }) {
    const { addRow } = kernels;
    const { each, fixed } = extentOf(x, b.size);
    return function addRowStep(rows) {
      addRow(at[x.id], at[b.id], at[y.id], rows * each + fixed, b.size);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, b] }, dy) => {
        g.into(b, sumRowsOp, [dy]);
        g.pass(x, dy);
      }
    : undefined,
};
