import type { Batch, Pace } from "./measure.js";
import { type Summary, summarize } from "./statistics.js";

/**
 * How many times as much of the processor's time `other` takes as `usual`: on the clock, other programs run
 * too. They run in pairs, so that a slow moment of the machine hits both, and now the one, now the other
 * comes first. `between` runs before each, unmeasured.
 */
export async function compare(usual: Batch, other: Batch, pace: Pace, between: () => void): Promise<Summary> {
  const microseconds = async (batch: Batch) => {
    between();
    const before = process.cpuUsage();
    await batch(1);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const ratio = async (swapped: boolean) => {
    const first = await microseconds(swapped ? other : usual);
    const second = await microseconds(swapped ? usual : other);
    return swapped ? first / second : second / first;
  };
  const began = performance.now();
  for (let i = 0; i < pace.warmCalls || performance.now() - began < pace.warmSeconds * 1000; i++)
    await ratio(i % 2 === 1);
  const ratios: number[] = [];
  const begin = performance.now();
  while (
    ratios.length < pace.mostRepetitions &&
    (ratios.length < pace.leastRepetitions || performance.now() - begin < pace.seconds * 1000)
  ) {
    ratios.push(await ratio(ratios.length % 2 === 1));
  }
  return summarize(ratios);
}
