import { checkNumber, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { purposes, RandomStream } from "../core/random.js";
import { cosineOfTurns } from "../core/reproducible-math.js";
import type { ImageTensor } from "./image.js";
import { type Affine, type AugmentFill, type ImageShape, moved, warped } from "./warp.js";

/** The options of `augment`: how far images are changed. */
export interface AugmentOptions {
  /** Mirrors every other image, on average. "horizontal" exchanges left and right. */
  flip?: "horizontal" | "vertical" | "both";
  /** Moves by whole pixels, up to this fraction of the height and of the width, either way. */
  shift?: number | readonly [vertical: number, horizontal: number];
  /** The largest rotation about the centre, in degrees, in both directions. At most 180. */
  rotate?: number;
  /** Scales about the centre by a factor from 1 - zoom to 1 + zoom. */
  zoom?: number;
  /** Adds a number from -brightness to brightness to all values. */
  brightness?: number;
  /** Multiplies the distance to the mean of each channel by a factor from 1 - contrast to 1 + contrast. */
  contrast?: number;
  /**
   * Covers a square, whose side is this fraction of the shorter side of the image, by the mean of each
   * channel. Its centre is anywhere in the image (DeVries and Taylor 2017).
   */
  cutout?: number;
  /** What comes in from outside of the image: the nearest pixel, or a number. Default "edge". */
  fill?: AugmentFill;
}

/** What an augmented image is a function of. */
export interface AugmentPlace {
  /** In training, the model's. Default 0. */
  seed?: number;
  /** In training, counted from 0 in the model's life. Default 0. */
  epoch?: number;
  /** In training, the row of the data; of batches from an iterable, the place in the epoch. Default 0. */
  sample?: number;
}

/** Numbers drawn for a sample: each has a place of its own, whatever else is asked for. */
const draws = {
  flipHorizontal: 0,
  flipVertical: 1,
  shiftDown: 2,
  shiftRight: 3,
  rotate: 4,
  zoom: 5,
  brightness: 6,
  contrast: 7,
  cutoutDown: 8,
  cutoutRight: 9,
} as const;
const DRAWS = 16;

/** A number from 0 to 1 for a draw. */
type Uniform = (draw: number) => number;

/** From -limit to limit. */
const around = (uniform: number, limit: number): number => (2 * uniform - 1) * limit;

const flips = { horizontal: true, vertical: true, both: true } as const;

/**
 * Changes images at random, so that training sees another variant of each in every epoch: the option
 * `augment` of fit. All are changed about the centre, one after the other: turned and scaled, mirrored,
 * moved, then contrast, brightness, cutout. Values may leave 0 ... 1.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: [4, 4, 1], layers: [flatten(), dense(1)] });
 * const x = new Float32Array(10 * 16).fill(0.5);
 * await model.fit(x, new Float32Array(10), {
 *   loss: "meanSquaredError", epochs: 2, augment: augment({ flip: "horizontal", shift: 0.1 }),
 * });
 *
 * @throws ValueError for options that are unknown or out of range
 */
export function augment(options: AugmentOptions): Augmentation {
  return new Augmentation(options);
}

/**
 * Variants of images: see `augment`.
 *
 * @example
 * const image = { height: 1, width: 3, channels: 1, data: Float32Array.of(0, 0.5, 1) };
 * const mirrored = augment({ flip: "horizontal" });
 * const variants = [0, 1, 2, 3].map((epoch) => mirrored.apply(image, { seed: 1, epoch }).data[0]);
 * console.log(variants.every((first) => first === 0 || first === 1)); // true
 */
export class Augmentation {
  private readonly flip: AugmentOptions["flip"];
  private readonly shift: readonly [vertical: number, horizontal: number];
  private readonly rotate: number;
  private readonly zoom: number;
  private readonly brightness: number;
  private readonly contrast: number;
  private readonly cutout: number;
  private readonly fill: AugmentFill;
  /** The image as it was. */
  private before = new Float32Array();

  /** @internal @throws ValueError */
  constructor(options: AugmentOptions) {
    const who = "augment";
    checkOptions(who, options ?? null, [
      "flip",
      "shift",
      "rotate",
      "zoom",
      "brightness",
      "contrast",
      "cutout",
      "fill",
    ]);
    const { flip, shift = 0, rotate = 0, zoom = 0, fill = "edge" } = options;
    const { brightness = 0, contrast = 0, cutout = 0 } = options;
    if (flip !== undefined && !Object.hasOwn(flips, flip))
      throw new ValueError(`${who}: unknown flip ${show(flip)}; known are ${Object.keys(flips).join(", ")}`);
    const shifts: readonly unknown[] = Array.isArray(shift) ? shift : [shift, shift];
    if (shifts.length !== 2)
      throw new ValueError(
        `${who} expected shift to be a number or [vertical, horizontal], got ${show(shift)}`,
      );
    for (const each of shifts) checkNumber(who, "shift", each, 0, 1);
    checkNumber(who, "rotate", rotate, 0, 180);
    checkNumber(who, "zoom", zoom, 0, 0.9);
    checkNumber(who, "brightness", brightness, 0);
    checkNumber(who, "contrast", contrast, 0, 1);
    checkNumber(who, "cutout", cutout, 0, 1);
    if (fill !== "edge") checkNumber(who, 'fill, if not "edge",', fill, Number.NEGATIVE_INFINITY);
    this.flip = flip;
    this.shift = shifts as [number, number];
    this.rotate = rotate;
    this.zoom = zoom;
    this.brightness = brightness;
    this.contrast = contrast;
    this.cutout = cutout;
    this.fill = fill;
  }

  /**
   * The variant of an image that training with this seed sees in an epoch. @throws ShapeError for an image of
   * another number of values than its shape calls for
   */
  apply(image: ImageTensor, { seed = 0, epoch = 0, sample = 0 }: AugmentPlace = {}): ImageTensor {
    const { height, width, channels } = image;
    if (image.data.length !== height * width * channels)
      throw new ShapeError(
        `augment expected an image of ${height} x ${width} x ${channels} values, got ${image.data.length}`,
      );
    const data = image.data.slice();
    const stream = new RandomStream(seed, purposes.augment, epoch);
    this.change(data, [height, width, channels], stream, sample);
    return { height, width, channels, data };
  }

  /** @internal Changes an image where it is. */
  change(data: Float32Array, shape: ImageShape, stream: RandomStream, sample: number): void {
    const uniform: Uniform = (draw) => stream.uniform(sample * DRAWS + draw);
    this.place(data, shape, uniform);
    this.colour(data, shape, uniform);
  }

  /** Turns, scales, mirrors and moves. */
  private place(data: Float32Array, shape: ImageShape, uniform: Uniform): void {
    const { flip, rotate, zoom, shift, fill } = this;
    const [height, width] = shape;
    const sign = (kind: "horizontal" | "vertical", draw: number) =>
      (flip === kind || flip === "both") && uniform(draw) < 0.5 ? -1 : 1;
    const signX = sign("horizontal", draws.flipHorizontal);
    const signY = sign("vertical", draws.flipVertical);
    const down = shift[0] > 0 ? Math.round(around(uniform(draws.shiftDown), shift[0]) * height) : 0;
    const right = shift[1] > 0 ? Math.round(around(uniform(draws.shiftRight), shift[1]) * width) : 0;
    const whole = rotate === 0 && zoom === 0;
    if (whole && signX > 0 && signY > 0 && down === 0 && right === 0) return;
    const turns = rotate > 0 ? around(uniform(draws.rotate), rotate) / 360 : 0;
    const factor = zoom > 0 ? 1 + around(uniform(draws.zoom), zoom) : 1;
    // The sine is the cosine of a quarter turn less.
    const cosine = whole ? 1 : cosineOfTurns(turns < 0 ? turns + 1 : turns) / factor;
    const sine = whole ? 0 : cosineOfTurns(turns < 0.25 ? turns + 0.75 : turns - 0.25) / factor;
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    // What was done last is undone first: moved back, mirrored back, scaled and turned back about (x, y).
    const [xx, xy] = [cosine * signX, sine * signY];
    const [yx, yy] = [-sine * signX, cosine * signY];
    const map: Affine = {
      ...{ xx, xy, x0: x - xx * (x + right) - xy * (y + down) },
      ...{ yx, yy, y0: y - yx * (x + right) - yy * (y + down) },
    };
    if (this.before.length !== data.length) this.before = new Float32Array(data.length);
    this.before.set(data);
    (whole ? moved : warped)(this.before, data, shape, map, fill);
  }

  /** Changes contrast and brightness, and covers a square. */
  private colour(data: Float32Array, shape: ImageShape, uniform: Uniform): void {
    const { brightness, contrast, cutout } = this;
    const [height, width, channels] = shape;
    const more = brightness > 0 ? around(uniform(draws.brightness), brightness) : 0;
    const factor = contrast > 0 ? 1 + around(uniform(draws.contrast), contrast) : 1;
    const side = Math.round(cutout * Math.min(height, width));
    if (brightness === 0 && contrast === 0 && side === 0) return;
    const top = side > 0 ? Math.floor(uniform(draws.cutoutDown) * height) - (side >> 1) : 0;
    const left = side > 0 ? Math.floor(uniform(draws.cutoutRight) * width) - (side >> 1) : 0;
    for (let c = 0; c < channels; c++) {
      let mean = 0;
      if (contrast > 0 || side > 0) {
        for (let i = c; i < data.length; i += channels) mean += data[i];
        mean /= height * width;
      }
      if (brightness > 0 || contrast > 0)
        for (let i = c; i < data.length; i += channels) data[i] = (data[i] - mean) * factor + (mean + more);
      for (let row = Math.max(top, 0); row < Math.min(top + side, height); row++)
        for (let column = Math.max(left, 0); column < Math.min(left + side, width); column++)
          data[(row * width + column) * channels + c] = mean + more;
    }
  }
}
