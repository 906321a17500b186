import type { Backend } from "lanewise";
import type { ImageShape } from "./image-net.js";
import { type AskedRoles, type Predictor, predictorOf, readModel } from "./predictor.js";

/** A model that takes images. */
export interface ImageModel extends Predictor {
  readonly shape: ImageShape;
  /** What is behind transparent pixels. */
  readonly background: number;
}

/**
 * What a model's file says of its images, beside the shape of its inputs: the entry `images` of its metadata.
 */
interface ImageMetadata {
  readonly background: number;
}

export const imageMetadata = (background: number): string =>
  JSON.stringify({ background } satisfies ImageMetadata);

/** Reads a model for images, whoever trained it. Throws an Error that names the file. */
export async function readImageModel(
  backend: Backend,
  path: string,
  asked: AskedRoles,
  say: (sentence: string) => void,
): Promise<ImageModel> {
  const read = await readModel(backend, path);
  const { inputShape, metadata } = read.model;
  const [height, width, channels] = inputShape;
  if (inputShape.length !== 3 || !(channels === 1 || channels === 3))
    throw new Error(
      `${path}: expected a model of images, whose input is [height, width, 1 or 3], got one of [${inputShape.join(", ")}]`,
    );
  const known = backgroundOf(metadata.images);
  if (known === undefined)
    say(`inputs: pixels from 0 to 1, over white where they are transparent, since ${path} does not say`);
  const predictor = predictorOf(path, read, asked, say);
  return { ...predictor, shape: [height, width, channels], background: known ?? 1 };
}

function backgroundOf(text: string | undefined): number | undefined {
  try {
    const { background }: Partial<ImageMetadata> = JSON.parse(text ?? "");
    return typeof background === "number" && background >= 0 && background <= 1 ? background : undefined;
  } catch {
    return undefined;
  }
}
