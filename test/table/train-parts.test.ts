import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, type Model, ValueError } from "../../src/index.js";
import { Drift } from "../../src/table/drift.js";
import { Reservoir } from "../../src/table/reservoir.js";
import { TargetCounts } from "../../src/table/target.js";
import { type PartSizes, trainPartsWithin } from "../../src/table/train-parts.js";
import {
  findColumns,
  readTable,
  readTableParts,
  type Table,
  TableError,
  type TrainingOptions,
  trainTable,
  trainTableParts,
} from "../../src/table.js";

const backend = createBackendSync();
const iris = readFileSync(new URL("../../examples/data/iris.csv", import.meta.url), "utf8");

/** Much less than a table of 600 rows, so that it is trained on in several blocks of several parts. */
const small: PartSizes = { sample: 150, block: 130, held: 40, numbers: 100_000 };

const rowsOf = (rows: number, row: (i: number) => string) => Array.from({ length: rows }, (_, i) => row(i));
const csvOf = (header: string, rows: readonly string[]) => [header, ...rows].join("\n");

/** Numbers below n that look random: the seed is prime to them. */
const scattered = (i: number, n: number, seed = 7919) => (i * seed + ((i * i) % 101)) % n;

/** Whether a visitor buys follows from the colour and the age; there are gaps in the ages and the targets. */
const visitRows = rowsOf(600, (i) => {
  const colour = ["red", "green", "blue"][scattered(i, 3, 7)];
  const age = i % 13 === 0 ? "" : String(20 + scattered(i, 50, 37));
  const buys = colour === "red" ? Number(age) < 45 : Number(age) >= 60;
  return `${colour},${age},${1 + scattered(i, 12, 5)},${i % 50 === 49 ? "NA" : buys ? "yes" : "no"}`;
});
const visits = csvOf("colour,age,month,buys", visitRows);

/** The parts of a table, of so many rows each. */
async function cut(csv: string, rows: number): Promise<Table[]> {
  const table = await readTable(csv, { name: "visits" });
  const all = [...table.lines.keys()];
  return Array.from({ length: Math.ceil(all.length / rows) }, (_, i) =>
    table.take(all.slice(i * rows, (i + 1) * rows)),
  );
}

const train = async (csv: string, options: TrainingOptions, rows = 100, sizes = small) => {
  const parts = await cut(csv, rows);
  return trainPartsWithin(sizes, backend, () => parts, options);
};
const digest = ({ model }: { model: Model }) => model.weightsDigest();

describe("trainTableParts", () => {
  it("trains on a table that fits into the sample as trainTable does, to the bit", async () => {
    const parts = await trainTableParts(backend, () => readTableParts(iris), { target: "species" });
    const whole = await trainTable(backend, iris, { target: "species" });
    expect(await digest(parts)).toBe(await digest(whole));
    expect(parts.report).toEqual(whole.report);
  });

  it("gives the same bits wherever the table is cut, and others for another seed", async () => {
    const options = { target: "buys" };
    const cutByRows = await Promise.all([1, 77, 600].map((rows) => train(visits, options, rows)));
    const read = await trainPartsWithin(small, backend, () => readTableParts([...visits]), options);
    const digests = await Promise.all([...cutByRows, read].map(digest));
    expect(new Set(digests).size).toBe(1);
    expect(read.report.heldOut).toEqual(cutByRows[0].report.heldOut);
    expect(await digest(await train(visits, { ...options, seed: 2 }))).not.toBe(digests[0]);
  });

  it("scores about as trainTable does, on rows that were held out, beside the baseline", async () => {
    const [parts, whole] = [
      await train(visits, { target: "buys" }),
      await trainTable(backend, visits, { target: "buys" }),
    ].map(({ report }) => report);
    if (parts.task !== "classification" || whole.task !== "classification") throw new Error("not classes");
    const { heldOutPredictions: held, heldOut, heldOutIntervals: intervals } = parts;
    expect(Math.abs((heldOut?.accuracy ?? 0) - (whole.heldOut?.accuracy ?? 0))).toBeLessThan(0.05);
    expect(heldOut?.accuracy).toBeGreaterThan(parts.baseline.accuracy + 0.2);
    expect(intervals?.accuracy[0]).toBeLessThan(heldOut?.accuracy ?? 0);
    // About 40 rows for each of the 8 networks, each row for one network.
    const rows = [...(held?.rows ?? [])];
    expect(rows.length).toBeGreaterThan(250);
    expect(rows.length).toBeLessThan(390);
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
    const labels = ["no", "yes"];
    expect(held?.targets.map((target) => labels[target])).toEqual(
      rows.map((row) => visitRows[row].split(",")[3]),
    );
    expect(held?.outputs.length).toBe(2 * rows.length);
  });

  it("learns values in their unit", async () => {
    const price = (i: number) => 1000 + 20 * scattered(i, 50, 37) + (i % 2 === 0 ? 300 : 0);
    const csv = csvOf(
      "size,garden,price",
      rowsOf(600, (i) => `${scattered(i, 50, 37)},${i % 2 === 0 ? "yes" : "no"},${price(i)}.5`),
    );
    const { model, report } = await train(csv, { target: "price" });
    expect((report.heldOut as { r2: number }).r2).toBeGreaterThan(0.95);
    expect((report.baseline as { r2: number }).r2).toBeCloseTo(0, 1);
    // The deviation of the prices is about 330.
    expect(Math.abs(model.predict([{ size: 25, garden: "yes" }])[0] - 1800)).toBeLessThan(100);
  });

  it("does not learn from the rows that it is scored on", async () => {
    const noise = rowsOf(300, (i) =>
      [...rowsOf(20, (j) => `${scattered(i * 31 + j * 17, 997, 613 + j)}.5`), scattered(i, 2, 3)].join(","),
    );
    const names = rowsOf(20, (j) => `x${j}`);
    const { report } = await train(csvOf([...names, "y"].join(","), noise), { target: "y" });
    expect((report.heldOut as { accuracy: number }).accuracy).toBeLessThan(0.6);
  });

  it("finds every class, and leaves out rows without a target", async () => {
    const rows = visitRows.map((row, i) => (i > 597 ? "red,20,1,perhaps" : row));
    const csv = csvOf("colour,age,month,buys", rows);
    const { model, report } = await train(csv, { target: "buys" });
    expect(model.labels).toEqual(["no", "perhaps", "yes"]);
    const { target } = findColumns(await readTable(csv), { target: "buys" });
    expect(report.findings.target).toEqual(target);
    expect(report.rows).toBe(600 - 11);
  });

  it("weighs classes alike if asked", async () => {
    const csv = csvOf(
      "x,y",
      rowsOf(600, (i) => {
        const x = scattered(i, 100, 37);
        return `${x}.5,${x > 50 && scattered(i, 4, 7) === 0 ? "rare" : "common"}`;
      }),
    );
    const recall = async (options: { classWeights?: "balanced" }) => {
      const { report } = await train(csv, { target: "y", ...options });
      return (report.heldOut as { balancedAccuracy: number }).balancedAccuracy;
    };
    expect(await recall({})).toBeLessThan(0.6);
    expect(await recall({ classWeights: "balanced" })).toBeGreaterThan(0.65);
  });

  it("learns as well from rows that are sorted by their target, in several passes each epoch", async () => {
    const sorted = visitRows
      .filter((row) => !row.endsWith("NA"))
      .sort((a, b) => a.slice(a.lastIndexOf(",")).localeCompare(b.slice(b.lastIndexOf(","))));
    const parts = await cut(csvOf("colour,age,month,buys", sorted), 100);
    let opened = 0;
    const open = () => {
      opened++;
      return parts;
    };
    const options = { target: "buys", recipe: { epochs: 40, patience: 40 } };
    const { report } = await trainPartsWithin(small, backend, open, options);
    expect((report.heldOut as { accuracy: number }).accuracy).toBeGreaterThan(0.93);
    // 588 rows and blocks of 130: five shares of the rows.
    expect(opened).toBe(2 + 5 * 40);
    expect(report.notes[0]).toMatch(/^the target changes along the table: \d+ % .* read the table 5 times/);
    const inNoOrder = await train(visits, { ...options, recipe: { epochs: 1 } });
    expect(inNoOrder.report.notes.join()).not.toContain("the target changes along the table");
  });

  it("learns from the words of a text where that is asked for", async () => {
    const csv = csvOf(
      "comment,price",
      rowsOf(400, (i) => `number ${i} is ${i % 3 === 0 ? "large" : "small"} here,${i % 3 === 0 ? 20.5 : 10}`),
    );
    const options = { target: "price", columns: { comment: "words" }, recipe: { epochs: 30 } } as const;
    const { report } = await train(csv, options);
    expect((report.heldOut as { r2: number }).r2).toBeGreaterThan(0.9);
  });

  it("finds running numbers in a sample, too", async () => {
    const csv = csvOf(
      "at,x,y",
      rowsOf(400, (i) => `${i + 5},${scattered(i, 50, 37)}.5,${scattered(i, 50, 37)}`),
    );
    const { report } = await train(csv, { target: "y" });
    expect(report.findings.columns[0]).toMatchObject({ kind: "identifier", isRunning: true, used: false });
  });

  it("tells its progress from the first pass to the end", async () => {
    const done: number[] = [];
    await train(visits, { target: "buys", onProgress: (part) => done.push(part) });
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done[0]).toBeGreaterThan(0);
    expect(done.at(-1)).toBe(1);
  });

  it("ends when it is aborted, in every pass, and closes the table", async () => {
    const parts = await cut(visits, 100);
    for (const last of [1, 2, 4]) {
      const controller = new AbortController();
      let [passes, closed] = [0, 0];
      const open = async function* () {
        passes++;
        try {
          for (const part of parts) {
            if (passes === last) controller.abort(new Error("enough"));
            yield part;
          }
        } finally {
          closed++;
        }
      };
      const { signal } = controller;
      const training = trainPartsWithin(small, backend, open, { target: "buys", signal });
      await expect(training).rejects.toThrow("enough");
      expect([passes, closed]).toEqual([last, last]);
    }
  });
});

describe("a table that never comes", () => {
  it("does not keep a signal waiting", async () => {
    const parts = await cut(visits, 100);
    const controller = new AbortController();
    let passes = 0;
    const open = async function* () {
      passes++;
      yield parts[0];
      if (passes === 3) {
        setImmediate(() => controller.abort(new Error("enough")));
        await new Promise(() => {});
      }
      yield* parts.slice(1);
    };
    const { signal } = controller;
    const training = trainPartsWithin(small, backend, open, { target: "buys", signal });
    const turns = async () => {
      while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
      return "nothing";
    };
    await expect(Promise.race([training, turns()])).rejects.toThrow("enough");
  });
});

describe("odd cells, beyond the sample", async () => {
  const table = await readTable(visits);
  /** The last rows that the sample of seed 1 does not have. */
  const beyond = (rows: number, sample = small.sample) => {
    const reservoir = new Reservoir(sample, 1);
    reservoir.add(table);
    const sampled = new Set(reservoir.rows().positions);
    return [...table.lines.keys()].filter((row) => !sampled.has(row)).slice(-rows);
  };
  /** The visits, with other ages in some rows. */
  const withAges = (rows: readonly number[], ages: readonly string[]) =>
    csvOf(
      "colour,age,month,buys",
      visitRows.map((row, i) =>
        rows.includes(i) ? row.replace(/,\d*,/, `,${ages[rows.indexOf(i) % ages.length]},`) : row,
      ),
    );

  it("count as missing where there are few, as in trainTable", async () => {
    const { model, report, encoding } = await train(withAges(beyond(4), ["old", "none", "old", "young"]), {
      target: "buys",
    });
    const age = report.findings.columns[1];
    expect(age).toMatchObject({ kind: "number", used: true, gaps: ["none", "old", "young"] });
    expect(age.reason).toMatch(/^is \d+ different numbers.*; none, old, young count as missing$/);
    expect(encoding.columns[1].gaps).toEqual(["none", "old", "young"]);
    const record = { colour: "red", month: 3 };
    const predict = (value: string | null) => [...model.predict([{ ...record, age: value }])];
    expect(predict("old")).toEqual(predict(null));
  });

  it("are refused together before training where there are many", async () => {
    const words = [..."abcdefghijklmn"].map((letter) => letter + letter);
    const rows = beyond(words.length);
    const parts = await cut(withAges(rows, words), 100);
    let passes = 0;
    const open = () => {
      passes++;
      return parts;
    };
    const error = await trainPartsWithin(small, backend, open, { target: "buys" }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TableError);
    expect(passes).toBe(2);
    // The header is line 1. Six words are listed: one more than a column may have.
    expect((error as TableError).problems.map(({ line, count }) => [line, count])).toEqual([
      ...rows.slice(0, 6).map((row) => [row + 2, 1]),
      [undefined, words.length - 6],
    ]);
    expect(error.message).toMatch(
      /^trainTableParts: visits: 7 problems\n- line \d+: column age: expected a number as in 150 rows that were looked at first, got "aa"; missing: \["aa","bb","cc","dd","ee","ff"\] takes them for no value, columns: {"age":"category"} takes all cells for words\n/,
    );
  });

  it("are refused where they are more than one cell in 20", async () => {
    const training = train(withAges(beyond(40), ["old"]), { target: "buys" });
    await expect(training).rejects.toThrow(/got "old" \(and 39 more such\); missing: \["old"\] takes it/);
  });

  it("are refused where the kind was asked for, and in a target", async () => {
    const [row] = beyond(1);
    const csv = withAges([row], ["old"]);
    await expect(train(csv, { target: "buys", columns: { age: "number" } })).rejects.toThrow(
      `line ${row + 2}: column age: expected a number as asked, got "old"`,
    );
    await expect(train(csv, { target: "age", task: "regression" })).rejects.toThrow(
      `expected numbers for a regression, got "old" on line ${row + 2}`,
    );
  });
});

describe("an odd target behind more different ones than are counted", () => {
  it("is refused in the second pass, with its line", async () => {
    const csv = csvOf(
      "x,y",
      rowsOf(10_200, (i) => `${i % 50}.5,${i === 10_100 ? "odd" : `${i}.5`}`),
    );
    await expect(train(csv, { target: "y" }, 5000)).rejects.toThrow(
      'line 10102: target y: expected a number, got "odd"; missing: ["odd"] leaves such rows out',
    );
  });
});

describe("what trainTableParts refuses", () => {
  it("wrong options, and columns that are not there", async () => {
    await expect(train(visits, { target: "buy" })).rejects.toThrow('did you mean "buys"?');
    for (const options of [{}, { target: "buys", seed: 0.5 }, { target: "buys", rows: 5 }])
      await expect(train(visits, options as never)).rejects.toThrow(ValueError);
  });

  it("what gives no parts", async () => {
    for (const open of [() => 5, () => [5], () => undefined])
      await expect(trainTableParts(backend, open as never, { target: "buys" })).rejects.toThrow(ValueError);
    await expect(trainTableParts(backend, () => [], { target: "buys" })).rejects.toThrow(
      "expected rows, got none",
    );
  });

  it("parts of other columns", async () => {
    const parts = [await readTable("a,b\n1,2\n"), await readTable("a,c\n1,2\n")];
    await expect(trainTableParts(backend, () => parts, { target: "a" })).rejects.toThrow(
      "expected the columns of the first part, a, b, got a, c",
    );
  });

  it("another table in a later pass, such as a generator that gives its parts once", async () => {
    const parts = await cut(visits, 100);
    const once = parts[Symbol.iterator]();
    const training = trainPartsWithin(small, backend, () => once, { target: "buys" });
    await expect(training).rejects.toThrow("open must give the same table each time");
    let passes = 0;
    const changing = () => (++passes < 3 ? parts : parts.slice(1));
    await expect(trainPartsWithin(small, backend, changing, { target: "buys" })).rejects.toThrow(
      "expected the 600 rows of the first pass, got 500",
    );
  });

  it("too few targets to hold some out", async () => {
    const csv = csvOf(
      "x,y",
      rowsOf(400, (i) => `${i}.5,${i < 10 ? i : ""}`),
    );
    await expect(train(csv, { target: "y" })).rejects.toThrow(
      "expected at least 20 rows with a target among 400, got 10",
    );
  });
});

describe("the drift of targets", () => {
  const driftOf = (targets: readonly number[], run: number, classes?: number) => {
    const drift = new Drift(classes, run);
    for (const target of targets) drift.add(target);
    return drift.share();
  };

  it("is the part of the variance that lies between runs of rows, beyond chance", () => {
    expect(driftOf([0, 0, 1, 1, 2, 2], 2, 3)).toBeCloseTo(1, 12);
    expect(driftOf([0, 1, 0, 1, 0, 1], 2, 2)).toBe(0);
    // Two runs with means of 2 and 7.
    const values = [1, 3, 2, 6, 8, 7].map((value) => 1e9 + value);
    const [within, all] = [2 / 3, 2 / 3 + 6.25];
    expect(driftOf(values, 3)).toBeCloseTo(1 - ((within / all) * 5) / 4, 9);
    // A last run of one row: squares of 1, 1 and 0 within runs, of 4, 0 and 4 in all.
    expect(driftOf([0, 2, 4], 2)).toBeCloseTo(1 - (2 / 8) * 2, 12);
    expect(driftOf([5, 5, 5], 2)).toBe(0);
    expect(driftOf([1, 2, 3], 1)).toBe(0);
  });
});

describe("targets of more different cells than are counted", () => {
  const counted = (cells: readonly string[]) => {
    const counts = new TargetCounts("y", 3);
    cells.forEach((cell, row) => {
      counts.add(cell, row + 2);
    });
    return (options = {}) => counts.decide("trainTableParts", "visits", cells.length + 1, options);
  };

  it("are values if all cells that are counted are numbers", () => {
    const decide = counted(["1.5", "2.5", "1.5", "4.5", "5.5", "none", "6.5"]);
    expect(decide()).toMatchObject({ task: "regression", gaps: ["none"], present: 6 });
    expect(decide().reason).toBe(
      'numbers, more than 3 different in 6 rows, so regression; task: "classification" would override; 2 rows without it are left out',
    );
  });

  it("are too many for classes", () => {
    expect(counted(["a", "b", "c", "d"])).toThrow(
      'target y: more than 3 different values in 4 rows are too many for classes, and "a" on line 2 is no number',
    );
    const numbers = counted(["1", "2", "3", "4"]);
    expect(() => numbers({ task: "classification" })).toThrow("more than 3 different values in 4 rows");
  });
});
