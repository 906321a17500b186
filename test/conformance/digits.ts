import { type Images, loadDigits, splitIntoFolds } from "../../examples/digits/images.js";

/**
 * The digits that `npm start` trains and tests on, as a module that every runtime can import: `export default
 * { training, test }`, each { pixels, labels }, 64 whole numbers from 0 (paper) to 16 (ink) an image.
 */
export function digitsModule(): string {
  const { training, test } = splitIntoFolds(loadDigits(), 5, 1)[0];
  const plain = ({ pixels, labels }: Images) => ({
    pixels: Array.from(pixels, (ink) => ink * 16),
    labels: [...labels],
  });
  return `export default ${JSON.stringify({ training: plain(training), test: plain(test) })};\n`;
}
