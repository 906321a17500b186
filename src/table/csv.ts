import { CsvError, parse } from "csv-parse/browser/esm/sync";
import { dialectOf } from "./dialect.js";
import { type Header, headerFrom } from "./header.js";
import { type CsvPart, RecordCutter } from "./records.js";
import { Table } from "./table.js";
import { Problems } from "./table-error.js";

export interface CsvOptions {
  readonly delimiter?: string | undefined;
  readonly comment?: string | undefined;
  readonly columnNames?: readonly string[] | undefined;
  readonly badRows?: "refuse" | "leaveOut" | undefined;
}

/** Characters that are parsed together. */
const TOGETHER = 1 << 18;
/** A record of more characters has a quote that is never closed. */
const LONGEST = 1 << 22;

/** The rows of a CSV text that comes in chunks, in tables of some rows each. @throws TableError */
export async function* tablesOfCsv(
  who: string,
  name: string,
  chunks: AsyncIterable<string>,
  options: CsvOptions,
): AsyncGenerator<Table, void, void> {
  let reader: CsvReader | undefined;
  let text = "";
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length < TOGETHER) continue;
    reader ??= new CsvReader(who, name, text, options);
    const table = reader.read(text, false);
    if (table) yield table;
    text = "";
  }
  reader ??= new CsvReader(who, name, text, options);
  const table = reader.read(text, true);
  if (table) yield table;
}

class CsvReader {
  private readonly delimiter: string;
  private readonly cutter: RecordCutter;
  private skip: number;
  private header: Header | undefined;
  private leftOut = 0;

  constructor(
    private readonly who: string,
    private readonly name: string,
    start: string,
    private readonly options: CsvOptions,
  ) {
    const { delimiter, comment, skip } = dialectOf(start, options);
    this.delimiter = delimiter;
    this.skip = skip;
    this.cutter = new RecordCutter(comment, skip > 0 ? 2 : 1);
    if (options.columnNames) this.header = headerFrom(options.columnNames);
  }

  /** The table of the whole records so far; undefined without any. With `last`, a table in any case. */
  read(text: string, last: boolean): Table | undefined {
    const problems = new Problems();
    const part = this.cutter.cut(text.slice(this.skip), last);
    this.skip = 0;
    if (this.cutter.pending > LONGEST) this.refuseQuote(problems, this.cutter.line);
    const rows = this.parsed(part, problems);
    if (this.header === undefined && rows.length > 0) {
      this.header = headerFrom(rows[0]);
      part.lines.shift();
      rows.shift();
    }
    if (this.header === undefined) {
      if (!last) return undefined;
      if (problems.isEmpty) problems.add("empty", "expected a header and rows, got no text");
    }
    const { columns, notes, unnamed } = this.header ?? headerFrom([]);
    const damaged = columns.find((column) => column.includes("\ufffd"));
    if (damaged !== undefined) addDamaged(problems, "a column's name", damaged);
    const cells: string[][] = columns.map(() => []);
    const lines: number[] = [];
    rows.forEach((row, i) => {
      if (!this.fits(row, part.lines[i], columns, problems)) return;
      lines.push(part.lines[i]);
      for (let column = 0; column < columns.length; column++) {
        if (row[column].includes("\ufffd")) addDamaged(problems, "a value", row[column], part.lines[i]);
        cells[column].push(row[column]);
      }
    });
    problems.throwAny(this.who, this.name);
    if (!last && lines.length === 0) return undefined;
    const left =
      this.leftOut > 0
        ? [
            this.leftOut === 1
              ? "1 row of another length than the header is left out"
              : `${this.leftOut} rows of another length than the header are left out`,
          ]
        : [];
    return new Table(this.name, columns, cells, lines, [...notes, ...left], unnamed, this.delimiter);
  }

  private parsed({ text, lines }: CsvPart, problems: Problems): string[][] {
    // Without quotes every delimiter and every end of a line counts: no parser is needed, which is faster.
    if (!text.includes('"'))
      return text
        .split(/\r\n?|\n/)
        .filter((line) => line !== "")
        .map((line) => line.split(this.delimiter).map((cell) => cell.trim()));
    // A wrong quote ends the parser: what stands before it is looked at nevertheless.
    const rows: string[][] = [];
    try {
      parse(text, {
        delimiter: this.delimiter,
        trim: true,
        relax_column_count: true,
        // A file may have several kinds of line ends; the parser would use the first for all.
        record_delimiter: ["\r\n", "\n", "\r"],
        on_record: (row: string[]) => {
          rows.push(row);
          return null;
        },
      });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const line = lines[("records" in error ? Number(error.records) : 0) as number];
      if (error.code === "CSV_QUOTE_NOT_CLOSED") this.refuseQuote(problems, line);
      else if (error.code === "INVALID_OPENING_QUOTE")
        problems.add("quote", "expected a quote only around a whole cell, got one inside", {
          line,
          remedy: 'write it twice within quotes, as in "12"" pipe"',
        });
      else if (error.code === "CSV_INVALID_CLOSING_QUOTE")
        problems.add(
          "quote",
          `expected ${shown(this.delimiter)} or the end of the line after a closing quote, got something else`,
          {
            line,
            remedy: 'write a quote within quotes twice, as in "12"" pipe"',
          },
        );
      else problems.add("csv", error.message, { line });
    }
    return rows;
  }

  private refuseQuote(problems: Problems, line: number | undefined): void {
    problems.add("quote", "expected a closing quote before the end of the file, got none", { line });
  }

  /** Whether a row has the cells of the header. Delimiters at the end of a line add cells with nothing. */
  private fits(
    row: readonly string[],
    line: number,
    columns: readonly string[],
    problems: Problems,
  ): boolean {
    const few = row.length < columns.length;
    if (!few && row.slice(columns.length).every((cell) => cell === "")) return true;
    if (this.options.badRows === "leaveOut") {
      this.leftOut++;
      return false;
    }
    const other = row.length === 1 ? /[,;\t|]/.exec(row[0])?.[0] : undefined;
    problems.add(
      few ? "few" : "many",
      `expected ${columns.length} cells as in the header, separated by ${shown(this.delimiter)}, got ${row.length}`,
      {
        line,
        remedy:
          other === undefined
            ? 'badRows: "leaveOut" leaves such rows out'
            : `delimiter: ${JSON.stringify(other)} may separate them`,
      },
    );
    return false;
  }
}

/** Programs replace bytes that they cannot decode by U+FFFD. */
function addDamaged(problems: Problems, what: string, text: string, line?: number): void {
  problems.add(
    `damaged ${what}`,
    `expected ${what}, got ${JSON.stringify(text)}: another program could not read a character and put U+FFFD there`,
    { ...(line !== undefined && { line }), remedy: "write the file from its source again" },
  );
}

const shown = (delimiter: string): string => (delimiter === "\t" ? "tabs" : JSON.stringify(delimiter));
