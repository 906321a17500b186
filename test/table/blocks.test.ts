import { describe, expect, it } from "vitest";
import { Blocks, cuttingOf } from "../../src/table/blocks.js";
import { HoldOut } from "../../src/table/held-rows.js";
import { Parts } from "../../src/table/parts.js";
import { findColumns, planEncoding, readTable } from "../../src/table.js";

const rows = Array.from({ length: 90 }, (_, i) => i);
const table = await readTable(["x,y", ...rows.map((i) => `${(i * 7) % 90}.5,${i}.5`)].join("\n"));
const parts = [table.take(rows.slice(0, 50)), table.take(rows.slice(50))];

/** The targets in each block of an epoch, in the order in which networks learn them. */
function epochsOf(cutting: { size: number; passes: number; shares: number }) {
  const blocks = new Blocks(
    {
      parts: new Parts("Blocks", () => parts, undefined),
      encoding: planEncoding(table, findColumns(table, { target: "y" })),
      predicted: { labels: undefined, unit: { mean: 0.5, deviation: 1 } },
      holdOut: new HoldOut(1, 3, 0.1),
      targetsOf: (part) => ({
        rows: part.lines.map((_, row) => row),
        values: part.column("y").map(Number),
      }),
    },
    cutting,
    1,
    () => {},
  );
  return async () => {
    const epoch: number[][] = [];
    for await (const { targets, order } of blocks.next())
      epoch.push(Array.from(order, (place) => targets[place]));
    return epoch;
  };
}

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

describe("Blocks", () => {
  it("gives each row once an epoch, in blocks of rows that follow each other, each in an order of its own", async () => {
    const next = epochsOf(cuttingOf(90, 40, false));
    const [first, second] = [await next(), await next()];
    for (const epoch of [first, second])
      expect(epoch.map(ascending)).toEqual([rows.slice(0, 40), rows.slice(40, 80), rows.slice(80)]);
    expect(first[0]).not.toEqual(rows.slice(0, 40));
    expect(first[0]).not.toEqual(second[0]);
  });

  it("gives each row once an epoch where each pass takes its share from all over the table", async () => {
    const cutting = cuttingOf(90, 40, true);
    expect(cutting).toEqual({ size: 40, passes: 3, shares: 3 });
    const epoch = await epochsOf(cutting)();
    expect(ascending(epoch.flat())).toEqual(rows);
    for (const block of epoch) {
      expect(Math.min(...block)).toBeLessThan(20);
      expect(Math.max(...block)).toBeGreaterThan(70);
    }
  });

  it("goes on with other rows where an epoch has too few passes for all", async () => {
    expect(cuttingOf(100_000, 100, true)).toMatchObject({ passes: 10, shares: 1050 });
    const next = epochsOf({ size: 40, passes: 2, shares: 4 });
    const both = [...(await next()), ...(await next())];
    expect(ascending(both.flat())).toEqual(rows);
  });
});
