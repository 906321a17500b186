import type { NodeProto } from "onnx-buf";
import {
  cropping1d,
  cropping2d,
  type Layer,
  type Tensor,
  zeroPadding1d,
  zeroPadding2d,
} from "../../../index.js";
import { axesOf, axisOf } from "../folds/axes.js";
import { integersOf, nameOf, numberOf, textOf, wrong } from "../graph.js";
import { channelsLast, type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { sizeOf } from "../tensor.js";
import { numbersOf } from "./parts.js";
import type { Sides } from "./windows.js";

/** Zeros around axes of a sample, or, of negative numbers, less of it. */
export const padded: Operator = (reading, node) => {
  const value = reading.rows(node);
  const { dims, image } = value;
  const sides = sidesOf(reading, node, value);
  const own = [...dims.keys()].filter((axis) => sides[axis][0] !== 0 || sides[axis][1] !== 0);
  const [output] = node.output;
  if (own.length === 0) {
    reading.give(output, value);
    return;
  }
  const sizes = dims.map((size, axis) => size + sides[axis][0] + sides[axis][1]);
  if (sizes.some((size) => size < 1))
    throw wrong(nameOf(node), `expected a part of a sample, got ${shapeText(["batch", ...sizes])}`);
  const isImage = image && !own.includes(0) && dims.length > 1 && dims.length < 4;
  if (isImage) {
    const axes = channelsLast(dims);
    const around = sides.slice(1);
    reading.giveArranged(
      output,
      pad(reading, node, reading.arrange(node, value, axes), around),
      sizes,
      axes,
      true,
    );
    return;
  }
  if (own.length > 2) throw wrong(nameOf(node), `expected padding of at most 2 axes, got ${own.length}`);
  // The axes that change come first, and all others together are the channels.
  const order = [...own, ...[...dims.keys()].filter((axis) => !own.includes(axis))];
  const before = order.map((axis) => dims[axis]);
  const flat = [...before.slice(0, own.length), sizeOf(before.slice(own.length))];
  const tensor = reading.reshaped(node, reading.arrange(node, value, order), flat);
  const made = pad(
    reading,
    node,
    tensor,
    own.map((axis) => sides[axis]),
  );
  reading.giveArranged(output, made, sizes, order, image);
};

/** A tensor [...positions, channels] with more and less around its positions. */
function pad(reading: Reading, node: NodeProto, tensor: Tensor, sides: readonly Sides[]): Tensor {
  const only = (of: (count: number) => number) =>
    sides.map(([before, after]): Sides => [of(before), of(after)]);
  const less = only((count) => Math.max(-count, 0));
  const more = only((count) => Math.max(count, 0));
  const apply = (
    from: Tensor,
    counts: readonly Sides[],
    of1d: (sides: Sides) => Layer,
    of2d: Both,
  ): Tensor => {
    if (counts.every(([before, after]) => before + after === 0)) return from;
    const make = () => (counts.length === 1 ? of1d(counts[0]) : of2d([counts[0], counts[1]]));
    return reading.apply(node, reading.layer(node, make), [from]);
  };
  const cropped = apply(
    tensor,
    less,
    (cropping) => cropping1d({ cropping }),
    (cropping) => cropping2d({ cropping }),
  );
  return apply(
    cropped,
    more,
    (padding) => zeroPadding1d({ padding }),
    (padding) => zeroPadding2d({ padding }),
  );
}

type Both = (sides: readonly [Sides, Sides]) => Layer;

/** What each axis of a sample has more, before and after it. @throws FormatError for anything but zeros */
function sidesOf(reading: Reading, node: NodeProto, value: Value): Sides[] {
  const rank = reading.rankOf(value);
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
  const axes = named
    ? named.map((axis) => axisOf(node, axis, rank))
    : Array.from({ length: rank }, (_, i) => i);
  if (pads.length !== 2 * axes.length || !pads.every(Number.isSafeInteger))
    throw wrong(
      nameOf(node),
      `expected two integers for each of ${axes.length} axes, got ${shapeText(pads)}`,
    );
  const sides = value.dims.map((): Sides => [0, 0]);
  for (const [i, axis] of axes.entries()) {
    const both: Sides = [pads[i], pads[axes.length + i]];
    const own = axis - (rank - value.dims.length);
    if (own >= 0) sides[own] = both;
    else if (both[0] !== 0 || both[1] !== 0)
      throw wrong(nameOf(node), `expected padding within samples, got ${shapeText(both)} of the batch`);
  }
  return sides;
}
