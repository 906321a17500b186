import type { NodeProto } from "onnx-buf";
import { cropping1d, cropping2d, type Layer, slice, zeroPadding1d, zeroPadding2d } from "../../../index.js";
import { axesOf, axisOf } from "../folds/axes.js";
import { integersOf, nameOf, numberOf, textOf, wrong } from "../graph.js";
import { type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { giveImage, imageOf, type Sides, tensorOf } from "./windows.js";

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
  reading.giveArranged(
    output,
    tensor,
    dims.map((size, i) => (i === axis ? end - begin : size)),
    order,
    image,
  );
}

/** Numbers from an attribute, as early operator sets have them, or else from an input. */
const numbersOf = (reading: Reading, node: NodeProto, name: string, i: number): number[] | undefined =>
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
    const isAll = begin === 0 && (axis < 0 ? ends[i] >= 2 ** 31 - 1 : end === size);
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

/** Zeros around the positions of an image or a sequence, or, of negative numbers, less of it. */
export const padded: Operator = (reading, node) => {
  const value = imageOf(reading, node);
  const { dims } = value;
  const rank = dims.length + 1;
  const mode = textOf(node, "mode", "constant");
  const fill = node.input[2]
    ? reading.constants.needed(node, 2, "its value").values[0]
    : numberOf(node, "value", 0);
  if (mode !== "constant" || fill !== 0)
    throw wrong(
      nameOf(node),
      `expected zeros, which lanewise pads with, got mode ${mode.slice(0, 60)}, value ${fill}`,
    );
  const pads = integersOf(node, "paddings") ?? numbersOf(reading, node, "pads", 1) ?? [];
  const named = axesOf(node, node.input[3] ? reading.constants.needed(node, 3, "its axes") : undefined);
  const axes = (named ?? [...new Array(rank).keys()]).map((axis) => axisOf(node, axis, rank));
  if (pads.length !== 2 * axes.length || !pads.every(Number.isSafeInteger))
    throw wrong(nameOf(node), `expected two numbers for each of ${axes.length} axes, got ${shapeText(pads)}`);
  const sides = dims.map((): Sides => [0, 0]);
  for (const [i, axis] of axes.entries()) {
    const both: Sides = [pads[i], pads[axes.length + i]];
    if (axis > 1) sides[axis - 1] = both;
    else if (both[0] !== 0 || both[1] !== 0)
      throw wrong(nameOf(node), `expected padding of positions, got ${shapeText(both)} of axis ${axis}`);
  }
  const around = sides.slice(1);
  const some = (of: (count: number) => number) => around.map((pair): Sides => [of(pair[0]), of(pair[1])]);
  const more = some((count) => Math.max(count, 0));
  const less = some((count) => Math.max(-count, 0));
  let tensor = tensorOf(reading, node, value);
  for (const [counts, of1d, of2d] of [
    [less, cropping1dOf, cropping2dOf],
    [more, padding1dOf, padding2dOf],
  ] as const) {
    if (counts.every(([before, after]) => before + after === 0)) continue;
    const make = (): Layer => (counts.length === 1 ? of1d(counts[0]) : of2d([counts[0], counts[1]]));
    tensor = reading.apply(node, reading.layer(node, make), [tensor]);
  }
  const sizes = around.map(([before, after], i) => dims[i + 1] + before + after);
  giveImage(reading, node.output[0], tensor, dims[0], sizes);
};

const cropping1dOf = (cropping: Sides): Layer => cropping1d({ cropping });
const cropping2dOf = (cropping: readonly [Sides, Sides]): Layer => cropping2d({ cropping });
const padding1dOf = (padding: Sides): Layer => zeroPadding1d({ padding });
const padding2dOf = (padding: readonly [Sides, Sides]): Layer => zeroPadding2d({ padding });
