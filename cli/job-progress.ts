import { SingleBar } from "cli-progress";
import type { Progress } from "lanewise/distributed";
import { counted, grouped } from "./figures.js";

/** Milliseconds between two lines where there is no terminal. */
const BETWEEN_LINES = 5000;

/** Shows the progress of jobs. */
export interface JobProgress {
  show(progress: Progress): void;
  /** Call it at the end, also after an error. */
  stop(): void;
}

/**
 * Jobs that are done, those that failed, who works and the time that is left: on a terminal a bar that moves,
 * elsewhere a line every five seconds. `worker`: what works, such as "thread".
 */
export function jobProgress(worker: string, stream: NodeJS.WriteStream = process.stderr): JobProgress {
  const began = performance.now();
  const left = ({ done, failed, of }: Progress): string => {
    const over = done + failed;
    if (over === 0) return "";
    return `, ${clock(((performance.now() - began) / 1000) * (of / over - 1))} left`;
  };
  const figures = (progress: Progress): string => {
    const { done, failed, of, workers } = progress;
    const failures = failed > 0 ? `, ${grouped(failed)} failed` : "";
    return `${grouped(done + failed)} of ${counted(of, "job")}${failures}, ${counted(workers, worker)}${left(progress)}`;
  };
  if (!stream.isTTY) return lines(stream, began, figures);
  const bar = new SingleBar({
    format: "[{bar}] {figures}",
    barIncompleteChar: " ",
    barsize: 24,
    clearOnComplete: true,
    stream,
  });
  // The bar hides the cursor; an interrupted program has to give it back.
  const interrupt = () => {
    bar.stop();
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  return {
    show(progress) {
      const over = progress.done + progress.failed;
      if (!bar.isActive) bar.start(progress.of, over, { figures: figures(progress) });
      bar.setTotal(progress.of);
      bar.update(over, { figures: figures(progress) });
    },
    stop() {
      process.off("SIGINT", interrupt);
      bar.stop();
    },
  };
}

function lines(
  stream: NodeJS.WriteStream,
  began: number,
  figures: (progress: Progress) => string,
): JobProgress {
  let last = began;
  return {
    show(progress) {
      const now = performance.now();
      if (now - last < BETWEEN_LINES) return;
      last = now;
      stream.write(`${figures(progress)}\n`);
    },
    stop: () => {},
  };
}

/** 8 s, 3 min, 2 h. */
function clock(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
