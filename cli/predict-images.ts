import { readImage } from "lanewise/node";
import type { Outputs } from "../src/distributed/score/lines.js";
import type { IdxImages } from "./idx-folder.js";
import type { ImageModel } from "./image-model.js";
import { IdxReader } from "./labelled-images.js";

/** The batch size of predictions. */
const TOGETHER = 64;

/** What a model gives for image files, some at a time. Throws an Error that names a file that is damaged. */
export async function* imageOutputs(
  { predict, shape: [height, width, channels], background }: ImageModel,
  files: readonly string[],
): AsyncGenerator<Outputs, void, void> {
  const options = { size: [height, width] as const, channels: channels === 1 ? 1 : 3, background } as const;
  for (let begin = 0; begin < files.length; begin += TOGETHER) {
    const names = files.slice(begin, begin + TOGETHER);
    const inputs = names.map((file) => readImage(file, options).data);
    yield { rows: names.length, outputs: predict(inputs), passed: [names] };
  }
}

/** What a model gives for the images of an IDX file, some at a time. */
export async function* idxOutputs(
  { predict, shape }: ImageModel,
  images: IdxImages,
): AsyncGenerator<Outputs, void, void> {
  for (let begin = 0; begin < images.count; begin += TOGETHER) {
    const rows = Math.min(TOGETHER, images.count - begin);
    const indices = Int32Array.from({ length: rows }, (_, i) => begin + i);
    yield { rows, outputs: predict(new IdxReader(images, indices, shape)) };
  }
}
