import { numberIn, Refusal, shown, wordIn } from "../data/scene.js";

/** What a model of characters learns to write. */

/** Texts that the page has: both are in the public domain. */
export const corpora = {
  sonnets: { title: "Sonnets", about: "Shakespeare's sonnets 1 to 64, of 1609", begins: "Shall I " },
  alice: {
    title: "Alice",
    about: "The first two chapters of Alice in Wonderland, by Lewis Carroll, of 1865",
    begins: "Alice ",
  },
} as const;

export type CorpusName = keyof typeof corpora;
export const corpusNames = Object.keys(corpora) as CorpusName[];

/** A text of the reader's. A link holds a short one; of a long one it holds what tells it from others. */
export interface OwnText {
  readonly name: "own";
  readonly length: number;
  readonly mark: string;
  /** Undefined where a link does not hold it. */
  readonly text: string | undefined;
}

export type TextData = { readonly name: CorpusName } | OwnText;

/** Characters of an own text. */
export const ownBounds = [100, 200_000] as const;
/** The most different characters: each is an output of the model. */
export const MOST_KINDS = 400;
/** The most characters that a text may have in a link, each as the link writes it. */
const MOST_IN_LINK = 4000;

/** Line ends as one character, and no halves of characters, which a link cannot hold. */
export const cleaned = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");

/** @throws Refusal for a text that is too short or too long, or has too many different characters */
export function ownText(given: string): OwnText {
  const text = cleaned(given);
  const [least, most] = ownBounds;
  if (text.length < least || text.length > most)
    throw new Refusal(
      `A text must have ${least} to ${most.toLocaleString("en")} characters, not ${text.length.toLocaleString("en")}.`,
    );
  const kinds = new Set(text).size;
  if (kinds > MOST_KINDS)
    throw new Refusal(`A text may have ${MOST_KINDS} different characters; this one has ${kinds}.`);
  return { name: "own", text, length: text.length, mark: markOf(text) };
}

/** Whether a link holds the whole text. */
export const fitsLink = (text: string): boolean => encodeURIComponent(text).length <= MOST_IN_LINK;

export function encodeText(data: TextData): string {
  if (data.name !== "own") return data.name;
  return data.text !== undefined && fitsLink(data.text)
    ? `own,${data.text}`
    : `far,${data.length},${data.mark}`;
}

/** @throws Refusal */
export function decodeText(written: string): TextData {
  const [word] = written.split(",", 1);
  if (word === "own") return ownText(written.slice("own,".length));
  if (word !== "far") return { name: wordIn("The text", word, [...corpusNames, "own", "far"]) as CorpusName };
  const [, length = "", mark = ""] = written.split(",");
  if (!/^[0-9a-f]{16}$/.test(mark))
    throw new Refusal(`A text is known by 16 hexadecimal digits, not by "${shown(mark)}".`);
  return {
    name: "own",
    text: undefined,
    length: numberIn("The length of the text", length, ...ownBounds, true),
    mark,
  };
}

export function textInWords(data: TextData): string {
  if (data.name !== "own") {
    const { about } = corpora[data.name];
    return about[0] === "T" ? `t${about.slice(1)}` : about;
  }
  return `a text of ${data.length.toLocaleString("en")} characters`;
}

/** 64 bits that tell a text from another by chance, not from one that was made to have the same. */
export function markOf(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + (low >>> 13)), 0x5bd1e995);
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
