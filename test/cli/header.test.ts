import { describe, expect, it } from "vitest";
import { Workplace } from "./program.js";

const place = new Workplace();
const write = (name: string, header: string, row: (i: number) => string) =>
  place.file(name, `${header}\n${Array.from({ length: 40 }, (_, i) => row(i)).join("\n")}\n`);
const cls = (i: number) => (i < 20 ? "x" : "y");
const train = (...more: readonly string[]) =>
  place.run("train", "t.csv", "--target", "cls", "--epochs", "2", ...more);
const features = (...more: readonly string[]) =>
  place.json("train", "t.csv", "--target", "cls", "--epochs", "2", ...more).features;

describe("a column without a name", () => {
  it.each([
    ["pandas", ",a,b,cls", (i: number) => `${i},${i},${i * i},${cls(i)}`],
    ["R", '"","a","b","cls"', (i: number) => `"${i + 1}",${i},${i * i},"${cls(i)}"`],
    ["a program that writes spaces", '" ","a","b","cls"', (i: number) => `${i},${i},${i * i},${cls(i)}`],
    ["R with names of rows", '"","a","b","cls"', (i: number) => `"Mazda ${i}",${i},${i * i},"${cls(i)}"`],
  ])("as the index that %s writes is left out, and that is said", (_, header, row) => {
    write("t.csv", header, row);
    const { status, out } = train();
    expect(status).toBe(0);
    expect(out).toContain(
      "t.csv: column 1 has no name: it is called column1 and left out; give it a name to learn from it\n",
    );
    expect(features()).toEqual(["a", "b"]);
    for (const name of ["", "column1"]) expect(features("--ignore", name)).toEqual(["a", "b"]);
    expect(place.run("predict", "model.safetensors", "t.csv").status).toBe(0);
    expect(place.json("evaluate", "model.safetensors", "t.csv").scores.samples).toBe(40);
  });

  it("at the end, from a comma at the end of each line, is left out", () => {
    write("t.csv", "a,b,cls,", (i) => `${i},${i * i},${cls(i)},`);
    expect(features()).toEqual(["a", "b"]);
    write("t.csv", "a,b,cls", (i) => `${i},${i * i},${cls(i)},`);
    expect(features()).toEqual(["a", "b"]);
  });

  it('is asked for by --ignore "" in vain where all have names', () => {
    write("t.csv", "a,cls", (i) => `${i},${cls(i)}`);
    expect(train("--ignore", "").error).toBe(
      't.csv: expected a column without a name, as --ignore "" says, got a name for each\n',
    );
  });
});

describe("columns of one name", () => {
  it("are x, x_2 and x_3, which is said, and each can be left out", () => {
    write("t.csv", "x,x,x_2,x,cls", (i) => `${i},${2 * i},${3 * i},${4 * i},${cls(i)}`);
    expect(train().out).toContain(
      "t.csv: column 2 has the name x again: it is called x_3 here\nt.csv: column 4 has the name x again: it is called x_4 here\n",
    );
    expect(features()).toEqual(["x", "x_3", "x_2", "x_4"]);
    expect(features("--ignore", "x_3")).toEqual(["x", "x_2", "x_4"]);
    expect(features("--ignore", "x,x_4")).toEqual(["x_3", "x_2"]);
  });

  it("keep their names in predict and evaluate", () => {
    write("t.csv", "x,x,cls", (i) => `0,${i},${cls(i)}`);
    place.json("train", "t.csv", "--target", "cls", "--ignore", "x");
    write("other.csv", "x,x,cls", (i) => `${40 - i},${i},${cls(i)}`);
    expect(place.json("evaluate", "model.safetensors", "other.csv").scores.accuracy).toBeGreaterThan(0.9);
  });
});

describe("--ignore", () => {
  it("takes a name with a comma in quotes, and may be given again", () => {
    write("t.csv", 'a,"b, c","d ""e""",cls', (i) => `${i},${i},${i},${cls(i)}`);
    expect(features("--ignore", '"b, c"')).toEqual(["a", 'd "e"']);
    expect(features("--ignore", '"b, c",a')).toEqual(['d "e"']);
    expect(features("--ignore", "a", '--ignore="d ""e"""')).toEqual(["b, c"]);
  });

  it("has to have a value, and names columns that are there", () => {
    write("t.csv", "a,cls", (i) => `${i},${cls(i)}`);
    expect(train("--ignore")).toMatchObject({ status: 2 });
    expect(train("--ignore", "b").error).toBe("t.csv: expected a column b, got the columns a, cls\n");
  });
});

it("fields that something other than commas separates are named", () => {
  write("t.csv", "a,cls", (i) => `${i};${cls(i)}`);
  expect(train().error).toContain(
    'line 2: expected 2 fields as in the header, got 1; fields are separated by commas, not by ";"',
  );
});
