import type { Batch, Pace } from "./measure.js";
import { type Summary, summarize } from "./statistics.js";

export interface Comparison {
  /** The fastest repetition of the other by the fastest of the usual: what disturbs a measurement only makes it slower. */
  readonly fastest: number;
  /** The ratio of each pair. */
  readonly pairs: Summary;
}

/**
 * How many times as long `other` takes as `usual`: they run in pairs, one after the other, so that a slow moment of the machine hits both, and now the one,
 * now the other comes first. `between` runs before each, unmeasured.
 */
export async function compare(usual: Batch, other: Batch, pace: Pace, between: () => void): Promise<Comparison> {
  const seconds = async (batch: Batch) => {
    between();
    return await batch(1);
  };
  const times: { usual: number; other: number }[] = [];
  const pair = async (swapped: boolean) => {
    if (swapped) times.push({ other: await seconds(other), usual: await seconds(usual) });
    else times.push({ usual: await seconds(usual), other: await seconds(other) });
  };
  const began = performance.now();
  for (let i = 0; i < pace.warmCalls || performance.now() - began < pace.warmSeconds * 1000; i++) await pair(i % 2 === 1);
  times.length = 0;
  const begin = performance.now();
  while (times.length < pace.mostRepetitions && (times.length < pace.leastRepetitions || performance.now() - begin < pace.seconds * 1000)) {
    await pair(times.length % 2 === 1);
  }
  const least = (which: "usual" | "other") => Math.min(...times.map((time) => time[which]));
  return { fastest: least("other") / least("usual"), pairs: summarize(times.map(({ usual, other }) => other / usual)) };
}
