import { PerformanceObserver } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Backend } from "lanewise";
import { median } from "./statistics.js";

/** How often garbage is measured: the median counts, for a compilation in between spoils a measurement. */
const TRIES = 3;

/** Does a piece of work so many times. */
export type Repeat = (times: number) => void | Promise<void>;

/** V8's garbage collector as a function, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("this engine gives no access to its garbage collector");
  return () => collect();
}

/**
 * Bytes of JavaScript garbage of one piece of work: by how much the used heap grows in 2n of them, less what
 * it grows in n, which takes off whatever is made once; divided by n. Undefined where the engine collected
 * garbage in every try: n is too large then.
 */
export async function garbageOf(repeat: Repeat, n: number): Promise<number | undefined> {
  const collect = collector();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ["gc"] });
  const grown = async (times: number) => {
    collect();
    await observed();
    const collectionsBefore = collections;
    const before = process.memoryUsage().heapUsed;
    await repeat(times);
    const bytes = process.memoryUsage().heapUsed - before;
    await observed();
    return collections === collectionsBefore ? bytes : undefined;
  };
  const found: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const [twice, once] = [await grown(2 * n), await grown(n)];
    if (twice !== undefined && once !== undefined) found.push((twice - once) / n);
  }
  observer.disconnect();
  return found.length > 0 ? Math.max(0, median(found)) : undefined;
}

/** Ends when the observer has been told of the collections so far. */
function observed(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

/** Bytes by which linear memory and what is in use of it grow in `work`. */
export async function growthOf(backend: Backend, work: () => void | Promise<void>): Promise<number> {
  const before = backend.memory;
  await work();
  const after = backend.memory;
  return after.totalBytes - before.totalBytes + (after.liveBytes - before.liveBytes);
}
