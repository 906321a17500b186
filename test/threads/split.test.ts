import { describe, expect, it } from "vitest";
import { type Axis, type Split, unitOf } from "../../src/threads/split.js";

/** How many places a chunk has. Reference: what each thread gets if they take chunks in turn. */

const split = (multiple: number, each: number): { split: Split; axis: Axis } => {
  const axis: Axis = { length: 0, grain: () => multiple, steps: [], workspace: -1 };
  return { axis, split: { each, of: [0], axis: () => axis } };
};
const nothing = (): number => 0;

const unit = (count: number, threads: number, multiple = 1, each = 1e6): number => {
  const { axis, split: of } = split(multiple, each);
  return unitOf(of, axis, [count], nothing, threads);
};

/** The most that one of the threads gets. */
const load = (count: number, threads: number, size: number): number =>
  Math.ceil(Math.ceil(count / size) / threads) * size;

describe("the places of a chunk", () => {
  it("are such that no thread gets 5 % more than in one chunk for each", () => {
    for (const threads of [2, 3, 4, 7, 16])
      for (const multiple of [1, 4, 16])
        for (let count = 1; count < 300; count++) {
          const size = unit(count, threads, multiple);
          const fair = Math.ceil(count / threads / multiple) * multiple;
          expect(load(count, threads, size)).toBeLessThanOrEqual(1.05 * load(count, threads, fair));
          expect(size === count || size % multiple === 0).toBe(true);
        }
  });

  it.each([
    [32, 2, 1, 8],
    [36, 2, 1, 6],
    [784, 2, 16, 208],
    [96, 4, 1, 8],
  ])("of %i between %i threads in multiples of %i are %i", (count, threads, multiple, size) => {
    expect(unit(count, threads, multiple)).toBe(size);
  });

  it("are all where the work is not worth two chunks", () => {
    expect(unit(100, 2, 1, 1)).toBe(100);
    expect(unit(100, 4, 1, 21)).toBe(34);
  });
});
