import { checkCount } from "../core/check.js";
import { lastOf, NONE, type Value } from "../graph/value.js";
import { convolution } from "../ops/convolution.js";
import { depthwise } from "../ops/depthwise.js";
import { matmul } from "../ops/matmul.js";
import { activated } from "./activate.js";
import type { Conv2dOptions } from "./convolution.js";
import { describeKernel, type Initializers, Kernel, type KernelOptions, ZEROS } from "./kernel.js";
import { Layer, type LayerConfig } from "./layer.js";
import { rangeOfActivation } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";
import { checkWindows, type Size2d, shapeIn, type Windows, windowsOf } from "./windows.js";

/** The options of `depthwiseConv2d`. */
export interface DepthwiseConv2dOptions
  extends KernelOptions,
    Pick<Conv2dOptions, "strides" | "padding" | "dilation"> {
  /** Outputs of each channel. Default 1. */
  depthMultiplier?: number;
}

/**
 * A convolution of each channel by itself: X [batch, height, width, channels], W [kernelHeight, kernelWidth,
 * channels, depthMultiplier], b [channels depthMultiplier], Y [batch, outHeight, outWidth, channels
 * depthMultiplier], with
 *
 *     Y[i,j,c m + k] = f(b[c m + k] + sum over p, q of X[i strides + p dilation - padding, j strides + q
 *                      dilation - padding, c] W[p,q,c,k]),   m = depthMultiplier
 *
 * @example
 * const image = input([32, 32, 8]);
 * console.log(depthwiseConv2d(3, { depthMultiplier: 2 }).apply(image).shape); // [ 30, 30, 16 ]
 *
 * @throws ValueError, ShapeError as `conv2d`
 */
export function depthwiseConv2d(kernelSize: Size2d, options: DepthwiseConv2dOptions = {}): Layer {
  const names = ["strides", "padding", "dilation", "depthMultiplier"];
  const { config, initial } = describeKernel("depthwiseConv2d", { kernelSize }, options, names);
  return depthwiseFrom(config, initial);
}

/**
 * A depthwise convolution and a convolution of 1 x 1 pixels behind it, which together take a fraction of the
 * weights of `conv2d` (Chollet 2017, "Xception"): X [batch, height, width, channels], depthwiseWeight
 * [kernelHeight, kernelWidth, channels, depthMultiplier], weight [1, 1, channels depthMultiplier, filters], b
 * [filters], Y [batch, outHeight, outWidth, filters]. The bias and the activation are those of the second;
 * the options of the kernel are for the weights of both.
 *
 * @example
 * const weightsOf = (layer: Layer) =>
 *   new Sequential(backend, { inputShape: [32, 32, 16], layers: [layer] }).parameterCount;
 * console.log(weightsOf(conv2d(32, 3)), weightsOf(separableConv2d(32, 3))); // 4640 688
 *
 * @throws ValueError, ShapeError as `conv2d`
 */
export function separableConv2d(
  filters: number,
  kernelSize: Size2d,
  options: DepthwiseConv2dOptions = {},
): Layer {
  const names = ["strides", "padding", "dilation", "depthMultiplier"];
  const { config, initial } = describeKernel("separableConv2d", { filters, kernelSize }, options, names);
  return separableFrom(config, initial);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function depthwiseFrom(config: LayerConfig, initial = ZEROS): Layer {
  const { depthMultiplier = 1 } = config;
  checkCount(config.type, "depthMultiplier", depthMultiplier);
  return new Depthwise(config, checkWindows(config.type, config, 2), depthMultiplier, initial);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function separableFrom(config: LayerConfig, initial = ZEROS): Layer {
  const { filters, depthMultiplier = 1 } = config;
  checkCount(config.type, "filters", filters);
  checkCount(config.type, "depthMultiplier", depthMultiplier);
  return new Separable(config, checkWindows(config.type, config, 2), depthMultiplier, initial, filters);
}

class Depthwise extends Layer {
  protected readonly kernel: Kernel;

  constructor(
    override readonly config: LayerConfig,
    private readonly windows: Windows,
    private readonly multiplier: number,
    initial: Initializers,
  ) {
    super();
    this.kernel = new Kernel(config, initial);
  }

  override label([input]: readonly (readonly number[])[], output: readonly number[]): string {
    const { config, windows } = this;
    return `${config.type}(${windows.kernel.join("x")}, ${lastOf(input)} -> ${lastOf(output)})`;
  }

  override withBias(): Layer {
    return depthwiseFrom({ ...this.config, useBias: true });
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { kernel, multiplier } = this;
    const outputs = lastOf(x.shape) * multiplier;
    const y = this.eachChannel(scope, x, "weight", (fanIn) => kernel.bias(scope, outputs, fanIn, multiplier));
    return activated(x.to(y, { range: rangeOfActivation("linear") }), kernel.activation);
  }

  /** The convolution of each channel, with the weights under this name. */
  protected eachChannel(
    scope: Scope,
    x: TracedTensor,
    name: string,
    bias: (fanIn: number) => Value | undefined,
  ): Value {
    const { config, windows, multiplier, kernel } = this;
    const channels = lastOf(x.shape);
    const g = windowsOf(config.type, x.shape, windows, channels * multiplier, channels);
    const taps = g.kernelHeight * g.kernelWidth;
    const weight = kernel.weight(
      scope,
      [...windows.kernel, channels, multiplier],
      taps,
      taps * multiplier,
      name,
    );
    const shape = shapeIn(2, g.outHeight, g.outWidth, g.filters);
    const emit = multiplier === 1 ? depthwise : convolution;
    return emit(scope.graph, x.value, weight, bias(taps) ?? NONE, g, shape);
  }
}

class Separable extends Depthwise {
  constructor(
    config: LayerConfig,
    windows: Windows,
    multiplier: number,
    initial: Initializers,
    private readonly filters: number,
  ) {
    super(config, windows, multiplier, initial);
  }

  override withBias(): Layer {
    return separableFrom({ ...this.config, useBias: true });
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { filters, kernel } = this;
    const each = this.eachChannel(scope, x, "depthwiseWeight", () => undefined);
    const inputs = lastOf(each.shape);
    const weight = kernel.weight(scope, [1, 1, inputs, filters], inputs, filters);
    const y = matmul(scope.graph, each, weight, kernel.bias(scope, filters, inputs, filters));
    return activated(x.to(y, { range: rangeOfActivation("linear") }), kernel.activation);
  }
}
