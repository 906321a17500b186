import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";
import { averagePositions } from "./pooling.js";

/** mask[steps]: 0 where all features of the step x[steps, ...features] equal `padding`, else 1. */
export const realSteps = (graph: Graph, x: Value, padding: number): Value =>
  graph.emit(realStepsOp, [x], x.shape.slice(0, 1), padding);

/** y = x[steps, ...features] mask[steps]: 0 in steps that are padding. @throws ShapeError */
export function clearSteps(graph: Graph, x: Value, mask: Value): Value {
  check("clearSteps", x, mask);
  return graph.emit(clearStepsOp, [x, mask], x.shape);
}

/**
 * The mean over the steps of x[steps, channels]: y[channels]. With a mask over the real ones, and 0 without
 * any.
 * @throws ShapeError
 */
export function averageSteps(graph: Graph, x: Value, mask: Value | undefined): Value {
  if (mask) check("averageSteps", x, mask);
  const node = graph.nodes.find(({ outputs }) => outputs[0] === x);
  const fused = node?.op.averageSteps?.(graph, node, mask);
  if (fused) return fused;
  if (!mask) return averagePositions(graph, x);
  return graph.emit(averageStepsOp, [x, mask], x.shape.slice(1));
}

/** The largest over the real steps of x[steps, channels]: y[channels], 0 without any. @throws ShapeError */
export function maxSteps(graph: Graph, x: Value, mask: Value): Value {
  check("maxSteps", x, mask);
  return graph.emit(maxStepsOp, [x, mask], x.shape.slice(1));
}

/** @throws ShapeError for a mask of another number of steps */
function check(who: string, x: Value, mask: Value): void {
  if (x.shape.length > 0 && mask.size === x.shape[0] && mask.batched === x.batched) return;
  throw new ShapeError(
    `${who} expected x [steps, ...] and a mask [steps], got ${shapeOf(x)} and ${shapeOf(mask)}`,
  );
}

const realStepsOp: Op<number> = {
  name: "realSteps",
  bind({ inputs: [x], outputs: [mask], attributes: padding }, { kernels, at }) {
    const { realSteps } = kernels;
    const { each, fixed } = extentOf(mask);
    const cols = x.size / mask.size;
    return function realStepsStep(rows) {
      realSteps(at[x.id], at[mask.id], rows * each + fixed, cols, padding);
    };
  },
};

const clearStepsOp: Op<undefined> = {
  name: "clearSteps",
  inPlace: [0],
  bind({ inputs: [x, mask], outputs: [y] }, { kernels, at }) {
    const { scaleRows } = kernels;
    const { each, fixed } = extentOf(mask);
    const cols = x.size / mask.size;
    return function clearStepsStep(rows) {
      scaleRows(at[x.id], at[mask.id], at[y.id], rows * each + fixed, cols);
    };
  },
  backward: TRAINING ? (g, { inputs: [x, mask] }, dy) => g.into(x, clearStepsOp, [dy, mask]) : undefined,
};

const averageStepsOp: Op<undefined> = {
  name: "averageSteps",
  work: ({ inputs: [x] }) => x.size,
  bind({ inputs: [x, mask], outputs: [y] }, { kernels, at, scratch }) {
    const { averageSteps } = kernels;
    const { each, fixed } = extentOf(mask, mask.size);
    return function averageStepsStep(rows) {
      averageSteps(at[x.id], at[mask.id], at[y.id], at[scratch], rows * each + fixed, mask.size, y.size);
    };
  },
  /** For the addresses of the steps of a sample. */
  scratch: ({ inputs: [, mask] }) => 4 * mask.size,
  backward: TRAINING
    ? (g, { inputs: [x, mask] }, dy) => g.into(x, averageStepsGradientOp, [mask, dy])
    : undefined,
};

/** dx = dy / the number of real steps at those. */
const averageStepsGradientOp: Op<undefined> = {
  name: "averageStepsGradient",
  bind({ inputs: [mask, dy], outputs: [dx] }, { kernels, at }) {
    const { averageStepsBackward } = kernels;
    const { each, fixed } = extentOf(mask, mask.size);
    return function averageStepsGradient(rows) {
      averageStepsBackward(at[mask.id], at[dy.id], at[dx.id], rows * each + fixed, mask.size, dy.size);
    };
  },
};

const maxStepsOp: Op<undefined> = {
  name: "maxSteps",
  work: ({ inputs: [x] }) => x.size,
  bind({ inputs: [x, mask], outputs: [y] }, { kernels, at }) {
    const { maxSteps } = kernels;
    const { each, fixed } = extentOf(mask, mask.size);
    return function maxStepsStep(rows) {
      maxSteps(at[x.id], at[mask.id], at[y.id], rows * each + fixed, mask.size, y.size);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, mask], outputs: [y] }, dy) => g.into(x, maxStepsGradientOp, [x, mask, y, dy])
    : undefined,
};

/** dy to the first of the largest of the real steps. */
const maxStepsGradientOp: Op<undefined> = {
  name: "maxStepsGradient",
  inPlace: [0],
  bind({ inputs: [x, mask, y, dy], outputs: [dx] }, { kernels, at }) {
    const { maxStepsBackward } = kernels;
    const { each, fixed } = extentOf(mask, mask.size);
    return function maxStepsGradient(rows) {
      const count = rows * each + fixed;
      maxStepsBackward(at[x.id], at[mask.id], at[y.id], at[dy.id], at[dx.id], count, mask.size, y.size);
    };
  },
};
