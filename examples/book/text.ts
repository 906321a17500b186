import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { characterVocabulary, type Vocabulary } from "lanewise/text";

/** A text as the tokens of its characters. */
export interface Book {
  readonly vocabulary: Vocabulary;
  readonly training: Int32Array;
  /** The end of the text, which takes no part in training. */
  readonly held: Int32Array;
}

/** "Emma" by Jane Austen, 883,028 characters: see data/README.md. */
export const EMMA = fileURLToPath(new URL("data/emma.txt.gz", import.meta.url));

/** The part of a text that is held out. */
const HELD = 0.05;

/** Reads a text file, which may be gzipped. */
export function readBook(path: string): Book {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const vocabulary = characterVocabulary(text);
  const tokens = Int32Array.from(vocabulary.encode(text));
  const end = Math.floor(tokens.length * (1 - HELD));
  return { vocabulary, training: tokens.subarray(0, end), held: tokens.subarray(end) };
}
