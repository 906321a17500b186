import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { readTableParts } from "../table/read.js";
import { TextColumn } from "./column.js";
import type { FileReading } from "./reading.js";
import type { Rows } from "./row-file.js";

/** Rows of a text, and the part of the file that is read after them. */
interface TextRows {
  readonly rows: Rows;
  readonly begin: number;
  readonly done: number;
}

/** The rows of a file in CSV or JSON, zipped or not, from the first one on. @throws TableError */
export async function* tableRows(path: string, reading: FileReading): AsyncGenerator<TextRows, void, void> {
  const { size } = await stat(path);
  let read = 0;
  let begin = 0;
  const bytes = async function* () {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      read += chunk.length;
      yield chunk;
    }
  };
  for await (const table of readTableParts(bytes(), { name: path, ...reading })) {
    const columns = new Map(table.columns.map((name, i) => [name, new TextColumn(table.cells[i])]));
    yield {
      rows: { rows: table.rows, columns, lineOf: (row) => table.lines[row] },
      begin,
      done: read / size,
    };
    begin += table.rows;
  }
}
