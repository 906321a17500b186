import type { Structure } from "../network/structure.js";

/** Layers that have channels first in PyTorch and ONNX, and last in lanewise. */
const ofImages = new Set([
  "averagePool1d",
  "averagePool2d",
  "batchNormalization",
  "conv1d",
  "conv2d",
  "conv2dTranspose",
  "cropping1d",
  "cropping2d",
  "depthwiseConv2d",
  "groupNormalization",
  "maxPool1d",
  "maxPool2d",
  "resizing",
  "separableConv2d",
  "spatialDropout1d",
  "spatialDropout2d",
  "upSampling1d",
  "upSampling2d",
  "zeroPadding1d",
  "zeroPadding2d",
]);

/** Layers that leave each element where it is. */
const elementwise = new Set([
  "activation",
  "add",
  "average",
  "dropout",
  "gaussianNoise",
  "layerNormalization",
  "multiply",
  "prelu",
  "rmsNormalization",
  "scale",
  "scaling",
  "subtract",
]);

/**
 * For each tensor of a model: which of its elements each element is where a library has channels first and
 * flattens [channels, ...positions]; undefined where the order is the same. Only a sample of one axis that
 * comes of images has another order: images themselves are the same elements under other axes.
 */
export function channelOrders({
  inputs,
  calls,
  layers,
  shapes,
}: Structure): (readonly number[] | undefined)[] {
  const images = imagesIn(inputs.length, calls, (layer) => layers[layer].layer.config.type, shapes);
  const orders: (readonly number[] | undefined)[] = [];
  for (const { layer, inputs: taken, output } of calls) {
    const { type } = layers[layer].layer.config;
    const [first] = taken;
    const isRow = shapes[output].length === 1;
    if (isRow && images.has(first) && shapes[first].length > 1 && (type === "flatten" || type === "reshape"))
      orders[output] = flattened(shapes[first]);
    else if (isRow && type === "concatenate")
      orders[output] = joined(
        taken.map((tensor) => orders[tensor]),
        taken.map((tensor) => shapes[tensor][0]),
      );
    else if (isRow && (elementwise.has(type) || type === "batchNormalization"))
      orders[output] = orders[first];
  }
  return orders;
}

/** The tensors that are images or sequences of channels. */
function imagesIn(
  inputs: number,
  calls: Structure["calls"],
  typeOf: (layer: number) => string,
  shapes: Structure["shapes"],
): Set<number> {
  const images = new Set<number>();
  const isImage = (tensor: number) => shapes[tensor].length > 1;
  // From the last to the first: what goes to a layer of images, through layers that keep each element, is one.
  for (const { layer, inputs: taken, output } of [...calls].reverse()) {
    const type = typeOf(layer);
    const passes = (elementwise.has(type) || type === "concatenate") && images.has(output);
    if (ofImages.has(type) || type.startsWith("global") || passes)
      for (const tensor of taken) if (isImage(tensor) && (tensor < inputs || passes)) images.add(tensor);
  }
  for (const { layer, inputs: taken, output } of calls) {
    const type = typeOf(layer);
    const passes =
      (elementwise.has(type) || type === "concatenate") && taken.some((tensor) => images.has(tensor));
    if (isImage(output) && (ofImages.has(type) || type.startsWith("global") || passes)) images.add(output);
  }
  return images;
}

/** [channels, ...positions] row-major, as elements of [...positions, channels]. */
function flattened(shape: readonly number[]): readonly number[] | undefined {
  const channels = shape[shape.length - 1];
  const positions = shape.slice(0, -1).reduce((size, length) => size * length, 1);
  if (channels === 1 || positions === 1) return undefined;
  return Array.from(
    { length: channels * positions },
    (_, i) => (i % positions) * channels + Math.floor(i / positions),
  );
}

/** The orders of rows behind one another. */
function joined(
  orders: readonly (readonly number[] | undefined)[],
  sizes: readonly number[],
): readonly number[] | undefined {
  if (orders.every((order) => order === undefined)) return undefined;
  let begin = 0;
  return orders.flatMap((order, i) => {
    const own = Array.from({ length: sizes[i] }, (_, j) => begin + (order?.[j] ?? j));
    begin += sizes[i];
    return own;
  });
}
