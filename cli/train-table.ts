import { basename } from "node:path";
import {
  type Backend,
  createBackend,
  loadModel,
  type Model,
  saveModel,
  trainTestSplit,
  ValueError,
} from "lanewise";
import {
  type ColumnImportance,
  crossValidate,
  evaluateTable,
  type FindColumnsOptions,
  type Findings,
  findColumns,
  permutationImportance,
  planEncoding,
  type Table,
  type TableModel,
  type TableRecipe,
  type Task,
  type TrainTableOptions,
  trainTable,
  tuneTable,
} from "lanewise/table";
import { encodedWidth } from "../src/encoding/encoding.js";
import { columnNamed, withColumnNames } from "./column-names.js";
import { UsageError } from "./command.js";
import { counted } from "./figures.js";
import { hashOfWeights } from "./hash.js";
import { asOptions, findingsInOptions } from "./library-words.js";
import { naming, readFile } from "./read-file.js";
import { mainScores, scoresText } from "./score-text.js";
import { shellWord } from "./shell-word.js";
import { type Reading, wholeTable } from "./table-file.js";
import {
  findingsText,
  importanceText,
  outcomeJson,
  scoredRowsOf,
  type TableOutcome,
} from "./table-outcome.js";
import { checkNoFolder, writeKeeping } from "./whole-file.js";
import { withProgress } from "./work-progress.js";

/** The package's, put in by the build. */
declare const VERSION: string;

export interface TableSettings {
  readonly data: string;
  readonly target: string | undefined;
  readonly reading: Reading;
  /** What columns are. */
  readonly columns: Omit<FindColumnsOptions, "target">;
  readonly recipe: Partial<TableRecipe>;
  readonly classWeights: "balanced" | undefined;
  /** 0 for no cross-validation; undefined for what suits the number of rows. */
  readonly folds: number | undefined;
  /** A table to score the model on. */
  readonly test: string | undefined;
  /** The fraction of the rows to keep back for a score. */
  readonly validation: number;
  /** Seconds to search a better recipe for. */
  readonly tune: number | undefined;
  /** A model to go on from. */
  readonly from: string | undefined;
  /** The page to write. */
  readonly report: string | undefined;
  readonly seed: number;
  readonly variant: "auto" | "fastest" | "relaxed" | "simd" | "scalar";
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Trains a model on a table, and says what it did. */
export async function trainOnTable(settings: TableSettings): Promise<void> {
  const { data, seed, out, force, json, test, report: page } = settings;
  for (const path of [out, page]) if (path !== undefined) checkNoFolder(path);
  const say = json ? console.error : console.log;
  const warn = (sentence: string) => console.error(sentence);
  const began = performance.now();
  const table = await wholeTable(data, settings.reading);
  const target = columnNamed(table, targetIn(table, settings.target), warn);
  const backend = await createBackend({ variant: settings.variant });
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
  const outcome: TableOutcome = {
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
  const scored = scoredRowsOf(outcome);
  rememberScores(model, scored);
  const file = saveModel(model);
  writeKeeping(out, file, force, warn);
  const seconds = (performance.now() - began) / 1000;
  const sha256 = hashOfWeights(model);
  const notes = [...remembered(settings.from, start, table), ...notesOf(outcome)];
  if (page !== undefined) {
    const { reportPage } = await import("./report/page.js");
    const input = {
      title: basename(data),
      ...(table.sha256 && { sha256: table.sha256 }),
      version: VERSION,
      command: `lanewise ${process.argv.slice(2).map(shellWord).join(" ")}`,
      ...{ seconds, variant: backend.variant, seed },
      model: { path: out, bytes: file.length, parameters: model.parameterCount, sha256 },
    };
    writeKeeping(page, reportPage({ ...input, ...pageParts(outcome, notes) }), force, warn);
  }
  if (json) {
    for (const note of notes) warn(`note: ${note}`);
    const facts = { seed, variant: backend.variant, seconds, notes, model: out, bytes: file.length };
    console.log(JSON.stringify({ data, ...outcomeJson(outcome), ...facts, sha256 }));
    return;
  }
  const { networks, hidden } = report.recipe;
  const units = hidden.length > 0 ? `hidden layers of ${hidden.join(" and ")} units` : "no hidden layer";
  console.log(
    `trained ${counted(networks, "network")} with ${units} on ${counted(report.rows, "row")} of ${counted(report.features, "feature")}; ${seconds.toFixed(1)} s, ${backend.variant} build`,
  );
  if (scored.length === 0) console.log("\nno score: all rows of such a small table are needed to learn from");
  for (const { title, scored: each, baseline } of scored)
    console.log(`\n${title}\n\n${scoresText(each, baseline)}`);
  if (outcome.importance.length > 0) console.log(`\n${importanceText(outcome.importance, report.task)}`);
  for (const note of notes) console.log(`\nnote: ${note}`);
  console.log(`\nwrote ${out}, ${counted(file.length, "byte")}${page === undefined ? "" : `, and ${page}`}`);
}

/** What a person should know, a sentence each. */
function notesOf({ trained, validation, tested }: TableOutcome): string[] {
  const own = tested?.evaluation.trainedOn
    ? [`${tested.path} is the very table that the model was trained on: on other rows, expect less`]
    : [];
  return [...new Set([...own, ...trained.report.notes, ...(validation?.notes ?? [])])].map(asOptions);
}

/** The outcome as the page takes it. */
function pageParts(
  { findings, trained, validation, tested, kept, importance }: TableOutcome,
  notes: string[],
) {
  return {
    trained: { ...trained.report, findings, notes: [] },
    ...(validation && { validation: { ...validation, notes: [] } }),
    ...(tested && { tested: { name: basename(tested.path), evaluation: tested.evaluation } }),
    ...(kept && { kept }),
    importance,
    importanceOf: tested
      ? "the test file"
      : kept
        ? "the rows that were kept back"
        : "the rows that it learned from",
    // The page has a sentence of its own about a test file that was trained on.
    notes: notes.filter((note) => !tested?.evaluation.trainedOn || !note.startsWith(tested.path)),
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

/** The column to learn. */
function targetIn({ columns }: Table, target: string | undefined): string {
  if (target !== undefined) return target;
  throw new UsageError(`train expected --target, one of the columns ${columns.join(", ")}`);
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

const judgingOptions = (target: string, { columns: { missing, decimal }, seed }: TableSettings) => ({
  target,
  seed,
  ...(missing && { missing }),
  ...(decimal && { decimal }),
});

/** Rows that are enough to tell what a column is worth. */
const MOST_ROWS = 2000;

function importanceOf(
  model: Model,
  table: Table,
  options: Parameters<typeof permutationImportance>[2],
  seed: number,
): ColumnImportance[] {
  if (table.rows <= MOST_ROWS) return permutationImportance(model, table, options);
  const { test } = trainTestSplit(table.rows, { testFraction: MOST_ROWS / table.rows, seed });
  return permutationImportance(model, table.take(test), options);
}

/** Keeps the scores in the model's file, for `lanewise info`. */
function rememberScores(model: Model, [best]: ReturnType<typeof scoredRowsOf>): void {
  if (!best) return;
  const { rows, scores } = best.scored;
  model.metadata.scores = JSON.stringify({ of: best.key, rows, ...mainScores(scores) });
}
