import { createReadStream } from "node:fs";
import type { Table } from "../table.js";
import { isParquet } from "./open-rows.js";
import { checkReading, type ReadFileOptions, readingOf } from "./options.js";
import { runTask } from "./thread.js";

/**
 * A file of any size as parts of a table, for `trainTableParts`: Parquet, or CSV or JSON as `readTableParts`
 * reads it. Each value of Parquet is the text that CSV would have.
 *
 * @example
 * const open = () => fileParts("iris.csv"); // or iris.parquet
 * const { report } = await trainTableParts(backend, open, { target: "species" });
 * console.log(report.rows); // 150
 *
 * @throws ValueError for options that are unknown; TableError with everything that is wrong in a part
 */
export async function* fileParts(
  path: string,
  options: Omit<ReadFileOptions, "from" | "to"> = {},
): AsyncGenerator<Table, void, void> {
  const who = "fileParts";
  checkReading(who, path, options, []);
  const { Table, readTableParts } = await import("../table.js");
  const reading = readingOf(options);
  if (!(await isParquet(path))) {
    const bytes = createReadStream(path, { highWaterMark: 1 << 18 });
    yield* readTableParts(bytes, { name: path, ...reading });
    return;
  }
  for await (const part of runTask("texts", { who, path, reading }, options.thread ?? true)) {
    const { columns, cells, begin } = part;
    const places = Array.from(cells[0], (_, i) => begin + i + 1);
    yield new Table(path, columns, cells, places);
  }
}
