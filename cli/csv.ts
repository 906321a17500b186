import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { CsvError, type Info, parse } from "csv-parse";
import { headerFrom } from "./header.js";
import { DigitWatch, isCode, notANumber, numberFrom } from "./number.js";
import { type Cell, type Chunk, checkColumns, type ReadOptions, type Source } from "./source.js";
import { decoded, TextError } from "./text.js";

/** Rows that are passed on together. */
const ROWS_AT_ONCE = 1024;

interface Row {
  readonly cells: readonly string[];
  /** The line on which it ends. */
  readonly line: number;
  /** The line number of the row in the file. */
  readonly raw: string;
}

export interface CsvOptions {
  /** A label of the Encoding Standard. Default UTF-8, or what the byte order mark says. */
  readonly encoding?: string | undefined;
}

/**
 * Opens a CSV file with a header, or standard input for the path -. Only the rows being read are in memory.
 * Spaces around unquoted text are removed; quoted text keeps its spaces.
 */
export async function openCsv(path: string, { encoding }: CsvOptions = {}): Promise<Source> {
  const name = path === "-" ? "standard input" : path;
  const known: { columns?: readonly string[] } = {};
  const rows = readRows(path, name, encoding, known);
  const first = await rows.next();
  if (first.done) throw new Error(`${name}: expected a header and rows, got an empty file`);
  const { columns, unnamed, notes } = headerFrom(first.value.cells);
  known.columns = columns;
  const damaged = columns.find(isDamaged);
  if (damaged !== undefined)
    throw new Error(`${name}, line ${first.value.line}: ${damagedText("a column's name", damaged)}`);
  return {
    name,
    columns,
    unnamed,
    notes: notes.map((note) => `${name}: ${note}`),
    read: (features, target, options = {}) => readChunks({ name, columns }, rows, features, target, options),
  };
}

async function* readChunks(
  source: Pick<Source, "name" | "columns">,
  rows: AsyncIterable<Row>,
  features: readonly string[],
  target: string | undefined,
  { numbers = [], say }: ReadOptions,
): AsyncGenerator<Chunk, void, void> {
  const { name, columns } = source;
  checkColumns(source, target === undefined ? features : [...features, target]);
  const at = features.map((feature) => columns.indexOf(feature));
  const codesAllowed = features.map((feature) => numbers.includes(feature));
  const watches = features.map(() => new DigitWatch());
  const targetAt = target === undefined ? -1 : columns.indexOf(target);
  let inputs = new Float64Array(ROWS_AT_ONCE * at.length);
  let targets: Cell[] = [];
  let count = 0;
  let none = true;
  for await (const { cells, line, raw } of rows) {
    none = false;
    const place = `${name}, line ${line}`;
    // Commas at the end of a line add fields with nothing in them.
    if (cells.length < columns.length || cells.slice(columns.length).some((cell) => cell !== ""))
      throw new Error(
        `${place}: expected ${columns.length} fields as in the header, got ${cells.length}${cells.length === 1 ? delimiterHint(cells[0]) : ""}`,
      );
    for (let i = 0; i < at.length; i++) {
      const cell = cells[at[i]];
      const number = numberIn(cell, place, features[i], codesAllowed[i]);
      inputs[count * at.length + i] = number;
      const other = watches[i].sameAs(cell, number);
      if (other) say?.(`${place}, column ${features[i]}: ${cell} and ${other} are one number in float64`);
    }
    if (target !== undefined) targets.push(targetCell(cells[targetAt], place, target, raw, targetAt));
    if (++count < ROWS_AT_ONCE) continue;
    yield { rows: count, inputs, targets };
    inputs = new Float64Array(ROWS_AT_ONCE * at.length);
    targets = [];
    count = 0;
  }
  if (none) throw new Error(`${name}: expected rows after the header, got none`);
  if (count > 0) yield { rows: count, inputs: inputs.subarray(0, count * at.length), targets };
}

function delimiterHint(cell: string): string {
  const other = /[;\t|]/.exec(cell)?.[0];
  return other === undefined
    ? ""
    : `; fields are separated by commas, not by ${other === "\t" ? "tabs" : JSON.stringify(other)}`;
}

function numberIn(cell: string, place: string, column: string, codeAllowed: boolean): number {
  const number = numberFrom(cell);
  if (number !== undefined && (codeAllowed || !isCode(cell))) return number;
  throw new Error(`${place}, column ${column}: ${notANumber(cell, column)}`);
}

function targetCell(text: string, place: string, column: string, raw: string, field: number): Cell {
  if (text.trim() === "")
    throw new Error(
      `${place}, column ${column}: expected a value, got ${text === "" ? "an empty field" : JSON.stringify(text)}`,
    );
  if (isDamaged(text)) throw new Error(`${place}, column ${column}: ${damagedText("a value", text)}`);
  const written = hasSpacesAround(raw) ? untrimmed(raw, field) : text;
  return written === text ? { text, place } : { text, place, written };
}

/** Programs replace bytes that they cannot decode by U+FFFD. */
function isDamaged(text: string): boolean {
  return text.includes("\ufffd");
}

function damagedText(what: string, text: string): string {
  return `expected ${what}, got ${JSON.stringify(text)}: another program could not read a character and put U+FFFD there; write the file from its source again`;
}

function hasSpacesAround(raw: string): boolean {
  return /[^\S\r\n](,|[\r\n]*$)|(^[\r\n]*|,)[^\S\r\n]/.test(raw);
}

/** A field of a row with the spaces around it, or its text where it is in quotes. */
function untrimmed(raw: string, field: number): string {
  const row = raw.replace(/^[\r\n]+|[\r\n]+$/g, "");
  const fields = row.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g);
  const [, quoted, plain] = [...fields][field] ?? [];
  return quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"');
}

async function* readRows(
  path: string,
  name: string,
  encoding: string | undefined,
  known: { readonly columns?: readonly string[] },
): AsyncGenerator<Row, void, void> {
  // Rows of another length are passed on, so that our own message reports them.
  const parser = parse({
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    // A file may have several kinds of line ends; the parser would use the first for all.
    record_delimiter: ["\r\n", "\n", "\r"],
    info: true,
    raw: true,
  });
  const input = path === "-" ? process.stdin : createReadStream(path);
  // What the input fails with reaches the parser, and a parser that is left early closes the input.
  pipeline(
    input,
    (chunks: AsyncIterable<Uint8Array>) => decoded(chunks, encoding),
    parser,
    () => {},
  );
  // Within quotes the parser counts CR and LF as two lines.
  let countedTwice = 0;
  type Parsed = { record: string[]; info: Info; raw: string };
  try {
    for await (const { record, info, raw } of parser as AsyncIterable<Parsed>) {
      for (const cell of record) if (cell.includes("\r\n")) countedTwice += cell.split("\r\n").length - 1;
      yield { cells: record, line: info.lines - countedTwice, raw };
    }
  } catch (error) {
    throw explained(error, name, countedTwice, known.columns);
  }
}

function explained(
  error: unknown,
  name: string,
  countedTwice: number,
  columns: readonly string[] = [],
): unknown {
  if (error instanceof CsvError) return new Error(`${name}, ${reason(error, countedTwice)}`);
  if (error instanceof TextError) {
    const { line, field = -1, message } = error;
    const column = line !== undefined && line > 1 ? columns[field] : undefined;
    const places = [
      line === undefined ? "" : `, line ${line}`,
      column !== undefined ? `, column ${column}` : field >= 0 ? `, field ${field + 1}` : "",
    ];
    return new Error(`${name}${places.join("")}: ${message}`);
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return new Error(`${name}: no such file`);
  return code === undefined ? error : new Error(`${name}: cannot be read (${code})`);
}

/** The parser's reason with the line, in our own words for the common ones. */
function reason(error: CsvError, countedTwice: number): string {
  const line = `line ${"lines" in error ? Number(error.lines) - countedTwice : "?"}`;
  if (error.code === "CSV_QUOTE_NOT_CLOSED")
    return `${line}: expected a closing quote before the end of the file, got none`;
  if (error.code === "INVALID_OPENING_QUOTE")
    return `${line}: expected a quote only around a whole field, got one inside`;
  if (error.code === "CSV_INVALID_CLOSING_QUOTE")
    return `${line}: expected a comma or the end of the line after a closing quote, got something else`;
  return `${line}: ${error.message}`;
}
