import { describe, expect, it } from "vitest";
import { purposes, RandomStream, threefry } from "../../src/core/random.js";
import { cosineOfTurns, exp, log, power } from "../../src/core/reproducible-math.js";
import { builds } from "../support/builds.js";

describe("float64 functions from + - * / alone, against Math", () => {
  it("log within 1e-15 relative from 1e-300 to 1e300, exact at 1", () => {
    let worst = 0;
    for (let x = 1e-300; x < 1e300; x *= 1.000_37e2)
      worst = Math.max(worst, Math.abs(log(x) / Math.log(x) - 1));
    for (let x = 0.5; x < 2; x += 0.000_37)
      worst = Math.max(worst, Math.abs(log(x) - Math.log(x)) / Math.max(Math.abs(Math.log(x)), 1e-3));
    expect(worst).toBeLessThan(1e-15);
    expect(log(1)).toBe(0);
  });

  it("exp within 1e-15 relative from -700 to 700, exact at 0", () => {
    let worst = 0;
    for (let x = -700; x <= 700; x += 0.037) worst = Math.max(worst, Math.abs(exp(x) / Math.exp(x) - 1));
    expect(worst).toBeLessThan(1e-15);
    expect(exp(0)).toBe(1);
  });

  it("power within (exponent + 10) 1e-15 relative, exact for powers of two and at 0 and 1", () => {
    for (const base of [0.1, 0.2, 0.5, 0.96, 0.9999, 1.2, 7]) {
      for (const exponent of [0, 0.004, 0.5, 1, 1.5, 2, 10, 33.3, 100, 250.75])
        expect(Math.abs(power(base, exponent) / base ** exponent - 1), `${base}^${exponent}`).toBeLessThan(
          (exponent + 10) * 1e-15,
        );
    }
    expect([power(0.5, 40), power(0, 0), power(0, 0.5), power(0, 3), power(0.1, 1)]).toEqual([
      2 ** -40,
      1,
      0,
      0,
      0.1,
    ]);
  });

  it("cosineOfTurns within 1e-15, exact at the quarters", () => {
    let worst = 0;
    for (let turns = 0; turns <= 1; turns += 1 / 7919)
      worst = Math.max(worst, Math.abs(cosineOfTurns(turns) - Math.cos(2 * Math.PI * turns)));
    expect(worst).toBeLessThan(1e-15);
    expect([0, 0.25, 0.5, 0.75, 1].map((turns) => cosineOfTurns(turns) + 0)).toEqual([1, 0, -1, 0, 1]);
  });
});

describe("random numbers", () => {
  /**
   * The known-answer tests that come with the generator's paper (Random123, kat_vectors, threefry2x32 20).
   */
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("Threefry-2x32, key %o, counter %o", (key, counter, expected) => {
    const out = new Uint32Array(2);
    threefry(key[0], key[1], counter[0], counter[1], out);
    expect([...out]).toEqual(expected);
  });

  it("value i is the same whatever was drawn before", () => {
    const stream = () => new RandomStream(42, purposes.shuffle, 3);
    const used = stream();
    for (let i = 0; i < 100; i++) used.uniform(i);
    expect(used.uniform(7)).toBe(stream().uniform(7));
    expect(used.normal(7)).toBe(stream().normal(7));
  });

  it("streams of other seeds, purposes and indices differ, for seeds beyond 32 bits and below 0 too", () => {
    const firsts = [
      [1, 1, 0],
      [2, 1, 0],
      [1, 2, 0],
      [1, 1, 1],
      [1 + 2 ** 32, 1, 0],
      [-1, 1, 0],
      [2 ** 32 - 1, 1, 0],
      [Number.MAX_SAFE_INTEGER, 1, 0],
    ].map(([seed, purpose, index]) => new RandomStream(seed, purpose, index).uniform(0));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("uniform in [0, 1) with the moments and the spread of that distribution", () => {
    const stream = new RandomStream(1, 1, 1);
    const n = 40_000;
    const bins = new Array(16).fill(0);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const u = stream.uniform(i);
      bins[Math.floor(u * 16)]++;
      sum += u;
      squares += u * u;
    }
    // Five standard deviations of each estimate.
    expect(Math.abs(sum / n - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
    const chiSquare = bins.reduce((total, count) => total + (count - n / 16) ** 2 / (n / 16), 0);
    expect(chiSquare).toBeLessThan(15 + 5 * Math.sqrt(30));
  });

  it("normal with mean 0, variance 1, no skew and kurtosis 3", () => {
    const stream = new RandomStream(1, 1, 2);
    const n = 40_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const z = stream.normal(i);
      for (let k = 0; k < 4; k++) moments[k] += z ** (k + 1) / n;
    }
    const deviations = [1, 2, 15, 96].map((variance) => Math.sqrt(variance / n));
    for (const [k, expected] of [0, 1, 0, 3].entries())
      expect(Math.abs(moments[k] - expected)).toBeLessThan(5 * deviations[k]);
  });
});

describe.each(builds)("first values of weights on the $variant build", ({ kernels, memory }) => {
  const n = 1_000_000;
  const at = memory.buffer.byteLength;
  memory.grow((n * 4) / 65_536 + 1);
  const wrong = (expected: (i: number) => number) =>
    new Float32Array(memory.buffer, at, n).findIndex(
      (value, i) => !Object.is(value, Math.fround(expected(i))),
    );

  it.each([1, 7, -3])("are those of the host to the bit, a million of each distribution, seed %i", (seed) => {
    const stream = new RandomStream(seed, purposes.initializer, 2);
    const scale = Math.sqrt(2 / 784);
    stream.fillUniform(kernels, at, n, scale);
    expect(wrong((i) => (2 * stream.uniform(i) - 1) * scale)).toBe(-1);
    stream.fillNormal(kernels, at, n, scale);
    expect(wrong((i) => stream.normal(i) * scale)).toBe(-1);
  });
});
