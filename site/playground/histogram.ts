export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  /** The share of the values in each bin, of bins of the same width. */
  readonly shares: readonly number[];
}

/** Values that are no numbers are left out. */
export function histogramOf(values: Float32Array, bins: number): Histogram {
  const finite = values.filter(Number.isFinite);
  let [low, high, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of finite) {
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  if (!(high > low)) [low, high] = finite.length > 0 ? [low - 0.5, low + 0.5] : [-0.5, 0.5];
  const counts = new Array<number>(bins).fill(0);
  for (const value of finite) counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  const total = Math.max(1, finite.length);
  return { low, high, mean: sum / total, shares: counts.map((count) => count / total) };
}

/** The shares over other bins: those of a bin that lies in several are spread evenly. */
export function resampled(histogram: Histogram, low: number, high: number, bins: number): number[] {
  const shares = new Array<number>(bins).fill(0);
  const [from, to] = [(histogram.high - histogram.low) / histogram.shares.length, (high - low) / bins];
  for (const [i, share] of histogram.shares.entries()) {
    if (share === 0) continue;
    const begin = (histogram.low + i * from - low) / to;
    const end = begin + from / to;
    for (let bin = Math.max(0, Math.floor(begin)); bin < Math.min(bins, end); bin++)
      shares[bin] += (share * (Math.min(end, bin + 1) - Math.max(begin, bin))) / (end - begin);
  }
  return shares;
}
