import {
  conv1d,
  conv2d,
  conv2dTranspose,
  dense,
  depthwiseConv2d,
  type Layer,
  separableConv2d,
  type Tensor,
} from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import type { Read, Reading, Values } from "../reading.js";
import { activationOf } from "./activations.js";
import { asRow, type Dimensions, inOne, inTwo, sizesAt } from "./sizes.js";

/** Layers that multiply by weights, which Keras has in the layout of lanewise. */

type Padding = "valid" | "same" | [[number, number], [number, number]];

/** What the configurations of all convolutions have. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: "valid" | "same" | "causal";
}

function windowsAt({ config }: Reading, dimensions: Dimensions): Windows {
  const padding = config.at("padding");
  const known = ["valid", "same", ...(dimensions === 1 ? ["causal"] : [])];
  if (!padding.empty && !known.includes(padding.text())) throw padding.wrong(known.join(" or "));
  const ones = new Array<number>(dimensions).fill(1);
  return {
    kernel: sizesAt(config.at("kernel_size"), dimensions),
    strides: sizesAt(config.at("strides"), dimensions, ones),
    dilation: sizesAt(config.either("dilation_rate", "dilationRate"), dimensions, ones),
    padding: (padding.value ?? "valid") as Windows["padding"],
  };
}

/** The bias of a layer, if it has one. */
const biasOf = (reading: Reading, units: number): Values =>
  reading.config.at("use_bias").flag(true) ? { bias: reading.take("bias", [units]) } : {};

const lastOf = ({ shape }: Tensor): number => shape[shape.length - 1];

/** A layer with weights on a tensor, and its activation. */
function applied(
  reading: Reading,
  x: Tensor,
  make: (options: object, channels: number) => { layer: Layer; values: Values },
): Tensor {
  const { option, after } = activationOf(reading);
  const useBias = reading.config.at("use_bias").flag(true);
  const { layer, values } = reading.learned(() =>
    make({ ...reading.options, activation: option, useBias }, lastOf(x)),
  );
  return after(reading.apply(layer, x, values));
}

const denseLayer: Read = (reading) =>
  applied(reading, reading.x, (options, inputs) => {
    const units = reading.config.at("units").count(1);
    return {
      layer: dense(units, options),
      values: { weight: reading.take("kernel", [inputs, units]), ...biasOf(reading, units) },
    };
  });

const groupsAt = ({ config }: Reading): number =>
  config.at("groups").empty ? 1 : config.at("groups").count(1);

/** A kernel over the channels of a group, and the bias. */
function groupedValues(reading: Reading, kernel: readonly number[], channels: number): Values {
  const filters = filtersAt(reading);
  const shape = [...kernel, Math.floor(channels / groupsAt(reading)), filters];
  return { weight: reading.take("kernel", shape), ...biasOf(reading, filters) };
}

const filtersAt = ({ config }: Reading): number => config.at("filters").count(1);

const ofSequences: Read = (reading) => {
  const { kernel, strides, dilation, padding } = windowsAt(reading, 1);
  const windows = { strides: inOne(strides), dilation: inOne(dilation), padding };
  return reading.channelsLast((x) =>
    applied(reading, x, (options, channels) => ({
      layer: conv1d(filtersAt(reading), inOne(kernel), {
        ...options,
        ...windows,
        groups: groupsAt(reading),
      }),
      values: groupedValues(reading, kernel, channels),
    })),
  );
};

/** The options of windows over images. */
interface ImageWindows {
  readonly strides: [number, number];
  readonly dilation: [number, number];
  readonly padding: Padding;
}

/**
 * A layer of images. A sequence becomes an image of one row, and its kernel gets one row, too. `make` gets
 * the size of the kernel in an image, and that in the file.
 */
const ofImages =
  (
    dimensions: Dimensions,
    make: (
      reading: Reading,
      options: object,
      windows: ImageWindows,
      kernel: [number, number],
      own: readonly number[],
      input: readonly number[],
    ) => { layer: Layer; values: Values },
  ): Read =>
  (reading) => {
    const read = windowsAt(reading, dimensions);
    const wide = (sizes: readonly number[]) => inTwo(dimensions === 1 ? [1, ...sizes] : sizes);
    const span = (read.kernel[0] - 1) * read.dilation[0];
    const windows: ImageWindows = {
      strides: wide(read.strides),
      dilation: wide(read.dilation),
      padding:
        read.padding === "causal"
          ? [
              [0, 0],
              [span, 0],
            ]
          : read.padding,
    };
    const kernel = wide(read.kernel);
    const onImage = (x: Tensor) =>
      applied(reading, x, (options) => make(reading, options, windows, kernel, read.kernel, x.shape));
    return reading.channelsLast((x) => (dimensions === 1 ? asRow(reading, x, onImage) : onImage(x)));
  };

/** Keras 3 calls the kernel of each channel what it calls all kernels. */
const DEPTHWISE = ["depthwise_kernel", "kernel"];

/** TensorFlow.js leaves it out of a SeparableConv2D: then the kernel tells. */
function multiplierAt({ config, name, progress }: Reading): number {
  const multiplier = config.at("depth_multiplier");
  if (!multiplier.empty) return multiplier.count(1);
  return progress.weights.shapeOf(name, DEPTHWISE)?.at(-1) || 1;
}

const depthwise = (dimensions: Dimensions): Read =>
  ofImages(dimensions, (reading, options, windows, kernel, own, [, , channels]) => {
    const depthMultiplier = multiplierAt(reading);
    return {
      layer: depthwiseConv2d(kernel, { ...options, ...windows, depthMultiplier }),
      values: {
        weight: reading.take(DEPTHWISE, [...own, channels, depthMultiplier]),
        ...biasOf(reading, channels * depthMultiplier),
      },
    };
  });

const separable = (dimensions: Dimensions): Read =>
  ofImages(dimensions, (reading, options, windows, kernel, own, [, , channels]) => {
    const depthMultiplier = multiplierAt(reading);
    const filters = filtersAt(reading);
    const inner = channels * depthMultiplier;
    return {
      layer: separableConv2d(filters, kernel, { ...options, ...windows, depthMultiplier }),
      values: {
        depthwiseWeight: reading.take("depthwise_kernel", [...own, channels, depthMultiplier]),
        weight: reading.take("pointwise_kernel", [...own.map(() => 1), inner, filters]),
        ...biasOf(reading, filters),
      },
    };
  });

/** Kernels of [..., filters, channels], as lanewise has them too. */
const transposed = (dimensions: Dimensions): Read =>
  ofImages(dimensions, (reading, options, windows, kernel, own, input) => {
    const filters = filtersAt(reading);
    const ends = endsOf(reading, windows, kernel, input, own.length);
    return {
      layer: conv2dTranspose(filters, kernel, { ...options, ...windows, ...ends }),
      values: { weight: reading.take("kernel", [...own, filters, input[2]]), ...biasOf(reading, filters) },
    };
  });

/**
 * What a transposed convolution leaves out around its output, and what it adds behind. Keras makes "same" of
 * size strides and "valid" of at least that. With an output_padding the output has (size - 1) strides +
 * span - 2 padding + output_padding pixels, where the padding is half a span with "same".
 */
function endsOf(
  { config }: Reading,
  { strides, dilation, padding }: ImageWindows,
  kernel: readonly number[],
  shape: readonly number[],
  rank: number,
): { padding: Padding; outputPadding?: [number, number] } {
  const given = config.at("output_padding");
  const spans = kernel.map((size, axis) => (size - 1) * dilation[axis] + 1);
  const isWhole = padding === "same" || spans.every((span, axis) => span >= strides[axis]);
  if (given.empty && isWhole) return { padding };
  const numbers = Array.isArray(given.value) ? given.list() : new Array<Place>(rank).fill(given);
  // A sequence has one row, which stays.
  const own = given.empty ? [] : [0, ...numbers.map((size) => size.count(0))].slice(-2);
  const sides = spans.map((span, axis) => {
    const whole = (shape[axis] - 1) * strides[axis] + span;
    const left = padding === "same" ? 2 * Math.floor(span / 2) : 0;
    const size = given.empty ? Math.max(whole, shape[axis] * strides[axis]) : whole - left + own[axis];
    const cut = padding === "same" ? Math.max(whole - size, 0) : 0;
    return { before: Math.floor(cut / 2), after: Math.ceil(cut / 2), more: size - (whole - cut) };
  });
  return {
    padding: sides.map(({ before, after }) => [before, after]) as [[number, number], [number, number]],
    outputPadding: inTwo(sides.map(({ more }) => more)),
  };
}

/** Layers that multiply by weights. */
export const convolutionLayers: Readonly<Record<string, Read>> = {
  Dense: denseLayer,
  Conv1D: ofSequences,
  Conv2D: ofImages(2, (reading, options, windows, kernel, own, [, , channels]) => ({
    layer: conv2d(filtersAt(reading), kernel, { ...options, ...windows, groups: groupsAt(reading) }),
    values: groupedValues(reading, own, channels),
  })),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
};
