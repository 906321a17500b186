import type { Gauge } from "../core/threads.js";

/** More threads must be so much faster. */
const GAIN = 0.95;
/** Runs that take so many times what one thread takes, on average, show that a core is not there. */
const STALL = 1.05;
/** What a run counts in the average, and how many times the average it counts at most. */
const WEIGHT = 1 / 8;
const OUTLIER = 3;
/**
 * Other numbers are tried again after so many times what trying takes, in milliseconds at least; and later if
 * all threads are best, since nothing can be gained.
 */
const PATIENCE = 30;
const LEAST_TRIAL = 4;
const CONTENT = 10;
/** A trial: at least so many runs, until they took so many milliseconds, but not more than so many. */
const RUNS = 5;
const MILLISECONDS = 2;
const MOST_RUNS = 12;
/** The first trial of a number is so many times as long, since an engine makes code fast only while it runs. */
const FIRST = 6;

/**
 * Chooses the number of threads for a run that is repeated, from how long it took with each. Bits do not
 * depend on the number, so every run may have another one. First it tries all numbers. Later it tries the
 * others again from time to time, for cores come and go, and as soon as the average run takes longer than one
 * thread would.
 */
export class Measured implements Gauge {
  /** The time of a unit with each number. */
  private readonly times: Float64Array;
  /** The index of the number that is best so far, and of the one that is on trial, or -1. */
  private best = 0;
  private trial = 0;
  /** Of the trial: its runs and what they took; of those that count, their number, sum and maximum. */
  private runs = 0;
  private took = 0;
  private counted = 0;
  private sum = 0;
  private slowest = 0;
  /** What all numbers took in this round of trials. */
  private spent = 0;
  private isFirst = true;
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
    times[best] += WEIGHT * (Math.min(time, OUTLIER * times[best]) - times[best]);
    if ((best > 0 && times[best] > STALL * times[0]) || this.now() > this.again) this.try(0);
  }

  private onTrial(milliseconds: number, time: number): void {
    const scale = this.isFirst ? FIRST : 1;
    const warm = scale - 1;
    // The first run wakes threads.
    if (this.runs > 0 && (this.took >= warm * MILLISECONDS || this.runs >= warm * MOST_RUNS)) {
      this.counted++;
      this.sum += time;
      this.slowest = Math.max(this.slowest, time);
    }
    this.runs++;
    this.took += milliseconds;
    if (this.counted < RUNS || (this.took < scale * MILLISECONDS && this.runs < scale * MOST_RUNS)) return;
    // The mean without the slowest: one late run says nothing, several do.
    this.times[this.trial] = (this.sum - this.slowest) / (this.counted - 1);
    this.spent += this.took;
    this.try(this.trial + 1);
  }

  /** Puts a number on trial; after the last the best is chosen. */
  private try(trial: number): void {
    this.runs = 0;
    this.took = 0;
    this.counted = 0;
    this.sum = 0;
    this.slowest = 0;
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
    this.isFirst = false;
  }
}
