import type { NodeProto } from "onnx-buf";
import { slice } from "../../../index.js";
import { axisOf } from "../folds/axes.js";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import { type Operator, type Reading, shapeText, type Value } from "../reading.js";

/** Elements `begin` to `end` - 1 of an axis, which lies last in lanewise. */
function giveSlice(
  reading: Reading,
  node: NodeProto,
  output: string,
  value: Value,
  axis: number,
  begin: number,
  end: number,
): void {
  const { dims, image } = value;
  const order = [...reading.axesOf(value).filter((i) => i !== axis), axis];
  const arranged = reading.arrange(node, value, order);
  const tensor = reading.applyFunction(node, [arranged], () => slice(arranged, begin, end));
  reading.parts.set(tensor, { from: arranged, begin });
  reading.giveArranged(
    output,
    tensor,
    dims.map((size, i) => (i === axis ? end - begin : size)),
    order,
    image,
  );
}

/** Numbers from an attribute, as early operator sets have them, or else from an input. */
export const numbersOf = (reading: Reading, node: NodeProto, name: string, i: number): number[] | undefined =>
  integersOf(node, name) ??
  (node.input[i] ? Array.from(reading.constants.needed(node, i, `its ${name}`).values) : undefined);

/** Split along an axis of a sample. */
export const split: Operator = (reading, node) => {
  const value = reading.rows(node);
  const rank = reading.rankOf(value);
  const axis = axisOf(node, numberOf(node, "axis", 0), rank) - (rank - value.dims.length);
  if (!reading.batched || axis < 0) throw wrong(nameOf(node), "expected an axis of a sample, got the batch");
  const size = value.dims[axis];
  const parts = node.output.length;
  const longest = Math.ceil(size / parts);
  const lengths =
    numbersOf(reading, node, "split", 1) ??
    node.output.map((_, i) => Math.max(0, Math.min(longest, size - i * longest)));
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (
    lengths.length !== parts ||
    sum !== size ||
    !lengths.every((length) => Number.isInteger(length) && length > 0)
  )
    throw wrong(
      nameOf(node),
      `expected ${parts} sizes above 0 with the sum ${size}, got ${shapeText(lengths)}`,
    );
  let begin = 0;
  for (const [i, length] of lengths.entries()) {
    if (reading.uses(node.output[i]) > 0)
      giveSlice(reading, node, node.output[i], value, axis, begin, begin + length);
    begin += length;
  }
};

/** Slice along axes of a sample, by steps of 1. */
export const sliced: Operator = (reading, node) => {
  let value = reading.rows(node);
  const rank = reading.rankOf(value);
  const [starts, ends] = [
    numbersOf(reading, node, "starts", 1) ?? [],
    numbersOf(reading, node, "ends", 2) ?? [],
  ];
  const axes = numbersOf(reading, node, "axes", 3) ?? starts.map((_, i) => i);
  const steps = numbersOf(reading, node, "steps", 4) ?? starts.map(() => 1);
  const isWhole = [ends, axes, steps].every(({ length }) => length === starts.length);
  if (!reading.batched || !isWhole || starts.length > rank || steps.some((step) => step !== 1))
    throw wrong(nameOf(node), "expected a start, an end and a step of 1 for axes of a sample");
  const [output] = node.output;
  reading.give(output, value);
  for (const [i, given] of axes.entries()) {
    const axis = axisOf(node, given, rank) - 1;
    const size = axis < 0 ? Number.POSITIVE_INFINITY : value.dims[axis];
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
    const [begin, end] = [clamp(starts[i]), clamp(ends[i])];
    const isAll = begin === 0 && (axis < 0 ? ends[i] >= 2_147_483_648 - 1 : end === size);
    if (isAll) continue;
    if (axis < 0 || end <= begin)
      throw wrong(
        nameOf(node),
        `expected a part of a sample, got ${starts[i]} to ${ends[i]} of axis ${given}`,
      );
    giveSlice(reading, node, output, value, axis, begin, end);
    value = reading.find(output) as Value;
  }
};
