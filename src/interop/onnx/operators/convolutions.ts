import type { NodeProto } from "onnx-buf";
import { conv1d, conv2d, conv2dTranspose, depthwiseConv2d, type Layer } from "../../../index.js";
import { activationBehind } from "../activations.js";
import { integersOf, nameOf, numberOf, textOf, wrong } from "../graph.js";
import { channelsLast, type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { type Constant, sizeOf, strided, stridesOf } from "../tensor.js";
import {
  countsOf,
  giveImage,
  halves,
  imageOf,
  optionsOf,
  pair,
  type Sides,
  tensorOf,
  type Windows,
  windowsOf,
} from "./windows.js";

/** Weights of at least one number, for these axes of positions. @throws FormatError */
function weightsOf(reading: Reading, node: NodeProto, value: Value): Constant {
  const weights = reading.constants.needed(node, 1, "its weights");
  reading.constants.spend(node, weights.values.length);
  const { dims } = weights;
  if (dims.length === value.dims.length + 1 && dims.every((size) => size >= 1)) return weights;
  throw wrong(
    nameOf(node),
    `expected weights with ${value.dims.length - 1} axes of positions, got ${shapeText(dims)}`,
  );
}

/** The weights with their axes in another order. */
const turned = ({ dims, values }: Constant, axes: readonly number[]): Float64Array =>
  strided(
    values,
    axes.map((axis) => dims[axis]),
    axes.map((axis) => stridesOf(dims)[axis]),
  );

/** The axes of positions of weights, which are behind the first two. */
const positionsOf = ({ dims }: Constant): number[] => [...dims.keys()].slice(2);

/** W [filters, channels / group, ...kernel], which is [...kernel, channels / groups, filters] in lanewise. */
export const convolution: Operator = (reading, node) => {
  const value = imageOf(reading, node);
  const weights = weightsOf(reading, node, value);
  const [channels, ...sizes] = value.dims;
  const [filters, ofGroup, ...kernel] = weights.dims;
  const groups = numberOf(node, "group", 1);
  if (ofGroup * groups !== channels || filters % groups !== 0)
    throw wrong(
      nameOf(node),
      `expected weights for ${channels} channels in ${groups} groups, got ${shapeText(weights.dims)}`,
    );
  const windows = windowsOf(node, sizes, kernel);
  const { strides, dilation, padding } = optionsOf(windows);
  const counts = countsOf(windows, sizes);
  const is2d = sizes.length === 2;
  if (is2d && groups === channels && channels > 1) {
    const multiplier = filters / channels;
    // Filter c multiplier + k is the k-th of channel c.
    const apart = { ...weights, dims: [channels, multiplier, ...kernel] };
    addLayer(
      reading,
      node,
      tensorOf(reading, node, value),
      filters,
      counts,
      turned(apart, [2, 3, 0, 1]),
      (options) =>
        depthwiseConv2d(pair(kernel), {
          ...options,
          strides,
          dilation,
          padding,
          depthMultiplier: multiplier,
        }),
    );
    return;
  }
  const weight = turned(weights, [...positionsOf(weights), 1, 0]);
  addLayer(reading, node, tensorOf(reading, node, value), filters, counts, weight, (options) =>
    is2d
      ? conv2d(filters, pair(kernel), { ...options, strides, dilation, padding, groups })
      : conv1d(filters, kernel[0], {
          ...options,
          strides: windows.strides[0],
          dilation: windows.dilation[0],
          padding: padding === "valid" ? padding : windows.padding[0],
          groups,
        }),
  );
};

/**
 * W [channels, filters / group, ...kernel], which is [...kernel, filters / groups, channels] in lanewise. A
 * sequence is an image of one row.
 */
export const transposedConvolution: Operator = (reading, node) => {
  const value = imageOf(reading, node);
  const weights = weightsOf(reading, node, value);
  const [channels, ...sizes] = value.dims;
  const [inputs, ofGroup, ...kernel] = weights.dims;
  const groups = numberOf(node, "group", 1);
  if (inputs !== channels || !(Number.isSafeInteger(groups) && groups >= 1) || channels % groups !== 0)
    throw wrong(
      nameOf(node),
      `expected weights for ${channels} channels in ${groups} groups, got ${shapeText(weights.dims)}`,
    );
  const windows = windowsOf(node, sizes, kernel);
  const { padding, more } = outputOf(node, windows, sizes);
  const counts = sizes.map(
    (size, axis) => wholeSize(windows, size, axis) + more[axis] - padding[axis][0] - padding[axis][1],
  );
  const filters = ofGroup * groups;
  const weight = turned(weights, [...positionsOf(weights), 1, 0]);
  const isRow = sizes.length === 1;
  const flat = tensorOf(reading, node, value);
  const tensor = isRow ? reading.reshaped(node, flat, [1, ...flat.shape]) : flat;
  const inTwo = (numbers: readonly number[], missing: number) =>
    pair(isRow ? [missing, ...numbers] : numbers);
  const options2d = optionsOf({ ...windows, padding: isRow ? [[0, 0], ...padding] : padding });
  addLayer(reading, node, tensor, filters, counts, weight, (options) =>
    conv2dTranspose(filters, inTwo(kernel, 1), {
      ...options,
      strides: inTwo(windows.strides, 1),
      dilation: inTwo(windows.dilation, 1),
      padding: options2d.padding,
      outputPadding: inTwo(more, 0),
      groups,
    }),
  );
};

/** The size of an axis of what a transposed convolution makes, without padding. */
const wholeSize = ({ kernel, strides, dilation }: Windows, size: number, axis: number): number =>
  (size - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1;

/**
 * What a transposed convolution leaves out on each side, and what it has more behind: as the node says, or as
 * its output's size demands.
 */
function outputOf(
  node: NodeProto,
  windows: Windows,
  sizes: readonly number[],
): { padding: readonly Sides[]; more: readonly number[] } {
  const given = integersOf(node, "output_padding") ?? sizes.map(() => 0);
  if (given.length !== sizes.length)
    throw wrong(
      nameOf(node),
      `expected output_padding to be ${sizes.length} integers, got ${shapeText(given)}`,
    );
  const mode = textOf(node, "auto_pad", "NOTSET");
  const wanted =
    integersOf(node, "output_shape")?.slice(-sizes.length) ??
    (mode.startsWith("SAME") ? sizes.map((size, axis) => size * windows.strides[axis]) : undefined);
  if (!wanted) return { padding: windows.padding, more: given };
  const totals = sizes.map(
    (size, axis) => wholeSize(windows, size, axis) + given[axis] - (wanted[axis] ?? 0),
  );
  return {
    padding: totals.map((total) => halves(total, mode === "SAME_UPPER")),
    more: given.map((count, axis) => count + Math.max(0, -totals[axis])),
  };
}

/** The options that are the same in all convolutions. */
interface Shared {
  readonly name?: string;
  readonly activation: NonNullable<Parameters<typeof conv2d>[2]>["activation"];
  readonly useBias: boolean;
  readonly kernelInitializer: "zeros";
}

/** Makes the layer, with the bias and the activation that stand behind it. */
function addLayer(
  reading: Reading,
  node: NodeProto,
  tensor: Value["tensor"],
  filters: number,
  counts: readonly number[],
  weight: Float64Array,
  make: (options: Shared) => Layer,
): void {
  let [output] = node.output;
  let bias = node.input[2] ? reading.constants.needed(node, 2, "its bias").values : undefined;
  if (bias && bias.length !== filters)
    throw wrong(nameOf(node), `expected a bias for ${filters} filters, got ${bias.length} numbers`);
  const next = reading.onlyUser(output);
  const sum =
    !bias && next?.opType === "Add" ? biasBehind(reading, next, output, [filters, ...counts]) : undefined;
  if (sum && next) {
    bias = sum;
    reading.done.add(next);
    [output] = next.output;
  }
  const found = activationBehind(reading, output);
  if (found) {
    for (const part of found.nodes) reading.done.add(part);
    output = found.output;
  }
  const layer = reading.layer(node, () =>
    make({
      activation: found?.name ?? "linear",
      useBias: bias !== undefined,
      kernelInitializer: "zeros",
      ...reading.layerName(node.input[1]),
    }),
  );
  const made = reading.apply(node, layer, [tensor], { weight, ...(bias && { bias }) });
  if (sizeOf(made.shape) !== filters * sizeOf(counts))
    throw wrong(
      nameOf(node),
      `expected an output of ${shapeText([filters, ...counts])}, got ${shapeText(made.shape)}`,
    );
  giveImage(reading, output, made, filters, counts);
}

/** The bias that an Add behind a convolution is: a number for each filter, or one for all. */
function biasBehind(
  reading: Reading,
  add: NodeProto,
  product: string,
  dims: readonly number[],
): ArrayLike<number> | undefined {
  const other = add.input.find((name) => name !== product);
  const constant = other === undefined ? undefined : reading.constants.get(other);
  if (!constant || add.input.length !== 2) return undefined;
  const value = { dims, layout: reading.layoutOf(dims, channelsLast(dims)), flipped: false };
  const sizes = reading.sizesIn(add, constant, value);
  if (!sizes?.slice(1).every((size) => size === 1)) return undefined;
  const { values } = constant;
  return Float64Array.from({ length: dims[0] }, (_, i) => values[values.length === 1 ? 0 : i]);
}
