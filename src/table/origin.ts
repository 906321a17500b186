import type { Table } from "./table.js";
import type { TargetFinding } from "./target.js";

/** What a model's metadata say about the table that it was trained on. */
export function originOf(
  { rows, sha256 }: Pick<Table, "rows" | "sha256">,
  { name, task }: TargetFinding,
): Record<string, string> {
  return { target: name, task, table: JSON.stringify({ rows, ...(sha256 && { sha256 }) }) };
}

/** Whether a model's metadata name a table, by the hash of what it was read from. */
export function isTrainedOn(metadata: Readonly<Record<string, string>> | undefined, table: Table): boolean {
  if (table.sha256 === undefined) return false;
  try {
    return JSON.parse(metadata?.table ?? "null")?.sha256 === table.sha256;
  } catch {
    // Text of the user's own.
    return false;
  }
}
