import type { Encoding } from "../encoding/encoding.js";
import { checkColumnNames, checkInputs, checkReading, type ReadFileOptions, readingOf } from "./options.js";
import type { Outline, Samples } from "./tasks.js";
import { onlyValue, runTask } from "./thread.js";

/** The options of `fileSamples`. */
export interface FileSamplesOptions extends ReadFileOptions {
  /** The columns that the network takes, all of numbers; or an encoding, such as that of a model. */
  inputs: readonly string[] | Encoding;
  /** Columns whose cells come along as text. Default none. */
  passed?: readonly string[];
  /** Whether an encoding takes no missing values, either. Default false. */
  refuseGaps?: boolean;
  /** What is done about rows of CSV of another length than the header. Default "refuse". */
  badRows?: "refuse" | "leaveOut";
}

/**
 * The rows of a file of any size as samples for `predict`, in order, some thousand at a time. A thread reads
 * and encodes the next ones meanwhile. Without `from` and `to` the file may be CSV or JSON, zipped by gzip or
 * not, or Parquet; parts of a file are read of Parquet, and of CSV as `fileBatches` reads it.
 *
 * @example
 * const inputs = ["sepal_length", "petal_length"];
 * for await (const { rows, samples, passed } of fileSamples("iris.csv", { inputs, passed: ["species"] })) {
 *   console.log(rows, samples.length, passed[0][149]); // 150 300 virginica
 * }
 *
 * @throws ValueError for options that are unknown or out of range. While it reads, TableError for a file that
 * it cannot read, a missing column, and a value that the network cannot take, with its line
 */
export async function* fileSamples(
  path: string,
  options: FileSamplesOptions,
): AsyncGenerator<Samples, void, void> {
  const who = "fileSamples";
  checkReading(who, path, options, ["inputs", "passed", "refuseGaps", "badRows"]);
  const { inputs, passed = [], refuseGaps = false, badRows, from, to, thread = true } = options;
  checkInputs(who, "inputs", inputs);
  checkColumnNames(who, "passed", passed, 0);
  const reading = { ...readingOf(options), ...(badRows && { badRows }) };
  yield* runTask("samples", { who, path, reading, inputs, passed, refuseGaps, from, to }, thread);
}

/** The options of `fileMatrix`. */
export interface FileMatrixOptions extends ReadFileOptions {
  /** The columns, all of numbers, in the order of the matrix; or an encoding, such as that of a model. */
  columns: readonly string[] | Encoding;
}

/**
 * Some rows of a Parquet or CSV file as one matrix, row by row: [rows, columns].
 *
 * @example
 * const some = await fileMatrix("iris.csv", { columns: ["sepal_length", "petal_length"], from: 50, to: 52 });
 * console.log(some.length); // 4
 *
 * @throws as fileSamples does
 */
export async function fileMatrix(
  path: string,
  options: FileMatrixOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const who = "fileMatrix";
  checkReading(who, path, options, ["columns"]);
  const { columns: inputs, from, to, thread = true } = options;
  checkInputs(who, "columns", inputs);
  const task = { who, path, reading: readingOf(options), inputs, from, to };
  const parts: Float32Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const { samples } of runTask("samples", { ...task, passed: [], refuseGaps: false }, thread)) {
    parts.push(samples);
    length += samples.length;
  }
  const all = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * The columns of a Parquet or CSV file, and the number of its rows, which takes one pass over CSV.
 *
 * @example
 * const { columns, rows } = await fileOutline("iris.csv");
 * console.log(rows, columns[0].name); // 150 sepal_length
 *
 * @throws ValueError for options that are unknown; TableError for a file that cannot be read
 */
export async function fileOutline(
  path: string,
  options: Omit<ReadFileOptions, "from" | "to"> = {},
): Promise<Outline> {
  const who = "fileOutline";
  checkReading(who, path, options, []);
  return onlyValue("outline", { who, path, reading: readingOf(options) }, options.thread ?? true);
}
