import { checkOptions } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import { pad } from "../ops/box.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import type { Scope, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";
import { checkSides, numbersText, positionsOf, type Sides, type Sides1d, type Sides2d } from "./windows.js";

/** The options of `zeroPadding2d`. */
export interface ZeroPadding2dOptions {
  /** Zeros around the image: n, [height, width] or [[top, bottom], [left, right]]. Default 1. */
  padding?: Sides2d;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** The options of `zeroPadding1d`. */
export interface ZeroPadding1dOptions {
  /** Zeros around the sequence: n or [before, after]. Default 1. */
  padding?: Sides1d;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** The options of `cropping2d`. */
export interface Cropping2dOptions {
  /** Pixels that are left out: n, [height, width] or [[top, bottom], [left, right]]. */
  cropping: Sides2d;
  /** What the layer is called instead of its index. */
  name?: string;
}

/** The options of `cropping1d`. */
export interface Cropping1dOptions {
  /** Steps that are left out: n or [before, after]. */
  cropping: Sides1d;
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * Zeros around images: X [batch, height, width, channels], Y [batch, top + height + bottom, left + width +
 * right, channels].
 *
 * @example
 * const image = input([28, 28, 3]);
 * console.log(zeroPadding2d({ padding: [[0, 1], [0, 1]] }).apply(image).shape); // [ 29, 29, 3 ]
 *
 * @throws ValueError for a padding that is not integers of at least 0, and for unknown options. A model
 * throws ShapeError for inputs of other axes.
 */
export function zeroPadding2d(options: ZeroPadding2dOptions = {}): Layer {
  checkOptions("zeroPadding2d", options, ["padding", "name"]);
  return paddingFrom({ type: "zeroPadding2d", padding: 1, ...options });
}

/**
 * Zeros around sequences: X [batch, length, channels], Y [batch, before + length + after, channels].
 *
 * @example
 * const causal = zeroPadding1d({ padding: [4, 0] }); // for a kernel of 5: no step sees a later one
 * console.log(causal.apply(input([100, 6])).shape); // [ 104, 6 ]
 *
 * @throws ValueError, ShapeError as `zeroPadding2d`
 */
export function zeroPadding1d(options: ZeroPadding1dOptions = {}): Layer {
  checkOptions("zeroPadding1d", options, ["padding", "name"]);
  return paddingFrom({ type: "zeroPadding1d", padding: 1, ...options });
}

/**
 * The middle of images: X [batch, height, width, channels], Y [batch, height - top - bottom, width - left -
 * right, channels].
 *
 * @example
 * console.log(cropping2d({ cropping: 4 }).apply(input([32, 32, 3])).shape); // [ 24, 24, 3 ]
 *
 * @throws ValueError for a cropping that is not integers of at least 0, and for unknown options. A model
 * throws ShapeError for inputs of other axes, and if nothing is left of them.
 */
export function cropping2d(options: Cropping2dOptions): Layer {
  checkOptions("cropping2d", options ?? null, ["cropping", "name"]);
  return paddingFrom({ type: "cropping2d", ...options });
}

/**
 * The middle of sequences: X [batch, length, channels], Y [batch, length - before - after, channels].
 *
 * @example
 * console.log(cropping1d({ cropping: [10, 0] }).apply(input([100, 6])).shape); // [ 90, 6 ]
 *
 * @throws ValueError, ShapeError as `cropping2d`
 */
export function cropping1d(options: Cropping1dOptions): Layer {
  checkOptions("cropping1d", options ?? null, ["cropping", "name"]);
  return paddingFrom({ type: "cropping1d", ...options });
}

/** The layer of a model file. @throws ValueError for options out of range */
export function paddingFrom(config: LayerConfig): Layer {
  const { type } = config;
  const option = type.startsWith("crop") ? "cropping" : "padding";
  const sides = checkSides(type, option, config[option], type.endsWith("1d") ? 1 : 2);
  checkLayerOptions(config);
  return new Padding(config, sides, option === "cropping");
}

class Padding extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly sides: readonly Sides[],
    private readonly crops: boolean,
  ) {
    super();
  }

  override build({ graph }: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { config, sides, crops } = this;
    const [sizes] = positionsOf(config.type, x.shape, sides.length);
    if (crops && sizes.some((size, axis) => sides[axis][0] + sides[axis][1] >= size))
      throw new ShapeError(
        `${config.type} expected a cropping that leaves a part of ${batchShape(x.shape)}, got ${numbersText(sides)}`,
      );
    const [before, after] = [0, 1].map((side) => [
      ...sides.map((pair) => (crops ? -pair[side] : pair[side])),
      0,
    ]);
    // Zeros may be outside of the range.
    return x.to(pad(graph, x.value, before, after), { range: crops ? x.range : undefined });
  }
}
