import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { afterAll } from "vitest";

/** A folder that is removed after the tests of the file. */
export class Folder {
  private readonly path = mkdtempSync(join(tmpdir(), "lanewise-rows-"));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file; returns its path. */
  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }

  /** Writes a Parquet file of some row groups; returns its path. */
  parquet(
    name: string,
    columnData: Parameters<typeof parquetWriteFile>[0]["columnData"],
    rowGroupSize = 100,
    pageSize = 1024,
  ): string {
    parquetWriteFile({ filename: this.at(name), columnData, rowGroupSize, pageSize });
    return this.at(name);
  }
}

/** Row i of the tables of these tests: every value is another one. */
export const rowOf = (i: number) => ({
  id: i,
  a: i / 4,
  b: 1 - i * 3,
  kind: ["red", "green", "blue"][i % 3],
  y: i % 7,
});

/** These rows as CSV. */
export const csvOf = (rows: number): string =>
  `id,a,b,kind,y\n${Array.from({ length: rows }, (_, i) => `${Object.values(rowOf(i)).join(",")}\n`).join("")}`;

/** These rows as columns of a Parquet file. */
export function columnsOf(rows: number): Parameters<typeof parquetWriteFile>[0]["columnData"] {
  const all = Array.from({ length: rows }, (_, i) => rowOf(i));
  return [
    { name: "id", data: all.map(({ id }) => id), type: "INT32" },
    { name: "a", data: all.map(({ a }) => a), type: "DOUBLE" },
    { name: "b", data: all.map(({ b }) => b), type: "DOUBLE" },
    { name: "kind", data: all.map(({ kind }) => kind), type: "STRING" },
    { name: "y", data: all.map(({ y }) => y), type: "INT32" },
  ];
}
