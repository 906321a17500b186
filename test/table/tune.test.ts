import { describe, expect, it } from "vitest";
import { createBackendSync, ValueError } from "../../src/index.js";
import { crossValidate, type TableTrial, trainTable, tuneTable, type ValueScores } from "../../src/table.js";

/** The search of recipes. */

const backend = createBackendSync();
/** A product, which one epoch of the default does not learn. */
const product = [
  "a,b,y",
  ...Array.from({ length: 120 }, (_, i) => {
    const [a, b] = [((i * 37) % 101) / 10, ((i * 61) % 89) / 10];
    return `${a},${b},${(a * b).toFixed(3)}`;
  }),
].join("\n");
const options = { target: "y", recipe: { epochs: 6, networks: 3 } };

describe("tuneTable", () => {
  it("tries the default first, whose score is that of crossValidate on three folds", async () => {
    const { trials } = await tuneTable(backend, product, { ...options, trials: 1 });
    expect(trials).toHaveLength(1);
    expect(trials[0].recipe).toMatchObject({ hidden: [64, 64], learningRate: 0.003, epochs: 6, networks: 3 });
    const { scores, folds } = await crossValidate(backend, product, { ...options, folds: 3 });
    const square = ({ rmse }: ValueScores) => rmse * rmse;
    expect(trials[0].score / square(scores as ValueScores)).toBeCloseTo(1, 10);
    const squares = folds.map((fold) => square(fold.scores as ValueScores));
    const mean = squares.reduce((a, b) => a + b) / 3;
    const deviation = Math.sqrt(squares.reduce((sum, each) => sum + (each - mean) * (each - mean), 0) / 3);
    expect(trials[0].deviation / deviation).toBeCloseTo(1, 10);
  });

  it("finds a better recipe where the default is bad, as a function of the seed", async () => {
    const seen: TableTrial[] = [];
    const progress: number[] = [];
    const search = { ...options, trials: 17, seconds: Number.POSITIVE_INFINITY };
    const found = await tuneTable(backend, product, {
      ...search,
      onTrial: (trial) => seen.push(trial),
      onProgress: (part) => progress.push(part),
    });
    expect(seen).toEqual(found.trials);
    // The default, 16 with two networks, and the best two of those with all three.
    expect(found.trials.map(({ recipe }) => recipe.networks)).toEqual([3, ...new Array(16).fill(2), 3, 3]);
    expect(progress).toEqual([...found.trials.map((_, i) => (i + 1) / 19), 1]);
    const [first, ...others] = found.trials;
    const drawn = others.slice(0, 16).sort((a, b) => a.score - b.score);
    expect(others.slice(16).map(({ recipe }) => recipe)).toEqual(
      drawn.slice(0, 2).map(({ recipe }) => ({ ...recipe, networks: 3 })),
    );
    const best = others.slice(16).sort((a, b) => a.score - b.score)[0];
    expect(found.recipe).toEqual(best.recipe);
    expect(best.score).toBeLessThan(0.6 * first.score);
    const { scores } = await crossValidate(backend, product, { ...options, recipe: best.recipe, folds: 3 });
    const { rmse } = scores as ValueScores;
    expect(best.score / (rmse * rmse)).toBeCloseTo(1, 10);
    for (const { recipe } of found.trials) {
      expect(recipe.epochs).toBe(6);
      expect(recipe.learningRate).toBeGreaterThanOrEqual(0.0005);
      expect(recipe.learningRate).toBeLessThanOrEqual(0.02);
      expect(recipe.dropout).toBeLessThanOrEqual(0.4);
    }
    expect(new Set(drawn.map(({ recipe }) => JSON.stringify(recipe))).size).toBe(16);
    expect(await tuneTable(backend, product, search)).toEqual(found);
    expect((await tuneTable(backend, product, { ...search, seed: 2 })).trials).not.toEqual(found.trials);
    const { report } = await trainTable(backend, product, { target: "y", recipe: found.recipe });
    expect(report.recipe).toEqual(found.recipe);
  });

  it("keeps the default where another recipe is better, but not by more than a standard error", async () => {
    const noise = Array.from(
      { length: 80 },
      (_, i) => `${(i * 7919) % 1009},${["yes", "no"][((i * 104729) % 997) % 2]}`,
    );
    const csv = ["x,y", ...noise].join("\n");
    const recipe = { epochs: 3, networks: 2, hidden: [4], weightDecay: 0.1 };
    const kept: boolean[] = [];
    for (const seed of [1, 2, 3, 4]) {
      const found = await tuneTable(backend, csv, { target: "y", recipe, trials: 9, seed });
      const [first, ...others] = found.trials;
      expect(others).toHaveLength(9);
      if (others[8].score < first.score) kept.push(found.recipe === first.recipe);
    }
    expect(kept).toContain(true);
  });

  it("ends when the time is over, and has the default even if there was no time for it", async () => {
    const { recipe, trials } = await tuneTable(backend, product, { ...options, seconds: 1e-6 });
    expect(trials).toEqual([]);
    expect(recipe).toMatchObject({ hidden: [64, 64], learningRate: 0.003, epochs: 6, networks: 3 });
  });

  it("gives recipes whose training blows up a score of Infinity", async () => {
    const recipe = { ...options.recipe, learningRate: 1e30 };
    const { trials } = await tuneTable(backend, product, { target: "y", recipe, trials: 2 });
    expect(trials[0]).toMatchObject({ score: Number.POSITIVE_INFINITY, deviation: 0 });
  });

  it("ends with the reason of a signal, and refuses wrong options", async () => {
    const controller = new AbortController();
    const onTrial = () => controller.abort(new Error("enough"));
    const { signal } = controller;
    await expect(tuneTable(backend, product, { ...options, signal, onTrial })).rejects.toThrow("enough");
    const wrong: [object, RegExp][] = [
      [{ seconds: 0 }, /tuneTable expected seconds to be a number above 0, got 0/],
      [{ trials: 0 }, /tuneTable expected trials to be an integer of at least 1, got 0/],
      [{ folds: 1 }, /tuneTable expected folds to be an integer from 2 to the number of rows 120, got 1/],
      [{ from: 1 }, /tuneTable: unknown option "from"/],
    ];
    for (const [each, message] of wrong) {
      await expect(tuneTable(backend, product, { ...options, ...each } as never)).rejects.toThrow(message);
      await expect(tuneTable(backend, product, { ...options, ...each } as never)).rejects.toThrow(ValueError);
    }
  });
});
