import type { Gauge } from "../core/threads.js";

/** More threads must be so much faster. */
const GAIN = 0.95;
/** Runs in a row that take so many times what one thread takes show that a core is not there. */
const STALL = 1.05;
const STALLS = 3;
/**
 * Other numbers are tried again after so many times what trying takes, in milliseconds at least; and later if
 * all threads are best, since nothing can be gained.
 */
const PATIENCE = 30;
const LEAST_TRIAL = 4;
const CONTENT = 10;
/** A trial: so many runs, and until they took so many milliseconds, but not more than so many. */
const RUNS = 3;
const MILLISECONDS = 2;
const MOST_RUNS = 12;
/** The first trials are longer, since an engine makes code fast only while it runs. */
const FIRST = 6;

/**
 * Chooses the number of threads for a run that is repeated, from how long it took with each. Bits do not
 * depend on the number, so every run may have another one. First it tries all numbers. Later it tries the
 * others again from time to time, for cores come and go; and it goes back to one thread as soon as two runs
 * in a row take longer than that.
 */
export class Measured implements Gauge {
  /** The time of a unit with each number. */
  private readonly times: Float64Array;
  /** The index of the number that is best so far, and of the one that is on trial, or -1. */
  private best = 0;
  private trial = 0;
  /** Of the trial: its runs, what they took, and the fastest. */
  private runs = 0;
  private took = 0;
  private fastest = Number.POSITIVE_INFINITY;
  /** What all numbers took in this round of trials. */
  private spent = 0;
  private isFirst = true;
  private stalls = 0;
  /** When the next round of trials begins. */
  private again = 0;

  /** Of these numbers of threads, ascending from 1. `now` is in milliseconds. */
  constructor(
    private readonly counts: readonly number[],
    private readonly now: () => number,
  ) {
    this.times = new Float64Array(counts.length).fill(Number.POSITIVE_INFINITY);
  }

  next(): number {
    return this.counts[this.trial < 0 ? this.best : this.trial];
  }

  record(milliseconds: number, units: number): void {
    const time = milliseconds / units;
    if (this.trial < 0) this.ordinary(time);
    else this.onTrial(milliseconds, time);
  }

  private ordinary(time: number): void {
    const { times, best } = this;
    times[best] += (Math.min(time, 3 * times[best]) - times[best]) / (time < times[best] ? 2 : 8);
    this.stalls = best > 0 && time > STALL * times[0] ? this.stalls + 1 : 0;
    if (this.stalls >= STALLS || this.now() > this.again) this.try(0);
  }

  private onTrial(milliseconds: number, time: number): void {
    this.runs++;
    this.took += milliseconds;
    // The first run wakes threads.
    if (this.runs > 1) this.fastest = Math.min(this.fastest, time);
    const scale = this.isFirst ? FIRST : 1;
    if (this.runs < RUNS || (this.took < scale * MILLISECONDS && this.runs < scale * MOST_RUNS)) return;
    this.times[this.trial] = this.fastest;
    this.spent += this.took;
    this.try(this.trial + 1);
  }

  /** Puts a number on trial; after the last the best is chosen. */
  private try(trial: number): void {
    this.runs = 0;
    this.took = 0;
    this.fastest = Number.POSITIVE_INFINITY;
    this.trial = trial < this.counts.length ? trial : -1;
    if (this.trial < 0) this.choose();
  }

  private choose(): void {
    const { times } = this;
    this.best = 0;
    for (let i = 1; i < times.length; i++) if (times[i] < GAIN * times[this.best]) this.best = i;
    const patience = this.best === times.length - 1 ? CONTENT * PATIENCE : PATIENCE;
    this.again = this.now() + patience * Math.max(this.isFirst ? 0 : this.spent, LEAST_TRIAL);
    this.spent = 0;
    this.stalls = 0;
    this.isFirst = false;
  }
}
