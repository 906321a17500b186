import { show } from "../core/check.js";
import { FormatError } from "../core/errors.js";

/** An array of unsigned bytes, as the MNIST files hold images and labels. */
export interface IdxData {
  readonly shape: readonly number[];
  /** A view into the file's bytes, row-major. */
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes (LeCun, Cortes, Burges: "The MNIST database of handwritten digits"):
 * two zero bytes, the type 8, the number of dimensions, each dimension as a big-endian 32-bit integer, the
 * data. `name` is the file's, for messages; `dimensions` the number expected.
 *
 * @example
 * // Two zeros, 8 for unsigned bytes, one axis, its length in four bytes, and the values.
 * const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1);
 * const { shape, data } = parseIdx(bytes, "labels", 1);
 * console.log(shape, Array.from(data)); // [ 3 ] [ 7, 2, 1 ]
 *
 * @throws FormatError that names the file and the field that is wrong
 */
export function parseIdx(bytes: Uint8Array, name: string, dimensions: number): IdxData {
  const wrong = (field: string, expected: string, got: string) =>
    new FormatError(`${name}: expected ${field} ${expected}, got ${got}`);
  if (!(bytes instanceof Uint8Array)) throw wrong("bytes", "in a Uint8Array", show(bytes));
  if (bytes.length < 4) throw wrong("a header", "of at least 4 bytes", `a file of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic >>> 16 !== 0)
    throw wrong(
      "magic number",
      `0x${(0x0800 + dimensions).toString(16).padStart(8, "0")}`,
      `0x${magic.toString(16).padStart(8, "0")}`,
    );
  if (bytes[2] !== 8) throw wrong("element type", "8 (unsigned byte)", String(bytes[2]));
  if (bytes[3] !== dimensions) throw wrong("number of dimensions", String(dimensions), String(bytes[3]));
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) throw wrong("a header", `of ${header} bytes`, `a file of ${bytes.length} bytes`);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== header + size)
    throw wrong(
      "data",
      `of ${shape.join(" x ")} = ${size} bytes after the header`,
      `${bytes.length - header} bytes`,
    );
  return { shape, data: bytes.subarray(header) };
}
