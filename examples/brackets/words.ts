/** 1 opens, 2 closes; 0 is padding. */
export type Word = readonly number[];

export const OPEN = 1;
export const CLOSE = 2;
/** The longest word. */
export const LONGEST = 50;

/** How deep a word is after each bracket. */
export function depths(word: Word): number[] {
  let depth = 0;
  return word.map((bracket) => {
    depth += bracket === OPEN ? 1 : -1;
    return depth;
  });
}

/**
 * For each bracket, whether all that was opened is closed there, and nothing was closed before it was opened.
 */
export function closed(word: Word): number[] {
  let wrong = false;
  return depths(word).map((depth) => {
    wrong ||= depth < 0;
    return Number(!wrong && depth === 0);
  });
}

/**
 * Words of even lengths up to the longest, all equally often. Half of them match. The others are such words
 * after a change that is hard to see: in three of four two brackets changed places, so that as many open as
 * close, and in one a bracket was turned round.
 */
export function drawWords(count: number, random: () => number): Word[] {
  return Array.from({ length: count }, (_, i) => {
    const word = matching(1 + Math.floor(random() * (LONGEST / 2)), random);
    return i % 2 === 0 ? word : spoiled(word, random);
  });
}

/** A word of n pairs: every bracket is drawn, as long as both ways can still end well. */
function matching(pairs: number, random: () => number): number[] {
  const word: number[] = [];
  for (let open = 0, left = pairs; word.length < 2 * pairs; ) {
    const opens =
      left > 0 && (open === 0 || random() < (left * (open + 2)) / ((left + left + open) * (open + 1)));
    word.push(opens ? OPEN : CLOSE);
    open += opens ? 1 : -1;
    if (opens) left--;
  }
  return word;
}

function spoiled(word: readonly number[], random: () => number): number[] {
  const turns = random() < 0.25;
  for (;;) {
    const changed = [...word];
    const place = Math.floor(random() * word.length);
    if (turns) changed[place] = OPEN + CLOSE - changed[place];
    else {
      const other = Math.floor(random() * word.length);
      [changed[place], changed[other]] = [changed[other], changed[place]];
    }
    if (closed(changed).at(-1) === 0) return changed;
  }
}
