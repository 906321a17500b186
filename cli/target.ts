import { counted, grouped } from "./figures.js";
import { isCode, notANumber, numberFrom } from "./number.js";
import type { Cell } from "./source.js";

export const TASKS = ["classification", "regression"] as const;
export type Task = (typeof TASKS)[number];

/** The largest number of different values that count as classes, unless the task is given. */
const FEW = 20;
/**
 * Whole numbers are classes where each has on average as many rows as there are numbers, and at least these:
 * of ten digits ten, while twenty numbers in sixty rows are counts or years. Two numbers are always classes.
 */
const ROWS_A_CLASS = 3;

/** Words that programs write for a missing value. */
const NO_VALUE = /^(n\/?a|nan|null|none|nil|missing|unknown|[?.*-]+|#n\/?a|#num!|#value!|#div\/0!)$/i;

/** The kind of a target column: classes by name, or values. */
export type Target =
  | { readonly task: "classification"; readonly labels: readonly string[] }
  | { readonly task: "regression" };

export interface TargetOptions {
  /** The value of `--task`. */
  readonly task?: Task | undefined;
  /** Whether numbers may have leading zeros. */
  readonly codesAllowed?: boolean;
}

/** The kind of a target column, and the reason. */
export interface Finding {
  readonly kind: Target;
  /** The reason, in one line. */
  readonly reason: string;
}

/**
 * Finds out whether targets are classes or values, unless the task is given: words are classes, and so are a
 * few whole numbers that come again and again. Classes are named as the table names them: 007 and 7 are two.
 * Throws an Error that says why the targets can be neither.
 */
export function targetFrom(
  column: string,
  cells: readonly Cell[],
  { task: given, codesAllowed = false }: TargetOptions,
): Finding {
  const different = [...new Set(cells.map(({ text }) => text))];
  const odd = cells.find(({ text }) => numberFrom(text) === undefined || (isCode(text) && !codesAllowed));
  if (given === undefined && odd && isMissing(odd, cells, codesAllowed))
    throw new Error(
      `${odd.place}, column ${column}: expected a number as in other rows, got ${JSON.stringify(odd.text)}: leave out the rows without a value; --task classification takes it for a class`,
    );
  const numbers = new Set(odd ? [] : different.map(Number));
  if (given === undefined && numbers.size === 1) {
    const rows = cells.length === 1 ? "the only row" : `all ${grouped(cells.length)} rows`;
    const [number] = numbers;
    const ways = different.length > 1 ? `, written in ${different.length} ways` : "";
    const classes = ways ? ", --task classification takes each way for a class" : "";
    throw new Error(
      `target ${column}: is ${number} in ${rows}${ways}, so there is nothing to learn; --task regression trains anyway${classes}`,
    );
  }
  const few =
    numbers.size === 2
      ? cells.length > 2
      : numbers.size <= FEW && cells.length >= Math.max(ROWS_A_CLASS, numbers.size) * numbers.size;
  const classes = odd !== undefined || (few && [...numbers].every(Number.isInteger));
  const task = given ?? (classes ? "classification" : "regression");
  if (task === "regression") {
    const range = rangeOf(values(column, cells, codesAllowed));
    const count = `${grouped(numbers.size)} different in ${counted(cells.length, "row")}`;
    const so = given ? "regression as asked" : "so regression";
    return {
      kind: { task },
      reason: `target ${column}: numbers from ${range}, ${so} (${count})${given ? "" : "; --task classification would override"}`,
    };
  }
  if (given === undefined && different.length > FEW && different.length > cells.length / 2) {
    const but = odd ? `, and ${odd.place} has ${JSON.stringify(odd.text)}, which is no number` : "";
    throw new Error(
      `target ${column}: ${grouped(different.length)} different values in ${grouped(cells.length)} rows are too many for classes${but}; --task says what it is`,
    );
  }
  if (different.length < 2)
    throw new Error(
      `target ${column}: expected at least 2 classes, got ${different.length} (${different.join(", ")})`,
    );
  const labels = sorted(different);
  const listed = labels.length > 10 ? [...labels.slice(0, 10), "..."] : labels;
  const so = given ? "classification as asked" : "so classification; --task regression would override";
  return {
    kind: { task, labels },
    reason: `target ${column}: ${grouped(labels.length)} classes (${listed.join(", ")}), ${so}`,
  };
}

/** Whether a cell that is no number says that there is none: all others are numbers, or say so, too. */
function isMissing({ text }: Cell, cells: readonly Cell[], codesAllowed: boolean): boolean {
  const isNumber = (of: string) => numberFrom(of) !== undefined && (!isCode(of) || codesAllowed);
  return (
    NO_VALUE.test(text) &&
    cells.some(({ text: other }) => isNumber(other)) &&
    cells.every(({ text: other }) => isNumber(other) || NO_VALUE.test(other))
  );
}

/** Where all classes are numbers, they are in the order of numbers. */
function sorted(labels: readonly string[]): string[] {
  const byText = [...labels].sort();
  return byText.every((label) => numberFrom(label) !== undefined)
    ? byText.sort((a, b) => Number(a) - Number(b))
    : byText;
}

function rangeOf(numbers: Float64Array): string {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of numbers) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return `${least} to ${most}`;
}

/**
 * What is to be said about the names of classes: which differ in spaces or in how a number is written, and
 * which were read without the spaces around them.
 */
export function labelNotes(column: string, cells: readonly Cell[], labels: readonly string[]): string[] {
  const notes: string[] = [];
  const alike = (key: (label: string) => string | number, what: string) => {
    const seen = new Map<string | number, string>();
    for (const label of labels) {
      const other = seen.get(key(label));
      if (other !== undefined)
        notes.push(
          `target ${column}: the classes ${JSON.stringify(other)} and ${JSON.stringify(label)} differ only in ${what}`,
        );
      else seen.set(key(label), label);
    }
  };
  alike((label) => label.trim(), "spaces around them");
  if (labels.every((label) => numberFrom(label) !== undefined)) alike(Number, "how the number is written");
  const written = new Map<string, string>();
  for (const { text, written: whole = text } of cells) {
    const first = written.get(text);
    if (first === undefined) written.set(text, whole);
    else if (first !== whole && !notes.some((note) => note.includes("are one class")))
      notes.push(
        `target ${column}: ${JSON.stringify(first)} and ${JSON.stringify(whole)} are one class, for spaces around text without quotes are left out`,
      );
  }
  return notes;
}

/** The index of each cell's class. Throws an Error with the place of a class that is not among them. */
export function classIndices(column: string, cells: readonly Cell[], labels: readonly string[]): Int32Array {
  const indices = new Map(labels.map((label, i) => [label, i]));
  return Int32Array.from(cells, ({ text, place }) => {
    const index = indices.get(text);
    if (index === undefined)
      throw new Error(
        `${place}, column ${column}: expected a class that the model knows (${labels.join(", ")}), got ${JSON.stringify(text)}`,
      );
    return index;
  });
}

/** The values of the cells. Throws an Error with the place of what is no number. */
export function values(column: string, cells: readonly Cell[], codesAllowed = false): Float64Array {
  return Float64Array.from(cells, ({ text, place }) => {
    const number = numberFrom(text);
    if (number === undefined || (isCode(text) && !codesAllowed))
      throw new Error(`${place}, column ${column}: ${notANumber(text, column)}`);
    return number;
  });
}
