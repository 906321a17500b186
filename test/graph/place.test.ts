import { describe, expect, it } from "vitest";
import { place, type Region } from "../../src/graph/place.js";
import { Random } from "../support/random.js";

const meets = (a: Region, b: Region): boolean => a.from <= b.to && b.from <= a.to;

/** The most bytes that are in use at one step: no placement can do with fewer. */
function mostInUse(regions: readonly Region[]): number {
  const steps = new Set(regions.map(({ from }) => from));
  return Math.max(
    0,
    ...[...steps].map((step) =>
      regions.reduce((sum, { bytes, from, to }) => sum + (from <= step && step <= to ? bytes : 0), 0),
    ),
  );
}

/** @throws Error when two regions that are in use at one step overlap, or one is not inside the block. */
function demandApart(regions: readonly Region[]): number {
  const { offsets, bytes } = place(regions);
  expect(offsets).toHaveLength(regions.length);
  for (const [i, a] of regions.entries()) {
    if (offsets[i] < 0 || offsets[i] + a.bytes > bytes)
      throw new Error(`region ${i} is outside of the block`);
    for (let j = 0; j < i; j++) {
      const b = regions[j];
      if (!meets(a, b) || a.bytes === 0 || b.bytes === 0) continue;
      if (offsets[i] < offsets[j] + b.bytes && offsets[j] < offsets[i] + a.bytes)
        throw new Error(`regions ${j} and ${i} overlap: ${JSON.stringify([b, offsets[j], a, offsets[i]])}`);
    }
  }
  return bytes;
}

function randomRegions(random: Random): Region[] {
  const steps = 1 + random.integer(20);
  return Array.from({ length: random.integer(40) }, () => {
    const from = random.integer(steps);
    return { bytes: 16 * random.integer(20), from, to: from + random.integer(steps - from) };
  });
}

/** A chain of layers that is trained: outputs live until their backward step, and every step has scratch. */
function chain(layers: number, random: Random): Region[] {
  const steps = 4 * layers;
  const width = (): number => 16 * (1 + random.integer(256));
  return [
    ...Array.from({ length: layers }, (_, i) => ({ bytes: width(), from: i, to: steps - 3 * i - 1 })),
    ...Array.from({ length: layers }, (_, i) => ({
      bytes: width(),
      from: steps - 3 * i - 3,
      to: steps - 3 * i,
    })),
    ...Array.from({ length: steps }, (_, i) => ({ bytes: width(), from: i, to: i })),
  ];
}

describe("place", () => {
  it("needs no memory for no region, or for empty ones", () => {
    expect(place([])).toEqual({ offsets: [], bytes: 0 });
    expect(place([{ bytes: 0, from: 0, to: 3 }])).toEqual({ offsets: [0], bytes: 0 });
  });

  it("puts regions in the same place if one ends before the other begins, and not if they meet in a step", () => {
    expect(
      place([
        { bytes: 16, from: 0, to: 1 },
        { bytes: 16, from: 2, to: 3 },
      ]),
    ).toEqual({ offsets: [0, 0], bytes: 16 });
    expect(
      place([
        { bytes: 16, from: 0, to: 2 },
        { bytes: 16, from: 2, to: 3 },
      ]),
    ).toEqual({ offsets: [0, 16], bytes: 32 });
  });

  it("fills the lowest gap that is wide enough, to the last byte", () => {
    const { offsets, bytes } = place([
      { bytes: 64, from: 0, to: 1 },
      { bytes: 48, from: 0, to: 4 },
      { bytes: 32, from: 3, to: 4 },
      { bytes: 32, from: 3, to: 4 },
    ]);
    expect(offsets).toEqual([0, 64, 0, 32]);
    expect(bytes).toBe(112);
  });

  it("keeps all regions that are in use at one step apart, for any regions", () => {
    const random = new Random(1);
    for (let i = 0; i < 2000; i++) {
      const regions = randomRegions(random);
      expect(demandApart(regions)).toBeGreaterThanOrEqual(mostInUse(regions));
    }
  });

  it("needs at most a quarter more for chains of layers than is in use at one step", () => {
    const random = new Random(2);
    for (let layers = 1; layers <= 60; layers++) {
      const regions = chain(layers, random);
      expect(demandApart(regions), `${layers} layers`).toBeLessThanOrEqual(1.25 * mostInUse(regions));
    }
  });

  it("gives the same offsets for the same regions", () => {
    const regions = chain(20, new Random(3));
    expect(place(regions)).toEqual(place(regions.map((region) => ({ ...region }))));
  });
});
