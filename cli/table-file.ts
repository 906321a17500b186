import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { fileParts } from "lanewise/node";
import { type ReadTableOptions, readTable, readTableParts, Table } from "lanewise/table";

/** How a table is read: the options of `readTable` that the command line has. */
export type Reading = Pick<ReadTableOptions, "encoding" | "delimiter" | "comment" | "badRows">;

/** Reads a whole table: CSV or JSON, zipped by gzip or not, or Parquet. - is standard input. */
export async function wholeTable(path: string, reading: Reading): Promise<Table> {
  if (!isParquet(path)) return readTable(streamOf(path), { name: nameOf(path), ...reading });
  const parts: Table[] = [];
  for await (const part of tableParts(path, reading)) parts.push(part);
  const [{ name, columns }] = parts;
  const cells = columns.map((_, i) => parts.flatMap((part) => part.cells[i]));
  const lines = parts.flatMap((part) => part.lines);
  return new Table(name, columns, cells, lines, [], [], undefined, await hashOf(path));
}

/** Reads a table some thousand rows at a time. */
export async function* tableParts(path: string, reading: Reading): AsyncGenerator<Table, void, void> {
  if (isParquet(path)) {
    yield* fileParts(path);
  } else yield* readTableParts(streamOf(path), { name: nameOf(path), ...reading });
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of streamOf(path)) hash.update(bytes);
  return hash.digest("hex");
}

const nameOf = (path: string): string => (path === "-" ? "standard input" : path);

/** Throws an Error that names a file that is not there, or a folder. */
function streamOf(path: string): AsyncIterable<Uint8Array> {
  if (path === "-") return process.stdin;
  checkFile(path);
  return createReadStream(path, { highWaterMark: 1 << 18 });
}

function checkFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Error(`${path}: no such file`);
  if (found.isDirectory())
    throw new Error(
      `${path}: expected a table in CSV, JSON or Parquet, or a folder of images, got a folder with no images`,
    );
}

/** The first four bytes of every Parquet file. */
const PARQUET = "PAR1";

function isParquet(path: string): boolean {
  if (path === "-") return false;
  checkFile(path);
  const file = openSync(path, "r");
  try {
    const begin = Buffer.alloc(PARQUET.length);
    readSync(file, begin);
    return begin.toString("latin1") === PARQUET;
  } finally {
    closeSync(file);
  }
}
