import {
  checkSides,
  checkSizes,
  checkWindows,
  numbersText,
  paddingIn,
  type Sides,
  type Windows,
} from "../../../layers/windows.js";
import { activationOf } from "./activations.js";
import type { Stored, Write, Writer, Writing, Written } from "./writer.js";

/** Convolutions and pools, and what pads, crops and resizes images. */

const dimensionsOf = (type: string): 1 | 2 => (type.endsWith("1d") ? 1 : 2);

const SEQUENCE: Sides = [0, 0];

/** Images with zeros around, or without what is cropped; sequences as images of one column. */
function boxed(
  writer: Writer,
  className: "ZeroPadding2D" | "Cropping2D",
  name: string,
  x: Written,
  sides: readonly Sides[],
): Written {
  const option = className === "Cropping2D" ? "cropping" : "padding";
  const sign = className === "Cropping2D" ? -1 : 1;
  const all = sides.length === 1 ? [sides[0], SEQUENCE] : sides;
  if (all.every(([before, after]) => before + after === 0)) return x;
  const make = (image: Written): Written => {
    const shape = image.shape.map((size, axis) => {
      const [before, after] = all[axis] ?? SEQUENCE;
      return size + sign * (before + after);
    });
    return writer.add(className, name, { [option]: all, data_format: "channels_last" }, [image], shape);
  };
  return sides.length === 1 ? writer.asColumn(x, make) : make(x);
}

/** Whether numbers are those that "same" stands for. */
const isSame = (windows: Windows, shape: readonly number[]): boolean =>
  numbersText(paddingIn(windows, shape)) === numbersText(paddingIn({ ...windows, padding: "same" }, shape));

/** The input and the word for the padding: numbers and "causal" become zeros around the input. */
function padded(
  { writer, name }: Writing,
  windows: Windows,
  x: Written,
): readonly [x: Written, padding: "valid" | "same"] {
  if (windows.padding === "valid" || windows.padding === "same") return [x, windows.padding];
  // With larger strides it depends on the size of the image.
  if (windows.strides.every((stride) => stride === 1) && isSame(windows, x.shape)) return [x, "same"];
  return [boxed(writer, "ZeroPadding2D", `padding_${name}`, x, paddingIn(windows, x.shape)), "valid"];
}

/** What the configurations of all convolutions have. */
const common = ({ config }: Writing, windows: Windows, padding: string, activation: string) => ({
  kernel_size: windows.kernel,
  strides: windows.strides,
  padding,
  data_format: "channels_last",
  activation,
  use_bias: config.useBias,
  ...(config.trainable === false && { trainable: false }),
});

/** @throws ValueError for steps of windows and of taps at once, which TensorFlow.js does not have */
function checkDilation({ refusal }: Writing, { strides, dilation }: Windows, most = Infinity): void {
  const isDilated = dilation.some((apart) => apart > 1);
  if (isDilated && most === 1)
    throw refusal(`has a dilation, which TensorFlow.js does not have there; use conv2d`);
  if (isDilated && strides.some((stride) => stride > 1))
    throw refusal("has strides and a dilation, of which TensorFlow.js takes one; set the other to 1");
}

export const convolution: Write = (writing) => {
  const { writer, config, inputs, to, name, stored, find, refusal } = writing;
  const { type, groups = 1 } = config as typeof config & { groups?: number };
  const [x] = inputs;
  const dimensions = dimensionsOf(type);
  const windows = checkWindows(type, config, dimensions, "kernelSize", dimensions === 1);
  const channels = x.shape[dimensions];
  if (groups > 1 && !(groups === channels && dimensions === 2))
    throw refusal(
      `has ${groups} groups, and TensorFlow.js has no groups; use groups of one channel in a conv2d, or one group`,
    );
  if (groups > 1) return eachChannel(writing, windows, stored("weight"), channels);
  checkDilation(writing, windows);
  const [input, padding] = padded(writing, windows, x);
  const { word, after } = activationOf(writing);
  const filters = to[dimensions];
  const options = {
    filters,
    ...common(writing, windows, padding, word),
    dilation_rate: windows.dilation,
  };
  const weights = { kernel: stored("weight"), bias: find("bias") };
  return after(writer.call(dimensions === 1 ? "Conv1D" : "Conv2D", name, options, [input], to, weights));
};

/** The convolution of each channel, by a kernel [height, width, channels, multiplier]. */
function eachChannel(writing: Writing, windows: Windows, kernel: Stored, channels: number): Written {
  const { writer, inputs, to, name, find } = writing;
  checkDilation(writing, windows, 1);
  const [input, padding] = padded(writing, windows, inputs[0]);
  const { word, after } = activationOf(writing);
  const multiplier = to[2] / channels;
  const options = { depth_multiplier: multiplier, ...common(writing, windows, padding, word) };
  const depthwise_kernel = { shape: [...windows.kernel, channels, multiplier], values: kernel.values };
  const weights = { depthwise_kernel, bias: find("bias") };
  return after(writer.call("DepthwiseConv2D", name, options, [input], to, weights));
}

export const depthwise: Write = (writing) => {
  const { config, inputs, stored } = writing;
  const windows = checkWindows(config.type, config, 2);
  return eachChannel(writing, windows, stored("weight"), inputs[0].shape[2]);
};

export const separable: Write = (writing) => {
  const { writer, config, inputs, to, name, stored, find } = writing;
  const windows = checkWindows(config.type, config, 2);
  checkDilation(writing, windows);
  const [input, padding] = padded(writing, windows, inputs[0]);
  const { word, after } = activationOf(writing);
  const options = {
    filters: to[2],
    depth_multiplier: config.depthMultiplier ?? 1,
    ...common(writing, windows, padding, word),
    dilation_rate: windows.dilation,
  };
  const weights = {
    depthwise_kernel: stored("depthwiseWeight"),
    pointwise_kernel: stored("weight"),
    bias: find("bias"),
  };
  return after(writer.call("SeparableConv2D", name, options, [input], to, weights));
};

/** Padding in numbers is cropped from the output, which TensorFlow.js makes at least strides as large. */
export const transposed: Write = (writing) => {
  const { writer, config, inputs, to, name, stored, find, refusal } = writing;
  const [x] = inputs;
  const { type, groups = 1 } = config as typeof config & { groups?: number };
  if (groups > 1) throw refusal(`has ${groups} groups, and TensorFlow.js has no groups; use one group`);
  const windows = checkWindows(type, config, 2);
  checkDilation(writing, windows, 1);
  const { word, after } = activationOf(writing);
  const more = checkSizes(type, "outputPadding", config.outputPadding ?? 0, 2, 0);
  const isWord = windows.padding === "same" && more.every((size) => size === 0);
  const whole = windows.kernel.map((size, axis) => {
    const least = x.shape[axis] * windows.strides[axis];
    return isWord ? least : least + Math.max(size - windows.strides[axis], 0);
  });
  const bare = x.shape.slice(0, 2).map((size, axis) => size * windows.strides[axis]);
  const before = isWord ? [0, 0] : paddingIn(windows, [...bare, 1]).map(([first]) => first);
  const sides = whole.map((size, axis): Sides => [before[axis], size - before[axis] - to[axis]]);
  if (sides.some(([, behind]) => behind < 0))
    throw refusal(
      'has more outputPadding than padding behind, which TensorFlow.js does not have; use padding: "same"',
    );
  const shape = [...whole, to[2]];
  const options = { filters: to[2], ...common(writing, windows, isWord ? "same" : "valid", word) };
  const weights = { kernel: stored("weight"), bias: find("bias") };
  const full = after(writer.call("Conv2DTranspose", name, options, [x], shape, weights));
  return boxed(writer, "Cropping2D", `cropping_${name}`, full, sides);
};

export const pool: Write = (writing) => {
  const { writer, config, inputs, to, name, refusal } = writing;
  const { type, countPadding = false } = config;
  const [x] = inputs;
  const dimensions = dimensionsOf(type);
  const windows = checkWindows(type, config, dimensions, "poolSize");
  const isWord = windows.padding === "valid" || isSame(windows, x.shape);
  const zeros = countPadding && windows.padding !== "valid";
  if (!isWord && !zeros)
    throw refusal(
      `has the padding ${numbersText(windows.padding)}, and TensorFlow.js has "valid" and "same"; use one of these`,
    );
  const input = zeros ? boxed(writer, "ZeroPadding2D", `padding_${name}`, x, paddingIn(windows, x.shape)) : x;
  const className = `${type.startsWith("max") ? "Max" : "Average"}Pooling${dimensions}D`;
  const options = {
    pool_size: windows.kernel,
    strides: windows.strides,
    padding: zeros || windows.padding === "valid" ? "valid" : "same",
    data_format: "channels_last",
  };
  return writer.add(className, name, options, [input], to);
};

export const globalPool: Write = ({ writer, config, inputs, to, name }) => {
  const { type } = config;
  const className = `Global${type.startsWith("globalMax") ? "Max" : "Average"}Pooling${dimensionsOf(type)}D`;
  const channels = to.slice(-1);
  const pooled = writer.call(className, name, { data_format: "channels_last" }, inputs, channels, {});
  return writer.reshaped(pooled, to);
};

const sidesOf =
  (className: "ZeroPadding2D" | "Cropping2D", option: string): Write =>
  ({ writer, config, inputs: [x], name }) => {
    const sides = checkSides(config.type, option, config[option], dimensionsOf(config.type));
    return boxed(writer, className, name, x, sides);
  };

export const padding = sidesOf("ZeroPadding2D", "padding");

export const cropping = sidesOf("Cropping2D", "cropping");

/** Nearest pixels of whole factors, which TensorFlow.js takes from where lanewise does. */
export const resampling: Write = ({ writer, config, inputs: [x], to, name, refusal }) => {
  const positions = x.shape.slice(0, -1);
  const factors = positions.map((size, axis) => to[axis] / size);
  if (factors.every((factor) => factor === 1)) return x;
  if (config.interpolation === "bilinear")
    throw refusal(
      'resizes by "bilinear", for which TensorFlow.js takes pixels elsewhere; use interpolation: "nearest"',
    );
  if (!factors.every(Number.isInteger))
    throw refusal(
      "resizes by a factor that is not whole, for which TensorFlow.js takes pixels elsewhere; use upSampling2d, or resize images before the model",
    );
  const make = (image: Written) =>
    writer.add(
      "UpSampling2D",
      name,
      { size: [factors[0], factors[1] ?? 1], interpolation: "nearest", data_format: "channels_last" },
      [image],
      image.shape.map((size, axis) => size * (factors[axis] ?? 1)),
    );
  return positions.length === 1 ? writer.asColumn(x, make) : make(x);
};
