import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { Table, TableError } from "lanewise/table";

/** Rows that are read at a time: a row group may be larger than memory. */
const ROWS = 8192;

/** Reads a Parquet file some thousand rows at a time, each value as the text that CSV would have. */
export async function* parquetParts(path: string): AsyncGenerator<Table, void, void> {
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const found = columnsOf(metadata.schema);
    const columns = found.map(({ name }) => name);
    const rows = Number(metadata.num_rows);
    if (rows === 0) throw new TypeError("expected rows, got none");
    for (let rowStart = 0; rowStart < rows; rowStart += ROWS) {
      const rowEnd = Math.min(rows, rowStart + ROWS);
      const records = await parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd });
      const cells = found.map((column) => records.map((record) => textOf(record[column.name], column)));
      const places = Array.from(records, (_, i) => rowStart + i + 1);
      yield new Table(path, columns, cells, places);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TableError("parquet", path, [{ message: `cannot be read as Parquet: ${message}`, count: 1 }]);
  }
}

type Schema = Awaited<ReturnType<typeof parquetMetadataAsync>>["schema"];

/** The columns at the top: those within another are read as JSON. */
function columnsOf(schema: Schema): Schema {
  const columns: Schema = [];
  let at = 1;
  const skip = (index: number): number => {
    let next = index + 1;
    for (let child = 0; child < (schema[index].num_children ?? 0); child++) next = skip(next);
    return next;
  };
  while (at < schema.length) {
    columns.push(schema[at]);
    at = skip(at);
  }
  return columns;
}

function textOf(value: unknown, { logical_type: type }: Schema[number]): string {
  if (value === null || value === undefined) return "";
  if (type?.type === "TIME") return timeText(Number(value) / UNITS[type.unit]);
  if (value instanceof Date) return dateText(value);
  if (typeof value === "object") return JSON.stringify(value, (_, part) => plain(part));
  return String(value);
}

/** Ticks of a second. */
const UNITS = { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 } as const;

/** 06:30:00 of the seconds of a day. */
function timeText(seconds: number): string {
  const text = new Date(Math.floor(seconds) * 1000).toISOString();
  return text.slice(11, 19);
}

/** 2024-01-31, with the time where it is not midnight. */
function dateText(date: Date): string {
  const text = date.toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
}

/** JSON has no large integers, and bytes are no object. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
