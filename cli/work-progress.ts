import { SingleBar } from "cli-progress";

/** Milliseconds between two lines where there is no terminal. */
const BETWEEN_LINES = 5000;
/** With less than this part done, the time that is left is a guess. */
const LEAST = 0.01;

/**
 * Runs work that tells the part of it that is done, and shows that with the time that is left: on a terminal
 * a bar that moves, elsewhere a line every five seconds.
 */
export async function withProgress<Result>(
  what: string,
  work: (onProgress: (done: number) => void) => Promise<Result>,
): Promise<Result> {
  const { stderr } = process;
  if (!stderr.isTTY) return work(lines(what, stderr));
  const bar = new SingleBar({
    format: `${what} [{bar}] {percentage} %, {eta_formatted} left`,
    barIncompleteChar: " ",
    barsize: 24,
    clearOnComplete: true,
    stream: stderr,
  });
  // The bar hides the cursor; an interrupted program has to give it back.
  const interrupt = () => {
    bar.stop();
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  bar.start(100, 0);
  try {
    return await work((done) => bar.update(Math.round(100 * done)));
  } finally {
    process.off("SIGINT", interrupt);
    bar.stop();
  }
}

function lines(what: string, stream: NodeJS.WriteStream): (done: number) => void {
  const began = performance.now();
  let last = began;
  return (done) => {
    const now = performance.now();
    if (now - last < BETWEEN_LINES || done < LEAST) return;
    last = now;
    const left = ((now - began) / 1000) * (1 / done - 1);
    stream.write(`${what}: ${Math.round(100 * done)} %, about ${Math.ceil(left)} s left\n`);
  };
}
