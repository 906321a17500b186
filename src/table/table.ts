import { addMissing } from "./missing-column.js";
import { Problems } from "./table-error.js";

/**
 * A table as text: the cells of each column as they were read, and where each row stands in its file.
 *
 * @example
 * const table = await readTable("name,age\nAda,36\nAlan,41\n");
 * console.log(table.column("age"), table.record(1)); // [ '36', '41' ] { name: 'Alan', age: '41' }
 */
export class Table {
  constructor(
    /** What the table is called in messages. */
    readonly name: string,
    /** The names of the columns, in order, each different. */
    readonly columns: readonly string[],
    /** The cells of each column: columns x rows. */
    readonly cells: readonly (readonly string[])[],
    /** The line on which each row begins, counted from 1; of an array in JSON the position. */
    readonly lines: readonly number[],
    /** Sentences about what was read in another way than it was written. */
    readonly notes: readonly string[] = [],
    /** Columns whose name was made up. */
    readonly unnamed: readonly string[] = [],
    /** What separates the cells, in CSV. */
    readonly delimiter?: string,
    /**
     * The SHA-256 of the bytes that the whole table was read from, of text as UTF-8, in hexadecimal digits.
     * Undefined for tables that were made or taken from others, and for parts.
     */
    readonly sha256?: string,
  ) {}

  /** The number of rows. */
  get rows(): number {
    return this.lines.length;
  }

  /** The cells of a column by its name. @throws TableError with the name that was meant */
  column(name: string, who = "column"): readonly string[] {
    return this.cells[this.indexOf(name, who)];
  }

  /** The index of a column by its name. @throws TableError with the name that was meant */
  indexOf(name: string, who = "indexOf"): number {
    const index = this.columns.indexOf(name);
    if (index >= 0) return index;
    const problems = new Problems();
    addMissing(problems, this, name);
    return problems.throwAny(who, this.name) as never;
  }

  /** A row as an object: the text of each column. */
  record(row: number): Record<string, string> {
    return Object.fromEntries(this.columns.map((name, i) => [name, this.cells[i][row]]));
  }

  /** The table of some of its rows, in the order of `rows`. */
  take(rows: ArrayLike<number>): Table {
    const { name, columns, cells, lines, notes, unnamed, delimiter } = this;
    const taken = <Value>(values: readonly Value[]) => Array.from(rows, (row) => values[row]);
    return new Table(name, columns, cells.map(taken), taken(lines), notes, unnamed, delimiter);
  }
}
