import { gunzipSync } from "node:zlib";
import { FormatError, type IdxData, parseIdx } from "../index.js";
import { readBytes } from "./read-file.js";

/**
 * Reads an IDX file of unsigned bytes, such as those of MNIST, gzipped or not: `parseIdx` has the format.
 * `dimensions` is their number: 3 for images, 1 for labels.
 *
 * @example
 * writeFileSync("labels.idx1-ubyte", Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 3));
 * console.log(Array.from(readIdx("labels.idx1-ubyte", 1).data)); // [ 5, 3 ]
 *
 * @throws FormatError that names the file: for one that cannot be read or is damaged
 */
export function readIdx(file: string, dimensions: number): IdxData {
  const bytes = readBytes(file);
  return parseIdx(bytes[0] === 0x1f && bytes[1] === 0x8b ? unzipped(bytes, file) : bytes, file, dimensions);
}

function unzipped(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new FormatError(`${file}: damaged gzip data (${error instanceof Error ? error.message : error})`);
  }
}
