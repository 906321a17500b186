import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  FormatError,
  type ImageOptions,
  imageToTensor,
  labelMap,
  type SampleReader,
  takeRows,
  trainTestSplit,
  ValueError,
} from "../index.js";
import { reasonOf } from "./read-file.js";
import { readImage } from "./read-image.js";

/** The options of `imageFolder`. */
export interface ImageFolderOptions extends ImageOptions {
  /** Height and width that all images are resized to. */
  size: readonly [height: number, width: number];
  /** Values of a pixel: 1 for gray, 3 for colours. Default 3. */
  channels?: 1 | 3;
  /** Fraction of the images of each class to validate on, at least 0 and below 1. Default 0, none. */
  validation?: number;
  /** The seed of their choice. Default 0. */
  seed?: number;
}

/** Images with their classes, each of which is read when it is needed. */
export interface ImageSamples {
  /** The images, as `fit`, `evaluate` and `predict` take them: height x width x channels values each. */
  readonly x: SampleReader;
  /** The class of each, an index of `labels`. */
  readonly y: Int32Array<ArrayBuffer>;
  /** The path of each within the folder, with "/" on every system. */
  readonly files: readonly string[];
}

/** The classes and samples of a folder of images. */
export interface ImageFolder {
  /** The names of the classes, which are those of the folders, in the order of their code units. */
  readonly labels: readonly string[];
  /** The images to train on, in the order of their paths. */
  readonly training: ImageSamples;
  /** The images to validate on, likewise; none where `validation` is 0. */
  readonly validation: ImageSamples;
  /** Files that are no images by their names, and images in no class folder. */
  readonly skipped: readonly string[];
}

/** Names of image files. */
const IMAGE = /\.(png|jpe?g)$/i;

/**
 * The images of a folder that has a folder for each class: PNG and JPEG files, at any depth below it. Names
 * that begin with a dot are passed over. Nothing is decoded here: `fit` reads each image once before the
 * first step, and names a file that is damaged.
 *
 * @example
 * const { labels, training, validation } = imageFolder("shapes", {
 *   size: [16, 16], channels: 1, validation: 0.2, seed: 1,
 * });
 * const layers = [flatten(), dense(3, { activation: "softmax" })];
 * const model = new Sequential(backend, { inputShape: [16, 16, 1], labels, layers });
 * await model.fit(training.x, training.y, {
 *   loss: "categoricalCrossEntropy", epochs: 2, validationData: [validation.x, validation.y],
 * });
 * console.log(labels.join(" ")); // circle square triangle
 *
 * @throws FormatError for a folder that cannot be read, without images, or with those of one class;
 * ValueError for options out of range, and where a class has a single image and some are to be validated on
 */
export function imageFolder(folder: string, options: ImageFolderOptions): ImageFolder {
  const { size, channels = 3, background, validation = 0, seed = 0, ...others } = options ?? {};
  for (const name of Object.keys(others))
    throw new ValueError(
      `imageFolder: unknown option "${name}"; known are size, channels, background, validation, seed`,
    );
  if (size === undefined)
    throw new ValueError("imageFolder expected size to be [height, width], got undefined");
  const image = { size, channels, ...(background !== undefined && { background }) };
  // Wrong options are found before anything is read.
  imageToTensor({ width: 1, height: 1, data: new Uint8Array(1) }, image);
  // File systems have orders of their own.
  const all = filesOf(folder).sort();
  const isFound = (path: string) => path.includes("/") && IMAGE.test(path);
  const [found, skipped] = [all.filter(isFound), all.filter((path) => !isFound(path))];
  const classes = found.map((file) => file.slice(0, file.indexOf("/")));
  const { labels, indices } = labelMap(classes);
  if (found.length === 0)
    throw new FormatError(
      `${folder}: expected a folder for each class with PNG or JPEG images, got no images${skipped.length > 0 ? ` among ${skipped.length} other files, such as ${skipped[0]}` : ""}`,
    );
  if (labels.length === 1)
    throw new FormatError(
      `${folder}: expected folders with images for two classes or more, got one, ${labels[0]}`,
    );
  const alone = labels.find((_, label) => indices.filter((index) => index === label).length === 1);
  if (validation > 0 && alone !== undefined)
    throw new ValueError(
      `${join(folder, alone)}: expected two images or more, one of which to validate on, got one`,
    );
  const { train, test } =
    validation === 0
      ? { train: Int32Array.from(found.keys()), test: new Int32Array() }
      : trainTestSplit(found.length, { testFraction: validation, seed, stratify: indices });
  const part = (rows: Int32Array): ImageSamples => {
    const files = takeRows(found, rows);
    return { x: new ImageReader(folder, files, image), y: takeRows(indices, rows), files };
  };
  return { labels, training: part(train), validation: part(test), skipped };
}

/**
 * The paths of the PNG and JPEG files of a folder, at any depth, within it and sorted; with "/" on every
 * system. Names that begin with a dot are passed over.
 *
 * @example
 * const [first] = imageFiles("shapes");
 * console.log(first); // circle/00.png
 *
 * @throws FormatError for a folder that cannot be read
 */
export function imageFiles(folder: string): string[] {
  return filesOf(folder)
    .filter((path) => IMAGE.test(path))
    .sort();
}

/** Reads images of a folder. */
class ImageReader implements SampleReader {
  readonly length: number;
  readonly size: number;

  constructor(
    private readonly folder: string,
    private readonly files: readonly string[],
    private readonly options: ImageFolderOptions & { readonly channels: number },
  ) {
    const [height, width] = options.size;
    this.length = files.length;
    this.size = height * width * options.channels;
  }

  read(index: number, to: Float32Array): void {
    to.set(readImage(join(this.folder, this.files[index]), this.options).data);
  }
}

/** The paths of all files of a folder. */
function filesOf(folder: string, within = ""): string[] {
  return entriesOf(within === "" ? folder : join(folder, within))
    .filter(({ name }) => !name.startsWith("."))
    .flatMap((entry) => {
      const path = within === "" ? entry.name : `${within}/${entry.name}`;
      return entry.isDirectory() ? filesOf(folder, path) : [path];
    });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new FormatError(`${folder}: ${reasonOf(error)}`);
  }
}
