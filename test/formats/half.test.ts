import { describe, expect, it } from "vitest";
import { floatBitsOfHalf, halfOfFloatBits } from "../../src/files/half.js";

const bitsOf = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0];
const halves = Array.from({ length: 0x10000 }, (_, half) => half);

/** A half's value by its definition (IEEE 754-2019, section 3.4), in exact float64. */
function definition(half: number): number {
  const sign = half < 0x8000 ? 1 : -1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

describe("floatBitsOfHalf", () => {
  it("is the definition for each of the 65,536 halves", () => {
    const floats = new Float32Array(Uint32Array.from(halves, floatBitsOfHalf).buffer);
    expect(halves.filter((half) => !Object.is(floats[half], definition(half)))).toEqual([]);
  });
});

describe("halfOfFloatBits", () => {
  it("gives each of the 65,536 halves back, NaN with its payload", () => {
    expect(halves.filter((half) => halfOfFloatBits(floatBitsOfHalf(half)) !== half)).toEqual([]);
  });

  it("rounds to the nearest between each two neighbours, ties to even", () => {
    const wrong = halves.slice(0, 0x7bff).filter((lower) => {
      // Half way is a float32 as well: one bit more than a half has.
      const tie = bitsOf((definition(lower) + definition(lower + 1)) / 2);
      const even = lower + (lower % 2);
      return [0, 0x8000].some((sign) => {
        const round = (bits: number) => halfOfFloatBits(bits | (sign << 16));
        return (
          round(tie - 1) !== (sign | lower) ||
          round(tie) !== (sign | even) ||
          round(tie + 1) !== (sign | (lower + 1))
        );
      });
    });
    expect(wrong).toEqual([]);
  });

  const cases: [string, number, number][] = [
    ["1", bitsOf(1), 0x3c00],
    ["-2", bitsOf(-2), 0xc000],
    ["0", 0, 0],
    ["-0", 0x80000000, 0x8000],
    ["65504, the largest", bitsOf(65504), 0x7bff],
    ["the last float32 below 65520", bitsOf(65520) - 1, 0x7bff],
    ["65520, half way to 65536", bitsOf(65520), 0x7c00],
    ["the largest float32", 0x7f7fffff, 0x7c00],
    ["-infinity", 0xff800000, 0xfc00],
    ["2^-14, the smallest normal", bitsOf(2 ** -14), 0x0400],
    ["2^-24, the smallest subnormal", bitsOf(2 ** -24), 0x0001],
    ["2^-25, half way to 0", bitsOf(2 ** -25), 0],
    ["the first float32 above 2^-25", bitsOf(2 ** -25) + 1, 1],
    ["the smallest float32", 1, 0],
    ["NaN", 0x7fc00000, 0x7e00],
    ["a NaN whose payload has only low bits", 0xff800001, 0xfe00],
  ];
  it.each(cases)("of %s", (_, bits, half) => expect(halfOfFloatBits(bits)).toBe(half));
});
