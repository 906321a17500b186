import { checkOptions, checkTruth } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Value } from "../graph/value.js";
import { averagePool, averagePositions, maxPool } from "../ops/pooling.js";
import { reshape } from "../ops/reshape.js";
import { averageSteps, maxSteps } from "../ops/steps.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import { rangeThrough } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";
import {
  checkWindows,
  numbersText,
  positionsOf,
  type Sides1d,
  type Sides2d,
  type Size2d,
  shapeIn,
  type Windows,
  windowsOf,
} from "./windows.js";

/** The options of `maxPool2d` and `averagePool2d`. */
export interface Pool2dOptions {
  /** Pixels of a window. Default 2. */
  poolSize?: Size2d;
  /** Pixels from a window to the next. Default: poolSize, so that windows do not overlap. */
  strides?: Size2d;
  /**
   * Pixels around the image that windows may reach into, fewer than poolSize: "valid" for none, "same" for as
   * many as make an output of size / strides, rounded up (TensorFlow's rule), or their numbers. Default
   * "valid".
   */
  padding?: "valid" | "same" | Sides2d;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** The options of `maxPool1d` and `averagePool1d`. */
export interface Pool1dOptions {
  /** Steps of a window. Default 2. */
  poolSize?: number;
  /** Steps from a window to the next. Default: poolSize, so that windows do not overlap. */
  strides?: number;
  /**
   * Steps before and after the sequence that windows may reach into, fewer than poolSize: "valid" for none,
   * "same" for as many as make an output of length / strides, rounded up, or their numbers. Default "valid".
   */
  padding?: "valid" | "same" | Sides1d;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** What the layers of average pooling take beside windows. */
export interface AverageOptions {
  /** Whether padding counts as zeros. Default false, as in Keras; PyTorch's default is true. */
  countPadding?: boolean;
}

/** The options of the global pooling layers. */
export interface GlobalPoolOptions {
  /** Whether the axes of positions stay, with the size 1. Default false. */
  keepDims?: boolean;
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * The largest element of each window of an image, channel by channel: X [batch, height, width, channels], Y
 * [batch, outHeight, outWidth, channels], where outHeight is floor((height + padding - poolSize) / strides) +
 * 1. Padding is never the largest. The gradient goes to the first of the largest elements, in the order of
 * rows and columns; NaN counts as the largest (Zhou and Chellappa 1988, "Computation of optical flow using a
 * neural network").
 *
 * @example
 * const image = input([28, 28, 16]);
 * console.log(maxPool2d().apply(image).shape); // [ 14, 14, 16 ]
 * console.log(maxPool2d({ poolSize: 3, strides: 1, padding: "same" }).apply(image).shape); // [ 28, 28, 16 ]
 *
 * @throws ValueError for sizes that are no integers of at least 1, a padding of a whole poolSize, and unknown
 * options. A model throws ShapeError for inputs of other axes and for windows larger than the padded input.
 */
export function maxPool2d(options: Pool2dOptions = {}): Layer {
  return described("maxPool2d", options, []);
}

/**
 * The same for sequences: X [batch, length, channels]. See `maxPool2d`.
 *
 * @example
 * console.log(maxPool1d({ poolSize: 4 }).apply(input([100, 6])).shape); // [ 25, 6 ]
 *
 * @throws ValueError, ShapeError
 */
export function maxPool1d(options: Pool1dOptions = {}): Layer {
  return described("maxPool1d", options, []);
}

/**
 * The mean of each window of an image, channel by channel: X [batch, height, width, channels], Y [batch,
 * outHeight, outWidth, channels], sizes as in `maxPool2d`. The mean is that of the pixels inside of the
 * image, or with `countPadding` of all pixels of the window, padding as zeros.
 *
 * @example
 * const pool = new Sequential(backend, { inputShape: [2, 2, 1], layers: [averagePool2d()] });
 * console.log(Array.from(pool.predict([1, 2, 3, 6]))); // [ 3 ]
 *
 * @throws ValueError, ShapeError as `maxPool2d`
 */
export function averagePool2d(options: Pool2dOptions & AverageOptions = {}): Layer {
  return described("averagePool2d", options, ["countPadding"]);
}

/**
 * The same for sequences: X [batch, length, channels]. See `averagePool2d`.
 *
 * @example
 * const smooth = averagePool1d({ poolSize: 3, strides: 1, padding: "same" });
 * console.log(smooth.apply(input([100, 6])).shape); // [ 100, 6 ]
 *
 * @throws ValueError, ShapeError
 */
export function averagePool1d(options: Pool1dOptions & AverageOptions = {}): Layer {
  return described("averagePool1d", options, ["countPadding"]);
}

/**
 * The largest element of each channel of an image: X [batch, height, width, channels], Y [batch, channels],
 * or [batch, 1, 1, channels] with `keepDims`.
 *
 * @example
 * console.log(globalMaxPool2d().apply(input([7, 7, 64])).shape); // [ 64 ]
 *
 * @throws ValueError for unknown options. A model throws ShapeError for inputs of other axes.
 */
export function globalMaxPool2d(options: GlobalPoolOptions = {}): Layer {
  return globalDescribed("globalMaxPool2d", options);
}

/**
 * The same for sequences: X [batch, length, channels]. Of one with a mask, as after an embedding with a
 * `paddingIndex`, the largest over the real steps; 0 for a sample without any. See `globalMaxPool2d`.
 *
 * @example
 * const layers = [conv1d(16, 5, { activation: "relu" }), globalMaxPool1d(), dense(3)];
 * console.log(new Sequential(backend, { inputShape: [100, 6], layers }).outputShape); // [ 3 ]
 *
 * @throws ValueError, ShapeError
 */
export function globalMaxPool1d(options: GlobalPoolOptions = {}): Layer {
  return globalDescribed("globalMaxPool1d", options);
}

/**
 * The mean of each channel of an image: X [batch, height, width, channels], Y [batch, channels], or [batch,
 * 1, 1, channels] with `keepDims` (Lin, Chen and Yan 2014, "Network In Network").
 *
 * @example
 * const layers = [conv2d(16, 3, { activation: "relu" }), globalAveragePool2d(), dense(10)];
 * console.log(new Sequential(backend, { inputShape: [32, 32, 3], layers }).parameterCount); // 618
 *
 * @throws ValueError for unknown options. A model throws ShapeError for inputs of other axes.
 */
export function globalAveragePool2d(options: GlobalPoolOptions = {}): Layer {
  return globalDescribed("globalAveragePool2d", options);
}

/**
 * The same for sequences: X [batch, length, channels]. Of one with a mask, as after an embedding with a
 * `paddingIndex`, the mean over the real steps; 0 for a sample without any. See `globalAveragePool2d`.
 *
 * @example
 * console.log(globalAveragePool1d({ keepDims: true }).apply(input([100, 6])).shape); // [ 1, 6 ]
 *
 * @throws ValueError, ShapeError
 */
export function globalAveragePool1d(options: GlobalPoolOptions = {}): Layer {
  return globalDescribed("globalAveragePool1d", options);
}

function described(type: string, options: Pool1dOptions | Pool2dOptions, own: readonly string[]): Layer {
  checkOptions(type, options, ["poolSize", "strides", "padding", ...own, "name"]);
  const { poolSize = 2, strides = poolSize, padding = "valid", ...others } = options;
  return poolingFrom({ type, poolSize, strides, padding, ...others });
}

function globalDescribed(type: string, options: GlobalPoolOptions): Layer {
  checkOptions(type, options, ["keepDims", "name"]);
  return globalPoolingFrom({ type, ...options });
}

const dimensionsOf = ({ type }: LayerConfig): 1 | 2 => (type.endsWith("1d") ? 1 : 2);

/** The layer of a model file. @throws ValueError for options out of range */
export function poolingFrom(config: LayerConfig): Layer {
  const { type, countPadding = false } = config;
  const windows = checkWindows(type, config, dimensionsOf(config), "poolSize");
  const { kernel, padding } = windows;
  // Else a window could have no pixel.
  if (Array.isArray(padding) && padding.some((sides, axis) => Math.max(...sides) >= kernel[axis]))
    throw new ValueError(
      `${type} expected a padding of less than poolSize, ${numbersText(kernel)}, got ${numbersText(padding)}`,
    );
  checkTruth(type, "countPadding", countPadding);
  checkLayerOptions(config);
  return new Pooling(config, windows, countPadding);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function globalPoolingFrom(config: LayerConfig): Layer {
  const { type, keepDims = false } = config;
  checkTruth(type, "keepDims", keepDims);
  checkLayerOptions(config);
  return new GlobalPooling(config, dimensionsOf(config), keepDims);
}

class Pooling extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly windows: Windows,
    private readonly countPadding: boolean,
  ) {
    super();
  }

  override label(): string {
    return `${this.config.type}(${this.windows.kernel.join("x")})`;
  }

  override build({ graph }: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { config, windows, countPadding } = this;
    const { type } = config;
    const g = windowsOf(type, x.shape, windows);
    const shape = shapeIn(windows.kernel.length, g.outHeight, g.outWidth, g.channels);
    const range = rangeThrough(x.range, type);
    if (type.startsWith("max")) return x.to(maxPool(graph, x.value, g, shape), { range });
    const y = averagePool(graph, x.value, g, countPadding, shape);
    // Zeros of the padding may be outside of the range.
    return x.to(y, { range: countPadding ? undefined : range });
  }
}

class GlobalPooling extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly dimensions: 1 | 2,
    private readonly keepDims: boolean,
  ) {
    super();
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  override build({ graph }: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { type } = this.config;
    const [sizes, channels] = positionsOf(type, x.shape, this.dimensions);
    const shape = this.keepDims ? [...sizes.map(() => 1), channels] : [channels];
    // The 0 of a sample without real steps may be outside of the range.
    const range = x.mask ? undefined : rangeThrough(x.range, type);
    if (type.startsWith("globalAverage")) {
      const mean =
        this.dimensions > 1 ? averagePositions(graph, x.value) : averageSteps(graph, x.value, x.mask);
      return x.to(reshape(graph, mean, shape), { range });
    }
    const y = x.mask ? reshape(graph, maxSteps(graph, x.value, x.mask), shape) : undefined;
    return x.to(y ?? this.largest(graph, x, sizes, shape), { range });
  }

  /** One window over all positions. */
  private largest(
    graph: Scope["graph"],
    x: TracedTensor,
    sizes: readonly number[],
    shape: readonly number[],
  ): Value {
    const { config, dimensions } = this;
    const all = dimensions > 1 ? sizes : sizes[0];
    const windows = checkWindows(
      config.type,
      { ...config, poolSize: all, strides: all },
      dimensions,
      "poolSize",
    );
    return maxPool(graph, x.value, windowsOf(config.type, x.shape, windows), shape);
  }
}
