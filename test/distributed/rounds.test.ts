import { describe, expect, it } from "vitest";
import { bytesOf, floatsOf, meanOf, sumOf } from "../../src/distributed/shards/combine.js";
import { type Curve, noRounds, pointsOf, withRound } from "../../src/distributed/shards/curve.js";
import { Rounds } from "../../src/distributed/shards/rounds.js";

/** Which batches a shard takes in which round, and what a round makes of what its shards computed. */

const part = (rows: number, ...values: number[]) => ({ rows, values: Float32Array.from(values) });

describe("the rounds of a training", () => {
  const specOf = (shards: number, localSteps: number, batchSize: number) => ({
    fit: { batchSize, shuffle: true, epochs: 3 },
    shards,
    localSteps,
    rounds: null,
  });

  it.each([
    [1, 1, 1, 1],
    [3, 2, 8, 150],
    [4, 5, 7, 701],
    [7, 1, 10, 96],
    [5, 100, 32, 33],
  ])("take each row of an epoch once: %i shards, %i steps, %i rows a batch, %i rows", (...numbers) => {
    const [shards, localSteps, batchSize, rows] = numbers;
    const rounds = new Rounds(specOf(shards, localSteps, batchSize), rows);
    expect(rounds.count).toBe(3 * rounds.perEpoch);
    for (let epoch = 0; epoch < 3; epoch++) {
      let [batch, sum] = [0, 0];
      for (let round = epoch * rounds.perEpoch; rounds.epochOf(round) === epoch; round++) {
        const shares = rounds.shares(round);
        const lengths = shares.map(({ begin, end }) => end - begin);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(localSteps);
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(Math.max(...lengths) - 1 || 1);
        expect(shares.map(({ shard }) => shard)).toEqual([...shares.keys()]);
        for (const { begin, end, rows } of shares) {
          expect(begin).toBe(batch);
          batch = end;
          sum += rows;
        }
      }
      expect([batch, sum]).toEqual([Math.ceil(rows / batchSize), rows]);
    }
  });

  it("are as many as the spec says, where it says so", () => {
    expect(new Rounds({ ...specOf(2, 2, 10), rounds: 5 }, 100).count).toBe(5);
  });
});

describe("the mean of shards", () => {
  it("is weighted by rows", () => {
    expect([...meanOf([part(3, 1, 2), part(1, 5, -2)])]).toEqual([2, 1]);
  });

  it("keeps what is equal in all shards, and all of a single one", () => {
    const third = Math.fround(1 / 3);
    const parts = [1, 2, 3, 4].map((rows) => part(rows, third, rows));
    expect(meanOf(parts)[0]).toBe(third);
    expect([...meanOf([part(7, third)])]).toEqual([third]);
  });

  it("rounds each operation to float32, in the order of the shards", () => {
    const numbers = Array.from({ length: 50 }, (_, i) => i / 7);
    const parts = [1, 2.7, -3.3].map((factor) => part(1, ...numbers.map((each) => factor * each)));
    const { fround } = Math;
    const share = fround(1 / 3);
    const expected = numbers.map((_, i) => {
      const [a, b, c] = parts.map(({ values }) => values[i]);
      const two = fround(a + fround(share * fround(b - a)));
      return fround(two + fround(share * fround(c - a)));
    });
    expect([...meanOf(parts)]).toEqual(expected);
  });

  it("begins where it is told", () => {
    expect([...meanOf([part(1, 9, 2), part(1, 7, 4)], 1)]).toEqual([3]);
  });
});

describe("the sum of shards", () => {
  it("is added in their order, of the numbers that are gradients", () => {
    const large = 16_777_216;
    expect([...sumOf([part(1, large, 5), part(1, 1, 5), part(1, 1, 5)], 1)]).toEqual([large]);
    expect([...sumOf([part(1, 1, 5), part(1, 1, 5), part(1, large, 5)], 1)]).toEqual([large + 2]);
  });
});

describe("a blob", () => {
  it("gives its numbers back, wherever it begins in memory", () => {
    const values = Float32Array.from([1.5, -2, 1e-40]);
    const odd = new Uint8Array(13);
    odd.set(bytesOf(values), 1);
    expect(floatsOf(odd.subarray(1))).toEqual(values);
    expect(floatsOf(bytesOf(values.subarray(1)))).toEqual(values.subarray(1));
  });
});

describe("a curve", () => {
  const curveOf = (count: number): Curve =>
    Array.from({ length: count }, (_, i) => i).reduce(withRound, noRounds);

  it("has a point a round", () => {
    expect([curveOf(0), curveOf(3)].map(pointsOf)).toEqual([[], [0, 1, 2]]);
  });

  it("has means of more rounds where there would be a thousand points", () => {
    const full = curveOf(1000);
    expect([full.every, full.losses.length, full.losses[1]]).toEqual([2, 500, 2.5]);
    const more = curveOf(2003);
    expect([more.every, pointsOf(more).length]).toEqual([4, 501]);
    expect(pointsOf(more).slice(-2)).toEqual([1997.5, 2001]);
  });
});
