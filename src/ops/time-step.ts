import { ShapeError } from "../core/errors.js";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/value.js";
import { shapeOf } from "./check.js";
import { flatten, reshape } from "./reshape.js";
import { slice } from "./slice.js";

/**
 * Step `index` of a sequence, from the end if it is negative: x[time, ...] gives y[...]. @throws ShapeError
 */
export function timeStep(graph: Graph, x: Value, index: number): Value {
  const [time, ...shape] = x.shape;
  const step = index < 0 ? time + index : index;
  if (shape.length === 0 || !(step >= 0 && step < time))
    throw new ShapeError(
      `timeStep expected a sequence [batch, time, ...] with a step ${index}, got ${shapeOf(x)}`,
    );
  const size = x.size / time;
  return reshape(graph, slice(graph, flatten(graph, x), step * size, (step + 1) * size), shape);
}
