import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  type Encoding,
  Sequential,
  saveModel,
  ValueError,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
import type { TableTargets } from "../../src/table/folds.js";
import { intervalsOf, wilson } from "../../src/table/intervals.js";
import { notesOf } from "../../src/table/notes.js";
import { scoresOf } from "../../src/table/scores.js";
import {
  type ClassIntervals,
  type ClassScores,
  crossValidate,
  evaluateTable,
  type HeldOutPredictions,
  type Interval,
  permutationImportance,
  readTable,
  Table,
  TableError,
  type TableModel,
  trainTable,
  type ValueIntervals,
  type ValueScores,
} from "../../src/table.js";

/**
 * The scores of tables against scikit-learn 1.2 and SciPy 1.10, whose values are in test/golden/scores.json:
 * generate-scores.py made them.
 */

interface Case {
  readonly values: number[];
  readonly outputs: number[];
  readonly scores: ClassScores | ValueScores;
  readonly intervals: Readonly<Record<string, Interval>>;
}

const golden = JSON.parse(readFileSync(new URL("../golden/scores.json", import.meta.url), "utf8")) as {
  cases: Record<string, Case>;
  importance: {
    x: number[][];
    y: number[];
    kernel: number[];
    bias: number;
    importance: number[];
    deviation: number[];
  };
};
const backend = createBackendSync();
const file = (name: string) =>
  readFileSync(new URL(`../../examples/data/${name}.csv`, import.meta.url), "utf8");

/** A case as scoresOf takes it. */
const targetsOf = ({ values, scores }: Case): TableTargets => ({
  labels: "classes" in scores ? scores.classes.map(({ label }) => label) : undefined,
  values,
});

/** Of two objects, arrays or numbers of one shape, each number of `expected` against that of `actual`. */
function expectClose(actual: unknown, expected: unknown, path = ""): void {
  if (typeof expected === "number")
    expect(Math.abs((actual as number) - expected), path).toBeLessThanOrEqual(
      1e-12 * (1 + Math.abs(expected)),
    );
  else if (typeof expected === "string") expect(actual, path).toBe(expected);
  else {
    const parts = Object.entries(expected as object);
    if (Array.isArray(expected)) expect(actual, path).toHaveLength(expected.length);
    for (const [key, value] of parts)
      expectClose((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}

describe("scores", () => {
  it.each(Object.entries(golden.cases))("of %s are those of scikit-learn, to 1e-12", (_, given) => {
    expectClose(scoresOf(targetsOf(given), given.outputs), given.scores);
  });

  it("calibration has bins (from, to] that hold each row once", () => {
    const given = golden.cases["four classes"];
    const { calibration } = scoresOf(targetsOf(given), given.outputs) as ClassScores;
    expect(calibration.reduce((sum, { rows }) => sum + rows, 0)).toBe(given.values.length);
    for (const { from, to, meanProbability } of calibration) {
      expect(meanProbability).toBeGreaterThan(from);
      expect(meanProbability).toBeLessThanOrEqual(to);
    }
    // A probability on the edge belongs to the lower bin; there is none above 1.
    const labels = ["a", "b"];
    const edges = scoresOf({ labels, values: [0, 1] }, [0.5, 0.5, 0, 1]) as ClassScores;
    expect(edges.calibration).toEqual([
      { from: 0.4, to: 0.5, rows: 1, meanProbability: 0.5, accuracy: 1 },
      { from: 0.9, to: 1, rows: 1, meanProbability: 1, accuracy: 1 },
    ]);
  });

  it("leave classes that no row has out of the means, and are NaN for an area of one class alone", () => {
    const outputs = [0.7, 0.2, 0.1, 0.3, 0.6, 0.1, 0.5, 0.4, 0.1];
    const scores = scoresOf({ labels: ["a", "b", "c"], values: [0, 1, 1] }, outputs) as ClassScores;
    expect(scores.balancedAccuracy).toBe(0.75);
    expect(scores.rocAuc).toBe(1);
    expect(scores.classes[2]).toEqual({ label: "c", rows: 0, recall: 0, precision: 0, f1: 0 });
    const one = scoresOf({ labels: ["a", "b", "c"], values: [1, 1, 1] }, outputs) as ClassScores;
    expect(one.rocAuc).toBeNaN();
  });

  it("R² of values that are all equal is 0, and 1 where the predictions are too", () => {
    const values = { labels: undefined, values: [3, 3, 3, 3] };
    expect((scoresOf(values, [3, 3, 3, 4]) as ValueScores).r2).toBe(0);
    expect((scoresOf(values, [3, 3, 3, 3]) as ValueScores).r2).toBe(1);
  });
});

describe("intervals", () => {
  it.each(Object.entries(golden.cases).filter(([, { scores }]) => "classes" in scores))(
    "of the accuracy of %s are Wilson's, to 1e-12",
    (_, given) => {
      expectClose(intervalsOf(targetsOf(given), given.outputs, 1), given.intervals);
    },
  );

  it("Wilson's stay within 0 and 1, and say something of few rows", () => {
    expect(wilson(0, 3)[0]).toBe(0);
    expect(wilson(3, 3)[1]).toBe(1);
    expect(wilson(3, 3)[0]).toBeCloseTo(0.43849, 4); // 3 / (3 + z²)
  });

  it("of values are within a tenth of their width of those from 20,000 draws, for each seed", () => {
    const given = golden.cases.values;
    for (const seed of [1, 2, 3]) {
      const found = intervalsOf(targetsOf(given), given.outputs, seed) as ValueIntervals;
      for (const [name, [low, high]] of Object.entries(given.intervals)) {
        const [ownLow, ownHigh] = found[name as keyof ValueIntervals];
        expect(Math.abs(ownLow - low) / (high - low), `${name}, seed ${seed}`).toBeLessThan(0.1);
        expect(Math.abs(ownHigh - high) / (high - low), `${name}, seed ${seed}`).toBeLessThan(0.1);
      }
    }
    const again = intervalsOf(targetsOf(given), given.outputs, 1);
    expect(again).toEqual(intervalsOf(targetsOf(given), given.outputs, 1));
    expect(again).not.toEqual(intervalsOf(targetsOf(given), given.outputs, 2));
  });

  it("of many rows are as narrow as theory says: of normal errors ±1.96 rmse / sqrt(2 rows)", () => {
    const rows = 20_000;
    // Quantiles of the normal distribution would do; twelve uniform numbers, less 6, are close enough:
    // their kurtosis is 2.9, so the width is 1.96 sqrt((2.9 - 1) / (4 rows)).
    let state = 1;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const normal = () => Array.from({ length: 12 }, uniform).reduce((sum, each) => sum + each, -6);
    const values = Array.from({ length: rows }, () => 1e6 + 2 * normal());
    const outputs = values.map((value) => value + normal());
    const { rmse, r2 } = intervalsOf({ labels: undefined, values }, outputs, 1) as ValueIntervals;
    const width = 2 * 1.96 * Math.sqrt(1.9 / (4 * rows));
    expect((rmse[1] - rmse[0]) / width).toBeGreaterThan(0.9);
    expect((rmse[1] - rmse[0]) / width).toBeLessThan(1.1);
    expect(r2[0]).toBeLessThan(0.75);
    expect(r2[1]).toBeGreaterThan(0.75);
    expect(r2[1] - r2[0]).toBeLessThan(0.02);
  });

  it("of five rows end where those of all 3,125 draws do: at levels from 0.01 to 0.04, and 0.96 to 0.99", () => {
    const values = [1, 2.5, 3, 4.2, 7];
    const outputs = [2, 1.5, 3.4, 5, 6];
    const all = Array.from({ length: 3125 }, (_, draw) => {
      const rows = [1, 5, 25, 125, 625].map((place) => Math.floor(draw / place) % 5);
      const [drawn, given] = [values, outputs].map((each) => rows.map((row) => each[row]));
      return (scoresOf({ labels: undefined, values: drawn }, given) as ValueScores).r2;
    }).sort((a, b) => a - b);
    const at = (level: number) => all[Math.round(level * 3124)];
    for (const seed of [1, 2, 3]) {
      const { r2 } = intervalsOf({ labels: undefined, values }, outputs, seed) as ValueIntervals;
      expect(r2[0]).toBeGreaterThanOrEqual(at(0.01));
      expect(r2[0]).toBeLessThanOrEqual(at(0.04));
      expect(r2[1]).toBeGreaterThanOrEqual(at(0.96));
      expect(r2[1]).toBeLessThanOrEqual(at(0.99));
    }
  });

  it("of rows of two values are finite: a draw of one value alone has an R² of 0", () => {
    // Six equal values, whose sums are rounded: without care, their spread would be 1e-17.
    const values = [...new Array<number>(6).fill(1 / 3), 0.7];
    const outputs = [...new Array<number>(6).fill(0.3), 0.8];
    const { r2 } = intervalsOf({ labels: undefined, values }, outputs, 1) as ValueIntervals;
    expect(r2[0]).toBe(0);
    expect(r2[1]).toBeLessThanOrEqual(1);
  });
});

describe("crossValidate", () => {
  it("scores the predictions of all folds together: each row once", async () => {
    const result = await crossValidate(backend, file("iris"), { target: "species", folds: 3 });
    const scores = result.scores as ClassScores;
    expect(scores.classes.map(({ rows }) => rows)).toEqual([50, 50, 50]);
    const hits = result.folds.map(({ scores }) =>
      (scores as ClassScores).confusionMatrix.reduce((sum, row, k) => sum + row[k], 0),
    );
    expect(scores.accuracy).toBeCloseTo(hits.reduce((a, b) => a + b) / 150, 12);
    const [low, high] = (result.intervals as ClassIntervals).accuracy;
    expect(low).toBeLessThan(scores.accuracy);
    expect(high).toBeGreaterThan(scores.accuracy);
    expect(scores.rocAuc).toBeGreaterThan(0.98);
    // What is most frequent in training is least frequent in the fold.
    const { accuracy } = result.baseline as ClassScores;
    expect(accuracy).toBeGreaterThan(0.3);
    expect(accuracy).toBeLessThanOrEqual(1 / 3);
    expect(result.notes).toEqual([]);
  });

  it("has the R² of all rows together, whose mean is that of all", async () => {
    const result = await crossValidate(backend, file("diabetes"), { target: "target", folds: 3 });
    const { rmse } = result.scores as ValueScores;
    const ofFolds = result.folds.map(({ scores }) => (scores as ValueScores).rmse);
    // Folds of 148, 147 and 147 rows: the squares' mean weighs them all but alike.
    const mean = Math.sqrt(ofFolds.reduce((sum, each) => sum + each * each, 0) / 3);
    expect(Math.abs(rmse / mean - 1)).toBeLessThan(0.005);
    const { r2 } = result.intervals as ValueIntervals;
    expect(r2[0]).toBeLessThan((result.scores as ValueScores).r2);
    expect(r2[1]).toBeGreaterThan((result.scores as ValueScores).r2);
    // The mean of the other rows explains nothing.
    expect((result.baseline as ValueScores).r2).toBeLessThan(0);
  });
});

describe("held-out predictions", () => {
  /** The class or the value of each row of a result, as the table has it. */
  const actual = ({ targets }: HeldOutPredictions, labels: readonly string[] | undefined) =>
    targets.map((target) => labels?.[target] ?? String(target));

  it("of crossValidate are all rows with a target, in order, and give its scores", async () => {
    const table = await readTable(file("iris").replace(/setosa/, ""));
    const { predictions, labels, scores, intervals } = await crossValidate(backend, table, {
      target: "species",
      folds: 3,
    });
    const species = table.column("species");
    const present = [...species.keys()].filter((row) => species[row] !== "");
    expect(present).toHaveLength(149);
    expect(Array.from(predictions.rows)).toEqual(present);
    expect(actual(predictions, labels)).toEqual(present.map((row) => species[row]));
    expect(predictions.outputs).toHaveLength(3 * 149);
    const targets = { labels, values: predictions.targets };
    expect(scores).toEqual(scoresOf(targets, predictions.outputs));
    expect(intervals).toEqual(intervalsOf(targets, predictions.outputs, 1));
  });

  it("of crossValidate are of the row itself where rows before it have no target", async () => {
    // One row further, each class would be the other one.
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 2}.5,${i === 0 ? "" : ["odd", "even"][i % 2]}`);
    const csv = ["x,y", ...rows].join("\n");
    const { scores } = await crossValidate(backend, csv, { target: "y", folds: 2 });
    expect((scores as ClassScores).accuracy).toBe(1);
  });

  it("of trainTable are in the order of the rows, and give the scores of its report", async () => {
    const table = await readTable(file("diabetes"));
    const { report } = await trainTable(backend, table, { target: "target" });
    const predictions = report.heldOutPredictions as HeldOutPredictions;
    expect(Array.from(predictions.rows)).toEqual([...table.lines.keys()]);
    expect(actual(predictions, undefined)).toEqual(table.column("target"));
    const targets = { labels: undefined, values: predictions.targets };
    expect(scoresOf(targets, predictions.outputs)).toEqual(report.heldOut);
    expect((report.heldOut as ValueScores).r2).toBeGreaterThan(0.3);
  });

  it("of evaluateTable are all rows with a target", async () => {
    const { model } = linear();
    const table = await readTable("a;b;c;y\n2;2;3;10,5\n0;0;0;2\n1;1;1;-\n1;1;2;6,5\n");
    const { predictions, labels } = evaluateTable(model, table, { target: "y" });
    expect(labels).toBeUndefined();
    expect(Array.from(predictions.rows)).toEqual([0, 1, 3]);
    expect(predictions.targets).toEqual([10.5, 2, 6.5]);
    // 3 a + b + 2.
    expect(Array.from(predictions.outputs, (output) => Math.round(1e4 * output) / 1e4)).toEqual([10, 2, 6]);
  });

  it("leave out a row that is the only one of its class, which every fold learns from", async () => {
    const table = await readTable(file("iris").replace(/setosa/, "other"));
    const result = await crossValidate(backend, table, { target: "species", folds: 3 });
    expect(result.predictions.rows).toHaveLength(149);
    expect((result.scores as ClassScores).classes.map(({ rows }) => rows)).toEqual([0, 49, 50, 50]);
    const given = Array.from({ length: 149 }, (_, row) =>
      result.predictions.outputs.slice(4 * row, 4 * row + 4).reduce((sum, each) => sum + each),
    );
    for (const sum of given) expect(sum).toBeCloseTo(1, 5);
  });

  it("have each value of a regression, also where one is left over", async () => {
    // Values are dealt to the folds in runs of 25: the 26th would be a run of its own.
    const rows = Array.from({ length: 26 }, (_, i) => `${(i * 7) % 26}.5,${100 + 2 * ((i * 7) % 26)}.25`);
    const table = await readTable(["x,y", ...rows].join("\n"));
    const { predictions } = await crossValidate(backend, table, { target: "y", folds: 2 });
    expect(Array.from(predictions.rows)).toEqual([...table.lines.keys()]);
    for (const output of predictions.outputs) expect(output).toBeGreaterThan(50);
  });
});

/** A class of 1 in 8 rows that x tells only so far. */
const rare = [
  "x,y",
  ...Array.from({ length: 400 }, (_, i) => {
    const x = (i * 37) % 100;
    return `${x}.5,${x > 50 && (i * 7919) % 4 === 0 ? "rare" : "common"}`;
  }),
].join("\n");

describe("notes", () => {
  it("recommend weights where the rarest class is seldom found, and not where they were used", async () => {
    const { report } = await trainTable(backend, rare, { target: "y" });
    expect(report.notes).toEqual([
      expect.stringMatching(/^of the \d+ rows of the rare class "rare" \d+ % are found.*"balanced"/),
    ]);
    expect((report.heldOutIntervals as ClassIntervals).accuracy[0]).toBeGreaterThan(0.7);
    const balanced = await trainTable(backend, rare, { target: "y", classWeights: "balanced" });
    expect(balanced.report.notes).toEqual([]);
  });

  it("follow the rule: of classes with at least 10 rows the rarest, a recall below half the accuracy", () => {
    /** Scores for 90 rows of a, all correct, and rows of b, of which `found` are correct. */
    const scores = (rows: number, found: number) => {
      const outputs = [...new Array(90).fill([0.9, 0.1])];
      for (let i = 0; i < rows; i++) outputs.push(i < found ? [0.1, 0.9] : [0.9, 0.1]);
      const values = outputs.map((_, row) => Number(row >= 90));
      return scoresOf({ labels: ["a", "b"], values }, outputs.flat());
    };
    const notes = (of?: ReturnType<typeof scores>, options = {}) =>
      notesOf(of, options, { labels: undefined, values: [0, 1] });
    expect(notes(scores(10, 4))).toHaveLength(1); // 0.4 of 0.94
    expect(notes(scores(10, 5))).toEqual([]);
    expect(notes(scores(9, 0))).toEqual([]);
    expect(notes(scores(10, 4), { classWeights: "balanced" })).toEqual([]);
    expect(notes()).toEqual([]);
  });

  it("name classes that are probably one, and those of one row", () => {
    const notes = (...labels: string[]) =>
      notesOf(undefined, {}, { labels, values: labels.flatMap((_, i) => [i, i]) });
    expect(notes("Yes", "no", "yes")).toEqual([
      'the classes "Yes" and "yes" differ only in case, in spaces or in how a number is written',
    ]);
    expect(notes("007", "7", "8")).toHaveLength(1);
    expect(notes(" a", "a", "b c", "b  c")).toHaveLength(2);
    expect(notes("7", "8", "a")).toEqual([]);
    expect(notesOf(undefined, {}, { labels: ["a", "b", "c"], values: [0, 0, 1, 2] })).toEqual([
      'only one row has the class "b", "c": it is learned from, but no score says how well it is predicted',
    ]);
  });

  it("recommend an offset for values that are close together and far from 0", async () => {
    const times = Array.from({ length: 60 }, (_, i) => 1_700_000_000 + 60 * i);
    const note =
      "the targets are 1700000000 with a deviation of 1040; predictions are float32, whose numbers are 100 apart there: subtract an offset such as 1700000000 from the targets, and add it to the predictions";
    const csv = ["x,y", ...times.map((time, i) => `${(i * 7) % 60}.5,${time}`)].join("\n");
    const quick = { target: "y", recipe: { networks: 1, epochs: 1 } };
    expect((await trainTable(backend, csv, quick)).report.notes).toEqual([note]);
    expect((await crossValidate(backend, csv, { ...quick, folds: 2 })).notes).toEqual([note]);
    const notes = (values: number[]) => notesOf(undefined, {}, { labels: undefined, values });
    // A deviation of 1 around a mean: at 1e4 float32 has three digits behind it left.
    expect(notes([10_001, 10_003])).toHaveLength(1);
    expect(notes([-10_001, -10_003])).toHaveLength(1);
    expect(notes([9_998, 10_000])).toEqual([]);
    expect(notes([1e9, 1e9])).toEqual([]);
    expect(notesOf(undefined, {}, { labels: ["a", "b"], values: [1, 1, 0, 0] })).toEqual([]);
  });
});

/** A linear model of three columns, with weights that are given. */
function linear() {
  const { kernel, bias, x, y } = golden.importance;
  const encoding: Encoding = {
    columns: ["a", "b", "c"].map((name) => ({
      name,
      kind: "number",
      features: [{ of: "value", median: 0, mean: 0, deviation: 1 }],
    })),
  };
  const model = new Sequential(backend, { inputShape: 3, encoding, layers: [dense(1)] });
  const [weights, offset] = model.parameters;
  weights.value.data.set(kernel);
  offset.value.data.set([bias]);
  const cells = [0, 1, 2].map((column) => x.map((row) => String(row[column])));
  const lines = y.map((_, row) => row + 2);
  return { model, table: new Table("linear", ["a", "b", "c", "y"], [...cells, y.map(String)], lines) };
}

describe("permutationImportance", () => {
  it("is that of scikit-learn within the error of 200 shuffles, sorted, with its deviation", () => {
    const { model, table } = linear();
    const found = permutationImportance(model, table, { target: "y", repeats: 200 });
    const { importance, deviation } = golden.importance;
    expect(found.map(({ column }) => column)).toEqual(["a", "b", "c"]);
    found.forEach((each, i) => {
      // Four standard errors of the mean of 200; the model's float32 leaves 1e-6.
      expect(Math.abs(each.importance - importance[i])).toBeLessThanOrEqual(
        (4 * deviation[i]) / Math.sqrt(200) + 1e-6,
      );
      expect(Math.abs(each.deviation - deviation[i])).toBeLessThanOrEqual(0.25 * deviation[i] + 1e-6);
    });
    expect(permutationImportance(model, table, { target: "y", repeats: 200 })).toEqual(found);
    const other = permutationImportance(model, table, { target: "y", repeats: 200, seed: 2 });
    expect(other).not.toEqual(found);
  });

  it("finds the column that decides, of a category, a date and a number with gaps", async () => {
    const rows = Array.from({ length: 240 }, (_, i) => {
      const colour = ["red", "green", "blue"][(i * 7) % 3];
      const age = i % 11 === 0 ? "" : 20 + ((i * 13) % 50);
      return `2024-${String(1 + (i % 7)).padStart(2, "0")}-03,${age},${colour},${colour === "red" ? "yes" : "no"}`;
    });
    const table = await readTable(["day,age,colour,bought", ...rows].join("\n"));
    const { model, encoding } = await trainTable(backend, table, { target: "bought" });
    const found = permutationImportance(model, table, { target: "bought" });
    expect(found.map(({ column }) => column).sort()).toEqual(encoding.columns.map(({ name }) => name).sort());
    expect(found[0].column).toBe("colour");
    // A third is red: shuffled, 4 of 9 rows change the answer.
    expect(Math.abs(found[0].importance - 4 / 9)).toBeLessThan(0.1);
    for (const { importance } of found.slice(1)) expect(importance).toBeLessThan(0.02);
  });

  it("refuses repeats that are no count", () => {
    const { model, table } = linear();
    for (const repeats of [0, 1.5])
      expect(() => permutationImportance(model, table, { target: "y", repeats })).toThrow(/repeats/);
  });
});

describe("evaluateTable", () => {
  it("scores a model on other rows, also one that lanewise/inference has loaded", async () => {
    const iris = await readTable(file("iris"));
    const rows = [...iris.lines.keys()];
    const even = iris.take(rows.filter((row) => row % 2 === 0));
    const odd = iris.take(rows.filter((row) => row % 2 === 1));
    const { model } = await trainTable(backend, even, { target: "species" });
    const found = evaluateTable(model, odd, { target: "species" });
    expect(found).toMatchObject({ task: "classification", rows: 75 });
    const scores = found.scores as ClassScores;
    expect(scores.accuracy).toBeGreaterThan(0.9);
    expect(scores.classes.map(({ label, rows }) => `${label} ${rows}`)).toEqual([
      "setosa 25",
      "versicolor 25",
      "virginica 25",
    ]);
    const small = await inference.loadModel(inference.createBackendSync(), saveModel(model));
    expect(evaluateTable(small, odd, { target: "species" })).toEqual(found);
  });

  it("has the baseline of the rows that were trained on: their shares of the classes, or their mean", async () => {
    const classes = (rows: string) => readTable(`x,y\n${rows}`);
    const trained = await trainTable(
      backend,
      await classes(`${"1.5,a\n2.5,b\n3.5,b\n4.5,b\n5.5,b\n".repeat(6)}`),
      { target: "y", recipe: { epochs: 1 } },
    );
    // Shares of 0.2 and 0.8, on 15 rows of a and 5 of b.
    const other = await classes("1.5,a\n".repeat(15) + "2.5,b\n".repeat(5));
    expect(evaluateTable(trained.model, other, { target: "y" }).baseline).toMatchObject({
      accuracy: 0.25,
      balancedAccuracy: 0.5,
      logLoss: expect.closeTo(-(15 * Math.log(0.2) + 5 * Math.log(0.8)) / 20, 12),
    });
    const values = await trainTable(backend, `x,y\n${"1,1.5\n2,2.5\n".repeat(20)}`, {
      target: "y",
      recipe: { epochs: 1 },
    });
    // The guess is 2, the mean is 6.
    const three = await readTable("x,y\n1,4\n2,6\n1,8\n");
    expect(evaluateTable(values.model, three, { target: "y" }).baseline).toEqual({
      r2: expect.closeTo(1 - (4 + 16 + 36) / (4 + 0 + 4), 12),
      rmse: expect.closeTo(Math.sqrt((4 + 16 + 36) / 3), 12),
      mae: expect.closeTo(4, 12),
    });
    values.model.metadata.table = "text of the user's own";
    expect(evaluateTable(values.model, three, { target: "y" }).baseline).toBeUndefined();
  });

  it("scores rows of a single class", async () => {
    const iris = await readTable(file("iris"));
    const { model } = await trainTable(backend, iris, { target: "species" });
    const setosas = await readTable(file("iris").split("\n").slice(0, 51).join("\n"));
    const { rows, scores } = evaluateTable(model, setosas, { target: "species" });
    expect([rows, (scores as ClassScores).accuracy]).toEqual([50, 1]);
  });

  it("says whether the model was trained on the very table", async () => {
    const table = await readTable(file("iris"));
    const { model } = await trainTable(backend, table, { target: "species" });
    const loaded = await inference.loadModel(inference.createBackendSync(), saveModel(model));
    const on = (tested: Table, given: TableModel = model) =>
      evaluateTable(given, tested, { target: "species" }).trainedOn;
    expect([on(table), on(table, loaded), on(await readTable(file("iris")))]).toEqual([true, true, true]);
    expect(on(await readTable(`${file("iris")}\n`))).toBe(false);
    expect(on(table.take([...table.lines.keys()]))).toBe(false);
    const others: Record<string, string>[] = [{}, { table: "oak" }, { table: "null" }, { table: "7" }];
    for (const metadata of others) {
      const { encoding, labels } = model;
      expect(on(table, { encoding, labels, metadata, predict: (x) => model.predict(x) })).toBe(false);
    }
    const ofTaken = await trainTable(backend, table.take([...table.lines.keys()]), { target: "species" });
    expect(on(table, ofTaken.model)).toBe(false);
    expect(on(table.take([0, 60]), ofTaken.model)).toBe(false);
  });

  it("reads values as the table writes them, and leaves rows without one out", async () => {
    const { model } = linear();
    const table = await readTable("a;b;c;y\n2;2;3;10,5\n0;0;0;2\n1;1;1;-\n1;1;2;6,5\n1;0;1;5,5\n");
    const { rows, scores } = evaluateTable(model, table, { target: "y" });
    expect(rows).toBe(4);
    // 3 a + b + 2: errors of 0.5, 0, 0.5 and 0.5.
    expect((scores as ValueScores).mae).toBeCloseTo(0.375, 5);
  });

  it("refuses classes that the model does not know, all at once, and what is no such model", async () => {
    const { model } = await trainTable(backend, rare, { target: "y" });
    const other = await readTable("x,y\n1,rare\n2,odd\n3,odd\n4,even\n5,common\n");
    expect(() => evaluateTable(model, other, { target: "y" })).toThrow(TableError);
    expect(() => evaluateTable(model, other, { target: "y" })).toThrow(
      /line 3: target y: expected a class of the model, got "odd" \(and 1 more such\); it has common, rare; missing: \["odd"\] takes it for no value\n- line 5: .* got "even"/,
    );
    const table = await readTable(rare);
    for (const options of [undefined, {}, { target: "y", seed: 0.5 }, { target: "y", repeats: 3 }])
      expect(() => evaluateTable(model, table, options as never)).toThrow(ValueError);
    expect(() => evaluateTable(model, rare as never, { target: "y" })).toThrow(/expected a Table/);
    const bare = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
    expect(() => evaluateTable(bare, table, { target: "y" })).toThrow(/expected a model with an encoding/);
    const logits = {
      encoding: model.encoding,
      labels: model.labels,
      predict: () => new Float32Array(800).fill(2),
    };
    expect(() => evaluateTable(logits, table, { target: "y" })).toThrow(
      /expected a model that gives the probabilities of its 2 labels, got an output of 2/,
    );
    expect(() =>
      evaluateTable({ ...logits, predict: () => new Float32Array(400) }, table, { target: "y" }),
    ).toThrow(/probabilities of its 2 labels, got 1 outputs/);
  });
});
