import { type Backend, type Model, ValueError } from "lanewise";
import { type Vocabulary, vocabularyFrom } from "lanewise/text";
import { readModel } from "./predictor.js";
import { naming } from "./read-file.js";

/** A model that writes text, with its vocabulary. */
export interface TextModel {
  readonly model: Model;
  readonly vocabulary: Vocabulary;
}

/** Reads a model of text, whoever trained it. Throws an Error that names the file. */
export async function readTextModel(backend: Backend, path: string): Promise<TextModel> {
  const { model } = await readModel(backend, path);
  const { vocabulary: json } = model.metadata;
  if (json === undefined)
    throw new Error(
      `${path}: expected a model of text, which has a vocabulary in its file, got one without; lanewise train book.txt makes one`,
    );
  const vocabulary = await naming(path, () => vocabularyFrom(json));
  const outputs = model.outputShape.at(-1);
  if (outputs !== vocabulary.size)
    throw new ValueError(
      `${path}: expected a score for each of the ${vocabulary.size} tokens of its vocabulary, got ${outputs}`,
    );
  return { model, vocabulary };
}

/** Characters of a text's beginning, in quotes as JSON has them. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Characters that are listed at most. */
const MOST = 12;

/** What a vocabulary lacks, for people. */
export function lackingText(lacking: readonly string[]): string {
  const listed = lacking.slice(0, MOST).map(quoted).join(", ");
  const more = lacking.length - MOST;
  return more > 0 ? `${listed} and ${more} more` : listed;
}
