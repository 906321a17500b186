import type { BatchLog, Callback, EpochLog, Training } from "lanewise";
import { grouped } from "./figures.js";

/** What a training of text ends by, and what its progress is shown with. */
export interface TextProgressOptions {
  /** Rounds of a pass over the text. */
  readonly rounds: number;
  /** Batches of a round, about. */
  readonly batches: number;
  /** Tokens of a window. */
  readonly window: number;
  /** Passes over the text; undefined for no limit. */
  readonly passes: number | undefined;
  /** Minutes; undefined for no limit. */
  readonly minutes: number | undefined;
  /** The learning rate to begin with. */
  readonly learningRate: number;
  /** A loss of training, or of what is held out, as bits a character. */
  readonly bits: { learned(loss: number): number; heldOut(loss: number): number };
  /** Writes on from a prompt. */
  sample(): Promise<string>;
}

/** Milliseconds between two lines, two changes of a line on a terminal, and two samples. */
const [BETWEEN_LINES, BETWEEN_CHANGES, BETWEEN_SAMPLES] = [5000, 500, 30_000];
/** The part of the learning rate that is left at the end. */
const LAST_RATE = 0.05;
/** Seconds from which minutes are told. */
const LONG = 90;

/**
 * Shows the progress of a text model on standard error, with what it writes meanwhile, lowers the learning
 * rate towards the end, and ends the training when its time is up or the program is interrupted.
 */
export class TextProgress implements Callback {
  /** Whether the program was told to end. */
  isInterrupted = false;
  private readonly began = performance.now();
  private tokens = 0;
  private changed = 0;
  private lineAt = 0;
  private sampleAt = 0;
  private training: Training | undefined;
  private readonly stream = process.stderr;

  constructor(private readonly options: TextProgressOptions) {
    for (const signal of SIGNALS) process.on(signal, this.interrupt);
  }

  /** Call it at the end, also after an error. */
  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.interrupt);
    this.clear();
  }

  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** All time counts, that of validation and of samples, too. */
  get tokensPerSecond(): number {
    return this.tokens / this.seconds;
  }

  onTrainBegin(training: Training): void {
    this.training = training;
  }

  onBatchEnd({ epoch, batch, size, loss }: BatchLog, { optimizer }: Training): boolean {
    const { batches, window, minutes, learningRate, bits } = this.options;
    this.tokens += size * window;
    const done = epoch - 1 + Math.min(1, batch / batches);
    const share = this.share(done);
    optimizer.learningRate = learningRate * (1 - (1 - LAST_RATE) * Math.min(1, share));
    const now = performance.now();
    if (this.stream.isTTY && now - this.changed > BETWEEN_CHANGES) {
      this.changed = now;
      this.stream.write(`\r${this.line(done, share, bits.learned(loss))}\x1b[K`);
    }
    return minutes === undefined || this.seconds < 60 * minutes;
  }

  async onEpochEnd({ epoch, loss, validationLoss }: EpochLog): Promise<void> {
    const { bits, sample } = this.options;
    const now = performance.now();
    const isFirst = this.lineAt === 0;
    if (isFirst || now - this.lineAt > BETWEEN_LINES) {
      this.lineAt = now;
      this.clear();
      const held = validationLoss === undefined ? undefined : bits.heldOut(validationLoss);
      this.stream.write(`${this.line(epoch, this.share(epoch), bits.learned(loss), held)}\n`);
    }
    if (isFirst || now - this.sampleAt > BETWEEN_SAMPLES) {
      this.sampleAt = now;
      this.stream.write(`\n${indented(await sample())}\n\n`);
    }
  }

  private readonly interrupt = (): void => {
    // A second one does not wait for the step.
    if (this.isInterrupted) process.exit(INTERRUPTED);
    this.isInterrupted = true;
    this.training?.stop();
  };

  /** The part of the training that is done, of rounds that are done. */
  private share(rounds: number): number {
    const { passes, minutes, rounds: each } = this.options;
    const ofPasses = passes === undefined ? 0 : rounds / (passes * each);
    return Math.max(ofPasses, minutes === undefined ? 0 : this.seconds / (60 * minutes));
  }

  private line(rounds: number, share: number, learned: number, heldOut?: number): string {
    const pass = rounds / this.options.rounds;
    const left = this.seconds * (1 / share - 1);
    const held = heldOut === undefined ? "" : `, held out ${heldOut.toFixed(3)}`;
    return `pass ${Number.isInteger(pass) ? pass : pass.toFixed(1)}: ${learned.toFixed(3)} bits a character${held}; ${grouped(this.tokensPerSecond)} tokens/s, ${duration(left)} left at most`;
  }

  private clear(): void {
    if (this.stream.isTTY && this.changed > 0) this.stream.write("\r\x1b[K");
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** What a shell has for a program that ends by SIGINT. */
export const INTERRUPTED = 130;

/** Lines beside the others. */
export const indented = (text: string): string => text.replace(/^/gm, "  ").trimEnd();

export const duration = (seconds: number): string =>
  seconds < LONG ? `${Math.max(0, Math.ceil(seconds))} s` : `${Math.round(seconds / 60)} min`;
