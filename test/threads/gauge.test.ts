import { describe, expect, it } from "vitest";
import { type Experience, Measured, Turns } from "../../src/threads/gauge.js";

/** The choice of the number of threads, on a clock of its own. Inputs: what a run takes with each number. */

/** Runs `count` times; returns the numbers of threads that ran. `now` is in milliseconds. */
function simulation(counts: readonly number[]) {
  let now = 0;
  const gauge = new Measured({ counts, now: () => now });
  const run = (count: number, timeOf: (threads: number, run: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => {
      const threads = gauge.next();
      const time = timeOf(threads, i);
      now += time;
      gauge.record(time, 1);
      return threads;
    });
  return run;
}

const share = (runs: readonly number[], threads: number): number =>
  runs.filter((each) => each === threads).length / runs.length;

describe("a gauge", () => {
  it("begins with all threads, and spends less than a fifth of its first 100 ms on fewer where all pay", () => {
    const first = simulation([1, 2])(200, (threads) => 1 / threads);
    expect(first.slice(0, 20).every((threads) => threads === 2)).toBe(true);
    expect(share(first, 1)).toBeLessThan(0.2);
  });

  it("goes on with what others have found for runs of the same length, and tries all numbers later", () => {
    const experience: Experience = { best: 1 };
    let now = 0;
    const gauge = new Measured({ counts: [1, 2], now: () => now, experience });
    const runs = Array.from({ length: 4000 }, () => {
      const threads = gauge.next();
      // Here one thread is faster, other than for those before.
      const time = threads === 1 ? 0.5 : 1;
      now += time;
      gauge.record(time, 1);
      return threads;
    });
    expect(share(runs.slice(0, 50), 2)).toBe(1);
    expect(share(runs.slice(2000), 1)).toBeGreaterThan(0.9);
    expect(experience.best).toBe(0);
  });

  it("waits with its trials while another has its own", () => {
    let now = 0;
    const turns = new Turns();
    const gauges = [1, 2, 3].map(() => new Measured({ counts: [1, 2], now: () => now, turns }));
    let together = 0;
    for (let i = 0; i < 2000; i++) {
      const numbers = gauges.map((gauge) => gauge.next());
      if (numbers.filter((threads) => threads === 1).length > 1) together++;
      for (const [k, gauge] of gauges.entries()) {
        now += 1 / numbers[k];
        gauge.record(1 / numbers[k], 1);
      }
    }
    expect(together).toBe(0);
    expect(gauges.map((gauge) => gauge.next())).toEqual([2, 2, 2]);
  });

  it("takes the turn of one that does not run any more", () => {
    let now = 0;
    const turns = new Turns();
    const [stopped, other] = [1, 2].map(() => new Measured({ counts: [1, 2], now: () => now, turns }));
    const run = (gauge: Measured) => {
      const time = 1;
      now += time;
      gauge.record(time, 1);
      return gauge.next();
    };
    for (let i = 0; i < 20; i++) run(stopped);
    // Where two threads are no faster, a gauge that has tried them stays on one.
    for (let i = 0; i < 200; i++) run(other);
    expect(other.next()).toBe(1);
  });

  it("chooses all threads where they are faster, within 200 runs", () => {
    const run = simulation([1, 2]);
    run(200, (threads) => 1 / threads);
    expect(
      share(
        run(1000, (threads) => 1 / threads),
        2,
      ),
    ).toBeGreaterThan(0.97);
  });

  it("stays on one thread where more are no faster", () => {
    const run = simulation([1, 2, 4]);
    run(200, () => 0.2);
    expect(
      share(
        run(2000, () => 0.2),
        1,
      ),
    ).toBeGreaterThan(0.9);
  });

  it("finds a number between", () => {
    const run = simulation([1, 2, 4, 8]);
    const timeOf = (threads: number) => 1 / threads + threads * 0.1;
    run(300, timeOf);
    expect(share(run(1000, timeOf), 4)).toBeGreaterThan(0.9);
  });

  it("gives up threads within 20 runs when a core is taken away, and takes it back", () => {
    const run = simulation([1, 2]);
    run(300, (threads) => 1 / threads);
    const loaded = (threads: number) => (threads === 1 ? 1 : 2.5);
    run(20, loaded);
    const later = run(2000, loaded);
    expect(share(later, 1)).toBeGreaterThan(0.95);
    run(500, (threads) => 1 / threads);
    expect(
      share(
        run(1000, (threads) => 1 / threads),
        2,
      ),
    ).toBeGreaterThan(0.9);
  });

  it("costs less than a tenth while a core is taken", () => {
    const run = simulation([1, 2]);
    let total = 0;
    const loaded = (threads: number, i: number) => {
      const time = threads === 1 ? 0.5 : i % 3 === 0 ? 4 : 0.4;
      total += time;
      return time;
    };
    run(200, loaded);
    total = 0;
    run(5000, loaded);
    expect(total).toBeLessThan(1.1 * 5000 * 0.5);
  });

  it("is not misled by one late run of each trial", () => {
    const run = simulation([1, 2]);
    let trial = 0;
    // Every tenth run with two threads takes as long as ten.
    const timeOf = (threads: number) => (threads === 1 ? 1 : trial++ % 10 === 5 ? 5 : 0.5);
    run(100, timeOf);
    expect(share(run(300, timeOf), 2)).toBeGreaterThan(0.8);
  });

  it("is not misled by one run that is late", () => {
    const run = simulation([1, 2]);
    run(300, (threads) => 1 / threads);
    const runs = run(1000, (threads, i) => (i % 50 === 0 ? 5 : 1 / threads));
    expect(share(runs, 2)).toBeGreaterThan(0.95);
  });
});
