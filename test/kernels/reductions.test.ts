import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { LARGEST, SMALLEST } from "../support/floats.js";
import { call, input, output, resultOf, run } from "../support/harness.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("reductions");

describe.each(builds)("in the $variant build", (build) => {
  // Four plain accumulators are 2.4e-3 off.
  const N = 1_000_000;
  const tenths = new Float32Array(N).fill(0.1);

  it("sum of a million times 0.1 is within 2e-6 of 100,000", () => {
    const { value } = run(build, call("sum", input(tenths), N));
    expect(Math.abs(Number(value) / 1e5 - 1)).toBeLessThan(2e-6);
  });

  it("sumRows of a million rows of 0.1 is within 2e-6 of 100,000", () => {
    const y = output(1);
    const [value] = resultOf(run(build, call("sumRows", input(tenths), y, N, 1, 0, 1)), y);
    expect(Math.abs(value / 1e5 - 1)).toBeLessThan(2e-6);
  });

  it("sumRows that does not accumulate writes 0 for no rows, and does not read what was there", () => {
    const y = output(9);
    expect(resultOf(run(build, call("sumRows", input(new Float32Array(0)), y, 0, 9, 0, 9)), y)).toEqual(
      new Float32Array(9),
    );
  });

  it("firstNonFinite passes the largest, the smallest and -0, and no subnormal stops it", () => {
    const x = Float32Array.from(
      { length: 600 },
      (_, i) => [LARGEST, -LARGEST, SMALLEST, -SMALLEST, -0][i % 5],
    );
    expect(run(build, call("firstNonFinite", input(x), x.length)).value).toBe(-1);
  });

  it("firstNonFinite finds a signalling NaN, and the first of several", () => {
    const words = new Int32Array(700);
    words[650] = 0x7f800001;
    words[660] = 0x7f800000;
    expect(run(build, call("firstNonFinite", input(new Float32Array(words.buffer)), 700)).value).toBe(650);
  });
});
