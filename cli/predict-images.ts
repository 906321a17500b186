import { readImage } from "lanewise/node";
import type { ImageModel } from "./image-model.js";
import type { Outputs } from "./predictions.js";

/** The batch size of predictions. */
const TOGETHER = 64;

/** What a model gives for image files, some at a time. Throws an Error that names a file that is damaged. */
export async function* imageOutputs(
  { model, shape: [height, width, channels], background }: ImageModel,
  files: readonly string[],
): AsyncGenerator<Outputs, void, void> {
  const options = { size: [height, width] as const, channels: channels === 1 ? 1 : 3, background } as const;
  for (let begin = 0; begin < files.length; begin += TOGETHER) {
    const names = files.slice(begin, begin + TOGETHER);
    const inputs = names.map((file) => readImage(file, options).data);
    yield { rows: names.length, outputs: Float64Array.from(model.predict(inputs)), names };
  }
}
