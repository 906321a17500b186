import type { NodeProto } from "onnx-buf";
import { type Factor, type Folded, reshaped, transposed } from "./folded.js";
import { axesOf, axisOf } from "./folds/axes.js";
import { integersOf, numberOf } from "./graph.js";
import type { Around, Known } from "./padding.js";

/** The axes of masks of padding, of which one is that of the steps and one that of the batch. */

/** The axes of a value under another shape; undefined where a node does something else. */
export function movedAxes(
  reading: Around,
  node: NodeProto,
  { axes, origin }: Pick<Known, "axes" | "origin">,
): Folded["axes"] | undefined {
  const folded: Folded = { tensor: origin.of, memory: [origin.time], axes, scale: 1 };
  const { opType } = node;
  const named = axesOf(node, reading.constants.get(node.input[1] ?? ""));
  const shape = Array.from(reading.constants.get(node.input[1] ?? "")?.values ?? []);
  if (opType === "Transpose") {
    const order = integersOf(node, "perm") ?? [...axes.keys()].reverse();
    const isOrder = [...order].sort((a, b) => a - b).join() === [...axes.keys()].join();
    return isOrder ? transposed(folded, order).axes : undefined;
  }
  if (opType === "Unsqueeze" && named && named.length <= 8) {
    const rank = axes.length + named.length;
    const added = named.map((axis) => axisOf(node, axis, rank));
    const left = [...axes];
    return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? [] : (left.shift() ?? [])));
  }
  if (opType === "Squeeze" && named) {
    const gone = named.map((axis) => axisOf(node, axis, axes.length));
    return gone.some((axis) => axes[axis].length > 0)
      ? undefined
      : axes.filter((_, axis) => !gone.includes(axis));
  }
  if (opType === "Reshape") {
    const batch = reading.graph.inputs.find((port) => port.batch !== undefined)?.batch;
    const given = integersOf(node, "shape") ?? shape;
    return given.length <= 8 ? reshaped(folded, given, batch)?.axes : undefined;
  }
  if (opType !== "Expand" || shape.length > 8) return undefined;
  const padded = [...shape.map((): Factor[] => []), ...axes].slice(-Math.max(shape.length, axes.length));
  return padded.map((axis, i) => {
    const size = shape[i - padded.length + shape.length] ?? 1;
    return axis.length > 0 || size <= 1 ? axis : [{ size }];
  });
}

/** The axes that a node names, and the others, with those that it keeps. */
export function reducedAxes(
  reading: Around,
  node: NodeProto,
  axes: Folded["axes"],
): { gone: Folded["axes"]; left: Folded["axes"] } {
  const named = axesOf(node, reading.constants.get(node.input[1] ?? "")) ?? [];
  const at = named.map((axis) => axisOf(node, axis, axes.length));
  const keeps = numberOf(node, "keepdims", 1) !== 0;
  return {
    gone: axes.filter((_, axis) => at.includes(axis)),
    left: axes.flatMap((axis, i) => (at.includes(i) ? (keeps ? [[]] : []) : [axis])),
  };
}

/** The axes that values have together, of which some may be repeated; undefined where they differ. */
export function joinedAxes(shapes: readonly Folded["axes"][]): Folded["axes"] | undefined {
  const rank = Math.max(...shapes.map((axes) => axes.length));
  const all: (readonly Factor[])[] = Array.from({ length: rank }, () => []);
  for (const axes of shapes)
    for (const [i, axis] of axes.entries()) {
      const at = rank - axes.length + i;
      if (axis.length === 0) continue;
      const isSame = axis.length === all[at].length && axis.every((factor, j) => factor === all[at][j]);
      if (all[at].length > 0 && !isSame) return undefined;
      all[at] = axis;
    }
  return all;
}
