import type { NodeProto } from "onnx-buf";
import { nameOf, wrong } from "../graph.js";
import { broadcast, type Constant, sizeOf, strided, stridesOf } from "../tensor.js";
import { axisOf } from "./axes.js";

/** What a fold may ask of the graph that it works in. */
export interface Folding {
  /** The version of ONNX's operator set. */
  readonly opset: number;
  /** @throws FormatError when the file has asked for more numbers than one of its length can account for */
  spend(node: NodeProto, numbers: number): void;
}

/**
 * What an operator makes of constants: its output, or a list of its outputs. The first of its inputs is
 * there, others may be left out.
 */
export type Fold = (
  node: NodeProto,
  inputs: readonly (Constant | undefined)[],
  folding: Folding,
) => Constant | Constant[];

/** An input that has to be there. @throws FormatError */
export function given(node: NodeProto, inputs: readonly (Constant | undefined)[], i: number): Constant {
  const constant = inputs[i];
  if (!constant) throw wrong(nameOf(node), `expected at least ${i + 1} inputs, got ${inputs.length}`);
  return constant;
}

export const list = (values: readonly number[]): Constant => ({
  dims: [values.length],
  values,
  integer: true,
});

/**
 * A shape of several axes in which the batch, whose size is 0, is 1: a constant of it is the same for every
 * sample.
 */
export const batchOfOne = (shape: ArrayLike<number>): number[] =>
  Array.from(shape, (size) => (size === 0 && shape.length > 1 ? 1 : size));

/** A constant broadcast to the shape that it and `shape` have together. @throws FormatError */
export function expanded(
  node: NodeProto,
  from: Constant,
  shape: readonly number[],
  folding: Folding,
): Constant {
  const dims = broadcast([from.dims, shape]);
  if (!dims || dims.length > 16) throw wrong(nameOf(node), "expected a shape that the constant goes with");
  folding.spend(node, sizeOf(dims));
  const own = stridesOf(from.dims);
  const before = dims.length - from.dims.length;
  const strides = dims.map((_, i) => (i < before || from.dims[i - before] === 1 ? 0 : own[i - before]));
  return { ...from, dims, values: strided(from.values, dims, strides) };
}

/** The indices 0, 1, 2 ... of an axis. */
export const axisIndices = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

export function turned(node: NodeProto, constant: Constant, order: readonly number[]): Constant {
  const { dims, values } = constant;
  const axes = order.map((axis) => axisOf(node, axis, dims.length));
  if (axes.length !== dims.length || new Set(axes).size !== axes.length)
    throw wrong(nameOf(node), `expected an order of ${dims.length} axes, got [${order.slice(0, 9)}]`);
  const strides = stridesOf(dims);
  const turnedDims = axes.map((axis) => dims[axis]);
  return {
    ...constant,
    dims: turnedDims,
    values: strided(
      values,
      turnedDims,
      axes.map((axis) => strides[axis]),
    ),
  };
}
