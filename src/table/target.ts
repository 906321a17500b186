import { type NumberFormat, numberFrom } from "../encoding/number-format.js";
import { isCode, isNoValue, numberColumn } from "./number-column.js";
import type { Table } from "./table.js";
import { TableError } from "./table-error.js";

/** What a table teaches: classes or values. */
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

/** What is decided about a target from its different cells. */
interface Decision {
  readonly task: Task;
  readonly labels?: readonly string[];
  readonly format?: NumberFormat;
  readonly reason: string;
}

/** The cell of a target in one row or more. */
interface TargetCell {
  rows: number;
  /** The line of the first of them. */
  readonly line: number;
}

/**
 * Decides whether a target is classes or values, unless the task is given: words are classes, and so are a
 * few whole numbers that come again and again. Classes are named as the table names them: 007 and 7 are two.
 * whole: what is decided by, where the table is but a part of another one.
 * @throws TableError that says why the target can be neither
 */
export function targetOf(
  who: string,
  table: Table,
  name: string,
  isGap: (cell: string) => boolean,
  options: TargetOptions,
  whole: WholeTarget = wholeOf(table, name, isGap, who),
): TargetFinding {
  const cells = table.column(name, who);
  const { gaps, present, ...decision } = whole.counts.decide(who, table.name, whole.rows, options);
  const isMissing = (row: number) => isGap(cells[row]) || gaps.includes(cells[row]);
  const rows = Int32Array.from(cells.keys()).filter((row) => !isMissing(row));
  return { name, rows, missing: whole.rows - present, ...decision };
}

/** The target of a whole table, of which only some rows may be at hand. */
export interface WholeTarget {
  readonly counts: TargetCounts;
  /** All rows, also those without a target. */
  readonly rows: number;
}

function wholeOf(table: Table, name: string, isGap: (cell: string) => boolean, who: string): WholeTarget {
  const counts = new TargetCounts(name);
  table.column(name, who).forEach((cell, row) => {
    if (!isGap(cell)) counts.add(cell, table.lines[row]);
  });
  return { counts, rows: table.rows };
}

interface TargetOptions {
  readonly task?: Task | undefined;
  readonly decimal?: "," | "." | undefined;
  /** The classes, where a model has them: a table to score it on need not have two. */
  readonly labels?: readonly string[] | undefined;
}

/** How often each cell of a target occurs, up to a number of different ones: more are no classes. */
export class TargetCounts {
  private readonly counts = new Map<string, TargetCell>();
  /** Rows of other cells than those that are counted. */
  private others = 0;

  constructor(
    private readonly name: string,
    private readonly most = Number.POSITIVE_INFINITY,
  ) {}

  /** Counts a cell that stands for a value. */
  add(cell: string, line: number): void {
    const known = this.counts.get(cell);
    if (known) known.rows++;
    else if (this.counts.size < this.most || isNoValue(cell)) this.counts.set(cell, { rows: 1, line });
    else this.others++;
  }

  /** Rows of a cell. */
  rowsOf(cell: string): number {
    return this.counts.get(cell)?.rows ?? 0;
  }

  /**
   * What the target is, cells that stand for no value after all, and the rows that have one (`present`) of a
   * `total`. Of cells that are not counted it is only known that there are such.
   * @throws TableError as targetOf does
   */
  decide(
    who: string,
    table: string,
    total: number,
    { task: given, decimal, labels: known }: TargetOptions,
  ): Decision & { readonly gaps: readonly string[]; readonly present: number } {
    const fail = (message: string): never => {
      throw new TableError(who, table, [{ message: `target ${this.name}: ${message}`, count: 1 }]);
    };
    const { counts, others } = this;
    const different = [...counts.keys()];
    if (different.length === 0) return fail("expected values, got none in any row");
    const numeric = different.some(isCode) ? undefined : numberColumn(different, decimal);
    const gaps = numeric?.gaps ?? [];
    const names = different.filter((cell) => !gaps.includes(cell));
    const rows = names.reduce((sum, cell) => sum + this.rowsOf(cell), others);
    const without = total - rows === 1 ? "1 row without it is" : `${total - rows} rows without it are`;
    const left = total > rows ? `; ${without} left out` : "";
    const numbers = new Set(numeric ? names.map((cell) => numberFrom(cell, numeric.format) as number) : []);
    if (given === undefined && numbers.size === 1)
      return fail(
        `is ${[...numbers][0]} in all ${rows} rows, so there is nothing to learn; task: "regression" trains anyway`,
      );
    const few =
      numbers.size === 2
        ? rows > 2
        : numbers.size <= FEW && rows >= Math.max(ROWS_A_CLASS, numbers.size) * numbers.size;
    const classes = numeric === undefined || (few && [...numbers].every(Number.isInteger));
    const task = given ?? (classes ? "classification" : "regression");
    const odd = different.find((cell) => numberFrom(cell) === undefined);
    const placed = (cell: string) => `${JSON.stringify(cell)} on line ${counts.get(cell)?.line}`;
    if (task === "regression") {
      if (!numeric) return fail(`expected numbers for a regression, got ${placed(odd ?? different[0])}`);
      let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const value of numbers) [least, most] = [Math.min(least, value), Math.max(most, value)];
      const so = given ? "regression as asked" : 'so regression; task: "classification" would override';
      const what =
        others > 0
          ? `numbers, more than ${numbers.size} different`
          : `numbers from ${least} to ${most}, ${numbers.size} different`;
      const reason = `${what} in ${rows} rows, ${so}${left}`;
      return { gaps, present: rows, task, format: numeric.format, reason };
    }
    if (others > 0 || (given === undefined && names.length > FEW && names.length > rows / 2)) {
      const but = odd === undefined ? "" : `, and ${placed(odd)} is no number`;
      const count = others > 0 ? `more than ${names.length}` : names.length;
      return fail(
        `${count} different values in ${rows} rows are too many for classes${but}; the option task says what it is`,
      );
    }
    if (names.length < 2 && !known)
      return fail(`expected at least 2 classes, got ${names.length} (${names.join(", ")})`);
    const labels = sorted(names);
    const listed = labels.length > 10 ? [...labels.slice(0, 10), "..."] : labels;
    const so = given ? "classification as asked" : "so classification";
    const reason = `${labels.length} classes (${listed.join(", ")}), ${so}${left}`;
    return { gaps, present: rows, task, labels, reason };
  }
}

/** Where all classes are numbers, they are in the order of numbers. */
function sorted(labels: readonly string[]): string[] {
  const byText = [...labels].sort();
  return byText.every((label) => numberFrom(label) !== undefined)
    ? byText.sort((a, b) => Number(a) - Number(b))
    : byText;
}
