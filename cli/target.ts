import { numberFrom } from "./csv.js";
import type { Cell } from "./source.js";

export const TASKS = ["classification", "regression"] as const;
export type Task = (typeof TASKS)[number];

/** So many different values may well be classes, be they numbers or few rows. */
const FEW = 20;

/** What a column of targets is: classes by name, or values. */
export type Target =
  | { readonly task: "classification"; readonly labels: readonly string[] }
  | { readonly task: "regression" };

/**
 * Finds out whether targets are classes or values, unless the task is given. Throws an Error that says why
 * they can be neither.
 */
export function targetFrom(column: string, cells: readonly Cell[], given: Task | undefined): Target {
  const different = [...new Set(labelsOf(cells))];
  const numeric = different.every((label) => numberFrom(label) !== undefined);
  const few = different.length <= FEW && different.every((label) => Number.isInteger(Number(label)));
  const task = given ?? (!numeric || few ? "classification" : "regression");
  if (task === "regression") return { task };
  if (given === undefined && different.length > FEW && different.length > cells.length / 2) {
    const odd = cells.find(({ text }) => numberFrom(text) === undefined);
    const but = odd ? `, and ${odd.place} has ${JSON.stringify(odd.text)}, which is no number` : "";
    throw new Error(
      `target ${column}: ${different.length} different values in ${cells.length} rows are too many for classes${but}; --task says what it is`,
    );
  }
  if (different.length < 2)
    throw new Error(
      `target ${column}: expected at least 2 classes, got ${different.length} (${different.join(", ")})`,
    );
  return { task, labels: numeric ? different.sort((a, b) => Number(a) - Number(b)) : different.sort() };
}

/** The index of each cell's class. Throws an Error with the place of a class that is not among them. */
export function classIndices(column: string, cells: readonly Cell[], labels: readonly string[]): Int32Array {
  const indices = new Map(labels.map((label, i) => [label, i]));
  const numeric = labels.every((label) => numberFrom(label) !== undefined);
  return Int32Array.from(cells, ({ text, place }) => {
    const index = indices.get(numeric ? canonical(text) : text);
    if (index === undefined)
      throw new Error(
        `${place}, column ${column}: expected a class that the model knows (${labels.join(", ")}), got ${JSON.stringify(text)}`,
      );
    return index;
  });
}

/** The values of the cells. Throws an Error with the place of what is no number. */
export function values(column: string, cells: readonly Cell[]): Float64Array {
  return Float64Array.from(cells, ({ text, place }) => {
    const number = numberFrom(text);
    if (number === undefined)
      throw new Error(`${place}, column ${column}: expected a number, got ${JSON.stringify(text)}`);
    return number;
  });
}

/** Where all classes are numbers, 1 and 1.0 are one. */
function labelsOf(cells: readonly Cell[]): string[] {
  const texts = cells.map(({ text }) => text);
  return texts.every((text) => numberFrom(text) !== undefined) ? texts.map(canonical) : texts;
}

function canonical(text: string): string {
  return String(numberFrom(text) ?? text);
}
