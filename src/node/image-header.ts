import { FormatError } from "../index.js";

/** What the header of an image file says. */
export interface ImageHeader {
  readonly format: "png" | "jpeg";
  /** As the image is to be shown. */
  readonly height: number;
  readonly width: number;
  /** 1 for gray, 3 for colours; opacity is not counted. */
  readonly channels: 1 | 3;
  /** How a JPEG is to be turned and mirrored, as Exif says: from 1, as it is, to 8. */
  readonly orientation: number;
  /** Whether a PNG holds its pixels in seven passes, and the bits of each value. */
  readonly interlaced: boolean;
  readonly depth: number;
}

/** Images of more pixels are refused: a file of few bytes may say that it has many. */
const MOST_PIXELS = 100_000_000;

/**
 * Reads the header of a PNG (ISO/IEC 15948) or a JPEG (ITU-T T.81), whatever the file is called. `name` is
 * the file's, for messages. @throws FormatError
 */
export function imageHeader(bytes: Uint8Array, name: string): ImageHeader {
  const header = isPng(bytes) ? pngHeader(bytes, name) : isJpeg(bytes) ? jpegHeader(bytes, name) : undefined;
  if (!header) throw new FormatError(`${name}: expected a PNG or a JPEG image, got ${otherKind(bytes)}`);
  const { height, width } = header;
  if (height * width === 0 || height * width > MOST_PIXELS)
    throw new FormatError(
      `${name}: expected an image of 1 to ${MOST_PIXELS / 1e6} million pixels, got ${height} x ${width}`,
    );
  return header;
}

const begins = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte);

const isPng = (bytes: Uint8Array): boolean => begins(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const isJpeg = (bytes: Uint8Array): boolean => begins(bytes, 0xff, 0xd8, 0xff);

/** What a file that is neither may be. */
function otherKind(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (text.startsWith("GIF8")) return "a GIF";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "a WebP";
  if (text.startsWith("BM")) return "a BMP";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "a TIFF";
  if (/^ftyp(avif|heic|heix|mif1)/.test(text.slice(4))) return "an AVIF or HEIC";
  if (/^\s*<(\?xml|svg)/.test(text)) return "an SVG";
  return "another file";
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The first chunk, IHDR: width, height, bits, colour type, compression, filter, interlace. */
function pngHeader(bytes: Uint8Array, name: string): ImageHeader {
  if (bytes.length < 33) throw new FormatError(`${name}: damaged PNG: the file ends within its header`);
  const view = viewOf(bytes);
  const colour = bytes[25];
  return {
    format: "png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    // 0 is gray, 4 gray with opacity.
    channels: colour === 0 || colour === 4 ? 1 : 3,
    orientation: 1,
    interlaced: bytes[28] === 1,
    depth: bytes[24],
  };
}

/** The segments up to the frame header, each a marker and its length. */
function jpegHeader(bytes: Uint8Array, name: string): ImageHeader {
  const view = viewOf(bytes);
  let orientation = 1;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) {
      at++;
      continue;
    }
    const marker = bytes[at + 1];
    // Fill bytes, and markers without a segment.
    if (marker === 0xff || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xe1)
      orientation = exifOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation;
    // SOF0 to SOF15 without the tables DHT, JPG and DAC, which have numbers among these.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (marker > 0xc2)
        throw new FormatError(
          `${name}: expected a baseline or progressive JPEG, got one of another kind (SOF${marker - 0xc0})`,
        );
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      const lies = orientation > 4;
      return {
        format: "jpeg",
        height: lies ? width : height,
        width: lies ? height : width,
        channels: bytes[at + 9] === 1 ? 1 : 3,
        orientation,
        interlaced: false,
        depth: bytes[at + 4],
      };
    }
    if (marker === 0xd9 || marker === 0xda) break;
    at += 2 + length;
  }
  throw new FormatError(`${name}: damaged JPEG: the file ends before its frame header`);
}

/** The tag 0x0112 of the first directory in a segment of Exif (CIPA DC-008), which is a TIFF. */
function exifOrientation(segment: Uint8Array): number | undefined {
  if (!begins(segment, 0x45, 0x78, 0x69, 0x66, 0, 0) || segment.length < 14) return undefined;
  const tiff = viewOf(segment.subarray(6));
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return undefined;
  const entries = tiff.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > tiff.byteLength) return undefined;
    if (tiff.getUint16(at, little) !== 0x0112) continue;
    const value = tiff.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
