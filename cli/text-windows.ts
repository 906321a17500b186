import { type Batch, ValueError } from "lanewise";
import type { Vocabulary } from "lanewise/text";
import { permutation, randomNumbers } from "./random.js";

/** Windows of a text's tokens, to learn from and to score by. */

/** Tokens between two looks at the held-out part, at most: one pass over a long text takes too long. */
const ROUND = 1 << 20;

/** The tokens of a text, and which of them a network learns from. */
export interface TextParts {
  readonly tokens: Uint32Array;
  /** Tokens before this one are learned from, those from it on are held out. */
  readonly border: number;
  /** Tokens of a window. */
  readonly window: number;
}

/** Rounds of a pass over what is learned from. */
export const roundsOf = ({ border }: TextParts): number => Math.ceil(border / ROUND);

/** Batches of a pass, about: the shift of the windows may take one away. */
export const batchesOf = ({ border, window }: TextParts, batchSize: number): number =>
  Math.max(1, Math.floor((border - 1) / window / batchSize));

/**
 * The batches of each round: windows next to each other from a place that changes from pass to pass, in an
 * order that changes, too. The targets are the same text one token further.
 */
export function* roundOf(
  { tokens, border, window }: TextParts,
  batchSize: number,
  { round, rounds, seed }: { readonly round: number; readonly rounds: number; readonly seed: number },
): Generator<Batch, void, void> {
  const pass = Math.floor(round / rounds);
  // Whatever the seed is, passes have seeds of their own.
  const own = Math.floor(randomNumbers(seed + 1_000_003 * pass)() * 2 ** 31);
  const room = border - 1 - window;
  const shift = own % (Math.min(window - 1, room) + 1);
  const count = Math.floor((border - 1 - shift) / window);
  const order = permutation(count, own);
  const part = Math.ceil(count / rounds);
  const begin = (round % rounds) * part;
  const places = order.slice(begin, begin + part);
  for (let at = 0; at < places.length; at += batchSize) {
    const starts = places.slice(at, at + batchSize).map((place) => shift + place * window);
    // A batch of a few windows makes a step as large as the others, by chance: it is left out.
    if (starts.length < batchSize && at > 0) return;
    const x = new Float32Array(starts.length * window);
    const y = new Int32Array(starts.length * window);
    starts.forEach((start, i) => {
      x.set(tokens.subarray(start, start + window), i * window);
      y.set(tokens.subarray(start + 1, start + 1 + window), i * window);
    });
    yield [x, y];
  }
}

/** What a text is scored by. */
export interface HeldOut {
  /** Windows, targets and weights, for `fit`. */
  readonly data: readonly [Float32Array<ArrayBuffer>, Int32Array<ArrayBuffer>, Float32Array[]];
  /** The tokens that count: those with at least half a window before them. */
  readonly scored: Uint32Array;
  /** What makes the loss of `data` one of these tokens. */
  readonly factor: number;
}

/** The held-out windows, of which each token but the first counts in one. Undefined where none fits in. */
export function heldOutOf({ tokens, border, window }: TextParts): HeldOut | undefined {
  const half = Math.ceil(window / 2);
  const count = Math.floor((tokens.length - border - 1 - window) / half) + 1;
  if (count < 1) return undefined;
  const x = new Float32Array(count * window);
  const y = new Int32Array(count * window);
  for (let i = 0; i < count; i++) {
    const start = border + i * half;
    x.set(tokens.subarray(start, start + window), i * window);
    y.set(tokens.subarray(start + 1, start + 1 + window), i * window);
  }
  const weights = new Float32Array(window).fill(1, window - half);
  const first = border + 1 + window - half;
  return {
    data: [x, y, new Array<Float32Array>(count).fill(weights)],
    scored: tokens.subarray(first, first + count * half),
    factor: window / half,
  };
}

/** Bits a character of a text by how often its characters occur in another one: what needs no network. */
export function frequencyBits(learned: string, scored: string): number {
  const counts = new Map<string, number>();
  let total = 0;
  for (const sign of learned) {
    counts.set(sign, (counts.get(sign) ?? 0) + 1);
    total++;
  }
  let [bits, characters] = [0, 0];
  for (const sign of scored) {
    // One more of each, and of one that is not there: none is impossible.
    bits += Math.log2((total + counts.size + 1) / ((counts.get(sign) ?? 0) + 1));
    characters++;
  }
  return bits / characters;
}

/** The text that a vocabulary has tokens for, and the characters or words that it lacks, each once. */
export function knownText(vocabulary: Vocabulary, text: string): { known: string; lacking: string[] } {
  const parts = vocabulary.kind === "words" ? (text.match(/\S+/g) ?? []) : [...text];
  const lacking = new Set([...new Set(parts)].filter((part) => !knows(vocabulary, part)));
  const keepsAll = lacking.size === 0 || vocabulary.unknown !== undefined;
  return {
    known: keepsAll ? text : parts.filter((part) => !lacking.has(part)).join(""),
    lacking: [...lacking],
  };
}

function knows(vocabulary: Vocabulary, part: string): boolean {
  try {
    return vocabulary.unknown === undefined
      ? vocabulary.encode(part).length > 0
      : !vocabulary.encode(part).includes(vocabulary.unknown);
  } catch (error) {
    if (error instanceof ValueError) return false;
    throw error;
  }
}
