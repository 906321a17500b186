import { describe, expect, it } from "vitest";
import { type AugmentOptions, augment, type ImageTensor, ShapeError, ValueError } from "../../src/index.js";

const image = (height: number, width: number, channels: number, data?: ArrayLike<number>): ImageTensor => ({
  height,
  width,
  channels,
  data: Float32Array.from(
    data ?? { length: height * width * channels },
    (value, i) => Number(value ?? (i * 37) % 101) / 101,
  ),
});
const many = (options: AugmentOptions, of: ImageTensor, count = 400): ImageTensor[] =>
  Array.from({ length: count }, (_, sample) => augment(options).apply(of, { seed: 3, sample }));
const text = ({ data }: ImageTensor): string => Array.from(data).join();
const everything: AugmentOptions = {
  flip: "both",
  shift: 0.2,
  rotate: 30,
  zoom: 0.2,
  brightness: 0.3,
  contrast: 0.4,
  cutout: 0.3,
};

describe("an augmented image", () => {
  const photo = image(9, 7, 3);

  it("is a function of the seed, the epoch and the sample", () => {
    const variants = augment(everything);
    const at = (seed: number, epoch: number, sample: number) =>
      text(variants.apply(photo, { seed, epoch, sample }));
    const places: [number, number, number][] = [
      [1, 0, 0],
      [1, 0, 1],
      [1, 1, 0],
      [2, 0, 0],
    ];
    const first = places.map((place) => at(...place));
    expect(new Set(first).size).toBe(4);
    // In another order, and by another object.
    expect([...places].reverse().map((place) => at(...place))).toEqual([...first].reverse());
    expect(text(augment(everything).apply(photo, { seed: 1, epoch: 1 }))).toBe(first[2]);
  });

  it("leaves the given one as it is", () => {
    const before = text(photo);
    augment(everything).apply(photo);
    expect(text(photo)).toBe(before);
  });

  it("draws each number by itself: another option does not change where an image moves to", () => {
    const darker = many({ shift: 0.3, brightness: 0.25 }, photo, 20);
    for (const [i, moved] of many({ shift: 0.3 }, photo, 20).entries()) {
      const by = darker[i].data[0] - moved.data[0];
      expect(
        Math.max(...darker[i].data.map((value, j) => Math.abs(value - moved.data[j] - by))),
      ).toBeLessThan(1e-6);
    }
  });

  it.each([
    ["horizontal", [1, 2, 3, 4, 5, 6], [3, 2, 1, 6, 5, 4]],
    ["vertical", [1, 2, 3, 4, 5, 6], [4, 5, 6, 1, 2, 3]],
  ] as const)("is mirrored in half of the cases: %s", (flip, given, mirrored) => {
    const results = many({ flip }, image(2, 3, 1, given)).map(text);
    const [same, other] = [given, mirrored].map((data) => text(image(2, 3, 1, data)));
    const flipped = results.filter((each) => each === other).length;
    expect(results.filter((each) => each === same).length + flipped).toBe(400);
    // Four standard deviations of 400 throws.
    expect(Math.abs(flipped - 200)).toBeLessThan(40);
  });

  it("moves by whole pixels, up to the fraction, and repeats the edge or fills", () => {
    const line = image(1, 5, 1, [10, 20, 30, 40, 50]);
    const expected = [
      [30, 40, 50, 50, 50],
      [20, 30, 40, 50, 50],
      [10, 20, 30, 40, 50],
      [10, 10, 20, 30, 40],
      [10, 10, 10, 20, 30],
    ].map((data) => text(image(1, 5, 1, data)));
    expect(new Set(many({ shift: [0, 0.4] }, line).map(text))).toEqual(new Set(expected));
    const filled = many({ shift: [0, 0.2], fill: 0 }, line).map(text);
    expect(new Set(filled)).toEqual(
      new Set(
        [
          [20, 30, 40, 50, 0],
          [10, 20, 30, 40, 50],
          [0, 10, 20, 30, 40],
        ].map((data) => text(image(1, 5, 1, data))),
      ),
    );
  });

  it("turns about the centre by up to the angle, linearly between pixels", () => {
    // The plane x is turned into the plane cos x - sin y, which linear interpolation keeps where no edge is
    // near.
    const size = 21;
    const plane = image(
      size,
      size,
      1,
      Array.from({ length: size * size }, (_, i) => (i % size) - 10),
    );
    const angles = many({ rotate: 20 }, plane, 50).map(({ data }) => {
      const at = (x: number, y: number) => data[(y + 10) * size + x + 10] * 101;
      const [cosine, sine] = [at(5, 0) / 5, at(0, 5) / 5];
      expect(Math.abs(cosine * cosine + sine * sine - 1)).toBeLessThan(1e-5);
      for (const [x, y] of [
        [3, 4],
        [-6, 1],
        [2, -5],
      ])
        expect(Math.abs(at(x, y) - (cosine * x + sine * y))).toBeLessThan(1e-5);
      return (Math.atan2(sine, cosine) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeGreaterThan(15);
    expect(Math.max(...angles)).toBeLessThanOrEqual(20);
    expect(Math.min(...angles)).toBeLessThan(-15);
  });

  it("is scaled about the centre by a factor from 1 - zoom to 1 + zoom", () => {
    const size = 21;
    const plane = image(
      size,
      size,
      1,
      Array.from({ length: size * size }, (_, i) => Math.floor(i / size) - 10),
    );
    const factors = many({ zoom: 0.25 }, plane, 50).map(({ data }) => 5 / (data[15 * size + 10] * 101));
    expect(Math.max(...factors)).toBeGreaterThan(1.2);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.25 + 1e-6);
    expect(Math.min(...factors)).toBeLessThan(0.8);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.75 - 1e-6);
  });

  it("fills what comes in from outside, where it is turned or scaled", () => {
    const white = image(6, 6, 1, new Array<number>(36).fill(101));
    const filled = many({ zoom: 0.5, rotate: 45, fill: 0.5 }, white, 50).flatMap(({ data }) =>
      Array.from(data),
    );
    // The edge mixes both.
    expect(filled.every((value) => value >= 0.5 && value <= 1)).toBe(true);
    expect(filled).toContain(0.5);
    expect(filled).toContain(1);
    for (const { data } of many({ zoom: 0.5, rotate: 45 }, white, 50))
      expect(Array.from(data)).toEqual(new Array(36).fill(1));
  });

  it("gets brighter or darker as a whole, and keeps the mean of a channel in contrast", () => {
    const two = image(1, 2, 2, [20, 60, 40, 100]);
    for (const { data } of many({ brightness: 0.1 }, two, 50)) {
      const by = data[0] - two.data[0];
      expect(Math.abs(by)).toBeLessThanOrEqual(0.1 + 1e-6);
      for (let i = 1; i < 4; i++) expect(Math.abs(data[i] - two.data[i] - by)).toBeLessThan(1e-6);
    }
    const factors = many({ contrast: 0.5 }, two, 100).map(({ data }) => {
      expect(Math.abs(data[0] + data[2] - 60 / 101)).toBeLessThan(1e-6);
      expect(Math.abs(data[1] + data[3] - 160 / 101)).toBeLessThan(1e-6);
      return ((data[2] - data[0]) * 101) / 20;
    });
    expect(Math.min(...factors)).toBeLessThan(0.55);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.5 - 1e-5);
    expect(Math.max(...factors)).toBeGreaterThan(1.45);
  });

  it("has a square cut out, of a side that is the fraction of the shorter side, by the mean", () => {
    const halves = image(
      8,
      10,
      1,
      Array.from({ length: 80 }, (_, i) => (i % 10 < 5 ? 0 : 101)),
    );
    const counts = many({ cutout: 0.5 }, halves).map(({ data }) => {
      const cut = [...data.keys()].filter((i) => data[i] === 0.5);
      const rows = new Set(cut.map((i) => Math.floor(i / 10)));
      const columns = new Set(cut.map((i) => i % 10));
      expect(cut).toHaveLength(rows.size * columns.size);
      expect(Math.max(rows.size, columns.size)).toBeLessThanOrEqual(4);
      return cut.length;
    });
    // A square at the edge is cut off there.
    expect(Math.max(...counts)).toBe(16);
    expect(Math.min(...counts)).toBeLessThan(9);
  });

  it.each([
    ["an unknown option", { flips: true }, /augment: unknown option "flips"; known are flip, shift, rotate/],
    ["an unknown flip", { flip: "left" }, /unknown flip "left"; known are horizontal, vertical, both/],
    [
      "a shift beyond the image",
      { shift: 1.5 },
      /expected shift to be a finite number of at least 0 and at most 1/,
    ],
    ["three shifts", { shift: [0, 0, 0] }, /a number or \[vertical, horizontal\], got an array of length 3/],
    ["more than half a turn", { rotate: 181 }, /expected rotate .* at most 180, got 181/],
    ["no options", undefined, /augment expected an object of options, got null/],
    ["a fill that is no number", { fill: "white" }, /expected fill, if not "edge", to be a finite number/],
  ])("is refused for %s", (_, options, message) => {
    expect(() => augment(options as AugmentOptions)).toThrow(ValueError);
    expect(() => augment(options as AugmentOptions)).toThrow(message);
  });

  it("is refused for an image of other values than its shape", () => {
    expect(() => augment({}).apply({ ...photo, width: 8 })).toThrow(ShapeError);
  });
});
