/** What the numbers of a layer look like. */

export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** The share of the values in each bin, of bins of the same width. */
  readonly shares: readonly number[];
}

/** Values that are no numbers are left out. */
export function histogramOf(values: Float32Array, bins: number): Histogram {
  const finite = values.filter(Number.isFinite);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of finite) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) [low, high] = finite.length > 0 ? [low - 0.5, low + 0.5] : [-0.5, 0.5];
  const counts = new Array<number>(bins).fill(0);
  for (const value of finite) counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  return { low, high, shares: counts.map((count) => count / Math.max(1, finite.length)) };
}

export interface LayerHealth {
  /** Units that answer the same to every sample, and so learn nothing from them. */
  readonly dead: number;
  /** Units of a bounded activation that are at a bound for nearly every sample. */
  readonly saturated: number;
  readonly notFinite: number;
}

/** Near a bound, and nearly every sample. */
const [NEAR, NEARLY_ALL] = [0.03, 0.95];
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  tanh: [-1, 1],
  sigmoid: [0, 1],
  softsign: [-1, 1],
};

/** `outputs`: [units, rows] */
export function healthOf(outputs: Float32Array, units: number, activation: string): LayerHealth {
  const rows = outputs.length / units;
  let [dead, saturated, notFinite] = [0, 0, 0];
  for (let unit = 0; unit < units; unit++) {
    const own = outputs.subarray(unit * rows, (unit + 1) * rows);
    if (own.every((value) => value === own[0])) dead++;
    const range = ranges[activation];
    const atBound = (value: number) => value - range[0] < NEAR || range[1] - value < NEAR;
    if (range && own.filter(atBound).length > NEARLY_ALL * rows) saturated++;
    for (const value of own) if (!Number.isFinite(value)) notFinite++;
  }
  return { dead, saturated, notFinite };
}
