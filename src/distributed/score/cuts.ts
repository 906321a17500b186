import type { CsvSurvey } from "../../rows/row-file.js";
import type { Survey } from "../../rows/tasks.js";
import type { ScoreSpec } from "./spec.js";

/** Rows of a file that are predicted by one job: from, and the row before which they end. */
export interface Part {
  readonly from: number;
  readonly to: number;
  /** Of a CSV file: where they are. */
  readonly csv?: CsvSurvey;
}

/** Nanoseconds that a thread takes for a cell of text, a cell of Parquet, and a number that is written. */
const [TEXT, BINARY, WRITTEN] = [150, 30, 300];
/** Rows of a part that is not asked for, at least and at most. */
const [LEAST, MOST] = [10_000, 1_000_000];
/**
 * Characters that the cells of a row which are written take, about, for parts whose output is no blob too
 * large.
 */
const [CHARACTERS, MOST_CHARACTERS] = [16, 16_000_000];

/**
 * The parts of a file. The number of threads or workers has no part in it: the same file gives the same jobs
 * everywhere.
 */
export function partsOf(spec: ScoreSpec, { rows, columns, csv }: Survey): readonly Part[] {
  const count = Math.min(rows, spec.parts ?? Math.ceil(rows / rowsOfPart(spec, columns.length, csv)));
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor((i * rows) / count), Math.floor(((i + 1) * rows) / count)];
    const blocks = csv?.blocks.filter(({ begin, rows }) => begin < to && begin + rows > from);
    return { from, to, ...(csv && blocks && { csv: { ...csv, blocks } }) };
  });
}

/** Rows that take about a second. */
function rowsOfPart({ inputs, passed, outputs }: ScoreSpec, columns: number, csv?: CsvSurvey): number {
  const read = ("columns" in inputs ? inputs.columns.length : inputs.length) + passed.length;
  const written = outputs.length + passed.length + 1;
  const nanoseconds = (csv ? columns * TEXT : read * BINARY) + written * WRITTEN;
  const second = Math.floor(1e9 / nanoseconds);
  return Math.min(MOST, Math.max(LEAST, second), Math.floor(MOST_CHARACTERS / (written * CHARACTERS)) + 1);
}
