import { describe, expect, it } from "vitest";
import { table, Workplace } from "./program.js";

const place = new Workplace();
const rows = Array.from({ length: 10 }, (_, i) => `${i},${i * i},${i % 2 ? "odd" : "even"}`).join("\n");

/** What is wrong, the file, and the line that says so. */
const cases: [what: string, content: string, message: string][] = [
  ["an empty file", "", "bad.csv: expected a header and rows, got an empty file"],
  ["a header only", "a,b,kind\n", "bad.csv: expected rows after the header, got none"],
  [
    "a row with a field too few",
    `a,b,kind\n1,2\n${rows}`,
    "bad.csv, line 2: expected 3 fields as in the header, got 2",
  ],
  [
    "a row with a field too many",
    `a,b,kind\n${rows}\n1,2,odd,4`,
    "bad.csv, line 12: expected 3 fields as in the header, got 4",
  ],
  [
    "a feature that is no number",
    `a,b,kind\n${rows}\n1,two,odd`,
    'bad.csv, line 12, column b: expected a number, got "two"',
  ],
  [
    "a number beyond float32",
    `a,b,kind\n1e39,2,odd\n${rows}`,
    'bad.csv, line 2, column a: expected a number, got "1e39", which is beyond float32',
  ],
  [
    "an empty feature",
    `a,b,kind\n${rows}\n,2,odd`,
    "bad.csv, line 12, column a: expected a number, got an empty field",
  ],
  [
    "an empty target",
    `a,b,kind\n1,2,\n${rows}`,
    "bad.csv, line 2, column kind: expected a value, got an empty field",
  ],
  ["no target column", `a,b,sort\n${rows}`, "bad.csv: expected a column kind, got the columns a, b, sort"],
  [
    "no column but the target",
    "kind\nodd\neven\n",
    "bad.csv: expected a column beside the target kind to predict it from, got none",
  ],
  ["one class", "a,kind\n1,odd\n2,odd\n", "target kind: expected at least 2 classes, got 1 (odd)"],
  [
    "a quote that does not end",
    `a,b,kind\n${rows}\n1,2,"odd\n`,
    "bad.csv, line 12: expected a closing quote before the end of the file, got none",
  ],
  [
    "a quote within a field",
    `a,b,kind\n1,2"3,odd\n${rows}`,
    "bad.csv, line 2: expected a quote only around a whole field, got one inside",
  ],
  [
    "text among the numbers to learn",
    `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i},${i / 7}`).join("\n")}\n31,n/a\n`,
    'bad.csv, line 32, column kind: expected a number as in other rows, got "n/a": leave out the rows without a value; --task classification takes it for a class',
  ],
  [
    "a word among the numbers to learn",
    `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i},${i / 7}`).join("\n")}\n31,many\n`,
    'target kind: 31 different values in 31 rows are too many for classes, and bad.csv, line 32 has "many", which is no number; --task says what it is',
  ],
  [
    "a feature that float32 cannot tell apart",
    `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i}e-50,${i % 2}`).join("\n")}\n`,
    "column a: expected numbers that float32 tells apart, got numbers that differ by less than 1e-37: write them in another unit, or leave the column out with --ignore",
  ],
  [
    "a target that float32 cannot tell apart",
    `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i},${i}e-50`).join("\n")}\n`,
    "column kind: expected numbers that float32 tells apart, got numbers that differ by less than 1e-37: write them in another unit, or leave the column out with --ignore",
  ],
  [
    "too few rows to hold out any",
    "a,kind\n1,odd\n2,even\n",
    "--validation 0.2 of 2 rows leaves none to score",
  ],
];

describe("train on bad data", () => {
  it.each(cases)("says what is wrong with %s, in a line, and ends with 1", (_, content, message) => {
    place.file("bad.csv", content);
    const { status, error } = place.run("train", "bad.csv", "--target", "kind");
    expect(error.split("\n").filter(Boolean).at(-1)).toBe(message);
    expect(status).toBe(1);
  });

  it("names the line of text in a regression's target", () => {
    place.file(
      "bad.csv",
      `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i},${i / 7}`).join("\n")}\n31,n/a\n`,
    );
    const { error } = place.run("train", "bad.csv", "--target", "kind", "--task", "regression");
    expect(error).toBe('bad.csv, line 32, column kind: expected a number, got "n/a"\n');
  });

  it("names a file that is not there", () => {
    expect(place.run("train", "none.csv", "--target", "kind")).toEqual({
      status: 1,
      out: "",
      error: "none.csv: no such file\n",
    });
  });
});

describe("predict on bad data", () => {
  it("lists the columns when one that the model needs is missing, and writes nothing", () => {
    place.json("train", table("iris"), "--target", "species", "--epochs", "1");
    const { status, out, error } = place.run("predict", "model.safetensors", table("diabetes"));
    expect([status, out]).toEqual([1, ""]);
    expect(error).toMatch(
      /diabetes\.csv: expected a column sepal_length, got the columns age, sex, bmi, bp, s1, s2, s3, s4, s5, s6, target\n$/,
    );
  });
});
