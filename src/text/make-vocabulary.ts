import { checkCount, checkOptions, checkTruth, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { learnMerges } from "./byte-pairs.js";
import { Vocabulary } from "./vocabulary.js";
import { splitWords } from "./words.js";

/** The options of `characterVocabulary`. */
export interface CharacterVocabularyOptions {
  /** Whether token 0 is padding. Default false. */
  padding?: boolean;
  /** Whether a token stands for characters that the text does not have. Default false. */
  unknown?: boolean;
}

/** The options of `wordVocabulary`. */
export interface WordVocabularyOptions {
  /** The most tokens, those of padding and unknown words among them. Default 10,000. */
  size?: number;
  /** How often a word must occur. Default 1. */
  minCount?: number;
  /** Whether case is ignored. Default true. */
  lowercase?: boolean;
}

/** The options of `bytePairVocabulary`. */
export interface BytePairVocabularyOptions {
  /** The most tokens, of which 256 are those of bytes. Default 1,000. */
  size?: number;
}

/**
 * The characters (Unicode code points) of a text, in the order of their numbers.
 *
 * @example
 * const vocabulary = characterVocabulary("hello");
 * console.log(vocabulary.encode("hole")); // [ 1, 3, 2, 0 ]
 *
 * @throws ValueError for an empty text and unknown options
 */
export function characterVocabulary(
  text: string | readonly string[],
  options: CharacterVocabularyOptions = {},
): Vocabulary {
  const who = "characterVocabulary";
  checkOptions(who, options, ["padding", "unknown"]);
  const { padding = false, unknown = false } = options;
  checkTruth(who, "padding", padding);
  checkTruth(who, "unknown", unknown);
  const points = new Set<number>();
  for (const part of textsOf(who, text)) for (const sign of part) points.add(sign.codePointAt(0) ?? 0);
  const signs = [...points].sort((a, b) => a - b).map((point) => String.fromCodePoint(point));
  const special = [...(padding ? [""] : []), ...(unknown ? ["\uFFFD"] : [])];
  return new Vocabulary({
    kind: "characters",
    tokens: [...special, ...signs.filter((sign) => !special.includes(sign))],
    ...(padding && { padding: 0 }),
    ...(unknown && { unknown: special.length - 1 }),
  });
}

/**
 * The words of texts, the most frequent first, of equal ones in the order of their code units. Token 0 is
 * padding and token 1 any other word.
 *
 * @example
 * const reviews = ["A fine film", "a film too long"];
 * const vocabulary = wordVocabulary(reviews, { size: 5000 });
 * console.log(vocabulary.encode("A long film")); // [ 2, 5, 3 ]
 *
 * @throws ValueError for texts without a word, numbers out of range and unknown options
 */
export function wordVocabulary(
  texts: string | readonly string[],
  options: WordVocabularyOptions = {},
): Vocabulary {
  const who = "wordVocabulary";
  checkOptions(who, options, ["size", "minCount", "lowercase"]);
  const { size = 10_000, minCount = 1, lowercase = true } = options;
  checkCount(who, "size", size, 3);
  checkCount(who, "minCount", minCount);
  checkTruth(who, "lowercase", lowercase);
  const counts = new Map<string, number>();
  for (const text of textsOf(who, texts))
    for (const word of splitWords(lowercase ? text.toLowerCase() : text))
      counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, size - 2)
    .map(([word]) => word);
  if (words.length === 0)
    throw new ValueError(`${who} expected texts with words that occur ${minCount} times, found none`);
  const special = ["", "\uFFFD"];
  return new Vocabulary({
    kind: "words",
    tokens: [...special, ...words.filter((word) => !special.includes(word))],
    padding: 0,
    unknown: 1,
    lowercase,
  });
}

/**
 * Tokens of bytes, and of pairs of tokens that occur often in a text (Sennrich and others 2016). Every text
 * has tokens, so there is no unknown one.
 *
 * @example
 * const vocabulary = bytePairVocabulary("the cat, the hat, the mat", { size: 260 });
 * const tokens = vocabulary.encode("the rat");
 * console.log(tokens.length < 7, vocabulary.decode(tokens)); // true the rat
 *
 * @throws ValueError for an empty text, a size below 256 and unknown options
 */
export function bytePairVocabulary(
  text: string | readonly string[],
  options: BytePairVocabularyOptions = {},
): Vocabulary {
  const who = "bytePairVocabulary";
  checkOptions(who, options, ["size"]);
  const { size = 1000 } = options;
  checkCount(who, "size", size, 256);
  const merges = learnMerges(textsOf(who, text).join("\n"), size);
  return new Vocabulary({ kind: "bytePairs", tokens: [], merges });
}

/** @throws ValueError for what is no text, and for none */
function textsOf(who: string, text: string | readonly string[]): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(text) ? text : [text];
  const wrong = texts.findIndex((part) => typeof part !== "string");
  if (wrong >= 0)
    throw new ValueError(`${who} expected a text or an array of texts, got ${show(texts[wrong])}`);
  if (!texts.some((part) => part !== "")) throw new ValueError(`${who} expected a text, got an empty one`);
  return texts as readonly string[];
}
