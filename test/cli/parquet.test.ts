import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { fileParts } from "../../src/node.js";
import { QUICK, table, Workplace } from "./program.js";

/** test/data/parquet/README.md says what the files are and what wrote them. */

const place = new Workplace();
const file = (name: string) => fileURLToPath(new URL(`../data/parquet/${name}`, import.meta.url));
const train = (name: string) => place.json("train", file(name), "--target", "kind", ...QUICK);
const codecs = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"];

async function read(name: string) {
  for await (const table of fileParts(file(name))) return table;
  throw new Error(`${name} has no part`);
}

describe("a Parquet file", () => {
  it.each(codecs)("of %s gives the model of its CSV, and the same predictions", (codec) => {
    const { sha256, columns } = train("flowers.csv");
    const csv = place.run("predict", "model.safetensors", file("flowers.csv"), "--id", "id,colour").out;
    const found = train(`${codec}.parquet`);
    expect(found.columns).toEqual(columns);
    expect(found.sha256).toBe(sha256);
    expect(place.run("predict", "model.safetensors", file(`${codec}.parquet`), "--id", "id,colour").out).toBe(
      csv,
    );
  });

  it.each(codecs)("of %s is read as text: gaps, decimals, truths, dates and times", async (codec) => {
    const table = await read(`${codec}.parquet`);
    expect([table.rows, table.lines[39]]).toEqual([40, 40]);
    expect(table.record(0)).toEqual({
      id: "0",
      large: "1000000000000",
      length: "0",
      price: "0",
      colour: "",
      fresh: "true",
      picked: "2024-01-28",
      sold: "2024-02-01T06:30:00.000Z",
      opened: "06:30:00",
      petals: "",
      kind: "x",
    });
    expect(table.record(39)).toMatchObject({
      large: "1000000000273",
      length: "19.5",
      price: "1",
      colour: "red",
      fresh: "false",
      picked: "2024-01-31",
      opened: "06:33:00",
      petals: "7",
    });
  });

  it("has columns within a column as JSON", async () => {
    const table = await read("nested.parquet");
    expect(table.columns).toEqual(["id", "both", "kind"]);
    expect(table.record(3)).toEqual({ id: "3", both: '{"a":3,"b":[3,2]}', kind: "x" });
  });

  it("is refused without rows", () => {
    expect(place.run("train", file("empty.parquet"), "--target", "kind")).toEqual({
      status: 1,
      out: "",
      error: `${file("empty.parquet")}: expected rows, got none\n`,
    });
  });
});

describe("predict with --out x.parquet", () => {
  place.json("train", table("iris"), "--target", "species", ...QUICK, "--out", "iris.safetensors");
  const predict = (...words: string[]) => place.run("predict", "iris.safetensors", ...words);
  const written = async (name: string) => {
    const buffer = await asyncBufferFromFile(place.path(name));
    return parquetReadObjects({ file: buffer });
  };

  it("writes the columns of the CSV, probabilities as float32", async () => {
    const csv = predict(table("iris"), "--id", "species").out.trim().split("\n");
    const { status, error } = predict(table("iris"), "--id", "species", "--out", "out.parquet");
    expect([status, error]).toEqual([
      0,
      expect.stringMatching(/^wrote out\.parquet, 150 rows in .* s, .* rows\/s\n$/),
    ]);
    const rows = await written("out.parquet");
    const [header] = csv;
    expect(Object.keys(rows[0]).join(",")).toBe(header);
    const cell = (value: unknown) => (typeof value === "number" ? Number(value.toPrecision(9)) : value);
    expect(rows.map((row) => Object.values(row).map(cell).join(","))).toEqual(csv.slice(1));
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(place.path("out.parquet")));
    expect(metadata.schema.map(({ type }) => type)).toEqual([
      undefined,
      ...["BYTE_ARRAY", "BYTE_ARRAY", "FLOAT", "FLOAT", "FLOAT", "FLOAT"],
    ]);
  });

  it("keeps the types of columns that are passed through, in several row groups", async () => {
    const count = 150_000;
    const id = BigInt64Array.from({ length: count }, (_, i) => 9_007_199_254_740_993n + BigInt(i));
    const price = Float64Array.from({ length: count }, (_, i) => i / 3);
    const width = Float64Array.from({ length: count }, (_, i) => (i % 50) / 10);
    const names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    parquetWriteFile({
      filename: place.path("many.parquet"),
      columnData: [
        ...names.map((name) => ({ name, data: width })),
        { name: "id", data: id },
        { name: "price", data: price },
      ],
      rowGroupSize: 40_000,
    });
    const { status, error } = predict("many.parquet", "--id", "id,price", "--out", "many-out.parquet");
    expect(error).toMatch(/^\d+,\d{3} rows, .* rows\/s, about \d+ s left\n/);
    expect(status).toBe(0);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(place.path("many-out.parquet")));
    expect(metadata.row_groups.length).toBeGreaterThan(1);
    const rows = await written("many-out.parquet");
    expect(rows).toHaveLength(count);
    expect([rows[count - 1].id, rows[count - 1].price]).toEqual([id[count - 1], price[count - 1]]);
    // A row is predicted alike wherever it stands.
    expect(rows[149_999].setosa).toBe(rows[49].setosa);
  });

  it("leaves no file when it is interrupted, and the old one as it was", async () => {
    place.file("kept.parquet", "as it was");
    const before = readdirSync(place.folder).sort();
    const child = place.start("predict", "iris.safetensors", "-", "--out", "kept.parquet");
    const ended = once(child, "exit");
    child.stdin?.on("error", () => {});
    child.stdin?.write(
      `sepal_length,sepal_width,petal_length,petal_width\n${"5.1,3.5,1.4,0.2\n".repeat(100_000)}`,
    );
    await once(child.stderr ?? child, "data");
    expect(readdirSync(place.folder)).toHaveLength(before.length + 1);
    child.kill("SIGTERM");
    expect(await ended).toEqual([143, null]);
    expect(readdirSync(place.folder).sort()).toEqual(before);
    expect(readFileSync(place.path("kept.parquet"), "utf8")).toBe("as it was");
  });

  it("leaves no file when a value far down is missing in a column that has to have one", async () => {
    const count = 90_000;
    parquetWriteFile({
      filename: place.path("late.parquet"),
      columnData: ["sepal_length", "sepal_width", "petal_length", "petal_width"].map((name, column) => ({
        name,
        data: Array.from({ length: count }, (_, i) => (column === 2 && i === 80_000 ? "long" : "5.1")),
        type: "STRING",
      })),
      rowGroupSize: 20_000,
    });
    const before = readdirSync(place.folder).sort();
    const { status, error } = predict("late.parquet", "--out", "late-out.parquet");
    expect([status, error.split("\n").at(-2)]).toEqual([
      1,
      'late.parquet: line 80001: column petal_length: expected a number, got "long"',
    ]);
    expect(readdirSync(place.folder).sort()).toEqual(before);
  });

  it("refuses --json", () => {
    const { status, error } = predict(table("iris"), "--json", "--out", "x.parquet");
    expect([status, error.split("\n")[0]]).toEqual([
      2,
      "--json writes lines of JSON, but x.parquet is the name of a Parquet file (lanewise predict --help lists what there is)",
    ]);
  });
});
