import type { BatchLog } from "./log.js";

/** What fit does for a loop that holds it: it waits after each batch until it is asked for the next one. */
export async function* steps<Result>(
  fit: (onBatchEnd: (log: BatchLog) => Promise<void>, signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<BatchLog, Result, void> {
  const left = new AbortController();
  let go = () => {};
  let arrived: (log: BatchLog | undefined) => void = () => {};
  const next = () =>
    new Promise<BatchLog | undefined>((resolve) => {
      arrived = resolve;
    });
  let coming = next();
  const running = fit(
    (log) =>
      new Promise<void>((resolve) => {
        go = resolve;
        arrived(log);
      }),
    left.signal,
  );
  // The loop also waits for the end of training, whose result is handled below.
  const over = running.then(
    () => arrived(undefined),
    () => arrived(undefined),
  );
  try {
    for (let log = await coming; log; log = await coming) {
      coming = next();
      yield log;
      go();
    }
    return await running;
  } finally {
    left.abort();
    go();
    await over;
  }
}
