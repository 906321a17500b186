import type { NodeProto } from "onnx-buf";
import { SMALLEST_EPSILON } from "../../../files/factor.js";
import { batchNormalization, groupNormalization, layerNormalization } from "../../../index.js";
import { axisOf } from "../folds/axes.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { channelsLast, type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { sizeOf } from "../tensor.js";

/** A constant with `size` numbers. @throws FormatError if it has another size */
function numbersOf(
  reading: Reading,
  node: NodeProto,
  i: number,
  what: string,
  count: number,
): ArrayLike<number> {
  const { values } = reading.constants.needed(node, i, `its ${what}`);
  if (values.length !== count)
    throw wrong(nameOf(node), `expected ${count} numbers for its ${what}, got ${values.length}`);
  reading.constants.spend(node, count);
  return values;
}

function checkFinite(node: NodeProto, values: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, numbers] of Object.entries(values))
    for (let i = 0; i < numbers.length; i++)
      if (!Number.isFinite(Math.fround(numbers[i])))
        throw wrong(nameOf(node), `expected finite numbers, got ${numbers[i]} for its ${name}`);
}

/** An epsilon above 0. @throws FormatError for one that is no such number */
function epsilonOf(node: NodeProto): number {
  const epsilon = numberOf(node, "epsilon", 1e-5);
  if (!(epsilon >= 0 && Number.isFinite(epsilon)))
    throw wrong(nameOf(node), `expected an epsilon of at least 0, got ${epsilon}`);
  return Math.max(epsilon, SMALLEST_EPSILON);
}

/** The value with its channels last: the first axis of a sample. */
function tensorOf(reading: Reading, node: NodeProto, value: Value) {
  const axes = value.dims.length > 1 ? channelsLast(value.dims) : [0];
  return { axes, tensor: reading.arrange(node, value, axes) };
}

/** By the running statistics of the file, which training moves on. */
export const batchNorm: Operator = (reading, node) => {
  const value = reading.rows(node);
  if (!reading.batched || numberOf(node, "training_mode", 0) !== 0)
    throw wrong(nameOf(node), "expected it to use the statistics that it holds (training_mode 0)");
  const { dims } = value;
  const names = ["gamma", "beta", "movingMean", "movingVariance"];
  const numbers = ["scale", "bias", "mean", "variance"].map((what, i) =>
    numbersOf(reading, node, i + 1, what, dims[0]),
  );
  const epsilon = epsilonOf(node);
  const momentum = numberOf(node, "momentum", 0.9);
  for (let i = 0; i < dims[0]; i++) {
    const [gamma, beta, mean, variance] = numbers.map((of) => of[i]);
    const factor = gamma / Math.sqrt(variance + epsilon);
    if (![factor, beta - mean * factor].every((number) => Number.isFinite(Math.fround(number))))
      throw wrong(nameOf(node), "expected finite numbers and variances above 0");
  }
  const layer = reading.layer(node, () =>
    batchNormalization({ epsilon, momentum, ...reading.layerName(node.input[1]) }),
  );
  // The only axis of a sample may lie in any order.
  if (dims.length === 1) {
    const tensor = reading.reshaped(node, value.tensor, dims);
    const values = Object.fromEntries(names.map((name, i) => [name, reading.inMemory(numbers[i], value)]));
    reading.applyToElements(node, layer, { ...value, tensor }, node.output[0], values);
    return;
  }
  const { axes, tensor } = tensorOf(reading, node, value);
  const values = Object.fromEntries(names.map((name, i) => [name, numbers[i]]));
  reading.giveArranged(node.output[0], reading.apply(node, layer, [tensor], values), dims, axes, true);
};

/** InstanceNormalization, of as many groups as channels, and GroupNormalization. */
export const groupNorm: Operator = (reading, node) => {
  const value = reading.rows(node);
  const { dims } = value;
  const [channels] = dims;
  if (!reading.batched || dims.length < 2)
    throw wrong(nameOf(node), `expected images or sequences, got ${shapeText(["batch", ...dims])}`);
  const isInstance = node.opType === "InstanceNormalization";
  const groups = isInstance ? channels : numberOf(node, "num_groups", 1);
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0)
    throw wrong(nameOf(node), `expected groups that divide ${channels} channels, got ${groups}`);
  const each = (i: number, what: string): ArrayLike<number> => {
    const given = reading.constants.needed(node, i, `its ${what}`).values.length;
    const numbers = numbersOf(reading, node, i, what, given === groups ? groups : channels);
    // Up to operator set 20 there is a number for each group.
    const ofGroup = channels / numbers.length;
    return Float64Array.from({ length: channels }, (_, c) => numbers[Math.floor(c / ofGroup)]);
  };
  const values = { gamma: each(1, "scale"), beta: each(2, "bias") };
  checkFinite(node, values);
  const layer = reading.layer(node, () =>
    groupNormalization({ groups, epsilon: epsilonOf(node), ...reading.layerName(node.input[1]) }),
  );
  const { axes, tensor } = tensorOf(reading, node, value);
  const x = reading.carried.with(node, tensor, undefined);
  reading.giveArranged(node.output[0], reading.apply(node, layer, [x], values), dims, axes, true);
};

/** LayerNormalization over the last axes of a sample. */
export const layerNorm: Operator = (reading, node) => {
  const value = reading.rows(node);
  const { dims } = value;
  const rank = reading.rankOf(value);
  const first = axisOf(node, numberOf(node, "axis", -1), rank) - (rank - dims.length);
  if (first < 0)
    throw wrong(nameOf(node), `expected axes of a sample of ${shapeText(["batch", ...dims])}, got all`);
  const size = sizeOf(dims.slice(first));
  const gamma = numbersOf(reading, node, 1, "scale", size);
  const beta = node.input[2] ? numbersOf(reading, node, 2, "bias", size) : undefined;
  const values = { gamma, ...(beta && { beta }) };
  checkFinite(node, values);
  const axis = dims.slice(first).map((_, i) => i - (dims.length - first));
  const layer = reading.layer(node, () =>
    layerNormalization({
      axis,
      epsilon: epsilonOf(node),
      center: beta !== undefined,
      ...reading.layerName(node.input[1]),
    }),
  );
  const tensor = reading.apply(node, layer, [reading.arrange(node, value)], values);
  reading.giveArranged(node.output[0], tensor, dims, [...dims.keys()], value.image);
};
