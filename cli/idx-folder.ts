import { existsSync } from "node:fs";
import { join } from "node:path";
import type { IdxData } from "lanewise";
import { readIdx } from "lanewise/node";

/** Images with labels, from the two files of one part of a folder. */
export interface IdxImages {
  /** The file with the images, for messages. */
  readonly path: string;
  /** The file with the labels, for messages. */
  readonly labelsPath: string;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** All pixels, image by image, from 0 to 255. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Reads the training or the test part of a folder of four files with the names and the format of MNIST, each
 * gzipped or not. Throws an Error that names the file and what is wrong with it.
 */
export function readIdxImages(folder: string, part: "train" | "t10k"): IdxImages {
  const images = readPart(folder, `${part}-images-idx3-ubyte`, 3);
  const labels = readPart(folder, `${part}-labels-idx1-ubyte`, 1);
  const [count, height, width] = images.shape;
  if (images.data.length === 0)
    throw new Error(
      `${images.path}: expected at least one image of at least one pixel, got ${images.shape.join(" x ")}`,
    );
  if (labels.data.length !== count) {
    throw new Error(
      `${labels.path}: expected ${count} labels, one for each image of ${images.path}, got ${labels.data.length}`,
    );
  }
  return {
    path: images.path,
    labelsPath: labels.path,
    count,
    height,
    width,
    pixels: images.data,
    labels: labels.data,
  };
}

/** Whether one of these names is that of an IDX file. */
export const holdsIdx = (names: readonly string[]): boolean =>
  names.some((name) => /idx\d-ubyte(\.gz)?$/.test(name));

function readPart(folder: string, name: string, dimensions: number): IdxData & { readonly path: string } {
  const plain = join(folder, name);
  const path = existsSync(plain) ? plain : `${plain}.gz`;
  if (!existsSync(path)) throw new Error(`${path}: no such file, nor one without .gz`);
  return { ...readIdx(path, dimensions), path };
}
