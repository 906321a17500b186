import { basename } from "node:path";
import { createBackend, saveModel } from "lanewise";
import { generate } from "lanewise/text";
import { counted, grouped } from "./figures.js";
import { hashOfWeights } from "./hash.js";
import { readText } from "./text-file.js";
import { duration, INTERRUPTED, indented } from "./text-progress.js";
import type { TextSettings } from "./text-settings.js";
import { MINUTES, type TaughtText, type TextTask, teach, textTask, unitsFor } from "./text-training.js";
import { frequencyBits } from "./text-windows.js";
import { checkNoFolder, writeKeeping } from "./whole-file.js";

/** A shorter text teaches nothing. */
const LEAST_CHARACTERS = 1000;
/** Characters of a sample and of what it begins with, and how it is drawn. */
const [SAMPLE, PROMPT, TEMPERATURE] = [240, 40, 0.8];

/** Trains a model that writes on from a text, and says what it did. */
export async function trainText(settings: TextSettings): Promise<void> {
  const { data, seed, out, force, json } = settings;
  checkNoFolder(out);
  const say = json ? console.error : console.log;
  const text = await readText(data, settings.encoding);
  if (text.length < LEAST_CHARACTERS)
    throw new Error(
      `${data}: expected a text of at least ${grouped(LEAST_CHARACTERS)} characters, got ${text.length}`,
    );
  const backend = await createBackend({ variant: settings.variant, threads: settings.threads });
  const task = await textTask(backend, settings, text);
  const { model, vocabulary, parts } = task;
  describe(task, settings, backend.variant, say);
  const prompt = promptOf(task.held ? task.heldOut : task.learned);
  const write = async (): Promise<string> => {
    let written = prompt;
    const options = { prompt, length: SAMPLE, temperature: TEMPERATURE, seed };
    for await (const piece of generate(model, vocabulary, options)) written += piece;
    return written;
  };
  const taught = await teach(task, settings, write);
  const scores = scoresOf(task, taught);
  Object.assign(
    model.metadata,
    { task: "text", source: basename(data), prompt },
    scores && { scores: JSON.stringify({ of: "heldOut", ...scores, baseline: undefined }) },
  );
  const sample = await write();
  const file = saveModel(model);
  writeKeeping(out, file, force, (sentence) => console.error(sentence));
  const { passes, bestPass, seconds, tokensPerSecond, isInterrupted } = taught;
  if (isInterrupted) process.exitCode = INTERRUPTED;
  if (json) {
    const characters = { training: task.learned.length, heldOut: task.heldOut.length };
    const facts = {
      ...{ data, task: "text", tokens: vocabulary.kind, vocabulary: vocabulary.size, characters },
      ...{ window: parts.window, parameters: model.parameterCount, epochs: passes, bestEpoch: bestPass },
      ...{ seed, variant: backend.variant, seconds, tokensPerSecond, scores, sample },
      ...{ model: out, bytes: file.length, sha256: hashOfWeights(model) },
    };
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(
    scores
      ? `${scores.bitsPerCharacter.toFixed(3)} bits a character on ${counted(scores.characters, "held-out character")}, which also chose pass ${bestPass} of ${passes}; ${scores.baseline.bitsPerCharacter.toFixed(3)} by how often each character occurs`
      : "nothing was held out: no score",
  );
  console.log(`\n${indented(sample)}\n`);
  console.log(
    `${duration(seconds)}${isInterrupted ? ", until it was interrupted" : ""}; wrote ${out}, ${counted(file.length, "byte")}`,
  );
}

/** Says what is learned from, by what and for how long. */
function describe(
  { model, vocabulary, parts, learned, heldOut }: TextTask,
  settings: TextSettings,
  variant: string,
  say: (sentence: string) => void,
): void {
  const { from, epochs, hidden } = settings;
  const minutes = settings.minutes ?? (epochs === undefined ? MINUTES : undefined);
  const units = hidden ?? unitsFor(learned.length + heldOut.length);
  const kind = vocabulary.kind === "bytePairs" ? "byte pair" : "character";
  say(
    `text: ${grouped(learned.length + heldOut.length)} characters, ${counted(vocabulary.size, `different ${kind}`)}`,
  );
  const net =
    from === undefined
      ? `an embedding and ${units.length > 1 ? "GRUs" : "a GRU"} of ${units.join(" and ")} units`
      : `that of ${from}`;
  say(`network: ${net}, ${counted(model.parameterCount, "parameter")}; ${variant} build`);
  const limits = [
    ...(minutes === undefined ? [] : [`${minutes} ${minutes === 1 ? "minute" : "minutes"}`]),
    ...(epochs === undefined ? [] : [counted(epochs, "pass", "passes")]),
  ];
  say(
    `${grouped(learned.length)} characters to learn from, in windows of ${counted(parts.window, "token")}, the last ${grouped(heldOut.length)} held out; at most ${limits.join(" or ")}\n`,
  );
}

/** What a sample begins with: the first whole words on a line of a text. */
function promptOf(text: string): string {
  const [line = text] = text.match(/(?<=\n)\S.{15,}/) ?? [];
  return [...line]
    .slice(0, PROMPT)
    .join("")
    .replace(/\s\S*$/, "");
}

function scoresOf({ vocabulary, held, learned }: TextTask, { bits }: TaughtText) {
  if (!held || bits === undefined) return undefined;
  const scored = vocabulary.decode(held.scored);
  return {
    bitsPerCharacter: bits,
    characters: [...scored].length,
    baseline: { bitsPerCharacter: frequencyBits(learned, scored) },
  };
}
