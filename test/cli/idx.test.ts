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

/** Images of 8 x 8 with two bright rows where the label says, on noise. */
function images(count: number, seed: number) {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 4);
  const pixels = labels.flatMap((label) =>
    Array.from(
      { length: 64 },
      (_, pixel) => random.integer(100) + (Math.floor(pixel / 16) === label ? 150 : 0),
    ),
  );
  return { images: idx([count, 8, 8], pixels), labels: idx([count], labels) };
}

mkdirSync(place.path("bars"));
const [training, test] = [images(400, 1), images(100, 2)];
place.file("bars/train-images-idx3-ubyte", training.images);
place.file("bars/train-labels-idx1-ubyte.gz", gzipSync(training.labels));
place.file("bars/t10k-images-idx3-ubyte.gz", gzipSync(test.images));
place.file("bars/t10k-labels-idx1-ubyte", test.labels);

describe("a folder of IDX files", () => {
  it("is learned from its training files and judged on its test files, gzipped or not", () => {
    const words = ["train", "bars", "--augment", "none", "--epochs", "12", "--out", "bars.safetensors"];
    expect(place.json(...words)).toMatchObject({
      task: "classification",
      labels: ["0", "1", "2", "3"],
      counts: [100, 100, 100, 100],
      ...{ height: 8, width: 8, channels: 1, images: { training: 320, heldOut: 80 } },
    });
    const { scores } = place.json("evaluate", "bars.safetensors", "bars");
    expect(scores.samples).toBe(100);
    expect(scores.accuracy).toBeGreaterThan(0.95);
    const rows = place.run("predict", "bars.safetensors", "bars").out.trim().split("\n");
    expect(rows.slice(0, 3).map((row) => row.split(",")[0])).toEqual(["prediction", "0", "1"]);
    expect(rows).toHaveLength(101);
  });

  it("is images: options of tables are refused", () => {
    for (const words of [
      ["train", "bars", "--target", "label"],
      ["predict", "bars.safetensors", "bars", "--id", "x"],
    ])
      expect(place.run(...words)).toMatchObject({
        status: 2,
        error: expect.stringMatching(
          / is for tables( and time series \(--forecast\))?, and bars is (a folder of images|none)/,
        ),
      });
  });

  it("is named with the file that is missing or wrong", () => {
    mkdirSync(place.path("none"));
    expect(place.run("train", "none")).toMatchObject({
      status: 1,
      error:
        "none: expected a table in CSV, JSON or Parquet, or a folder of images, got a folder with no images\n",
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
