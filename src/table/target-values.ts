import { numberFrom } from "../encoding/number-format.js";
import type { Targets } from "./folds.js";
import type { Table } from "./table.js";
import { Problems } from "./table-error.js";
import type { TargetFinding } from "./target.js";

/**
 * The targets of the rows that have one: indices of the labels, or values.
 * @throws TableError with every class that is not among the labels
 */
export function targetValues(
  who: string,
  table: Table,
  { name, rows, format }: TargetFinding,
  labels: readonly string[] | undefined,
): Targets {
  const cells = table.column(name, who);
  const places = new Map(labels?.map((label, i) => [label, i]));
  const problems = new Problems();
  const values = Array.from(rows, (row) => {
    const value = labels ? places.get(cells[row]) : numberFrom(cells[row], format);
    if (value === undefined) {
      const message = `target ${name}: expected a class of the model, ${labels?.join(", ")}, got ${JSON.stringify(cells[row])}`;
      problems.add(cells[row], message, { line: table.lines[row] });
    }
    return value ?? 0;
  });
  problems.throwAny(who, table.name);
  return { labels, values };
}
