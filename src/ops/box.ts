import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, sizeOf, type Value } from "../graph/value.js";

/** An axis of a box: how many elements, and how far apart they are in x and in y. */
interface Axis {
  readonly size: number;
  readonly xStep: number;
  readonly yStep: number;
}

/** A box of elements that x and y have in common, each in an order of its own. */
interface Box {
  readonly axes: readonly Axis[];
  /** Where it begins in a sample. */
  readonly xOffset: number;
  readonly yOffset: number;
}

/**
 * x with `before` and `after` zeros on each axis, or, of negative numbers, without as many elements.
 * @throws ShapeError where nothing is left
 */
export function pad(graph: Graph, x: Value, before: readonly number[], after: readonly number[]): Value {
  const shape = x.shape.map((size, axis) => size + before[axis] + after[axis]);
  if (shape.some((size) => size < 1))
    throw new ShapeError(
      `pad expected to leave an element on each axis of [${x.shape.join(", ")}], got [${shape.join(", ")}]`,
    );
  const [xSteps, ySteps] = [stepsOf(x.shape), stepsOf(shape)];
  const cut = (sides: readonly number[], axis: number): number => Math.min(sides[axis], 0);
  const offset = (sides: readonly number[], steps: readonly number[]): number =>
    sides.reduce((sum, count, axis) => sum + Math.max(count, 0) * steps[axis], 0);
  return graph.emit(copyBoxOp, [x], shape, {
    axes: x.shape.map((size, axis) => ({
      size: size + cut(before, axis) + cut(after, axis),
      xStep: xSteps[axis],
      yStep: ySteps[axis],
    })),
    xOffset: offset(
      before.map((count) => -count),
      xSteps,
    ),
    yOffset: offset(before, ySteps),
  });
}

/** The axes of x in another order: axis i of y is axis order[i] of x. */
export function permute(graph: Graph, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[axis]);
  const [xSteps, ySteps] = [stepsOf(x.shape), stepsOf(shape)];
  const axes = order.map((from, to) => ({ size: shape[to], xStep: xSteps[from], yStep: ySteps[to] }));
  return graph.emit(copyBoxOp, [x], shape, { axes, xOffset: 0, yOffset: 0 });
}

/** From an element of a shape to the next of each axis. */
const stepsOf = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

const copyBoxOp: Op<Box> = {
  name: "copyBox",
  record: ({ inputs: [x], outputs: [y], attributes }) => recordOf(attributes, x.size, y.size),
  bind({ inputs: [x], outputs: [y] }, { kernels, at, record }) {
    const { copyBox } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    return function copyBoxStep(rows) {
      copyBox(at[x.id], at[y.id], at[record], rows * each + fixed);
    };
  },
  // The same box the other way round.
  backward: TRAINING
    ? (g, { inputs: [x], attributes: { axes, xOffset, yOffset } }, dy) =>
        g.into(x, copyBoxOp, [dy], {
          axes: axes.map(({ size, xStep, yStep }) => ({ size, xStep: yStep, yStep: xStep })),
          xOffset: yOffset,
          yOffset: xOffset,
        })
    : undefined,
};

/** The words of the record that the kernel reads: `assembly/box.ts`. */
function recordOf({ axes, xOffset, yOffset }: Box, xSize: number, ySize: number): number[] {
  const outer = joined(axes);
  const { rows, cols, xStride, yStride, transposed } = innermost(outer);
  const partial = axes.reduce((product, { size }) => product * size, 1) < ySize;
  return [
    xOffset,
    yOffset,
    xSize,
    ySize,
    rows,
    cols,
    xStride,
    yStride,
    Number(transposed),
    Number(partial),
    outer.length,
    ...outer.flatMap(({ size, xStep, yStep }) => [size, xStep, yStep]),
  ];
}

/** The axes in the order of y, without those of one element; two that are one line in x and in y are one. */
function joined(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  const ordered = axes.filter(({ size }) => size > 1).sort((a, b) => b.yStep - a.yStep);
  for (const axis of ordered) {
    const { size, xStep, yStep } = axis;
    const outer = result[result.length - 1];
    if (outer?.xStep === size * xStep && outer.yStep === size * yStep)
      result[result.length - 1] = { size: outer.size * size, xStep, yStep };
    else result.push(axis);
  }
  return result;
}

/** Takes out of the axes the two that the kernel copies at once. */
function innermost(axes: Axis[]) {
  const take = (at: number): Axis => axes.splice(at, 1)[0] ?? { size: 1, xStep: 1, yStep: 1 };
  const across = axes.findIndex(({ xStep, yStep }) => xStep === 1 && yStep > 1);
  const down = axes.findIndex(({ xStep, yStep }) => xStep > 1 && yStep === 1);
  if (across >= 0 && down >= 0) {
    // x[i, j] to y[j, i]: the axis that is a line in x, and the one that is a line in y.
    const [row, col] = [axes[down], axes[across]];
    for (const at of [across, down].sort((a, b) => b - a)) take(at);
    return {
      rows: row.size,
      cols: col.size,
      xStride: row.xStep,
      yStride: col.yStep,
      transposed: true,
    };
  }
  const line = axes.findIndex(({ xStep, yStep }) => xStep === 1 && yStep === 1);
  const col = line >= 0 || axes.length === 0 ? take(line) : { size: 1 };
  const row = axes.length > 0 ? take(axes.length - 1) : { size: 1, xStep: col.size, yStep: col.size };
  return { rows: row.size, cols: col.size, xStride: row.xStep, yStride: row.yStep, transposed: false };
}
