import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type IdxData, parseIdx } from "lanewise";

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
  if (!readdirSync(folder).some((name) => /idx\d-ubyte(\.gz)?$/.test(name)))
    throw new Error(
      `${folder}: expected a CSV file, or a folder with ${part}-images-idx3-ubyte and ${part}-labels-idx1-ubyte, got a folder without`,
    );
  const images = readIdx(folder, `${part}-images-idx3-ubyte`, 3);
  const labels = readIdx(folder, `${part}-labels-idx1-ubyte`, 1);
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

function readIdx(folder: string, name: string, dimensions: number): IdxData & { readonly path: string } {
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
