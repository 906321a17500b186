import { decode as decodePng } from "fast-png";
import decodeJpeg from "jpeg-js/lib/decoder.js";
import { FormatError, type Pixels } from "../index.js";
import { type ImageHeader, imageHeader } from "./image-header.js";

/** More than a JPEG of the most pixels takes while it is decoded. */
const JPEG_MEGABYTES = 8192;

/**
 * The pixels of a PNG or a JPEG, as it is to be shown: a palette becomes colours, and a JPEG is turned as its
 * camera says. `name` is the file's, for messages. @throws FormatError for a damaged file, and for another
 * kind
 */
export function decodeImage(bytes: Uint8Array, name: string): Pixels {
  const header = imageHeader(bytes, name);
  try {
    return header.format === "png" ? pngPixels(bytes, header) : jpegPixels(bytes, header);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${name}: damaged ${header.format.toUpperCase()}: ${reason}`);
  }
}

/** Checks the sums of all chunks. Values of 1, 2 and 4 bits become bytes. */
function pngPixels(bytes: Uint8Array, { interlaced, depth }: ImageHeader): Pixels {
  if (interlaced && depth < 8)
    throw new Error(
      `interlaced with ${depth} bits for each value is not supported: save it without interlacing`,
    );
  const { width, height, channels, data, palette, transparency } = decodePng(bytes, { checkCrc: true });
  if (palette) return { width, height, data: coloured(unpacked(data, width, height, depth, 1), palette) };
  // The largest of 1, 2 and 4 bits becomes 255.
  const times = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  const values = unpacked(data, width, height, depth, times);
  const clear = transparency?.map((value) => value * times);
  return {
    width,
    height,
    data: clear ? withOpacity(values, channels, clear, depth === 16 ? 65535 : 255) : values,
  };
}

/** The values of rows that begin with whole bytes, each multiplied. */
function unpacked(
  data: Pixels["data"],
  width: number,
  height: number,
  depth: number,
  times: number,
): Pixels["data"] {
  if (depth >= 8) return data;
  const line = Math.ceil((width * depth) / 8);
  const mask = (1 << depth) - 1;
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * line + (bit >> 3)];
      values[y * width + x] = ((byte >> (8 - depth - (bit & 7))) & mask) * times;
    }
  return values;
}

/** Colours from a palette, with the opacity if it has one. */
function coloured(indices: Pixels["data"], palette: readonly (readonly number[])[]): Uint8Array {
  const channels = palette[0]?.length ?? 3;
  const data = new Uint8Array(indices.length * channels);
  for (let i = 0; i < indices.length; i++) {
    const colour = palette[indices[i]];
    if (!colour) throw new Error(`colour ${indices[i]} of a palette of ${palette.length}`);
    data.set(colour, i * channels);
  }
  return data;
}

/** Pixels with an opacity: none for those of one colour, which are clear. */
function withOpacity(
  data: Pixels["data"],
  channels: number,
  clear: Uint16Array,
  most: number,
): Uint8Array | Uint16Array {
  const pixels = data.length / channels;
  const result = new (most > 255 ? Uint16Array : Uint8Array)(pixels * (channels + 1));
  for (let i = 0; i < pixels; i++) {
    const pixel = data.subarray(i * channels, (i + 1) * channels);
    result.set(pixel, i * (channels + 1));
    result[i * (channels + 1) + channels] = pixel.every((value, c) => value === clear[c]) ? 0 : most;
  }
  return result;
}

function jpegPixels(bytes: Uint8Array, { channels, orientation }: ImageHeader): Pixels {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: JPEG_MEGABYTES,
  });
  const values = channels === 1 ? data.filter((_, i) => i % 3 === 0) : data;
  return orientation === 1
    ? { width, height, data: values }
    : turned(values, width, height, channels, orientation);
}

/** An image as it is to be shown, by the orientation of Exif. */
function turned(
  data: Uint8Array,
  width: number,
  height: number,
  channels: number,
  orientation: number,
): Pixels {
  const lies = orientation > 4;
  const [newWidth, newHeight] = lies ? [height, width] : [width, height];
  // The rows of the file begin on the right for 2, 3, 7 and 8, and at the bottom for 3, 4, 6 and 7.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < newHeight; y++)
    for (let x = 0; x < newWidth; x++) {
      const [column, row] = lies ? [y, x] : [x, y];
      const from = (fromBottom ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column);
      for (let c = 0; c < channels; c++)
        result[(y * newWidth + x) * channels + c] = data[from * channels + c];
    }
  return { width: newWidth, height: newHeight, data: result };
}
