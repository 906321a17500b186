import { type FileHandle, open } from "node:fs/promises";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { parquetMetadataAsync, parquetSchema } from "hyparquet/src/metadata.js";
import { parquetReadObjects } from "hyparquet/src/read.js";
import { codecs } from "./codecs.js";
import { type Column, type ColumnType, ValueColumn } from "./column.js";
import { failedRead } from "./failed-read.js";
import { readFlatColumn } from "./parquet-column.js";
import type { Block, FileColumn, RowFile, Rows } from "./row-file.js";

/** Rows of a block: larger row groups are read in several. */
const MOST_ROWS = 262_144;

type Metadata = Awaited<ReturnType<typeof parquetMetadataAsync>>;
type Schema = ReturnType<typeof parquetSchema>;

/** A block, and the row group that it is in. */
interface GroupBlock extends Block {
  readonly group: number;
  /** Which row of the group is the block's first. */
  readonly from: number;
}

/** Opens a Parquet file. @throws TableError for one that cannot be read */
export async function openParquet(path: string): Promise<RowFile> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const slice = (start: number, end = size) => bytesOf(handle, start, end);
    const file = { byteLength: size, slice };
    const metadata = await parquetMetadataAsync(file);
    return new ParquetFile(path, handle, file, metadata);
  } catch (error) {
    await handle.close();
    throw unreadable(path, error);
  }
}

async function bytesOf(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new TypeError(`expected ${end} bytes, got ${start + filled}`);
    filled += bytesRead;
  }
  return bytes.buffer;
}

const unreadable = (path: string, error: unknown) =>
  failedRead(path, `cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}`);

class ParquetFile implements RowFile {
  readonly columns: readonly FileColumn[];
  readonly rows: number;
  readonly blocks: readonly GroupBlock[];
  private readonly schema: Schema;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly file: { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> },
    private readonly metadata: Metadata,
  ) {
    this.schema = parquetSchema(metadata);
    this.columns = this.schema.children.map((child) => ({ name: child.element.name, type: typeOf(child) }));
    this.blocks = blocksOf(metadata);
    this.rows = Number(metadata.num_rows);
  }

  async read(index: number, names: readonly string[]): Promise<Rows> {
    const block = this.blocks[index];
    try {
      const read = async (name: string) => [name, await this.column(block, name)] as const;
      const columns = new Map(await Promise.all(names.map(read)));
      return { rows: block.rows, columns, lineOf: (row) => block.begin + row + 1 };
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  private async column(block: GroupBlock, name: string): Promise<Column> {
    const child = this.schema.children.find(({ element }) => element.name === name);
    if (!child) throw new TypeError(`no column ${name}`);
    const { element } = child;
    const isFlat = child.children.length === 0 && element.repetition_type !== "REPEATED";
    const values = isFlat ? await this.flat(block, child) : await this.nested(block, name);
    return new ValueColumn(values, element);
  }

  private async flat({ group, from, rows }: GroupBlock, child: Schema): Promise<ArrayLike<unknown>> {
    const { element } = child;
    const chunk = this.metadata.row_groups[group].columns.find(
      ({ meta_data: meta }) => meta?.path_in_schema.length === 1 && meta.path_in_schema[0] === element.name,
    );
    const meta = chunk?.meta_data;
    if (!meta) throw new TypeError(`row group ${group} has no column ${element.name}`);
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const bytes = await this.file.slice(start, start + Number(meta.total_compressed_size));
    const decoder = {
      ...meta,
      ...{ pathInSchema: [element.name], element, schemaPath: [this.schema, child] },
      ...{ parsers: DEFAULT_PARSERS, compressors: codecs },
    };
    const hasGaps = meta.statistics?.null_count !== 0n;
    return readFlatColumn({ bytes, decoder, hasGaps }, from, from + rows);
  }

  /** Columns within a column, or lists: hyparquet makes objects of them. */
  private async nested({ begin, rows }: GroupBlock, name: string): Promise<ArrayLike<unknown>> {
    const { file, metadata } = this;
    const records = await parquetReadObjects({
      ...{ file, metadata, compressors: codecs, columns: [name] },
      ...{ rowStart: begin, rowEnd: begin + rows },
    });
    return records.map((record) => record[name]);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function blocksOf({ row_groups: groups }: Metadata): GroupBlock[] {
  const blocks: GroupBlock[] = [];
  let begin = 0;
  groups.forEach(({ num_rows }, group) => {
    const rows = Number(num_rows);
    for (let from = 0; from < rows; from += MOST_ROWS)
      blocks.push({ group, from, begin: begin + from, rows: Math.min(MOST_ROWS, rows - from) });
    begin += rows;
  });
  return blocks;
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  INT32: "integer",
  INT64: "integer",
  FLOAT: "number",
  DOUBLE: "number",
};

function typeOf({ element, children }: Schema): ColumnType {
  const { type = "", converted_type: converted, logical_type: logical } = element;
  if (children.length > 0 || element.repetition_type === "REPEATED") return "text";
  if (converted === "DECIMAL" || logical?.type === "FLOAT16") return "number";
  const isPlain = logical === undefined ? !/^(DATE|TIME)/.test(converted ?? "") : logical.type === "INTEGER";
  return isPlain ? (TYPES[type] ?? "text") : "text";
}
