import { checkCount, checkName, show } from "../core/check.js";
import { FormatError, ValueError } from "../core/errors.js";
import { floatBitsOfHalf, halfOfFloatBits } from "./half.js";
import { jsonReader } from "./json-reader.js";
import { insteadOf, recognize } from "./recognize.js";

/** The types of elements, as the header of a file names them. */
export type DType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "U64"
  | "I32"
  | "U32"
  | "I16"
  | "U16"
  | "I8"
  | "U8"
  | "BOOL";

/** One array of a file. */
export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  /** Row-major; empty for a single number. */
  readonly shape: readonly number[];
  /** Its bytes, little-endian: a view of the file. */
  readonly bytes: Uint8Array;
}

export interface SafetensorsFile {
  /** Empty when the file has none. Without a prototype: every property is the file's. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The longest header that the reference implementation reads, in bytes. */
const longestHeader = 100_000_000;

/** The array that holds the elements of each type; of F16 and BF16, for which there is none, their bits. */
const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

const isDType = (name: string): name is DType => Object.hasOwn(arrays, name);

/**
 * A text as a message shows it, cut where it would fill a screen: a file may name a tensor with a megabyte.
 */
const cut = (text: string) => text.slice(0, 99);
const quote = (text: string) => cut(JSON.stringify(text));
const list = (numbers: readonly number[]) => cut(`[${numbers.join(", ")}]`);
const placeOf = (name: string) => `tensor ${quote(name)}`;

/**
 * The elements of a shape. From 2^53 on the product is not exact, and stays there even if a 0 follows: it is
 * no number of bytes of a file.
 */
const countOf = (shape: readonly number[]) =>
  shape.reduce((product, length) => (product <= Number.MAX_SAFE_INTEGER ? product * length : product), 1);

/**
 * Reads a safetensors file (Hugging Face, "Safetensors", section "Format"): the length of the header as a
 * little-endian 64-bit integer, the header as JSON, the data. It copies no data, and takes time and memory
 * linear in the header, whatever the file claims. It is as strict as the reference implementation, and
 * refuses what that one passes over: a name that comes twice, an unknown key. Metadata may be null, as there.
 * `source` is the file's name, for messages.
 * @throws FormatError that names the file and the tensor or byte where it is wrong
 */
export function parseSafetensors(file: Uint8Array | ArrayBuffer, source = "safetensors"): SafetensorsFile {
  const wrong = (where: string, expected: string, got: unknown) =>
    new FormatError(`${source}: ${where}: expected ${expected}, got ${got}`);
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  const other = bytes[8] === 0x7b ? undefined : recognize(bytes);
  if (other) throw new FormatError(`${source}: ${insteadOf("a safetensors file", other)}`);
  if (bytes.length < 8)
    throw wrong("byte 0", "8 bytes for the length of the header", `a file of ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const longest = Math.min(bytes.length - 8, longestHeader);
  if (length > longest)
    throw wrong(
      "byte 0",
      `a header of at most ${longest} bytes`,
      length > bytes.length - 8 ? `${length}: the file is cut off, or no safetensors file` : length,
    );
  const start = 8 + Number(length);
  const data = bytes.subarray(start);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start));
  } catch {
    throw wrong("byte 8", "a header in UTF-8", "other bytes");
  }
  if (!text.startsWith("{")) throw wrong("byte 8", "{", quote(text.slice(0, 20)));

  const header = jsonReader(text, (at, expected, got) => wrong(`byte ${8 + at}`, expected, got));
  const metadata: Record<string, string> = Object.create(null);
  const tensors = new Map<string, Tensor>();
  header.object((name) => {
    if (name === "__metadata__") {
      // The reference implementation reads null as it reads a header without metadata.
      if (header.isNull()) return;
      header.object((key) => {
        metadata[key] = header.string();
      });
      return;
    }
    const where = placeOf(name);
    const fields = "dtype, shape and data_offsets";
    const entry: { dtype?: string; shape?: number[]; data_offsets?: number[] } = {};
    header.object((key) => {
      if (key === "dtype") entry.dtype = header.string();
      else if (key === "shape" || key === "data_offsets") entry[key] = header.integers();
      else throw wrong(where, fields, quote(key));
    });
    const { dtype, shape, data_offsets: offsets } = entry;
    if (dtype === undefined || !shape || !offsets)
      throw wrong(where, fields, Object.keys(entry).join(" and ") || "none");
    if (!isDType(dtype)) throw wrong(where, "a known dtype", quote(dtype));
    const [begin, end] = offsets;
    if (offsets.length !== 2 || begin > end || end > data.length) {
      const cutOff = offsets.length === 2 && begin <= end ? ": the file is cut off" : "";
      throw wrong(
        where,
        `data_offsets [begin, end] within ${data.length} bytes of data`,
        list(offsets) + cutOff,
      );
    }
    const size = countOf(shape) * arrays[dtype].BYTES_PER_ELEMENT;
    if (size !== end - begin) throw wrong(where, `${size} bytes for ${dtype} ${list(shape)}`, end - begin);
    tensors.set(name, { name, dtype, shape, bytes: data.subarray(begin, end) });
  });
  header.end();

  let used = 0;
  const begin = ({ bytes }: Tensor) => bytes.byteOffset - data.byteOffset;
  for (const tensor of [...tensors.values()].sort(
    (a, b) => begin(a) - begin(b) || a.bytes.length - b.bytes.length,
  )) {
    if (begin(tensor) !== used) throw wrong(placeOf(tensor.name), `data_offsets from ${used}`, begin(tensor));
    used += tensor.bytes.length;
  }
  if (used < data.length)
    throw wrong(`byte ${start + used}`, "the end of the file", `${data.length - used} bytes more`);
  return { metadata, tensors };
}

/**
 * A tensor's elements as float32, row-major, each rounded to the nearest, I64 and U64 by way of float64; BOOL
 * as its byte, 0 or 1. Those of an F32 that begins at a multiple of 4 bytes in its buffer are a view of the
 * file, all others a copy.
 */
export function floatsOf({ dtype, bytes }: Tensor): Float32Array {
  const type: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayLike<number> | ArrayLike<bigint>;
  } = arrays[dtype];
  const size = type.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size ? new Uint8Array(bytes) : bytes;
  const values = new type(buffer, byteOffset, byteLength / size) as Uint16Array;
  if (values instanceof Float32Array) return values;
  const floats = new Float32Array(values.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < floats.length; i++) {
    if (dtype === "F16") bits[i] = floatBitsOfHalf(values[i]);
    else if (dtype === "BF16") bits[i] = values[i] << 16;
    else floats[i] = Number(values[i]);
  }
  return floats;
}

/** An array to write. */
export interface TensorToWrite {
  readonly name: string;
  /** Its product is the number of values. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
  /** F32 unless told otherwise. F16 rounds to the nearest half, ties to even; from 65520 on to infinity. */
  readonly dtype?: "F32" | "F16";
}

/** The bytes that an element takes, of the types that are written. */
const written = { F32: 4, F16: 2 };

/**
 * The bytes of a safetensors file (Hugging Face, "Safetensors", section "Format") of these tensors. The same
 * tensors and metadata give the same bytes, whatever the order of the tensors: as the reference
 * implementation does, it writes F32 before F16, each by name, and begins the data at a multiple of 8.
 * @throws ValueError for a name that comes twice, is "__metadata__" or has no UTF-8, a shape or dtype that
 * does not fit the values, and metadata that are not strings
 */
export function writeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const who = "writeSafetensors";
  const names = new Set(["__metadata__"]);
  for (const { name, shape, values, dtype = "F32" } of tensors) {
    checkText("a tensor's name", name);
    const whose = `${who}: tensor ${show(name)}`;
    if (names.has(name)) throw new ValueError(`${whose} expected a name not taken, got ${show(name)} again`);
    names.add(name);
    checkName(whose, "dtype", dtype, written);
    for (const length of shape) checkCount(whose, "each size of its shape", length, 0);
    const size = countOf(shape);
    if (!(values instanceof Float32Array) || values.length !== size) {
      throw new ValueError(
        `${whose} expected a Float32Array of length ${size} for ${list(shape)}, got ${show(values)}`,
      );
    }
  }
  const entries = Object.entries(metadata);
  for (const [key, value] of entries) {
    checkText("a key of metadata", key);
    checkText(`metadata ${show(key)}`, value);
  }

  // By hand, since an object would move names that look like integers to the front.
  const members = entries.length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let total = 0;
  const placed = [...tensors]
    .map(({ name, shape, values, dtype = "F32" }) => ({ name, shape, values, dtype }))
    .sort((a, b) => written[b.dtype] - written[a.dtype] || compare(a.name, b.name))
    .map((tensor) => {
      const { name, shape, values, dtype } = tensor;
      const begin = total;
      total += values.length * written[dtype];
      members.push(
        `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, total] })}`,
      );
      return { ...tensor, begin };
    });

  const header = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > longestHeader)
    throw new ValueError(
      `${who} expected names and metadata of at most ${longestHeader} bytes in the header, got ${length}`,
    );
  const file = new Uint8Array(8 + length + total);
  new DataView(file.buffer).setUint32(0, length, true);
  file.fill(0x20, 8, 8 + length).set(header, 8);
  for (const { values, dtype, begin } of placed) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const data = dtype === "F32" ? bits : new Uint16Array(bits.length);
    if (dtype === "F16") for (let i = 0; i < bits.length; i++) data[i] = halfOfFloatBits(bits[i]);
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + length + begin);
  }
  return file;
}

/** A string that UTF-8 can hold: no half of a surrogate pair. @throws ValueError */
function checkText(what: string, value: unknown): void {
  if (typeof value !== "string")
    throw new ValueError(`writeSafetensors expected ${what} to be a string, got ${show(value)}`);
  if (/\p{Surrogate}/u.test(value))
    throw new ValueError(`writeSafetensors expected ${what} to be well-formed, got ${show(value)}`);
}

/**
 * The order of the UTF-8 of two strings, which is that of their code points: not of their UTF-16, where those
 * above U+FFFF come before U+E000.
 */
function compare(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}
