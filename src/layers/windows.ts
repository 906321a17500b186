import { show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import type { Geometry } from "../ops/geometry.js";
import type { LayerConfig } from "./layer.js";
import { batchShape } from "./tensor.js";

/** One number for both axes, or one for each. */
export type Size2d = number | readonly [height: number, width: number];

/** Before and after an axis: one number for both, or one for each. */
export type Sides1d = number | readonly [before: number, after: number];

/** Around an image: one number for all sides, one for each axis, or one for each side. */
export type Sides2d =
  | Size2d
  | readonly [rows: readonly [top: number, bottom: number], columns: readonly [left: number, right: number]];

/** @internal Elements before and after an axis. */
export type Sides = readonly [before: number, after: number];

/** @internal The options of windows, with a number for each axis of positions. */
export interface Windows {
  /** What the size of a window is called. */
  readonly option: "kernelSize" | "poolSize";
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: "valid" | "same" | "causal" | readonly Sides[];
}

/** The largest integer that a kernel can read. */
const LARGEST = 2_147_483_647;

/** Whether a value is a size that kernels can take. */
const isSize = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= LARGEST;

/** @internal Numbers as they are written in a program: "[[1, 0], [1, 0]]". */
export const numbersText = (value: unknown): string =>
  Array.isArray(value) && value.length <= 4 ? `[${value.map(numbersText).join(", ")}]` : show(value);

/** A number for each axis: a list, or the number alone where there is one axis. */
const axesText = (values: readonly number[]): string =>
  values.length > 1 ? `[${values.join(", ")}]` : String(values[0]);

/**
 * @internal An option that is a number, or [height, width] where there are two axes, as a number for each
 * axis. @throws ValueError
 */
export function checkSizes(
  who: string,
  what: string,
  value: unknown,
  dimensions: number,
  least = 1,
): readonly number[] {
  const sizes: readonly unknown[] =
    dimensions > 1 && Array.isArray(value) ? value : new Array<unknown>(dimensions).fill(value);
  if (sizes.length === dimensions && sizes.every((size) => isSize(size, least))) return [...sizes];
  throw new ValueError(
    `${who} expected ${what} to be an integer of at least ${least}${dimensions > 1 ? " or [height, width]" : ""}, got ${numbersText(value)}`,
  );
}

const sidesText = (dimensions: number): string =>
  dimensions > 1
    ? "an integer of at least 0, [height, width] or [[top, bottom], [left, right]]"
    : "an integer of at least 0 or [before, after]";

/** The sides of each axis, or undefined for what is none. */
function sidesOf(value: unknown, dimensions: number): readonly Sides[] | undefined {
  const axes: readonly unknown[] =
    dimensions > 1 && Array.isArray(value) ? value : new Array<unknown>(dimensions).fill(value);
  const sides = axes.map((axis): readonly unknown[] => (Array.isArray(axis) ? axis : [axis, axis]));
  const right = sides.every((pair) => pair.length === 2 && pair.every((side) => isSize(side, 0)));
  return right && sides.length === dimensions ? (sides as unknown as readonly Sides[]) : undefined;
}

/**
 * @internal An option with elements before and after each axis: n; in two dimensions [height, width] or
 * [[top, bottom], [left, right]]; in one [before, after]. @throws ValueError
 */
export function checkSides(who: string, what: string, value: unknown, dimensions: number): readonly Sides[] {
  const sides = sidesOf(value, dimensions);
  if (sides) return sides;
  throw new ValueError(`${who} expected ${what} to be ${sidesText(dimensions)}, got ${numbersText(value)}`);
}

/**
 * @internal The windows that the options of a layer stand for: `config[option]`, strides (default 1),
 * dilation (default 1) and padding (default "valid"). "causal" padding is for one dimension, and only where
 * `causal` says so. @throws ValueError
 */
export function checkWindows(
  who: string,
  config: LayerConfig,
  dimensions: 1 | 2,
  option: Windows["option"] = "kernelSize",
  causal = false,
): Windows {
  const { strides = 1, dilation = 1, padding = "valid" } = config;
  const names = ["valid", "same", ...(causal ? ["causal"] : [])];
  const sides = names.includes(padding as string) ? undefined : sidesOf(padding, dimensions);
  if (!sides && !names.includes(padding as string))
    throw new ValueError(
      `${who} expected padding to be ${names.map(show).join(", ")}, ${sidesText(dimensions)}, got ${numbersText(padding)}`,
    );
  return {
    option,
    kernel: checkSizes(who, option, config[option], dimensions),
    strides: checkSizes(who, "strides", strides, dimensions),
    dilation: checkSizes(who, "dilation", dilation, dimensions),
    padding: sides ?? (padding as "valid" | "same" | "causal"),
  };
}

/** The pixels that a window spans on each axis. */
const spansOf = ({ kernel, dilation }: Windows): readonly number[] =>
  kernel.map((size, axis) => (size - 1) * dilation[axis] + 1);

/** @internal The axes of positions of an input, which has channels behind them. @throws ShapeError */
export function positionsOf(
  who: string,
  shape: readonly number[],
  dimensions: number,
): readonly [positions: readonly number[], channels: number] {
  if (shape.length === dimensions + 1) return [shape.slice(0, -1), shape[dimensions]];
  const expected = dimensions > 1 ? "height, width" : "length";
  throw new ShapeError(
    `${who} expected an input of [batch, ${expected}, channels], got ${batchShape(shape)}`,
  );
}

/**
 * What "same" adds, so that the windows are as many as the input has strides, rounded up (TensorFlow's rule):
 * max((windows - 1) stride + span - size, 0) in all, the smaller half before.
 */
function same(size: number, stride: number, span: number): Sides {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + span - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The padding of each axis of positions. */
const paddingOf = ({ padding, strides }: Windows, sizes: readonly number[], spans: readonly number[]) =>
  sizes.map((size, axis): Sides => {
    if (padding === "same") return same(size, strides[axis], spans[axis]);
    if (padding === "valid") return [0, 0];
    if (padding === "causal") return [spans[axis] - 1, 0];
    return padding[axis];
  });

/** @internal What is before and behind each axis of positions of an input. */
export const paddingIn = (windows: Windows, shape: readonly number[]): readonly Sides[] =>
  paddingOf(windows, shape.slice(0, windows.kernel.length), spansOf(windows));

/** In one dimension the height is 1. */
const pair = (values: readonly number[], missing: number): readonly [number, number] =>
  values.length > 1 ? [values[0], values[1]] : [missing, values[0]];

/** The record of windows over `sizes`, of which there are `counts`. */
function geometryOf(
  { kernel, strides, dilation }: Windows,
  sizes: readonly number[],
  channels: number,
  counts: readonly number[],
  filters: number,
  padding: readonly Sides[],
  groups: number,
): Geometry {
  const [height, width] = pair(sizes, 1);
  const [outHeight, outWidth] = pair(counts, 1);
  const [kernelHeight, kernelWidth] = pair(kernel, 1);
  const [strideHeight, strideWidth] = pair(strides, 1);
  const [dilationHeight, dilationWidth] = pair(dilation, 1);
  const [paddingTop, paddingLeft] = pair(
    padding.map(([before]) => before),
    0,
  );
  return {
    height,
    width,
    channels,
    outHeight,
    outWidth,
    filters,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    paddingTop,
    paddingLeft,
    groups,
  };
}

/**
 * @internal The windows over an input of [...positions, channels], with an output of
 *
 *     floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1
 *
 * windows on each axis, and `filters` channels, by default those of the input. @throws ShapeError for an
 * input of another number of axes, and for one that is smaller than a window
 */
export function windowsOf(
  who: string,
  shape: readonly number[],
  windows: Windows,
  filters?: number,
  groups = 1,
): Geometry {
  const { option, kernel, strides, dilation } = windows;
  const [sizes, channels] = positionsOf(who, shape, kernel.length);
  const spans = spansOf(windows);
  const padding = paddingOf(windows, sizes, spans);
  const padded = sizes.map((size, axis) => size + padding[axis][0] + padding[axis][1]);
  if (spans.some((span, axis) => span > padded[axis]))
    throw new ShapeError(
      dilation.every((apart) => apart === 1)
        ? `${who} expected a ${option} of at most ${axesText(padded)}, the padded input, got ${axesText(kernel)}`
        : `${who} expected windows of at most ${axesText(padded)}, the padded input, got ${axesText(spans)}: ${option} ${axesText(kernel)} with dilation ${axesText(dilation)}`,
    );
  const counts = padded.map((size, axis) => Math.floor((size - spans[axis]) / strides[axis]) + 1);
  checkLarge(who, padded, channels);
  checkLarge(who, counts, filters ?? channels);
  return geometryOf(windows, sizes, channels, counts, filters ?? channels, padding, groups);
}

/**
 * @internal The windows over the output of a transposed convolution, of which the input, [...positions,
 * channels], has one for each of its pixels: `height`, `width` and `channels` are those of the output, which
 * has `filters` channels, and `filters` that of the input. The output has
 *
 *     (size - 1) stride + dilation (kernel - 1) + 1 - padding + outputPadding
 *
 * pixels on each axis, and size stride + outputPadding with "same". @throws ShapeError for an input of
 * another number of axes, and for an output without pixels
 */
export function transposedWindowsOf(
  who: string,
  shape: readonly number[],
  windows: Windows,
  filters: number,
  groups = 1,
  outputPadding: readonly number[] = [0, 0],
): Geometry {
  const { option, kernel, strides } = windows;
  const [counts, channels] = positionsOf(who, shape, kernel.length);
  const spans = spansOf(windows);
  const bare = counts.map((count, axis) => count * strides[axis]);
  const padding = paddingOf(windows, bare, spans);
  const sizes = counts.map((count, axis) => {
    const whole = (count - 1) * strides[axis] + spans[axis] - padding[axis][0] - padding[axis][1];
    return (windows.padding === "same" ? bare[axis] : whole) + outputPadding[axis];
  });
  if (sizes.some((size) => size < 1))
    throw new ShapeError(
      `${who} expected an output of at least one pixel, got ${axesText(sizes)} from an input of ${batchShape(shape)} with ${option} ${axesText(kernel)} and padding ${numbersText(padding)}`,
    );
  checkLarge(
    who,
    sizes.map((size, axis) => size + padding[axis][0] + padding[axis][1]),
    filters,
  );
  return geometryOf(windows, sizes, filters, counts, channels, padding, groups);
}

/** @throws ShapeError for more elements than a kernel can count */
function checkLarge(who: string, positions: readonly number[], channels: number): void {
  const shape = [...positions, channels];
  if (sizeOf(shape) > LARGEST) throw new ShapeError(`${who}: ${batchShape(shape)} has too many elements`);
}

/** @internal The shape of a sample: [height, width, channels], or [width, channels] in one dimension. */
export const shapeIn = (dimensions: number, height: number, width: number, channels: number): number[] =>
  dimensions > 1 ? [height, width, channels] : [width, channels];
