import type { Callback } from "./callbacks.js";
import type { EpochLog } from "./log.js";

/** What of Node's process a progress bar needs. */
interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): void;
}

const WIDTH = 24;

/** Shows the progress: in a terminal by a bar that moves, elsewhere by a line an epoch on the console. */
export function progress(epochs: number): Callback {
  const terminal = (globalThis as { process?: { stdout?: Terminal } }).process?.stdout;
  const onEpochEnd = (log: EpochLog) => console.log(lineOf(log, epochs));
  if (!terminal?.isTTY) return { onEpochEnd };
  let next = 0;
  return {
    onBatchEnd: ({ epoch, batch, batches, loss }) => {
      const now = performance.now();
      if (now < next && batch !== batches) return;
      next = now + 100;
      const done = batches ? Math.round((WIDTH * batch) / batches) : 0;
      const bar = batches
        ? `[${"=".repeat(done)}${" ".repeat(WIDTH - done)}] ${batch}/${batches}`
        : `batch ${batch}`;
      terminal.write(`\r\u001b[Kepoch ${epoch}/${epochs}  ${bar}  loss ${loss.toFixed(4)}`);
    },
    onEpochEnd: (log) => {
      terminal.write("\r\u001b[K");
      onEpochEnd(log);
    },
  };
}

/**
 * Every number of the log, in its order: "epoch 3/10  loss 0.1234  validation accuracy 0.9876  12345
 * samples/s".
 */
function lineOf(
  { epoch, seconds, samplesPerSecond, learningRate, ...values }: EpochLog,
  epochs: number,
): string {
  const parts = Object.entries(values).flatMap(([name, value]) =>
    typeof value === "number"
      ? [`${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${value.toFixed(4)}`]
      : [],
  );
  if (samplesPerSecond !== undefined) parts.push(`${Math.round(samplesPerSecond)} samples/s`);
  return [`epoch ${epoch}/${epochs}`, ...parts].join("  ");
}
