import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kFold, type Split, trainTestSplit } from "../../src/index.js";

/** Stratified splits are fair to every class, wherever it stands in the table and however few rows it has. */
const countsOf = (classes: readonly string[], rows: Iterable<number>) => {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[classes[row]] = (counts[classes[row]] ?? 0) + 1;
  return counts;
};
const tables = fc
  .array(fc.integer({ min: 1, max: 23 }), { minLength: 1, maxLength: 9 })
  .map((sizes) => sizes.flatMap((size, i) => new Array<string>(size).fill(`class ${i}`)))
  .chain((classes) => fc.shuffledSubarray(classes, { minLength: classes.length }))
  .filter((classes) => Object.values(countsOf(classes, classes.keys())).some((size) => size > 4));
const fractions = fc.constantFrom(0.1, 0.2, 0.25, 0.3, 0.5, 0.75);

describe("stratified", () => {
  it("trainTestSplit gives each class its share, rounded up or down, and leaves none without training", () => {
    fc.assert(
      fc.property(tables, fractions, fc.integer(), (classes, testFraction, seed) => {
        let split: Split;
        try {
          split = trainTestSplit(classes.length, { stratify: classes, testFraction, seed });
        } catch (error) {
          expect(String(error)).toMatch(/expected a row on either side/);
          return;
        }
        const { train, test, onlyInTraining } = split;
        expect([...train, ...test].sort((a, b) => a - b)).toEqual([...classes.keys()]);
        const [all, held, kept] = [classes.keys(), test, train].map((rows) => countsOf(classes, rows));
        let total = 0;
        for (const [name, size] of Object.entries(all)) {
          const share = size === 1 ? 0 : size * testFraction;
          total += share;
          expect(held[name] ?? 0).toBeGreaterThanOrEqual(Math.floor(share + 1e-9));
          expect(held[name] ?? 0).toBeLessThanOrEqual(Math.ceil(share - 1e-9));
          expect(kept[name]).toBeGreaterThan(0);
          expect(onlyInTraining.includes(name)).toBe(!held[name]);
        }
        expect(Math.abs(test.length - total)).toBeLessThan(testFraction > 0.5 ? 9 : 0.5 + 1e-6);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("how many rows of each class are held out does not change with the order of the table", () => {
    fc.assert(
      fc.property(tables, fc.integer(), fc.infiniteStream(fc.nat()), (classes, seed, random) => {
        const shuffled = classes
          .map((name) => ({ name, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ name }) => name);
        const held = (table: string[]) => {
          try {
            return countsOf(table, trainTestSplit(table.length, { stratify: table, seed }).test);
          } catch {
            return {};
          }
        };
        expect(held(shuffled)).toEqual(held(classes));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("a small class is held out as often as its share says, first in the table or last", () => {
    // Two rows of 20: of a quarter, each class of two has half a row.
    const classes = [..."aabbccddee", ..."zzzzzzzzzz"];
    const times: Record<string, number> = {};
    const rows = new Array<number>(20).fill(0);
    const seeds = 2000;
    for (let seed = 0; seed < seeds; seed++) {
      const { test } = trainTestSplit(20, { stratify: classes, seed });
      expect(test.length).toBe(5);
      for (const row of test) {
        times[classes[row]] = (times[classes[row]] ?? 0) + 1;
        rows[row]++;
      }
    }
    for (const name of "abcde") expect(Math.abs(times[name] / seeds - 0.5)).toBeLessThan(0.06);
    for (const count of rows) expect(Math.abs(count / seeds - 0.25)).toBeLessThan(0.05);
  });

  it("the only row of a class is trained on, and the split says so", () => {
    for (const place of [0, 7, 20]) {
      const classes = [..."aaaaaaaaaabbbbbbbbbb"];
      classes.splice(place, 0, "rare");
      for (let seed = 0; seed < 20; seed++) {
        const { train, onlyInTraining } = trainTestSplit(21, { stratify: classes, seed });
        expect(train).toContain(place);
        expect(onlyInTraining).toEqual(["rare"]);
        for (const fold of kFold(21, 5, { stratify: classes, seed })) {
          expect(fold.train).toContain(place);
          expect(fold.onlyInTraining).toEqual(["rare"]);
        }
      }
    }
  });

  it("kFold tests each row once, in folds that differ by one row in all and in each class", () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 2, max: 5 }), fc.integer(), (classes, k, seed) => {
        const sizes = countsOf(classes, classes.keys());
        const folds = kFold(classes.length, k, { stratify: classes, seed });
        const once = [...classes.keys()].filter((row) => sizes[classes[row]] > 1);
        expect(folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(once);
        const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);
        expect(spread(folds.map(({ test }) => test.length))).toBeLessThanOrEqual(1);
        for (const name of Object.keys(sizes))
          expect(spread(folds.map(({ test }) => countsOf(classes, test)[name] ?? 0))).toBeLessThanOrEqual(1);
        for (const { train } of folds)
          expect(Object.keys(countsOf(classes, train)).length).toBe(Object.keys(sizes).length);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it("in kFold no fold is the one that small classes go to", () => {
    const classes = [..."aabbcc", ..."zzzzzzzzzzzzzz"];
    const times = [0, 0, 0, 0, 0];
    const seeds = 1500;
    for (let seed = 0; seed < seeds; seed++)
      for (const [fold, { test }] of kFold(20, 5, { stratify: classes, seed }).entries())
        times[fold] += [...test].filter((row) => row < 2).length;
    for (const count of times) expect(Math.abs(count / (2 * seeds) - 0.2)).toBeLessThan(0.04);
  });

  it("numbers and booleans are classes too", () => {
    const { test } = trainTestSplit(8, { stratify: [true, false, true, false, true, false, true, false] });
    expect(test.length).toBe(2);
    expect(test[0] % 2).not.toBe(test[1] % 2);
    expect(trainTestSplit(5, { stratify: Float32Array.of(3, 3, 3, 3, 7) }).onlyInTraining).toEqual([7]);
  });

  it("a table of classes of one row each is refused with the reason", () => {
    expect(() => trainTestSplit(4, { stratify: ["a", "b", "c", "d"] })).toThrow(
      "trainTestSplit expected a row on either side, got 0.25 of 4 rows, each the only one of its class",
    );
    expect(() => kFold(4, 2, { stratify: ["a", "b", "c", "d"] })).toThrow(
      "kFold expected at least 2 rows that are not alone in their class, got 0 of 4",
    );
  });
});

it("without classes the splits are those of earlier versions", () => {
  const hash = (splits: Split[]) =>
    createHash("sha256")
      .update(JSON.stringify(splits.map(({ train, test }) => [[...train], [...test]])))
      .digest("hex")
      .slice(0, 16);
  expect(trainTestSplit(50).onlyInTraining).toEqual([]);
  expect(hash([trainTestSplit(101, { seed: 3, testFraction: 0.3 })])).toBe("f0dcb7301fecdc3f");
  expect(hash(kFold(101, 7, { seed: 3 }))).toBe("ff358aa8bdff12e6");
});
