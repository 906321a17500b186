import { show } from "../core/check.js";
import { FormatError, ValueError } from "../core/errors.js";
import { BytePairs, type Merge } from "./byte-pairs.js";
import type { Tokenizer } from "./tokenizer.js";
import { joinWords, splitWords } from "./words.js";

/** What a token of a vocabulary is. */
export type VocabularyKind = "characters" | "words" | "bytePairs";

/** A vocabulary as JSON. */
export interface VocabularyJson {
  readonly kind: VocabularyKind;
  /** Token i is the text tokens[i]. For byte pairs, those beyond the 256 bytes and the merges. */
  readonly tokens: readonly string[];
  /** Of byte pairs: token 256 + i joins these two. */
  readonly merges?: readonly Merge[];
  /** The token of padding, which stands for no text. */
  readonly padding?: number;
  /** The token of what is not in the vocabulary. */
  readonly unknown?: number;
  readonly lowercase?: boolean;
}

/**
 * The tokens of a text: characters, words or byte pairs. From `characterVocabulary`, `wordVocabulary` or
 * `bytePairVocabulary`. Save it with the model as `metadata: { vocabulary: JSON.stringify(vocabulary) }`.
 *
 * @example
 * const vocabulary = characterVocabulary("abc", { unknown: true });
 * console.log(vocabulary.size, vocabulary.decode(vocabulary.encode("cab"))); // 4 cab
 */
export class Vocabulary implements Tokenizer {
  readonly kind: VocabularyKind;
  /** The number of tokens. */
  readonly size: number;
  /** The token of padding, or undefined. */
  readonly padding: number | undefined;
  /** The token of what is not in the vocabulary, or undefined. */
  readonly unknown: number | undefined;
  private readonly index: ReadonlyMap<string, number>;
  private readonly pairs: BytePairs | undefined;

  /** @internal Use the functions that make vocabularies. @throws FormatError */
  constructor(private readonly json: VocabularyJson) {
    const { kind, tokens, merges, padding, unknown } = checked(json);
    this.kind = kind;
    this.padding = padding;
    this.unknown = unknown;
    this.index = new Map(tokens.map((token, i) => [token, i]));
    this.pairs = kind === "bytePairs" ? new BytePairs(merges ?? []) : undefined;
    this.size = this.pairs ? this.pairs.size + tokens.length : tokens.length;
  }

  /**
   * The tokens of a text.
   * @throws ValueError for a character or word that is not in a vocabulary without an unknown token
   */
  encode(text: string): number[] {
    if (typeof text !== "string") throw new ValueError(`encode expected a text, got ${show(text)}`);
    const { json, index, unknown, pairs } = this;
    const plain = json.lowercase ? text.toLowerCase() : text;
    if (pairs) return pairs.encode(plain);
    const parts = json.kind === "words" ? splitWords(plain) : [...plain];
    return parts.map((part) => {
      const token = index.get(part) ?? unknown;
      if (token === undefined)
        throw new ValueError(
          `encode: the vocabulary does not have ${show(part)}; make it from a text that has, or with { unknown: true }`,
        );
      return token;
    });
  }

  /**
   * The text of tokens: words have a space between them, but for signs that end one. Padding is left out.
   * @throws ValueError for a token that is not in the vocabulary
   */
  decode(tokens: ArrayLike<number>): string {
    const { json, pairs, size, padding } = this;
    const known = Array.from(tokens).filter((token) => token !== padding);
    const wrong = known.find((token) => !(Number.isInteger(token) && token >= 0 && token < size));
    if (wrong !== undefined)
      throw new ValueError(`decode expected tokens from 0 to ${size - 1}, got ${show(wrong)}`);
    if (pairs) return pairs.decode(known);
    const parts = known.map((token) => json.tokens[token]);
    return json.kind === "words" ? joinWords(parts) : parts.join("");
  }

  /** The text of one token. */
  textOf(token: number): string {
    return this.decode([token]);
  }

  /** For `JSON.stringify`, and `vocabularyFrom`. */
  toJSON(): VocabularyJson {
    return this.json;
  }
}

/**
 * A vocabulary from its JSON, an object or a text. @throws FormatError
 *
 * @example
 * const saved = JSON.stringify(characterVocabulary("xyz"));
 * console.log(vocabularyFrom(saved).encode("zy")); // [ 2, 1 ]
 */
export function vocabularyFrom(json: VocabularyJson | string): Vocabulary {
  if (typeof json !== "string") return new Vocabulary(json);
  let parsed: VocabularyJson;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new FormatError("vocabularyFrom expected JSON of a vocabulary, got text that is no JSON", {
      cause: error,
    });
  }
  return new Vocabulary(parsed);
}

const KINDS: readonly unknown[] = ["characters", "words", "bytePairs"];

/** @throws FormatError */
function checked(json: VocabularyJson): VocabularyJson {
  const { kind, tokens, merges, padding, unknown } = json ?? {};
  const isToken = (value: unknown): boolean =>
    value === undefined || (Number.isInteger(value) && (value as number) >= 0);
  if (
    KINDS.includes(kind) &&
    Array.isArray(tokens) &&
    tokens.every((token) => typeof token === "string") &&
    (merges === undefined || Array.isArray(merges)) &&
    isToken(padding) &&
    isToken(unknown)
  )
    return json;
  throw new FormatError(
    `a vocabulary expected { kind, tokens } of the kind characters, words or bytePairs, got ${show(json)}`,
  );
}
