import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openCsv } from "../../src/rows/csv-file.js";
import { readTable } from "../../src/table.js";
import { Folder } from "./files.js";

const folder = new Folder();

/** The rows by blocks: each with its line. */
async function readByBlocks(path: string) {
  const file = await openCsv(path, {});
  const names = file.columns.map(({ name }) => name);
  const rows: [number, ...string[]][] = [];
  for (const block of file.blocks.keys()) {
    const read = await file.read(block, names);
    for (let row = 0; row < read.rows; row++)
      rows.push([read.lineOf(row), ...names.map((name) => read.columns.get(name)?.text(row) ?? "")]);
  }
  await file.close();
  return { rows, names, blocks: file.blocks };
}

/** The rows by readTable. */
async function readWhole(path: string) {
  const table = await readTable(readFileSync(path));
  return table.lines.map((line, row) => [line, ...table.cells.map((cells) => cells[row])]);
}

describe("the blocks of a CSV file", () => {
  it("have the rows and the lines that readTable gives, in files of several blocks", async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) =>
      i % 1000 === 7
        ? `${i},"a ""quoted""\nword, ${i}",${i / 3}`
        : i % 1000 === 8
          ? ""
          : `${i},word ${i},${i / 3}`,
    );
    const path = folder.file("several.csv", `# a comment\nid,text,third\n${lines.join("\n")}\n`);
    const { rows, names, blocks } = await readByBlocks(path);
    expect(names).toEqual(["id", "text", "third"]);
    expect(blocks.length).toBeGreaterThan(3);
    expect(rows).toEqual(await readWhole(path));
    expect(blocks.map(({ begin }) => begin)).toEqual(
      blocks.map((_, i) => blocks.slice(0, i).reduce((sum, block) => sum + block.rows, 0)),
    );
  });

  it("are the same for every text that readTable reads", async () => {
    const cell = fc.oneof(
      fc.integer().map(String),
      fc.constantFrom("", "é", "a b", "日本", "#"),
      fc
        .constantFrom("x,y", 'say "so"', "two\nlines", "two\r\nlines")
        .map((text) => `"${text.replaceAll('"', '""')}"`),
    );
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom("\n", "\r\n"), fc.boolean(), async (all, end, ends) => {
        // A line with nothing is none.
        const lines = all.map(([a, b]) => `r,${a},${b}`).join(end);
        const path = folder.file(`any-${count++}.csv`, `id,first,second${end}${lines}${ends ? end : ""}`);
        expect((await readByBlocks(path)).rows).toEqual(await readWhole(path));
      }),
      { numRuns: 60 },
    );
  });

  it("have the line of a cell that cannot be read", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => (i === 50_000 ? `${i},1,2` : `${i},1`));
    const path = folder.file("long.csv", `a,b\n${rows.join("\n")}\n`);
    await expect(readByBlocks(path)).rejects.toThrow(/: line 50002: expected 2 cells as in the header/);
  });

  it.each([
    ["gzip data", Uint8Array.of(0x1f, 0x8b, 8, 0), /got gzip data; unzip it$/],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 65, 0), /got text in UTF-16; convert it to UTF-8$/],
    ["JSON", '[{"a": 1}]', /got JSON; write the table as CSV$/],
    ["no rows", "a,b\n", /expected rows after the header, got none$/],
    ["old line ends", "a,b\r1,2\r3,4\r", /expected lines that end with LF or CRLF, got others/],
    ["an open quote", `a,b\n1,"2\n${"x".repeat(9_000_000)}`, /expected a (line that ends|closing quote)/],
  ])("are refused for %s", async (_, content, message) => {
    await expect(openCsv(folder.file("refused.csv", content), {})).rejects.toThrow(message);
  });

  it("follow the options of reading", async () => {
    const path = folder.file("options.csv", "a;b\n1;é\n% no row\n2;x\n".replace("é", "\u00e9"));
    const file = await openCsv(path, { delimiter: ";", comment: "%" });
    const { columns } = await file.read(0, ["b"]);
    expect([file.rows, columns.get("b")?.text(0), columns.get("b")?.text(1)]).toEqual([2, "é", "x"]);
    await file.close();
  });

  it("are read from the tables of the examples", async () => {
    const path = fileURLToPath(new URL("../../examples/data/iris.csv", import.meta.url));
    expect((await readByBlocks(path)).rows).toEqual(await readWhole(path));
  });
});
