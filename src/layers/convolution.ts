import { checkCount } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { lastOf, NONE } from "../graph/value.js";
import { convolution, convolutionTransposed } from "../ops/convolution.js";
import type { Geometry } from "../ops/geometry.js";
import { matmul } from "../ops/matmul.js";
import { activated } from "./activate.js";
import { describeKernel, type Initializers, Kernel, type KernelOptions, ZEROS } from "./kernel.js";
import { Layer, type LayerConfig } from "./layer.js";
import { rangeOfActivation } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";
import {
  checkSizes,
  checkWindows,
  type Sides1d,
  type Sides2d,
  type Size2d,
  shapeIn,
  transposedWindowsOf,
  type Windows,
  windowsOf,
} from "./windows.js";

/** The options of `conv2d`. */
export interface Conv2dOptions extends KernelOptions {
  /** Pixels from a window to the next. Default 1. */
  strides?: Size2d;
  /**
   * Zeros around the image: "valid" for none, "same" for as many as make an output of size / strides, rounded
   * up (TensorFlow's rule), or their numbers. Default "valid".
   */
  padding?: "valid" | "same" | Sides2d;
  /** Pixels from a tap of the kernel to the next. Default 1. */
  dilation?: Size2d;
  /** Divides channels and filters: each group of filters sees a group of channels. Default 1. */
  groups?: number;
}

/** The options of `conv1d`. */
export interface Conv1dOptions extends KernelOptions {
  /** Steps from a window to the next. Default 1. */
  strides?: number;
  /**
   * Zeros around the sequence: "valid" for none, "same" for as many as make an output of length / strides,
   * rounded up, "causal" for as many before it that no output depends on later inputs, or their numbers.
   * Default "valid".
   */
  padding?: "valid" | "same" | "causal" | Sides1d;
  /** Steps from a tap of the kernel to the next. Default 1. */
  dilation?: number;
  /** Divides channels and filters: each group of filters sees a group of channels. Default 1. */
  groups?: number;
}

/** The options of `conv2dTranspose`. */
export interface Conv2dTransposeOptions extends KernelOptions {
  /** Pixels of the output from a window to the next. Default 1. */
  strides?: Size2d;
  /** What is left out around the output. Default "valid": nothing. "same" makes an output of size strides. */
  padding?: "valid" | "same" | Sides2d;
  /** Pixels from a tap of the kernel to the next. Default 1. */
  dilation?: Size2d;
  /** Pixels that the output has more at the bottom and on the right, fewer than strides. Default 0. */
  outputPadding?: Size2d;
  /** Divides channels and filters. Default 1. */
  groups?: number;
}

/**
 * A convolution of images: X [batch, height, width, channels], W [kernelHeight, kernelWidth, channels /
 * groups, filters], b [filters], Y [batch, outHeight, outWidth, filters], channels last, with
 *
 *     Y[i,j,f] = f(b[f] + sum over p, q, c of X[i strides + p dilation - padding, j strides + q dilation -
 *                padding, c] W[p,q,c,f])
 *
 * and floor((size + padding - dilation (kernelSize - 1) - 1) / strides) + 1 windows on each axis (Dumoulin
 * and Visin 2016, "A guide to convolution arithmetic for deep learning").
 *
 * @example
 * const model = new Sequential(backend, {
 *   inputShape: [28, 28, 1],
 *   layers: [conv2d(16, 3, { activation: "relu" }), maxPool2d(), flatten(), dense(10)],
 * });
 * const [kernel] = model.parameters;
 * console.log(kernel.name, kernel.value.rows, kernel.value.cols); // 0.weight 9 16
 *
 * @throws ValueError for filters, sizes or groups that are no integers of at least 1, for groups that do not
 * divide the filters, and for unknown options. A model throws ShapeError for inputs of other axes, a kernel
 * that is larger than the padded input, and groups that do not divide the channels.
 */
export function conv2d(filters: number, kernelSize: Size2d, options: Conv2dOptions = {}): Layer {
  return described("conv2d", { filters, kernelSize }, options, []);
}

/**
 * A convolution of sequences: X [batch, length, channels], W [kernelSize, channels / groups, filters], b
 * [filters], Y [batch, outLength, filters]. It is a `conv2d` of images with one row.
 *
 * @example
 * const sequence = input([100, 6]); // 100 steps of 6 channels
 * console.log(conv1d(16, 5, { padding: "same", strides: 2 }).apply(sequence).shape); // [ 50, 16 ]
 *
 * @throws ValueError, ShapeError as `conv2d`
 */
export function conv1d(filters: number, kernelSize: number, options: Conv1dOptions = {}): Layer {
  return described("conv1d", { filters, kernelSize }, options, []);
}

/**
 * A transposed convolution, which enlarges images: the gradient of a `conv2d` of the same options with
 * respect to its input. X [batch, height, width, channels], W [kernelHeight, kernelWidth, filters / groups,
 * channels], b [filters], Y [batch, outHeight, outWidth, filters], where outHeight is (height - 1) strides +
 * dilation (kernelSize - 1) + 1 - padding + outputPadding, and height strides with "same".
 *
 * @example
 * const small = input([7, 7, 32]);
 * console.log(conv2dTranspose(16, 3, { strides: 2, padding: "same" }).apply(small).shape); // [ 14, 14, 16 ]
 *
 * @throws ValueError for an outputPadding that is not less than strides, and as `conv2d`; ShapeError as
 * `conv2d`
 */
export function conv2dTranspose(
  filters: number,
  kernelSize: Size2d,
  options: Conv2dTransposeOptions = {},
): Layer {
  return described("conv2dTranspose", { filters, kernelSize }, options, ["outputPadding"]);
}

type Type = "conv1d" | "conv2d" | "conv2dTranspose";

function described(
  type: Type,
  fixed: Readonly<Record<string, unknown>>,
  options: KernelOptions,
  own: readonly string[],
): Layer {
  const names = ["strides", "padding", "dilation", "groups", ...own];
  const { config, initial } = describeKernel(type, fixed, options, names);
  return convolutionFrom(config, initial);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function convolutionFrom(config: LayerConfig, initial = ZEROS): Layer {
  const type = config.type as Type;
  const { filters, groups = 1 } = config;
  const dimensions = type === "conv1d" ? 1 : 2;
  checkCount(type, "filters", filters);
  checkCount(type, "groups", groups);
  if (filters % groups !== 0)
    throw new ValueError(`${type} expected groups to divide the ${filters} filters, got ${groups}`);
  const windows = checkWindows(type, config, dimensions, "kernelSize", type === "conv1d");
  if (type !== "conv2dTranspose") return new Convolution(config, windows, filters, groups, initial);
  const outputPadding = checkSizes(type, "outputPadding", config.outputPadding ?? 0, dimensions, 0);
  if (outputPadding.some((size, axis) => size >= windows.strides[axis]))
    throw new ValueError(
      `${type} expected an outputPadding of less than strides, [${windows.strides.join(", ")}], got [${outputPadding.join(", ")}]`,
    );
  return new TransposedConvolution(config, windows, filters, groups, initial, outputPadding);
}

class Convolution extends Layer {
  protected readonly kernel: Kernel;

  constructor(
    override readonly config: LayerConfig,
    protected readonly windows: Windows,
    protected readonly filters: number,
    protected readonly groups: number,
    initial: Initializers,
  ) {
    super();
    this.kernel = new Kernel(config, initial);
  }

  override label([input]: readonly (readonly number[])[]): string {
    const { config, windows, filters } = this;
    return `${config.type}(${windows.kernel.join("x")}, ${lastOf(input)} -> ${filters})`;
  }

  override withBias(): Layer | undefined {
    return convolutionFrom({ ...this.config, useBias: true });
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { config, windows, filters, groups, kernel } = this;
    const g = windowsOf(config.type, x.shape, windows, filters, groups);
    this.checkGroups(g.channels);
    const taps = g.kernelHeight * g.kernelWidth;
    const [fanIn, fanOut] = [(taps * g.channels) / groups, taps * filters];
    const weight = kernel.weight(scope, [...windows.kernel, g.channels / groups, filters], fanIn, fanOut);
    const bias = kernel.bias(scope, filters, fanIn, fanOut) ?? NONE;
    const y = isProduct(g)
      ? matmul(scope.graph, x.value, weight, bias)
      : convolution(
          scope.graph,
          x.value,
          weight,
          bias,
          g,
          shapeIn(windows.kernel.length, g.outHeight, g.outWidth, filters),
        );
    return activated(x.to(y, { range: rangeOfActivation("linear") }), kernel.activation);
  }

  /** @throws ShapeError */
  protected checkGroups(channels: number): void {
    const { config, groups } = this;
    if (channels % groups !== 0)
      throw new ShapeError(
        `${config.type} expected groups to divide the ${channels} channels of its input, got ${groups}`,
      );
  }
}

class TransposedConvolution extends Convolution {
  constructor(
    config: LayerConfig,
    windows: Windows,
    filters: number,
    groups: number,
    initial: Initializers,
    private readonly outputPadding: readonly number[],
  ) {
    super(config, windows, filters, groups, initial);
  }

  /** Its filters are not on the last axis. */
  override withBias(): Layer | undefined {
    return undefined;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { config, windows, filters, groups, kernel } = this;
    const g = transposedWindowsOf(config.type, x.shape, windows, filters, groups, this.outputPadding);
    this.checkGroups(g.filters);
    const taps = g.kernelHeight * g.kernelWidth;
    const [fanIn, fanOut] = [(taps * g.filters) / groups, taps * filters];
    const weight = kernel.weight(scope, [...windows.kernel, filters / groups, g.filters], fanIn, fanOut);
    const y = convolutionTransposed(
      scope.graph,
      x.value,
      weight,
      kernel.bias(scope, filters, fanIn, fanOut) ?? NONE,
      g,
      shapeIn(windows.kernel.length, g.height, g.width, filters),
    );
    return activated(x.to(y, { range: rangeOfActivation("linear") }), kernel.activation);
  }
}

/** Whether each pixel of y depends on the pixel of x in the same place alone: y is a product of matrices. */
const isProduct = (g: Geometry): boolean =>
  g.kernelHeight * g.kernelWidth * g.strideHeight * g.strideWidth * g.groups === 1 &&
  g.height === g.outHeight &&
  g.width === g.outWidth;
