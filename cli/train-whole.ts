import { type Backend, loadModel, type Model, trainTestSplit, ValueError } from "lanewise";
import {
  crossValidate,
  evaluateTable,
  type FindColumnsOptions,
  type Findings,
  findColumns,
  planEncoding,
  type Table,
  type TableModel,
  type Task,
  type TrainTableOptions,
  trainTable,
  tuneTable,
} from "lanewise/table";
import { encodedWidth } from "../src/encoding/encoding.js";
import { columnNamed, withColumnNames } from "./column-names.js";
import { UsageError } from "./command.js";
import { counted } from "./figures.js";
import { findingsInOptions } from "./library-words.js";
import { naming, readFile } from "./read-file.js";
import { wholeTable } from "./table-file.js";
import { findingsText } from "./table-outcome.js";
import type { TableSettings } from "./table-settings.js";
import { importanceOf, judgingOptions, type Say, type Trained, targetIn } from "./table-training.js";
import { withProgress } from "./work-progress.js";

/** Trains on a table that is read whole. */
export async function trainOnWhole(
  backend: Backend,
  settings: TableSettings,
  say: Say,
  warn: Say,
): Promise<Trained> {
  const { data, seed, test } = settings;
  const table = await wholeTable(data, settings.reading);
  const target = columnNamed(table, targetIn(table, settings.target), warn);
  const start = settings.from === undefined ? undefined : await modelAt(backend, settings.from);
  const task: Task | undefined = start?.encoding && (start.labels ? "classification" : "regression");
  const columns = { ...(task && { task }), ...withColumnNames(table, settings.columns, warn) };
  const found = findingsInOptions(findColumns(table, { ...columns, target }));
  const other = test === undefined ? undefined : await wholeTable(test, settings.reading);
  const { training, kept } = partsOf(table, found, settings);
  const folds = settings.folds ?? (other || kept ? 0 : foldsFor(found, training));
  const judging = judgingOptions(target, settings);
  const most = kept ? training.rows : rowsToTest(found, training);
  if (folds > most)
    throw new UsageError(
      `--folds expected at most the ${counted(most, "row")} that can be tested on, got ${folds}`,
    );
  if (other) checkTest(start ?? untrained(table, found), other, judging);
  for (const note of table.notes) say(note);
  // A model to go on from knows its columns better than the table does.
  if (!start) say(`${findingsText(found)}\n`);
  const given = { ...columns, target, ...(start && { from: start }) };
  const options = await trainingOptions(backend, training, given, settings, say);
  const trained = await withProgress("training", (onProgress) =>
    trainTable(backend, training, { ...options, onProgress }),
  );
  const validation =
    folds === 0
      ? undefined
      : await withProgress(`${folds} folds`, (onProgress) =>
          crossValidate(backend, training, { ...options, folds, onProgress }),
        );
  const { model, report } = trained;
  const findings = findingsInOptions(report.findings);
  if (start) say(`${findingsText(findings)}\n`);
  const outcome = {
    target,
    findings,
    trained,
    validation,
    tested:
      other && test !== undefined
        ? { path: test, evaluation: evaluateTable(model, other, judging) }
        : undefined,
    kept: kept && evaluateTable(model, kept, judging),
    importance: importanceOf(model, other ?? kept ?? training, judging, seed),
  };
  return {
    outcome,
    notes: remembered(settings.from, start, table),
    ...(table.sha256 !== undefined && { sha256: table.sha256 }),
  };
}

/** Warns of a model to go on from that has seen the rows which it is scored on. */
const remembered = (path: string | undefined, start: Model | undefined, { sha256 }: Table): string[] =>
  sha256 !== undefined && start?.metadata.table?.includes(sha256)
    ? [`${path} was trained on this very table, so the scores are too good: score the model with --test`]
    : [];

/** What a model of a table will take: its encoding and its classes. */
function untrained(table: Table, findings: Findings): Pick<TableModel, "encoding" | "labels"> {
  const { rows = [], labels } = findings.target ?? {};
  return { encoding: planEncoding(table, findings, Int32Array.from(rows)), labels };
}

/** Throws a TableError for a table that a model will not be able to score, before it is trained. */
function checkTest(
  { encoding, labels }: Pick<TableModel, "encoding" | "labels">,
  other: Table,
  judging: ReturnType<typeof judgingOptions>,
): void {
  const features = encoding ? encodedWidth(encoding) : 1;
  const outputs = labels?.length ?? 1;
  // It knows nothing, but takes what the model will take.
  const predict = (samples: Float32Array) =>
    new Float32Array((samples.length / features) * outputs).fill(1 / outputs);
  evaluateTable({ encoding, labels, predict }, other, judging);
}

/** Rows up to which 5 folds are scored by default, and 3. More rows take longer and need it less. */
const [FIVE_FOLDS, THREE_FOLDS] = [1000, 20_000];
/** With fewer rows, a part of them says too little. */
const LEAST_ROWS = 20;

/** The number of rows that a fold can hold: a row that is the only one of its class is never tested on. */
function rowsToTest({ target }: Findings, table: Table): number {
  if (!target) return 0;
  if (!target.labels) return target.rows.length;
  const cells = table.column(target.name);
  const counts = new Map<string, number>();
  for (const row of target.rows) counts.set(cells[row], (counts.get(cells[row]) ?? 0) + 1);
  return target.rows.length - [...counts.values()].filter((count) => count === 1).length;
}

function foldsFor(findings: Findings, table: Table): number {
  if (rowsToTest(findings, table) < LEAST_ROWS) return 0;
  const rows = findings.target?.rows.length ?? 0;
  return rows <= FIVE_FOLDS ? 5 : rows <= THREE_FOLDS ? 3 : 0;
}

/** The rows to learn from, and those that --validation keeps back. */
function partsOf(
  table: Table,
  { target }: Findings,
  { validation, seed }: TableSettings,
): { training: Table; kept?: Table } {
  if (validation === 0 || !target) return { training: table };
  const { rows, labels, name } = target;
  const classes = labels && Array.from(rows, (row) => table.column(name)[row]);
  const part = (places: Int32Array) => table.take(places.map((place) => rows[place]));
  try {
    const split = trainTestSplit(rows.length, {
      testFraction: validation,
      seed,
      ...(classes && { stratify: classes }),
    });
    return { training: part(split.train), kept: part(split.test) };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new UsageError(
      `--validation expected a part that leaves rows on either side, got ${validation} of ${counted(rows.length, "row")}`,
    );
  }
}

async function trainingOptions(
  backend: Backend,
  training: Table,
  given: Pick<TrainTableOptions, keyof FindColumnsOptions | "target" | "from">,
  { seed, classWeights, tune, recipe }: TableSettings,
  say: (sentence: string) => void,
): Promise<TrainTableOptions> {
  const options: TrainTableOptions = {
    ...given,
    seed,
    recipe,
    ...(classWeights && { classWeights }),
  };
  if (tune === undefined) return options;
  const tuned = await withProgress(`searching for ${tune} s`, (onProgress) =>
    tuneTable(backend, training, { ...options, seconds: tune, onProgress }),
  );
  const { hidden, learningRate, weightDecay, dropout, batchSize } = tuned.recipe;
  say(
    `tuned in ${counted(tuned.trials.length, "trial")}: hidden ${hidden.join(",") || "0"}, learning rate ${Number(learningRate.toPrecision(2))}, weight decay ${Number(weightDecay.toPrecision(2))}, dropout ${Number(dropout.toPrecision(2))}, batch size ${batchSize}\n`,
  );
  return { ...options, recipe: tuned.recipe };
}

function modelAt(backend: Backend, path: string): Promise<Model> {
  const file = readFile(path);
  return naming(path, () => loadModel(backend, file));
}
