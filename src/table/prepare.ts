import { numberFrom } from "../encoding/number-format.js";
import type { Backend, Encoding } from "../index.js";
import { type Findings, findColumns } from "./columns.js";
import type { TableSource } from "./decode.js";
import { encodeTable } from "./encode-table.js";
import { type Targets, targetsOf } from "./folds.js";
import { type Learned, learn } from "./net.js";
import { originOf } from "./origin.js";
import { planEncoding } from "./plan.js";
import { readTable } from "./read.js";
import { recipeFor, type TableRecipe } from "./recipe.js";
import { Table } from "./table.js";
import { TableError } from "./table-error.js";
import type { TargetFinding } from "./target.js";
import { columnOptions, type TrainTableOptions } from "./train-options.js";

/** A table that can be learned from, with what is known of it. */
export interface PreparedTable {
  readonly table: Table;
  readonly findings: Findings;
  readonly target: TargetFinding;
  /** Of the rows `target.rows`, in their order. */
  readonly targets: Targets;
}

/** Reads a table and finds what is to be learned. @throws TableError */
export async function prepareTable(
  who: string,
  source: Table | TableSource,
  options: TrainTableOptions,
): Promise<PreparedTable> {
  const table = source instanceof Table ? source : await readTable(source);
  const findings = findColumns(table, columnOptions(options));
  const target = findings.target as TargetFinding;
  const cells = table.column(target.name);
  const { labels, format } = target;
  const places = new Map(labels?.map((label, i) => [label, i]));
  const values = Array.from(target.rows, (row) =>
    labels ? (places.get(cells[row]) as number) : (numberFrom(cells[row], format) as number),
  );
  if (values.length < 4)
    throw new TableError(who, table.name, [
      { message: `expected at least 4 rows with a target, got ${values.length}`, count: 1 },
    ]);
  return { table, findings, target, targets: { labels, values } };
}

export interface TrainedOnRows {
  readonly encoding: Encoding;
  readonly recipe: TableRecipe;
  readonly learned: Learned;
}

/**
 * Trains on some of the targets of a table. begin, share: which part of the whole work it is, for
 * `onProgress`.
 */
export async function trainOn(
  backend: Backend,
  { findings, table, target, targets: all }: PreparedTable,
  { seed = 1, classWeights, recipe: given, onProgress, signal }: TrainTableOptions,
  places: ArrayLike<number>,
  begin = 0,
  share = 1,
): Promise<TrainedOnRows> {
  const rows = Int32Array.from(places, (place) => target.rows[place]);
  const targets = targetsOf(all, places);
  const encoding = planEncoding(table, findings, rows);
  const inputs = encodeTable(encoding, table, rows);
  const recipe = recipeFor(rows.length, given);
  const learned = await learn(backend, encoding, { inputs, targets }, recipe, {
    seed,
    metadata: originOf(table, target),
    signal,
    classWeights: classWeights && balanced(targets),
    onNetwork: onProgress && ((done, of) => onProgress(begin + (share * done) / of)),
  });
  return { encoding, recipe, learned };
}

/** Weights by which all classes count alike. */
function balanced({ labels, values }: Targets): number[] | undefined {
  return labels?.map((_, label) => {
    const rows = values.filter((value) => value === label).length;
    return rows > 0 ? values.length / (labels.length * rows) : 0;
  });
}
