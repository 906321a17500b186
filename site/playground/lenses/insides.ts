/** What the units of a layer do. */

export interface LayerHealth {
  /** Units with the same output for every sample. They do not learn. */
  readonly dead: number;
  /** Units of a bounded activation that are near a bound for almost every sample. */
  readonly saturated: number;
  readonly notFinite: number;
}

/** How near a bound is, and which share of the samples is almost all. */
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
