import { open } from "node:fs/promises";
import { openCsv } from "./csv-file.js";
import { failedRead } from "./failed-read.js";
import { openParquet } from "./parquet-file.js";
import type { FileReading } from "./reading.js";
import type { RowFile } from "./row-file.js";

/** The first four bytes of every Parquet file. */
const PARQUET = "PAR1";

/** Whether a file is Parquet, by its first bytes. @throws TableError for one that cannot be read */
export async function isParquet(path: string): Promise<boolean> {
  try {
    const handle = await open(path);
    try {
      const bytes = new Uint8Array(PARQUET.length);
      await handle.read(bytes, 0, bytes.length, 0);
      return new TextDecoder("latin1").decode(bytes) === PARQUET;
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as { code?: string }).code;
    const reason = code === "ENOENT" ? "no such file" : `cannot be read (${code ?? error})`;
    throw failedRead(path, reason);
  }
}

/** Opens a file whose blocks can be read in any order. @throws TableError */
export async function openRows(path: string, reading: FileReading = {}): Promise<RowFile> {
  const file = (await isParquet(path)) ? await openParquet(path) : await openCsv(path, reading);
  if (file.rows > 0) return file;
  await file.close();
  throw failedRead(path, "expected rows, got none");
}
