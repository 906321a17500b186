import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type PredictFileOptions, predictFile, sweep } from "lanewise/distributed";
import { beforeAll, describe, expect, it } from "vitest";
import { createBackend, dense, Sequential, saveModel } from "../../src/index.js";
import { Bench } from "./support.js";

/** Predictions of a file in parts. */

const bench = new Bench();
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Runs the command, and returns what it says. */
function lanewise(...words: string[]): string {
  return execFileSync(process.execPath, [cli, ...words], {
    cwd: bench.folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

const ROWS = 12_345;
const COLOURS = ["red", "dark, blue", 'the "green"', "two\nlines", ""];
const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const line = (i: number): string => {
  const x = i % 17 === 0 ? "" : (((i * 7919) % 1000) / 10).toFixed(1);
  const colour = COLOURS[(i * 31) % COLOURS.length];
  const kind = (i * 7919) % 1000 > 400 + 20 * (i % 3) ? "big" : "small";
  return `${i},${x},${quoted(colour)},2024-0${1 + (i % 9)}-11,${kind}`;
};
const lines = Array.from({ length: ROWS }, (_, i) => (i % 1000 === 500 ? `\n${line(i)}` : line(i)));
const csv = `# made by a test\nid,x,colour,day,kind\n${lines.join("\r\n")}\n`;

let table: string;
let parquet: string;
let model: string;
let plain: string;

beforeAll(async () => {
  table = bench.file("table.csv", csv);
  expect(csv.length).toBeGreaterThan(300_000);
  const backend = await createBackend();
  const start = bench.file("start.csv", csv.slice(0, csv.indexOf("\r\n2000,") + 2));
  const data = { file: start, target: "kind", ignore: ["id"] };
  const { file } = await sweep({ data, fit: { epochs: 2 } }, { engine: bench.threads(2) });
  model = bench.file("model.safetensors", file as Uint8Array);
  // Several values of columns that no file names.
  const numbers = new Sequential(backend, { inputShape: 2, seed: 1, layers: [dense(3)] });
  plain = bench.path("plain.safetensors");
  writeFileSync(plain, saveModel(numbers));
  // A Parquet file of numbers and text: what the command writes is one.
  parquet = bench.path("table.parquet");
  lanewise("predict", model, table, "--id", "id,colour,day", "--out", parquet);
});

const hasLeftNothing = () => expect(readdirSync(bench.folder).filter((name) => /tmp/.test(name))).toEqual([]);

describe("predictFile writes the bytes of lanewise predict", () => {
  const outs = ["csv", "parquet"] as const;

  it.each(outs)("of a CSV file with quotes, gaps, comments and blank lines, as %s", async (format) => {
    const whole = bench.path(`whole.${format}`);
    lanewise("predict", model, table, "--id", "id,colour", "--out", whole);
    const expected = readFileSync(whole);
    const out = bench.path(`parts.${format}`);
    for (const variant of ["scalar", "simd"] as const)
      for (const threads of [1, 2, 3]) {
        const engine = bench.threads(threads, { variant });
        for (const parts of [1, 2, 7]) {
          const result = await predictFile(model, table, { out, passed: ["id", "colour"], parts, engine });
          expect(result).toEqual({ rows: ROWS, parts });
          expect(readFileSync(out).equals(expected)).toBe(true);
        }
        await engine.close();
      }
    hasLeftNothing();
  });

  it.each(outs)("of a Parquet file, as %s, with the types of its columns", async (format) => {
    const whole = bench.path(`whole-2.${format}`);
    const columns = ["big", "small"];
    const words = ["--features", columns.join(), "--id", "id,probability", "--out", whole];
    lanewise("predict", plain, parquet, ...words);
    const out = bench.path(`parts-2.${format}`);
    for (const parts of [undefined, 1, 3]) {
      const engine = bench.threads(2);
      const options = { out, inputs: columns, passed: ["id", "probability"], engine };
      const result = await predictFile(readFileSync(plain), parquet, { ...options, ...(parts && { parts }) });
      expect(result).toEqual({ rows: ROWS, parts: parts ?? 1 });
      expect(readFileSync(out).equals(readFileSync(whole))).toBe(true);
    }
  });

  it("on the command line, as JSON, too", () => {
    const whole = bench.path("whole.jsonl");
    const out = bench.path("parts.jsonl");
    const words = ["predict", model, table, "--json", "--id", "id", "--out"];
    lanewise(...words, whole);
    lanewise(...words, out, "--parts", "5", "--threads", "2");
    expect(readFileSync(out).equals(readFileSync(whole))).toBe(true);
  });

  it("where each part is a row", async () => {
    const small = bench.file("small.csv", "a,b\n1,2\n3,4\n5,6\n");
    const whole = bench.path("whole-3.csv");
    lanewise("predict", plain, small, "--out", whole);
    const out = bench.path("parts-3.csv");
    const done: number[] = [];
    const onProgress: PredictFileOptions["onProgress"] = ({ done: count }) => done.push(count);
    const options = { out, parts: 100, inputs: ["a", "b"], engine: bench.threads(2), onProgress };
    expect(await predictFile(plain, small, options)).toEqual({ rows: 3, parts: 3 });
    expect(readFileSync(out, "utf8")).toBe(readFileSync(whole, "utf8"));
    // One job finds out where the rows are.
    expect(done.at(-1)).toBe(4);
  });
});

describe("predictFile that fails", () => {
  it("names the rows of the part, and the line of the file, and writes nothing", async () => {
    const rows = Array.from({ length: 900 }, (_, i) => (i === 650 ? "1,many" : `${i},${i}`));
    const file = bench.file("wrong.csv", `a,b\n${rows.join("\n")}\n`);
    const out = bench.path("none.csv");
    const options = { out, parts: 9, inputs: ["a", "b"], engine: bench.threads(2) };
    await expect(predictFile(plain, file, options)).rejects.toThrow(
      /^predictFile: rows 601 to 700 of wrong.csv: predictFile: .*line 652: column b: expected a number, got "many"/,
    );
    expect(existsSync(out)).toBe(false);
    hasLeftNothing();
  });

  it("keeps the file that was there", async () => {
    const out = bench.file("old.csv", "old");
    const missing = predictFile(plain, table, { out, inputs: ["x", "y"], engine: bench.threads(1) });
    await expect(missing).rejects.toThrow(/expected a column "y", got none/);
    expect(readFileSync(out, "utf8")).toBe("old");
    hasLeftNothing();
  });

  it("ends with the reason of the signal", async () => {
    const stop = new AbortController();
    const out = bench.path("stopped.csv");
    const onProgress: PredictFileOptions["onProgress"] = ({ done }) => {
      if (done === 2) stop.abort(new Error("enough"));
    };
    const options = { out, parts: 50, engine: bench.threads(2), onProgress, signal: stop.signal };
    await expect(predictFile(model, table, options)).rejects.toThrow("enough");
    expect(existsSync(out)).toBe(false);
    hasLeftNothing();
  });

  it.each([
    [{ out: "" }, /predictFile expected out to be the path of the file to write, got ""/],
    [{ parts: 0 }, /expected parts to be a whole number from 1 to 100000, got 0/],
    [{ task: "sorting" }, /expected task to be classification or regression, got "sorting"/],
    [{ inputs: ["x"], format: "xml" }, /predictFile: format expected csv, json, parquet, got "xml"/],
    [
      { inputs: ["x"], passed: ["x", "x"] },
      /predictFile: passed expected different names of columns, got \["x","x"\]/,
    ],
    [{ part: 2 }, /predictFile: unknown option "part"/],
    [{}, /predictFile: the model names no columns: pass inputs/],
  ])("refuses %o before anything runs", async (change, message) => {
    const engine = bench.threads(1);
    engine.run = () => Promise.reject(new Error("it ran"));
    const options = { out: bench.path("none.csv"), engine, ...change } as PredictFileOptions;
    await expect(predictFile(plain, table, options)).rejects.toThrow(message);
  });

  it.each([
    [["-", "--parts", "2", "--out", "o.csv"], /--parts is for a file in CSV or Parquet/],
    [["table.csv", "--parts", "2"], /--parts expected --out FILE, too/],
    [["table.csv", "--parts", "none", "--out", "o.csv"], /--parts expected a whole number from 1 to 100000/],
    [
      ["table.csv", "--parts", "2", "--out", "o.csv", "--bad-rows", "leave-out"],
      /--bad-rows leave-out is for whole files/,
    ],
  ])("on the command line with %o, says why", (words, message) => {
    expect(() => lanewise("predict", model, ...words)).toThrow(message);
  });
});
