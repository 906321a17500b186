import type { ColumnType } from "./column.js";
import { openSurveyed } from "./csv-file.js";
import {
  type BlockPart,
  EpochOrder,
  gathered,
  groupsOf,
  partsWithin,
  type Shuffling,
} from "./epoch-order.js";
import { isParquet } from "./open-rows.js";
import { usingRows } from "./opened.js";
import type { FileReading } from "./reading.js";
import type { CsvSurvey, FileColumn, RowFile, Rows } from "./row-file.js";
import {
  checkNames,
  columnOf,
  namesOf,
  type Range,
  type SampleColumns,
  samplesOf,
  widthFor,
} from "./sample-rows.js";
import { tableRows } from "./table-rows.js";
import { type TargetColumns, targetsOf } from "./targets.js";

/** The file that a task reads. */
interface Source {
  /** The function that was called, for messages. */
  readonly who: string;
  readonly path: string;
  readonly reading: FileReading;
}

/** The rows of a file that are read: all where nothing is given. */
interface SomeRows {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Rows with targets, in an order of their own. */
export interface ExamplesTask extends Source, SomeRows {
  readonly inputs: SampleColumns;
  readonly targets: TargetColumns;
  readonly shuffling: Shuffling | undefined;
}

/** Some examples that follow each other in an epoch. */
export interface Examples {
  readonly rows: number;
  readonly inputs: Float32Array<ArrayBuffer>;
  readonly targets: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** Rows in the order of the file, with cells that are passed through. */
export interface SamplesTask extends Source, SomeRows {
  readonly inputs: SampleColumns;
  readonly passed: readonly string[];
  readonly refuseGaps: boolean;
  /** Of a CSV file: its blocks that have these rows, so that it need not be passed over again. */
  readonly survey?: CsvSurvey | undefined;
}

/** What a file holds, and where. */
export interface Survey extends Outline {
  /** Of a CSV file. */
  readonly csv: CsvSurvey | undefined;
}

/** Some samples that follow each other in the file. */
export interface Samples {
  /** Which row of the file is the first. */
  readonly begin: number;
  readonly rows: number;
  /** [rows, width] */
  readonly samples: Float32Array<ArrayBuffer>;
  /** The cells of the columns that are passed through, a list for each column, and what those hold. */
  readonly passed: readonly (readonly string[])[];
  readonly types: readonly ColumnType[];
  /** The part of the file that is read after these, from 0 to 1. */
  readonly done: number;
}

/** What a file holds. */
export interface Outline {
  readonly columns: readonly FileColumn[];
  readonly rows: number;
}

/** Rows as text. */
export interface Texts {
  readonly begin: number;
  readonly columns: readonly string[];
  /** columns x rows */
  readonly cells: readonly (readonly string[])[];
}

/** Rows of a piece, at most, and numbers. */
const [PIECE_ROWS, PIECE_NUMBERS] = [16_384, 2_097_152];
/** Numbers that are shuffled together, at most. */
const SHUFFLED_NUMBERS = 16_777_216;
/** Rows that are text together. */
const TEXT_ROWS = 8192;

/** What can be done with the rows of a file in a thread: values come one by one. */
export const tasks = {
  examples: (task: ExamplesTask) => usingRows(task.path, task.reading, (file) => examplesOf(file, task)),
  samples,
  outline: ({ path, reading }: Source) =>
    usingRows<Outline>(path, reading, async function* ({ columns, rows }) {
      yield { columns, rows };
    }),
  survey: ({ path, reading }: Source) =>
    usingRows<Survey>(path, reading, async function* ({ columns, rows, survey }) {
      yield { columns, rows, csv: survey };
    }),
  texts: ({ path, reading }: Source) => usingRows(path, reading, textsOf),
} as const;

/** The tasks by name, with what each takes and gives. */
export type Tasks = typeof tasks;

async function* examplesOf(file: RowFile, task: ExamplesTask): AsyncGenerator<Examples, void, void> {
  const { who, path, inputs, targets, shuffling, from = 0, to = file.rows } = task;
  const names = [...new Set([...namesOf(inputs), ...targets.names])];
  checkNames(who, outlineOf(file), names);
  const width = widthFor(inputs);
  const most = shuffling ? Math.max(1, Math.floor(SHUFFLED_NUMBERS / width)) : file.rows;
  const parts = partsWithin(file.blocks, from, Math.min(to, file.rows), most);
  const examples = (range: Range): Examples => ({
    rows: range.to - range.from,
    inputs: samplesOf(who, path, inputs, range),
    targets: targetsOf(who, path, targets, range),
  });
  const read = async ({ block, ...range }: BlockPart) => ({ rows: await file.read(block, names), ...range });
  if (!shuffling) {
    for (const part of parts) {
      const range = await read(part);
      for (const piece of piecesOf(range, width)) yield examples({ ...range, ...piece });
    }
    return;
  }
  const order = new EpochOrder(shuffling);
  for (const group of groupsOf(parts, order, Math.min(shuffling.buffer, most))) {
    const all: Examples[] = [];
    for (const part of group) all.push(examples(await read(part)));
    yield* shuffled(all, order, width);
  }
}

/** Examples of several parts in a random order. */
function* shuffled(parts: readonly Examples[], order: EpochOrder, width: number): Generator<Examples> {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const inputs = concatenated(parts.map((part) => part.inputs));
  const targets = concatenated(parts.map((part) => part.targets));
  const places = order.next(rows);
  for (const { from, to } of piecesOf({ from: 0, to: rows }, width))
    yield {
      rows: to - from,
      inputs: gathered(inputs, width, places, from, to),
      targets: gathered(targets, targets.length / rows, places, from, to),
    };
}

function concatenated<Numbers extends Examples["targets"]>(arrays: readonly Numbers[]): Numbers {
  const length = arrays.reduce((sum, each) => sum + each.length, 0);
  const all = new (arrays[0].constructor as new (length: number) => Numbers)(length);
  let at = 0;
  for (const each of arrays) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

const outlineOf = ({ path, columns }: RowFile) => ({ path, columns: columns.map(({ name }) => name) });

/** The ranges that are encoded one by one, so that memory is bounded. */
function* piecesOf({ from, to }: Omit<Range, "rows">, width: number): Generator<Omit<Range, "rows">> {
  const size = Math.max(1, Math.min(PIECE_ROWS, Math.floor(PIECE_NUMBERS / Math.max(1, width))));
  for (let begin = from; begin < to; begin += size) yield { from: begin, to: Math.min(to, begin + size) };
}

async function* textsOf(file: RowFile): AsyncGenerator<Texts, void, void> {
  const columns = file.columns.map(({ name }) => name);
  for (const [block, { begin, rows }] of file.blocks.entries()) {
    const read = await file.read(block, columns);
    for (let from = 0; from < rows; from += TEXT_ROWS) {
      const length = Math.min(TEXT_ROWS, rows - from);
      const cells = columns.map((name) => {
        const column = columnOf(read, name);
        return Array.from({ length }, (_, i) => column.text(from + i));
      });
      yield { begin: begin + from, columns, cells };
    }
  }
}

async function* samples(task: SamplesTask): AsyncGenerator<Samples, void, void> {
  const { path, reading, from, to, survey } = task;
  if (survey) {
    const file = await openSurveyed(path, survey, reading);
    try {
      yield* fileSamples(file, task);
    } finally {
      await file.close();
    }
    return;
  }
  const isWhole = from === undefined && to === undefined;
  // A text is read from the first line on, whatever its format; only parts of it need a file that has blocks.
  if (isWhole && !(await isParquet(path))) {
    for await (const { rows, begin, done } of tableRows(path, reading)) {
      checkNames(task.who, { path, columns: [...rows.columns.keys()] }, [
        ...namesOf(task.inputs),
        ...task.passed,
      ]);
      yield* samplePieces(task, rows, { begin, from: 0, to: rows.rows, types: [], done });
    }
    return;
  }
  yield* usingRows(path, reading, (file) => fileSamples(file, task));
}

async function* fileSamples(file: RowFile, task: SamplesTask): AsyncGenerator<Samples, void, void> {
  const { who, inputs, passed, from = 0, to = file.rows } = task;
  const names = [...new Set([...namesOf(inputs), ...passed])];
  checkNames(who, outlineOf(file), names);
  const types = passed.map((name) => file.columns.find((column) => column.name === name)?.type ?? "text");
  const end = Math.min(to, file.rows);
  for (const part of partsWithin(file.blocks, from, end, file.rows)) {
    const rows = await file.read(part.block, names);
    const { begin } = file.blocks[part.block];
    const done = (begin + part.to - from) / (end - from);
    yield* samplePieces(task, rows, { begin, ...part, types, done });
  }
}

/** Some rows that are in memory, and their place in the file. */
interface Piece {
  readonly begin: number;
  readonly from: number;
  readonly to: number;
  readonly types: readonly ColumnType[];
  readonly done: number;
}

function* samplePieces(
  { who, path, inputs, passed, refuseGaps }: SamplesTask,
  rows: Rows,
  { begin, from, to, types, done }: Piece,
): Generator<Samples, void, void> {
  for (const range of piecesOf({ from, to }, widthFor(inputs)))
    yield {
      begin: begin + range.from,
      rows: range.to - range.from,
      samples: samplesOf(who, path, inputs, { rows, ...range }, refuseGaps),
      passed: passed.map((name) => {
        const column = columnOf(rows, name);
        return Array.from({ length: range.to - range.from }, (_, i) => column.text(range.from + i));
      }),
      types: types.length > 0 ? types : passed.map(() => "text"),
      done,
    };
}
