import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { recordOf } from "../support/convolution.js";
import { windowsFor } from "../support/convolution-cases.js";
import { call, input, output, resultOf, run, update } from "../support/harness.js";
import { Random } from "../support/random.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("pooling");

describe.each(builds)("in the $variant build", (build) => {
  it("maxPoolBackward may write over x where windows do not overlap", () => {
    const random = new Random(3);
    for (const channels of [1, 4, 7, 16, 19])
      for (const stride of [2, 3]) {
        const g = windowsFor({
          input: [7, 9, channels],
          filters: channels,
          kernel: [2, 2],
          stride: [stride, stride],
          padding: [1, 0, 1, 1],
        });
        const record = input(recordOf(g));
        const x = random.floats(2 * 7 * 9 * channels);
        const n = 2 * g.outHeight * g.outWidth * channels;
        const y = output(n);
        const largest = input(resultOf(run(build, call("maxPool", input(x), y, record, 2)), y));
        const dy = input(random.floats(n));
        const [apart, both] = [output(x.length), update(x)];
        const expected = run(build, call("maxPoolBackward", input(x), largest, dy, apart, record, 2));
        const inPlace = run(build, call("maxPoolBackward", both, largest, dy, both, record, 2));
        expect(resultOf(inPlace, both)).toEqual(resultOf(expected, apart));
      }
  });
});
