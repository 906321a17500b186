/** The known name that a misspelt one most likely stands for; undefined where none is close. */
export function meant(name: string, known: readonly string[]): string | undefined {
  const key = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const close = known
    .map((other) => ({ other, far: distance(key(name), key(other)) }))
    .filter(({ other, far }) => far <= Math.max(1, Math.min(name.length, other.length) / 3))
    // Of a name with a single letter, another letter leaves nothing.
    .filter(({ other, far }) => far < key(other).length)
    .sort((a, b) => a.far - b.far);
  return close[0]?.other;
}

/** The number of letters to insert, delete, replace or exchange with the next (Damerau 1964). */
function distance(a: string, b: string): number {
  let [earlier, before]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], earlier[j - 2] + 1);
    }
    [earlier, before] = [before, row];
  }
  return before[b.length];
}
