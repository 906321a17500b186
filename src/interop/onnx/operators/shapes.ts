import { axesOf, axisOf } from "../folds/axes.js";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import { turnedLayout } from "../layout.js";
import { type Operator, shapeText } from "../reading.js";
import { sizeOf } from "../tensor.js";

/** Operators that give a sample another shape or another order of axes. They copy nothing: see `Layout`. */

/** Another order of the axes of a sample, or the change of rows and columns of [batch, size]. */
export const transpose: Operator = (reading, node) => {
  const value = reading.value(node, 0);
  const { dims, layout } = value;
  const order = integersOf(node, "perm") ?? [...dims.keys(), dims.length].reverse();
  if (reading.batched && dims.length === 1 && order.join() === "1,0") {
    reading.give(node.output[0], { ...value, flipped: !value.flipped, image: false });
    return;
  }
  const axes = order.slice(1).map((axis) => axis - 1);
  const isOrder = [...axes].sort((a, b) => a - b).join() === [...dims.keys()].join();
  if (!reading.batched || order[0] !== 0 || !isOrder)
    throw wrong(
      nameOf(node),
      `expected it to keep the samples apart and to name each axis of ${shapeText(["batch", ...dims])} once, got ${shapeText(order)}`,
    );
  const turned = { ...reading.rows(node), dims: axes.map((axis) => dims[axis]) };
  reading.give(node.output[0], { ...turned, layout: turnedLayout(layout, dims, axes), image: false });
};

export const squeeze: Operator = (reading, node) => {
  const value = reading.rows(node);
  const axes = axesOf(node, node.input[1] ? reading.constants.needed(node, 1, "its axes") : undefined);
  checkCount(node, axes);
  const gone = axes?.map((axis) => axisOf(node, axis, reading.rankOf(value)));
  // Without axes it would take away the batch, too, where that is of one sample.
  if (!gone || gone.some((axis) => axis === 0 || value.dims[axis - 1] !== 1))
    throw wrong(nameOf(node), "expected axes of size 1 within a sample");
  const dims = value.dims.filter((_, i) => !gone.includes(i + 1));
  reading.give(
    node.output[0],
    reading.resized(node, value, dims, value.image && !gone.includes(1) && dims.length > 1),
  );
};

export const unsqueeze: Operator = (reading, node) => {
  const value = reading.rows(node);
  const axes = axesOf(node, node.input[1] ? reading.constants.needed(node, 1, "its axes") : undefined) ?? [];
  checkCount(node, axes);
  const added = new Set(axes.map((axis) => axisOf(node, axis, reading.rankOf(value) + axes.length)));
  if (added.has(0) || added.size !== axes.length)
    throw wrong(nameOf(node), "expected new axes within a sample, each once");
  let next = 0;
  const dims = Array.from({ length: value.dims.length + added.size }, (_, i) =>
    added.has(i + 1) ? 1 : value.dims[next++],
  );
  reading.give(node.output[0], reading.resized(node, value, dims, value.image && !added.has(1)));
};

function checkCount(node: Parameters<Operator>[1], axes: readonly number[] | undefined): void {
  if (axes && axes.length > 8) throw wrong(nameOf(node), `expected at most 8 axes, got ${axes.length}`);
}

export const flattened: Operator = (reading, node) => {
  const value = reading.rows(node);
  const axis = numberOf(node, "axis", 1);
  if ((axis < 0 ? axis + reading.rankOf(value) : axis) !== 1 || !reading.batched)
    throw wrong(nameOf(node), `expected it to keep the samples apart (axis 1), got axis ${axis}`);
  reading.give(node.output[0], reading.resized(node, value, [sizeOf(value.dims)]));
};

export const reshaped: Operator = (reading, node) => {
  const value = reading.rows(node);
  const { dims } = value;
  const [batch, ...sizes] =
    integersOf(node, "shape") ?? Array.from(reading.constants.needed(node, 1, "its shape").values);
  const keeps = batch === 0 || batch === -1 || reading.graph.inputs.some((input) => batch === input.batch);
  // 0 is the size that is there. Of the batch it is so with allowzero, too: no file has a batch of none.
  const kept = sizes.map((size, i) =>
    size === 0 && numberOf(node, "allowzero", 0) === 0 ? (dims[i] ?? 0) : size,
  );
  const open = kept.indexOf(-1);
  const count = sizeOf(dims);
  const filled = kept.map((size, i) =>
    i === open ? count / sizeOf(kept.filter((_, j) => j !== open)) : size,
  );
  const fits =
    filled.length > 0 &&
    filled.length <= 8 &&
    filled.every((size) => Number.isSafeInteger(size) && size > 0) &&
    sizeOf(filled) === count;
  if (!reading.batched || !keeps || !fits || (open >= 0 && batch === -1)) {
    throw wrong(
      nameOf(node),
      `expected it to keep the samples apart, got ${shapeText([batch ?? 0, ...sizes])} for ${shapeText(["batch", ...dims])}`,
    );
  }
  const isSame = filled.join() === dims.join();
  reading.give(node.output[0], reading.resized(node, value, filled, isSame && value.image));
};
