import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import { add } from "./add.js";

/** y = factor x. */
export const scale = (graph: Graph, x: Value, factor: number): Value =>
  graph.emit(scaleOp, [x], x.shape, factor);

/** The mean of one value or more of one shape, summed in their order. @throws ShapeError */
export const average = (graph: Graph, [first, ...others]: readonly Value[]): Value =>
  scale(
    graph,
    others.reduce((sum, value) => add(graph, sum, value), first),
    1 / (1 + others.length),
  );

/** y = factor x. Its attribute is the factor. */
export const scaleOp: Op<number> = {
  name: "scale",
  inPlace: [0],
  bind({ inputs: [x], outputs: [y], attributes: factor }, { kernels, at }) {
    const { scale } = kernels;
    const { each, fixed } = extentOf(y);
    return function scaleStep(rows) {
      scale(at[x.id], at[y.id], rows * each + fixed, factor);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], attributes: factor }, dy) => g.into(x, scaleOp, [dy], factor)
    : undefined,
};
