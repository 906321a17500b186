import type { NodeProto } from "onnx-buf";
import { embedding, positionalEncoding, positionEmbedding } from "../../../index.js";
import { sinusoids } from "../../../ops/positions.js";
import { elementwise, isTruth } from "../elementwise.js";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import { type Reading, shapeText } from "../reading.js";
import { isInteger, sizeOf } from "../tensor.js";

/** Look-ups in tables, and places of steps. */

/** Whether a node looks rows up in a table, by the value `name`. */
const isLookUp = (reading: Reading, { opType, input }: NodeProto, name: string): boolean =>
  opType === "Gather" && input[1] === name && reading.constants.get(input[0]) !== undefined;

/**
 * An embedding: a Gather of a constant by the numbers of a value, which a Cast to integers may stand before.
 * Says whether it was one. @throws FormatError for a table that is none
 */
export function addEmbedding(reading: Reading, node: NodeProto): boolean {
  const { opType, input, output } = node;
  const value = reading.find(input[opType === "Cast" ? 0 : 1] ?? "");
  if (!value || value.flipped) return false;
  if (opType === "Cast") {
    const users = reading.users(output[0]);
    const isIndex = isInteger(numberOf(node, "to", 1)) && users.length > 0;
    const isRead = (user: NodeProto) => isLookUp(reading, user, output[0]) || isTruth(user.opType);
    if (!isIndex || !users.every(isRead)) return false;
    reading.give(output[0], value);
    return true;
  }
  const table = reading.constants.get(input[0] ?? "");
  if (opType !== "Gather" || !table) return false;
  const axis = numberOf(node, "axis", 0);
  const [vocabulary, units] = table.dims;
  if (table.dims.length !== 2 || axis !== 0 || !reading.batched)
    throw wrong(
      nameOf(node),
      `expected a table of [words, units] and the axis 0, as of an embedding, got ${shapeText(table.dims)} and the axis ${axis}`,
    );
  reading.constants.spend(node, table.values.length);
  const x = reading.arrange(node, value);
  const isOfSteps = value.dims.length === 1 && x === value.tensor;
  const paddingIndex = isOfSteps ? reading.masks.paddingOf(x, vocabulary) : undefined;
  const options = { initializer: "zeros", ...reading.layerName(input[0]) } as const;
  const layer = reading.layer(node, () =>
    embedding(vocabulary, units, { ...options, ...(paddingIndex !== undefined && { paddingIndex }) }),
  );
  const tensor = reading.apply(node, layer, [x], { weight: table.values });
  const dims = [...value.dims, units];
  reading.giveArranged(output[0], tensor, dims, [...dims.keys()], false);
  return true;
}

/** What two of float32 may differ by that were computed in other ways. */
const CLOSE = 2e-6;

/**
 * A constant that is added to each step behind an embedding: sines and cosines of its place, or what was
 * learned for it. Says whether it was one.
 */
export function addPlaces(reading: Reading, node: NodeProto): boolean {
  const { opType, input, output } = node;
  if (opType !== "Add" || input.length !== 2) return false;
  const at = input.findIndex((name) => reading.find(name));
  const value = reading.find(input[at] ?? "");
  const constant = reading.constants.get(input[1 - at] ?? "");
  const isEmbedded = reading.made.some(({ layer }) => layer?.config.type === "embedding");
  if (!value || !constant || !isEmbedded || value.image || value.dims.length !== 2) return false;
  const [time, features] = value.dims;
  const isTable = constant.values.length === time * features && time > 1 && features > 1;
  if (!isTable || !reading.sizesIn(node, constant, value)) return false;
  const places = sinusoids(time, features, 10_000);
  const isSinusoid = places.every((place, i) => Math.abs(place - constant.values[i]) <= CLOSE);
  reading.constants.spend(node, 2 * sizeOf(value.dims));
  const layer = isSinusoid ? positionalEncoding() : positionEmbedding({ initializer: "zeros" });
  const values: Readonly<Record<string, ArrayLike<number>>> = isSinusoid ? {} : { weight: constant.values };
  const tensor = reading.apply(node, layer, [reading.arrange(node, value)], values);
  reading.giveArranged(output[0], tensor, value.dims, [0, 1], false);
  return true;
}

/** Whether a node takes values [time, batch, features], and works on their last axis alone. */
export function isOfLastAxis(reading: Reading, node: NodeProto): boolean {
  const { opType, input } = node;
  const turned = input.filter((name) => reading.isTurned(name)).map((name) => reading.findTurned(name));
  const [first] = turned;
  if (first?.batchAt !== 1 || first.value.dims.length !== 2) return false;
  if (turned.some((other) => other?.value.dims.join() !== first.value.dims.join() || other.batchAt !== 1))
    return false;
  const others = input.filter((name) => name !== "" && !reading.isTurned(name));
  const constants = others.map((name) => reading.constants.get(name));
  if (constants.some((constant) => constant === undefined)) return false;
  const isLast = (axis: number | undefined) => axis === -1 || axis === 2;
  const axisAt = (i: number) => reading.constants.get(input[i] ?? "")?.values;
  if (opType === "Slice") return axisAt(3)?.length === 1 && isLast(axisAt(3)?.[0]);
  if (opType === "Split") return isLast(numberOf(node, "axis", 0));
  if (opType === "Softmax" || opType === "LayerNormalization") return isLast(numberOf(node, "axis", -1));
  if (opType === "ReduceMean") {
    const axes = integersOf(node, "axes") ?? Array.from(axisAt(1) ?? []);
    return axes.length === 1 && isLast(axes[0]);
  }
  if (opType === "MatMul") return reading.isTurned(input[0]);
  const isElementwise = Object.hasOwn(elementwise, opType) || opType === "Dropout";
  return (
    isElementwise && constants.every((constant) => constant?.dims.slice(0, -1).every((size) => size === 1))
  );
}
