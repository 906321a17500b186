import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { RandomStream } from "../../src/core/random.js";

export interface Classified {
  x: Float32Array;
  y: Int32Array;
}

/** Lines of numbers, the last of which is a class. */
function parse(lines: readonly string[], scale: (value: number, column: number) => number): Classified {
  const rows = lines.map((line) => line.split(",").map(Number));
  return {
    x: Float32Array.from(rows.flatMap((row) => row.slice(0, -1).map(scale))),
    y: Int32Array.from(rows.map((row) => row[row.length - 1])),
  };
}

/** 150 x 4, roughly standardised. */
export function iris(): Classified {
  const means = [5.84, 3.05, 3.76, 1.2];
  const deviations = [0.83, 0.43, 1.76, 0.76];
  const lines = readFileSync(new URL("../data/iris.csv", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  return parse(lines, (value, column) => (value - means[column]) / deviations[column]);
}

/** 1,797 x 64, in [0, 1]. */
export function digits(): Classified {
  const file = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
  return parse(gunzipSync(readFileSync(file)).toString().trim().split("\n"), (value) => value / 16);
}

/** A seeded part of the rows for testing, the rest for training. */
export function split(
  { x, y }: Classified,
  fraction: number,
  seed: number,
): { train: Classified; test: Classified } {
  const cols = x.length / y.length;
  const random = new RandomStream(seed, 99, 0);
  const order = Int32Array.from(y.keys());
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform(i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const take = (rows: Int32Array): Classified => ({
    x: Float32Array.from([...rows].flatMap((row) => [...x.subarray(row * cols, (row + 1) * cols)])),
    y: Int32Array.from(rows, (row) => y[row]),
  });
  const held = Math.round(y.length * fraction);
  return { train: take(order.subarray(held)), test: take(order.subarray(0, held)) };
}
