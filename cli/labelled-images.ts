import { readdirSync } from "node:fs";
import { join } from "node:path";
import { imageToTensor, labelMap, type SampleReader, takeRows, trainTestSplit } from "lanewise";
import { imageFolder } from "lanewise/node";
import { holdsIdx, type IdxImages, readIdxImages } from "./idx-folder.js";
import { isFolder, type Survey, survey } from "./image-files.js";
import type { ImageShape } from "./image-net.js";

/** Images, and the class of each as an index of the labels. */
export interface Images {
  readonly x: SampleReader;
  readonly y: Int32Array<ArrayBuffer>;
}

/** A folder of images with their classes: PNG and JPEG files in class folders, or the IDX files of MNIST. */
export interface LabelledImages {
  readonly labels: readonly string[];
  /** The number of images of each class. */
  readonly counts: readonly number[];
  readonly survey: Survey;
  /** Files that are no images. */
  readonly skipped: readonly string[];
  /** All images in a size, or a part of each class to train on and the rest to validate on. */
  read(shape: ImageShape, options: ReadOptions): { readonly training: Images; readonly validation: Images };
}

export interface ReadOptions {
  /** What is behind transparent pixels, from 0 to 1. */
  readonly background: number;
  /** The fraction to validate on, and the seed of their choice. Default 0, none. */
  readonly validation?: number;
  readonly seed?: number;
}

/** Whether a path is a folder of IDX files such as MNIST's. */
export const isIdxFolder = (path: string): boolean => isFolder(path) && holdsIdx(readdirSync(path));

/** Opens a folder. part: of IDX files, those to train on or to test on. Throws an Error that names a file. */
export function labelledImages(path: string, part: "train" | "t10k"): LabelledImages {
  return isIdxFolder(path) ? idxImages(readIdxImages(path, part)) : folderImages(path);
}

function folderImages(path: string): LabelledImages {
  const { labels, training, skipped } = imageFolder(path, { size: [1, 1] });
  return {
    labels,
    counts: countsOf(labels, training.y),
    survey: survey(training.files.map((file) => join(path, file))),
    skipped,
    read: ([height, width, depth], options) =>
      imageFolder(path, { size: [height, width], channels: depth === 1 ? 1 : 3, ...options }),
  };
}

function idxImages(images: IdxImages): LabelledImages {
  const { count, height, width } = images;
  const { labels, indices } = labelMap(Array.from(images.labels, String));
  return {
    labels,
    counts: countsOf(labels, indices),
    survey: { height, width, gray: count, coloured: 0 },
    skipped: [],
    read(shape, { validation = 0, seed = 0 }) {
      const all = { train: Int32Array.from(indices.keys()), test: new Int32Array() };
      const { train, test } =
        validation > 0 ? trainTestSplit(count, { testFraction: validation, seed, stratify: indices }) : all;
      const part = (rows: Int32Array<ArrayBuffer>) => ({
        x: new IdxReader(images, rows, shape),
        y: takeRows(indices, rows),
      });
      return { training: part(train), validation: part(test) };
    },
  };
}

const countsOf = (labels: readonly string[], indices: Int32Array): number[] => {
  const counts = new Array<number>(labels.length).fill(0);
  for (const index of indices) counts[index]++;
  return counts;
};

/** Reads images of IDX files in the size of a model. */
export class IdxReader implements SampleReader {
  readonly length: number;
  readonly size: number;

  constructor(
    private readonly images: IdxImages,
    private readonly rows: Int32Array,
    private readonly shape: ImageShape,
  ) {
    this.length = rows.length;
    this.size = shape[0] * shape[1] * shape[2];
  }

  read(index: number, to: Float32Array): void {
    const { height, width, pixels } = this.images;
    const begin = this.rows[index] * height * width;
    const data = pixels.subarray(begin, begin + height * width);
    const size = [this.shape[0], this.shape[1]] as const;
    to.set(imageToTensor({ width, height, data }, { size, channels: this.shape[2] === 1 ? 1 : 3 }).data);
  }
}
