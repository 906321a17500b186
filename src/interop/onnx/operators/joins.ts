import type { NodeProto } from "onnx-buf";
import {
  add,
  average,
  concatenate,
  type Layer,
  multiply,
  subtract,
  type Tensor,
  upSampling1d,
  upSampling2d,
} from "../../../index.js";
import { axisOf } from "../folds/axes.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { channelsLast, type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { broadcast } from "../tensor.js";

/** More values than a join in any model has. */
const MOST_INPUTS = 1024;

const joins: Readonly<Record<string, () => Layer>> = {
  Add: add,
  Sum: add,
  Mul: multiply,
  Mean: average,
};

/** Add, Sub, Mul, Sum and Mean of values that depend on the input. */
export const join: Operator = (reading, node) => {
  const values = valuesOf(reading, node);
  const [output] = node.output;
  if (values.length === 1) {
    reading.give(output, values[0]);
    return;
  }
  if (new Set(values.map(({ flipped }) => flipped)).size > 1 || (values[0].flipped && node.opType === "Sub"))
    throw wrong(nameOf(node), "expected a sample in each row of all inputs");
  const { tensors, like } = alike(reading, node, values);
  const tensor =
    node.opType === "Sub"
      ? reading.applyFunction(node, tensors, () => subtract(tensors[0], tensors[1]))
      : reading.apply(node, joins[node.opType](), tensors);
  reading.give(output, { ...like, tensor });
};

/** All inputs. @throws FormatError for a constant among them */
function valuesOf(reading: Reading, node: NodeProto): Value[] {
  if (node.input.length === 0 || node.input.length > MOST_INPUTS)
    throw wrong(nameOf(node), `expected 1 to ${MOST_INPUTS} inputs, got ${node.input.length}`);
  return node.input.map((_, i) => reading.value(node, i));
}

/** Tensors in which each element is in the same place, and what a value made of them is like. */
function alike(
  reading: Reading,
  node: NodeProto,
  values: readonly Value[],
): { tensors: Tensor[]; like: Omit<Value, "tensor"> } {
  const dims = broadcast(values.map((value) => value.dims));
  if (!dims)
    throw wrong(
      nameOf(node),
      `expected inputs of shapes that go together, got ${values
        .slice(0, 4)
        .map((value) => shapeText(["batch", ...value.dims]))
        .join(" and ")}`,
    );
  const image = values.some((value) => value.image);
  const whole = values.map((value) => broadcasted(reading, node, value, dims));
  const [first] = whole;
  const isSame = ({ layout }: Value) =>
    layout.factors.join() === first.layout.factors.join() &&
    layout.order.join() === first.layout.order.join();
  if (whole.every(isSame)) {
    const tensors = whole.map(({ tensor }) => reading.reshaped(node, tensor, first.tensor.shape));
    return { tensors, like: { ...first, image } };
  }
  const axes = reading.axesOf(whole.find((value) => value.image) ?? first);
  const tensors = whole.map((value) => reading.arrange(node, value, axes));
  return { tensors, like: { dims, layout: reading.layoutOf(dims, axes), image, flipped: false } };
}

/** A value of one pixel a channel, repeated over all positions. @throws FormatError for another broadcast */
function broadcasted(reading: Reading, node: NodeProto, value: Value, dims: readonly number[]): Value {
  if (value.dims.join() === dims.join()) return value;
  const [channels, ...sizes] = dims;
  const own = value.dims;
  const fits =
    own.length === dims.length &&
    own[0] === channels &&
    own.slice(1).every((size) => size === 1) &&
    sizes.length <= 2;
  if (!fits || sizes.length === 0)
    throw wrong(
      nameOf(node),
      `expected inputs of one shape, or one of one pixel a channel, got ${shapeText(["batch", ...own])} for ${shapeText(["batch", ...dims])}`,
    );
  const axes = channelsLast(dims);
  const layer =
    sizes.length === 2 ? upSampling2d({ size: [sizes[0], sizes[1]] }) : upSampling1d({ size: sizes[0] });
  const tensor = reading.apply(node, layer, [reading.arrange(node, value, axes)]);
  return { tensor, dims, layout: reading.layoutOf(dims, axes), image: true, flipped: false };
}

/** Concat along an axis of a sample, which lies last in lanewise. */
export const concat: Operator = (reading, node) => {
  const values = valuesOf(reading, node).map((_, i) => reading.rows(node, i));
  const [first] = values;
  const rank = reading.rankOf(first);
  const axis = axisOf(node, numberOf(node, "axis", 1), rank) - (rank - first.dims.length);
  const others = (dims: readonly number[]) => dims.map((size, i) => (i === axis ? "" : size)).join();
  if (!reading.batched || axis < 0 || values.some(({ dims }) => others(dims) !== others(first.dims)))
    throw wrong(
      nameOf(node),
      `expected an axis of a sample and the same other axes, got axis ${axis + 1} of ${values
        .slice(0, 4)
        .map(({ dims }) => shapeText(["batch", ...dims]))
        .join(" and ")}`,
    );
  const image = values.some((value) => value.image);
  const order = [
    ...reading.axesOf(values.find((value) => value.image) ?? first).filter((i) => i !== axis),
    axis,
  ];
  const tensors = values.map((value) => reading.arrange(node, value, order));
  const dims = first.dims.map((size, i) =>
    i === axis ? values.reduce((sum, value) => sum + value.dims[axis], 0) : size,
  );
  const tensor = tensors.length > 1 ? reading.apply(node, concatenate(), tensors) : tensors[0];
  reading.giveArranged(node.output[0], tensor, dims, order, image);
};
