import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError, ValueError } from "../../src/index.js";
import { imageInfo, readIdx, readImage } from "../../src/node.js";
import { png } from "./png.js";

/**
 * Files that Pillow wrote, with the pixels that it reads from them: test/golden/generate-images.py. PNGs hold
 * them exactly; decoders of JPEG may differ by a rounding in each step.
 */
interface GoldenFile {
  readonly name: string;
  readonly file: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly largest: number;
  readonly pixels: readonly number[];
}

const golden: { readonly pngs: GoldenFile[]; readonly jpegs: GoldenFile[] } = JSON.parse(
  readFileSync(new URL("../golden/images.json", import.meta.url), "utf8"),
);
const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const bytesOf = ({ file }: GoldenFile): Uint8Array => Buffer.from(file, "base64");
const fileNamed = (name: string): Uint8Array => {
  const found = [...golden.pngs, ...golden.jpegs].find((each) => each.name === name);
  if (!found) throw new Error(name);
  return bytesOf(found);
};
const named = (cases: readonly GoldenFile[]) => cases.map((each) => [each.name, each] as const);
const mostApart = (a: ArrayLike<number>, b: readonly number[]): number =>
  b.reduce((most, value, i) => Math.max(most, Math.abs(value - a[i])), 0);

/** Pixels over a background, with as many channels as without the opacity. */
function over(pixels: readonly number[], channels: number, largest: number, background: number): number[] {
  const colours = channels - 1;
  return Array.from({ length: (pixels.length / channels) * colours }, (_, i) => {
    const pixel = Math.floor(i / colours);
    const opacity = pixels[pixel * channels + colours] / largest;
    return (pixels[pixel * channels + (i % colours)] / largest) * opacity + (1 - opacity) * background;
  });
}

describe("readImage", () => {
  it.each(named(golden.pngs))("reads %s to the last bit", (_, each) => {
    const { height, width, channels, largest, pixels } = each;
    const image = readImage(written("image.png", bytesOf(each)), { background: 0.25 });
    const expected =
      channels % 2 === 0 ? over(pixels, channels, largest, 0.25) : pixels.map((value) => value / largest);
    expect([image.height, image.width]).toEqual([height, width]);
    expect(image.channels).toBe(channels < 3 ? 1 : 3);
    expect(image.data).toEqual(Float32Array.from(expected));
  });

  // 4 / 255 for the roundings of the transform and of the colours; colours at half the resolution are spread
  // over two pixels, which differ by up to 14 / 255 here.
  it.each(named(golden.jpegs))("reads %s as it is to be shown", (name, each) => {
    const image = readImage(written("image.jpg", bytesOf(each)));
    expect([image.height, image.width, image.channels]).toEqual([each.height, each.width, each.channels]);
    const expected = each.pixels.map((value) => value / 255);
    expect(image.data).toHaveLength(expected.length);
    expect(mostApart(image.data, expected)).toBeLessThan((name.includes("half") ? 14 : 4) / 255);
  });

  it("knows a file by its content, not by its name", () => {
    const png = written("really-a-png.jpg", fileNamed("PNG RGB"));
    expect(readImage(png).channels).toBe(3);
    expect(imageInfo(png)).toEqual({ format: "png", height: 9, width: 13, channels: 3 });
    const lying = written("lying.jpg", fileNamed("JPEG of orientation 6"));
    expect(imageInfo(lying)).toEqual({ format: "jpeg", height: 24, width: 16, channels: 3 });
  });

  it("converts between gray and colours, and resizes", () => {
    const file = written("colours.png", png(2, 1, [255, 0, 0, 0, 0, 255]));
    expect(readImage(file, { channels: 1 }).data).toEqual(Float32Array.of(0.299, 0.114));
    const gray = written("gray.png", png(1, 1, [51]));
    expect(readImage(gray, { channels: 3 }).data).toEqual(Float32Array.of(0.2, 0.2, 0.2));
    expect(readImage(file, { size: [1, 1] }).data).toEqual(Float32Array.of(0.5, 0, 0.5));
  });

  const damaged = (name: string, at: number) => {
    const bytes = Uint8Array.from(fileNamed(name));
    bytes[at < 0 ? bytes.length + at : at] ^= 0x55;
    return bytes;
  };
  const half = (name: string) => fileNamed(name).subarray(0, fileNamed(name).length / 2);
  const wide = Uint8Array.from(fileNamed("PNG RGB"));
  new DataView(wide.buffer).setUint32(16, 100_000_000);
  it.each([
    ["no file", undefined, /missing\.png: no such file or folder/],
    ["an empty file", new Uint8Array(), /expected a PNG or a JPEG image, got an empty file/],
    ["a GIF", Buffer.from("GIF89a......"), /expected a PNG or a JPEG image, got a GIF/],
    ["a WebP", Buffer.from("RIFF....WEBPVP8 "), /got a WebP/],
    ["text", Buffer.from("no image"), /got another file/],
    ["half a PNG", half("PNG RGB"), /damaged PNG: /],
    ["the header of a PNG", fileNamed("PNG RGB").subarray(0, 20), /damaged PNG: the file ends within/],
    ["a PNG with a wrong byte", damaged("PNG RGB", 60), /damaged PNG: /],
    ["a PNG of too many pixels", wide, /expected an image of 1 to 100 million pixels, got 9 x 100000000/],
    ["half a JPEG", half("JPEG RGB"), /damaged JPEG: /],
    ["a JPEG that ends early", fileNamed("JPEG RGB").subarray(0, -30), /damaged JPEG: /],
    ["the first bytes of a JPEG", fileNamed("JPEG RGB").subarray(0, 5), /damaged JPEG: the file ends before/],
  ])("names the file and refuses %s", (_, bytes, message) => {
    const path = bytes ? written("bad.png", bytes) : join(folder, "missing.png");
    expect(() => readImage(path)).toThrow(FormatError);
    expect(() => readImage(path)).toThrow(message);
    expect(() => readImage(path)).toThrow(path);
  });

  it("refuses a folder, and wrong options", () => {
    expect(() => readImage(folder)).toThrow(/cannot be read \(EISDIR\)/);
    const file = written("gray.png", png(1, 1, [51]));
    expect(() => readImage(file, { channels: 2 as 1 })).toThrow(ValueError);
    expect(() => readImage(file, { size: [0, 1] })).toThrow(/the height in size .* at least 1, got 0/);
    expect(() => readImage(file, { width: 3 } as object)).toThrow(/unknown option "width"/);
  });
});

describe("readIdx", () => {
  const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);

  it("reads a file, gzipped or not", () => {
    const expected = { shape: [3], data: Uint8Array.of(7, 8, 9) };
    for (const content of [bytes, gzipSync(bytes)]) {
      const { shape, data } = readIdx(written("labels", content), 1);
      expect({ shape, data: Uint8Array.from(data) }).toEqual(expected);
    }
  });

  it("names the file where it is damaged", () => {
    const path = written("labels.gz", gzipSync(bytes).subarray(0, 20));
    expect(() => readIdx(path, 1)).toThrow(FormatError);
    expect(() => readIdx(path, 1)).toThrow(/labels\.gz: damaged gzip data/);
    expect(() => readIdx(join(folder, "none"), 1)).toThrow(/none: no such file or folder/);
  });
});
