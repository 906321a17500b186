import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { SMALLEST } from "../support/floats.js";
import { functionNames, functions } from "./bounds.js";
import { build } from "./builds.js";
import { errorOf } from "./error.js";
import { type Line, sweep } from "./sweep.js";

/**
 * The elementary functions against float64 at one float32 in 20,011, one in 1,009 between 1/8 and 10 and the
 * edges of their branches, on the scalar and the SIMD build, which must have equal bits. npm run test:ulp
 * tries as many as one likes.
 */
describe("elementary functions", () => {
  let lines: readonly Line[] = [];

  beforeAll(async () => {
    const [scalar, simd] = [await build("scalar"), await build("simd")];
    ({ lines } = await sweep(functionNames, { step: 20_011, near: 1_009 }, { scalar, simd }));
  }, 60_000);

  it.each(functionNames)("%s is within its bounds", (name) => {
    const found = lines.filter((line) => line.name === name);
    expect(found.length).toBe(functions[name].bounds.length);
    for (const { bound, worst } of found) {
      expect(worst[0].error, `at ${worst[0].at}`).toBeLessThanOrEqual(bound.most);
      // Something is always rounded: a sweep that saw no error saw nothing.
      expect(worst[0].error).toBeGreaterThan(0);
    }
  });

  it.each(functionNames)("%s is as its docstring says, and that within its bounds", (name) => {
    const stated = statedIn(name);
    const found = lines.filter((line) => line.name === name);
    expect(stated.map(({ unit }) => unit)).toEqual(found.map(({ bound }) => bound.unit));
    for (const [i, { bound, worst }] of found.entries()) {
      expect(worst[0].error, `at ${worst[0].at}`).toBeLessThanOrEqual(stated[i].most);
      expect(stated[i].most).toBeLessThanOrEqual(bound.most);
    }
  });
});

/**
 * What a docstring in assembly/math.ts or assembly/activation.ts promises: "1 ULP at most", "1 ULP for x >= -1", "off by 1e-7 at most",
 * "off by 1e-7 below -1".
 */
function statedIn(name: string): { most: number; unit: string }[] {
  const read = (file: string) => readFileSync(new URL(`../../assembly/${file}`, import.meta.url), "utf8");
  const math = read("math.ts");
  const inMath = math.indexOf(`static ${name}<T>`, math.indexOf("export class math"));
  const activation = read("activation.ts");
  const before =
    inMath < 0 ? activation.slice(0, activation.indexOf(`export function ${name}(`)) : math.slice(0, inMath);
  const docstring = before.slice(before.lastIndexOf("/**")).replace(/\s*\n\s*\*\s*/g, " ");
  const promises = docstring.matchAll(
    /([\d.]+) ULP (?:at most|for x >= -1)|[Oo]ff by ([\d.e-]+) (?:at most|below -1)/g,
  );
  return [...promises].map(([, ulps, error]) =>
    ulps ? { most: Number(ulps), unit: "ULP" } : { most: Number(error), unit: "absolute" },
  );
}

describe("what counts as an error", () => {
  const next = 1 + 2 ** -23;

  it("is told in units in the last place of the exact value", () => {
    expect(errorOf(next, 1, 5, "ULP")).toBe(1);
    expect(errorOf(next, 1 - 2 ** -30, 5, "ULP")).toBeCloseTo(2, 1);
    expect(errorOf(1, 1 + 2 ** -24, 5, "ULP")).toBe(0.5);
    expect(errorOf(0, 3 * SMALLEST, 5, "ULP")).toBe(3);
    expect(errorOf(next, 1, 5, "absolute")).toBe(2 ** -23);
  });

  it("is none for an infinity that float32 rounds to, and half a unit for the largest number below it", () => {
    expect(errorOf(Number.POSITIVE_INFINITY, 1e300, 5, "ULP")).toBe(0);
    expect(errorOf(Number.POSITIVE_INFINITY, 2 ** 128 - 2 ** 103, 5, "ULP")).toBe(0.5);
    expect(errorOf(Number.NaN, Number.NaN, 5, "ULP")).toBe(0);
  });

  it.each<[number, number, number]>([
    [Number.NaN, 1, 5],
    [1, Number.NaN, 5],
    [Number.POSITIVE_INFINITY, 1, 5],
    [Number.NEGATIVE_INFINITY, -1, 5],
    [0, -0, -0],
  ])("is infinite for %d in place of %d at %d", (got, exact, x) => {
    expect(errorOf(got, exact, x, "absolute")).toBe(Number.POSITIVE_INFINITY);
    expect(errorOf(got, exact, x, "ULP")).toBe(Number.POSITIVE_INFINITY);
  });
});
