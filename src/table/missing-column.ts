import { meant } from "../encoding/meant.js";
import type { Problems } from "./table-error.js";

/** Names of columns that are listed in an error. */
const LISTED = 20;

/** Adds that a table lacks a column, with the one that was meant, or with those that there are. */
export function addMissing(
  problems: Problems,
  { columns }: { readonly columns: readonly string[] },
  name: string,
): void {
  const other = meant(name, columns);
  const more = columns.length > LISTED ? ` and ${columns.length - LISTED} more` : "";
  const remedy =
    other === undefined
      ? `it has ${columns.slice(0, LISTED).join(", ")}${more}`
      : `did you mean ${JSON.stringify(other)}?`;
  problems.add(name, `expected a column ${JSON.stringify(name)}, got none`, { remedy });
}
