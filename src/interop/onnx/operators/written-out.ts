import type { NodeProto } from "onnx-buf";
import { groupNormalization, layerNormalization, rmsNormalization } from "../../../index.js";
import { axesOf, axisOf } from "../folds/axes.js";
import { integersOf, numberOf } from "../graph.js";
import { channelsLast, type Reading, type Value } from "../reading.js";
import type { Constant } from "../tensor.js";

/** Normalizations that exporters write as several operators. */

/** What stands behind a normalization: factors and summands, and the value that they end in. */
interface Affine {
  readonly gamma?: Constant;
  readonly beta?: Constant;
  /** What the factors are called. */
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly output: string;
}

/** The product and the sum by constants behind a value, of which each may lack. */
function affineBehind(reading: Reading, start: string, fits: (constant: Constant) => boolean): Affine {
  const found: { gamma?: Constant; beta?: Constant; name: string; nodes: NodeProto[]; output: string } = {
    name: "",
    nodes: [],
    output: start,
  };
  for (const [opType, what] of [
    ["Mul", "gamma"],
    ["Add", "beta"],
  ] as const) {
    const node = reading.onlyUser(found.output);
    if (node?.opType !== opType || node.input.length !== 2) continue;
    const other = node.input[0] === found.output ? node.input[1] : node.input[0];
    const constant = reading.constants.get(other);
    if (!constant || !fits(constant)) break;
    found[what] = constant;
    if (what === "gamma") found.name = other;
    found.nodes.push(node);
    [found.output] = node.output;
  }
  return found;
}

/** Gamma and beta of a normalization; ones and zeros where the file has none. */
const valuesOf = ({ gamma, beta }: Affine, count: number) => ({
  gamma: gamma?.values ?? new Float32Array(count).fill(1),
  beta: beta?.values ?? new Float32Array(count),
});

/**
 * A layer normalization over the last axis: x less its mean, divided by the root of the mean of its square
 * and a small number. It begins with that mean. Says whether it was one.
 */
export function addLayerNormalization(reading: Reading, mean: NodeProto): boolean {
  if (mean.opType !== "ReduceMean" || !reading.batched) return false;
  const [x] = mean.input;
  const value = reading.find(x);
  if (!value || value.flipped || !isOverLast(reading, mean, value)) return false;
  const less = reading.onlyUser(mean.output[0]);
  if (less?.opType !== "Sub" || less.input[0] !== x || less.input[1] !== mean.output[0]) return false;
  const [d] = less.output;
  const square = reading.users(d).find((node) => isSquare(reading, node, d));
  const squareMean = square && reading.onlyUser(square.output[0]);
  if (squareMean?.opType !== "ReduceMean" || !isOverLast(reading, squareMean, value)) return false;
  const sum = reading.onlyUser(squareMean.output[0]);
  const epsilon = sum?.opType === "Add" ? scalarOf(reading, sum, squareMean.output[0]) : undefined;
  const root = sum && reading.onlyUser(sum.output[0]);
  const quotient = root?.opType === "Sqrt" ? reading.onlyUser(root.output[0]) : undefined;
  if (!square || !sum || !root || !epsilon || epsilon <= 0) return false;
  if (quotient?.opType !== "Div" || quotient.input[0] !== d || quotient.input[1] !== root.output[0])
    return false;
  // What is less the mean goes to its square and to the quotient alone.
  if (reading.uses(d) !== 1 + square.input.filter((name) => name === d).length) return false;
  const size = value.dims[value.dims.length - 1];
  const isRow = ({ dims, values }: Constant) => values.length === size && dims[dims.length - 1] === size;
  const affine = affineBehind(reading, quotient.output[0], isRow);
  const layer = reading.layer(mean, () => layerNormalization({ epsilon, ...reading.layerName(affine.name) }));
  for (const node of [less, square, squareMean, sum, root, quotient, ...affine.nodes]) reading.done.add(node);
  reading.constants.spend(mean, 2 * size);
  const tensor = reading.apply(mean, layer, [reading.arrange(mean, value)], valuesOf(affine, size));
  reading.giveArranged(affine.output, tensor, value.dims, [...value.dims.keys()], value.image);
  return true;
}

/**
 * A normalization by the root of the mean of squares over the last axis: x divided by it, or multiplied by
 * its reciprocal. It begins with the square. Says whether it was one.
 */
export function addRmsNormalization(reading: Reading, square: NodeProto): boolean {
  const [x] = square.input;
  const value = reading.find(x);
  if (!reading.batched || !value || value.flipped || !isSquare(reading, square, x)) return false;
  const mean = reading.onlyUser(square.output[0]);
  if (mean?.opType !== "ReduceMean" || !isOverLast(reading, mean, value)) return false;
  const sum = reading.onlyUser(mean.output[0]);
  const epsilon = sum?.opType === "Add" ? scalarOf(reading, sum, mean.output[0]) : undefined;
  const root = sum && reading.onlyUser(sum.output[0]);
  if (!sum || root?.opType !== "Sqrt" || !epsilon || epsilon <= 0) return false;
  let quotient = reading.onlyUser(root.output[0]);
  const inverse = inverseOf(reading, quotient, root.output[0]);
  const by = inverse?.output[0] ?? root.output[0];
  if (inverse) quotient = reading.onlyUser(by);
  const isByRoot = quotient?.opType === "Div" && quotient.input[0] === x && quotient.input[1] === by;
  const isByInverse = quotient?.opType === "Mul" && quotient.input.includes(x) && quotient.input.includes(by);
  if (!quotient || !(inverse ? isByInverse : isByRoot)) return false;
  const size = value.dims[value.dims.length - 1];
  const isRow = ({ dims, values }: Constant) => values.length === size && dims[dims.length - 1] === size;
  const { gamma, beta, name, nodes, output } = affineBehind(reading, quotient.output[0], isRow);
  if (beta) return false;
  const layer = reading.layer(square, () => rmsNormalization({ epsilon, ...reading.layerName(name) }));
  for (const node of [mean, sum, root, ...(inverse ? [inverse] : []), quotient, ...nodes])
    reading.done.add(node);
  reading.constants.spend(square, size);
  const values = { gamma: gamma?.values ?? new Float32Array(size).fill(1) };
  const tensor = reading.apply(square, layer, [reading.arrange(square, value)], values);
  reading.giveArranged(output, tensor, value.dims, [...value.dims.keys()], value.image);
  return true;
}

/** The node that divides 1 by a value. */
function inverseOf(reading: Reading, node: NodeProto | undefined, name: string): NodeProto | undefined {
  if (node?.opType === "Reciprocal") return node;
  if (node?.opType !== "Div" || node.input[1] !== name) return undefined;
  const constant = reading.constants.get(node.input[0]);
  return constant?.values.length === 1 && constant.values[0] === 1 ? node : undefined;
}

/** Whether a mean is over the last axis of a sample, which stays. */
function isOverLast(reading: Reading, node: NodeProto, value: Value): boolean {
  const rank = reading.rankOf(value);
  const axes = axesOf(node, node.input[1] ? reading.constants.get(node.input[1]) : undefined) ?? [];
  return axes.length === 1 && axisOf(node, axes[0], rank) === rank - 1 && numberOf(node, "keepdims", 1) !== 0;
}

function isSquare(reading: Reading, node: NodeProto, name: string): boolean {
  if (node.opType === "Mul") return node.input[0] === name && node.input[1] === name;
  return node.opType === "Pow" && node.input[0] === name && scalarOf(reading, node, name) === 2;
}

/** The number that a node of two inputs takes beside a value. */
function scalarOf(reading: Reading, { input }: NodeProto, name: string): number | undefined {
  const other = input[0] === name ? input[1] : input[0];
  const constant = input.length === 2 ? reading.constants.get(other) : undefined;
  return constant?.values.length === 1 ? constant.values[0] : undefined;
}

/**
 * A group normalization as PyTorch's exporter writes it: an InstanceNormalization of the channels of each
 * group, seen as one channel by a Reshape, and the way back. It begins with that Reshape. Says whether it was
 * one.
 */
export function addGroupNormalization(reading: Reading, reshape: NodeProto): boolean {
  if (reshape.opType !== "Reshape" || !reading.batched) return false;
  const value = reading.find(reshape.input[0]);
  const norm = reading.onlyUser(reshape.output[0]);
  if (!value || value.flipped || value.dims.length < 2 || norm?.opType !== "InstanceNormalization")
    return false;
  const [scale, bias] = [norm.input[1], norm.input[2]].map((name) => reading.constants.get(name ?? ""));
  const [channels] = value.dims;
  const groups = scale?.values.length ?? 0;
  const shape = reading.constants.get(reshape.input[1] ?? "")?.values ?? integersOf(reshape, "shape");
  const isGrouped = shape?.length === 3 && (shape[1] === groups || shape[1] === 0) && channels % groups === 0;
  if (!scale || bias?.values.length !== groups || groups < 1 || !isGrouped) return false;
  if (
    !Array.from(scale.values).every((one) => one === 1) ||
    !Array.from(bias.values).every((zero) => zero === 0)
  )
    return false;
  const back = reading.onlyUser(norm.output[0]);
  if (back?.opType !== "Reshape" || !isSameShape(reading, back, reshape.input[0], value)) return false;
  const isOfChannels = ({ dims, values }: Constant) =>
    values.length === channels && dims[dims.length - value.dims.length] === channels;
  const affine = affineBehind(reading, back.output[0], isOfChannels);
  const layer = reading.layer(reshape, () =>
    groupNormalization({
      groups,
      epsilon: numberOf(norm, "epsilon", 1e-5),
      ...reading.layerName(affine.name),
    }),
  );
  for (const node of [norm, back, ...affine.nodes]) reading.done.add(node);
  reading.constants.spend(reshape, 2 * channels);
  const axes = channelsLast(value.dims);
  const input = reading.carried.with(reshape, reading.arrange(reshape, value, axes), undefined);
  const tensor = reading.apply(reshape, layer, [input], valuesOf(affine, channels));
  reading.giveArranged(affine.output, tensor, value.dims, axes, true);
  return true;
}

/** Whether a Reshape gives the shape of a value back. */
function isSameShape(reading: Reading, { input }: NodeProto, name: string, { dims }: Value): boolean {
  if (reading.shapedAs(input[1] ?? "") === name) return true;
  const [, ...sizes] = Array.from(reading.constants.get(input[1] ?? "")?.values ?? []);
  return (
    sizes.length === dims.length && sizes.every((size, i) => size === dims[i] || size === 0 || size === -1)
  );
}
