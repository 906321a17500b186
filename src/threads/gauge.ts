import type { Gauge } from "../core/threads.js";

/** More threads are chosen only if a run takes less than this share of the time. */
const GAIN = 0.95;
/** If runs take longer than this multiple of one thread's time, on average, a core is missing. */
const STALL = 1.05;
/** The weight of a run in the moving average, which clips a run at OUTLIER times the average. */
const WEIGHT = 1 / 8;
const OUTLIER = 3;
/**
 * The next round of trials begins after PATIENCE times the duration of the last one, which counts as at least
 * LEAST_TRIAL milliseconds; CONTENT times later if all threads are best, since nothing can be gained.
 */
const PATIENCE = 30;
const LEAST_TRIAL = 4;
const CONTENT = 10;
/** A trial has at least RUNS runs that count. It ends after MILLISECONDS, or after MOST_RUNS runs. */
const RUNS = 5;
const MILLISECONDS = 2;
const MOST_RUNS = 12;
/** The first trial of each number is FIRST times as long: an engine optimizes code while it runs. */
const FIRST = 6;

/**
 * Chooses the number of threads for a run that is repeated, from how long it took with each. Bits do not
 * depend on the number, so it may change from run to run. First it tries all numbers. It tries them again
 * from time to time, since other programs take and release cores, and as soon as the average run takes longer
 * than one thread would.
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
    // The mean without the slowest run: a single late run is noise, several are not.
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
