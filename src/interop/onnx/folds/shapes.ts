import type { NodeProto } from "onnx-buf";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import { type Constant, sizeOf } from "../tensor.js";
import { axesOf, axisOf, shapeBetween } from "./axes.js";
import { batchOfOne, expanded, type Fold, given, list, turned } from "./fold.js";

/** A shape with one size left open (-1), and sizes that stay as they were (0). @throws FormatError */
function reshaped(node: NodeProto, from: Constant, shape: readonly number[]): Constant {
  const keeps = numberOf(node, "allowzero", 0) === 0;
  const sizes = shape.map((size, i) => (size === 0 && keeps ? (from.dims[i] ?? 0) : size));
  const open = sizes.indexOf(-1);
  if (open >= 0) sizes[open] = from.values.length / sizeOf(sizes.filter((_, i) => i !== open));
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0) || sizeOf(sizes) !== from.values.length)
    throw wrong(
      nameOf(node),
      `expected a shape for ${from.values.length} numbers, got [${shape.slice(0, 9)}]`,
    );
  return { ...from, dims: sizes };
}

/** Operators that ask for the shape of a constant, or give it another. */
export const shapeFolds: Readonly<Record<string, Fold>> = {
  Shape: (node, [constant]) => list(shapeBetween(node, (constant as Constant).dims)),
  Size: (_, [constant]) => ({ dims: [], values: [(constant as Constant).values.length], integer: true }),
  Reshape: (node, inputs) =>
    reshaped(
      node,
      given(node, inputs, 0),
      integersOf(node, "shape") ?? Array.from(given(node, inputs, 1).values),
    ),
  Flatten: (node, [constant]) => {
    const { dims } = constant as Constant;
    const axis = numberOf(node, "axis", 1);
    const at = axis === dims.length ? axis : axisOf(node, axis, Math.max(dims.length, 1));
    return { ...(constant as Constant), dims: [sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at))] };
  },
  Squeeze: (node, [constant, axes]) => {
    const { dims } = constant as Constant;
    const gone = axesOf(node, axes)?.map((axis) => axisOf(node, axis, dims.length));
    if (gone?.some((axis) => dims[axis] !== 1)) throw wrong(nameOf(node), "expected axes of size 1");
    const kept = dims.filter((size, axis) => (gone ? !gone.includes(axis) : size !== 1));
    return { ...(constant as Constant), dims: kept };
  },
  Unsqueeze: (node, [constant, axes]) => {
    const { dims } = constant as Constant;
    const wanted = axesOf(node, axes) ?? [];
    const rank = dims.length + wanted.length;
    if (rank > 16) throw wrong(nameOf(node), `expected at most 16 dimensions, got ${rank}`);
    const added = new Set(wanted.map((axis) => axisOf(node, axis, rank)));
    if (added.size !== wanted.length) throw wrong(nameOf(node), "expected each axis once");
    let next = 0;
    return {
      ...(constant as Constant),
      dims: Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : dims[next++])),
    };
  },
  Transpose: (node, [constant]) => {
    const { dims } = constant as Constant;
    return turned(
      node,
      constant as Constant,
      integersOf(node, "perm") ?? dims.map((_, i) => dims.length - 1 - i),
    );
  },
  Expand: (node, inputs, folding) =>
    expanded(node, given(node, inputs, 0), batchOfOne(given(node, inputs, 1).values), folding),
};
