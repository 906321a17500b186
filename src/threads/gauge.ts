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
/**
 * A trial ends after MILLISECONDS or MOST_RUNS runs, and has at least RUNS runs that count; a few suffice
 * where they take LONG milliseconds together.
 */
const RUNS = 5;
const MILLISECONDS = 2;
const MOST_RUNS = 12;
const LONG = 10;
/** The first trial begins after WARM milliseconds or WARM_RUNS runs: engines optimize code while it runs. */
const WARM = 10;
const WARM_RUNS = 60;
/** Milliseconds after which a gauge that does not run any more has lost its turn. */
const TURN = 50;

/**
 * Whose turn it is to try numbers of threads. Trials go one by one: threads that sleep in a run on one thread
 * must be woken for the next, which would count as that one's time.
 */
export class Turns {
  private owner: object | undefined;
  private until = 0;

  /** Takes the turn or keeps it. False while another has it. */
  take(gauge: object, now: number): boolean {
    if (this.owner !== undefined && this.owner !== gauge && now < this.until) return false;
    this.owner = gauge;
    this.until = now + TURN;
    return true;
  }

  /** Gives the turn back. */
  end(): void {
    this.owner = undefined;
  }

  /** Whether another has the turn. */
  isTaken(gauge: object, now: number): boolean {
    return this.owner !== undefined && this.owner !== gauge && now < this.until;
  }
}

/** What gauges of runs of about the same length have found. */
export interface Experience {
  /** The index of the best number of threads; undefined before the first gauge has chosen. */
  best: number | undefined;
}

export interface MeasuredOptions {
  /** The numbers of threads to choose from, ascending from 1. */
  readonly counts: readonly number[];
  /** Milliseconds. */
  readonly now: () => number;
  readonly turns?: Turns;
  readonly experience?: Experience;
}

/**
 * Chooses the number of threads for a run that is repeated, from how long it took with each. Bits do not
 * depend on the number, so it may change from run to run. It begins with all threads, then tries all numbers
 * from the largest, at once unless others have found that more threads pay for such runs. It tries them again
 * from time to time, since other programs take and release cores, and as soon as the average run takes longer
 * than one thread would.
 */
export class Measured implements Gauge {
  private readonly counts: readonly number[];
  private readonly now: () => number;
  private readonly turns: Turns;
  private readonly experience: Experience;
  /** The time of a unit with each number; infinite while it is unknown. */
  private readonly times: Float64Array;
  /** The index of the number that is best so far, and of the one that is on trial, or -1. */
  private best: number;
  private trial = -1;
  /** Of the trial, or of the time before the first: its runs and what they took. */
  private runs = 0;
  private took = 0;
  /** Of those runs that count: their number, sum and maximum. */
  private counted = 0;
  private sum = 0;
  private slowest = 0;
  /** What all numbers took in this round of trials. */
  private spent = 0;
  private isWarm: boolean;
  /** When the next round of trials begins. */
  private again: number;

  constructor({ counts, now, turns = new Turns(), experience = { best: undefined } }: MeasuredOptions) {
    this.counts = counts;
    this.now = now;
    this.turns = turns;
    this.experience = experience;
    this.times = new Float64Array(counts.length).fill(Number.POSITIVE_INFINITY);
    this.best = experience.best || counts.length - 1;
    this.isWarm = experience.best !== undefined;
    this.again = experience.best ? this.later(0) : 0;
  }

  next(): number {
    return this.counts[this.trial < 0 ? this.best : this.trial];
  }

  record(milliseconds: number, units: number): void {
    const time = milliseconds / units;
    const now = this.now();
    if (this.trial < 0) this.ordinary(milliseconds, time, now);
    else if (this.turns.take(this, now)) this.onTrial(milliseconds, time);
    else this.try(-1);
  }

  private ordinary(milliseconds: number, time: number, now: number): void {
    const { times, best, turns } = this;
    if (!this.isWarm) {
      this.took += milliseconds;
      this.isWarm = this.took >= WARM || ++this.runs >= WARM_RUNS;
      return;
    }
    // Another's trials may leave threads asleep.
    if (turns.isTaken(this, now)) return;
    const average = times[best];
    const clipped = Math.min(time, OUTLIER * average);
    times[best] = average < Number.POSITIVE_INFINITY ? average + WEIGHT * (clipped - average) : time;
    const isSlow = best > 0 && times[best] > STALL * times[0];
    if ((isSlow || now > this.again) && turns.take(this, now)) this.try(this.counts.length - 1);
  }

  private onTrial(milliseconds: number, time: number): void {
    // The first run wakes threads.
    if (this.runs > 0 || this.trial === 0) {
      this.counted++;
      this.sum += time;
      this.slowest = Math.max(this.slowest, time);
    }
    this.runs++;
    this.took += milliseconds;
    const isShort = this.took < MILLISECONDS && this.runs < MOST_RUNS;
    if (this.counted === 0 || isShort || (this.counted < RUNS && this.took < LONG)) return;
    // The mean without the slowest run: a single late run is noise, several are not.
    const { counted, sum, slowest } = this;
    this.times[this.trial] = counted > 2 ? (sum - slowest) / (counted - 1) : sum / counted;
    this.spent += this.took;
    if (this.trial === 0) this.choose();
    this.try(this.trial - 1);
  }

  /** Puts a number on trial, or none. */
  private try(trial: number): void {
    this.runs = 0;
    this.took = 0;
    this.counted = 0;
    this.sum = 0;
    this.slowest = 0;
    this.trial = trial;
  }

  private choose(): void {
    const { times } = this;
    this.best = 0;
    for (let i = 1; i < times.length; i++) if (times[i] < GAIN * times[this.best]) this.best = i;
    this.experience.best = this.best;
    this.again = this.later(this.spent);
    this.spent = 0;
    this.turns.end();
  }

  /** When the next round of trials begins, after one that took `spent` milliseconds. */
  private later(spent: number): number {
    const patience = this.best === this.times.length - 1 ? CONTENT * PATIENCE : PATIENCE;
    return this.now() + patience * Math.max(spent, LEAST_TRIAL);
  }
}
