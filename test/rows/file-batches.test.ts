import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { adam, createBackend, dense, restoreCheckpoint, Sequential, sgd } from "../../src/index.js";
import { type FileBatches, type FileBatchesOptions, fileBatches } from "../../src/node.js";
import { columnsOf, csvOf, Folder, rowOf } from "./files.js";

const folder = new Folder();
const ROWS = 1050;
const parquet = folder.parquet("rows.parquet", columnsOf(ROWS), 200);
const csv = folder.file("rows.csv", csvOf(ROWS));
const files = [
  ["Parquet", parquet],
  ["CSV", csv],
] as const;

const some: FileBatchesOptions = { inputs: ["a", "id"], target: "y", batchSize: 64, shuffle: false };

/** All rows of an epoch, each with its inputs and its target, and the rows of each batch. */
async function epochOf(batches: FileBatches, epoch?: number) {
  const rows: number[][] = [];
  const sizes: number[] = [];
  for await (const [inputs, targets] of batches(epoch)) {
    sizes.push(targets.length);
    const width = inputs.length / targets.length;
    targets.forEach((target, row) => {
      rows.push([...inputs.subarray(row * width, (row + 1) * width), target]);
    });
  }
  return { rows, sizes };
}

const expected = Array.from({ length: ROWS }, (_, i) => [rowOf(i).a, i, rowOf(i).y]);
const sorted = (rows: readonly number[][]) => [...rows].sort(([, a], [, b]) => a - b);
const digest = (rows: unknown) => createHash("sha256").update(JSON.stringify(rows)).digest("hex");

describe("fileBatches", () => {
  it.each(files)("gives the rows of %s in order, in batches of one size but the last", async (_, path) => {
    const { rows, sizes } = await epochOf(fileBatches(path, some));
    expect(rows).toEqual(expected);
    expect(sizes).toEqual([...Array.from({ length: 16 }, () => 64), 26]);
  });

  it.each(files)("gives each row of %s once in an order of the seed and the epoch", async (_, path) => {
    const options = { ...some, shuffle: 3, buffer: 300 };
    const batches = fileBatches(path, options);
    const [first, second] = [await epochOf(batches), await epochOf(batches)];
    expect(sorted(first.rows)).toEqual(expected);
    expect(sorted(second.rows)).toEqual(expected);
    expect(first.rows).not.toEqual(expected);
    expect(second.rows).not.toEqual(first.rows);
    // The epoch may be asked for, as fit does.
    expect(await epochOf(fileBatches(path, options), 1)).toEqual(second);
    expect((await epochOf(fileBatches(path, { ...options, shuffle: 4 }))).rows).not.toEqual(first.rows);
    expect(await epochOf(fileBatches(path, { ...options, thread: false }))).toEqual(first);
  });

  it("gives the same order of the same row groups everywhere", async () => {
    const { rows } = await epochOf(fileBatches(parquet, { ...some, shuffle: 3, buffer: 300 }));
    expect(digest(rows)).toBe("a6773afa1f3fc36493ccd2769ad0be662a9631dbbdac28eb760bb32e5e5fd8ac");
  });

  it("shuffles rows of several row groups together, and row groups among each other", async () => {
    const path = folder.parquet("five.parquet", columnsOf(1000), 200);
    const { rows } = await epochOf(fileBatches(path, { ...some, shuffle: 1, buffer: 400 }));
    const groups = rows.map(([, id]) => Math.floor(id / 200));
    // Two row groups at a time, in an order by chance.
    expect(new Set(groups.slice(0, 400)).size).toBe(2);
    expect(groups.slice(0, 400).filter((group, i) => group !== groups[i + 1]).length).toBeGreaterThan(100);
    expect(new Set(groups.slice(0, 400))).not.toEqual(new Set([0, 1]));
  });

  it("gives rows of a range, of classes, and of several targets", async () => {
    const classes = { ...some, target: "kind", labels: ["red", "green", "blue"], from: 190, to: 203 };
    for (const [, path] of files) {
      const { rows } = await epochOf(fileBatches(path, classes));
      expect(rows).toEqual(Array.from({ length: 13 }, (_, i) => [(190 + i) / 4, 190 + i, (190 + i) % 3]));
    }
    for await (const [, targets] of fileBatches(csv, { ...some, target: ["y", "b"], to: 2 })())
      expect([...targets]).toEqual([0, 1, 1, -2]);
  });

  it("takes an encoding for the inputs", async () => {
    const features = [{ of: "categories", values: ["red", "green", "blue"] }] as const;
    const inputs = { columns: [{ name: "kind", kind: "category", features }] } as const;
    for (const [, path] of files) {
      const { rows } = await epochOf(fileBatches(path, { ...some, inputs, to: 3 }));
      expect(rows).toEqual([
        [1, 0, 0, 0],
        [0, 1, 0, 1],
        [0, 0, 1, 2],
      ]);
    }
  });

  it("trains a model to the same bits from Parquet and from CSV, by a thread and without", async () => {
    const backend = await createBackend();
    const weights = async (path: string, options: Partial<FileBatchesOptions> = {}) => {
      const layers = [dense(4, { activation: "tanh" }), dense(1)];
      const model = new Sequential(backend, { inputShape: 2, seed: 5, layers });
      const batches = fileBatches(path, { ...some, shuffle: 2, buffer: 2000, ...options });
      await model.fit(batches, {
        loss: "meanSquaredError",
        epochs: 2,
        optimizer: sgd({ learningRate: 0.001 }),
      });
      return model.weightsDigest();
    };
    const once = await weights(parquet);
    expect(await weights(parquet)).toBe(once);
    expect(await weights(parquet, { thread: false })).toBe(once);
    // Where all blocks are shuffled together and no block is before another one, the cut does not matter.
    const single = folder.parquet("single.parquet", columnsOf(ROWS), 5000);
    expect(await weights(csv)).toBe(await weights(single));
  });

  it("goes on from a checkpoint with the order that the epoch would have had", async () => {
    const backend = await createBackend();
    const create = () =>
      new Sequential(backend, {
        inputShape: 2,
        seed: 5,
        layers: [dense(4, { activation: "tanh" }), dense(1)],
      });
    const options = { ...some, shuffle: 2, buffer: 300 };
    const loss = { loss: "meanSquaredError" } as const;
    const whole = create();
    await whole.fit(fileBatches(parquet, options), { ...loss, epochs: 4 });
    const first = create();
    const begun = adam();
    await first.fit(fileBatches(parquet, options), { ...loss, optimizer: begun, epochs: 2 });
    const { model, optimizer } = restoreCheckpoint(backend, first.checkpoint(begun));
    await model.fit(fileBatches(parquet, options), { ...loss, optimizer, initialEpoch: 2, epochs: 4 });
    expect(await model.weightsDigest()).toBe(await whole.weightsDigest());
  });

  it("ends where fit ends early, and can be read again", async () => {
    const batches = fileBatches(parquet, some);
    for await (const [, targets] of batches()) {
      expect(targets).toHaveLength(64);
      break;
    }
    expect((await epochOf(batches)).rows).toEqual(expected);
  });
});

describe("fileBatches refuses", () => {
  const read = async (path: string, options: Partial<FileBatchesOptions> = {}) => {
    await epochOf(fileBatches(path, { ...some, ...options }));
  };

  it.each(files)("columns that %s lacks, with the ones that were meant", async (_, path) => {
    await expect(read(path, { inputs: ["A", "id"], target: "colour" })).rejects.toThrow(
      `fileBatches: ${path}: 2 problems\n- expected a column "A", got none; did you mean "a"?\n- expected a column "colour", got none; it has id, a, b, kind, y`,
    );
  });

  it("what is no number and what is missing, with column and row", async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ x: i === 150 || i === 160 ? null : i, y: "1" }));
    const gaps = folder.parquet("gaps.parquet", [
      { name: "x", data: rows.map(({ x }) => x), type: "DOUBLE", nullable: true },
      { name: "y", data: rows.map(({ y }) => y), type: "STRING" },
    ]);
    const options = { inputs: ["x"], target: "y" };
    await expect(read(gaps, options)).rejects.toThrow(
      `fileBatches: ${gaps}: line 151: column x: expected a number, got none (and 1 more such)`,
    );
    const words = folder.file("words.csv", "x,y\n1,2\nmany,3\n");
    await expect(read(words, options)).rejects.toThrow(
      `fileBatches: ${words}: line 3: column x: expected a number, got "many"`,
    );
    await expect(read(csv, { target: "kind", labels: ["red", "green"] })).rejects.toThrow(
      `${csv}: line 4: column kind: expected red, green, got "blue" (and 349 more such)`,
    );
  });

  it("a file that is not there, and one that changed since the first epoch", async () => {
    await expect(read("nowhere.csv")).rejects.toThrow("fileBatches: nowhere.csv: no such file");
    const path = folder.file("changing.csv", csvOf(20));
    const batches = fileBatches(path, some);
    await epochOf(batches);
    appendFileSync(path, "21,1,1,red,1\n");
    await expect(epochOf(batches)).rejects.toThrow(
      `fileBatches: ${path}: expected the file of the first epoch, got one that was written to since`,
    );
  });

  it.each([
    [{ inputs: [] }, "inputs to be different names of columns, one at least, got "],
    [{ inputs: ["a", "a"] }, 'inputs to be different names of columns, one at least, got "a"'],
    [
      { inputs: undefined },
      "inputs to be names of columns or an encoding, such as that of a model, got undefined",
    ],
    [{ target: undefined }, "target to be the name of a column, got undefined"],
    [{ labels: ["one"] }, "labels to be names of classes, two at least, got "],
    [{ labels: ["x", "y"], target: ["a", "b"] }, "one target with labels, got 2"],
    [{ batchSize: 0 }, "batchSize"],
    [{ shuffle: true }, "shuffle, if not false,"],
    [{ from: -1 }, "from"],
    [{ from: 5, to: 3 }, "to"],
    [{ thread: 1 }, "thread"],
    [{ batchsize: 3 }, "batchsize"],
  ])("the options %j", (options, message) => {
    const call = () => fileBatches(csv, { ...some, ...options } as never);
    expect(call).toThrow("fileBatches");
    expect(call).toThrow(message);
  });
});
