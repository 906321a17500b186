import { checkCount, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { AbortSignalLike } from "../core/platform.js";
import type { Stepper } from "../network/stepper.js";
import { Yielder } from "../training/yield.js";
import { Sampler, type SamplingOptions } from "./sampler.js";
import { checkTokenizer, TextWriter, type Tokenizer, tokensOf } from "./tokenizer.js";

/** A model of tokens: it takes one at a time, and gives a score for each that may follow. */
export interface LanguageModel {
  /** Runs it one token at a time, `rows` texts side by side. */
  stepper(options?: { readonly rows?: number }): Stepper;
}

/** The options of `generate`. */
export interface GenerateOptions extends SamplingOptions {
  /** What the text begins with, at least one token. */
  prompt: string;
  /** The most tokens after the prompt. Default 200. */
  length?: number;
  /** A token that ends the text; it is not part of it. Default none. */
  stop?: number;
  /** Ends the text early. */
  signal?: AbortSignalLike;
}

/**
 * Continues a text token by token, and yields each piece as soon as it is complete. The result depends on the
 * model, the prompt and the options alone, to the bit.
 *
 * @example
 * const vocabulary = characterVocabulary("to be or not");
 * const layers = [embedding(vocabulary.size, 8), gru(8, { returnSequences: true }), dense(vocabulary.size)];
 * const model = new Sequential(backend, { inputShape: [20], seed: 1, layers });
 * let text = "to";
 * for await (const piece of generate(model, vocabulary, { prompt: text, length: 6, seed: 1 }))
 *   text += piece;
 * console.log(text.length); // 8
 *
 * @throws ValueError for an empty prompt, options out of range and a model that needs whole sequences;
 * ShapeError for a model that does not take tokens; the signal's reason when that aborts
 */
export async function* generate(
  model: LanguageModel,
  tokenizer: Tokenizer,
  options: GenerateOptions,
): AsyncGenerator<string, void, void> {
  checkOptions("generate", options ?? null, [
    "prompt",
    "length",
    "stop",
    "signal",
    "temperature",
    "topK",
    "topP",
    "seed",
  ]);
  checkLanguageModel("generate", model);
  checkTokenizer("generate", tokenizer);
  const { prompt, length = 200, stop, signal, ...sampling } = options;
  if (typeof prompt !== "string")
    throw new ValueError(`generate expected prompt to be a text, got ${show(prompt)}`);
  checkCount("generate", "length", length);
  const tokens = tokensOf(tokenizer, prompt);
  if (tokens.length === 0)
    throw new ValueError("generate expected a prompt with at least one token, got none");
  const sampler = new Sampler(sampling);
  const stepper = model.stepper();
  try {
    const logits = scoresAre(stepper) === "logits";
    if (stepper.inputSize !== 1)
      throw new ShapeError(
        `generate expected a model of tokens, [batch, time], such as one that begins with an embedding, got ${stepper.inputSize} numbers for each step`,
      );
    let scores: Float32Array = new Float32Array(0);
    for (const token of tokens) scores = stepper.step([token]);
    const writer = new TextWriter(tokenizer, tokens);
    const turns = new Yielder();
    for (let i = 0; i < length; i++) {
      if (turns.due(0)) await turns.yield();
      signal?.throwIfAborted();
      const token = sampler.next(scores, { logits });
      if (token === stop) break;
      const piece = writer.next(token);
      if (piece !== undefined) yield piece;
      if (i + 1 < length) scores = stepper.step([token]);
    }
    const rest = writer.rest();
    if (rest !== "") yield rest;
  } finally {
    stepper.dispose();
  }
}

/** @throws ValueError for what has no stepper */
export function checkLanguageModel(who: string, model: unknown): void {
  if (typeof (model as LanguageModel | null)?.stepper !== "function")
    throw new ValueError(`${who} expected a model of tokens, got ${show(model)}`);
}

/** @throws ValueError for an output that is neither a softmax nor logits */
export function scoresAre({ activation }: Stepper): "probabilities" | "logits" {
  if (activation === "softmax") return "probabilities";
  if (activation === "linear") return "logits";
  throw new ValueError(`generate expected a model whose output is a softmax or logits, got ${activation}`);
}
