import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeTable, findColumns, planEncoding, readTable, TableError } from "../../src/table.js";

/**
 * Odd tables are read or refused: no other error, no number that is none. `npm run test:fuzz` runs as many as
 * asked for.
 */
const COUNT = Number(process.env.FUZZ_COUNT ?? 1500);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Milliseconds of the time limit for each damaged table. */
const SLOWEST = 20;

const CSV =
  'name;day;price;kind\n"A; ""b""";12.06.1998;1.234,5;x\nB;13.06.1998;;y\n"C\nD";1.7.1998;7;x\nE;;8,25;\n';
const JSON_LINES = '{"a":1,"b":"x"}\n{"a":2.5,"b":null}\n{"a":null,"b":"y"}\n';
const parts = [
  '"',
  ";",
  ",",
  "\t",
  "\n",
  "\r",
  "\0",
  "#",
  "{",
  "[",
  "\ufffd",
  "é",
  "-",
  "1e999",
  "NaN",
  "00",
  ".",
];

const edit = fc.record({
  at: fc.nat(200),
  remove: fc.nat(4),
  insert: fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 3 })),
});

it.each([
  ["CSV", CSV],
  ["JSON lines", JSON_LINES],
])(
  "a damaged table in %s is read or refused",
  async (_, text) => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (edits, asBytes) => {
          let odd = text;
          for (const { at, remove, insert } of edits)
            odd = odd.slice(0, at % odd.length || 1) + insert + odd.slice((at % odd.length || 1) + remove);
          try {
            const table = await readTable(asBytes ? new TextEncoder().encode(odd) : odd);
            for (const cells of table.cells) expect(cells).toHaveLength(table.rows);
            const samples = encodeTable(planEncoding(table, findColumns(table)), table);
            expect(samples.every(Number.isFinite)).toBe(true);
          } catch (error) {
            if (!(error instanceof TableError)) throw error;
            refused++;
          }
        },
      ),
      { numRuns: COUNT, seed: SEED },
    );
    expect(refused).toBeGreaterThan(COUNT / 15);
  },
  10_000 + SLOWEST * COUNT,
);
