import type { Column, ColumnType } from "./column.js";

/** Rows that are read together. */
export interface Block {
  /** Which row of the file is its first, and how many there are. */
  readonly begin: number;
  readonly rows: number;
}

/** A part of a CSV file that has whole records. */
export interface CsvBlock extends Block {
  /** Its bytes. */
  readonly from: number;
  readonly to: number;
  /** The line on which its first byte is, counted from 1. */
  readonly line: number;
}

/** A column of a file. */
export interface FileColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** How a CSV file is written, and where its blocks are: all that it takes to read some of them. */
export interface CsvSurvey {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** What lines begin with that are no rows; null if no line does. */
  readonly comment: string | null;
  readonly blocks: readonly CsvBlock[];
}

/** A file of rows, of which any block can be read. */
export interface RowFile {
  readonly path: string;
  readonly columns: readonly FileColumn[];
  readonly rows: number;
  /** All rows, in order. */
  readonly blocks: readonly Block[];
  /** What a pass over a file of CSV has found. */
  readonly survey?: CsvSurvey;
  /** The columns of these names in the rows of a block. */
  read(block: number, names: readonly string[]): Promise<Rows>;
  close(): Promise<void>;
}

/** Rows that are in memory. */
export interface Rows {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  /** Where a row stands, for messages: its line, or in Parquet its place among all rows, from 1. */
  lineOf(row: number): number;
}
