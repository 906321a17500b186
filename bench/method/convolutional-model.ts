import {
  activation,
  type Backend,
  batchNormalization,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool2d,
  globalMaxPool1d,
  type Layer,
  maxPool2d,
  Sequential,
} from "lanewise";
import type { ConvolutionalNet, LayerOf } from "../convolutional-nets.js";

export function convolutionalModelOf(backend: Backend, { input, layers }: ConvolutionalNet): Sequential {
  return new Sequential(backend, {
    inputShape: [...input],
    seed: 7,
    layers: layers.flatMap((layer) => layersOf(layer, input.length - 1)),
  });
}

function layersOf(layer: LayerOf, dimensions: number): Layer[] {
  const relu = "relu" in layer && layer.relu ? "relu" : "linear";
  switch (layer.kind) {
    case "convolution": {
      const options = {
        activation: relu,
        padding: layer.same ? "same" : "valid",
        useBias: layer.bias ?? true,
      } as const;
      const make = dimensions === 1 ? conv1d : conv2d;
      return [make(layer.filters, layer.size, options)];
    }
    case "depthwise":
      return [depthwiseConv2d(layer.size, { strides: layer.strides, padding: "same", activation: relu })];
    case "batchNorm":
      return [batchNormalization(), ...(layer.relu ? [activation("relu")] : [])];
    case "maxPool":
      return [maxPool2d({ poolSize: layer.size })];
    case "globalAverage":
      return [globalAveragePool2d()];
    case "globalMax":
      return [globalMaxPool1d()];
    case "flatten":
      return [flatten()];
    case "dense":
      return [dense(layer.units, { activation: relu })];
  }
}
