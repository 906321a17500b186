import { type FileHandle, open } from "node:fs/promises";
import { dialectOf } from "../table/dialect.js";
import { readTableParts } from "../table/read.js";
import { Table } from "../table/table.js";
import { TableError } from "../table/table-error.js";
import { TextColumn } from "./column.js";
import { type CsvStart, csvBlocks, readBytes } from "./csv-blocks.js";
import { failedRead } from "./failed-read.js";
import type { FileReading } from "./reading.js";
import type { CsvBlock, CsvSurvey, FileColumn, RowFile, Rows } from "./row-file.js";

/** Bytes from which the header and the dialect are found. */
const START = 1 << 20;
/** No text has it: where no comments are known, no line is one. */
const NO_COMMENT = "\0";

/**
 * Opens a CSV file whose blocks can be read in any order. @throws TableError for what is no CSV, for gzip
 * data and for encodings in which bytes below 128 are no ASCII
 */
export async function openCsv(path: string, reading: FileReading): Promise<RowFile> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const start = await readBytes(handle, 0, Math.min(START, size));
    checkBytes(path, start, reading.encoding);
    // The last line may be cut off.
    const end = start.length < size ? start.lastIndexOf(10) + 1 : start.length;
    const head = await firstTable(path, start.subarray(0, end || start.length), reading);
    const text = new TextDecoder(reading.encoding ?? "utf-8").decode(start);
    const { comment } = dialectOf(text, reading);
    const blocks = await csvBlocks(path, handle, startOfRows(path, start, head), comment);
    const { columns, delimiter = "," } = head;
    return new CsvFile(path, handle, { columns, delimiter, comment: comment ?? null, blocks }, reading);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Opens some blocks of a CSV file that was surveyed before. */
export async function openSurveyed(path: string, survey: CsvSurvey, reading: FileReading): Promise<RowFile> {
  return new CsvFile(path, await open(path), survey, reading);
}

function checkBytes(path: string, [first, second]: Uint8Array, encoding = "utf-8"): void {
  const refuse = (what: string, remedy: string) => {
    throw failedRead(
      path,
      `expected a CSV or Parquet file whose parts can be read in any order, got ${what}`,
      remedy,
    );
  };
  if (first === 0x1f && second === 0x8b) refuse("gzip data", "unzip it");
  const isWide = first === 0xff || first === 0xfe || /^utf-?16/i.test(encoding);
  if (isWide) refuse("text in UTF-16", "convert it to UTF-8");
}

async function firstTable(path: string, bytes: Uint8Array, reading: FileReading): Promise<Table> {
  if (/^\s*(\[\s*[[{\]]|\{\s*")/.test(new TextDecoder().decode(bytes.subarray(0, 64))))
    throw failedRead(path, "expected a CSV or Parquet file, got JSON", "write the table as CSV");
  for await (const table of readTableParts([bytes], { name: path, format: "csv", ...reading })) return table;
  throw failedRead(path, "expected rows after the header, got none");
}

/** Where the first row after the header begins. */
function startOfRows(path: string, bytes: Uint8Array, { lines: [line] }: Table): CsvStart {
  let byte = 0;
  for (let at = 1; at < line; at++) {
    const end = bytes.indexOf(10, byte);
    if (end < 0)
      throw failedRead(path, "expected lines that end with LF or CRLF, got others", "convert them");
    byte = end + 1;
  }
  return { byte, line };
}

class CsvFile implements RowFile {
  readonly columns: readonly FileColumn[];
  readonly rows: number;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    readonly survey: CsvSurvey,
    private readonly reading: FileReading,
  ) {
    this.columns = survey.columns.map((name) => ({ name, type: "text" }));
    const last = survey.blocks.at(-1);
    this.rows = last ? last.begin + last.rows : 0;
  }

  get blocks(): readonly CsvBlock[] {
    return this.survey.blocks;
  }

  async read(index: number, names: readonly string[]): Promise<Rows> {
    const block = this.blocks[index];
    const bytes = await readBytes(this.handle, block.from, block.to - block.from);
    const table = await this.tableOf(bytes, block);
    if (table.rows !== block.rows)
      throw failedRead(
        this.path,
        `expected ${block.rows} rows from line ${block.line} on, got ${table.rows}`,
        "close the quotes, or read the file by readTableParts",
      );
    const columns = new Map(names.map((name) => [name, new TextColumn(table.column(name))]));
    return { rows: table.rows, columns, lineOf: (row) => table.lines[row] + block.line - 1 };
  }

  private async tableOf(bytes: Uint8Array, { line }: CsvBlock): Promise<Table> {
    const { columns, delimiter, comment } = this.survey;
    const names = { columnNames: columns, delimiter, comment: comment ?? NO_COMMENT };
    try {
      const parts: Table[] = [];
      const options = { name: this.path, format: "csv", ...this.reading, ...names } as const;
      for await (const part of readTableParts([bytes], options)) parts.push(part);
      return parts.length === 1 ? parts[0] : joined(parts);
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      // Lines are counted from the beginning of the file.
      const problems = error.problems.map((problem) => ({
        ...problem,
        ...(problem.line !== undefined && { line: problem.line + line - 1 }),
      }));
      throw new TableError("file", this.path, problems);
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** One table of those of a block. */
function joined(parts: readonly Table[]): Table {
  const [{ name, columns }] = parts;
  const cells = columns.map((_, i) => parts.flatMap((part) => part.cells[i]));
  return new Table(
    name,
    columns,
    cells,
    parts.flatMap(({ lines }) => lines),
  );
}
