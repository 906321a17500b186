import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { resized } from "../../src/data/resize.js";
import { imageToTensor, ShapeError, ValueError } from "../../src/index.js";

/** Images that Pillow resized in float32, test/golden/generate-images.py. */
const golden: {
  readonly resized: {
    readonly from: [number, number];
    readonly data: number[];
    readonly to: [number, number];
    readonly expected: number[];
  }[];
} = JSON.parse(readFileSync(new URL("../golden/images.json", import.meta.url), "utf8"));

describe("resizing", () => {
  it.each(golden.resized.map((each) => [each.from.join(" x "), each.to.join(" x "), each] as const))(
    "%s to %s is Pillow's bilinear filter, to 1e-6",
    (_from, _to, { from, to, data, expected }) => {
      const result = resized(Float32Array.from(data), from, to, 1);
      expect(result).toHaveLength(expected.length);
      for (const [i, value] of expected.entries()) expect(Math.abs(result[i] - value)).toBeLessThan(1e-6);
    },
  );

  it("does the same to each channel", () => {
    const channel = (c: number) =>
      Float32Array.from({ length: 7 * 5 }, (_, i) => ((i * 31 + c * 17) % 64) / 64);
    const three = Float32Array.from({ length: 7 * 5 * 3 }, (_, i) => channel(i % 3)[Math.floor(i / 3)]);
    const result = resized(three, [7, 5], [3, 4], 3);
    for (let c = 0; c < 3; c++)
      expect(result.filter((_, i) => i % 3 === c)).toEqual(resized(channel(c), [7, 5], [3, 4], 1));
  });

  it("halves by the weights 1, 3, 3, 1, and keeps what is even", () => {
    const ramp = Float32Array.of(0, 8, 16, 24, 32, 40, 48, 56);
    expect(resized(ramp, [1, 8], [1, 4], 1).slice(1, 3)).toEqual(Float32Array.of(20, 36));
    expect(resized(new Float32Array(64).fill(0.5), [8, 8], [3, 5], 1)).toEqual(
      new Float32Array(15).fill(0.5),
    );
  });
});

describe("imageToTensor", () => {
  const pixels = (width: number, height: number, data: readonly number[]) => ({
    width,
    height,
    data: Uint8ClampedArray.from(data),
  });

  it("takes the pixels of an ImageData: rows of red, green, blue and opacity", () => {
    const data = [255, 0, 51, 255, 0, 102, 0, 255];
    expect(imageToTensor(pixels(2, 1, data))).toEqual({
      height: 1,
      width: 2,
      channels: 3,
      data: Float32Array.of(1, 0, 0.2, 0, 0.4, 0),
    });
    expect(imageToTensor(pixels(2, 1, data), { channels: 1 }).data).toEqual(
      Float32Array.of(0.299 + 0.114 * 0.2, 0.587 * 0.4),
    );
  });

  it("puts a background behind transparent pixels: white unless told otherwise", () => {
    const clear = pixels(2, 1, [0, 0, 0, 0, 0, 0, 0, 51]);
    expect(imageToTensor(clear).data).toEqual(Float32Array.of(1, 1, 1, 0.8, 0.8, 0.8));
    expect(imageToTensor(clear, { background: 0 }).data).toEqual(new Float32Array(6));
  });

  it("takes raw pixels of 1 to 4 channels, of bytes, of 16 bits or floats", () => {
    const one = (data: Uint8Array | Uint16Array | Float32Array) =>
      imageToTensor({ width: 1, height: 1, data });
    expect(one(Uint8Array.of(51)).data).toEqual(Float32Array.of(0.2));
    expect(one(Uint16Array.of(13107)).data).toEqual(Float32Array.of(0.2));
    expect(one(Float32Array.of(0.25, 0.5, 0.75)).data).toEqual(Float32Array.of(0.25, 0.5, 0.75));
    expect(one(Uint8Array.of(255, 0)).data).toEqual(Float32Array.of(1));
  });

  describe("in a page", () => {
    afterEach(() => vi.unstubAllGlobals());

    it("draws what has no pixels of its own, in its own size", () => {
      const drawn: unknown[] = [];
      class OffscreenCanvas {
        constructor(
          readonly width: number,
          readonly height: number,
        ) {}
        getContext() {
          return {
            drawImage: (...words: unknown[]) => drawn.push(words),
            getImageData: (_x: number, _y: number, width: number, height: number) => ({
              width,
              height,
              data: new Uint8ClampedArray(width * height * 4).fill(255),
            }),
          };
        }
      }
      vi.stubGlobal("OffscreenCanvas", OffscreenCanvas);
      const image = { width: 50, height: 40, naturalWidth: 3, naturalHeight: 2 };
      expect(imageToTensor(image)).toMatchObject({ height: 2, width: 3, channels: 3 });
      expect(drawn).toEqual([[image, 0, 0]]);
      expect(() =>
        imageToTensor({ width: 50, height: 40, naturalWidth: 0, naturalHeight: 0 } as object as typeof image),
      ).toThrow(/expected an image that has loaded, got .* of 0 x 0 pixels/);
    });
  });

  it.each([
    ["text", "cat.png", ValueError, /expected pixels or what a canvas draws, got "cat.png"/],
    [
      "an image outside of a page",
      { width: 1, height: 1 },
      ValueError,
      /readImage in lanewise\/node reads files/,
    ],
    ["too few pixels", pixels(2, 2, [0, 0, 0]), ShapeError, /1 to 4 values for each of 2 x 2 pixels, got 3/],
    [
      "numbers in an array",
      { width: 1, height: 1, data: [1] },
      ValueError,
      /expected pixels in a Uint8Clamped/,
    ],
  ])("refuses %s", (_, source, type, message) => {
    expect(() => imageToTensor(source as never)).toThrow(type);
    expect(() => imageToTensor(source as never)).toThrow(message);
  });
});
