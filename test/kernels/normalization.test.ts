import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { call, input, output, resultOf, roomOf, run } from "../support/harness.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("channels", "rowNormalization");

describe.each(builds)("in the $variant build", (build) => {
  it("the moments of a million rows far from 0 are within 2e-6 and 2e-5 of the right ones", () => {
    const N = 1_000_000;
    // 1000 and 1001 by turns: a variance of a quarter, of which float32 has no square of 1000 to tell it
    // from.
    const x = Float32Array.from({ length: N }, (_, i) => 1000 + (i & 1));
    const [mean, variance] = [output(1), output(1)];
    const w = roomOf((kernels) => kernels.columnWorkspace(N, 1));
    const outcome = run(build, call("channelMoments", input(x), mean, variance, w, 1, N, 1, 1, 1));
    expect(Math.abs(resultOf(outcome, mean)[0] / 1000.5 - 1)).toBeLessThan(2e-6);
    expect(Math.abs(resultOf(outcome, variance)[0] / 0.25 - 1)).toBeLessThan(2e-5);
  });
});
