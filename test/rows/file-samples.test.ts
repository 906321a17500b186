import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createBackend } from "../../src/index.js";
import { type FileSamplesOptions, fileMatrix, fileOutline, fileParts, fileSamples } from "../../src/node.js";
import { encodeTable, findColumns, planEncoding, readTable, trainTableParts } from "../../src/table.js";
import { columnsOf, csvOf, Folder, rowOf } from "./files.js";

const folder = new Folder();
const ROWS = 1050;
const parquet = folder.parquet("rows.parquet", columnsOf(ROWS), 200);
const csv = folder.file("rows.csv", csvOf(ROWS));
const zipped = folder.file("rows.csv.gz", gzipSync(csvOf(ROWS)));
const all = { inputs: ["a", "b"], passed: ["kind", "id"] } as const;

/** Everything that comes of a file. */
async function samplesOf(path: string, options: FileSamplesOptions) {
  const samples: number[] = [];
  const passed: string[][] = [];
  let last = 0;
  for await (const part of fileSamples(path, options)) {
    expect(part.begin).toBe((options.from ?? 0) + passed.length);
    expect(part.done).toBeGreaterThanOrEqual(last);
    last = part.done;
    samples.push(...part.samples);
    for (let row = 0; row < part.rows; row++) passed.push(part.passed.map((cells) => cells[row]));
  }
  return { samples, passed, last };
}

describe("fileSamples", () => {
  it.each([
    ["Parquet", parquet],
    ["CSV", csv],
    ["zipped CSV", zipped],
  ])("gives the rows of %s in order, with cells that are passed through", async (_, path) => {
    const { samples, passed, last } = await samplesOf(path, all);
    expect(samples).toEqual(Array.from({ length: ROWS }, (_, i) => [rowOf(i).a, rowOf(i).b]).flat());
    expect(passed).toEqual(Array.from({ length: ROWS }, (_, i) => [rowOf(i).kind, String(i)]));
    expect(last).toBe(1);
  });

  it.each([parquet, csv])("gives the samples that encodeTable gives: %s", async (path) => {
    const table = await readTable(csvOf(ROWS));
    const encoding = planEncoding(table, findColumns(table, { target: "y" }));
    const { samples } = await samplesOf(path, { inputs: encoding });
    expect(samples).toEqual([...encodeTable(encoding, table)]);
  });

  it("says of what type the cells were", async () => {
    for await (const { types } of fileSamples(parquet, { inputs: ["a"], passed: ["id", "a", "kind"] }))
      expect(types).toEqual(["integer", "number", "text"]);
  });

  it("gives a range of Parquet and of CSV, of any length", async () => {
    for (const path of [parquet, csv])
      for (const [from, to] of [
        [0, 1],
        [199, 402],
        [1000, 5000],
      ]) {
        const { passed } = await samplesOf(path, { ...all, from, to });
        expect(passed.map(([, id]) => Number(id))).toEqual(
          Array.from({ length: Math.min(to, ROWS) - from }, (_, i) => from + i),
        );
      }
    await expect(samplesOf(zipped, { ...all, from: 3 })).rejects.toThrow("got gzip data; unzip it");
  });

  it("refuses values that are missing where it is asked to, and those that a column does not take", async () => {
    const path = folder.file("gaps.csv", "a,b\n1,2\n,3\nNA,4\n5,many\n");
    const number = (name: string) => ({
      name,
      kind: "number" as const,
      features: [{ of: "value" as const, median: 7, mean: 0, deviation: 1 }],
    });
    const inputs = { columns: [number("a")] };
    expect((await samplesOf(path, { inputs })).samples).toEqual([1, 7, 7, 5]);
    await expect(samplesOf(path, { inputs, refuseGaps: true })).rejects.toThrow(
      `fileSamples: ${path}: line 3: column a: expected a number, got "" (and 1 more such)`,
    );
    await expect(samplesOf(path, { inputs: { columns: [number("b")] } })).rejects.toThrow(
      `fileSamples: ${path}: line 5: column b: expected a number, got "many"`,
    );
  });
});

describe("fileMatrix and fileOutline", () => {
  it.each([parquet, csv])("give a range of numbers, and what a file holds: %s", async (path) => {
    expect([...(await fileMatrix(path, { columns: ["y", "a"], from: 399, to: 401 }))]).toEqual([
      0, 99.75, 1, 100,
    ]);
    const { columns, rows } = await fileOutline(path);
    expect([rows, columns.map(({ name }) => name)]).toEqual([ROWS, ["id", "a", "b", "kind", "y"]]);
  });

  it("name the function in their errors", async () => {
    await expect(fileMatrix(csv, { columns: ["x"] })).rejects.toThrow("fileMatrix: ");
    await expect(fileOutline("nowhere.parquet")).rejects.toThrow(
      "fileOutline: nowhere.parquet: no such file",
    );
    await expect(fileOutline(csv, { encoding: "klingon" })).rejects.toThrow(
      "fileOutline expected encoding to be a label of the Encoding Standard",
    );
  });
});

describe("fileParts", () => {
  it.each([
    ["by a thread", true],
    ["without", false],
  ])("give the table of the CSV from Parquet, %s", async (_, thread) => {
    const table = await readTable(csvOf(ROWS));
    const cells: string[][] = table.columns.map(() => []);
    const lines: number[] = [];
    for await (const part of fileParts(parquet, { thread })) {
      expect(part.columns).toEqual(table.columns);
      part.cells.forEach((column, i) => {
        cells[i].push(...column);
      });
      lines.push(...part.lines);
    }
    expect(cells).toEqual(table.cells);
    expect(lines).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });

  it("train the model of the CSV", async () => {
    const backend = await createBackend();
    const digest = async (path: string) => {
      const recipe = { networks: 1, epochs: 1 };
      const { model } = await trainTableParts(backend, () => fileParts(path), { target: "kind", recipe });
      return model.weightsDigest();
    };
    expect(await digest(parquet)).toBe(await digest(csv));
  });
});
