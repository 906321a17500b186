import { keep } from "./sink.js";
import { type Summary, summarize } from "./statistics.js";

/** How long things are measured. */
export interface Pace {
  /** Calls before anything counts: for at least this long ... */
  readonly warmSeconds: number;
  /** ... and at least so many. */
  readonly warmCalls: number;
  /** Repetitions go on for this long ... */
  readonly seconds: number;
  /** ... but there are at least so many ... */
  readonly leastRepetitions: number;
  /** ... and at most so many. */
  readonly mostRepetitions: number;
  /** A repetition is as many calls as take this long: much more than the clock's resolution. */
  readonly batchSeconds: number;
}

/** For calls of microseconds to milliseconds. */
export const CALLS: Pace = {
  warmSeconds: 0.2,
  warmCalls: 5,
  seconds: 0.8,
  leastRepetitions: 5,
  mostRepetitions: 300,
  batchSeconds: 0.002,
};

/** A rougher look in a quarter of the time. */
export function quicker(pace: Pace): Pace {
  return {
    ...pace,
    warmSeconds: pace.warmSeconds / 2,
    seconds: pace.seconds / 4,
    leastRepetitions: Math.min(pace.leastRepetitions, 3),
  };
}

/** Makes so many calls and says how many seconds they took. */
export type Batch = (calls: number) => number | Promise<number>;

/** A batch of a function; `result` looks at what it computed, outside the measured time. */
export function batchOf(call: () => void, result: () => number): Batch {
  return (calls) => {
    const begin = performance.now();
    for (let i = 0; i < calls; i++) call();
    const seconds = (performance.now() - begin) / 1000;
    keep(result());
    return seconds;
  };
}

/** A batch of an asynchronous function. */
export function asyncBatchOf(call: () => Promise<void>, result: () => number): Batch {
  return async (calls) => {
    const begin = performance.now();
    for (let i = 0; i < calls; i++) await call();
    const seconds = (performance.now() - begin) / 1000;
    keep(result());
    return seconds;
  };
}

/**
 * The seconds of a call: warm-up, then repetitions, each a batch of calls. `between` runs before every
 * repetition, unmeasured: there the peak is taken, or a model made anew. `warm` is to warm up with instead of
 * batch, where a call takes long; a repetition is then one call.
 */
export async function measure(
  batch: Batch,
  pace: Pace,
  between?: () => void,
  warm?: Batch,
): Promise<Summary> {
  const perCall = await warmUp(warm ?? batch, pace);
  const calls = warm ? 1 : Math.max(1, Math.ceil(pace.batchSeconds / perCall));
  const seconds: number[] = [];
  const begin = performance.now();
  while (
    seconds.length < pace.mostRepetitions &&
    (seconds.length < pace.leastRepetitions || performance.now() - begin < pace.seconds * 1000)
  ) {
    between?.();
    seconds.push((await batch(calls)) / calls);
  }
  return summarize(seconds);
}

/**
 * Engines start WebAssembly in a quick compiler's code and replace hot functions in the background, for the
 * next call of each.
 */
async function warmUp(batch: Batch, pace: Pace): Promise<number> {
  const begin = performance.now();
  let calls = 0;
  let size = 1;
  let seconds = 0;
  do {
    seconds = (await batch(size)) / size;
    calls += size;
    if (seconds * size < pace.batchSeconds) size *= 2;
  } while (calls < pace.warmCalls || performance.now() - begin < pace.warmSeconds * 1000);
  return Math.max(seconds, 1e-9);
}
