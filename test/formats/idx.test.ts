import { describe, expect, it } from "vitest";
import { FormatError, parseIdx } from "../../src/index.js";

const images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40];

describe("parseIdx", () => {
  it("reads the shape and a view of the data, from any offset of a buffer", () => {
    const { shape, data } = parseIdx(Uint8Array.from([9, 9, 9, ...images]).subarray(3), "images", 3);
    expect(shape).toEqual([2, 1, 2]);
    expect([...data]).toEqual([10, 20, 30, 40]);
  });

  const change = (at: number, value: number) => images.map((byte, i) => (i === at ? value : byte));
  const cases: [string, number[], RegExp][] = [
    ["an empty file", [], /train-images: expected a header of at least 4 bytes, got a file of 0 bytes/],
    [
      "a gzip file",
      [0x1f, 0x8b, 8, 0, 0, 0, 0, 0],
      /train-images: expected magic number 0x00000803, got 0x1f8b0800/,
    ],
    [
      "another element type",
      change(2, 13),
      /train-images: expected element type 8 \(unsigned byte\), got 13/,
    ],
    [
      "labels for images",
      [0, 0, 8, 1, 0, 0, 0, 1, 7],
      /train-images: expected number of dimensions 3, got 1/,
    ],
    [
      "a header cut short",
      images.slice(0, 10),
      /train-images: expected a header of 16 bytes, got a file of 10 bytes/,
    ],
    [
      "data cut short",
      images.slice(0, -1),
      /train-images: expected data of 2 x 1 x 2 = 4 bytes after the header, got 3 bytes/,
    ],
    ["bytes too many", [...images, 0], /got 5 bytes/],
    ["sizes whose product overflows", change(4, 255), /expected data of 4278190082 x 1 x 2/],
  ];
  it.each(cases)("refuses %s", (_, bytes, message) => {
    const read = () => parseIdx(Uint8Array.from(bytes), "train-images", 3);
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });
});
