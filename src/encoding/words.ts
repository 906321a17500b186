/** Letters with their marks, and digits, of every script. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * The words of a text in lower case, counted in buckets by their hash. One bit of it decides whether a word
 * counts as 1 or -1, so that words that share a bucket cancel out on average (Weinberger et al. 2009,
 * "Feature hashing for large scale multitask learning").
 */
export function countWords(text: string, buckets: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const word of text.normalize().toLowerCase().match(WORD) ?? []) {
    const hash = hashOf(word);
    const bucket = hash % buckets;
    counts.set(bucket, (counts.get(bucket) ?? 0) + (hash >>> 31 === 1 ? 1 : -1));
  }
  return counts;
}

/** FNV-1a of 32 bits (Fowler, Noll and Vo) over the code units of UTF-16, each of which counts as a byte. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
