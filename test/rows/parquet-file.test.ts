import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { describe, expect, it } from "vitest";
import { openParquet } from "../../src/rows/parquet-file.js";
import { textOf } from "../../src/rows/text-of.js";
import { columnsOf, Folder } from "./files.js";

const folder = new Folder();
const fixtures = fileURLToPath(new URL("../data/parquet", import.meta.url));

/** All values by openParquet, as text. */
async function readByBlocks(path: string): Promise<string[][]> {
  const file = await openParquet(path);
  const names = file.columns.map(({ name }) => name);
  const rows: string[][] = [];
  for (const block of file.blocks.keys()) {
    const { rows: count, columns } = await file.read(block, names);
    for (let row = 0; row < count; row++)
      rows.push(names.map((name) => columns.get(name)?.text(row) ?? "no column"));
  }
  await file.close();
  return rows;
}

/** All values by hyparquet's own reader, as text. TIME is the only type whose text depends on the schema. */
async function readByHyparquet(path: string): Promise<string[][]> {
  const records = await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
  return records.map((record) =>
    Object.entries(record).map(([name, value]) =>
      textOf(value, name === "opened" ? { logical_type: { type: "TIME", unit: "MICROS" } } : {}),
    ),
  );
}

describe("the blocks of a Parquet file", () => {
  const written = readdirSync(fixtures).filter((name) => /\.parquet$/.test(name) && name !== "empty.parquet");

  it.each(written)("have the values that hyparquet reads: %s", async (name) => {
    const path = `${fixtures}/${name}`;
    const rows = await readByBlocks(path);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows).toEqual(await readByHyparquet(path));
  });

  it("have the values of several pages and row groups, with gaps and without", async () => {
    const count = 1000;
    const gap = <Value>(value: (i: number) => Value) =>
      Array.from({ length: count }, (_, i) => (i % 5 === 1 ? null : value(i)));
    const path = folder.parquet(
      "gaps.parquet",
      [
        ...columnsOf(count),
        { name: "gaps", data: gap((i) => i / 8), type: "DOUBLE", nullable: true },
        { name: "words", data: gap((i) => `word ${i % 11}`), type: "STRING", nullable: true },
        { name: "none", data: Array.from({ length: count }, () => null), type: "DOUBLE", nullable: true },
        {
          name: "large",
          data: gap((i) => 9_007_199_254_740_993n + BigInt(i)),
          type: "INT64",
          nullable: true,
        },
        { name: "single", data: Float32Array.from({ length: count }, (_, i) => i / 10) },
        { name: "truth", data: gap((i) => i % 2 === 0), type: "BOOLEAN", nullable: true },
      ],
      300,
      512,
    );
    const rows = await readByBlocks(path);
    expect(rows).toEqual(await readByHyparquet(path));
    expect(rows[1].slice(5)).toEqual(["", "", "", "", "0.10000000149011612", ""]);
    expect(rows[2][8]).toBe("9007199254740995");
  });

  it("are the row groups, in order", async () => {
    const file = await openParquet(folder.parquet("groups.parquet", columnsOf(250)));
    expect(file.rows).toBe(250);
    expect(file.blocks.map(({ begin, rows }) => [begin, rows])).toEqual([
      [0, 100],
      [100, 100],
      [200, 50],
    ]);
    expect(file.columns.map(({ type }) => type)).toEqual(["integer", "number", "number", "text", "integer"]);
    await file.close();
  });

  it("are parts of a row group that is larger than a block", async () => {
    const count = 300_000;
    const data = Int32Array.from({ length: count }, (_, i) => i);
    const path = folder.parquet("large.parquet", [{ name: "id", data }], count, 100_000);
    const file = await openParquet(path);
    expect(file.blocks.map(({ begin, rows }) => [begin, rows])).toEqual([
      [0, 262_144],
      [262_144, 37_856],
    ]);
    const { columns } = await file.read(1, ["id"]);
    expect([columns.get("id")?.value(0), columns.get("id")?.value(37_855)]).toEqual([262_144, 299_999]);
    await file.close();
  });

  it("are refused when the file is cut off", async () => {
    const path = folder.file("cut.parquet", "PAR1 and no more");
    await expect(openParquet(path)).rejects.toThrow(`${path}: cannot be read as Parquet: `);
  });
});
