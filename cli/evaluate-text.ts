import { createBackend } from "lanewise";
import { parseSafetensors } from "../src/files/safetensors.js";
import { counted } from "./figures.js";
import { readFile } from "./read-file.js";
import { readText } from "./text-file.js";
import { lackingText, readTextModel } from "./text-model.js";
import { frequencyBits, heldOutOf, knownText } from "./text-windows.js";
import type { ThreadCount } from "./threads.js";

/** Whether a file is a model of text. What is no model is none: whoever reads it says why. */
export function isTextModel(path: string): boolean {
  try {
    return parseSafetensors(readFile(path), "model").metadata.task === "text";
  } catch {
    return false;
  }
}

/** Scores a model of text on another text, and prints the bits a character. */
export async function evaluateText(
  path: string,
  data: string,
  { encoding, json, threads }: { encoding?: string; json: boolean; threads: ThreadCount },
): Promise<void> {
  const { model, vocabulary } = await readTextModel(await createBackend({ threads }), path);
  const { known, lacking } = knownText(vocabulary, await readText(data, encoding));
  if (lacking.length > 0)
    console.error(`left out, since ${path} does not know them: ${lackingText(lacking)}`);
  const [window] = model.inputShape;
  const held = heldOutOf({ tokens: Uint32Array.from(vocabulary.encode(known)), border: 0, window });
  if (!held) throw new Error(`${data}: expected a text of more than ${counted(window, "token")}, got less`);
  const [x, y, sampleWeights] = held.data;
  const { loss } = model.evaluate(x, y, { loss: "softmaxCrossEntropy", sampleWeights });
  const scored = vocabulary.decode(held.scored);
  const characters = [...scored].length;
  const bitsPerCharacter = (loss * held.factor * held.scored.length) / characters / Math.LN2;
  const baseline = frequencyBits(known, scored);
  if (json) {
    const scores = { bitsPerCharacter, characters, baseline: { bitsPerCharacter: baseline } };
    console.log(JSON.stringify({ model: path, data, task: "text", scores }));
    return;
  }
  console.log(
    `${bitsPerCharacter.toFixed(3)} bits a character on ${counted(characters, "character")}; ${baseline.toFixed(3)} by how often each occurs in this text`,
  );
}
