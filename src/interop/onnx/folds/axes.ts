import type { NodeProto } from "onnx-buf";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import type { Constant } from "../tensor.js";

/** An axis counted from the front. @throws FormatError for one that is not there */
export function axisOf(node: NodeProto, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
  throw wrong(nameOf(node), `expected an axis of ${rank} dimensions, got ${axis}`);
}

/** The sizes that a Shape gives; from operator set 15 on it may have a start and an end. */
export const shapeBetween = (node: NodeProto, dims: readonly number[]): readonly number[] =>
  dims.slice(numberOf(node, "start", 0), numberOf(node, "end", dims.length));

/** Axes from an attribute, as early operator sets have them, or else from the second input. */
export const axesOf = (node: NodeProto, constant: Constant | undefined): number[] | undefined =>
  integersOf(node, "axes") ?? (constant && Array.from(constant.values));
