import type { NodeProto } from "onnx-buf";
import { type ActivationName, activation } from "../../../index.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { sizeOf } from "../tensor.js";

const names: Readonly<Record<string, ActivationName>> = { Softmax: "softmax", LogSoftmax: "logSoftmax" };

/** Softmax and LogSoftmax over an axis of a sample, or over all from an axis on. */
export const softmax: Operator = (reading, node) => {
  const value = reading.value(node, 0);
  const { dims, flipped } = value;
  const { given, axis } = axisOf(reading, node, value);
  const isOld = reading.graph.opset < 13;
  // Where samples are in columns, a sample is along the first axis.
  const fits = flipped ? given === 0 && !isOld : axis >= 0 && axis < dims.length;
  if (!fits)
    throw wrong(
      nameOf(node),
      `expected it over axes of a sample, got axis ${given} of shape ${shapeText(["batch", ...dims])}`,
    );
  const layer = activation(names[node.opType]);
  const [output] = node.output;
  if (flipped) {
    reading.applyToElements(node, layer, value, output);
    return;
  }
  if (isOld) {
    const leading = sizeOf(dims.slice(0, axis));
    const shape = [...(leading > 1 ? [leading] : []), sizeOf(dims.slice(axis))];
    const tensor = reading.reshaped(node, reading.arrange(node, value), shape);
    reading.giveArranged(output, reading.apply(node, layer, [tensor]), dims, [...dims.keys()], value.image);
    return;
  }
  const own = reading.axesOf(value);
  const axes = own.at(-1) === axis ? own : [...own.filter((other) => other !== axis), axis];
  // Axes of one element may stand anywhere.
  const last = own.filter((other) => dims[other] !== 1).at(-1);
  const isLast = last === undefined || last === axis;
  const order = isLast ? [...own.filter((other) => other !== axis), axis] : axes;
  const alone = dims[axis] === sizeOf(dims);
  const tensor = alone
    ? reading.reshaped(node, value.tensor, [dims[axis]])
    : reading.arrange(node, value, order);
  reading.giveArranged(output, reading.apply(node, layer, [tensor]), dims, order, value.image);
};

/** The axis of a node, as it is written and within a sample. */
function axisOf(reading: Reading, node: NodeProto, value: Value): { given: number; axis: number } {
  const given = numberOf(node, "axis", reading.graph.opset < 13 ? 1 : -1);
  const rank = reading.rankOf(value);
  return { given, axis: (given < 0 ? given + rank : given) - (rank - value.dims.length) };
}

/** The softmax that takes all of a value, over its last axis. */
export function softmaxBehind(
  reading: Reading,
  name: string,
  value: Value,
): { name: ActivationName; nodes: readonly NodeProto[]; output: string } | undefined {
  const node = reading.onlyUser(name);
  if (!node || !Object.hasOwn(names, node.opType)) return undefined;
  const { given, axis } = axisOf(reading, node, value);
  const isOver = value.flipped ? given === 0 && reading.graph.opset >= 13 : axis === value.dims.length - 1;
  return isOver ? { name: names[node.opType], nodes: [node], output: node.output[0] } : undefined;
}
