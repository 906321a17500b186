import { type IdxImages, readIdxImages } from "../../cli/idx-folder.js";
import type { Images, Split } from "./images.js";

/**
 * Reads a folder of four files with the names and the format of MNIST, each gzipped or not.
 * Throws an Error that names the file and what is wrong with it.
 */
export function readIdxFolder(folder: string): Split {
  const training = readIdxImages(folder, "train");
  const test = readIdxImages(folder, "t10k");
  const sizeOf = ({ height, width }: IdxImages) => `${height} x ${width}`;
  if (sizeOf(test) !== sizeOf(training)) {
    throw new Error(
      `${test.path}: expected images of ${sizeOf(training)} pixels as in ${training.path}, got ${sizeOf(test)}`,
    );
  }
  return { training: digits(training), test: digits(test) };
}

function digits({ labelsPath, height, width, pixels, labels }: IdxImages): Images {
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong >= 0)
    throw new Error(`${labelsPath}: expected labels from 0 to 9, got ${labels[wrong]} at position ${wrong}`);
  return { size: height * width, pixels: Float32Array.from(pixels, (ink) => ink / 255), labels };
}
