import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import type { Value } from "../graph/value.js";

/** The same elements under another shape, without the batch. Nothing is copied. @throws ShapeError */
export const reshape = (graph: Graph, x: Value, shape: readonly number[]): Value =>
  graph.emit(reshapeOp, [x], shape);

/** One axis. @throws ShapeError */
export const flatten = (graph: Graph, x: Value): Value => reshape(graph, x, [x.size]);

const reshapeOp: Op<undefined> = {
  name: "reshape",
  alias: true,
  backward: TRAINING
    ? (g, { inputs: [x] }, dy) => {
        if (g.needs(x)) g.pass(x, reshape(g.graph, dy, x.shape));
      }
    : undefined,
};
