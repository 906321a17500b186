import { SingleBar } from "cli-progress";
import type { BatchLog, EpochLog } from "lanewise";

/** Shows how training goes. Its callbacks are options of `fit`. */
export interface Progress {
  onBatchEnd?(log: BatchLog): void;
  onEpochEnd(log: EpochLog): void;
  /** To be called at the end, however that comes. */
  stop(): void;
}

/**
 * A bar that moves on a terminal; elsewhere, as in a file or a pipe, a line an epoch, or with `lines` about
 * so many in all.
 */
export function trainingProgress(
  epochs: number,
  stream: NodeJS.WriteStream = process.stdout,
  lines = epochs,
): Progress {
  return stream.isTTY
    ? progressBar(epochs, stream)
    : progressLines(epochs, stream, Math.ceil(epochs / lines));
}

function progressLines(epochs: number, stream: NodeJS.WriteStream, every: number): Progress {
  const width = String(epochs).length;
  return {
    onEpochEnd: ({ epoch, loss, accuracy, samplesPerSecond }) => {
      if (epoch % every > 0 && epoch < epochs) return;
      stream.write(
        `epoch ${String(epoch).padStart(width)}/${epochs}  ${figures(loss, accuracy, samplesPerSecond)}\n`,
      );
    },
    stop: () => {},
  };
}

function progressBar(epochs: number, stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    format: "epoch {epoch}/{epochs} [{bar}] {figures}",
    barIncompleteChar: " ",
    barsize: 16,
    stream,
  });
  // The bar keeps the terminal from wrapping lines; an interrupted program has to give that back.
  const interrupt = () => {
    bar.stop();
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  let samples = 0;
  let began = 0;
  return {
    onBatchEnd: ({ epoch, batch, batches = 0, size, loss, accuracy }) => {
      if (!bar.isActive) {
        bar.start(epochs * batches, 0, { epoch, epochs, figures: "" });
        began = performance.now();
        return;
      }
      samples += size;
      const seconds = (performance.now() - began) / 1000;
      // A clock may be too coarse for a speed of less time.
      const speed = seconds >= 0.4 ? samples / seconds : undefined;
      bar.update((epoch - 1) * batches + batch, {
        epoch,
        figures: figures(loss, accuracy, speed),
      });
    },
    onEpochEnd: ({ epoch, loss, accuracy, samplesPerSecond }) => {
      bar.update((bar.getTotal() * epoch) / epochs, {
        epoch,
        figures: figures(loss, accuracy, samplesPerSecond),
      });
      samples = 0;
      began = performance.now();
    },
    stop: () => {
      process.off("SIGINT", interrupt);
      bar.stop();
    },
  };
}

function figures(loss: number, accuracy: number | undefined, samplesPerSecond: number | undefined): string {
  const rightAnswers = accuracy === undefined ? "" : `  accuracy ${accuracy.toFixed(4)}`;
  const speed = samplesPerSecond === undefined ? "" : `  ${Math.round(samplesPerSecond)} samples/s`;
  return `loss ${loss.toFixed(4)}${rightAnswers}${speed}`;
}
