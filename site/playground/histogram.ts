export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  /** The share of the values in each bin, of bins of the same width. */
  readonly shares: readonly number[];
}

/** Leaves out values that are not finite. */
export function histogramOf(values: Float32Array, bins: number): Histogram {
  let [low, high, sum, total] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  // By index: a run calls this for thousands of values while it trains.
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
    total++;
  }
  if (!(high > low)) [low, high] = total > 0 ? [low - 0.5, low + 0.5] : [-0.5, 0.5];
  const counts = new Float64Array(bins);
  const scale = bins / (high - low);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isFinite(value)) counts[Math.min(bins - 1, Math.floor((value - low) * scale))]++;
  }
  const divisor = Math.max(1, total);
  return { low, high, mean: sum / divisor, shares: Array.from(counts, (count) => count / divisor) };
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
