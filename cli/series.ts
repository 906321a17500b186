import { type ColumnFinding, findColumns, type Table, TableError } from "lanewise/table";
import { dateParts, turns } from "../src/encoding/date-format.js";
import { isGap } from "../src/encoding/encode-values.js";
import { numberFrom } from "../src/encoding/number-format.js";
import { columnNamed, withColumnNames } from "./column-names.js";
import { UsageError } from "./command.js";
import type { SeriesSettings } from "./series-settings.js";
import {
  areMonths,
  countedAxis,
  dateAxis,
  runningAxis,
  type TimeAxis,
  TimeError,
  type TimeFormat,
  timeOf,
} from "./time-axis.js";

/** A table as a time series, the oldest row first. */
export interface Series {
  readonly target: string;
  readonly values: Float64Array;
  /** Other columns of numbers without gaps. */
  readonly others: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly axis: TimeAxis;
  /** What was made of the table, in sentences. */
  readonly notes: readonly string[];
}

/** What a series is read by: options of the command line, or what a model remembers. */
export interface SeriesColumns {
  readonly target: string | undefined;
  /** The other columns that are wanted; undefined for all that are numbers. */
  readonly others?: readonly string[];
  readonly columns: SeriesSettings["columns"];
}

/**
 * The series of a table. Throws a TableError that says which rows have a gap, no number, or the wrong date,
 * and a UsageError where the target is not clear.
 */
export function seriesOf(table: Table, asked: SeriesColumns, say: (sentence: string) => void): Series {
  const options = withColumnNames(table, asked.columns, say);
  const { columns } = findColumns(table, options);
  const time = timeColumn(
    table,
    columns.filter(({ name }) => !options.ignore?.includes(name)),
  );
  const numbers = columns.filter(({ kind, used, name }) => kind === "number" && used && name !== time?.name);
  const target = targetIn(table, asked.target, numbers, say);
  const others = asked.others ?? numbers.map(({ name }) => name).filter((name) => name !== target);
  const left: string[] = [];
  const found = others.flatMap((name) => {
    const values = numbersIn(table, columns, name);
    const wrong = values.findIndex(Number.isNaN);
    // A model needs each column that it was trained with.
    if (wrong >= 0 && asked.others) throw gapIn(table, name, values);
    if (wrong >= 0) left.push(name);
    return wrong >= 0 ? [] : [{ name, values }];
  });
  const values = numbersIn(table, columns, target);
  if (values.some(Number.isNaN)) throw gapIn(table, target, values);
  // A model that has learned goes on with one value, too.
  if (!asked.others && values.length > 1 && values.every((value) => value === values[0]))
    throw problem(table, [0], `column ${target}: expected numbers that change, got ${values[0]} in all rows`);
  const notes = left.map((name) => `${name} has gaps, so it is left out`);
  const axis = axisOf(table, time);
  if (!axis.isBackwards) return { target, values, others: found, axis, notes };
  return {
    target,
    values: values.reverse(),
    others: found.map(({ name, values }) => ({ name, values: values.reverse() })),
    axis,
    notes: [...notes, "the newest row comes first: the rows are turned around"],
  };
}

/** The column with the times, and how it writes them. */
function timeColumn(
  table: Table,
  allowed: readonly ColumnFinding[],
): { name: string; format: TimeFormat } | undefined {
  const date = allowed.find(({ kind, dateFormat }) => kind === "date" && dateFormat !== "time");
  if (date?.dateFormat) return { name: date.name, format: date.dateFormat };
  const months = allowed.find(({ name }) => areMonths(table.column(name)));
  if (months) return { name: months.name, format: "month" };
  const running = allowed.find(({ isRunning }) => isRunning);
  return running && allowed.length > 1 ? { name: running.name, format: "running" } : undefined;
}

function targetIn(
  table: Table,
  target: string | undefined,
  numbers: readonly ColumnFinding[],
  say: (sentence: string) => void,
): string {
  if (target !== undefined) return columnNamed(table, target, say);
  if (numbers.length === 1) return numbers[0].name;
  throw new UsageError(
    `--forecast expected --target, one of the columns ${(numbers.length > 0 ? numbers.map(({ name }) => name) : table.columns).join(", ")}`,
  );
}

/** The numbers of a column; NaN for a gap. Throws a TableError for cells that are no numbers. */
function numbersIn(table: Table, columns: readonly ColumnFinding[], name: string): Float64Array {
  const cells = table.column(name, "forecast");
  const { numberFormat, gaps = [] } = columns.find((column) => column.name === name) ?? {};
  const values = Float64Array.from(cells, (cell) =>
    isGap(cell, gaps) ? Number.NaN : (numberFrom(cell, numberFormat) ?? Number.POSITIVE_INFINITY),
  );
  const wrong = [...values.keys()].filter((row) => values[row] === Number.POSITIVE_INFINITY);
  if (wrong.length > 0)
    throw problem(table, wrong, `column ${name}: expected numbers, got ${JSON.stringify(cells[wrong[0]])}`);
  return values;
}

function gapIn(table: Table, name: string, values: Float64Array): TableError {
  const rows = [...values.keys()].filter((row) => Number.isNaN(values[row]));
  const cell = JSON.stringify(table.column(name)[rows[0]]);
  return problem(
    table,
    rows,
    `column ${name}: expected a number in every row, got ${cell}`,
    "fill the gaps first, such as with the value before",
  );
}

const problem = (table: Table, [row, ...more]: readonly number[], message: string, remedy?: string) =>
  new TableError("forecast", table.name, [
    { message, line: table.lines[row], count: 1 + more.length, ...(remedy && { remedy }) },
  ]);

function axisOf(
  table: Table,
  column: { name: string; format: TimeFormat } | undefined,
): TimeAxis & { readonly isBackwards?: boolean } {
  if (!column) return countedAxis(table.rows);
  const { name, format } = column;
  const cells = table.column(name);
  const times = Float64Array.from(cells, (cell) => timeOf(cell, format) ?? Number.NaN);
  const wrong = times.findIndex(Number.isNaN);
  if (wrong >= 0)
    throw problem(table, [wrong], `column ${name}: expected a date, got ${JSON.stringify(cells[wrong])}`);
  if (format === "running") return runningAxis(name, times);
  const isBackwards = times.length > 1 && times.every((time, i) => i === 0 || time < times[i - 1]);
  try {
    return { ...dateAxis(name, isBackwards ? times.reverse() : times, format), isBackwards };
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
    const row = isBackwards ? table.rows - 1 - error.row : error.row;
    const rows = [row, ...new Array<number>(error.count - 1).fill(row)];
    const message = `column ${name}: ${error.message}`;
    throw problem(table, rows, message, `add the rows, or take the rows as they come with --ignore ${name}`);
  }
}

/** Parts of a date that are told to a network, where the series has at least two turns of them. */
const PARTS = ["dayOfYear", "dayOfWeek", "hour"] as const;
export type CalendarPart = (typeof PARTS)[number];
const DAYS: Readonly<Record<CalendarPart, number>> = { dayOfYear: 365.25, dayOfWeek: 7, hour: 1 };
const DAY = 86_400_000;

/** The parts of the dates of the first rows that go round there, in more than two steps. */
export function calendarOf({ times }: TimeAxis, rows: number): CalendarPart[] {
  if (!times) return [];
  const days = (times[rows - 1] - times[0]) / DAY;
  const step = days / (rows - 1);
  return PARTS.filter((part) => days >= 2 * DAYS[part] && step < DAYS[part] / 2);
}

/** A part of a date as turns from 0 to 1. */
export function turnOf(part: CalendarPart, time: number): number {
  const [length, begin] = turns[part] ?? [1, 0];
  return (dateParts[part](time) - begin) / length;
}
