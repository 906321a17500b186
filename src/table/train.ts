import type { AbortSignalLike } from "../core/platform.js";
import { numberFrom } from "../encoding/number-format.js";
import { type Backend, type Encoding, type Model, ValueError } from "../index.js";
import { checkOptions, checkWord } from "./check-options.js";
import { type FindColumnsOptions, type Findings, findColumns } from "./columns.js";
import type { TableSource } from "./decode.js";
import { encodeTable } from "./encode-table.js";
import { foldsOf, type Targets, targetsOf } from "./folds.js";
import { intervalsOf } from "./intervals.js";
import { type Learned, learn, recipeFor } from "./net.js";
import { notesOf } from "./notes.js";
import type { OfClasses, OfTask, OfValues } from "./of-task.js";
import { planEncoding } from "./plan.js";
import { readTable } from "./read.js";
import { baselineOutputs, mainScore, scoresOf, type TableScores } from "./scores.js";
import { Table } from "./table.js";
import { TableError } from "./table-error.js";
import type { TargetFinding } from "./target.js";

export interface TrainTableOptions extends FindColumnsOptions {
  /** The column to learn to predict. */
  target: string;
  /** Any safe integer, on which the result depends. Default 1. */
  seed?: number;
  /** "balanced": each class counts as much as every other, however many rows it has. */
  classWeights?: "balanced";
  /** Ends training: it then rejects with the signal's reason. */
  signal?: AbortSignalLike;
  /** Called while it trains, with the part that is done, from 0 to 1. */
  onProgress?: (done: number) => void;
}

export interface CrossValidateOptions extends TrainTableOptions {
  /** How many parts the rows are cut into. Default 5. */
  folds?: number;
}

interface Report<Kind extends OfTask> {
  readonly task: Kind["task"];
  /** Rows with a target. */
  readonly rows: number;
  /** What each column is, with the reason, and the target. */
  readonly findings: Findings;
  /** Features of a sample. */
  readonly features: number;
  /** Networks in the model, and the best epoch of each. */
  readonly epochs: readonly number[];
  /**
   * The scores of the networks, each on the rows that it did not learn from but stopped by; undefined for
   * few rows. `crossValidate` gives scores of the whole model on rows that nothing has seen.
   */
  readonly heldOut: Kind["scores"] | undefined;
  /** 95 % intervals of the scores `heldOut`. */
  readonly heldOutIntervals: Kind["intervals"] | undefined;
  /** The scores of always the most frequent class, or the mean. */
  readonly baseline: Kind["scores"];
  /** Sentences about what may make the model better, such as other options. */
  readonly notes: readonly string[];
}

/** What a model was trained on, and what it is worth; `task` tells which scores it has. */
export type TableReport = Report<OfClasses> | Report<OfValues>;

/** A model that was trained on a table. */
export interface TrainedTable {
  /** Predicts records: probabilities of the classes `model.labels`, or values. */
  readonly model: Model;
  readonly encoding: Encoding;
  readonly report: TableReport;
}

interface Validation<Kind extends OfTask> {
  readonly task: Kind["task"];
  /**
   * The scores of the predictions of all folds together: each row counts once, with the prediction of the
   * model that was not trained on it.
   */
  readonly scores: Kind["scores"];
  /** 95 % intervals of `scores`. */
  readonly intervals: Kind["intervals"];
  /** The scores of the folds' baselines together. */
  readonly baseline: Kind["scores"];
  /** The mean over the folds of accuracy or R², and its standard deviation. */
  readonly score: number;
  readonly deviation: number;
  /** Sentences about what may make the model better, such as other options. */
  readonly notes: readonly string[];
  readonly folds: readonly { readonly scores: Kind["scores"]; readonly baseline: Kind["scores"] }[];
}

/** The scores of models on the rows that they were not trained on; `task` tells which ones. */
export type CrossValidation = Validation<OfClasses> | Validation<OfValues>;

const KNOWN = [
  "target",
  "task",
  "ignore",
  "columns",
  "dateFormat",
  "missing",
  "decimal",
  "seed",
  "classWeights",
  "signal",
  "onProgress",
];

/**
 * Trains a model on a table that has names, dates, gaps and numbers in it. Several small networks learn, each
 * stops when it no longer gets better on rows of its own, and the model is their average. The result depends
 * on the table, the options and the seed alone, to the bit.
 *
 * @example
 * const { model, report } = await trainTable(backend, csv, { target: "survived" });
 * if (report.task === "classification") console.log(report.heldOut?.accuracy, report.baseline.accuracy);
 * model.predictClasses([{ sex: "female", age: null, passengerClass: "1st" }]);
 *
 * @throws TableError for a table that cannot be learned from, with everything that is wrong; ValueError for
 * options; the signal's reason when that aborts
 */
export async function trainTable(
  backend: Backend,
  source: Table | TableSource,
  options: TrainTableOptions,
): Promise<TrainedTable> {
  const job = await jobFrom("trainTable", source, options, KNOWN);
  const { findings, target, targets } = job;
  const { encoding, learned } = await trainOn(backend, job, options, target.rows, targets, 0, 1);
  const { heldOut, model, epochs } = learned;
  const held = heldOut && { targets: targetsOf(targets, heldOut.rows), outputs: heldOut.outputs };
  const scores = held && scoresOf(held.targets, held.outputs);
  return {
    model,
    encoding,
    report: {
      task: target.task,
      rows: targets.values.length,
      findings,
      features: model.inputShape[0],
      epochs,
      heldOut: scores,
      heldOutIntervals: held && intervalsOf(held.targets, held.outputs, options.seed ?? 1),
      baseline: scoresOf(targets, baselineOutputs(targets, targets.values.length)),
      notes: notesOf(scores, options),
    } as TableReport,
  };
}

/**
 * Scores `trainTable` by cross-validation: for each fold, it trains on the other folds and is scored on this
 * one.
 *
 * @example
 * const result = await crossValidate(backend, csv, { target: "survived" });
 * if (result.task === "classification") console.log(result.scores.accuracy, result.intervals.accuracy);
 *
 * @throws as trainTable does
 */
export async function crossValidate(
  backend: Backend,
  source: Table | TableSource,
  options: CrossValidateOptions,
): Promise<CrossValidation> {
  const WHO = "crossValidate";
  const job = await jobFrom(WHO, source, options, [...KNOWN, "folds"]);
  const { folds = 5, seed = 1 } = options;
  const { target, targets, table } = job;
  if (!Number.isSafeInteger(folds) || folds < 2 || folds > targets.values.length)
    throw new ValueError(
      `${WHO} expected folds to be an integer from 2 to the number of rows ${targets.values.length}, got ${folds}`,
    );
  const scored: { scores: TableScores; baseline: TableScores }[] = [];
  const width = targets.labels?.length ?? 1;
  const pooled = new Float32Array(targets.values.length * width);
  const pooledBaseline = new Float64Array(targets.values.length * width);
  for (const [fold, { train, test }] of foldsOf(targets, folds, seed).entries()) {
    const part = (rows: Int32Array) => ({
      rows: rows.map((row) => target.rows[row]),
      targets: targetsOf(targets, rows),
    });
    const [training, tested] = [part(train), part(test)];
    const { encoding, learned } = await trainOn(
      backend,
      job,
      options,
      training.rows,
      training.targets,
      fold / folds,
      1 / folds,
    );
    const outputs = learned.model.predict(encodeTable(encoding, table, tested.rows));
    learned.model.dispose();
    const baseline = baselineOutputs(training.targets, test.length);
    scored.push({
      scores: scoresOf(tested.targets, outputs),
      baseline: scoresOf(tested.targets, baseline),
    });
    test.forEach((row, i) => {
      pooled.set(outputs.subarray(i * width, (i + 1) * width), row * width);
      pooledBaseline.set(baseline.slice(i * width, (i + 1) * width), row * width);
    });
  }
  const main = scored.map((each) => mainScore(each.scores));
  const score = main.reduce((sum, each) => sum + each, 0) / folds;
  const variance = main.reduce((sum, each) => sum + (each - score) * (each - score), 0) / folds;
  const scores = scoresOf(targets, pooled);
  return {
    task: target.task,
    scores,
    intervals: intervalsOf(targets, pooled, seed),
    baseline: scoresOf(targets, pooledBaseline),
    score,
    deviation: Math.sqrt(variance),
    notes: notesOf(scores, options),
    folds: scored,
  } as CrossValidation;
}

/** A table with what is known of it. */
interface Job {
  readonly table: Table;
  readonly findings: Findings;
  readonly target: TargetFinding;
  /** Of the rows that have a target, in their order. */
  readonly targets: Targets;
}

async function jobFrom(
  who: string,
  source: Table | TableSource,
  options: TrainTableOptions,
  known: readonly string[],
): Promise<Job> {
  checkOptions(who, options ?? {}, known);
  const { seed = 1, signal: _, onProgress: __, classWeights, ...others } = options ?? {};
  if (typeof options?.target !== "string")
    throw new ValueError(`${who} expected target to be a column's name, got ${options?.target}`);
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${who} expected seed to be a safe integer, got ${seed}`);
  checkWord(who, "classWeights", classWeights, ["balanced"]);
  const table = source instanceof Table ? source : await readTable(source);
  const findings = findColumns(table, findOptions(others));
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

const findOptions = ({ folds: _, ...options }: FindColumnsOptions & { folds?: number }): FindColumnsOptions =>
  options;

/** A model of some rows; `begin` and `share`: which part of the whole work it is. */
async function trainOn(
  backend: Backend,
  { findings, table }: Job,
  { seed = 1, classWeights, onProgress, signal }: TrainTableOptions,
  rows: Int32Array,
  targets: Targets,
  begin: number,
  share: number,
): Promise<{ encoding: Encoding; learned: Learned }> {
  const encoding = planEncoding(table, findings, rows);
  const inputs = encodeTable(encoding, table, rows);
  const learned = await learn(backend, encoding, { inputs, targets }, recipeFor(rows.length), {
    seed,
    signal,
    classWeights: classWeights && balanced(targets),
    onMember: onProgress && ((done, of) => onProgress(begin + (share * done) / of)),
  });
  return { encoding, learned };
}

/** Weights by which all classes count alike. */
function balanced({ labels, values }: Targets): number[] | undefined {
  return labels?.map((_, label) => {
    const rows = values.filter((value) => value === label).length;
    return rows > 0 ? values.length / (labels.length * rows) : 0;
  });
}
