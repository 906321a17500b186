import { type Model, trainTestSplit } from "lanewise";
import { type ColumnImportance, permutationImportance, type Table } from "lanewise/table";
import { UsageError } from "./command.js";
import type { TableOutcome } from "./table-outcome.js";
import type { TableSettings } from "./table-settings.js";

/** Takes sentences for a person. */
export type Say = (sentence: string) => void;

/** What training on a table gives, however it is read. */
export interface Trained {
  readonly outcome: TableOutcome;
  /** Sentences beside the notes of the reports. */
  readonly notes: readonly string[];
  /** The hash of what the table was read from. */
  readonly sha256?: string;
}

/** The column to learn. */
export function targetIn({ columns }: Table, target: string | undefined): string {
  if (target !== undefined) return target;
  throw new UsageError(`train expected --target, one of the columns ${columns.join(", ")}`);
}

/** What a model is scored by. */
export const judgingOptions = (target: string, { columns: { missing, decimal }, seed }: TableSettings) => ({
  target,
  seed,
  ...(missing && { missing }),
  ...(decimal && { decimal }),
});

/** Rows that are enough to tell what a column is worth. */
const MOST_ROWS = 2000;

/** What each column is worth to a model, on some rows of a table. */
export function importanceOf(
  model: Model,
  table: Table,
  options: Parameters<typeof permutationImportance>[2],
  seed: number,
): ColumnImportance[] {
  if (table.rows <= MOST_ROWS) return permutationImportance(model, table, options);
  const { test } = trainTestSplit(table.rows, { testFraction: MOST_ROWS / table.rows, seed });
  return permutationImportance(model, table.take(test), options);
}
