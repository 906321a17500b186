import { SingleBar } from "cli-progress";
import type { Outputs } from "../src/distributed/score/lines.js";
import { counted, grouped } from "./figures.js";

/** Rows before the first line where there is no terminal, and milliseconds between two lines. */
const [FIRST_LINE, BETWEEN_LINES] = [50_000, 5000];

/**
 * Shows how many rows are predicted, rows a second and the time that is left: on a terminal in a bar that
 * moves, elsewhere in a line every five seconds.
 */
export class RowProgress {
  private readonly began = performance.now();
  private readonly bar: SingleBar | undefined;
  private lastLine: number | undefined;
  private rows = 0;

  constructor(private readonly out: string) {
    const { stderr } = process;
    if (!stderr.isTTY) return;
    this.bar = new SingleBar({
      format: "predicting [{bar}] {percentage} %, {text}",
      barIncompleteChar: " ",
      barsize: 24,
      clearOnComplete: true,
      // The signal ends the program, which then gives the cursor back.
      gracefulExit: false,
      stream: stderr,
    });
    process.on("exit", this.stopOnExit);
    this.bar.start(100, 0, { text: "" });
  }

  private readonly stopOnExit = () => this.bar?.stop();

  /** The chunks, each of which is counted as the next one is asked for. */
  async *counting(chunks: AsyncIterable<Outputs>): AsyncGenerator<Outputs, void, void> {
    for await (const chunk of chunks) {
      yield chunk;
      this.rows += chunk.rows;
      this.show(chunk.done);
    }
  }

  private show(done: number | undefined): void {
    const now = performance.now();
    const seconds = (now - this.began) / 1000;
    const speed = `${grouped(this.rows / seconds)} rows/s`;
    const left = done === undefined ? "" : `, about ${Math.ceil(seconds * (1 / done - 1))} s left`;
    const text = `${counted(this.rows, "row")}, ${speed}${left}`;
    if (this.bar) this.bar.update(Math.round(100 * (done ?? 0)), { text });
    else if (this.isLineDue(now)) {
      this.lastLine = now;
      process.stderr.write(`${text}\n`);
    }
  }

  private isLineDue(now: number): boolean {
    return this.lastLine === undefined ? this.rows >= FIRST_LINE : now - this.lastLine >= BETWEEN_LINES;
  }

  stop(): void {
    process.off("exit", this.stopOnExit);
    this.bar?.stop();
  }

  /** Says that the file is written. */
  report(): void {
    const seconds = (performance.now() - this.began) / 1000;
    const speed = `${grouped(this.rows / seconds)} rows/s`;
    process.stderr.write(
      `wrote ${this.out}, ${counted(this.rows, "row")} in ${seconds.toFixed(1)} s, ${speed}\n`,
    );
  }
}
