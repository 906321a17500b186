import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/index.js";
import { RecordCutter } from "../../src/table/records.js";
import {
  type ReadTableOptions,
  readTable,
  readTableParts,
  type Table,
  TableError,
  type TableSource,
} from "../../src/table.js";

/** What a table holds: a line of columns, then its rows. */
const rowsOf = (table: Table): string[][] => [
  [...table.columns],
  ...Array.from({ length: table.rows }, (_, row) => table.cells.map((cells) => cells[row])),
];
const read = async (source: string | Uint8Array, options?: ReadTableOptions) =>
  rowsOf(await readTable(source, options));
const bytes = (text: string, encoding: BufferEncoding) => new Uint8Array(Buffer.from(text, encoding));
const errorOf = async (source: string | Uint8Array, options?: ReadTableOptions): Promise<TableError> => {
  const error = await readTable(source, options).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(TableError);
  return error;
};

const AB = [
  ["a", "b"],
  ["1", "x y"],
  ["2", ""],
];

describe("the SHA-256 of a table", () => {
  const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  const text = "a,b\n\u{1f600}é,x\n2,y\n";
  const data = bytes(text, "utf8");

  it("is that of the bytes, of text as UTF-8, however it is cut", async () => {
    const sources = [
      text,
      data,
      data.buffer,
      new Blob([data]),
      [text],
      new Uint8Array([9, ...data, 9]).subarray(1, -1),
    ];
    // In code units, which cuts the surrogate pair, and in bytes.
    const units = Array.from({ length: text.length }, (_, i) => text[i]);
    const single = Array.from(data, (byte) => Uint8Array.of(byte));
    for (const source of [...sources, units, single])
      expect((await readTable(source as TableSource)).sha256).toBe(sha256(data));
    const long = `a,b\n${"1,2\n".repeat(200_000)}`;
    expect((await readTable(long)).sha256).toBe(sha256(long));
  });

  it("is that of the zipped bytes, and of the byte order mark, which the cells do not have", async () => {
    const zipped = new Uint8Array(gzipSync(data));
    expect((await readTable(zipped)).sha256).toBe(sha256(zipped));
    for (const source of [`\ufeff${text}`, bytes(`\ufeff${text}`, "utf8")]) {
      const table = await readTable(source);
      expect(table.columns).toEqual(["a", "b"]);
      expect(table.sha256).toBe(sha256(`\ufeff${text}`));
    }
    const wide = bytes(`\ufeff${text}`, "utf16le");
    expect((await readTable(wide)).sha256).toBe(sha256(wide));
    const json = '[{"a":1,"b":2}]';
    expect((await readTable(json)).sha256).toBe(sha256(json));
  });

  it("takes half a surrogate pair for U+FFFD, and is undefined for parts and what is taken from a table", async () => {
    const half = "a\n1\n\ud83d";
    expect((await readTable(half)).sha256).toBe(sha256(half));
    for await (const part of readTableParts(text)) expect(part.sha256).toBeUndefined();
    expect((await readTable(text)).take([0]).sha256).toBeUndefined();
  });
});

describe("readTable reads", () => {
  const written: [string, string, ReadTableOptions?][] = [
    ["commas", "a,b\n1,x y\n2,\n"],
    ["semicolons", "a;b\n1;x y\n2;\n"],
    ["tabs", "a\tb\n1\tx y\n2\t\n"],
    ["bars", "a|b\n1|x y\n2|\n"],
    ["another delimiter that is named", "a:b\n1:x y\n2:\n", { delimiter: ":" }],
    ["the line sep=; of a spreadsheet", "sep=;\na;b\n1;x y\n2;\n"],
    ["CRLF", "a,b\r\n1,x y\r\n2,\r\n"],
    ["CR", "a,b\r1,x y\r2,\r"],
    ["no end of the last line", "a,b\n1,x y\n2,"],
    ["empty lines and lines of spaces", "\na,b\n\n1,x y\n   \n2,\n\n"],
    ["spaces around cells", " a , b\n1,  x y \n 2 , \n"],
    ["quotes", '"a","b"\n"1","x y"\n2,""\n'],
    ["delimiters after the last cell", "a,b\n1,x y,\n2,,,\n"],
    ["comments before the header", "# made by hand, today\n# in 2024\na,b\n1,x y\n2,\n"],
    ["comments that are named", 'a,b\n//1,5\n1,x y\n// " is no quote\n2,\n', { comment: "//" }],
    ["a byte order mark in text", "\ufeffa,b\n1,x y\n2,\n"],
    ["JSON", '[{"a":1,"b":"x y"},{"a":2,"b":null}]'],
    ["JSON of rows without a field", ' [ {"a":1,"b":"x y"},{"a":2}]'],
    ["JSON lines", '{"a":1,"b":"x y"}\n\n{"a":2,"b":null}\n'],
    ["a file without a header", "1,x y\n2,\n", { columnNames: ["a", "b"] }],
  ];
  it.each(written)("%s", async (_, text, options) => {
    expect(await read(text, options)).toEqual(AB);
  });

  it.each([
    ["UTF-8 with a byte order mark", bytes("\ufeffa,b\n1,é\n", "utf8"), undefined],
    ["UTF-16 with a byte order mark", bytes("\ufeffa,b\n1,é\n", "utf16le"), undefined],
    ["UTF-16 that is named", bytes("a,b\n1,é\n", "utf16le"), { encoding: "utf-16le" }],
    ["latin1 that is named", bytes("a,b\n1,é\n", "latin1"), { encoding: "latin1" }],
    ["gzip", new Uint8Array(gzipSync("a,b\n1,é\n")), undefined],
  ])("bytes in %s", async (_, source, options) => {
    expect(await read(source, options)).toEqual([
      ["a", "b"],
      ["1", "é"],
    ]);
  });

  it("the euro sign of windows-1252", async () => {
    expect(await read(Uint8Array.of(97, 10, 0x80, 10), { encoding: "windows-1252" })).toEqual([["a"], ["€"]]);
  });

  it("an ArrayBuffer, a Blob, a Response and any iterable of parts alike", async () => {
    const text = "a,b\n1,x y\n2,\n";
    const sources = [
      new TextEncoder().encode(text).buffer as ArrayBuffer,
      new Blob([text]),
      new Response(text),
      [...text],
      Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte)),
    ];
    for (const source of sources) expect(rowsOf(await readTable(source))).toEqual(AB);
  });

  it("cells of several lines, and knows the line on which each row begins", async () => {
    const table = await readTable('a,b\r\n1,"x\r\ny"\r\n\r\n2,"say ""hi"""\r\n3,"a\nb\n"\n4,z');
    expect(rowsOf(table)).toEqual([
      ["a", "b"],
      ["1", "x\r\ny"],
      ["2", 'say "hi"'],
      ["3", "a\nb\n"],
      ["4", "z"],
    ]);
    expect(table.lines).toEqual([2, 5, 6, 9]);
  });

  it("quoted cells that have another delimiter", async () => {
    expect(await read('"a;b","c;d"\n"1;2","3;4"\n')).toEqual([
      ["a;b", "c;d"],
      ["1;2", "3;4"],
    ]);
  });

  it("a header that begins with #", async () => {
    expect(await read("#id,b\n1,2\n")).toEqual([
      ["#id", "b"],
      ["1", "2"],
    ]);
  });

  it("decimal commas as cells of a file with semicolons", async () => {
    expect(await read("a;b\n1,5;2,5\n3,5;4,5\n")).toEqual([
      ["a", "b"],
      ["1,5", "2,5"],
      ["3,5", "4,5"],
    ]);
  });

  it("columns without a name, or with that of another, under names of their own, and says so", async () => {
    const table = await readTable(",x,x\n1,2,3\n");
    expect(table.columns).toEqual(["column1", "x", "x_2"]);
    expect(table.notes).toEqual([
      "column 3 has the name x again: it is called x_2 here",
      "column 1 has no name: it is called column1 here",
    ]);
    expect(table.unnamed).toEqual(["column1"]);
  });

  it("with badRows: leaveOut the rows that have the cells of the header", async () => {
    const table = await readTable("a,b\n1,2\n3\n4,5,6\n7,8\n", { badRows: "leaveOut" });
    expect(rowsOf(table).slice(1)).toEqual([
      ["1", "2"],
      ["7", "8"],
    ]);
    expect(table.notes).toEqual(["2 rows of another length than the header are left out"]);
  });
});

describe("readTable refuses", () => {
  it("rows that are too short and too long at once, the first of each with its line", async () => {
    const error = await errorOf("a,b,c\n1,2\n1,2,3\n1\n1,2,3,4\n", { name: "data.csv" });
    expect(error.message).toBe(
      'readTable: data.csv: 2 problems\n- line 2: expected 3 cells as in the header, separated by ",", got 2 (and 1 more such); badRows: "leaveOut" leaves such rows out\n- line 5: expected 3 cells as in the header, separated by ",", got 4; badRows: "leaveOut" leaves such rows out',
    );
    expect(error.problems.map(({ line, count }) => [line, count])).toEqual([
      [2, 2],
      [5, 1],
    ]);
  });

  const refused: [string, string | Uint8Array, RegExp, ReadTableOptions?][] = [
    ["nothing", "", /expected a header and rows, got no text/],
    ["a header alone", "a,b\n", /expected rows after the header, got none/],
    [
      "another delimiter than the one that is named",
      "a;b\n1;2\n",
      /delimiter: ";" may separate them/,
      { delimiter: ",", columnNames: ["a", "b"] },
    ],
    ["a quote that is never closed", 'a,b\n1,2\n3,"4\n5,6\n', /line 3: expected a closing quote/],
    ["a quote inside a cell", 'a,b\n1,2\n3,12" pipe\n', /line 3: expected a quote only around a whole cell/],
    [
      "text after a closing quote",
      'a,b\n\n1,"2"x\n',
      /line 3: expected "," or the end of the line after a closing quote/,
    ],
    [
      "bytes that are no UTF-8",
      bytes("a,b\n1,2\n3,é\n", "latin1"),
      /line 3: expected text in UTF-8.*windows-1252/,
    ],
    ["bytes that end amid a character", bytes("a\né", "utf8").slice(0, -1), /expected text in UTF-8/],
    [
      "UTF-16 without a mark",
      bytes("a,b\n1,2\n", "utf16le"),
      /line 1: expected text, got a NUL byte.*utf-16le/,
    ],
    [
      "the mark of another encoding",
      bytes("\ufeffa\n1\n", "utf16le"),
      /byte order mark of utf-16le; leave the option encoding out/,
      { encoding: "latin1" },
    ],
    [
      "gzip that is cut off",
      new Uint8Array(gzipSync("a,b\n1,2\n".repeat(1000))).slice(0, 40),
      /expected whole gzip data/,
    ],
    [
      "an Excel workbook",
      bytes("PK\x03\x04 and the rest of the archive", "latin1"),
      /got a ZIP archive.*save the sheet as CSV/,
    ],
    ["an HTML page", bytes("<!doctype html><p>not found", "utf8"), /got an HTML page/],
    ["U+FFFD", "a\nx\ufffdy\n", /line 2: expected a value, got "x\ufffdy"/],
    ["JSON that is none", "[{", /expected an array of objects in JSON/, { format: "json" }],
    ["a line of JSON that is none", '{"a":1}\n{"a":\n', /line 2: expected an object in JSON/],
    ["values in JSON that are nested", '[{"a":1},{"a":[2]}]', /line 2: expected text.*as "a", got an array/],
  ];
  it.each(refused)("%s", async (_, source, message, options) => {
    expect((await errorOf(source, options)).message).toMatch(message);
  });

  it("a quote that is never closed with that one reason, also on the first line", async () => {
    const { message } = await errorOf('a,"b\n1,2\n');
    expect(message).toBe(
      "readTable: table: line 1: expected a closing quote before the end of the file, got none",
    );
  });

  it("options that are unknown or out of range", async () => {
    await expect(readTable("a\n1", { separator: ";" } as never)).rejects.toThrow(
      'readTable: unknown option "separator"; known are name, format, encoding, delimiter, comment, columnNames, badRows',
    );
    for (const options of [
      { delimiter: ";;" },
      { encoding: "utf-9" },
      { format: "xml" as never },
      { columnNames: [] },
    ])
      await expect(readTable("a\n1", options)).rejects.toThrow(ValueError);
    await expect(readTable(7 as never)).rejects.toThrow(/expected the text or the bytes of a table/);
  });
});

it("readTable reads rows without quotes as it reads those in parts that have some", async () => {
  const cell = fc.stringMatching(/^[a-z \t\u00a0é]{0,4}$/);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 9 }), async (rows) => {
      const text = rows.map((row) => row.join(",")).join("\n");
      const [plain, quoted] = [await read(`a,b\n1,2\n${text}`), await read(`"a",b\n1,2\n${text}`)];
      expect(plain).toEqual(quoted);
    }),
    { numRuns: 300, seed: 1 },
  );
});

it("a RecordCutter cuts the same records with the same lines, whatever the parts are", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", ",", '"', "\r", "\n", "\r\n", " ", "#"),
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (given, size) => {
      const whole = new RecordCutter("#").cut(given, true);
      const cutter = new RecordCutter("#");
      const parts = [...(given.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []), ""];
      const cut = parts.map((part, i) => cutter.cut(part, i === parts.length - 1));
      expect(cut.map((part) => part.text).join("")).toBe(whole.text);
      expect(cut.flatMap((part) => part.lines)).toEqual(whole.lines);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

describe("readTableParts", () => {
  it("gives the rows of readTable, whatever the parts of the source are", async () => {
    const cell = fc.stringMatching(/^[a-z",;\n\r é]{0,6}$/).map((text) => text.trim());
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom("\n", "\r\n"),
        async (rows, size, end) => {
          const text = ["a,b", ...rows.map((row) => row.map(quoted).join(","))].join(end);
          const parts = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
          const table = await readTable(parts);
          expect(rowsOf(table)).toEqual([["a", "b"], ...rows]);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  it("reads a large file in parts of the same columns, with the lines of all rows", async () => {
    const count = 100_000;
    const line = (i: number) => `${i},"row ${i}"\n`;
    async function* source() {
      yield "number,text\n";
      for (let i = 0; i < count; i++) yield line(i);
    }
    let [rows, parts] = [0, 0];
    for await (const part of readTableParts(source())) {
      expect(part.columns).toEqual(["number", "text"]);
      expect([part.cells[0][0], part.lines[0]]).toEqual([String(rows), rows + 2]);
      rows += part.rows;
      parts++;
    }
    expect(rows).toBe(count);
    expect(parts).toBeGreaterThan(3);
  });
});

describe("a Table", () => {
  it("gives columns and records by name, and says which name was meant", async () => {
    const table = await readTable("sex,age\nfemale,29\nmale,\n", { name: "people.csv" });
    expect(table.column("age")).toEqual(["29", ""]);
    expect(table.record(1)).toEqual({ sex: "male", age: "" });
    expect(rowsOf(table.take([1]))).toEqual([
      ["sex", "age"],
      ["male", ""],
    ]);
    expect(() => table.column("Sex ")).toThrow(
      'column: people.csv: expected a column "Sex ", got none; did you mean "sex"?',
    );
  });
});
