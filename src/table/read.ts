import { ValueError } from "../index.js";
import { checkOptions, checkWord } from "./check-options.js";
import { type CsvOptions, tablesOfCsv } from "./csv.js";
import { type TableSource, textOf } from "./decode.js";
import { tableOfArray, tablesOfLines } from "./json.js";
import { SourceHash } from "./source-hash.js";
import { Table } from "./table.js";
import { TableError } from "./table-error.js";

/** The options of `readTable`. */
export interface ReadTableOptions {
  /** What the table is called in messages, such as a file's name. Default "table". */
  name?: string;
  /**
   * "csv", "json" (an array of objects) or "jsonLines" (an object a line). Default: by the first character.
   */
  format?: "csv" | "json" | "jsonLines";
  /** A label of the Encoding Standard. Default UTF-8, or what the byte order mark says. */
  encoding?: string;
  /** The character between cells. Default: comma, semicolon, tab or bar, found from the first lines. */
  delimiter?: string;
  /** What lines begin with that are no rows. Default: # if all such lines come before the header. */
  comment?: string;
  /** The names of the columns of a file that has no header. */
  columnNames?: readonly string[];
  /** What is done about rows of another length than the header. Default "refuse". */
  badRows?: "refuse" | "leaveOut";
}

const FORMATS = ["csv", "json", "jsonLines"] as const;

/**
 * Reads a table: text or bytes of CSV, of JSON lines or of an array of objects in JSON, zipped by gzip or
 * not. Spaces around cells are removed, those within quotes stay.
 *
 * @example
 * const table = await readTable("sex;age\nfemale;29\nmale;\n");
 * console.log(table.columns, table.column("age")); // [ 'sex', 'age' ] [ '29', '' ]
 *
 * @throws TableError with everything that is wrong; ValueError for options
 */
export async function readTable(source: TableSource, options: ReadTableOptions = {}): Promise<Table> {
  const parts: Table[] = [];
  const hash = new SourceHash();
  for await (const part of tables("readTable", source, options, hash)) parts.push(part);
  const [first] = parts;
  const last = parts.at(-1) ?? first;
  const isWhole = parts.length === 1;
  const table = new Table(
    first.name,
    first.columns,
    isWhole ? first.cells : first.columns.map((_, i) => parts.flatMap(({ cells }) => cells[i])),
    isWhole ? first.lines : parts.flatMap(({ lines }) => lines),
    last.notes,
    first.unnamed,
    first.delimiter,
    hash.digest(),
  );
  if (table.rows > 0) return table;
  throw new TableError("readTable", table.name, [
    { message: "expected rows after the header, got none", count: 1 },
  ]);
}

/**
 * Reads a table part by part, for files that are larger than memory. Each part is a table of some thousand
 * rows with the same columns. An array in JSON is one part.
 *
 * @example
 * let rows = 0;
 * for await (const part of readTableParts(createReadStream("iris.csv"))) rows += part.rows;
 * console.log(rows); // 150
 *
 * @throws TableError with everything that is wrong in a part; ValueError for options
 */
export async function* readTableParts(
  source: TableSource,
  options: ReadTableOptions = {},
): AsyncGenerator<Table, void, void> {
  for await (const part of tables("readTableParts", source, options)) if (part.rows > 0) yield part;
}

async function* tables(
  who: string,
  source: TableSource,
  options: ReadTableOptions,
  hash?: SourceHash,
): AsyncGenerator<Table, void, void> {
  checkOptions(who, options, [
    "name",
    "format",
    "encoding",
    "delimiter",
    "comment",
    "columnNames",
    "badRows",
  ]);
  const { name = "table", format, encoding, delimiter, comment, columnNames, badRows } = options;
  checkWord(who, "format", format, FORMATS);
  checkWord(who, "badRows", badRows, ["refuse", "leaveOut"]);
  if (delimiter !== undefined && (typeof delimiter !== "string" || !/^[^"\r\n]$/u.test(delimiter)))
    throw new ValueError(`${who} expected delimiter to be one character, got ${JSON.stringify(delimiter)}`);
  if (comment !== undefined && (typeof comment !== "string" || comment.trim() === ""))
    throw new ValueError(`${who} expected comment to be text such as "#", got ${JSON.stringify(comment)}`);
  if (columnNames !== undefined && !(Array.isArray(columnNames) && columnNames.length > 0))
    throw new ValueError(`${who} expected columnNames to be an array of names, got ${columnNames}`);
  const text = textOf(who, name, source, encoding, hash);
  const { start, chunks } = await withStart(text);
  const kind =
    format ?? (/^\s*\[\s*[[{\]]/.test(start) ? "json" : /^\s*\{\s*"/.test(start) ? "jsonLines" : "csv");
  if (kind === "json") yield await tableOfArray(who, name, chunks);
  else if (kind === "jsonLines") yield* tablesOfLines(who, name, chunks);
  else {
    const csv: CsvOptions = { delimiter, comment, columnNames, badRows };
    yield* tablesOfCsv(who, name, chunks, csv);
  }
}

/** The first characters that are no white space, enough to tell a format by, and all chunks. */
async function withStart(
  text: AsyncGenerator<string, void, void>,
): Promise<{ start: string; chunks: AsyncGenerator<string, void, void> }> {
  let start = "";
  for (;;) {
    const { done, value } = await text.next();
    if (done) break;
    start += value;
    if (start.trim().length > 8) break;
  }
  const chunks = async function* (): AsyncGenerator<string, void, void> {
    yield start;
    yield* text;
  };
  return { start, chunks: chunks() };
}
