/** Words and numbers, and every other sign but spaces by itself. */
const PARTS = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*|[^\s\p{L}\p{M}\p{N}]/gu;

/** The words and signs of a text, in order. */
export const splitWords = (text: string): string[] => text.match(PARTS) ?? [];

/** Signs that stand at the word before them. */
const CLOSING = /^[,.;:!?%)\]}…]$/;

/** A text of these words and signs. */
export const joinWords = (words: readonly string[]): string =>
  words.map((word, i) => (i > 0 && !CLOSING.test(word) ? ` ${word}` : word)).join("");
