import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { type Call, call, output, resultOf, run, type Slot } from "../support/harness.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("regularization");

/** 100,000 draws; the bounds are five standard deviations of what is bounded. */
const N = 100_000;

describe.each(builds)("what the $variant build draws", (build) => {
  const drawn = (make: (y: Slot) => Call): number[] => {
    const y = output(N);
    return [...resultOf(run(build, make(y)), y)];
  };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([0.1, 0.5, 0.9])(
    "drops out a fraction of %f, and each place apart from the next and the next key",
    (rate) => {
      const dropped = (key: number) =>
        drawn((y) => call("dropout", y, N, 1, (rate - 0.5) * 2 ** 24, key, 7, 0)).map((value) =>
          Number(value === 0),
        );
      const [first, second] = [dropped(1), dropped(2)];
      const deviation = Math.sqrt((rate * (1 - rate)) / N);
      expect(Math.abs(mean(first) - rate)).toBeLessThan(5 * deviation);
      // Two that are independent are both dropped at the square of the rate.
      const square = rate * rate;
      for (const [name, other] of [
        ["the other key", (i: number) => second[i]],
        ["the next", (i: number) => first[(i + 1) % N]],
        ["four on", (i: number) => first[(i + 4) % N]],
      ] as const) {
        expect(Math.abs(mean(first.map((value, i) => value * other(i))) - square), name).toBeLessThan(
          5 * Math.sqrt((square * (1 - square)) / N) * 2,
        );
      }
    },
  );

  it("is normal noise: its moments, its tails and its distribution function", () => {
    const noise = drawn((y) => call("gaussianNoise", y, N, 1, 3, 5, 0));
    expect(Math.abs(mean(noise))).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.abs(mean(noise.map((e) => e * e)) - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
    expect(Math.abs(mean(noise.map((e) => e ** 3)))).toBeLessThan(5 * Math.sqrt(15 / N));
    expect(Math.abs(mean(noise.map((e) => e ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / N));
    for (const [at, below] of [
      [-2, 0.02275],
      [-1, 0.158655],
      [0, 0.5],
      [0.5, 0.691462],
      [1.5, 0.933193],
      [3, 0.99865],
    ]) {
      expect(Math.abs(mean(noise.map((e) => Number(e < at))) - below), `below ${at}`).toBeLessThan(
        5 * Math.sqrt((below * (1 - below)) / N),
      );
    }
    // The two numbers of a pair have one distance from 0, and are not correlated.
    expect(Math.abs(mean(noise.map((e, i) => e * noise[(i + 4) % N])))).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.max(...noise.map(Math.abs))).toBeLessThan(5.78);
  });
});
