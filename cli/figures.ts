/** A count with separators, for people: 1,438. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A count and its noun: 1 row, 1,438 rows. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}
