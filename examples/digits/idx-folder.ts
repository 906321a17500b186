import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type IdxData, parseIdx } from "lanewise";
import type { Images, Split } from "./images.js";

/** A parsed file, and its path for messages. */
interface IdxFile extends IdxData {
  readonly path: string;
}

/**
 * Reads a folder of four files with the names and the format of MNIST, each gzipped or not.
 * Throws an Error that names the file and what is wrong with it.
 */
export function readIdxFolder(folder: string): Split {
  const trainImages = readIdx(folder, "train-images-idx3-ubyte", 3);
  const testImages = readIdx(folder, "t10k-images-idx3-ubyte", 3);
  const sizeOf = ({ shape: [, height, width] }: IdxFile) => `${height} x ${width}`;
  if (sizeOf(testImages) !== sizeOf(trainImages)) {
    throw new Error(`${testImages.path}: expected images of ${sizeOf(trainImages)} pixels as in ${trainImages.path}, got ${sizeOf(testImages)}`);
  }
  return {
    training: labelled(trainImages, readIdx(folder, "train-labels-idx1-ubyte", 1)),
    test: labelled(testImages, readIdx(folder, "t10k-labels-idx1-ubyte", 1)),
  };
}

function readIdx(folder: string, name: string, dimensions: number): IdxFile {
  const plain = join(folder, name);
  const path = existsSync(plain) ? plain : `${plain}.gz`;
  return { ...parseIdx(unzipped(path), path, dimensions), path };
}

/** The content of a file, unzipped where it begins as gzip does. */
function unzipped(path: string): Uint8Array {
  if (!existsSync(path)) throw new Error(`${path}: no such file, nor one without .gz`);
  const bytes = naming(path, "cannot be read", () => readFileSync(path));
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return zipped ? naming(path, "damaged gzip data", () => gunzipSync(bytes)) : bytes;
}

/** Node's own errors do not say which file they are about. */
function naming<Result>(path: string, what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new Error(`${path}: ${what} (${error instanceof Error ? error.message : error})`);
  }
}

function labelled(images: IdxFile, labels: IdxFile): Images {
  const [count, height, width] = images.shape;
  if (images.data.length === 0) throw new Error(`${images.path}: expected at least one image of at least one pixel, got ${images.shape.join(" x ")}`);
  if (labels.data.length !== count)
    throw new Error(`${labels.path}: expected ${count} labels, one for each image of ${images.path}, got ${labels.data.length}`);
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) throw new Error(`${labels.path}: expected labels from 0 to 9, got ${labels.data[wrong]} at position ${wrong}`);
  return { size: height * width, pixels: Float32Array.from(images.data, (ink) => ink / 255), labels: labels.data };
}
