import { mkdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Random } from "../support/random.js";
import { Workplace } from "./program.js";

const place = new Workplace();

function idx(shape: readonly number[], data: readonly number[]): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 + shape.length);
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, Uint8Array.from(data)]);
}

/** Images of 4 x 4 with a bright row where the label says, on noise. */
function images(count: number, seed: number) {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 4);
  const pixels = labels.flatMap((label) =>
    Array.from(
      { length: 16 },
      (_, pixel) => random.integer(100) + (Math.floor(pixel / 4) === label ? 150 : 0),
    ),
  );
  return { images: idx([count, 4, 4], pixels), labels: idx([count], labels) };
}

mkdirSync(place.path("bars"));
const [training, test] = [images(400, 1), images(100, 2)];
place.file("bars/train-images-idx3-ubyte", training.images);
place.file("bars/train-labels-idx1-ubyte.gz", gzipSync(training.labels));
place.file("bars/t10k-images-idx3-ubyte.gz", gzipSync(test.images));
place.file("bars/t10k-labels-idx1-ubyte", test.labels);

describe("a folder of IDX files", () => {
  it("is learned from its training files and judged on its test files, gzipped or not", () => {
    expect(place.json("train", "bars", "--out", "bars.safetensors")).toMatchObject({
      target: "label",
      labels: ["0", "1", "2", "3"],
      rows: { training: 320, heldOut: 80 },
    });
    expect(place.json("evaluate", "bars.safetensors", "bars").scores).toMatchObject({
      samples: 100,
      accuracy: 1,
    });
    const rows = place.run("predict", "bars.safetensors", "bars").out.trim().split("\n");
    expect(rows.slice(0, 3).map((row) => row.split(",")[0])).toEqual(["prediction", "0", "1"]);
    expect(rows).toHaveLength(101);
  });

  it("has names for its pixels, so that a table of them is as good", () => {
    const header = Array.from({ length: 16 }, (_, i) => `pixel${i}`);
    place.file(
      "bar.csv",
      `${header.join(",")}\n${header.map((_, i) => (i >= 8 && i < 12 ? 250 : 10)).join(",")}\n`,
    );
    expect(place.run("predict", "bars.safetensors", "bar.csv").out).toMatch(/\n2,/);
  });

  it("is named with the file that is missing or wrong", () => {
    mkdirSync(place.path("none"));
    expect(place.run("train", "none")).toMatchObject({
      status: 1,
      error:
        "none: expected a CSV file, a folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, or one with a folder of PNG or JPEG images for each class, got a folder with neither\n",
    });
    mkdirSync(place.path("half"));
    place.file("half/train-labels-idx1-ubyte", training.labels);
    expect(place.run("train", "half")).toMatchObject({
      status: 1,
      error: "half/train-images-idx3-ubyte.gz: no such file, nor one without .gz\n",
    });
    mkdirSync(place.path("short"));
    place.file("short/train-images-idx3-ubyte", training.images);
    place.file("short/train-labels-idx1-ubyte", test.labels);
    expect(place.run("train", "short").error).toBe(
      "short/train-labels-idx1-ubyte: expected 400 labels, one for each image of short/train-images-idx3-ubyte, got 100\n",
    );
  });
});
