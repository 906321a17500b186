import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { permutation } from "../../cli/random.js";

/** Images of digits. */
export interface Images {
  /** Pixels of an image. */
  readonly size: number;
  /** All pixels, image by image, from 0 (paper) to 1 (ink). */
  readonly pixels: Float32Array;
  /** The digit that each image shows. */
  readonly labels: Uint8Array;
}

/** Images to learn from and images to be tested on. */
export interface Split {
  readonly training: Images;
  readonly test: Images;
}

/** The 1,797 images of 8 x 8 pixels in data/. */
export function loadDigits(): Images {
  const text = gunzipSync(readFileSync(new URL("data/digits.csv.gz", import.meta.url)));
  const rows = parse(text).map((row) => row.map(Number));
  return {
    size: 64,
    pixels: Float32Array.from(rows.flatMap((row) => row.slice(0, 64).map((ink) => ink / 16))),
    labels: Uint8Array.from(rows, (row) => row[64]),
  };
}

/**
 * Deals the images, shuffled by the seed, into parts of the same size (give or take one); split i tests on
 * part i and trains on the others.
 */
export function splitIntoFolds(images: Images, folds: number, seed: number): Split[] {
  const n = images.labels.length;
  const order = permutation(n, seed);
  return Array.from({ length: folds }, (_, i) => {
    const begin = Math.floor((i * n) / folds);
    const end = Math.floor(((i + 1) * n) / folds);
    return {
      training: pick(images, [...order.slice(0, begin), ...order.slice(end)]),
      test: pick(images, order.slice(begin, end)),
    };
  });
}

/** The images of these rows. */
export function pick({ size, pixels, labels }: Images, rows: readonly number[]): Images {
  const picked = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    picked.set(pixels.subarray(row * size, (row + 1) * size), i * size);
  });
  return { size, pixels: picked, labels: Uint8Array.from(rows, (row) => labels[row]) };
}
