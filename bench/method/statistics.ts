/** What is said of repeated measurements of one thing. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  /** The distance between the quartiles. */
  readonly interquartile: number;
  readonly count: number;
}

/** The q-quantile of numbers in ascending order, between neighbours by their distances. */
function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export function median(values: readonly number[]): number {
  return summarize(values).median;
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error("a summary needs at least one measurement");
  const sorted = [...values].sort((a, b) => a - b);
  return {
    min: sorted[0],
    median: quantile(sorted, 0.5),
    interquartile: quantile(sorted, 0.75) - quantile(sorted, 0.25),
    count: sorted.length,
  };
}
