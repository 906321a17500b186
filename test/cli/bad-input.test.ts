import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();
const rows = Array.from({ length: 10 }, (_, i) => `${i},${i * i},${i % 2 ? "odd" : "even"}`).join("\n");
const train = (...more: readonly string[]) =>
  place.run("train", "bad.csv", "--target", "kind", ...QUICK, ...more);
const value = (i: number) => `${i},${(i + 0.5) * 7}`;

describe("train says what is wrong with a table, names the line, ends with 1 and writes nothing:", () => {
  it.each<[what: string, content: string, message: string]>([
    ["an empty file", "", "bad.csv: expected a header and rows, got no text"],
    ["a header only", "a,b,kind\n", "bad.csv: expected rows after the header, got none"],
    [
      "a row with a cell too few",
      `a,b,kind\n1,2\n${rows}`,
      'bad.csv: line 2: expected 3 cells as in the header, separated by ",", got 2; --bad-rows leave-out leaves such rows out',
    ],
    [
      "a row with a cell too many",
      `a,b,kind\n${rows}\n1,2,odd,4`,
      'bad.csv: line 12: expected 3 cells as in the header, separated by ",", got 4; --bad-rows leave-out leaves such rows out',
    ],
    [
      "cells that something other than commas separates",
      "a,kind\n1;x\n2;y\n",
      "bad.csv: line 2: expected 2 cells as in the header, separated by \",\", got 1 (and 1 more such); --delimiter ';' may separate them",
    ],
    [
      "several things, all of them",
      `a,b,kind\n1,2\n3\n${rows}\n1,2,odd,4\n1,caf\ufffd,odd\n`,
      "bad.csv: 3 problems\n" +
        '- line 2: expected 3 cells as in the header, separated by ",", got 2 (and 1 more such); --bad-rows leave-out leaves such rows out\n' +
        '- line 14: expected 3 cells as in the header, separated by ",", got 4; --bad-rows leave-out leaves such rows out\n' +
        '- line 15: expected a value, got "caf\ufffd": another program could not read a character and put U+FFFD there; write the file from its source again',
    ],
    [
      "no target column",
      `a,b,sort\n${rows}`,
      'bad.csv: expected a column "kind", got none; it has a, b, sort',
    ],
    [
      "a target column of nearly that name",
      `a,b,knid\n${rows}`,
      'bad.csv: expected a column "kind", got none; did you mean "knid"?',
    ],
    ["one class", "a,kind\n1,odd\n2,odd\n", "bad.csv: target kind: expected at least 2 classes, got 1 (odd)"],
    [
      "no target in any row",
      "a,kind\n1,\n2,NA\n",
      "bad.csv: target kind: expected values, got none in any row",
    ],
    [
      "one number to learn",
      `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i},7`).join("\n")}\n`,
      "bad.csv: target kind: is 7 in all 30 rows, so there is nothing to learn; --task regression trains anyway",
    ],
    [
      "a word among the numbers to learn",
      `a,kind\n${Array.from({ length: 30 }, (_, i) => value(i)).join("\n")}\n31,many\n`,
      'bad.csv: target kind: 31 different values in 31 rows are too many for classes, and "many" on line 32 is no number; --task says what it is',
    ],
    [
      "a quote that does not end",
      `a,b,kind\n${rows}\n1,2,"odd\n`,
      "bad.csv: line 12: expected a closing quote before the end of the file, got none",
    ],
    [
      "a quote within a cell",
      `a,b,kind\n1,2"3,odd\n${rows}`,
      'bad.csv: line 2: expected a quote only around a whole cell, got one inside; write it twice within quotes, as in "12"" pipe"',
    ],
  ])("%s", (_, content, message) => {
    place.file("bad.csv", content);
    expect(train("--out", "bad.safetensors")).toEqual({ status: 1, out: "", error: `${message}\n` });
    expect(existsSync(place.path("bad.safetensors"))).toBe(false);
  });

  it("options that name no column, all at once", () => {
    place.file("bad.csv", `first,b,kind\n${rows}`);
    const { status, error } = train("--ignore", "x,frist", "--column", "y=number", "--date-format", "z=iso");
    expect([status, error]).toEqual([
      1,
      "bad.csv: 4 problems\n" +
        '- expected a column "x", got none; it has first, b, kind\n' +
        '- expected a column "frist", got none; did you mean "first"?\n' +
        '- expected a column "y", got none; it has first, b, kind\n' +
        '- expected a column "z", got none; it has first, b, kind\n',
    ]);
  });

  it("a word in the target of a regression that was asked for", () => {
    place.file("bad.csv", `a,kind\n${Array.from({ length: 30 }, (_, i) => value(i)).join("\n")}\n31,many\n`);
    expect(train("--task", "regression").error).toBe(
      'bad.csv: target kind: expected numbers for a regression, got "many" on line 32\n',
    );
  });

  it("too few rows", () => {
    place.file("bad.csv", "a,kind\n1,odd\n2,even\n");
    expect(train().error).toBe("bad.csv: expected at least 4 rows with a target, got 2\n");
  });

  it("a file that is not there, and a folder without images", () => {
    const message = (path: string) => place.run("train", path, "--target", "kind");
    expect(message("none.csv")).toEqual({ status: 1, out: "", error: "none.csv: no such file\n" });
    expect(message(".").error).toBe(
      ".: expected a table in CSV, JSON or Parquet, or a folder of images, got a folder with no images\n",
    );
  });

  it("a table of --test that the model cannot score, before it is trained", () => {
    place.file("bad.csv", `a,b,kind\n${rows}`);
    place.file("test.csv", "a,kind\n1,odd\n2,even\n");
    const { status, out, error } = train("--test", "test.csv");
    expect([status, out, error]).toEqual([
      1,
      "",
      'test.csv: expected a column "b", got none; it has a, kind\n',
    ]);
    place.file("test.csv", "a,b,kind\n1,1,odd\n2,2,prime\n");
    expect(train("--test", "test.csv").error).toBe(
      'test.csv: line 3: target kind: expected a class of the model, got "prime"; it has even, odd; --missing prime takes it for no value\n',
    );
  });
});

describe("predict and evaluate", () => {
  place.json("train", table("iris"), "--target", "species", ...QUICK);

  it("list the columns that the model needs and the table lacks", () => {
    const { status, out, error } = place.run("predict", "model.safetensors", table("diabetes"));
    expect([status, out]).toEqual([1, ""]);
    expect(error).toMatch(
      /diabetes\.csv: 4 problems\n- expected a column "sepal_length", got none; it has age, sex, bmi, .*\n- .*\n- .*\n- .*"petal_width"/,
    );
  });

  it.each(["predict", "evaluate"])("%s lists what is no number, one line a column", (command) => {
    place.file(
      "odd.csv",
      "sepal_length,sepal_width,petal_length,petal_width,species\n1,2,3,long,setosa\n1,wide,3,x,setosa\n",
    );
    const { status, out, error } = place.run(command, "model.safetensors", "odd.csv");
    expect([status, out, error]).toEqual([
      1,
      "",
      'odd.csv: 2 problems\n- line 3: column sepal_width: expected a number, got "wide"\n- line 2: column petal_width: expected a number, got "long"\n',
    ]);
  });

  it("name what is no model, and a model that is not there", () => {
    place.file("text.safetensors", "no model at all");
    for (const command of ["info", "predict", "evaluate"]) {
      const data = command === "info" ? [] : [table("iris")];
      const { status, error } = place.run(command, "text.safetensors", ...data);
      expect([status, error]).toEqual([1, expect.stringMatching(/^text\.safetensors: .+\n$/)]);
      expect(place.run(command, "none.safetensors", ...data).error).toBe("none.safetensors: no such file\n");
    }
  });
});
