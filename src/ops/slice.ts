import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";

/** Elements `begin` to `end` - 1 of the last axis: y[..., end - begin]. @throws ShapeError */
export function slice(graph: Graph, x: Value, begin: number, end: number): Value {
  if (x.shape.length === 0 || !(begin >= 0 && begin < end && end <= lastOf(x.shape)))
    throw new ShapeError(
      `slice expected a part of the last axis of [${x.shape.join(", ")}], got ${begin} to ${end}`,
    );
  return graph.emit(sliceOp, [x], [...x.shape.slice(0, -1), end - begin], begin);
}

/** Its attribute is the first element. */
export const sliceOp: Op<number> = {
  name: "slice",
  bind({ inputs: [x], outputs: [y], attributes: begin }, { kernels, at }) {
    const { copyRows } = kernels;
    const [from, to] = [lastOf(x.shape), lastOf(y.shape)];
    const { each, fixed } = extentOf(y, to);
    return function sliceStep(rows) {
      copyRows(at[x.id] + 4 * begin, at[y.id], rows * each + fixed, to, from, to);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], attributes: begin }, dy) => g.into(x, sliceGradientOp, [dy], begin)
    : undefined,
};

/** dx = dy where the slice is, and 0 elsewhere. */
const sliceGradientOp: Op<number> = {
  name: "sliceGradient",
  bind({ inputs: [dy], outputs: [dx], attributes: begin }, { kernels, at }) {
    const { copyRows, zero } = kernels;
    const [from, to] = [lastOf(dy.shape), lastOf(dx.shape)];
    const { each, fixed } = extentOf(dx, to);
    return function sliceGradient(rows) {
      const count = rows * each + fixed;
      zero(at[dx.id], count * to);
      copyRows(at[dy.id], at[dx.id] + 4 * begin, count, from, from, to);
    };
  },
};
