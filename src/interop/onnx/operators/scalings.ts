import type { NodeProto } from "onnx-buf";
import { divisible, SMALLEST_EPSILON } from "../../../files/factor.js";
import { batchNormalization, scaling } from "../../../index.js";
import { nameOf, wrong } from "../graph.js";
import { channelsLast, type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { type Constant, sizeOf } from "../tensor.js";

/** One operator of a row of them: its constant, and which of its inputs is the value. */
interface Part {
  readonly node: NodeProto;
  readonly constant: Constant;
  readonly at: number;
}

const MINUS: Constant = { dims: [], values: [-1], integer: false };

/** Adds and products of a value and constants are one layer, as many as stand in a row. */
export const scale: Operator = (reading, node) => {
  const value = reading.value(
    node,
    node.input.findIndex((name) => reading.find(name)),
  );
  const first = partOf(reading, node);
  if (!first) throw wrong(nameOf(node), "expected a value and a constant");
  const parts = [first];
  let [output] = node.output;
  for (let next = reading.onlyUser(output); next; next = reading.onlyUser(output)) {
    const part = reading.done.has(next) ? undefined : partOf(reading, next);
    if (!part || !reading.sizesIn(next, part.constant, value)) break;
    reading.done.add(next);
    parts.push(part);
    [output] = next.output;
  }
  if (value.image && parts.every((part) => isOfChannels(reading, part, value)))
    addOfChannels(reading, parts, value, output);
  else addOfElements(reading, parts, value, output);
};

/** Whether a node adds to a value or multiplies it, by constants. */
export const isScaling = (reading: Reading, node: NodeProto): boolean => partOf(reading, node) !== undefined;

function partOf(reading: Reading, node: NodeProto): Part | undefined {
  const { opType, input } = node;
  if (opType === "Neg") return { node, constant: MINUS, at: 0 };
  if (!["Add", "Sub", "Mul", "Div"].includes(opType) || input.length !== 2) return undefined;
  const at = input.findIndex((name) => !reading.constants.get(name));
  const constant = reading.constants.get(input[1 - at] ?? "");
  // A number divided by the value is no scaling of that.
  return at < 0 || !constant || (opType === "Div" && at === 1) ? undefined : { node, constant, at };
}

/** One number for each element: y = (x - mean) / deviation, in float64. */
function addOfElements(reading: Reading, parts: readonly Part[], value: Value, output: string): void {
  const [{ node }] = parts;
  const count = sizeOf(value.dims);
  reading.constants.spend(node, 2 * count);
  const mean = new Float64Array(count);
  const deviation = new Float64Array(count).fill(1);
  for (const { node, constant, at } of parts) {
    const values = reading.spread(node, constant, value);
    reading.constants.spend(node, count);
    for (let i = 0; i < count; i++) {
      const number = values[values.length === 1 ? 0 : i];
      if (node.opType === "Add") mean[i] -= number * deviation[i];
      else if (node.opType === "Sub") {
        mean[i] += number * deviation[i];
        if (at === 1) deviation[i] = -deviation[i];
      } else if (node.opType === "Mul") deviation[i] /= divisible(number);
      else deviation[i] *= number;
    }
  }
  const layer = reading.layer(
    node,
    () => scaling({ mean: reading.inMemory(mean, value), deviation: reading.inMemory(deviation, value) }),
    "is no scaling: ",
  );
  reading.applyToElements(node, layer, value, output);
}

/** Whether a constant has one number for all, or one for each channel. */
function isOfChannels(reading: Reading, { node, constant }: Part, value: Value): boolean {
  const sizes = reading.sizesIn(node, constant, value);
  return sizes?.slice(1).every((size) => size === 1) ?? false;
}

/**
 * One factor and one summand for each channel of an image: a normalization by statistics of 0 and 1, which
 * does not learn.
 */
function addOfChannels(reading: Reading, parts: readonly Part[], value: Value, output: string): void {
  const [{ node }] = parts;
  const { dims } = value;
  const factor = new Float64Array(dims[0]).fill(1);
  const term = new Float64Array(dims[0]);
  reading.constants.spend(node, 4 * dims[0]);
  for (const { node, constant, at } of parts) {
    const { values } = constant;
    for (const c of factor.keys()) {
      const number = values[values.length === 1 ? 0 : c];
      if (node.opType === "Add") term[c] += number;
      else if (node.opType === "Sub") {
        const sign = at === 1 ? -1 : 1;
        factor[c] *= sign;
        term[c] = sign * (term[c] - number);
      } else {
        const by = node.opType === "Mul" || node.opType === "Neg" ? number : 1 / number;
        factor[c] *= by;
        term[c] *= by;
      }
    }
  }
  if (![...factor, ...term].every((number) => Number.isFinite(Math.fround(number))))
    throw wrong(
      nameOf(node),
      `is no scaling of channels: expected finite numbers, got ${shapeText([...factor])}`,
    );
  addFrozen(reading, node, value, output, factor, term);
}

/** y = factor x + term, channel by channel. */
function addFrozen(
  reading: Reading,
  node: NodeProto,
  value: Value,
  output: string,
  factor: Float64Array,
  term: Float64Array,
): void {
  const axes = channelsLast(value.dims);
  const layer = batchNormalization({ epsilon: SMALLEST_EPSILON, trainable: false });
  const values = {
    gamma: factor,
    beta: term,
    movingMean: new Float64Array(factor.length),
    movingVariance: new Float64Array(factor.length).fill(1),
  };
  const tensor = reading.apply(node, layer, [reading.arrange(node, value, axes)], values);
  reading.giveArranged(output, tensor, value.dims, axes, true);
}
