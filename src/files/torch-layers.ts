import { ValueError } from "../core/errors.js";
import type { LayerConfig } from "../layers/layer.js";
import { hasRecurrentBias, slopeOfGates } from "../layers/recurrent.js";

/**
 * How PyTorch has the tensors of each layer: nn.Linear, nn.Conv2d and the like (torch 1.13,
 * torch/nn/modules).
 */

/** A tensor as PyTorch has it. */
export interface TorchTensor {
  /** Without the module's name. */
  readonly name: string;
  /** Which of the layer's modules it belongs to, from 0. */
  readonly module: number;
  readonly shape: readonly number[];
  /**
   * The own tensor seen as `sizes`, of which the file has the axes in the order `axes`. Undefined where the
   * elements are in the same order.
   */
  readonly turned?: { readonly sizes: readonly number[]; readonly axes: readonly number[] };
  /** Which axis of `sizes`, or of the own shape, is in the order of the layer's input. */
  readonly inputAxis?: number;
}

/** A bias that PyTorch has beside one of the layer, whose sum the layer has as one. */
export interface AddedBias {
  /** What the layer would call it, and the tensor that it goes to. */
  readonly own: string;
  readonly to: string;
  /** From which element on it has to be 0. */
  readonly zeroFrom: number;
}

/** The tensors of normalizations by their names in PyTorch. */
const norms: Readonly<Record<string, string>> = {
  gamma: "weight",
  beta: "bias",
  movingMean: "running_mean",
  movingVariance: "running_var",
};

/** Layers whose weights are a kernel, with axes of positions first. */
const convolutions = ["conv1d", "conv2d", "conv2dTranspose", "depthwiseConv2d", "separableConv2d"];

/** The tensors of recurrent layers, to which PyTorch adds the layer's number, and the direction. */
const recurrent: Readonly<Record<string, string>> = {
  weight: "weight_ih",
  recurrentWeight: "weight_hh",
  bias: "bias_ih",
  recurrentBias: "bias_hh",
};

/** The recurrent layer that a layer is, or has for both directions. */
function recurrentIn(config: LayerConfig): LayerConfig | undefined {
  const { type, layer } = config;
  if (type === "bidirectional") return layer as LayerConfig;
  return type === "simpleRnn" || type === "lstm" || type === "gru" ? config : undefined;
}

/**
 * The biases that a layer of one bias, if any, lacks: in PyTorch the product of the state has one of its own.
 * That of the third gate of a GRU cannot be added to the other.
 */
export function addedBiases(config: LayerConfig): readonly AddedBias[] {
  const inner = recurrentIn(config);
  if (!inner) return [];
  const { type, units } = inner;
  if (hasRecurrentBias(inner)) return [];
  const zeroFrom = type === "gru" ? 2 * (units as number) : Number.POSITIVE_INFINITY;
  const places = config.type === "bidirectional" ? ["forward.", "backward."] : [""];
  return places.map((place) => ({ own: `${place}recurrentBias`, to: `${place}bias`, zeroFrom }));
}

/** @throws ValueError for a recurrent layer that PyTorch has no module for */
export function checkTorch(name: string, config: LayerConfig): void {
  const inner = recurrentIn(config);
  if (!inner) return;
  const hard = slopeOfGates(inner) !== 0;
  if (!hard && inner.resetAfter !== false) return;
  throw new ValueError(
    `layer ${JSON.stringify(name)} is of type ${inner.type} with ${hard ? "gates that are hard sigmoids" : "the reset gate before the product"}, which PyTorch does not have; use a file of lanewise, ONNX or TensorFlow.js`,
  );
}

/** How many modules a layer is in an nn.Sequential. */
export function modulesIn({ type, activation, keepDims }: LayerConfig): number {
  // A convolution of each channel, and one of 1 x 1 pixels.
  const own = type === "separableConv2d" ? 2 : 1;
  if (type.startsWith("global")) return keepDims === true ? 1 : 2;
  return own + (type !== "activation" && activation !== undefined && activation !== "linear" ? 1 : 0);
}

/** The modules of a layer that have tensors. */
export const filledModules = ({ type }: LayerConfig): number => (type === "separableConv2d" ? 2 : 1);

/** A tensor of a layer in PyTorch. */
export function torchTensor(config: LayerConfig, name: string, shape: readonly number[]): TorchTensor {
  const { type } = config;
  const same = { name, module: 0, shape };
  if (recurrentIn(config)) return ofRecurrent(name, shape);
  if (type === "dense") {
    const inputAxis = name === "weight" ? 0 : undefined;
    if (shape.length < 2) return same;
    return { ...same, shape: [...shape].reverse(), turned: { sizes: shape, axes: [1, 0] }, inputAxis };
  }
  // The slopes of a PReLU are its weight, in a row.
  if (type === "prelu") {
    const size = shape.reduce((product, length) => product * length, 1);
    return {
      ...same,
      name: "weight",
      shape: [size],
      inputAxis: shape.length === 1 && size > 1 ? 0 : undefined,
    };
  }
  if (Object.hasOwn(norms, name) && type.endsWith("Normalization")) return normalized(type, name, shape);
  if (convolutions.includes(type)) return convolved(type, name, shape);
  return same;
}

/** [inputs, blocks units] is [blocks units, inputs]; the gates have the same order. */
function ofRecurrent(name: string, shape: readonly number[]): TorchTensor {
  const isBack = name.startsWith("backward.");
  const own = name.slice(name.lastIndexOf(".") + 1);
  const same = { name: `${recurrent[own]}_l0${isBack ? "_reverse" : ""}`, module: 0, shape };
  if (shape.length < 2) return same;
  return { ...same, shape: [...shape].reverse(), turned: { sizes: shape, axes: [1, 0] } };
}

/** Of several axes, which are those of an image, channels come first. */
function normalized(type: string, name: string, shape: readonly number[]): TorchTensor {
  const same = { name: norms[name], module: 0, shape };
  const inputAxis = shape.length === 1 ? 0 : undefined;
  if (shape.length === 1 || !["layerNormalization", "rmsNormalization"].includes(type))
    return { ...same, inputAxis };
  const axes = [shape.length - 1, ...[...shape.keys()].slice(0, -1)];
  return { ...same, shape: axes.map((axis) => shape[axis]), turned: { sizes: shape, axes } };
}

/** [...kernel, a, b] is [b, a, ...kernel], and [...kernel, channels, multiplier] [filters, 1, ...kernel]. */
function convolved(type: string, name: string, shape: readonly number[]): TorchTensor {
  const isEach = type === "depthwiseConv2d" || name === "depthwiseWeight";
  const module = type === "separableConv2d" && !isEach ? 1 : 0;
  if (shape.length === 1) return { name, module, shape };
  const positions = [...shape.keys()].slice(0, -2);
  const [a, b] = [shape.length - 2, shape.length - 1];
  const kernel = positions.map((axis) => shape[axis]);
  const axes = isEach ? [a, b, ...positions] : [b, a, ...positions];
  const turned = isEach ? [shape[a] * shape[b], 1, ...kernel] : axes.map((axis) => shape[axis]);
  return { name: "weight", module, shape: turned, turned: { sizes: shape, axes } };
}
