import { checkCount, checkName, checkOptions } from "../core/check.js";
import { type Interpolation, resample } from "../ops/resample.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import { rangeThrough } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";
import { checkSizes, positionsOf, type Size2d, shapeIn } from "./windows.js";

/** The options of `upSampling2d`. */
export interface UpSampling2dOptions {
  /** How many times as high and as wide the output is: an integer, or [height, width]. Default 2. */
  size?: Size2d;
  /**
   * "nearest" repeats pixels, "bilinear" weighs the four around each by their distances. Default "nearest".
   */
  interpolation?: Interpolation;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** The options of `upSampling1d`. */
export interface UpSampling1dOptions {
  /** How many times each step stands in the output. Default 2. */
  size?: number;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** The options of `resizing`. */
export interface ResizingOptions {
  /** Of the output. */
  height: number;
  /** Of the output. */
  width: number;
  /**
   * "bilinear" weighs the four pixels around each by their distances, "nearest" takes the nearest. Default
   * "bilinear".
   */
  interpolation?: Interpolation;
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * Enlarges images by whole numbers: X [batch, height, width, channels], Y [batch, size height, size width,
 * channels]. Positions are those of the centres of pixels, as with PyTorch's `align_corners=False`.
 *
 * @example
 * const small = input([7, 7, 8]);
 * console.log(upSampling2d().apply(small).shape); // [ 14, 14, 8 ]
 * console.log(upSampling2d({ size: [1, 3], interpolation: "bilinear" }).apply(small).shape); // [ 7, 21, 8 ]
 *
 * @throws ValueError for sizes that are no integers of at least 1, an unknown interpolation, and unknown
 * options. A model throws ShapeError for inputs of other axes.
 */
export function upSampling2d(options: UpSampling2dOptions = {}): Layer {
  checkOptions("upSampling2d", options, ["size", "interpolation", "name"]);
  const { size = 2, interpolation = "nearest", name } = options;
  return resamplingFrom({ type: "upSampling2d", name, size, interpolation });
}

/**
 * Repeats each step of a sequence: X [batch, length, channels], Y [batch, size length, channels].
 *
 * @example
 * const layers = [upSampling1d({ size: 2 }), flatten()];
 * const twice = new Sequential(backend, { inputShape: [3, 1], layers });
 * console.log(Array.from(twice.predict([1, 2, 3]))); // [ 1, 1, 2, 2, 3, 3 ]
 *
 * @throws ValueError, ShapeError as `upSampling2d`
 */
export function upSampling1d(options: UpSampling1dOptions = {}): Layer {
  checkOptions("upSampling1d", options, ["size", "name"]);
  const { size = 2, name } = options;
  return resamplingFrom({ type: "upSampling1d", name, size });
}

/**
 * Images of another size, larger or smaller: X [batch, ..., ..., channels], Y [batch, height, width,
 * channels]. Positions are those of the centres of pixels, as with PyTorch's `align_corners=False`, whose
 * "nearest" is called "nearest-exact" there. A smaller image is sampled, not averaged: put `averagePool2d`
 * before it to shrink by much.
 *
 * @example
 * const toSquare = resizing({ height: 64, width: 64, interpolation: "bilinear" });
 * console.log(toSquare.apply(input([48, 80, 3])).shape); // [ 64, 64, 3 ]
 *
 * @throws ValueError for a height or width that is no integer of at least 1, an unknown interpolation, and
 * unknown options. A model throws ShapeError for inputs of other axes.
 */
export function resizing(options: ResizingOptions): Layer {
  checkOptions("resizing", options ?? null, ["height", "width", "interpolation", "name"]);
  const { height, width, interpolation = "bilinear", name } = options;
  return resamplingFrom({ type: "resizing", name, height, width, interpolation });
}

const interpolations: Record<Interpolation, true> = { nearest: true, bilinear: true };

/** The layer of a model file. @throws ValueError for options out of range */
export function resamplingFrom(config: LayerConfig): Layer {
  const { type, interpolation = "nearest", height, width } = config;
  const dimensions = type.endsWith("1d") ? 1 : 2;
  checkName(type, "interpolation", interpolation, interpolations);
  checkLayerOptions(config);
  if (type !== "resizing") {
    const factors = checkSizes(type, "size", config.size, dimensions);
    return new Resampling(config, dimensions, interpolation, (sizes) =>
      sizes.map((size, axis) => size * factors[axis]),
    );
  }
  checkCount(type, "height", height);
  checkCount(type, "width", width);
  return new Resampling(config, dimensions, interpolation, () => [height, width]);
}

class Resampling extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly dimensions: 1 | 2,
    private readonly interpolation: Interpolation,
    /** The sizes of the output, by those of the input. */
    private readonly sizesOf: (sizes: readonly number[]) => readonly number[],
  ) {
    super();
  }

  override build({ graph }: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { config, dimensions, interpolation } = this;
    const [before, channels] = positionsOf(config.type, x.shape, dimensions);
    const [[height, width], [outHeight, outWidth]] = [before, this.sizesOf(before)].map((sizes) =>
      dimensions > 1 ? sizes : [1, ...sizes],
    );
    const y = resample(
      graph,
      x.value,
      { height, width, channels, outHeight, outWidth, interpolation },
      shapeIn(dimensions, outHeight, outWidth, channels),
    );
    // A mean may be a rounding outside of its range.
    return x.to(y, { range: interpolation === "nearest" ? rangeThrough(x.range, config.type) : undefined });
  }
}
