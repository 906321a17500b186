import type { Backend, Encoding } from "../index.js";
import { type Findings, findColumns } from "./columns.js";
import type { TableSource } from "./decode.js";
import { encodeTable } from "./encode-table.js";
import { findingsFor, type Start, startFrom } from "./fine-tune.js";
import { type TableTargets, targetsOf } from "./folds.js";
import { type Learned, learn } from "./net.js";
import { originOf } from "./origin.js";
import { planEncoding } from "./plan.js";
import { readTable } from "./read.js";
import { recipeFor, type TableRecipe } from "./recipe.js";
import { baselineOutputs } from "./scores.js";
import { Table } from "./table.js";
import { TableError } from "./table-error.js";
import type { TargetFinding } from "./target.js";
import { targetValues } from "./target-values.js";
import { columnOptions, type TrainTableOptions } from "./train-options.js";

/** A table that can be learned from, with what is known of it. */
export interface PreparedTable {
  readonly table: Table;
  readonly findings: Findings;
  readonly target: TargetFinding;
  /** Of the rows `target.rows`, in their order. */
  readonly targets: TableTargets;
  /** What training begins with, if not with random weights. */
  readonly start: Start | undefined;
}

/** Reads a table and finds what is to be learned. @throws TableError; ValueError for the option `from` */
export async function prepareTable(
  who: string,
  source: Table | TableSource,
  options: TrainTableOptions,
): Promise<PreparedTable> {
  const start = startFrom(who, options);
  const table = source instanceof Table ? source : await readTable(source);
  const task = start && (start.labels ? "classification" : "regression");
  const found = findColumns(table, { ...columnOptions(options), ...(task && { task }) });
  const findings = start ? findingsFor(start, found) : found;
  const target = findings.target as TargetFinding;
  const targets = targetValues(who, table, target, target.labels);
  if (targets.values.length < 4)
    throw new TableError(who, table.name, [
      { message: `expected at least 4 rows with a target, got ${targets.values.length}`, count: 1 },
    ]);
  return { table, findings, target, targets, start };
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
  { findings, table, target, targets: all, start }: PreparedTable,
  { seed = 1, classWeights, recipe: given, onProgress, signal }: TrainTableOptions,
  places: ArrayLike<number>,
  begin = 0,
  share = 1,
): Promise<TrainedOnRows> {
  const rows = Int32Array.from(places, (place) => target.rows[place]);
  const targets = targetsOf(all, places);
  const encoding = start?.encoding ?? planEncoding(table, findings, rows);
  const inputs = encodeTable(encoding, table, rows);
  const { hidden, networks } = start ?? {};
  const recipe = recipeFor(rows.length, { ...given, ...(hidden && networks && { hidden, networks }) });
  const learned = await learn(backend, encoding, { inputs, targets }, recipe, {
    seed,
    metadata: { ...start?.metadata, ...originOf(table, target, baselineOutputs(targets, 1)) },
    start,
    signal,
    classWeights: classWeights && balanced(targets),
    onNetwork: onProgress && ((done, of) => onProgress(begin + (share * done) / of)),
  });
  return { encoding, recipe, learned };
}

/** Weights by which all classes count alike. */
function balanced({ labels, values }: TableTargets): number[] | undefined {
  return labels?.map((_, label) => {
    const rows = values.filter((value) => value === label).length;
    return rows > 0 ? values.length / (labels.length * rows) : 0;
  });
}
