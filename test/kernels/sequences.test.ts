import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { call, input, output, resultOf, room, run } from "../support/harness.js";
import { Random } from "../support/random.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("sequences");

describe.each(builds)("in the $variant build", (build) => {
  const random = new Random(7);

  it("averageSteps has the bits of averagePositions of the real steps alone, wherever those are", () => {
    for (const [real, cols] of [
      [3, 5],
      [200, 32],
      [700, 9],
    ]) {
      const steps = 2 * real;
      const x = random.floats(real * cols);
      const where = Array.from({ length: steps }, (_, t) => t % 2 === real % 2);
      const padded = new Float32Array(steps * cols).fill(9);
      const mask = Float32Array.from(where, Number);
      let k = 0;
      for (const [t, isReal] of where.entries())
        if (isReal) padded.set(x.subarray(k * cols, ++k * cols), t * cols);
      const [y, expected] = [output(cols), output(cols)];
      const masked = call("averageSteps", input(padded), input(mask), y, room(steps), 1, steps, cols);
      const alone = call("averagePositions", input(x), expected, 1, real, cols);
      expect(resultOf(run(build, masked), y)).toEqual(resultOf(run(build, alone), expected));
    }
  });

  it("embedMean has the bits of averageSteps of embed", () => {
    const [rows, steps, cols, vocabulary] = [3, 530, 12, 20];
    const x = Float32Array.from(random.integers(rows * steps, vocabulary));
    const w = random.floats(vocabulary * cols);
    const [all, mask] = [output(rows * steps * cols), output(rows * steps)];
    const rowsOfW = resultOf(
      run(build, call("embed", input(x), input(w), all, rows * steps, cols, vocabulary)),
      all,
    );
    const real = resultOf(run(build, call("realSteps", input(x), mask, rows * steps, 1, 4)), mask);
    const [y, expected] = [output(rows * cols), output(rows * cols)];
    const apart = call("averageSteps", input(rowsOfW), input(real), expected, room(steps), rows, steps, cols);
    const fused = call("embedMean", input(x), input(w), y, room(steps), rows, steps, cols, vocabulary, 4);
    expect(resultOf(run(build, fused), y)).toEqual(resultOf(run(build, apart), expected));
  });
});
