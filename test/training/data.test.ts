import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  kFold,
  labelMap,
  loadModel,
  minMaxScaler,
  oneHot,
  Sequential,
  saveModel,
  standardScaler,
  takeRows,
  trainTestSplit,
} from "../../src/index.js";

const backend = createBackendSync();

/** Columns of a flat table. */
const column = (values: ArrayLike<number>, j: number, columns: number) =>
  Array.from(values).filter((_, i) => i % columns === j);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("scalers", () => {
  // The last column is always the same.
  const table = [1, 10, 5, 2, 30, 5, 6, 20, 5, 3, 60, 5];
  const scaled = (layer: ReturnType<typeof standardScaler>) => {
    const model = new Sequential(backend, { inputShape: 3, layers: [layer] });
    return { model, values: model.predict(table) };
  };

  it("standardScaler brings each column to mean 0 and deviation 1, and one that is always the same to 0", () => {
    const { model, values } = scaled(standardScaler(table, 3));
    for (const j of [0, 1]) {
      expect(mean(column(values, j, 3))).toBeCloseTo(0, 6);
      expect(mean(column(values, j, 3).map((value) => value * value))).toBeCloseTo(1, 6);
    }
    expect(column(values, 2, 3)).toEqual([0, 0, 0, 0]);
    model.dispose();
  });

  it("minMaxScaler brings each column to [0, 1], and one that is always the same to 0", () => {
    const { model, values } = scaled(minMaxScaler(table, 3));
    for (const j of [0, 1]) {
      expect(Math.min(...column(values, j, 3))).toBe(0);
      expect(Math.max(...column(values, j, 3))).toBeCloseTo(1, 6);
    }
    expect(column(values, 2, 3)).toEqual([0, 0, 0, 0]);
    model.dispose();
  });

  it("take rows as they take flat values, and name a row that is none", () => {
    const rows = [0, 1, 2, 3].map((i) => table.slice(3 * i, 3 * i + 3));
    for (const scaler of [standardScaler, minMaxScaler]) {
      const [flat, nested] = [scaled(scaler(table, 3)), scaled(scaler(rows))];
      expect(nested.values).toEqual(flat.values);
      for (const { model } of [flat, nested]) model.dispose();
      expect(() => scaler([[1, 2], [3]])).toThrow(`${scaler.name} expected rows of 2 values, got 1 in row 1`);
      expect(() => scaler([1, 2, Number.NaN, 4], 2)).toThrow(
        `${scaler.name} expected finite numbers, got NaN in row 1, column 0`,
      );
      expect(() => scaler([1, 2])).toThrow(
        `${scaler.name} expected columns to be an integer of at least 1, got undefined`,
      );
    }
  });

  it("take a column for one that is always the same where only the rounding of its mean says otherwise", () => {
    // The mean of seven times 0.1 is not 0.1 in float64; a sensor that stood still must not become a factor
    // of 1e17 when it moves.
    const still = new Array(7).fill(0.1);
    for (const scaler of [standardScaler, minMaxScaler]) {
      using model = new Sequential(backend, { inputShape: 1, layers: [scaler(still, 1)] });
      expect([...model.predict([0.1, 0.6])]).toEqual([0, Math.fround(Math.fround(0.6) - Math.fround(0.1))]);
    }
  });

  it("are saved with the model", async () => {
    using model = new Sequential(backend, { inputShape: 3, layers: [standardScaler(table, 3), dense(2)] });
    using again = await loadModel(backend, saveModel(model));
    expect(again.predict(table)).toEqual(model.predict(table));
  });
});

describe("labels", () => {
  it("labelMap gives each name an index, in the order of the names", () => {
    const { labels, indices } = labelMap(["pear", "apple", "pear", "fig"]);
    expect(labels).toEqual(["apple", "fig", "pear"]);
    expect([...indices]).toEqual([2, 0, 2, 1]);
  });

  it("oneHot has one row a label, 1 at its class", () => {
    expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
    expect(() => oneHot([3], 3)).toThrow(/class indices from 0 to 2, got 3 at row 0/);
  });
});

describe("splits", () => {
  const rows = fc.integer({ min: 8, max: 200 });
  const whole = (...parts: Int32Array[]) => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
  const all = (n: number) => Array.from({ length: n }, (_, i) => i);

  it("trainTestSplit puts each row on one side, the asked fraction on that of the test", () => {
    fc.assert(
      fc.property(rows, fc.integer(), (n, seed) => {
        const { train, test } = trainTestSplit(n, { seed, testFraction: 0.3 });
        expect(whole(train, test)).toEqual(all(n));
        expect(test.length).toBe(Math.round(0.3 * n));
        expect(trainTestSplit(n, { seed, testFraction: 0.3 }).test).toEqual(test);
      }),
      { seed: 1, numRuns: 50 },
    );
    expect(trainTestSplit(100, { seed: 1 }).test).not.toEqual(trainTestSplit(100, { seed: 2 }).test);
  });

  it("kFold tests each row once, in folds that differ by one row at most", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 8 }), fc.integer(), (n, k, seed) => {
        const folds = kFold(n, k, { seed });
        expect(whole(...folds.map(({ test }) => test))).toEqual(all(n));
        const sizes = folds.map(({ test }) => test.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const { train, test } of folds) expect(whole(train, test)).toEqual(all(n));
      }),
      { seed: 2, numRuns: 50 },
    );
    expect(kFold(100, 5, { seed: 1 })[0].test).not.toEqual(kFold(100, 5, { seed: 2 })[0].test);
  });

  it("stratified, every class has its share of each side, to a row", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 12, maxLength: 200 }), (classes) => {
        const n = classes.length;
        const count = (name: string, side: Int32Array) =>
          [...side].filter((row) => classes[row] === name).length;
        const total = (name: string) => classes.filter((one) => one === name).length;
        const { test } = trainTestSplit(n, { testFraction: 0.25, stratify: classes });
        const folds = kFold(n, 4, { stratify: classes });
        for (const name of ["a", "b", "c"]) {
          expect(Math.abs(count(name, test) - total(name) / 4)).toBeLessThanOrEqual(1);
          for (const fold of folds)
            expect(Math.abs(count(name, fold.test) - total(name) / 4)).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it.each<[what: string, act: () => unknown, message: RegExp]>([
    ["more folds than rows", () => kFold(3, 4), /kFold expected rows to be an integer of at least 4, got 3/],
    ["one fold", () => kFold(3, 1), /kFold expected k to be an integer of at least 2, got 1/],
    [
      "a side without rows",
      () => trainTestSplit(2, { testFraction: 0.1 }),
      /trainTestSplit expected a row on either side, got 0.1 of 2/,
    ],
    [
      "classes for other rows",
      () => kFold(3, 2, { stratify: [1, 2] }),
      /kFold expected a class for each of 3 rows, got 2/,
    ],
    [
      "a seed that is none",
      () => trainTestSplit(9, { seed: 0.5 }),
      /trainTestSplit expected seed to be a safe integer, got 0.5/,
    ],
    ["an unknown option", () => trainTestSplit(9, { fraction: 0.5 } as never), /unknown option "fraction"/],
  ])("refuse %s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});

it("takeRows takes rows in their order, as an array of the same kind", () => {
  expect(takeRows(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 0], 2)).toEqual(Float32Array.of(5, 6, 1, 2));
  expect(takeRows([7, 8, 9], [1, 1])).toEqual([8, 8]);
  expect(
    takeRows(
      [
        [7, 8],
        [9, 10],
      ],
      [1],
    ),
  ).toEqual([[9, 10]]);
  expect(() => takeRows([1, 2, 3, 4], [0, 2], 2)).toThrow(
    "takeRows expected row indices from 0 to 1, got 2 at row 1",
  );
});
