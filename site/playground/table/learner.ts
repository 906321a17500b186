import { type Backend, type Encoding, type Model, saveModel, trainTestSplit } from "lanewise";
import {
  findColumns,
  permutationImportance,
  readTable,
  type Table,
  TableError,
  trainTable,
} from "lanewise/table";
import { columnOptionsOf, firstChoice, trainOptionsOf } from "./choice.js";
import type { Choice, FormField, FoundColumns, OpenedTable, Trained } from "./messages.js";

/** Rows of a table that the page shows, and rows that measure the importance of a column. */
const [SHOWN_ROWS, ROWS_FOR_IMPORTANCE] = [6, 2000];

/** @throws TableError */
export async function openTable(
  file: Blob,
  name: string,
): Promise<{ table: Table; opened: OpenedTable; choice: Choice }> {
  const table = await readTable(file, { name });
  if (table.columns.length < 2)
    throw new TableError("readTable", name, [
      { message: `expected at least two columns, got ${table.columns.join(", ")}`, count: 1 },
    ]);
  const records = Array.from({ length: Math.min(SHOWN_ROWS, table.rows) }, (_, row) => table.record(row));
  const { columns, rows, notes } = table;
  return { table, opened: { name, columns, rows, records, notes }, choice: firstChoice(table) };
}

/** @throws TableError */
export function found(table: Table, choice: Choice): FoundColumns {
  const { columns, target } = findColumns(table, columnOptionsOf(choice));
  return { columns, task: target?.task ?? "classification", reason: target?.reason ?? "" };
}

/** The model, and what the page shows of it. @throws TableError */
export async function learn(
  backend: Backend,
  table: Table,
  choice: Choice,
  onProgress: (done: number) => void,
): Promise<{ model: Model; trained: Trained }> {
  const begin = performance.now();
  const { model, encoding, report } = await trainTable(backend, table, {
    ...trainOptionsOf(choice),
    onProgress,
  });
  const seconds = (performance.now() - begin) / 1000;
  return {
    model,
    trained: {
      report,
      labels: model.labels,
      importance: importanceOf(model, table, choice),
      form: formOf(encoding),
      file: saveModel(model),
      hash: globalThis.crypto?.subtle === undefined ? undefined : await model.weightsDigest(),
      parameters: model.parameterCount,
      seconds,
    },
  };
}

function importanceOf(model: Model, table: Table, { target, seed }: Choice) {
  const { rows } = table;
  const part =
    rows <= ROWS_FOR_IMPORTANCE
      ? table
      : table.take(trainTestSplit(rows, { testFraction: ROWS_FOR_IMPORTANCE / rows, seed }).test);
  return permutationImportance(model, part, { target, seed });
}

/** A field for each column that the model reads. */
function formOf({ columns }: Encoding): readonly FormField[] {
  return columns.map(({ name, kind, features }) => {
    if (kind !== "category") return { name, kind };
    const choices = features.flatMap((feature) => ("values" in feature ? feature.values : []));
    return { name, kind, choices };
  });
}
