import type { NodeProto } from "onnx-buf";
import { activation, dropout, prelu } from "../../../index.js";
import type { Found } from "../elementwise.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { channelsLast, type Operator, type Reading, type Value } from "../reading.js";

/** Operators that work on each element of a value by itself. */

/** The activation that nodes are. */
export function addActivation(
  reading: Reading,
  node: NodeProto,
  { name, options }: Found,
  value: Value,
  output: string,
): void {
  if (name === "linear") reading.give(output, value);
  else {
    const layer = reading.layer(node, () => activation(name, options));
    reading.applyToElements(node, layer, value, output);
  }
}

export const dropouts: Operator = (reading, node) => {
  const value = reading.value(node, 0);
  const rate = node.input[1]
    ? reading.constants.needed(node, 1, "its ratio").values[0]
    : numberOf(node, "ratio", 0.5);
  if (!(rate >= 0 && rate < 1))
    throw wrong(nameOf(node), `expected a ratio of at least 0 and below 1, got ${rate}`);
  if (rate > 0) reading.applyToElements(node, dropout(rate), value, node.output[0]);
  else reading.give(node.output[0], value);
};

/** A Cast that is left is one to a type that is none of floating point. */
export const cast: Operator = (_, node) => {
  throw wrong(
    nameOf(node),
    `expected a type of floating-point numbers, got number ${numberOf(node, "to", 1)}`,
  );
};

export const slopes: Operator = (reading, node) => {
  const value = reading.value(node, 0);
  const slope = reading.constants.needed(node, 1, "its slope");
  const { dims, image } = value;
  // Before operator set 7 a list has one slope for each channel, which come first.
  const isOld = reading.graph.opset < 7 && slope.dims.length === 1 && slope.values.length === dims[0];
  const own = isOld ? [dims[0], ...dims.slice(1).map(() => 1)] : slope.dims;
  const constant = { ...slope, dims: own };
  const spread = reading.spread(node, constant, value);
  const sizes = [...dims.map(() => 1), ...own].slice(-dims.length);
  const axes = image ? channelsLast(dims) : [...dims.keys()];
  const arranged = value.flipped ? value.tensor : reading.arrange(node, value, axes);
  const apart = [...axes.keys()].filter((i) => sizes[axes[i]] !== 1);
  // Slopes of axes in a row are shared as they are here, others are not.
  const inRow = apart.length === (apart.at(-1) ?? -1) - (apart[0] ?? 0) + 1;
  const isShared = slope.values.length === 1 || (inRow && (!image || apart.length === 1));
  const shared = [...axes.keys()].filter((i) => !apart.includes(i)).map((i) => i + 1);
  const sharedAxes = slope.values.length === 1 ? "all" : isShared ? shared : [];
  const whole = { ...value, dims, layout: reading.layoutOf(dims, axes) };
  const alpha = sharedAxes.length > 0 ? slope.values : reading.inMemory(spread, whole);
  const layer = prelu({ ...(sharedAxes.length > 0 && { sharedAxes }), ...reading.layerName(node.input[1]) });
  const tensor = reading.apply(node, layer, [arranged], { alpha });
  reading.give(node.output[0], { ...whole, tensor });
};
