import { describe, expect, it } from "vitest";
import { checkSweep } from "../../src/distributed/sweep/check.js";
import { inRung, rungsOf, trialsOf } from "../../src/distributed/sweep/trials.js";

/** Which trials a spec has. */

const data = { file: { sha256: "0".repeat(64), name: "table.csv" }, target: "y" };
const trials = (spec: object) => {
  const checked = checkSweep("sweep", { data, ...spec });
  return trialsOf(checked, checked.strategy).map(({ parameters }) => parameters);
};
const rate = (learningRate: unknown) => ({ name: "adam", learningRate });

describe("a grid", () => {
  it("is one trial where nothing is searched for", () => {
    expect(trials({})).toEqual([{}]);
  });

  it("has all combinations, the last value of the spec changing first", () => {
    const layers = [{ type: "dense", units: { choice: [2, 3] } }, "output"];
    const found = trials({
      model: { layers },
      optimizer: rate({ choice: [0.1, 0.2] }),
      fit: { epochs: { integers: [1, 2] } },
    });
    expect(found.map(Object.values)).toEqual([
      [2, 0.1, 1],
      [2, 0.1, 2],
      [2, 0.2, 1],
      [2, 0.2, 2],
      [3, 0.1, 1],
      [3, 0.1, 2],
      [3, 0.2, 1],
      [3, 0.2, 2],
    ]);
    expect(Object.keys(found[0])).toEqual(["model.layers[0].units", "optimizer.learningRate", "fit.epochs"]);
  });

  it("opens the searches within a choice for that choice alone", () => {
    const optimizer = {
      choice: ["sgd", rate({ choice: [0.1, 0.2] }), { name: "lion", beta1: { integers: [0, 0.5] } }],
    };
    expect(() => trials({ optimizer })).toThrow(
      /optimizer.choice\[2\].beta1 expected integers to be two whole numbers/,
    );
    const two = { choice: optimizer.choice.slice(0, 2) };
    expect(trials({ optimizer: two })).toEqual([
      { optimizer: "sgd" },
      { optimizer: rate(0.1) },
      { optimizer: rate(0.2) },
    ]);
  });

  it("refuses a range of real numbers, and too many combinations without counting them out", () => {
    expect(() => trials({ optimizer: rate({ uniform: [0.1, 0.2] }) })).toThrow(
      /sweep: optimizer.learningRate expected choice or integers, which a grid can have, got uniform/,
    );
    const fit = { epochs: { integers: [1, 1000] }, batchSize: { integers: [1, 1_000_000] } };
    expect(() => trials({ fit })).toThrow(/at most 10000 combinations, got 1000000000/);
  });
});

describe("random trials", () => {
  const spec = {
    strategy: { random: 40 },
    optimizer: rate({ logUniform: [0.001, 0.1] }),
    fit: { epochs: { integers: [5, 9] }, validationSplit: { uniform: [0.1, 0.2] } },
  };

  it("are functions of the seed, within their ranges", () => {
    const found = trials(spec);
    expect(found).toHaveLength(40);
    expect(trials(spec)).toEqual(found);
    expect(trials({ ...spec, seed: 2 })).not.toEqual(found);
    for (const trial of found) {
      expect(trial["optimizer.learningRate"]).toBeGreaterThanOrEqual(0.001);
      expect(trial["optimizer.learningRate"]).toBeLessThanOrEqual(0.1);
      expect(trial["fit.validationSplit"]).toBeGreaterThanOrEqual(0.1);
      expect(trial["fit.validationSplit"]).toBeLessThanOrEqual(0.2);
    }
    expect([...new Set(found.map((trial) => trial["fit.epochs"]))].sort()).toEqual([5, 6, 7, 8, 9]);
    // Half of a logarithmic range is below its geometric mean.
    const small = found.filter((trial) => Number(trial["optimizer.learningRate"]) < 0.01).length;
    expect(small).toBeGreaterThan(10);
    expect(small).toBeLessThan(30);
  });

  it("begin with those of a smaller number", () => {
    expect(trials({ ...spec, strategy: { random: 7 } })).toEqual(trials(spec).slice(0, 7));
  });

  it("are all different, so that there are fewer where there are few", () => {
    const few = trials({ strategy: { random: 50 }, fit: { epochs: { choice: [1, 2, 3] } } });
    expect(few.map((trial) => trial["fit.epochs"]).sort()).toEqual([1, 2, 3]);
  });
});

describe("a halving", () => {
  it.each([
    [27, 3, [27, 9, 3]],
    [10, 3, [10, 4, 2]],
    [2, 2, [2]],
    [16, 2, [16, 8, 4, 2]],
    [5, 4, [5, 2]],
  ])("of %i trials by %i has rungs of %o", (count, factor, rungs) => {
    expect(rungsOf(count, factor)).toEqual(rungs);
  });

  it("gives each rung its part of the epochs, and the last all", () => {
    const epochs = [0, 1, 2].map((rung) => inRung({ fit: { epochs: 100 } }, rung, 3, 3).fit);
    expect(epochs).toEqual([{ epochs: 12 }, { epochs: 34 }, { epochs: 100 }]);
  });
});
