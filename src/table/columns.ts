import { type DateFormat, dateFormats, dateFrom } from "../encoding/date-format.js";
import { isGap } from "../encoding/encode-values.js";
import { type NumberFormat, numberFrom } from "../encoding/number-format.js";
import { checkOptions, checkTable, checkWord } from "./check-options.js";
import { addMissing } from "./missing-column.js";
import { formatText, isCode, type NumberColumn, needsDecimalComma, numberColumn } from "./number-column.js";
import type { Table } from "./table.js";
import { Problems } from "./table-error.js";
import { type TargetFinding, type Task, targetOf, type WholeTarget } from "./target.js";

const KINDS = ["number", "category", "yesNo", "date", "text", "words", "identifier", "constant"] as const;

/** What a column is. "words" is never found, only asked for: text whose words are used. */
export type ColumnKind = (typeof KINDS)[number];

/** What was found out about a column. */
export interface ColumnFinding {
  readonly name: string;
  readonly kind: ColumnKind | "target";
  /** Whether a network is to see it. */
  readonly used: boolean;
  /** Why, in a sentence. */
  readonly reason: string;
  /** Words in this column that stand for no value, beside those of every column. */
  readonly gaps: readonly string[];
  /** How a number or a date is written. */
  readonly numberFormat?: NumberFormat;
  readonly dateFormat?: DateFormat;
  /** Whether a number is a category, too: there are few different ones. */
  readonly isCategory?: true;
  /** Whether it is a running number, which is used only where no other column is. */
  readonly isRunning?: true;
}

/** What was found out about a table. */
export interface Findings {
  readonly columns: readonly ColumnFinding[];
  readonly target?: TargetFinding;
}

/** The options of `findColumns`. */
export interface FindColumnsOptions {
  /** The column to learn to predict. */
  target?: string;
  /** Whether the target is classes or values. Default: by its cells. */
  task?: Task;
  /** Columns to leave out. */
  ignore?: readonly string[];
  /** The kind of columns by their names, where another one is wanted than what is found. */
  columns?: Readonly<Record<string, ColumnKind>>;
  /** The format of all dates, or of columns by their names; epochs are never found, only asked for. */
  dateFormat?: DateFormat | Readonly<Record<string, DateFormat>>;
  /** Words that stand for no value, beside "", NA, N/A, NaN, null, - and ?. */
  missing?: readonly string[];
  /** The decimal separator. Default: detected for each column. */
  decimal?: "," | ".";
}

const WHO = "findColumns";
/** A column of whole numbers counts as categories, too, with at most this many distinct values. */
const FEW_NUMBERS = 12;
/** The average number of rows that each of these values needs. */
const ROWS_A_NUMBER = 10;
/** A column of numbers may have one other cell in this many rows, and this many distinct ones. */
const ROWS_AN_ODD_CELL = 20;
export const ODD_CELLS = 5;
/** Words of which more than this part are different are names, not categories. */
const NEARLY_ALL = 0.5;
const PAIRS = ["no yes", "n y", "false true", "f t", "off on", "0 1"];
const IDENTIFIER = /(^|[^a-z])(id|uuid|guid|key|index|rownames?)$|[a-z](Id|ID)$/;

/**
 * Finds out what each column of a table is, with the reason: a number, a category, yes or no, a date, text,
 * an identifier or a constant. Text, identifiers and constants are not used.
 *
 * @example
 * const table = await readTable(await readFile("iris.csv"));
 * const { columns, target } = findColumns(table, { target: "species" });
 * console.log(columns[0].name, columns[0].kind, target?.task); // sepal_length number classification
 *
 * @throws TableError with all columns that are not there and all cells that are not of the kind asked for;
 * ValueError for options
 */
export function findColumns(table: Table, options: FindColumnsOptions = {}): Findings {
  checkTable(WHO, table);
  return findColumnsOf({ table, positions: table.lines.map((_, row) => row) }, options);
}

/** Rows of a table, from which its columns are found. */
export interface TableSample {
  readonly table: Table;
  /** Which rows of the whole table they are, in ascending order. */
  readonly positions: ArrayLike<number>;
  /** The target of the whole table, where these are not all rows. */
  readonly target?: WholeTarget;
}

/** What the columns of a table are, as far as some of its rows tell. @throws as findColumns does */
export function findColumnsOf(sample: TableSample, options: FindColumnsOptions): Findings {
  const { table, positions } = sample;
  const known = ["target", "task", "ignore", "columns", "dateFormat", "missing", "decimal"];
  checkOptions(WHO, options, known);
  const { target, task, ignore = [], columns: kinds = {}, dateFormat, missing = [] } = options;
  checkWord(WHO, "task", task, ["classification", "regression"]);
  checkWord(WHO, "decimal", options.decimal, [",", "."]);
  const formats = typeof dateFormat === "string" ? {} : (dateFormat ?? {});
  for (const kind of Object.values(kinds)) checkWord(WHO, "the kind of a column", kind, KINDS);
  for (const format of [...Object.values(formats), ...(typeof dateFormat === "string" ? [dateFormat] : [])])
    checkWord(WHO, "dateFormat", format, dateFormats);
  const problems = new Problems();
  const named = [...(target === undefined ? [] : [target]), ...ignore];
  for (const name of [...named, ...Object.keys(kinds), ...Object.keys(formats)]) {
    if (!table.columns.includes(name)) addMissing(problems, table, name);
  }
  problems.throwAny(WHO, table.name);
  const gap = (cell: string) => isGap(cell, missing);
  const decimal = options.decimal ?? (usesDecimalCommas(table, gap) ? "," : undefined);
  const columns = table.columns.map((name, i): ColumnFinding => {
    const found = { name, used: false, gaps: missing };
    if (name === target) return { ...found, kind: "target", reason: "is to be predicted" };
    const column = new Column(table, positions, i, gap, decimal);
    if (ignore.includes(name))
      return { ...found, kind: column.kindOf().kind, reason: "is left out as asked" };
    if (table.unnamed.includes(name))
      return { ...found, kind: column.kindOf().kind, reason: "has no name, so it is left out" };
    const format = Object.hasOwn(formats, name)
      ? formats[name]
      : typeof dateFormat === "string" && column.isDate(dateFormat)
        ? dateFormat
        : undefined;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : format && "date";
    const what = kind ? column.as(kind, format, problems) : column.kindOf();
    const used = !["text", "identifier", "constant"].includes(what.kind);
    return { ...found, used, ...what, gaps: [...missing, ...(what.gaps ?? [])] };
  });
  problems.throwAny(WHO, table.name);
  return {
    columns: target === undefined || columns.some(({ used }) => used) ? columns : withRunningNumbers(columns),
    ...(target !== undefined && {
      target: targetOf(WHO, table, target, gap, { task, decimal }, sample.target),
    }),
  };
}

/** Uses running numbers, such as x of a function or a time, if there is no other column to learn from. */
const withRunningNumbers = (columns: readonly ColumnFinding[]): ColumnFinding[] =>
  columns.map((column) =>
    column.isRunning
      ? { ...column, kind: "number", used: true, reason: `${column.reason}, used since no other column is` }
      : column,
  );

/** Whether some column has decimal commas for certain, or the delimiter is the one that is used with them. */
function usesDecimalCommas(table: Table, gap: (cell: string) => boolean): boolean {
  return table.cells.some((cells) => needsDecimalComma([...new Set(cells)].filter((cell) => !gap(cell))));
}

/** Whether a column keeps its type despite its odd cells, in `oddRows` of `rows`. */
export const isFewOddCells = (different: number, oddRows: number, rows: number): boolean =>
  different <= ODD_CELLS && oddRows * ROWS_AN_ODD_CELL <= rows;

type Found = Pick<ColumnFinding, "kind" | "reason"> & Partial<ColumnFinding>;

/** A column that is looked at. */
class Column {
  private readonly cells: readonly string[];
  private readonly present: readonly string[];
  private readonly different: readonly string[];

  constructor(
    private readonly table: Table,
    private readonly positions: ArrayLike<number>,
    private readonly index: number,
    gap: (cell: string) => boolean,
    private readonly decimal: "," | "." | undefined,
  ) {
    this.cells = table.cells[index];
    this.present = this.cells.filter((cell) => !gap(cell));
    this.different = [...new Set(this.present)];
  }

  kindOf(): Found {
    const { present, different } = this;
    if (different.length === 0) return { kind: "constant", reason: "is empty in all rows" };
    if (different.length === 1 && present.length === this.cells.length)
      return { kind: "constant", reason: `is ${JSON.stringify(different[0])} in all rows` };
    if (different.length === 2 && PAIRS.includes(this.words().join(" ")))
      return { kind: "yesNo", reason: `is ${different.join(" or ")}` };
    const code = different.find(isCode);
    const numbers = code === undefined ? numberColumn(different, this.decimal) : undefined;
    if (numbers) return this.numbers(numbers);
    const date = this.date();
    if (date) return date;
    const mostly = code === undefined ? this.mostlyNumbers() : undefined;
    if (mostly) return this.numbers(mostly);
    return this.names(code === undefined ? "" : `, codes with leading zeros such as ${code}`);
  }

  /** The finding for a kind that is asked for. Adds what is not of that kind to the problems. */
  as(kind: ColumnKind, format: DateFormat | undefined, problems: Problems): Found {
    const { different, index, table } = this;
    const name = table.columns[index];
    const reason = `is a ${kind} as asked`;
    const refuse = (expected: string, isRight: (cell: string) => boolean) => {
      const row = this.cells.findIndex((cell) => different.includes(cell) && !isRight(cell));
      const message = `column ${name}: expected ${expected}, got ${JSON.stringify(this.cells[row])}`;
      const remedy = `missing: [${JSON.stringify(this.cells[row])}] takes it for no value`;
      problems.add(name, message, { line: table.lines[row], remedy });
    };
    if (kind === "number") {
      const numbers = numberColumn(different, this.decimal);
      if (!numbers) refuse("numbers as asked", (cell) => numberFrom(cell) !== undefined);
      return { kind, reason, gaps: numbers?.gaps ?? [], numberFormat: numbers?.format ?? {} };
    }
    if (kind === "date") {
      const found = format ? { format } : this.dates()[0];
      const right = found?.format ?? "iso";
      if (!this.isDate(right)) refuse(`dates (${right})`, (cell) => dateFrom(cell, right) !== undefined);
      return { kind, reason: `is a date (${right}) as asked`, dateFormat: right };
    }
    return { kind, reason: kind === "words" ? "is text, whose words are used as asked" : reason };
  }

  /** Whether every cell is a date of a format. */
  isDate(format: DateFormat): boolean {
    return this.different.length > 0 && this.different.every((cell) => dateFrom(cell, format) !== undefined);
  }

  private words(): string[] {
    return this.different.map((cell) => cell.toLowerCase()).sort();
  }

  private numbers({ format, gaps }: { format: NumberFormat; gaps: readonly string[] }): Found {
    const name = this.table.columns[this.index];
    const cells = gaps.length > 0 ? this.present.filter((cell) => !gaps.includes(cell)) : this.present;
    const values = cells.map((cell) => numberFrom(cell, format) as number);
    const count = new Set(values).size;
    const isWhole = values.every(Number.isInteger);
    if (isWhole && count === values.length && count === this.cells.length && count > 2) {
      const { positions } = this;
      if (values.every((value, i) => i === 0 || value - values[i - 1] === positions[i] - positions[i - 1]))
        return {
          kind: "identifier",
          reason: `is a running number from ${values[0]} to ${values.at(-1)}`,
          gaps,
          numberFormat: format,
          isRunning: true,
        };
      if (IDENTIFIER.test(name)) return { kind: "identifier", reason: "is another number in each row" };
    }
    const isFew = isWhole && count > 2 && count <= FEW_NUMBERS && values.length >= ROWS_A_NUMBER * count;
    const also = isFew ? ", few enough to be categories, too" : "";
    const odd = gaps.length > 0 ? `; ${gaps.join(", ")} count as missing` : "";
    return {
      kind: "number",
      reason: `is ${count} different numbers${formatText(format)}${also}${odd}`,
      gaps,
      numberFormat: format,
      ...(isFew && { isCategory: true }),
    };
  }

  /** The numbers of a column in which a few cells are none, such as a remark: these count as missing. */
  private mostlyNumbers(): NumberColumn | undefined {
    const { different, present } = this;
    const odd = new Set(different.filter((cell) => !numberColumn([cell], this.decimal)));
    if (odd.size > ODD_CELLS) return undefined;
    const oddRows = present.filter((cell) => odd.has(cell)).length;
    if (!isFewOddCells(odd.size, oddRows, present.length)) return undefined;
    const numbers = numberColumn(
      different.filter((cell) => !odd.has(cell)),
      this.decimal,
    );
    return numbers && { ...numbers, gaps: [...numbers.gaps, ...odd] };
  }

  /** The formats in which all cells are dates. */
  private dates(): { format: DateFormat }[] {
    return dateFormats
      .filter((format) => !format.startsWith("epoch") && this.isDate(format))
      .map((format) => ({ format }));
  }

  private date(): Found | undefined {
    const [first, second] = this.dates();
    if (first === undefined) return undefined;
    const { format } = first;
    const or = second
      ? `, which could be ${second.format}, too: no value is above 12; dateFormat says which`
      : "";
    return { kind: "date", reason: `is a date (${format})${or}`, dateFormat: format };
  }

  private names(what: string): Found {
    const { present, different } = this;
    const isUnique = different.length === present.length && present.length > 2;
    if (isUnique || different.length > Math.max(20, present.length * NEARLY_ALL)) {
      const spaces = present.reduce((sum, cell) => sum + cell.split(/\s+/).length - 1, 0) / present.length;
      const kind = spaces >= 1 ? "text" : "identifier";
      const name = JSON.stringify(this.table.columns[this.index]);
      const share = isUnique ? "another word" : `${different.length} different words`;
      const reason =
        kind === "text"
          ? `is text, ${share} in ${present.length} rows; columns: { ${name}: "words" } uses its words`
          : `is ${share} in ${isUnique ? "each row" : `${present.length} rows`}`;
      return { kind, reason: `${reason}${what}` };
    }
    const example = different
      .slice(0, 3)
      .map((cell) => JSON.stringify(cell))
      .join(", ");
    const numbers = different.filter((cell) => numberFrom(cell) !== undefined).length;
    const odd = this.oddCell(numbers);
    return { kind: "category", reason: `is ${different.length} categories such as ${example}${what}${odd}` };
  }

  /** What keeps a column that is mostly numbers from being one. */
  private oddCell(numbers: number): string {
    if (numbers < this.different.length / 2) return "";
    const row = this.cells.findIndex(
      (cell) => this.different.includes(cell) && numberFrom(cell) === undefined,
    );
    return row < 0
      ? ""
      : `; all but ${this.different.length - numbers} are numbers, the first other is ${JSON.stringify(this.cells[row])} on line ${this.table.lines[row]}`;
  }
}
