import { basename } from "node:path";
import { createBackend, type Model, saveModel } from "lanewise";
import { counted } from "./figures.js";
import { hashOfWeights } from "./hash.js";
import { asOptions } from "./library-words.js";
import { mainScores, scoresText } from "./score-text.js";
import { shellWord } from "./shell-word.js";
import { importanceText, outcomeJson, scoredRowsOf, type TableOutcome } from "./table-outcome.js";
import type { TableSettings } from "./table-settings.js";
import { isLarge, trainOnParts } from "./train-parts.js";
import { trainOnWhole } from "./train-whole.js";
import { checkNoFolder, writeKeeping } from "./whole-file.js";

/** The package's, put in by the build. */
declare const VERSION: string;

/** Trains a model on a table, and says what it did. */
export async function trainOnTable(settings: TableSettings): Promise<void> {
  const { data, seed, out, force, json, report: page } = settings;
  for (const path of [out, page]) if (path !== undefined) checkNoFolder(path);
  const say = json ? console.error : console.log;
  const warn = (sentence: string) => console.error(sentence);
  const began = performance.now();
  const backend = await createBackend({ variant: settings.variant, threads: settings.threads });
  const train = isLarge(data) ? trainOnParts : trainOnWhole;
  const { outcome, notes: own, sha256: fileHash } = await train(backend, settings, say, warn);
  const { model, report } = outcome.trained;
  const scored = scoredRowsOf(outcome);
  rememberScores(model, scored);
  const file = saveModel(model);
  writeKeeping(out, file, force, warn);
  const seconds = (performance.now() - began) / 1000;
  const sha256 = hashOfWeights(model);
  const notes = [...own, ...notesOf(outcome)];
  if (page !== undefined) {
    const { reportPage } = await import("./report/pages.js");
    const input = {
      title: basename(data),
      ...(fileHash !== undefined && { sha256: fileHash }),
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

/** Keeps the scores in the model's file, for `lanewise info`. */
function rememberScores(model: Model, [best]: ReturnType<typeof scoredRowsOf>): void {
  if (!best) return;
  const { rows, scores } = best.scored;
  model.metadata.scores = JSON.stringify({ of: best.key, rows, ...mainScores(scores) });
}
