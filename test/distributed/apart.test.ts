import { gatherSweep, runTrial, type SweepSpec, sweep, type TrialOutputs } from "lanewise/distributed";
import { beforeAll, describe, expect, it } from "vitest";
import { listed } from "../../src/distributed/sweep/apart.js";
import { Bench, table } from "./support.js";

/** Trials that are computed apart, as schedulers of other programs do, and gathered. */

const bench = new Bench();
const spec: SweepSpec = {
  data: { file: table("iris"), target: "species" },
  folds: 2,
  optimizer: { name: "sgd", learningRate: { choice: [0.01, 1e30, 0.1] } },
  fit: { epochs: 3 },
};

describe("trials apart", () => {
  let parts: TrialOutputs[];

  beforeAll(async () => {
    const engine = bench.threads(2);
    const each = await Promise.all([2, 0, 1].map((index) => runTrial(spec, index, { engine })));
    // As they come from files.
    parts = JSON.parse(JSON.stringify(each));
  });

  it("say what they are of", () => {
    expect(parts.map(({ index, trials, outputs }) => [index, trials, outputs.length])).toEqual([
      [2, 3, 2],
      [0, 3, 2],
      [1, 3, 2],
    ]);
    expect(new Set(parts.map(({ run }) => run)).size).toBe(1);
  });

  it("make the sweep's own result, in any order", async () => {
    expect(await gatherSweep(spec, parts, { threads: 1 })).toEqual(
      await sweep(spec, { engine: bench.threads(2) }),
    );
  });

  it("are named where they are missing, and where they are of another spec", async () => {
    await expect(gatherSweep(spec, [parts[0]], {})).rejects.toThrow(
      /^gatherSweep: 2 of 3 trials are missing: 0-1$/,
    );
    const other = { ...spec, seed: 2 };
    await expect(gatherSweep(other, parts, {})).rejects.toThrow(
      /3 of 3 trials are missing: 0-2; 3 of the 3 given are of another spec, data or version$/,
    );
  });

  it("are not those of a halving, whose trials depend on each other", async () => {
    const halving = { ...spec, strategy: { halving: { trials: 3 } } } as SweepSpec;
    const message = /expected a strategy whose trials do not depend on each other, got halving/;
    await expect(runTrial(halving, 0, { engine: bench.threads(1) })).rejects.toThrow(message);
    await expect(gatherSweep(halving, [], {})).rejects.toThrow(message);
  });

  it.each([3, -1, 0.5])("are none of number %d", async (index) => {
    await expect(runTrial(spec, index, { engine: bench.threads(1) })).rejects.toThrow(
      `runTrial expected the index of one of 3 trials, from 0 to 2, got ${index}`,
    );
  });
});

it.each([
  [[0, 1, 2, 5, 7, 8], "0-2,5,7-8"],
  [[4], "4"],
  [[], ""],
])("lists %o as %s", (numbers, text) => {
  expect(listed(numbers)).toBe(text);
});
