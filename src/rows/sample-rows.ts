import { encodeColumn, isGap } from "../encoding/encode-values.js";
import { type Encoding, encodedWidth, widthOf } from "../encoding/encoding.js";
import { numberFrom } from "../encoding/number-format.js";
import { addMissing } from "../table/missing-column.js";
import { Problems } from "../table/table-error.js";
import type { Column } from "./column.js";
import { decimalFrom } from "./decimal.js";
import type { Rows } from "./row-file.js";

/** What becomes of the columns of a file: the numbers of these columns, or what an encoding makes of them. */
export type SampleColumns = readonly string[] | Encoding;

const isNames = (inputs: SampleColumns): inputs is readonly string[] => Array.isArray(inputs);

/** The names of the columns that are read. */
export const namesOf = (inputs: SampleColumns): readonly string[] =>
  isNames(inputs) ? inputs : inputs.columns.map(({ name }) => name);

/** The numbers of a sample. */
export const widthFor = (inputs: SampleColumns): number =>
  isNames(inputs) ? inputs.length : encodedWidth(inputs);

/** @throws TableError with every column that the file lacks, and the one that was meant */
export function checkNames(
  who: string,
  file: { readonly path: string; readonly columns: readonly string[] },
  names: readonly string[],
): void {
  const problems = new Problems();
  for (const name of names) if (!file.columns.includes(name)) addMissing(problems, file, name);
  problems.throwAny(who, file.path);
}

/** The rows from..to of some that are in memory. */
export interface Range {
  readonly rows: Rows;
  readonly from: number;
  readonly to: number;
}

/**
 * The samples of some rows: [to - from, width]. With `refuseGaps` an encoding takes no missing values,
 * either.
 * @throws TableError with every value that is not taken, and its line
 */
export function samplesOf(
  who: string,
  path: string,
  inputs: SampleColumns,
  range: Range,
  refuseGaps = false,
): Float32Array<ArrayBuffer> {
  const width = widthFor(inputs);
  const out = new Float32Array((range.to - range.from) * width);
  const problems = new Problems();
  if (isNames(inputs))
    inputs.forEach((name, at) => {
      numbersInto(out.subarray(at), width, name, range, problems);
    });
  else encodeInto(out, inputs, range, problems, refuseGaps);
  problems.throwAny(who, path);
  return out;
}

/** Writes the numbers of a column, `step` apart. Collects what is none. */
export function numbersInto(
  out: Float32Array,
  step: number,
  name: string,
  { rows, from, to }: Range,
  problems: Problems,
): void {
  const column = columnOf(rows, name);
  for (let row = from, at = 0; row < to; row++, at += step) {
    const value = column.value(row);
    const number = typeof value === "number" ? value : numberIn(value);
    // -0 is 0, as it is in Parquet.
    if (Number.isFinite(number)) out[at] = number + 0;
    else addNoNumber(problems, name, column.text(row), rows.lineOf(row));
  }
}

const numberIn = (text: string): number => decimalFrom(text) ?? numberFrom(text) ?? Number.NaN;

function addNoNumber(problems: Problems, name: string, text: string, line: number): void {
  const got = text === "" ? "none" : JSON.stringify(text);
  problems.add(name, `column ${name}: expected a number, got ${got}`, { line });
}

function encodeInto(
  out: Float32Array,
  encoding: Encoding,
  { rows, from, to }: Range,
  problems: Problems,
  refuseGaps: boolean,
): void {
  const width = encodedWidth(encoding);
  const refused = new Error("a value that a column does not take");
  let begin = 0;
  for (const column of encoding.columns) {
    const { name, kind, gaps } = column;
    const values = columnOf(rows, name);
    const read =
      kind === "number" ? (i: number) => values.value(from + i) : (i: number) => values.text(from + i);
    const refuse = (i: number): never => {
      const text = JSON.stringify(values.text(from + i));
      problems.add(name, `column ${name}: expected a ${kind}, got ${text}`, { line: rows.lineOf(from + i) });
      throw refused;
    };
    if (refuseGaps)
      for (let row = from; row < to; row++)
        if (isGap(values.value(row), gaps)) addGap(problems, name, values.text(row), rows.lineOf(row));
    try {
      encodeColumn(column, to - from, read, refuse, { out, width, begin });
    } catch (thrown) {
      if (thrown !== refused) throw thrown;
    }
    begin += column.features.reduce((sum, feature) => sum + widthOf(feature), 0);
  }
}

const addGap = (problems: Problems, name: string, text: string, line: number) =>
  problems.add(name, `column ${name}: expected a number, got ${JSON.stringify(text)}`, { line });

/** A column that was read. */
export const columnOf = (rows: Rows, name: string): Column => rows.columns.get(name) as Column;
