import { closeSync, openSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { table, Workplace } from "./program.js";

const place = new Workplace();
const text = `größe,art\n${Array.from({ length: 40 }, (_, i) => `${i},${i < 20 ? "café" : "thé 5 €"}`).join("\n")}\n`;
const bytes = (encoding: "latin1" | "utf16le" | "utf8", content = text) => Buffer.from(content, encoding);
const windows1252 = Buffer.from(
  [...bytes("utf16le").toString("utf16le")].map((c) => (c === "€" ? 0x80 : (c.codePointAt(0) ?? 0))),
);
const utf16be = Buffer.from(bytes("utf16le", `\ufeff${text}`)).swap16();
const train = (...more: readonly string[]) =>
  place.run("train", "t.csv", "--target", "art", "--epochs", "2", ...more);

describe("text in an encoding", () => {
  it.each<[what: string, content: Uint8Array, options: string[]]>([
    ["UTF-8", bytes("utf8"), []],
    ["UTF-8 with a byte order mark", bytes("utf8", `\ufeff${text}`), []],
    ["windows-1252, as said", windows1252, ["--encoding", "windows-1252"]],
    ["latin1, which the web reads as windows-1252", windows1252, ["--encoding", "latin1"]],
    ["UTF-16LE, by its byte order mark", bytes("utf16le", `\ufeff${text}`), []],
    ["UTF-16LE without a byte order mark, as said", bytes("utf16le"), ["--encoding", "utf-16le"]],
    ["UTF-16BE, by its byte order mark", utf16be, []],
  ])("%s is read, by predict and evaluate too", (_, content, options) => {
    place.file("t.csv", content);
    expect(place.json("train", "t.csv", "--target", "art", "--epochs", "2", ...options)).toMatchObject({
      features: ["größe"],
      labels: ["café", "thé 5 €"],
    });
    expect(place.run("predict", "model.safetensors", "t.csv", ...options).status).toBe(0);
    expect(place.json("evaluate", "model.safetensors", "t.csv", ...options).scores.samples).toBe(40);
  });

  it("that is not UTF-8 is refused with the byte, its line and its column", () => {
    const long = `a,note,art\n${"1,x,café\n".repeat(30_000)}`;
    place.file("t.csv", Buffer.concat([bytes("utf8", long), bytes("latin1", '2,"thé, ou\nrien",x\n')]));
    expect(train("--ignore", "note")).toEqual({
      status: 1,
      out: "",
      error:
        "t.csv, line 30002, column note: expected text in UTF-8, got the byte 0xE9; --encoding says what else it is, as in --encoding windows-1252\n",
    });
  });

  it("that ends amid a character is refused", () => {
    place.file("t.csv", bytes("utf8", `a,art\n${"1,x\n".repeat(20)}2,caf\u00e9`).subarray(0, -1));
    expect(train().error).toContain(
      "t.csv, line 22, column art: expected text in UTF-8, got an end amid a character: the file is cut off",
    );
    place.file("t.csv", Buffer.concat([bytes("utf16le", `\ufeff${text}`), Buffer.of(0x78)]));
    expect(train().error).toContain("expected text in UTF-16LE, got an end amid a character");
  });

  it("that is not UTF-8 in the header is refused with its line", () => {
    place.file("t.csv", bytes("latin1", "größe,art\n1,x\n"));
    expect(train().error).toContain("t.csv, line 1, field 1: expected text in UTF-8, got the byte 0xF6");
  });

  it("never becomes a class that has U+FFFD in it", () => {
    place.file("t.csv", "a,art\n1,caf\ufffd\n");
    expect(train().error).toContain(
      't.csv, line 2, column art: expected a value, got "caf\ufffd": another program',
    );
  });

  it("is refused where the byte order mark is another's, and the label has to be known", () => {
    place.file("t.csv", bytes("utf8", `\ufeff${text}`));
    expect(train("--encoding", "latin1").error).toBe(
      "t.csv: expected text in windows-1252 as --encoding says, got the byte order mark of utf-8: leave --encoding out\n",
    );
    expect(train("--encoding", "ascii7")).toMatchObject({ status: 2 });
  });
});

describe("what is no text is named", () => {
  it.each<[what: string, content: Uint8Array | string, message: string]>([
    ["gzip", gzipSync(text), "expected a table in CSV, got gzip data: unzip it first"],
    ["a workbook of Excel", "PK\x03\x04 and more", "got a ZIP archive, as an Excel workbook (.xlsx) is"],
    ["a short ZIP file", "PK\x03\x04", "got a ZIP archive"],
    ["Parquet", "PAR1 and more than that", "got a Parquet file: write it as CSV"],
    ["an SQLite database", "SQLite format 3\0 and more", "got an SQLite database"],
    ["a web page", "<!DOCTYPE html><title>404</title>", "got an HTML page"],
    ["a web page in small letters", "\n <!doctype html>\n<html>", "got an HTML page"],
    ["a web page with a byte order mark", "\ufeff<HTML><HEAD>", "got an HTML page"],
    ["XML", '<?xml version="1.0"?><rows/>', "got an XML document"],
    ["JSON", '[{"a": 1}]', "got JSON: write it as CSV"],
    ["JSON over several lines", '[\n  {\n    "a": 1', "got JSON: write it as CSV"],
    ["JSON of lists", "[[1, 2], [3, 4]]", "got JSON: write it as CSV"],
    ["JSON in lines", '{"a": 1}\n{"a": 2}\n', "got JSON: write it as CSV"],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "run git lfs pull"],
    ["a pickle", Uint8Array.of(0x80, 4, 0x95, 0x21), "got a Python pickle: write the table as CSV"],
    ["a table of Weka", "@RELATION iris\n\n@ATTRIBUTE a REAL\n", "got an ARFF file of Weka"],
    ["NUL bytes", "a,art\n1,x\n2,\0\n", "line 3, field 2: expected text, got a NUL byte"],
    ["UTF-16 without a mark", bytes("utf16le"), "line 1: expected text, got a NUL byte; --encoding utf-16le"],
  ])("%s", (_, content, message) => {
    place.file("t.csv", content);
    const { status, error } = train();
    expect(status).toBe(1);
    expect(error).toContain(message);
    expect(error).toMatch(/^t\.csv/);
    expect(error.trim().split("\n")).toHaveLength(1);
  });

  it("a model in the place of the table", () => {
    place.json("train", table("iris"), "--target", "species", "--epochs", "1", "--out", "iris.safetensors");
    const { status, error } = place.run("predict", table("iris"), "iris.safetensors");
    expect(status).toBe(1);
    expect(error).toBe(
      "iris.safetensors: expected a table in CSV, got a safetensors file, as models are: the model comes first, then the table\n",
    );
  });

  it("but a header in angle brackets is one, as of prices", () => {
    place.file(
      "t.csv",
      `<DATE>,art\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 2 ? "x" : "y"}`).join("\n")}\n`,
    );
    expect(place.json("train", "t.csv", "--target", "art", "--epochs", "1").features).toEqual(["<DATE>"]);
  });

  it("on standard input, too", async () => {
    place.json("train", table("iris"), "--target", "species", "--epochs", "1", "--out", "iris.safetensors");
    const child = place.start("predict", "iris.safetensors", "-");
    let error = "";
    child.stderr?.on("data", (more) => {
      error += more;
    });
    // A byte at a time: what it is shows only in all of them.
    for (const byte of gzipSync("sepal_length\n1\n")) child.stdin?.write(Buffer.from([byte]));
    child.stdin?.end();
    await new Promise((resolve) => child.on("close", resolve));
    expect(error).toMatch(/^standard input: expected a table in CSV, got gzip data/);
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
    expect(place.json("train", "t.csv", "--target", "art", "--epochs", "1")).toMatchObject({
      labels: ["x", "y"],
      rows: { training: 32, heldOut: 8 },
    });
    place.file("t.csv", joined([...lines, '7,"x\r\nz"', "?,x"]));
    expect(train().error).toContain('t.csv, line 44, column a: expected a number, got "?"');
  });
});

it("a large file in UTF-16 is read in a process that has 64 MB", () => {
  const file = openSync(place.path("large.csv"), "w");
  writeSync(file, bytes("utf16le", "\ufeffsepal_length,sepal_width,petal_length,petal_width\n"));
  const block = bytes("utf16le", "5.1,3.5,1.4,0.2\n".repeat(5000));
  for (let i = 0; i < 20; i++) writeSync(file, block);
  closeSync(file);
  place.json("train", table("iris"), "--target", "species", "--epochs", "1", "--out", "iris.safetensors");
  const { status, error } = place.runWith(
    ["--max-old-space-size=64"],
    ["predict", "iris.safetensors", "large.csv", "--out", "large-out.csv"],
  );
  expect(error).toMatch(/wrote large-out\.csv, 100,000 rows in /);
  expect(status).toBe(0);
});
