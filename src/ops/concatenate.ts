import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";
import { sliceOp } from "./slice.js";

/** The values side by side on the last axis: y[..., a + b + …]. @throws ShapeError */
export function concatenate(graph: Graph, inputs: readonly Value[]): Value {
  const leading = ({ shape, batched }: Value): string => `${batched}:${shape.slice(0, -1).join()}`;
  const [first] = inputs;
  const other = inputs.find((input) => leading(input) !== leading(first) || input.shape.length === 0);
  if (!first || other)
    throw new ShapeError(
      `concatenate expected tensors that differ in their last axis alone, got ${inputs.map(shapeOf).join(", ") || "none"}`,
    );
  const width = inputs.reduce((sum, { shape }) => sum + lastOf(shape), 0);
  return graph.emit(concatenateOp, inputs, [...first.shape.slice(0, -1), width]);
}

const concatenateOp: Op<undefined> = {
  name: "concatenate",
  bind({ inputs, outputs: [y] }, { kernels, at }) {
    const { copyRows } = kernels;
    const width = lastOf(y.shape);
    const { each, fixed } = extentOf(y, width);
    const widths = inputs.map(({ shape }) => lastOf(shape));
    return function concatenateStep(rows) {
      const count = rows * each + fixed;
      let to = at[y.id];
      for (let i = 0; i < inputs.length; i++) {
        copyRows(at[inputs[i].id], to, count, widths[i], widths[i], width);
        to += 4 * widths[i];
      }
    };
  },
  backward: TRAINING
    ? (g, { inputs }, dy) => {
        let begin = 0;
        for (const input of inputs) {
          g.into(input, sliceOp, [dy], begin);
          begin += lastOf(input.shape);
        }
      }
    : undefined,
};
