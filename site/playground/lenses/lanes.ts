import type { RaceLap } from "../messages.js";

/** What a race has come to. */

/** The laps of a build, or of a number of threads. */
export interface Lane {
  readonly variant: string;
  readonly threads: number;
  readonly laps: number;
  /** The fastest and the slowest lap, in milliseconds. */
  readonly best: number;
  readonly worst: number;
  /** Samples a second in the fastest lap. */
  readonly rate: number;
  /** Those that differ. */
  readonly hashes: readonly (string | undefined)[];
}

/** The lanes of a race in the order of their first laps. */
export function lanesOf(laps: readonly RaceLap[]): readonly Lane[] {
  const nameOf = ({ variant, threads }: RaceLap) => `${variant} ${threads}`;
  return [...new Set(laps.map(nameOf))].map((name) => {
    const own = laps.filter((lap) => nameOf(lap) === name);
    const [{ variant, threads, samples }] = own;
    const times = own.map(({ milliseconds }) => milliseconds);
    const best = Math.min(...times);
    return {
      variant,
      threads,
      laps: own.length,
      best,
      worst: Math.max(...times),
      rate: (samples * 1000) / best,
      hashes: [...new Set(own.map(({ hash }) => hash))],
    };
  });
}

/** Whether all laps of several lanes ended with the same bits. */
export function sameBits(lanes: readonly Lane[]): boolean {
  const hashes = new Set(lanes.flatMap((lane) => lane.hashes));
  return lanes.length > 1 && hashes.size === 1 && !hashes.has(undefined);
}
