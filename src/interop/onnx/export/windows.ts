import { checkSizes, checkWindows, transposedWindowsOf, windowsOf } from "../../../layers/windows.js";
import type { Geometry } from "../../../ops/geometry.js";
import { sizeOf } from "../tensor.js";
import { activated } from "./activations.js";
import { pooledSteps } from "./masks.js";
import { channelsFirst, type Value, type Writer } from "./writer.js";
import { tensorOf, turnedTensor, type Write, type Writing } from "./writing.js";

/** Convolutions and pools, which have their channels first in ONNX. */

const dimensionsOf = (type: string): 1 | 2 => (type.endsWith("1d") ? 1 : 2);

/** The numbers of the axes that a layer has. */
const axesOf = (dimensions: 1 | 2, height: number, width: number): bigint[] =>
  (dimensions === 2 ? [height, width] : [width]).map(BigInt);

/** Pixels before and behind each axis, as ONNX lists them. */
function padsOf(g: Geometry, dimensions: 1 | 2): bigint[] {
  const behind = (
    count: number,
    stride: number,
    kernel: number,
    dilation: number,
    size: number,
    before: number,
  ) => Math.max(0, (count - 1) * stride + (kernel - 1) * dilation + 1 - size - before);
  const bottom = behind(
    g.outHeight,
    g.strideHeight,
    g.kernelHeight,
    g.dilationHeight,
    g.height,
    g.paddingTop,
  );
  const right = behind(g.outWidth, g.strideWidth, g.kernelWidth, g.dilationWidth, g.width, g.paddingLeft);
  return [...axesOf(dimensions, g.paddingTop, g.paddingLeft), ...axesOf(dimensions, bottom, right)];
}

const windowAttributes = (g: Geometry, dimensions: 1 | 2) => ({
  kernel_shape: axesOf(dimensions, g.kernelHeight, g.kernelWidth),
  strides: axesOf(dimensions, g.strideHeight, g.strideWidth),
  pads: padsOf(g, dimensions),
});

/** The value of an image of these channels. */
const image = (writer: Writer, name: string, shape: readonly number[]): Value =>
  writer.value(name, shape, channelsFirst(shape));

const biases = (writing: Writing): string[] => (writing.find("bias") ? [tensorOf(writing, "bias")] : []);

/** W [...kernel, channels / groups, filters], in ONNX [filters, channels / groups, ...kernel]. */
export const convolution: Write = (writing) => {
  const { writer, config, inputs, to } = writing;
  const [x] = inputs;
  const { type, filters, groups = 1 } = config as typeof config & { filters: number; groups?: number };
  const dimensions = dimensionsOf(type);
  const windows = checkWindows(type, config, dimensions, "kernelSize", dimensions === 1);
  const g = windowsOf(type, x.shape, windows, filters, groups);
  const axes = dimensions === 2 ? [3, 2, 0, 1] : [2, 1, 0];
  const name = writer.add(
    "Conv",
    [writer.arranged(x, channelsFirst(x.shape)), turnedTensor(writing, "weight", axes), ...biases(writing)],
    {
      ...windowAttributes(g, dimensions),
      dilations: axesOf(dimensions, g.dilationHeight, g.dilationWidth),
      group: BigInt(groups),
    },
  );
  return activated(writer, config, image(writer, name, to));
};

/** The convolution of each channel, by W [...kernel, channels, multiplier]. */
function eachChannel(writing: Writing, tensor: string, bias: readonly string[]): string {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const { type } = config;
  const [height, width, channels, multiplier] = writing.stored(tensor).shape;
  const outputs = channels * multiplier;
  const g = windowsOf(type, x.shape, checkWindows(type, config, 2), outputs, channels);
  const weight = turnedTensor(writing, tensor, [2, 3, 0, 1], [outputs, 1, height, width]);
  return writer.add("Conv", [writer.arranged(x, channelsFirst(x.shape)), weight, ...bias], {
    ...windowAttributes(g, 2),
    dilations: axesOf(2, g.dilationHeight, g.dilationWidth),
    group: BigInt(channels),
  });
}

export const depthwise: Write = (writing) => {
  const { writer, config, to } = writing;
  return activated(writer, config, image(writer, eachChannel(writing, "weight", biases(writing)), to));
};

export const separable: Write = (writing) => {
  const { writer, config, to } = writing;
  const each = eachChannel(writing, "depthwiseWeight", []);
  const weight = turnedTensor(writing, "weight", [3, 2, 0, 1]);
  const name = writer.add("Conv", [each, weight, ...biases(writing)], { kernel_shape: [1n, 1n] });
  return activated(writer, config, image(writer, name, to));
};

/** W [...kernel, filters / groups, channels], in ONNX [channels, filters / groups, ...kernel]. */
export const transposed: Write = (writing) => {
  const { writer, config, inputs, to } = writing;
  const [x] = inputs;
  const { type, filters, groups = 1 } = config as typeof config & { filters: number; groups?: number };
  const more = checkSizes(type, "outputPadding", config.outputPadding ?? 0, 2, 0);
  const g = transposedWindowsOf(type, x.shape, checkWindows(type, config, 2), filters, groups, more);
  const sizes = [
    [g.outHeight, g.strideHeight, g.kernelHeight, g.dilationHeight, g.height, g.paddingTop],
    [g.outWidth, g.strideWidth, g.kernelWidth, g.dilationWidth, g.width, g.paddingLeft],
  ];
  // What is left of all windows is cut off behind; what they lack is added there.
  const over = sizes.map(
    ([count, stride, kernel, dilation, size, before]) =>
      (count - 1) * stride + (kernel - 1) * dilation + 1 - before - size,
  );
  const ends = over.map((count, axis) => Math.max(0, count + more[axis]));
  const added = over.map((count, axis) => ends[axis] - count);
  const name = writer.add(
    "ConvTranspose",
    [
      writer.arranged(x, channelsFirst(x.shape)),
      turnedTensor(writing, "weight", [3, 2, 0, 1]),
      ...biases(writing),
    ],
    {
      kernel_shape: axesOf(2, g.kernelHeight, g.kernelWidth),
      strides: axesOf(2, g.strideHeight, g.strideWidth),
      dilations: axesOf(2, g.dilationHeight, g.dilationWidth),
      pads: [g.paddingTop, g.paddingLeft, ...ends].map(BigInt),
      output_padding: added.map(BigInt),
      group: BigInt(groups),
    },
  );
  return activated(writer, config, image(writer, name, to));
};

export const pool: Write = ({ writer, config, inputs, to }) => {
  const [x] = inputs;
  const { type, countPadding } = config;
  const dimensions = dimensionsOf(type);
  const g = windowsOf(type, x.shape, checkWindows(type, config, dimensions, "poolSize"));
  const isMax = type.startsWith("max");
  const name = writer.add(isMax ? "MaxPool" : "AveragePool", [writer.arranged(x, channelsFirst(x.shape))], {
    ...windowAttributes(g, dimensions),
    ...(!isMax && { count_include_pad: countPadding ? 1n : 0n }),
  });
  return image(writer, name, to);
};

export const globalPool: Write = (writing) => {
  const { writer, config, inputs, to } = writing;
  const [x] = inputs;
  if (x.mask !== undefined) return writer.resized(pooledSteps(writing, x.mask), to);
  const opType = config.type.startsWith("globalMax") ? "GlobalMaxPool" : "GlobalAveragePool";
  const name = writer.add(opType, [writer.arranged(x, channelsFirst(x.shape))]);
  const one = [...x.shape.slice(0, -1).map(() => 1), sizeOf(x.shape.slice(-1))];
  return writer.resized(image(writer, name, one), to);
};
