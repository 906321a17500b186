/** Milliseconds that count as nothing: the rounding of readings that are multiples of a clock's step. */
const ROUNDING = 0.0005;
/** Steps of the clock that a measured time takes at least: it is then right within a quarter. */
const STEPS = 4;
/** Milliseconds of a clock's step below which its rounding hides whether the step is smaller still. */
const FINE = 2 * ROUNDING;
/** Milliseconds of the coarsest clocks' steps: those of browsers that resist fingerprinting. */
const COARSEST = 100;

/** What has read performance.now(). */
export interface Clock {
  /** The last reading. */
  readonly now: number;
}

/**
 * Measures the speed of an epoch by a clock that may be coarse, as browsers have it (steps of 5 microseconds
 * to 100 ms), or stand still while a program computes, as in Cloudflare Workers. The clock's step is the
 * greatest common divisor of the times between its readings.
 */
export class Stopwatch {
  private step = 0;
  private now = performance.now();
  private began = 0;
  private samples = 0;
  /** The samples that were done when the clock last moved. */
  private measured = 0;

  /** Begins an epoch. */
  start(): void {
    this.read(performance.now());
    this.began = this.now;
    this.samples = 0;
    this.measured = 0;
  }

  /** More samples are done, at the last reading of the clock. */
  lap(samples: number, clock: Clock): void {
    this.samples += samples;
    this.read(clock.now);
  }

  /** Ends an epoch. */
  stop(): void {
    this.read(performance.now());
  }

  get seconds(): number {
    return (this.now - this.began) / 1000;
  }

  /** Undefined where the clock does not tell: it moved too few steps, or not while much was done. */
  get samplesPerSecond(): number | undefined {
    const { samples, measured, seconds, step } = this;
    const least = STEPS * Math.min(step, COARSEST) - ROUNDING;
    const tells = seconds > 0 && seconds * 1000 >= least && samples - measured <= samples / 4;
    return tells ? samples / seconds : undefined;
  }

  private read(now: number): void {
    const passed = now - this.now;
    if (passed <= 0) return;
    this.now = now;
    this.measured = this.samples;
    if (this.step === 0) this.step = passed;
    else if (this.step > FINE) this.step = commonDivisor(passed, this.step);
  }
}

function commonDivisor(a: number, b: number): number {
  while (b > ROUNDING) [a, b] = [b, a % b];
  return a;
}
