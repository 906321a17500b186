import { type NumberFormat, numberFrom } from "../encoding/number-format.js";
import { isCode, numberColumn } from "./number-column.js";
import type { Table } from "./table.js";
import { TableError } from "./table-error.js";

export type Task = "classification" | "regression";

/** The largest number of different values that count as classes, unless the task is given. */
const FEW = 20;
/**
 * Whole numbers are classes where each has on average as many rows as there are numbers, and at least these:
 * of ten digits ten, while twenty numbers in sixty rows are counts or years. Two numbers are always classes.
 */
const ROWS_A_CLASS = 3;

/** What is to be predicted: classes by name, or values. */
export interface TargetFinding {
  readonly name: string;
  readonly task: Task;
  /** The names of the classes, as the table has them. */
  readonly labels?: readonly string[];
  /** How values are written. */
  readonly format?: NumberFormat;
  /** Rows that have a target. */
  readonly rows: Int32Array;
  /** Rows without a target, which are left out. */
  readonly missing: number;
  /** Why it is this task, in a sentence. */
  readonly reason: string;
}

/**
 * Decides whether a target is classes or values, unless the task is given: words are classes, and so are a
 * few whole numbers that come again and again. Classes are named as the table names them: 007 and 7 are two.
 * @throws TableError that says why the target can be neither
 */
export function targetOf(
  who: string,
  table: Table,
  name: string,
  isGap: (cell: string) => boolean,
  {
    task: given,
    decimal,
    labels: known,
  }: {
    task?: Task | undefined;
    decimal?: "," | "." | undefined;
    /** The classes, where a model has them: a table to score it on need not have two. */
    labels?: readonly string[];
  },
): TargetFinding {
  const fail = (message: string): never => {
    throw new TableError(who, table.name, [{ message: `target ${name}: ${message}`, count: 1 }]);
  };
  const cells = table.column(name, who);
  const present = Array.from(cells.keys()).filter((row) => !isGap(cells[row]));
  if (present.length === 0) return fail("expected values, got none in any row");
  const different = [...new Set(present.map((row) => cells[row]))];
  const numeric = different.some(isCode) ? undefined : numberColumn(different, decimal);
  const rows = numeric ? present.filter((row) => !numeric.gaps.includes(cells[row])) : present;
  const found = { name, rows: Int32Array.from(rows), missing: table.rows - rows.length };
  const rowsLeftOut = found.missing === 1 ? "1 row without it is" : `${found.missing} rows without it are`;
  const left = found.missing > 0 ? `; ${rowsLeftOut} left out` : "";
  const numbers = new Set(numeric ? rows.map((row) => numberFrom(cells[row], numeric.format) as number) : []);
  if (given === undefined && numbers.size === 1)
    return fail(
      `is ${[...numbers][0]} in all ${rows.length} rows, so there is nothing to learn; task: "regression" trains anyway`,
    );
  const few =
    numbers.size === 2
      ? rows.length > 2
      : numbers.size <= FEW && rows.length >= Math.max(ROWS_A_CLASS, numbers.size) * numbers.size;
  const classes = numeric === undefined || (few && [...numbers].every(Number.isInteger));
  const task = given ?? (classes ? "classification" : "regression");
  if (task === "regression") {
    if (!numeric) {
      const odd = present.find((row) => numberFrom(cells[row]) === undefined) ?? present[0];
      return fail(
        `expected numbers for a regression, got ${JSON.stringify(cells[odd])} on ${placeOf(table, odd)}`,
      );
    }
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of numbers) [least, most] = [Math.min(least, value), Math.max(most, value)];
    const so = given ? "regression as asked" : 'so regression; task: "classification" would override';
    const reason = `numbers from ${least} to ${most}, ${numbers.size} different in ${rows.length} rows, ${so}${left}`;
    return { ...found, task, format: numeric.format, reason };
  }
  const names = [...new Set(rows.map((row) => cells[row]))];
  if (given === undefined && names.length > FEW && names.length > rows.length / 2) {
    const odd = rows.find((row) => numberFrom(cells[row]) === undefined);
    const but =
      odd === undefined ? "" : `, and ${JSON.stringify(cells[odd])} on ${placeOf(table, odd)} is no number`;
    return fail(
      `${names.length} different values in ${rows.length} rows are too many for classes${but}; the option task says what it is`,
    );
  }
  if (names.length < 2 && !known)
    return fail(`expected at least 2 classes, got ${names.length} (${names.join(", ")})`);
  const labels = sorted(names);
  const listed = labels.length > 10 ? [...labels.slice(0, 10), "..."] : labels;
  const so = given ? "classification as asked" : "so classification";
  return { ...found, task, labels, reason: `${labels.length} classes (${listed.join(", ")}), ${so}${left}` };
}

const placeOf = (table: Table, row: number): string => `line ${table.lines[row]}`;

/** Where all classes are numbers, they are in the order of numbers. */
function sorted(labels: readonly string[]): string[] {
  const byText = [...labels].sort();
  return byText.every((label) => numberFrom(label) !== undefined)
    ? byText.sort((a, b) => Number(a) - Number(b))
    : byText;
}
