import { type ImageOptions, type ImageTensor, imageToTensor } from "../index.js";
import { decodeImage } from "./decode-image.js";
import { imageHeader } from "./image-header.js";
import { readBytes } from "./read-file.js";

/**
 * Reads a PNG or a JPEG file: height x width x channels values from 0 to 1. PNGs may have 1 to 16 bits, a
 * palette and an opacity; JPEGs may be baseline or progressive, and are turned as their camera says. The same
 * bytes give the same bits on every system.
 *
 * @example
 * const { height, width, data } = readImage("shapes/circle/00.png", { size: [8, 8], channels: 1 });
 * console.log(height, width, data.length); // 8 8 64
 *
 * @throws FormatError that names the file: for one that cannot be read or is damaged, and for other formats;
 * ValueError for options out of range
 */
export function readImage(file: string, options: ImageOptions = {}): ImageTensor {
  return imageToTensor(decodeImage(readBytes(file), file), options);
}

/** What an image file is, as its header says. */
export interface ImageInfo {
  readonly format: "png" | "jpeg";
  readonly height: number;
  readonly width: number;
  /** 1 for gray, 3 for colours; opacity is not counted. */
  readonly channels: 1 | 3;
}

/**
 * What a PNG or a JPEG file is, without decoding its pixels.
 *
 * @example
 * console.log(imageInfo("shapes/circle/00.png").format); // png
 *
 * @throws FormatError that names the file: for one that cannot be read, and for other formats
 */
export function imageInfo(file: string): ImageInfo {
  const { format, height, width, channels } = imageHeader(readBytes(file), file);
  return { format, height, width, channels };
}
