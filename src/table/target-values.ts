import { numberFrom } from "../encoding/number-format.js";
import type { TableTargets } from "./folds.js";
import type { Table } from "./table.js";
import { Problems } from "./table-error.js";
import type { TargetFinding } from "./target.js";

/** Classes that are named in an error. */
const LISTED = 10;

/**
 * The targets of the rows that have one: indices of the labels, or values.
 * @throws TableError with every class that is not among the labels
 */
export function targetValues(
  who: string,
  table: Table,
  { name, rows, format }: TargetFinding,
  labels: readonly string[] | undefined,
): TableTargets {
  const cells = table.column(name, who);
  const places = new Map(labels?.map((label, i) => [label, i]));
  const problems = new Problems();
  const values = Array.from(rows, (row) => {
    const value = labels ? places.get(cells[row]) : numberFrom(cells[row], format);
    if (value === undefined) {
      const message = `target ${name}: expected a class of the model, got ${JSON.stringify(cells[row])}`;
      const more = labels && labels.length > LISTED ? ` and ${labels.length - LISTED} more` : "";
      const gap = `missing: [${JSON.stringify(cells[row])}] takes it for no value`;
      const remedy = `it has ${labels?.slice(0, LISTED).join(", ")}${more}; ${gap}`;
      // What to do is said once.
      problems.add(cells[row], message, { line: table.lines[row], ...(problems.isEmpty && { remedy }) });
    }
    return value ?? 0;
  });
  problems.throwAny(who, table.name);
  return { labels, values };
}
