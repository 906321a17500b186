import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withTables } from "../../bench/simulation/page.js";
import { simulate, speedUp, type World } from "../../bench/simulation/simulate.js";

/** The simulation of workers, against what can be said without it. */

const ideal: World = {
  slow: 0,
  factor: 4,
  sigma: 0,
  perJob: 0,
  perStage: 0,
  link: Number.POSITIVE_INFINITY,
  life: Number.POSITIVE_INFINITY,
  notice: 10,
};
const work = { stages: 3, jobs: 64, seconds: 2, reads: 1e6, writes: 1e6 };

describe("simulated workers", () => {
  it.each([1, 8, 64])("of an ideal world, %i of them, are that many times as fast", (workers) => {
    expect(speedUp(work, ideal, workers)).toBeCloseTo(workers, 9);
  });

  it("have no use for more than there are jobs", () => {
    expect(speedUp(work, ideal, 500)).toBeCloseTo(64, 9);
  });

  it("wait for a queue that takes one job after the other, and for the end of a stage", () => {
    const seconds = simulate({ ...work, seconds: 0 }, { ...ideal, perJob: 0.5, perStage: 7 }, 64);
    expect(seconds).toBeCloseTo(3 * (64 * 0.5 + 7), 9);
  });

  it("share the link", () => {
    expect(simulate({ ...work, seconds: 0 }, { ...ideal, link: 1e6 }, 64)).toBeCloseTo(3 * 64 * 2, 9);
  });

  it("wait for a slow one that has a job of its own", () => {
    expect(simulate(work, { ...ideal, slow: 1 / 64 }, 64)).toBeCloseTo(3 * 2 * 4, 9);
  });

  it("do again what is lost by deaths, and end", () => {
    const mortal = { ...ideal, life: 4 };
    expect(simulate(work, mortal, 8)).toBeGreaterThan(1.5 * simulate(work, ideal, 8));
    expect(simulate(work, { ...mortal, notice: 1 }, 8)).toBeLessThan(simulate(work, mortal, 8));
  });
});

it("site/explanation/distributed.md has the tables that the simulation gives", () => {
  const page = readFileSync(new URL("../../site/explanation/distributed.md", import.meta.url), "utf8");
  expect(page).toBe(withTables(page));
});
