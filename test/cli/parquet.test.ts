import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parquetParts } from "../../cli/parquet.js";
import { QUICK, Workplace } from "./program.js";

/** test/data/parquet/README.md says what the files are and what wrote them. */

const place = new Workplace();
const file = (name: string) => fileURLToPath(new URL(`../data/parquet/${name}`, import.meta.url));
const train = (name: string) => place.json("train", file(name), "--target", "kind", ...QUICK);
const codecs = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"];

async function read(name: string) {
  for await (const table of parquetParts(file(name))) return table;
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
      error: `${file("empty.parquet")}: cannot be read as Parquet: expected rows, got none\n`,
    });
  });
});
