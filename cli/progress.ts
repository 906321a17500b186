import { SingleBar } from "cli-progress";
import type { BatchLog, EpochLog } from "lanewise";
import { grouped } from "./figures.js";

/** Shows the progress of training. Its callbacks are options of `fit`. */
export interface Progress {
  onBatchEnd?(log: BatchLog): void;
  onEpochEnd(log: EpochLog): void;
  /** Call it at the end, also after an error. */
  stop(): void;
}

/**
 * A bar that moves on a terminal; elsewhere, as in a file or a pipe, a line an epoch, or about `lines` lines.
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
  const speed = new Speed();
  return {
    onBatchEnd: ({ size }) => speed.count(size),
    onEpochEnd: ({ epoch, loss, accuracy }) => {
      if (epoch % every > 0 && epoch < epochs) return;
      stream.write(
        `epoch ${String(epoch).padStart(width)}/${epochs}  ${figures(loss, accuracy, speed.perSecond)}\n`,
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
  const speed = new Speed();
  return {
    onBatchEnd: ({ epoch, batch, batches = 0, size, loss, accuracy }) => {
      speed.count(size);
      if (!bar.isActive) {
        bar.start(epochs * batches, 0, { epoch, epochs, figures: "" });
        return;
      }
      bar.update((epoch - 1) * batches + batch, { epoch, figures: figures(loss, accuracy, speed.perSecond) });
    },
    onEpochEnd: ({ epoch, loss, accuracy }) => {
      bar.update((bar.getTotal() * epoch) / epochs, {
        epoch,
        figures: figures(loss, accuracy, speed.perSecond),
      });
    },
    stop: () => {
      process.off("SIGINT", interrupt);
      bar.stop();
    },
  };
}

/** Milliseconds over which a speed is measured: a clock may move in steps of several of them. */
const LONG_ENOUGH = 400;

/** Samples a second since the first batch was done, measured anew whenever time enough has passed. */
class Speed {
  private samples = 0;
  private began: number | undefined;
  private latest: number | undefined;

  count(samples: number): void {
    const now = performance.now();
    // How long the first batch took is not known.
    if (this.began === undefined) {
      this.began = now;
      return;
    }
    this.samples += samples;
    const milliseconds = now - this.began;
    if (milliseconds < LONG_ENOUGH) return;
    this.latest = (this.samples / milliseconds) * 1000;
    this.samples = 0;
    this.began = now;
  }

  /** Of the last stretch that was long enough, if there is one. */
  get perSecond(): number | undefined {
    return this.latest;
  }
}

function figures(loss: number, accuracy: number | undefined, samplesPerSecond: number | undefined): string {
  const rightAnswers = accuracy === undefined ? "" : `  accuracy ${accuracy.toFixed(4)}`;
  const speed = samplesPerSecond === undefined ? "" : `  ${grouped(samplesPerSecond)} samples/s`;
  return `loss ${loss.toFixed(4)}${rightAnswers}${speed}`;
}
