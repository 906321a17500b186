import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShapeError, ValueError } from "../../src/index.js";
import { pad, windows } from "../../src/text.js";

describe("windows over a series", () => {
  const series = Array.from({ length: 20 }, (_, i) => i);

  it("are the past and what comes after it", () => {
    const { train, test, inputShape, outputShape } = windows(series, { past: 3, ahead: 2, scale: false });
    expect([inputShape, outputShape]).toEqual([
      [3, 1],
      [2, 1],
    ]);
    expect([train.count, test.count]).toEqual([12, 3]);
    expect([...train.x.slice(0, 6)]).toEqual([0, 1, 2, 1, 2, 3]);
    expect([...train.y.slice(0, 4)]).toEqual([3, 4, 4, 5]);
    // Targets of training end before step 16, and those of the test begin there.
    expect(Math.max(...train.y)).toBe(15);
    expect(Math.min(...test.y)).toBe(16);
    expect([...test.x.slice(0, 3)]).toEqual([13, 14, 15]);
  });

  it("take rows of columns, some of them as targets", () => {
    const rows = series.map((i) => [i, 100 + i]);
    const { train, last, unscale } = windows(rows, { past: 2, targets: [1], stride: 5, split: 1 });
    expect([train.count, train.x.length, train.y.length]).toEqual([4, 16, 4]);
    expect([...unscale(train.y)].map(Math.round)).toEqual([102, 107, 112, 117]);
    expect(last).toHaveLength(4);
  });

  it("are scaled by the training part alone", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 10 }), (tail) => {
        const a = windows([...series, ...tail], { past: 3, split: 20 / (20 + tail.length) });
        expect(a.means[0]).toBeCloseTo(9.5, 10);
        expect(a.deviations[0]).toBeCloseTo(Math.sqrt(33.25), 10);
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  it("say what is wrong with the series", () => {
    expect(() => windows([1, 2, 3], { past: 3 })).toThrow(ShapeError);
    expect(() => windows([1, 2, Number.NaN, 4], { past: 1 })).toThrow(ValueError);
    expect(() => windows([[1, 2], [3]], { past: 1 })).toThrow("expected rows of 2 numbers, got 1 in row 1");
    expect(() => windows(series, { past: 2, targets: [3] })).toThrow("columns from 0 to 0, got 3");
  });
});

describe("pad", () => {
  it("fills the end", () => {
    expect([...pad([[5, 6, 7], [8], []])]).toEqual([5, 6, 7, 8, 0, 0, 0, 0, 0]);
    expect([...pad([[1], [2, 3]], { length: 3, value: -1 })]).toEqual([1, -1, -1, 2, 3, -1]);
    expect([...pad([[1, 2, 3, 4]], { length: 2, truncate: true })]).toEqual([3, 4]);
  });

  it("says which sequence is too long", () => {
    expect(() => pad([[1], [1, 2, 3]], { length: 2 })).toThrow(
      "pad expected sequences of at most 2 steps, got 3 in sequence 1; raise length",
    );
  });
});
