import { describe, expect, it } from "vitest";
import { Workplace } from "./program.js";

const place = new Workplace();
/** A class that follows from a and b. */
const rows = (make: (i: number) => readonly [a: string, cls: string], count = 40) =>
  Array.from({ length: count }, (_, i) => make(i).join(",")).join("\n");
const train = (...more: readonly string[]) => place.run("train", "t.csv", "--epochs", "2", ...more);

describe("what is no number", () => {
  it.each([
    ['"  "', '"  "'],
    ['"\t"', '"\\t"'],
    ["0x10", '"0x10"'],
    ["0b11", '"0b11"'],
    ["0o7", '"0o7"'],
    ["1_000", '"1_000"'],
    ["Infinity", '"Infinity"'],
    ["-inf", '"-inf"'],
    ["NaN", '"NaN"'],
    ["+-", '"+-"'],
    [".", '"."'],
    ["1e", '"1e"'],
    ["1e400", '"1e400", which is beyond float32'],
    ["١٢", '"١٢"'],
    ['"1,5"', '"1,5"'],
    ["5n", '"5n"'],
  ])("%s as a feature is refused, and never read as 0 or 16", (cell, shown) => {
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), i % 2 ? "x" : "y"])}\n${cell},x\n`);
    expect(train("--target", "cls")).toEqual({
      status: 1,
      out: "",
      error: `t.csv, line 42, column a: expected a number, got ${shown}\n`,
    });
  });

  it.each(["1", "-1.5", "+2", ".5", "5.", "1e3", "1E-3", "-0", " 7 ", "0.5"])("%s is a number", (cell) => {
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), i % 2 ? "x" : "y"])}\n${cell},x\n`);
    expect(train("--target", "cls").status).toBe(0);
  });

  it.each([
    ["--learning-rate", "0x10"],
    ["--learning-rate", " 0.1"],
    ["--learning-rate", "Infinity"],
    ["--epochs", " 5"],
    ["--epochs", "0x5"],
    ["--validation", "0b0"],
    ["--weight-decay", "1_0"],
    ["--hidden", "64, 32"],
  ])("the option %s %j is refused", (option, value) => {
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), i % 2 ? "x" : "y"])}\n`);
    const { status, error } = place.run("train", "t.csv", "--target", "cls", option, value);
    expect(status).toBe(2);
    expect(error).toMatch(new RegExp(`^${option} expected `));
  });
});

describe("classes are named as the table names them", () => {
  it.each([
    ["00501", "01234"],
    ["007", "7"],
    ["1e3", "1000"],
    ["1.0", "1"],
    ["0x10", "16"],
    ['"a "', "a"],
  ])("%s and %s come back from predict, and evaluate knows them", (one, other) => {
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), i < 20 ? one : other])}\n`);
    const { labels, scores } = place.json("train", "t.csv", "--target", "cls", "--task", "classification");
    const names = [one, other].map((name) => name.replaceAll('"', ""));
    expect([...labels].sort()).toEqual([...names].sort());
    expect(scores.accuracy).toBeGreaterThan(0.8);
    const predicted = place.run("predict", "model.safetensors", "t.csv").out.trim().split("\n");
    expect([...new Set(predicted.slice(1).map((row) => row.split(",")[0]))].sort()).toEqual(
      [one, other].sort(),
    );
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.accuracy).toBeGreaterThan(0.9);
    expect(place.json("info", "model.safetensors").labels).toEqual(labels);
  });

  it("says which classes are one number, and which differ in spaces", () => {
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), ["7", "007", '" 7"', "8"][i % 4]])}\n`);
    const { out } = train("--target", "cls");
    expect(out).toContain('target cls: the classes " 7" and "7" differ only in spaces around them\n');
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), ["7", "007"][i % 2]])}\n`);
    expect(train("--target", "cls").out).toContain(
      'target cls: the classes "007" and "7" differ only in how the number is written\n',
    );
  });

  it("says that spaces around text without quotes are left out, where that makes one class of two", () => {
    place.file("t.csv", `a,cls\n${rows((i) => [String(i), ["a", "a ", "b"][i % 3]])}\n`);
    expect(train("--target", "cls").out).toContain(
      'target cls: "a" and "a " are one class, for spaces around text without quotes are left out\n',
    );
  });
});

describe("features with leading zeros", () => {
  const table = `zip,cls\n${rows((i) => [`00${100 + i}`, i < 20 ? "x" : "y"])}\n`;

  it("are refused as codes, with the ways out", () => {
    place.file("t.csv", table);
    const { status, error } = train("--target", "cls");
    expect([status, error]).toEqual([
      1,
      't.csv, line 2, column zip: expected a number, got "00100", which has leading zeros as a code has; train with --ignore zip to leave the column out, or with --numbers zip to take it as numbers\n',
    ]);
  });

  it("are numbers with --numbers, for predict and evaluate too", () => {
    place.file("t.csv", table);
    expect(place.json("train", "t.csv", "--target", "cls", "--numbers", "zip").features).toEqual(["zip"]);
    expect(place.run("predict", "model.safetensors", "t.csv").status).toBe(0);
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.samples).toBe(40);
  });

  it("are refused as values of a regression, too", () => {
    place.file("t.csv", `a,y\n${rows((i) => [String(i), `0${i + 10}`])}\n`);
    expect(train("--target", "y", "--task", "regression").error).toContain(
      'line 2, column y: expected a number, got "010", which has leading zeros as a code has',
    );
    expect(place.json("train", "t.csv", "--target", "y", "--numbers", "y").task).toBe("regression");
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.r2).toBeGreaterThan(0.9);
  });
});
