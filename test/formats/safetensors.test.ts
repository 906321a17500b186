import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, ValueError } from "../../src/core/errors.js";
import {
  type DType,
  floatsOf,
  parseSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorToWrite,
  writeSafetensors,
} from "../../src/files/safetensors.js";

/**
 * A file byte by byte: the length of the header, unless told otherwise the right one; the header; the data.
 */
function fileOf(
  header: string | readonly number[],
  data: readonly number[] | number = [],
  length?: bigint,
): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const body = typeof data === "number" ? Array.from({ length: data }, (_, i) => i % 256) : data;
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  const file = new Uint8Array(8 + text.length + body.length);
  file.set(start);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}

const entry = (dtype: string, shape: readonly number[], begin: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

/** A file of one tensor "x" of these bytes. */
const fileOfOne = (dtype: DType, shape: readonly number[], data: readonly number[]) =>
  fileOf(`{"x":${entry(dtype, shape, 0, data.length)}}`, data);

const tensorOf = (file: SafetensorsFile, name: string): Tensor => {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return tensor;
};

/** The same bytes in a larger buffer, beginning at `offset`. */
function shifted(bytes: Uint8Array, offset: number): Uint8Array {
  const larger = new Uint8Array(bytes.length + offset + 3).fill(0xee);
  larger.set(bytes, offset);
  return larger.subarray(offset, offset + bytes.length);
}

describe("parseSafetensors", () => {
  it("reads names, types, shapes, bytes and metadata", () => {
    const header = `{"__metadata__":{"format":"pt","é":"\\u00e9\\n"},"b":${entry("F32", [1, 2], 4, 12)},"a.0":${entry("I16", [2], 0, 4)}}`;
    const bytes = fileOf(header, 12);
    const { metadata, tensors } = parseSafetensors(bytes);
    expect({ ...metadata }).toEqual({ format: "pt", é: "é\n" });
    expect([...tensors.values()]).toEqual([
      { name: "b", dtype: "F32", shape: [1, 2], bytes: Uint8Array.of(4, 5, 6, 7, 8, 9, 10, 11) },
      { name: "a.0", dtype: "I16", shape: [2], bytes: Uint8Array.of(0, 1, 2, 3) },
    ]);
    for (const tensor of tensors.values()) expect(tensor.bytes.buffer).toBe(bytes.buffer);
  });

  it("reads a view of a larger buffer, and an ArrayBuffer", () => {
    const bytes = fileOfOne("U8", [3], [7, 8, 9]);
    const read = (file: Uint8Array | ArrayBuffer) => [...tensorOf(parseSafetensors(file), "x").bytes];
    expect(read(shifted(bytes, 5))).toEqual([7, 8, 9]);
    expect(read(bytes.slice().buffer)).toEqual([7, 8, 9]);
  });

  it("keeps the order of the header, of names that look like integers too", () => {
    const names = ["z", "10", "9", "a"];
    const header = names.map((name, i) => `"${name}":${entry("U8", [1], i, i + 1)}`).join(",");
    expect([...parseSafetensors(fileOf(`{${header}}`, 4)).tensors.keys()]).toEqual(names);
  });

  it("reads a file without tensors, without metadata, or with white space wherever JSON allows it", () => {
    expect(parseSafetensors(fileOf("{}")).tensors.size).toBe(0);
    expect(parseSafetensors(fileOf('{"__metadata__":{}}       ')).metadata).toEqual({});
    expect(parseSafetensors(fileOf('{"__metadata__": null }')).metadata).toEqual({});
    const spaced = '{ "x"\t:\n{ "data_offsets" : [ 0 , 2 ] ,\r\n"shape" : [ 2 , 1 ] , "dtype" : "I8" } } ';
    expect(tensorOf(parseSafetensors(fileOf(spaced, 2)), "x").shape).toEqual([2, 1]);
    expect(
      tensorOf(parseSafetensors(fileOf(spaced.replace("[ 2 , 1 ]", "[ 2 ,1,1 ]"), 2)), "x").shape,
    ).toEqual([2, 1, 1]);
  });

  it("reads scalars, and empty tensors at every place", () => {
    const header = [
      entry("F32", [], 0, 4),
      entry("F32", [0, 3], 0, 0),
      entry("U8", [2, 0], 4, 4),
      entry("U8", [1], 4, 5),
      entry("F64", [0], 5, 5),
    ];
    const { tensors } = parseSafetensors(
      fileOf(`{${header.map((text, i) => `"${i}":${text}`).join(",")}}`, 5),
    );
    expect([...tensors.values()].map((tensor) => floatsOf(tensor).length)).toEqual([1, 0, 0, 1, 0]);
    expect(tensorOf({ tensors, metadata: {} }, "0").shape).toEqual([]);
  });

  it("reads an empty shape's overflow only where a 0 comes first, as the reference implementation does", () => {
    const huge = Number.MAX_SAFE_INTEGER;
    expect(parseSafetensors(fileOf(`{"x":${entry("F32", [0, huge, huge], 0, 0)}}`)).tensors.size).toBe(1);
  });

  it("takes __proto__ for a name like any other", () => {
    const bytes = fileOf(
      `{"__metadata__":{"__proto__":"m","constructor":"c"},"__proto__":${entry("U8", [1], 0, 1)}}`,
      [5],
    );
    const { metadata, tensors } = parseSafetensors(bytes);
    expect(Object.entries(metadata)).toEqual([
      ["__proto__", "m"],
      ["constructor", "c"],
    ]);
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).m).toBeUndefined();
    expect(Object.keys(parseSafetensors(fileOf("{}")).metadata)).toEqual([]);
    expect("toString" in parseSafetensors(fileOf("{}")).metadata).toBe(false);
  });

  const x = (text: string) => `{"x":${text}}`;
  const good = entry("F32", [2, 5], 0, 40);
  const deep = 100_000;
  const refusals: [string, Uint8Array, string][] = [
    [
      "an empty file",
      new Uint8Array(),
      "safetensors: expected a safetensors file, got an empty file; get the file again",
    ],
    [
      "a length cut short",
      new Uint8Array(7),
      "byte 0: expected 8 bytes for the length of the header, got a file of 7",
    ],
    [
      "a header longer than the file",
      fileOf("{}", 0, 3n),
      "byte 0: expected a header of at most 2 bytes, got 3: the file is cut off, or no safetensors file",
    ],
    [
      "a header of 2^32 bytes",
      fileOf("{}", 0, 1n << 32n),
      "byte 0: expected a header of at most 2 bytes, got 4294967296",
    ],
    ["a header of 2^53 + 1 bytes", fileOf("{}", 0, (1n << 53n) + 1n), "got 9007199254740993"],
    ["a header of 2^64 - 1 bytes", fileOf("{}", 0, (1n << 64n) - 1n), "got 18446744073709551615"],
    ["an empty header", fileOf(""), 'byte 8: expected {, got ""'],
    ["an empty header before data that begin with {", fileOf("", [0x7b, 0x7d]), 'byte 8: expected {, got ""'],
    ["white space before the header", fileOf(" {}"), 'byte 8: expected {, got " {}"'],
    ["a byte order mark", fileOf("\ufeff{}"), 'byte 8: expected {, got "\ufeff{}"'],
    ["a header that is an array", fileOf("[]"), 'byte 8: expected {, got "[]"'],
    ["a header that is null", fileOf("null"), 'byte 8: expected {, got "null"'],
    [
      "a pickle",
      Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20),
      "safetensors: expected a safetensors file, got a PyTorch file of a version before 1.6",
    ],
    [
      "a header not in UTF-8",
      fileOf([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      "byte 8: expected a header in UTF-8, got other bytes",
    ],
    [
      "half of a surrogate pair in UTF-8",
      fileOf([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d]),
      "expected a header in UTF-8",
    ],
    ["half of a surrogate pair, escaped", fileOf('{"\\ud800":1}'), "byte 9: expected a string"],
    ["a header cut short", fileOf(x(good).slice(0, -1), 40), "expected }, got the end"],
    ["text after the header", fileOf("{} {"), 'byte 11: expected the end, got "{"'],
    ["zeros after the header", fileOf("{}\0\0"), 'byte 10: expected the end, got "\\u0000\\u0000"'],
    ["a comma too many", fileOf(`{"x":${good},}`, 40), 'expected a string, got "}"'],
    [
      "a comma too few",
      fileOf('{"__metadata__":{"a":"b" "c":"d"}}'),
      `byte 33: expected }, got "\\"c\\":\\"d\\"}}"`,
    ],
    ["a name without quotes", fileOf("{x:1}"), 'byte 9: expected a string, got "x:1}"'],
    ["a string that does not end", fileOf('{"x'), 'byte 9: expected a string, got "\\"x"'],
    ["a string that ends in a backslash", fileOf('{"x\\'), "byte 9: expected a string"],
    ["a control character in a string", fileOf('{"\n":1}'), "byte 9: expected a string"],
    ["an unknown escape", fileOf('{"\\x":1}'), "byte 9: expected a string"],
    ["an error after other than ASCII, by its byte", fileOf('{"é😀" 1}'), 'byte 18: expected :, got "1}"'],
    ["metadata that are nul", fileOf('{"__metadata__":nul}'), 'byte 24: expected {, got "nul}"'],
    ["metadata null twice", fileOf('{"__metadata__":null,"__metadata__":null}'), "expected each name once"],
    ["a value of metadata that is null", fileOf('{"__metadata__":{"a":null}}'), "byte 29: expected a string"],
    ["a tensor that is null", fileOf(x("null")), "byte 13: expected {"],
    [
      "metadata that are a number",
      fileOf('{"__metadata__":{"epoch":3}}'),
      'byte 33: expected a string, got "3}}"',
    ],
    ["metadata that are an object", fileOf('{"__metadata__":{"a":{}}}'), "byte 29: expected a string"],
    [
      "metadata twice",
      fileOf('{"__metadata__":{},"__metadata__":{}}'),
      "byte 27: expected each name once, got",
    ],
    [
      "metadata twice, spelled with escapes",
      fileOf('{"__metadata__":{},"\\u005f_metadata__":{}}'),
      "byte 27: expected each name once",
    ],
    [
      "a key of metadata twice",
      fileOf('{"__metadata__":{"a":"b","\\u0061":"b"}}'),
      "byte 33: expected each name once",
    ],
    [
      "__proto__ twice",
      fileOf('{"__metadata__":{"__proto__":"b","__proto__":"b"}}'),
      "byte 41: expected each name once",
    ],
    [
      "a tensor twice",
      fileOf(`{"a":${entry("U8", [1], 0, 1)},"a":${entry("U8", [1], 1, 2)}}`, 2),
      'byte 61: expected each name once, got "\\"a\\":',
    ],
    [
      "a tensor twice, spelled with escapes",
      fileOf(`{"a":${entry("U8", [0], 0, 0)},"\\u0061":${entry("U8", [0], 0, 0)}}`),
      "byte 61: expected each name once",
    ],
    [
      "a key of a tensor twice",
      fileOf(x('{"dtype":"U8","shape":[],"shape":[]}')),
      "byte 38: expected each name once",
    ],
    [
      "a key of a tensor twice, spelled with escapes",
      fileOf(x('{"dtype":"U8","\\u0064type":"U8"}')),
      "byte 27: expected each name once",
    ],
    ["a tensor that is no object", fileOf(x("[]")), 'byte 13: expected {, got "[]}"'],
    [
      "a tensor without keys",
      fileOf(x("{}")),
      'tensor "x": expected dtype, shape and data_offsets, got none',
    ],
    [
      "a tensor without a shape",
      fileOf(x('{"dtype":"F32","data_offsets":[0,0]}')),
      "got dtype and data_offsets",
    ],
    [
      "an unknown key",
      fileOf(x('{"dtype":"F32","strides":[1]}')),
      'tensor "x": expected dtype, shape and data_offsets, got "strides"',
    ],
    ["__proto__ as a key", fileOf(x('{"__proto__":{"dtype":"F32"}}')), 'got "__proto__"'],
    [
      "an unknown dtype",
      fileOf(x(entry("F8_E4M3", [0], 0, 0))),
      'tensor "x": expected a known dtype, got "F8_E4M3"',
    ],
    ["a dtype in small letters", fileOf(x(entry("f32", [0], 0, 0))), 'got "f32"'],
    ["a dtype that every object has", fileOf(x(entry("constructor", [0], 0, 0))), 'got "constructor"'],
    ["a dtype that is a number", fileOf(x('{"dtype":32}')), "byte 22: expected a string"],
    ["a shape that is a number", fileOf(x('{"shape":2}')), 'byte 22: expected [, got "2}}"'],
    ["a negative size", fileOf(x('{"shape":[-1]}')), "byte 23: expected an integer from 0 to 2^53 - 1"],
    ["minus zero", fileOf(x('{"shape":[-0]}')), "byte 23: expected an integer"],
    ["a fraction", fileOf(x('{"shape":[1.5]}')), 'byte 24: expected ], got ".5]}}"'],
    ["an exponent", fileOf(x('{"shape":[1e3]}')), 'byte 24: expected ], got "e3]}}"'],
    ["a leading zero", fileOf(x('{"shape":[01]}')), "byte 23: expected an integer"],
    [
      "2^53",
      fileOf(x('{"shape":[9007199254740992]}')),
      'byte 23: expected an integer from 0 to 2^53 - 1, got "9007199254740992]}}"',
    ],
    ["2^53 + 1", fileOf(x('{"shape":[9007199254740993]}')), "byte 23: expected an integer"],
    [
      "an integer of 17 digits",
      fileOf(x('{"shape":[10000000000000000]}')),
      'byte 39: expected ], got "0]}}"',
    ],
    ["a size in quotes", fileOf(x('{"shape":["1"]}')), "byte 23: expected an integer"],
    [
      "an empty item",
      fileOf(x('{"shape":[1,]}')),
      'byte 25: expected an integer from 0 to 2^53 - 1, got "]}}"',
    ],
    ["a size per size", fileOf(x('{"shape":[[1]]}')), "byte 23: expected an integer"],
    [
      "data too short for its shape",
      fileOf(`{"0.weight":${entry("F32", [2, 5], 0, 36)}}`, 36),
      'tensor "0.weight": expected 40 bytes for F32 [2, 5], got 36',
    ],
    [
      "data too long for its shape",
      fileOf(x(entry("I64", [2], 0, 17)), 17),
      'tensor "x": expected 16 bytes for I64 [2], got 17',
    ],
    [
      "a shape whose product overflows",
      fileOf(x(entry("U8", [2 ** 52, 2, 0], 0, 0))),
      "bytes for U8 [4503599627370496, 2, 0], got 0",
    ],
    [
      "a shape whose product overflows float64",
      fileOf(x(entry("U8", [...Array(40).fill(2 ** 52), 0], 0, 0))),
      'tensor "x": expected',
    ],
    [
      "a shape whose bytes overflow",
      fileOf(x(entry("F64", [2 ** 52], 0, 8)), 8),
      "expected 36028797018963970 bytes for F64 [4503599627370496], got 8",
    ],
    [
      "one offset",
      fileOf(x('{"dtype":"U8","shape":[],"data_offsets":[0]}'), 1),
      "expected data_offsets [begin, end] within 1 bytes of data, got [0]",
    ],
    ["three offsets", fileOf(x('{"dtype":"U8","shape":[],"data_offsets":[0,1,2]}'), 1), "got [0, 1, 2]"],
    ["no offsets", fileOf(x('{"dtype":"U8","shape":[0],"data_offsets":[]}')), "got []"],
    ["offsets that swap", fileOf(x(entry("U8", [1], 1, 0)), 1), "got [1, 0]"],
    [
      "data cut short",
      fileOf(x(good), 39),
      'tensor "x": expected data_offsets [begin, end] within 39 bytes of data, got [0, 40]: the file is cut off',
    ],
    [
      "a hole at the start",
      fileOf(x(entry("U8", [1], 1, 2)), 2),
      'tensor "x": expected data_offsets from 0, got 1',
    ],
    [
      "a hole",
      fileOf(`{"b":${entry("U8", [1], 3, 4)},"a":${entry("U8", [2], 0, 2)}}`, 4),
      'tensor "b": expected data_offsets from 2, got 3',
    ],
    [
      "an overlap",
      fileOf(`{"a":${entry("U8", [2], 0, 2)},"b":${entry("U8", [2], 1, 3)}}`, 3),
      'tensor "b": expected data_offsets from 2, got 1',
    ],
    [
      "two tensors of the same bytes",
      fileOf(`{"a":${entry("U8", [2], 0, 2)},"b":${entry("U8", [2], 0, 2)}}`, 2),
      'tensor "b": expected data_offsets from 2, got 0',
    ],
    [
      "an empty tensor inside another",
      fileOf(`{"a":${entry("U8", [2], 0, 2)},"b":${entry("U8", [0], 1, 1)}}`, 2),
      'tensor "b": expected data_offsets from 2, got 1',
    ],
    [
      "data that no tensor has",
      fileOf(x(entry("U8", [1], 0, 1)), 3),
      "byte 62: expected the end of the file, got 2 bytes more",
    ],
    ["data without tensors", fileOf("{}", 1), "byte 10: expected the end of the file, got 1 bytes more"],
    ["deep arrays", fileOf("[".repeat(deep)), "byte 8: expected {"],
    ["deep arrays for a shape", fileOf(x(`{"shape":${"[".repeat(deep)}`)), "byte 23: expected an integer"],
    [
      "deep objects",
      fileOf('{"x":'.repeat(deep)),
      'tensor "x": expected dtype, shape and data_offsets, got "x"',
    ],
    [
      "deep objects for metadata",
      fileOf(`{"__metadata__":${'{"x":'.repeat(deep)}`),
      "byte 29: expected a string",
    ],
  ];
  it.each(refusals)("refuses %s", (_, bytes, message) => {
    const read = () => parseSafetensors(bytes, "model.safetensors");
    expect(read).toThrow(FormatError);
    expect(read).toThrow("model.safetensors: ");
    expect(read).toThrow(message);
  });

  it("refuses a header over 100,000,000 bytes, though the file is as long", () => {
    const bytes = new Uint8Array(100_000_100);
    new DataView(bytes.buffer).setUint32(0, 100_000_001, true);
    expect(() => parseSafetensors(bytes)).toThrow(
      "safetensors: byte 0: expected a header of at most 100000000 bytes, got 100000001",
    );
  });

  it("cuts the names and shapes that a message shows", () => {
    const messageOf = (bytes: Uint8Array) => {
      try {
        parseSafetensors(bytes);
      } catch (error) {
        return String(error);
      }
      return "";
    };
    const long = "n".repeat(1_000_000);
    expect(messageOf(fileOf(`{"${long}":${entry("F32", [1], 0, 0)}}`)).length).toBeLessThan(300);
    expect(messageOf(fileOf(x(entry(long, [1], 0, 0)))).length).toBeLessThan(300);
    expect(messageOf(fileOf(x(entry("F32", Array(100_000).fill(1), 0, 0)))).length).toBeLessThan(300);
    expect(messageOf(fileOf(`{"x${"\\".repeat(1_000_000)}`)).length).toBeLessThan(300);
  });

  it("reads a hundred thousand tensors, and a name of nine million bytes", () => {
    const members = Array.from({ length: 100_000 }, (_, i) => `"${i}":${entry("U8", [1], i, i + 1)}`);
    expect(parseSafetensors(fileOf(`{${members.reverse().join(",")}}`, 100_000)).tensors.size).toBe(100_000);
    const long = "\\u0061b".repeat(1_250_000);
    expect(
      [...parseSafetensors(fileOf(`{"${long}":${entry("U8", [0], 0, 0)}}`)).tensors.keys()][0],
    ).toHaveLength(2_500_000);
  });
});

describe("floatsOf", () => {
  const nan = Number.NaN;
  const infinity = Number.POSITIVE_INFINITY;
  const conversions: [DType, number[], number[]][] = [
    [
      "F64",
      [0, 0, 0, 0, 0, 0, 0xf8, 0xbf, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f],
      [-1.5, Math.fround(0.1)],
    ],
    ["F64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], [infinity, nan]],
    ["F32", [0, 0, 0xc0, 0x3f, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0x80, 0xff], [1.5, -0, 2 ** -149, -infinity]],
    ["F16", [0, 0x3c, 0xff, 0x7b, 1, 0, 0, 0x80, 0, 0xfc, 1, 0x7e], [1, 65504, 2 ** -24, -0, -infinity, nan]],
    [
      "BF16",
      [0x80, 0x3f, 0x49, 0xc0, 1, 0, 0x80, 0x7f, 0xc0, 0x7f],
      [1, -3.140625, 2 ** -133, infinity, nan],
    ],
    ["I64", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x80], [-2, -(2 ** 63)]],
    ["U64", [0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [2 ** 32, 2 ** 64]],
    ["I32", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [-1, 2 ** 31]],
    ["U32", [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 1], [2 ** 32, 2 ** 24]],
    ["I16", [0, 0x80, 0xff, 0x7f], [-32768, 32767]],
    ["U16", [0, 0x80, 0xff, 0xff], [32768, 65535]],
    ["I8", [0x80, 0xff, 0x7f], [-128, -1, 127]],
    ["U8", [0x80, 0xff, 0x7f], [128, 255, 127]],
    ["BOOL", [0, 1], [0, 1]],
  ];
  it.each(conversions)("reads %s of the bytes %j, from any offset of a buffer", (dtype, data, values) => {
    const bytes = fileOfOne(dtype, [values.length], data);
    for (let offset = 0; offset < 8; offset++) {
      const floats = floatsOf(tensorOf(parseSafetensors(shifted(bytes, offset)), "x"));
      expect(floats).toEqual(Float32Array.from(values));
    }
  });

  it("is a view of the file for an F32 that begins at a multiple of 4 bytes in its buffer, else a copy", () => {
    const bytes = writeSafetensors([{ name: "x", shape: [2], values: Float32Array.of(1, 2) }]);
    for (let offset = 0; offset < 8; offset++) {
      const file = shifted(bytes, offset);
      const floats = floatsOf(tensorOf(parseSafetensors(file), "x"));
      expect(floats).toEqual(Float32Array.of(1, 2));
      expect(floats.buffer === file.buffer).toBe(offset % 4 === 0);
    }
  });

  it("reads each of the 65,536 halves, which writing as F16 gives back", () => {
    const halves = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
    const bytes = fileOfOne("F16", [0x10000], [...new Uint8Array(halves.buffer)]);
    const values = floatsOf(tensorOf(parseSafetensors(bytes), "x"));
    const written = writeSafetensors([{ name: "x", shape: [0x10000], values, dtype: "F16" }]);
    expect(new Uint16Array(tensorOf(parseSafetensors(written), "x").bytes.slice().buffer)).toEqual(halves);
  });
});

const float32 = fc.oneof(
  fc.float(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 65504, 65520, 2 ** -24),
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "0", "10", 'a"b\\', "\ufffd", "😀"),
);
const tensorToWrite = fc
  .record({
    name: text.filter((name) => name !== "__metadata__"),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    half: fc.boolean(),
  })
  .chain(({ name, shape, half }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return fc.array(float32, { minLength: size, maxLength: size }).map(
      (values): TensorToWrite => ({
        name,
        shape,
        values: Float32Array.from(values),
        ...(half && { dtype: "F16" }),
      }),
    );
  });
const tensorsToWrite = fc.uniqueArray(tensorToWrite, { selector: ({ name }) => name, maxLength: 6 });
const metadataToWrite = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 4 })
  .map((entries) => Object.fromEntries(entries));

describe("writeSafetensors", () => {
  it("writes the bytes of the format: F32 before F16, each by name, the header padded to a multiple of 8", () => {
    const one = { shape: [1], values: Float32Array.of(1) };
    const tensors: TensorToWrite[] = [
      { ...one, name: "a", dtype: "F16" },
      { ...one, name: "b" },
      { ...one, name: "B", dtype: "F32" },
    ];
    const header = `{"__metadata__":{"z":"1","a":"2"},"B":${entry("F32", [1], 0, 4)},"b":${entry("F32", [1], 4, 8)},"a":${entry("F16", [1], 8, 10)}}`;
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(writeSafetensors(tensors, { z: "1", a: "2" })).toEqual(
      fileOf(padded, [0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f, 0, 0x3c]),
    );
    expect(writeSafetensors([])).toEqual(fileOf("{}      "));
  });

  it("sorts names by code point, as their UTF-8 does", () => {
    const names = ["", "B", "a", "a.10", "a.2", "é", "\uffff", "😀", "😁"];
    const tensors = names.map((name) => ({ name, shape: [0], values: new Float32Array() }));
    expect([...parseSafetensors(writeSafetensors(tensors.reverse())).tensors.keys()]).toEqual(names);
  });

  it("writes values that are a part of a larger buffer", () => {
    const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    for (const dtype of ["F32", "F16"] as const) {
      const file = parseSafetensors(writeSafetensors([{ name: "x", shape: [2], values, dtype }]));
      expect(floatsOf(tensorOf(file, "x"))).toEqual(Float32Array.of(2, 3));
    }
  });

  it("writes the same file whatever the order of the tensors, which reads as what was written", () => {
    fc.assert(
      fc.property(tensorsToWrite, metadataToWrite, (tensors, metadata) => {
        const bytes = writeSafetensors(tensors, metadata);
        expect(writeSafetensors([...tensors].reverse(), metadata)).toEqual(bytes);
        const file = parseSafetensors(bytes);
        expect(Object.entries(file.metadata)).toEqual(Object.entries(metadata));
        expect(file.tensors.size).toBe(tensors.length);
        for (const { name, shape, values, dtype = "F32" } of tensors) {
          const tensor = tensorOf(file, name);
          expect([tensor.dtype, tensor.shape]).toEqual([dtype, shape]);
          const floats = floatsOf(tensor);
          if (dtype === "F32") {
            expect(floats).toEqual(values);
            expect(floats.length === 0 || floats.buffer === bytes.buffer).toBe(true);
          } else {
            // A half is within 2^-11 of the value, below 2^-14 within 2^-25.
            values.forEach((value, i) => {
              if (!(Math.abs(value) < 65520))
                expect(floats[i]).toBe(
                  value > 0 ? Number.POSITIVE_INFINITY : value < 0 ? Number.NEGATIVE_INFINITY : Number.NaN,
                );
              else
                expect(Math.abs(floats[i] - value)).toBeLessThanOrEqual(
                  Math.max(Math.abs(value) * 2 ** -11, 2 ** -25),
                );
            });
          }
        }
      }),
      { seed: 1 },
    );
  });

  const two = Float32Array.of(1, 2);
  const refusals: [string, readonly unknown[], unknown, string][] = [
    [
      "a name that comes twice",
      [
        { name: "a", shape: [2], values: two },
        { name: "a", shape: [2], values: two },
      ],
      {},
      'tensor "a" expected a name not taken',
    ],
    [
      "the name of the metadata",
      [{ name: "__metadata__", shape: [2], values: two }],
      {},
      'tensor "__metadata__" expected a name not taken',
    ],
    [
      "a name that is no string",
      [{ name: 1, shape: [2], values: two }],
      {},
      "expected a tensor's name to be a string, got 1",
    ],
    [
      "a name that UTF-8 cannot hold",
      [{ name: "\ud800", shape: [2], values: two }],
      {},
      'expected a tensor\'s name to be well-formed, got "\\ud800"',
    ],
    [
      "too few values",
      [{ name: "a", shape: [3], values: two }],
      {},
      'tensor "a" expected a Float32Array of length 3 for [3], got Float32Array of length 2',
    ],
    [
      "values that are no floats",
      [{ name: "a", shape: [2], values: [1, 2] }],
      {},
      "got an array of length 2",
    ],
    [
      "a size that is no integer",
      [{ name: "a", shape: [0.5, 4], values: two }],
      {},
      'tensor "a" expected each size of its shape to be an integer of at least 0',
    ],
    [
      "a negative size",
      [{ name: "a", shape: [-1, -2], values: two }],
      {},
      "to be an integer of at least 0, got -1",
    ],
    [
      "a shape that overflows",
      [{ name: "a", shape: [2 ** 52, 2, 0], values: new Float32Array() }],
      {},
      "of length 9007199254740992",
    ],
    [
      "another dtype",
      [{ name: "a", shape: [2], values: two, dtype: "I8" }],
      {},
      'tensor "a": unknown dtype "I8"; known are F32, F16',
    ],
    ["metadata that are a number", [], { epoch: 3 }, 'expected metadata "epoch" to be a string, got 3'],
    ["metadata that UTF-8 cannot hold", [], { a: "\udc00" }, 'expected metadata "a" to be well-formed'],
    [
      "a key of metadata that UTF-8 cannot hold",
      [],
      { "\udc00": "a" },
      "expected a key of metadata to be well-formed",
    ],
  ];
  it.each(refusals)("refuses %s", (_, tensors, metadata, message) => {
    const write = () => writeSafetensors(tensors as TensorToWrite[], metadata as Record<string, string>);
    expect(write).toThrow(ValueError);
    expect(write).toThrow("writeSafetensors");
    expect(write).toThrow(message);
  });
});

describe("a damaged file", () => {
  /** What a file holds, as float32. */
  const contentOf = (file: SafetensorsFile) => ({
    metadata: Object.entries(file.metadata).sort(),
    tensors: [...file.tensors.values()]
      .map((tensor) => ({ name: tensor.name, shape: tensor.shape, values: floatsOf(tensor) }))
      .sort(byName),
  });
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

  const files = [
    writeSafetensors(
      [
        { name: "0.weight", shape: [2, 5], values: Float32Array.from({ length: 10 }, (_, i) => i / 3) },
        { name: "0.bias", shape: [5], values: new Float32Array(5), dtype: "F16" },
      ],
      { format: "pt", a: "b" },
    ),
    fileOf(
      `{"a":${entry("I64", [1], 0, 8)},"b":${entry("BF16", [2, 1], 8, 12)},"c":${entry("BOOL", [], 12, 13)},"d":${entry("F64", [0], 13, 13)}}`,
      13,
    ),
    fileOf("{}"),
  ];

  /** The file with another header, and its length. */
  const withHeader = (bytes: Uint8Array, change: (header: string) => string): Uint8Array => {
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const header = new TextDecoder("latin1").decode(bytes.subarray(8, 8 + length));
    return fileOf(change(header), [...bytes.subarray(8 + length)]);
  };
  const at = fc.nat({ max: 1_000_000 });
  const mutation = fc.oneof(
    fc.tuple(at, fc.nat({ max: 7 })).map(
      ([i, bit]) =>
        (bytes: Uint8Array) =>
          bytes.map((byte, j) => (j === i % bytes.length ? byte ^ (1 << bit) : byte)),
    ),
    at.map((i) => (bytes: Uint8Array) => bytes.slice(0, i % (bytes.length + 1))),
    fc
      .array(fc.nat({ max: 255 }), { maxLength: 9 })
      .map((more) => (bytes: Uint8Array) => Uint8Array.of(...bytes, ...more)),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((length) => (bytes: Uint8Array) => {
      const changed = bytes.slice();
      if (changed.length >= 8) new DataView(changed.buffer).setBigUint64(0, length, true);
      return changed;
    }),
    fc.integer({ min: -9, max: 9 }).map((change) => (bytes: Uint8Array) => {
      const changed = bytes.slice();
      if (changed.length > 0) changed[0] += change;
      return changed;
    }),
    fc
      .tuple(at, fc.constantFrom("0", "1", "4", "13", "-1", "9007199254740993", "1e2", "[[", "null"))
      .map(([i, number]) => (bytes: Uint8Array) => {
        return withHeader(bytes, (header) => {
          const numbers = [...header.matchAll(/\d+/g)];
          if (numbers.length === 0) return header;
          const { index, 0: digits } = numbers[i % numbers.length];
          return header.slice(0, index) + number + header.slice(index + digits.length);
        });
      }),
    fc
      .tuple(
        at,
        fc.constantFrom(
          "a",
          "\\u0061",
          "__proto__",
          "__metadata__",
          "0.bias",
          "shape",
          "dtype",
          "\\ud800",
          "a.b",
        ),
      )
      .map(([i, name]) => (bytes: Uint8Array) => {
        return withHeader(bytes, (header) => {
          const names = [...header.matchAll(/"[^"]*"/g)];
          if (names.length === 0) return header;
          const { index, 0: old } = names[i % names.length];
          return `${header.slice(0, index)}"${name}"${header.slice(index + old.length)}`;
        });
      }),
    fc
      .constantFrom(
        `"e":${entry("U8", [0], 0, 0)}`,
        `"__proto__":${entry("F32", [0, 2], 0, 0)}`,
        '"__metadata__":{"__proto__":"p"}',
        `"e":${"[".repeat(5000)}`,
      )
      .map(
        (member) => (bytes: Uint8Array) =>
          withHeader(bytes, (header) =>
            header.replace("{", /^\{\s*\}/.test(header) ? `{${member}` : `{${member},`),
          ),
      ),
    fc.tuple(at, at).map(([i, count]) => (bytes: Uint8Array) => {
      // A part of the header twice, where it stands.
      return withHeader(
        bytes,
        (header) => header.slice(0, i % header.length) + header.slice((i % header.length) - (count % 40)),
      );
    }),
  );

  it("is refused as such, or reads as what writing and reading it again gives", () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(mutation, { minLength: 1, maxLength: 2 }),
        (valid, mutations) => {
          let file: SafetensorsFile;
          try {
            const bytes = mutations.reduce(
              (bytes, mutate) => (bytes.length < 16 ? bytes : mutate(bytes)),
              valid,
            );
            file = parseSafetensors(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
            expect((error as Error).message).toMatch(
              /^safetensors: ((byte \d+|tensor ".*): )?expected .*, got /s,
            );
            return;
          }
          read++;
          const content = contentOf(file);
          expect(contentOf(parseSafetensors(writeSafetensors(content.tensors, file.metadata)))).toEqual(
            content,
          );
          expect(({} as Record<string, unknown>).dtype).toBeUndefined();
        },
      ),
      { seed: 20_260, numRuns: 5000 },
    );
    // Both outcomes are tried: a flipped bit of the data is no damage that a reader could see.
    expect(read).toBeGreaterThan(500);
    expect(read).toBeLessThan(4500);
  });
});

const python = "/usr/bin/python3";
const hasNumpy = spawnSync(python, ["-c", "import numpy"]).status === 0;

describe("numpy", () => {
  it.skipIf(!hasNumpy)(`reads what is written${hasNumpy ? "" : ` (skipped: ${python} has no numpy)`}`, () => {
    const weight = Float32Array.from({ length: 600 }, (_, i) => Math.fround(Math.sin(i)));
    const tensors: TensorToWrite[] = [
      { name: "0.weight", shape: [20, 30], values: weight },
      { name: "half ½", shape: [2, 2, 1], values: Float32Array.of(1.5, -65504, 2 ** -24, 0.1), dtype: "F16" },
      { name: "scalar", shape: [], values: Float32Array.of(7) },
      { name: "none", shape: [0, 3], values: new Float32Array() },
    ];
    const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
    try {
      const path = join(folder, "x.safetensors");
      writeFileSync(path, writeSafetensors(tensors, { made: "by lanewise" }));
      const { stdout, stderr } = spawnSync(
        python,
        [fileURLToPath(new URL("read_safetensors.py", import.meta.url)), path],
        { encoding: "utf8" },
      );
      expect(stderr).toBe("");
      const read = JSON.parse(stdout);
      expect(read.metadata).toEqual({ made: "by lanewise" });
      expect(Object.keys(read.tensors)).toEqual(["0.weight", "none", "scalar", "half ½"]);
      expect(read.tensors["0.weight"]).toMatchObject({
        dtype: "F32",
        shape: [20, 30],
        first: [...weight.subarray(0, 4)],
      });
      expect(read.tensors["0.weight"].begin % 8).toBe(0);
      expect(read.tensors["0.weight"].sum).toBeCloseTo(
        weight.reduce((sum, value) => sum + value, 0),
        10,
      );
      expect(read.tensors["half ½"]).toMatchObject({
        dtype: "F16",
        shape: [2, 2, 1],
        first: [1.5, -65504, 2 ** -24, 0.0999755859375],
      });
      expect(read.tensors.scalar).toMatchObject({ shape: [], first: [7], sum: 7 });
      expect(read.tensors.none).toMatchObject({ shape: [0, 3], first: [], sum: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
