import type { TextLearner } from "./learner.js";
import type { Library } from "./library.js";

/** How a text is written. */
export interface Writing {
  readonly prompt: string;
  readonly temperature: number;
  readonly seed: number;
}

/** Characters that are written at a time. */
export const WRITTEN = 220;

/**
 * What the model writes behind a prompt now. A transformer sees no more than its steps: when those are full,
 * it goes on from the later half of them. Characters of the prompt that the text does not have are left out.
 */
export function written({ text }: Library, learner: TextLearner, writing: Writing, length = WRITTEN): string {
  const { model, vocabulary, recipe, tokens } = learner;
  const { steps, kind } = recipe;
  const keeps = kind === "transformer" ? steps : Number.POSITIVE_INFINITY;
  const seen = vocabulary.encode(knownPrompt(learner, writing.prompt));
  if (seen.length === 0) seen.push(tokens[0]);
  const from = seen.length;
  const sampler = new text.Sampler({ temperature: writing.temperature, seed: writing.seed });
  const stepper = model.stepper();
  try {
    let scores: Float32Array = new Float32Array();
    let fed = Math.max(0, seen.length - Math.floor(steps / 2));
    while (seen.length < from + length) {
      if (stepper.steps >= keeps) {
        stepper.reset();
        fed = seen.length - Math.floor(steps / 2);
      }
      scores = stepper.step([seen[fed++]]);
      if (fed === seen.length) seen.push(sampler.next(scores, { logits: true }));
    }
  } finally {
    stepper.dispose();
  }
  return vocabulary.decode(seen.slice(from));
}

/** The prompt without the characters that the text does not have. */
export function knownPrompt({ vocabulary }: TextLearner, prompt: string): string {
  const kinds = Array.from({ length: vocabulary.size }, (_, token) => vocabulary.decode([token]));
  return Array.from(prompt)
    .filter((sign) => kinds.includes(sign))
    .join("");
}
