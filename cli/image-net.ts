import { activation, conv2d, dense, dropout, flatten, type Layer, scaling } from "lanewise";

/** Filters of the convolutions, one after the other. */
const FILTERS = [16, 32, 64];
/** Images with a longer side are halved by the first convolution, too. */
const WHOLE = 32;
/** A side of so few pixels is not halved further. */
const LEAST = 4;
const UNITS = 64;

/** The height, the width and the channels of a model's images. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/**
 * A small network for images: three convolutions of 3 x 3, which halve the image, and a hidden layer. The
 * inputs go from 0 to 1.
 */
export function imageLayers([height, width, channels]: ImageShape, classes: number): Layer[] {
  const size = height * width * channels;
  let side = Math.min(height, width);
  const layers: Layer[] = [
    scaling({ mean: new Array(size).fill(0.5), deviation: new Array(size).fill(0.25) }),
  ];
  for (const [i, filters] of FILTERS.entries()) {
    const halves = side > LEAST && (i > 0 || Math.max(height, width) > WHOLE);
    layers.push(
      conv2d(filters, 3, {
        strides: halves ? 2 : 1,
        padding: "same",
        activation: "relu",
        kernelInitializer: "heUniform",
      }),
    );
    if (halves) side = Math.ceil(side / 2);
  }
  layers.push(
    flatten(),
    dropout(0.25),
    dense(UNITS, { activation: "relu", kernelInitializer: "heUniform" }),
    dropout(0.25),
  );
  layers.push(dense(classes), activation("softmax"));
  return layers;
}

/** The longer side of images by default at most: a network for larger ones takes long on a processor. */
const LARGEST_SIDE = 64;

/** The size for images of a median height and width, of the same shape and not larger than need be. */
export function imageSize(height: number, width: number): [height: number, width: number] {
  const factor = Math.min(1, LARGEST_SIDE / Math.max(height, width));
  return [Math.max(1, Math.round(height * factor)), Math.max(1, Math.round(width * factor))];
}
