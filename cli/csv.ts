import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { CsvError, type Info, parse } from "csv-parse";
import { type Cell, checkColumns, type Source } from "./source.js";

/** Rows that are handed on together. */
const TOGETHER = 1024;

interface Row {
  readonly cells: readonly string[];
  /** The line on which it ends. */
  readonly line: number;
}

/**
 * Opens a CSV file with a header, or standard input for the path -. Nothing but the rows under way is in
 * memory.
 */
export async function openCsv(path: string): Promise<Source> {
  const name = path === "-" ? "standard input" : path;
  const rows = readRows(path, name);
  const first = await rows.next();
  if (first.done) throw new Error(`${name}: expected a header and rows, got an empty file`);
  const columns = first.value.cells;
  const wrong = columns.findIndex((column, i) => column === "" || columns.indexOf(column) < i);
  if (wrong >= 0) {
    const what = columns[wrong] === "" ? `no name for column ${wrong + 1}` : `${columns[wrong]} twice`;
    throw new Error(
      `${name}, line ${first.value.line}: expected a name of its own for each column, got ${what}`,
    );
  }
  return { name, columns, read: (features, target) => readChunks({ name, columns }, rows, features, target) };
}

async function* readChunks(
  source: Pick<Source, "name" | "columns">,
  rows: AsyncIterable<Row>,
  features: readonly string[],
  target?: string,
) {
  const { name, columns } = source;
  checkColumns(source, target === undefined ? features : [...features, target]);
  const at = features.map((feature) => columns.indexOf(feature));
  const targetAt = target === undefined ? -1 : columns.indexOf(target);
  let inputs = new Float32Array(TOGETHER * at.length);
  let targets: Cell[] = [];
  let count = 0;
  let none = true;
  for await (const { cells, line } of rows) {
    none = false;
    const place = `${name}, line ${line}`;
    if (cells.length !== columns.length)
      throw new Error(`${place}: expected ${columns.length} fields as in the header, got ${cells.length}`);
    for (let i = 0; i < at.length; i++)
      inputs[count * at.length + i] = numberIn(cells[at[i]], place, features[i]);
    if (target !== undefined) {
      if (cells[targetAt] === "")
        throw new Error(`${place}, column ${target}: expected a value, got an empty field`);
      targets.push({ text: cells[targetAt], place });
    }
    if (++count < TOGETHER) continue;
    yield { rows: count, inputs, targets };
    inputs = new Float32Array(TOGETHER * at.length);
    targets = [];
    count = 0;
  }
  if (none) throw new Error(`${name}: expected rows after the header, got none`);
  if (count > 0) yield { rows: count, inputs: inputs.subarray(0, count * at.length), targets };
}

/** The number that a cell says, or undefined; float32 has to hold it. */
export function numberFrom(cell: string): number | undefined {
  const number = cell === "" ? Number.NaN : Number(cell);
  return Number.isFinite(Math.fround(number)) ? number : undefined;
}

function numberIn(cell: string, place: string, column: string): number {
  const number = numberFrom(cell);
  if (number === undefined)
    throw new Error(
      `${place}, column ${column}: expected a number, got ${cell === "" ? "an empty field" : JSON.stringify(cell)}`,
    );
  return number;
}

async function* readRows(path: string, name: string): AsyncGenerator<Row, void, void> {
  // Rows of another length are passed on: the message about them is ours.
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    info: true,
  });
  const input = path === "-" ? process.stdin : createReadStream(path);
  // What the input fails with reaches the parser, and a parser that is left early closes the input.
  pipeline(input, parser, () => {});
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>)
      yield { cells: record, line: info.lines };
  } catch (error) {
    throw explained(error, name);
  }
}

function explained(error: unknown, name: string): unknown {
  if (error instanceof CsvError) return new Error(`${name}, ${reason(error)}`);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return new Error(`${name}: no such file`);
  return code === undefined ? error : new Error(`${name}: cannot be read (${code})`);
}

/** The parser's reasons with the line, in our words where they are common. */
function reason(error: CsvError): string {
  const line = `line ${"lines" in error ? error.lines : "?"}`;
  if (error.code === "CSV_QUOTE_NOT_CLOSED")
    return `${line}: expected a closing quote before the end of the file, got none`;
  if (error.code === "INVALID_OPENING_QUOTE")
    return `${line}: expected a quote only around a whole field, got one inside`;
  if (error.code === "CSV_INVALID_CLOSING_QUOTE")
    return `${line}: expected a comma or the end of the line after a closing quote, got something else`;
  return `${line}: ${error.message}`;
}
