import { describe, it } from "vitest";
import { builds } from "./builds.js";
import { casesOf, type Theme } from "./cases.js";
import { checkAgainstTwin } from "./harness.js";

/** Every case of the themes on every build, against its twin: one test a kernel. */
export function describeAgainstTwins(...themes: Theme[]): void {
  const cases = [...casesOf(...themes)].map(([kernel, all]) => ({
    kernel,
    cases: all.filter(({ bitsOnly }) => !bitsOnly),
  }));
  describe.each(builds)("the $variant build agrees with the float64 twin", (build) => {
    it.each(cases)("$kernel", ({ cases }) => {
      for (const testCase of cases) checkAgainstTwin(build, testCase);
    });
  });
}
