import { describe, expect, it } from "vitest";
import { QUICK, Workplace } from "./program.js";

/** What columns are taken for, what they are called, and how their options name them. */

const place = new Workplace();
const cls = (i: number) => (i < 20 ? "x" : "y");
const train = (...more: readonly string[]) =>
  place.run("train", "t.csv", "--target", "cls", ...QUICK, ...more);
const trained = (...more: readonly string[]) =>
  place.json("train", "t.csv", "--target", "cls", ...QUICK, ...more);
/** The kind of each column, and whether it is used. */
const kinds = (...more: readonly string[]) =>
  Object.fromEntries(
    trained(...more).columns.map(({ name, kind, used }: { name: string; kind: string; used: boolean }) => [
      name,
      used ? kind : `no ${kind}`,
    ]),
  );

describe("a column is", () => {
  it.each<[what: string, cell: (i: number) => string, kind: string]>([
    ["a number where it has numbers", (i) => String((i * 7) % 31), "number"],
    [
      "a number with signs, points and exponents",
      (i) => ["-1.5", "+2", ".5", "5.", "1e3", "-0"][i % 6],
      "number",
    ],
    ["a number with gaps", (i) => ["NA", "n/a", "", "?", "-", "null", "NaN"][i] ?? String(i % 29), "number"],
    ["a number with a remark, which is a gap", (i) => (i === 7 ? "lost" : String(i % 29)), "number"],
    ["a number in another notation with a few", (i) => (i === 7 ? "0x10" : String(i % 29)), "number"],
    ["a category where words are many", (i) => (i % 3 ? String(i % 11) : "none so far"), "category"],
    ["a category where it has leading zeros", (i) => `0${7000 + (i % 3)}`, "category"],
    ["a category where it has words", (i) => ["red", "green", "blue"][i % 3], "category"],
    ["yes or no", (i) => ["yes", "no"][i % 2], "yesNo"],
    ["a date", (i) => `2024-01-${10 + (i % 20)}`, "date"],
    ["an identifier of running numbers", (i) => String(i + 1), "no identifier"],
    ["an identifier of words", (i) => `A${(i * 77) % 1000}`, "no identifier"],
    ["text", (i) => `there were ${i} of them`, "no text"],
    ["constant", () => "7", "no constant"],
  ])("%s", (_, cell, kind) => {
    place.table("t.csv", "a,b,cls", 40, (i) => `${cell(i)},${(i * 3) % 17},${cls(i)}`);
    expect(kinds()).toEqual({ a: kind, b: "number" });
    expect(place.run("predict", "model.safetensors", "t.csv").out).not.toContain("NaN");
  });

  it("said with the reason, which names options as they are written here", () => {
    place.table("t.csv", "when,y", 40, (i) => `0${1 + (i % 9)}/0${1 + (i % 7)}/2024,${i + 0.5}`);
    const { out } = place.run("train", "t.csv", "--target", "y", ...QUICK);
    expect(out).toContain(
      "target y: numbers from 0.5 to 39.5, 40 different in 40 rows, so regression; --task classification would override\n",
    );
    expect(out).toMatch(
      /\n {2}when +date +is a date \(month\/day\/year\), which could be day\/month\/year, too: no value is above 12; --date-format says which\n/,
    );
    const { columns } = place.json("train", "t.csv", "--target", "y", ...QUICK);
    expect(columns[0].reason).toContain("--date-format says which");
  });

  it("constant in training: it has no say, whatever it is later", () => {
    place.table("t.csv", "same,x,cls", 40, (i) => `0.1,${(i * 3) % 17},${cls(i)}`);
    train();
    place.file("other.csv", "same,x\n7,1\n0.1,1\n");
    const [, first, second] = place.run("predict", "model.safetensors", "other.csv").out.split("\n");
    expect(first).toBe(second);
    expect(first).not.toContain("NaN");
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
    place.table("t.csv", "a,cls", 40, (i) => `${i},${i < 20 ? one : other}`);
    const labels: string[] = trained("--task", "classification").labels;
    const names = [one, other].map((name) => name.replaceAll('"', ""));
    expect([...labels].sort()).toEqual([...names].sort());
    const [header, ...rows] = place.run("predict", "model.safetensors", "t.csv").out.trim().split("\n");
    expect(header.split(",").slice(2).sort()).toEqual([one, other].sort());
    for (const row of rows) expect([one, other]).toContain(row.split(",")[0]);
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.samples).toBe(40);
    expect(place.json("info", "model.safetensors").labels).toEqual(labels);
  });

  it.each([
    ["in case", "Yes", "yes"],
    ["in spaces", '" 7"', "7"],
    ["in how the number is written", "007", "7"],
  ])("a note says which differ only %s", (_, one, other) => {
    place.table("t.csv", "a,cls", 40, (i) => `${i},${i % 2 ? one : other}`);
    const { notes } = trained("--task", "classification");
    expect(notes).toContain(
      `the classes ${[one, other]
        .map((name) => JSON.stringify(name.replaceAll('"', "")))
        .sort()
        .join(" and ")} differ only in case, in spaces or in how a number is written`,
    );
    expect(train("--task", "classification").out).toContain("\nnote: the classes ");
  });

  it("spaces around words without quotes are none of the name", () => {
    place.table("t.csv", "a,cls", 40, (i) => `${i},${["a", "a ", " b"][i % 3]}`);
    expect(trained().labels).toEqual(["a", "b"]);
  });
});

describe("a column without a name", () => {
  it.each([
    ["pandas", ",a,b,cls", (i: number) => `${i},${i % 9},${i * i},${cls(i)}`],
    ["R", '"","a","b","cls"', (i: number) => `"${i + 1}",${i % 9},${i * i},"${cls(i)}"`],
    ["a program that writes spaces", '" ","a","b","cls"', (i: number) => `${i},${i % 9},${i * i},${cls(i)}`],
    ["R with names of rows", '"","a","b","cls"', (i: number) => `"Mazda ${i}",${i % 9},${i * i},"${cls(i)}"`],
  ])("as the index that %s writes is left out, and that is said", (_, header, row) => {
    place.table("t.csv", header, 40, row);
    const { status, out } = train();
    expect(status).toBe(0);
    expect(out).toContain("column 1 has no name: it is called column1 here\n");
    expect(trained().features).toEqual(["a", "b"]);
    for (const name of ["", "column1"]) expect(trained("--ignore", name).features).toEqual(["a", "b"]);
    expect(place.run("predict", "model.safetensors", "t.csv").status).toBe(0);
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.samples).toBe(40);
  });

  it.each(["a,b,cls,", "a,b,cls"])("at the end, from commas at the ends of lines after %s", (header) => {
    place.table("t.csv", header, 40, (i) => `${i % 9},${i * i},${cls(i)},`);
    expect(trained().features).toEqual(["a", "b"]);
  });
});

describe("columns of one name", () => {
  it("are x, x_3 and x_4 beside an x_2, which is said, and each can be left out", () => {
    const numbers = (i: number) => [1, 2, 3, 4].map((n) => (n * i) % 17).join();
    place.table("t.csv", "x,x,x_2,x,cls", 40, (i) => `${numbers(i)},${cls(i)}`);
    expect(train().out).toContain(
      "column 2 has the name x again: it is called x_3 here\ncolumn 4 has the name x again: it is called x_4 here\n",
    );
    expect(trained().features).toEqual(["x", "x_3", "x_2", "x_4"]);
    expect(trained("--ignore", "x,x_4").features).toEqual(["x_3", "x_2"]);
  });

  it("keep their names in predict and evaluate", () => {
    place.table("t.csv", "x,x,cls", 40, (i) => `0,${i},${cls(i)}`);
    place.json("train", "t.csv", "--target", "cls", "--ignore", "x", "--folds", "0", "--force");
    place.table("other.csv", "x,x,cls", 40, (i) => `${40 - i},${i},${cls(i)}`);
    expect(place.json("evaluate", "model.safetensors", "other.csv").scores.accuracy).toBeGreaterThan(0.9);
  });
});

describe("options that name columns", () => {
  const write = () =>
    place.table(
      "t.csv",
      'Home zip,"b, c","d ""e""",cls',
      40,
      (i) => `${i % 7},${i % 11},${i % 13},${cls(i)}`,
    );

  it("take a name with a comma in quotes, and may be given again", () => {
    write();
    expect(trained("--ignore", '"b, c"').features).toEqual(["Home zip", 'd "e"']);
    expect(trained("--ignore", '"b, c",Home zip').features).toEqual(['d "e"']);
    expect(trained("--ignore", "Home zip", '--ignore="d ""e"""').features).toEqual(["b, c"]);
    expect(kinds("--column", '"b, c=category"', "--column", "Home zip=category")).toEqual({
      "Home zip": "category",
      "b, c": "category",
      'd "e"': "number",
    });
  });

  it("take a name in another case or without its signs, and say so", () => {
    write();
    const words = [
      "train",
      "t.csv",
      "--target",
      "CLS",
      ...QUICK,
      "--ignore",
      "B C",
      "--column",
      "home_zip=category",
    ];
    const { status, error } = place.run(...words);
    expect([status, error]).toEqual([
      0,
      '"CLS" is taken for the column "cls"\n"B C" is taken for the column "b, c"\n"home_zip" is taken for the column "Home zip"\n',
    ]);
    expect(place.json(...words).features).toEqual(["Home zip", 'd "e"']);
    const predicted = place.run("predict", "model.safetensors", "t.csv", "--id", "HomeZip");
    expect(predicted.error).toBe('"HomeZip" is taken for the column "Home zip"\n');
    expect(predicted.out).toMatch(/^Home zip,prediction,/);
    expect(place.run("evaluate", "model.safetensors", "t.csv", "--target", "Cls").error).toContain(
      '"Cls" is taken for the column "cls"\n',
    );
  });

  it("take the exact name where two differ in case only, and none of the two for a third", () => {
    place.table("t.csv", "zip,Zip,cls", 40, (i) => `${i % 7},${i % 11},${cls(i)}`);
    expect(trained("--ignore", "Zip").features).toEqual(["zip"]);
    expect(train("--ignore", "ZIP").error).toMatch(
      /^t\.csv: expected a column "ZIP", got none; did you mean "zip"\?\n$/,
    );
  });

  it("name what was meant, or what there is", () => {
    place.table("t.csv", "a,b,cls", 40, (i) => `${i % 7},${i % 11},${cls(i)}`);
    train();
    expect(place.run("predict", "model.safetensors", "t.csv", "--id", "clas").error).toBe(
      '--id: t.csv: expected a column "clas", got none; did you mean "cls"?\n',
    );
    expect(place.run("predict", "model.safetensors", "t.csv", "--id", "x").error).toBe(
      '--id: t.csv: expected a column "x", got none; it has a, b, cls\n',
    );
  });
});
