import { closeSync, openSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { QUICK, table, Workplace } from "./program.js";

/** Files as they come: their encoding, the ends of their lines, their format, and what is no table. */

const place = new Workplace();
const text = `größe,art\n${Array.from({ length: 40 }, (_, i) => `${i},${i < 20 ? "café" : "thé 5 €"}`).join("\n")}\n`;
const bytes = (encoding: "latin1" | "utf16le" | "utf8", content = text) => Buffer.from(content, encoding);
const windows1252 = Buffer.from([...text].map((c) => (c === "€" ? 0x80 : (c.codePointAt(0) ?? 0))));
const utf16be = Buffer.from(bytes("utf16le", `\ufeff${text}`)).swap16();
const train = (...more: readonly string[]) =>
  place.run("train", "t.csv", "--target", "art", ...QUICK, ...more);
const trained = (...more: readonly string[]) =>
  place.json("train", "t.csv", "--target", "art", ...QUICK, ...more);
place.json("train", table("iris"), "--target", "species", ...QUICK, "--out", "iris.safetensors");

describe("text in an encoding", () => {
  it.each<[what: string, content: Uint8Array, options: string[]]>([
    ["UTF-8 with a byte order mark", bytes("utf8", `\ufeff${text}`), []],
    ["windows-1252, as said", windows1252, ["--encoding", "windows-1252"]],
    ["latin1, which the web reads as windows-1252", windows1252, ["--encoding", "latin1"]],
    ["UTF-16LE, by its byte order mark", bytes("utf16le", `\ufeff${text}`), []],
    ["UTF-16LE without a byte order mark, as said", bytes("utf16le"), ["--encoding", "utf-16le"]],
    ["UTF-16BE, by its byte order mark", utf16be, []],
  ])("%s is read, by predict and evaluate too", (_, content, options) => {
    place.file("t.csv", content);
    expect(trained(...options)).toMatchObject({ features: ["größe"], labels: ["café", "thé 5 €"] });
    expect(place.run("predict", "model.safetensors", "t.csv", ...options).status).toBe(0);
    expect(place.json("evaluate", "model.safetensors", "t.csv", ...options).scores.samples).toBe(40);
  });

  it.each<[what: string, content: Uint8Array | string, options: string[], message: string]>([
    [
      "that is not UTF-8, with its line",
      Buffer.concat([bytes("utf8", `a,art\n${"1,café\n".repeat(30_000)}`), bytes("latin1", '2,"thé\n')]),
      [],
      "line 30002: expected text in UTF-8, got bytes that are none; --encoding says what else it is, as in --encoding windows-1252",
    ],
    [
      "that is not UTF-8 in the header",
      bytes("latin1", "größe,art\n1,x\n"),
      [],
      "line 1: expected text in UTF-8, got bytes that are none",
    ],
    [
      "that ends amid a character",
      bytes("utf8", `a,art\n${"1,x\n".repeat(20)}2,café`).subarray(0, -1),
      [],
      "line 22: expected text in UTF-8, got bytes that are none",
    ],
    [
      "in UTF-16 that ends amid a character",
      Buffer.concat([bytes("utf16le", `\ufeff${text}`), Buffer.of(0x78)]),
      [],
      "expected text in UTF-16LE, got bytes that are none",
    ],
    [
      "with U+FFFD in a name",
      "a,caf\ufffd,art\n1,x,y\n",
      [],
      'expected a column\'s name, got "caf\ufffd": another program could not read a character',
    ],
    [
      "with another byte order mark than --encoding says",
      bytes("utf8", `\ufeff${text}`),
      ["--encoding", "latin1"],
      "expected text in latin1 as --encoding says, got the byte order mark of utf-8; leave --encoding out",
    ],
  ])("%s is refused", (_, content, options, message) => {
    place.file("t.csv", content);
    const { status, out, error } = train(...options);
    expect([status, out]).toEqual([1, ""]);
    expect(error).toMatch(/^t\.csv: /);
    expect(error).toContain(message);
    expect(error.trim().split("\n")).toHaveLength(1);
  });
});

describe("what is no table is named", () => {
  it.each<[what: string, content: Uint8Array | string, message: string]>([
    ["a workbook of Excel", "PK\x03\x04 and more", "got a ZIP archive, as an Excel workbook (.xlsx) is"],
    ["an SQLite database", "SQLite format 3\0 and more", "got an SQLite database; export the table as CSV"],
    ["a web page", "<!DOCTYPE html><title>404</title>", "got an HTML page"],
    ["a web page with a byte order mark", "\ufeff<HTML><HEAD>", "got an HTML page"],
    ["XML", '<?xml version="1.0"?><rows/>', "got an XML document"],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "run git lfs pull"],
    ["a pickle", Uint8Array.of(0x80, 4, 0x95, 0x21), "got a Python pickle; write the table as CSV"],
    ["a table of Weka", "@RELATION iris\n\n@ATTRIBUTE a REAL\n", "got an ARFF file of Weka"],
    ["a PNG image", Uint8Array.of(0x89, 0x50, 0x4e, 0x47), "got a PNG image"],
    ["NUL bytes", "a,art\n1,x\n2,\0\n", "line 3: expected text, got a NUL byte"],
    [
      "UTF-16 without a mark",
      bytes("utf16le", "a,art\n1,x\n"),
      "line 1: expected text, got a NUL byte; --encoding utf-16le reads",
    ],
    ["damaged Parquet", "PAR1 and more than that", "cannot be read as Parquet: "],
    [
      "damaged gzip",
      gzipSync(text).subarray(0, 40),
      "expected whole gzip data, got data that cannot be unzipped",
    ],
    [
      "JSON of lists",
      "[[1, 2], [3, 4]]",
      'expected an object such as {"age": 29}, got [1,2] (and 1 more such)',
    ],
    [
      "JSON that is cut off",
      '[\n  {\n    "a": 1',
      "expected an array of objects in JSON, got text that is none",
    ],
    [
      "objects within JSON",
      '{"a": {"b": 1}, "art": 2}\n',
      'line 1: expected text, a number, true, false or null as "a"',
    ],
  ])("%s", (_, content, message) => {
    place.file("t.csv", content);
    const { status, out, error } = train();
    expect([status, out]).toEqual([1, ""]);
    expect(error).toContain(message);
    expect(error).toMatch(/^t\.csv/);
  });

  it("a model in the place of the table, and a table in the place of the model", () => {
    expect(place.run("predict", table("iris"), "iris.safetensors")).toMatchObject({
      status: 1,
      error:
        "iris.safetensors: expected a table in CSV or JSON, got a safetensors file, as models are; pass the table\n",
    });
    expect(place.run("predict", table("iris"), table("iris")).error).toContain(
      "iris.csv: model file: expected a safetensors file, got a text file that begins",
    );
  });

  it("but a header in angle brackets is one, as of prices", () => {
    place.table("t.csv", "<DATE>,art", 40, (i) => `${i},${i % 2 ? "x" : "y"}`);
    expect(trained().features).toEqual(["<DATE>"]);
  });
});

describe("a table in another format gives the same model as its CSV:", () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    age: i % 7 ? 20 + (i % 13) : null,
    sex: i % 3 ? "female" : "male",
    art: i < 20 ? "x" : "y",
  }));
  const csv = `age,sex,art\n${rows.map(({ age, sex, art }) => `${age ?? ""},${sex},${art}`).join("\n")}\n`;
  place.file("t.csv", csv);
  const { sha256 } = trained();

  it.each<[what: string, content: string | Uint8Array, options: string[]]>([
    ["gzip", gzipSync(csv), []],
    ["semicolons", csv.replaceAll(",", ";"), []],
    ["tabs", csv.replaceAll(",", "\t"), []],
    ["a delimiter that has to be said", csv.replaceAll(",", ":"), ["--delimiter", ":"]],
    ["tabs that are said", csv.replaceAll(",", "\t"), ["--delimiter", "tab"]],
    ["the line sep=;", `sep=;\n${csv.replaceAll(",", ";")}`, []],
    ["comments before the header", `# of 2024\n# by us\n${csv}`, []],
    ["comments that are said", csv.replace("\n", "\n// first\n"), ["--comment", "//"]],
    ["rows that are left out", csv.replace("\n", "\n1,2\n"), ["--bad-rows", "leave-out"]],
    ["a JSON array", JSON.stringify(rows), []],
    ["JSON lines", rows.map((row) => JSON.stringify(row)).join("\n"), []],
    ["JSON lines, zipped", gzipSync(rows.map((row) => JSON.stringify(row)).join("\n")), []],
  ])("%s", (_, content, options) => {
    place.file("other", content);
    const words = ["train", "other", "--target", "art", ...QUICK, ...options];
    expect(place.json(...words).sha256).toBe(sha256);
    // And from standard input.
    const [command, , ...rest] = words;
    const { out } = place.runWith([], [command, "-", ...rest, "--json"], content);
    expect(JSON.parse(out).sha256).toBe(sha256);
  });

  it("what is said of the rows that were left out", () => {
    place.file("t.csv", csv.replace("\n", "\n1,2\n"));
    expect(train("--bad-rows", "leave-out").out).toContain(
      "1 row of another length than the header is left out\n",
    );
  });
});

describe("the ends of lines", () => {
  it.each([
    ["CR alone", (lines: string[]) => `${lines.join("\r")}\r`],
    [
      "CRLF after the header, LF after rows",
      ([header, ...rows]: string[]) => `${header}\r\n${rows.join("\n")}\n`,
    ],
    [
      "LF after the header, CRLF after rows",
      ([header, ...rows]: string[]) => `${header}\n${rows.join("\r\n")}\r\n`,
    ],
  ])("may be %s, and errors name the right line", (_, joined) => {
    const lines = ["a,art", ...Array.from({ length: 40 }, (_, i) => `${i},${i % 2 ? "x" : "y"}`)];
    place.file("t.csv", joined(lines));
    expect(trained()).toMatchObject({ labels: ["x", "y"], rows: 40 });
    place.file("t.csv", joined([...lines, '7,"x\r\nz"', "7"]));
    expect(train().error).toContain("t.csv: line 44: expected 2 cells");
  });

  it("may be within quotes; empty lines are none", () => {
    const rows = Array.from(
      { length: 20 },
      (_, i) => `"${i}",${i},"${i < 10 ? "one, or\nso" : 'a ""lot""'}"`,
    );
    place.file("t.csv", `\ufeffx,"x, squared",art\r\n\r\n${rows.join("\r\n")}\r\n`);
    expect(trained("--column", "x=number")).toMatchObject({
      columns: [{ name: "x" }, { name: "x, squared" }],
      labels: ['a "lot"', "one, or\nso"],
      rows: 20,
    });
    expect(place.run("predict", "model.safetensors", "t.csv").out).toMatch(
      /^prediction,probability,"a ""lot""","one, or\nso"\n/,
    );
  });
});

it("a large file in UTF-16 is predicted in a process that has 64 MB", () => {
  const file = openSync(place.path("large.csv"), "w");
  writeSync(file, bytes("utf16le", "\ufeffsepal_length,sepal_width,petal_length,petal_width\n"));
  const block = bytes("utf16le", "5.1,3.5,1.4,0.2\n".repeat(5000));
  for (let i = 0; i < 20; i++) writeSync(file, block);
  closeSync(file);
  const { status, error } = place.runWith(
    ["--max-old-space-size=64"],
    ["predict", "iris.safetensors", "large.csv", "--out", "large-out.csv"],
  );
  expect(error).toMatch(/wrote large-out\.csv, 100,000 rows in /);
  expect(status).toBe(0);
});
