import type { NodeProto } from "onnx-buf";
import { integersOf, nameOf, textOf, wrong } from "../graph.js";
import { channelsLast, type Reading, shapeText, type Value } from "../reading.js";

/** Pixels before and after an axis. */
export type Sides = readonly [before: number, after: number];

/** The windows of a node over the positions of an image or a sequence. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly Sides[];
}

/** An image [channels, height, width], or a sequence [channels, length]. @throws FormatError for others */
export function imageOf(reading: Reading, node: NodeProto): Value {
  const value = reading.rows(node);
  const { dims } = value;
  if (!reading.batched || dims.length < 2 || dims.length > 3)
    throw wrong(
      nameOf(node),
      `expected images [batch, channels, height, width] or sequences [batch, channels, length], got ${shapeText(["batch", ...dims])}`,
    );
  return value;
}

/**
 * The windows of a Conv, a pool or the like over these positions. `kernel` is the size that the weights have.
 * @throws FormatError for numbers that are no sizes
 */
export function windowsOf(node: NodeProto, sizes: readonly number[], kernel?: readonly number[]): Windows {
  const numbers = (
    name: string,
    otherwise: readonly number[] | undefined,
    least: number,
  ): readonly number[] => {
    const given = integersOf(node, name) ?? otherwise;
    if (given?.length === sizes.length && given.every((size) => Number.isSafeInteger(size) && size >= least))
      return given;
    throw wrong(
      nameOf(node),
      `expected ${name} to be ${sizes.length} integers of at least ${least}, got ${given ? shapeText(given) : "none"}`,
    );
  };
  const ones = sizes.map(() => 1);
  const own = numbers("kernel_shape", kernel, 1);
  if (kernel && own.join() !== kernel.join())
    throw wrong(
      nameOf(node),
      `expected kernel_shape to be that of its weights, ${shapeText(kernel)}, got ${shapeText(own)}`,
    );
  const strides = numbers("strides", ones, 1);
  const dilation = numbers("dilations", ones, 1);
  return { kernel: own, strides, dilation, padding: paddingOf(node, sizes, own, strides, dilation) };
}

function paddingOf(
  node: NodeProto,
  sizes: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilation: readonly number[],
): Sides[] {
  const mode = textOf(node, "auto_pad", "NOTSET");
  if (mode === "VALID") return sizes.map(() => [0, 0]);
  if (mode === "SAME_UPPER" || mode === "SAME_LOWER")
    return sizes.map((size, axis) => {
      const [stride, span] = [strides[axis], (kernel[axis] - 1) * dilation[axis] + 1];
      return halves((Math.ceil(size / stride) - 1) * stride + span - size, mode === "SAME_UPPER");
    });
  if (mode !== "NOTSET")
    throw wrong(
      nameOf(node),
      `expected auto_pad to be NOTSET, SAME_UPPER, SAME_LOWER or VALID, got ${mode.slice(0, 60)}`,
    );
  const pads = integersOf(node, "pads") ?? new Array<number>(2 * sizes.length).fill(0);
  if (pads.length !== 2 * sizes.length || !pads.every((count) => Number.isSafeInteger(count) && count >= 0))
    throw wrong(
      nameOf(node),
      `expected pads to be ${2 * sizes.length} integers of at least 0, got ${shapeText(pads)}`,
    );
  return sizes.map((_, axis) => [pads[axis], pads[sizes.length + axis]]);
}

/** So many pixels on both sides of an axis, the smaller half before it or behind it. */
export function halves(total: number, smallerFirst: boolean): Sides {
  const [less, more] = [Math.floor(Math.max(total, 0) / 2), Math.ceil(Math.max(total, 0) / 2)];
  return smallerFirst ? [less, more] : [more, less];
}

/** The number of windows on each axis: floor((size + padding - span) / stride) + 1. */
export const countsOf = (
  { kernel, strides, dilation, padding }: Windows,
  sizes: readonly number[],
): number[] =>
  sizes.map((size, axis) => {
    const span = (kernel[axis] - 1) * dilation[axis] + 1;
    return Math.floor((size + padding[axis][0] + padding[axis][1] - span) / strides[axis]) + 1;
  });

/** The options of a layer in lanewise, with a number for each axis of positions. */
export function optionsOf({ strides, dilation, padding }: Windows): {
  strides: Pair;
  dilation: Pair;
  padding: "valid" | Sides2d;
} {
  const isValid = padding.every(([before, after]) => before === 0 && after === 0);
  return {
    strides: pair(strides),
    dilation: pair(dilation),
    padding: isValid ? "valid" : [padding[0], padding[1] ?? [0, 0]],
  };
}

type Pair = number | readonly [number, number];
type Sides2d = readonly [Sides, Sides];

/** One number for both axes where they are the same. */
export const pair = ([height, width = height]: readonly number[]): Pair =>
  height === width ? height : [height, width];

/** The value as lanewise has images and sequences: [...positions, channels]. */
export const tensorOf = (reading: Reading, node: NodeProto, value: Value) =>
  reading.arrange(node, value, channelsLast(value.dims));

/** Gives the image that a layer made: [channels, ...sizes], channels last. */
export function giveImage(
  reading: Reading,
  output: string,
  tensor: Value["tensor"],
  channels: number,
  sizes: readonly number[],
): void {
  const dims = [channels, ...sizes];
  reading.giveArranged(output, tensor, dims, channelsLast(dims), true);
}
