import { isGap } from "../encoding/encode-values.js";
import { type Encoding, ValueError } from "../index.js";
import { checkOptions, checkTable } from "./check-options.js";
import { findColumns } from "./columns.js";
import { encodeTable } from "./encode-table.js";
import type { TableTargets } from "./folds.js";
import type { OfClasses, OfTask, OfValues } from "./of-task.js";
import { isTrainedOn, rememberedBaseline } from "./origin.js";
import type { HeldOutPredictions } from "./predictions.js";
import { scorePredictions } from "./score-predictions.js";
import { scoresOf } from "./scores.js";
import type { Table } from "./table.js";
import { type TargetFinding, targetOf } from "./target.js";
import { targetValues } from "./target-values.js";

/** What is asked of a model that is to be scored: `trainTable` and `loadModel` of each entry give such. */
export interface TableModel {
  readonly encoding: Encoding | undefined;
  readonly labels: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The outputs for encoded rows, row by row. */
  predict(samples: Float32Array): Float32Array;
}

/** The options of `evaluateTable`. */
export interface EvaluateTableOptions {
  /** The column that the model predicts. */
  target: string;
  /** Any safe integer, on which the intervals of R², RMSE and MAE depend. Default 1. */
  seed?: number;
  /** Words that stand for no value in the target, beside "", NA, N/A, NaN, null, - and ?. */
  missing?: readonly string[];
  /** The decimal separator of the target. Default: detected. */
  decimal?: "," | ".";
}

/** What `evaluateTable` returns, for classes or for values. */
export interface TableEvaluationOf<Kind extends OfTask> {
  readonly task: Kind["task"];
  /** The names of the classes, in the order of the outputs; undefined for values. */
  readonly labels: readonly string[] | undefined;
  /** Rows with a target. */
  readonly rows: number;
  readonly scores: Kind["scores"];
  /** 95 % intervals of `scores`. */
  readonly intervals: Kind["intervals"];
  /**
   * The scores, on the same rows, of always the most frequent class of the rows that the model was trained
   * on, or of their mean; undefined if the model does not remember them.
   */
  readonly baseline: Kind["scores"] | undefined;
  /** The predictions that `scores` scores: all rows with a target. */
  readonly predictions: HeldOutPredictions;
  /**
   * Whether the model was trained on the very bytes that the table was read from: the scores are then too
   * good. False for tables without a hash, such as those of `take`.
   */
  readonly trainedOn: boolean;
}

/** The scores of a model on the rows of a table; `task` tells which ones. */
export type TableEvaluation = TableEvaluationOf<OfClasses> | TableEvaluationOf<OfValues>;

/**
 * The scores of a model on a table that it was not trained on. Rows without a target are left out.
 *
 * @example
 * const table = await readTable(await readFile("iris.csv"));
 * const { train, test } = trainTestSplit(table.rows, { seed: 1, stratify: table.column("species") });
 * const { model } = await trainTable(backend, table.take(train), { target: "species" });
 * const tested = evaluateTable(model, table.take(test), { target: "species" });
 * if (tested.task === "classification") console.log(tested.scores.accuracy > 0.9); // true
 *
 * @throws TableError for columns that are missing, cells that their column does not take, and classes that
 * the model does not know; ValueError for options, and for a model without an encoding or whose outputs are
 * neither a value nor the probabilities of its labels
 */
export function evaluateTable(
  model: TableModel,
  table: Table,
  options: EvaluateTableOptions,
): TableEvaluation {
  const WHO = "evaluateTable";
  const { rows, samples, targets } = examplesOf(WHO, model, table, options);
  const outputs = outputsOf(WHO, model, samples, targets);
  const baseline = rememberedBaseline(model.metadata, rows.length, targets.labels?.length ?? 1);
  return {
    ...scorePredictions(targets, outputs, { seed: options.seed ?? 1 }),
    labels: targets.labels,
    baseline: baseline && scoresOf(targets, baseline),
    predictions: { rows, targets: targets.values, outputs },
    trainedOn: isTrainedOn(model.metadata, table),
  } as TableEvaluation;
}

/** What a model is to be scored on. */
export interface TableExamples {
  readonly encoding: Encoding;
  /** The rows of the table that have a target. */
  readonly rows: Int32Array;
  /** These rows as the model takes them. */
  readonly samples: Float32Array;
  readonly targets: TableTargets;
}

/**
 * The samples and the targets of a table, as a model's encoding and labels have them. others: options that
 * the caller knows beside those of evaluateTable. @throws as evaluateTable does
 */
export function examplesOf(
  who: string,
  model: TableModel,
  table: Table,
  options: EvaluateTableOptions,
  others: readonly string[] = [],
): TableExamples {
  checkOptions(who, options, ["target", "seed", "missing", "decimal", ...others]);
  const { target, seed = 1, missing, decimal } = options ?? {};
  checkTable(who, table);
  const { encoding, labels } = model ?? {};
  if (typeof target !== "string")
    throw new ValueError(`${who} expected target to be a column's name, got ${target}`);
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${who} expected seed to be a safe integer, got ${seed}`);
  if (!encoding)
    throw new ValueError(`${who} expected a model with an encoding, such as that of trainTable, got none`);
  const found = labels
    ? targetOf(who, table, target, (cell) => isGap(cell, missing), {
        task: "classification",
        decimal,
        labels,
      })
    : (findColumns(table, {
        target,
        task: "regression",
        ...(missing && { missing }),
        ...(decimal && { decimal }),
      }).target as TargetFinding);
  const targets = targetValues(who, table, found, labels);
  const samples = encodeTable(encoding, table, found.rows);
  return { encoding, rows: found.rows, samples, targets };
}

/** What a model gives for samples: probabilities of its classes, or values. @throws ValueError for others */
export function outputsOf(
  who: string,
  model: TableModel,
  samples: Float32Array,
  { labels, values }: TableTargets,
): Float32Array {
  const outputs = model.predict(samples);
  const expected = labels ? `the probabilities of its ${labels.length} labels` : "a value";
  if (outputs.length !== values.length * (labels?.length ?? 1))
    throw new ValueError(
      `${who} expected a model that gives ${expected}, got ${outputs.length / values.length} outputs`,
    );
  const odd = labels && outputs.find((output) => !(output >= 0 && output <= 1));
  if (odd !== undefined)
    throw new ValueError(`${who} expected a model that gives ${expected}, got an output of ${odd}`);
  return outputs;
}
