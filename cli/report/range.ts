/** A step of 1, 2 or 5 times a power of 10, at least as large as asked. */
export function roundStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((digit) => digit * power >= least) ?? 10) * power;
}

/** A range in round steps, about as many as asked, that values are within. */
export function roundRange(
  [low, high]: readonly [low: number, high: number],
  steps: number,
): { min: number; max: number; interval: number } {
  const interval = roundStep((high - low) / steps);
  const min = Math.floor(low / interval) * interval;
  return { min, max: Math.max(min + interval, Math.ceil(high / interval) * interval), interval };
}
