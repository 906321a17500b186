import { checkCount, checkNumber, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { resized } from "./resize.js";

/**
 * An image as numbers, as models take it. data: height x width x channels, row by row from the top left, the
 * channels of a pixel side by side, each from 0 to 1.
 */
export interface ImageTensor {
  readonly height: number;
  readonly width: number;
  /** 1 for gray, 3 for red, green and blue. */
  readonly channels: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/** The options of `imageToTensor`. */
export interface ImageOptions {
  /**
   * Height and width to resize to, whatever the shape of the image. Linear interpolation, which averages over
   * all pixels that a new one covers. Default: those of the image.
   */
  size?: readonly [height: number, width: number];
  /**
   * 1 for gray, which is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), 3 for colours. Default: 1 for
   * pixels of one channel, with an opacity or without, and else 3.
   */
  channels?: 1 | 3;
  /** What is behind transparent pixels: from 0, black, to 1, white. Default 1. */
  background?: number;
}

/**
 * Pixels, such as an ImageData has: 1 gray channel, gray and opacity, 3 colours, or colours and opacity, row
 * by row. Bytes go to 255, a Uint16Array to 65535, floats to 1.
 */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array | Uint16Array | Float32Array;
}

/** What a canvas draws: an HTMLImageElement, an ImageBitmap, a canvas or a video. */
export interface Drawable {
  readonly width: number;
  readonly height: number;
}

/** What else some of them have. */
interface Sizes {
  readonly naturalWidth?: number;
  readonly naturalHeight?: number;
  readonly videoWidth?: number;
  readonly videoHeight?: number;
}

/** The largest value of a pixel, by the kind of its array. */
const LARGEST: Readonly<Record<string, number>> = {
  Uint8ClampedArray: 255,
  Uint8Array: 255,
  Uint16Array: 65535,
  Float32Array: 1,
};

/**
 * The numbers of an image: of the pixels of an ImageData, or, in a page or a worker, of whatever a canvas
 * draws. Pixels of an ImageData come to the same bits in every engine; how a page decodes a JPEG is up to the
 * browser.
 *
 * @example
 * // In a page: context.getImageData(0, 0, width, height), or the canvas itself.
 * const pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 255, 255, 255, 0, 0, 0, 255) };
 * const { data } = imageToTensor(pixels, { channels: 1 });
 * console.log(Array.from(data)); // [ 1, 0 ]
 *
 * @throws ValueError for a source without pixels and for options out of range, ShapeError for another number
 * of values than the width and height call for
 */
export function imageToTensor(source: Pixels | Drawable, options: ImageOptions = {}): ImageTensor {
  const who = "imageToTensor";
  checkOptions(who, options, ["size", "channels", "background"]);
  const { size, background = 1 } = options;
  checkNumber(who, "background", background, 0, 1);
  if (options.channels !== undefined && options.channels !== 1 && options.channels !== 3)
    throw new ValueError(`${who} expected channels to be 1 or 3, got ${show(options.channels)}`);
  if (size !== undefined) checkSize(who, size);
  const { width, height, data } = pixelsOf(who, source);
  const largest = LARGEST[Object.prototype.toString.call(data).slice(8, -1)];
  if (largest === undefined)
    throw new ValueError(
      `${who} expected pixels in a ${Object.keys(LARGEST).join(", a ")}, got ${show(data)}`,
    );
  checkCount(who, "width", width);
  checkCount(who, "height", height);
  const given = data.length / (width * height);
  if (!(given === 1 || given === 2 || given === 3 || given === 4))
    throw new ShapeError(
      `${who} expected 1 to 4 values for each of ${height} x ${width} pixels, got ${data.length} values`,
    );
  const channels = options.channels ?? (given < 3 ? 1 : 3);
  const values = valuesOf(data, largest, width * height, channels, background);
  if (size === undefined || (size[0] === height && size[1] === width))
    return { height, width, channels, data: values };
  const [newHeight, newWidth] = size;
  return {
    height: newHeight,
    width: newWidth,
    channels,
    data: resized(values, [height, width], size, channels),
  };
}

/** A height and a width. @throws ValueError */
function checkSize(who: string, size: unknown): void {
  if (!Array.isArray(size) || size.length !== 2)
    throw new ValueError(`${who} expected size to be [height, width], got ${show(size)}`);
  checkCount(who, "the height in size", size[0]);
  checkCount(who, "the width in size", size[1]);
}

/** Pixels from 0 to 1 with `channels` channels, blended with the background by their opacity. */
function valuesOf(
  data: Pixels["data"],
  largest: number,
  pixels: number,
  channels: number,
  background: number,
): Float32Array<ArrayBuffer> {
  const given = data.length / pixels;
  const values = new Float32Array(pixels * channels);
  const colours = given < 3 ? 1 : 3;
  for (let i = 0; i < pixels; i++) {
    const from = i * given;
    const opacity = given > colours ? data[from + colours] / largest : 1;
    const behind = (1 - opacity) * background;
    const red = (data[from] / largest) * opacity + behind;
    if (colours === 1) {
      for (let c = 0; c < channels; c++) values[i * channels + c] = red;
      continue;
    }
    const green = (data[from + 1] / largest) * opacity + behind;
    const blue = (data[from + 2] / largest) * opacity + behind;
    if (channels === 1) values[i] = 0.299 * red + 0.587 * green + 0.114 * blue;
    else {
      values[i * 3] = red;
      values[i * 3 + 1] = green;
      values[i * 3 + 2] = blue;
    }
  }
  return values;
}

/** What is used of a canvas. */
interface Canvas {
  getContext(
    kind: "2d",
    options: object,
  ): {
    drawImage(source: unknown, x: number, y: number): void;
    getImageData(x: number, y: number, width: number, height: number): Pixels;
  } | null;
}

/** What makes one: a worker has the class, an old page the document only. */
interface Page {
  OffscreenCanvas?: new (width: number, height: number) => Canvas;
  document?: { createElement(name: "canvas"): Canvas & { width: number; height: number } };
}

/** The pixels of a source, drawn where it has none of its own. @throws ValueError */
function pixelsOf(who: string, source: Pixels | Drawable): Pixels {
  if (source === null || typeof source !== "object")
    throw new ValueError(`${who} expected pixels or what a canvas draws, got ${show(source)}`);
  if ("data" in source) return source;
  // The size of the image itself, not of the element that shows it.
  const { naturalWidth, naturalHeight, videoWidth, videoHeight } = source as Drawable & Sizes;
  const width = naturalWidth ?? videoWidth ?? source.width;
  const height = naturalHeight ?? videoHeight ?? source.height;
  if (!(Number.isSafeInteger(width * height) && width * height > 0))
    throw new ValueError(
      `${who} expected an image that has loaded, got ${show(source)} of ${show(height)} x ${show(width)} pixels`,
    );
  const context = canvasOf(who, width, height).getContext("2d", {
    willReadFrequently: true,
    colorSpace: "srgb",
  });
  if (!context) throw new ValueError(`${who} expected a canvas that draws in 2d, got none`);
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, width, height);
}

function canvasOf(who: string, width: number, height: number): Canvas {
  const { OffscreenCanvas, document } = globalThis as Page;
  if (OffscreenCanvas) return new OffscreenCanvas(width, height);
  if (!document)
    throw new ValueError(
      `${who} expected pixels with width, height and data: only a page or a worker draws images; readImage in lanewise/node reads files`,
    );
  return Object.assign(document.createElement("canvas"), { width, height });
}
