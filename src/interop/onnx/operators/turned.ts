import type { NodeProto } from "onnx-buf";
import { concatenate, timeStep } from "../../../index.js";
import { axesOf, axisOf } from "../folds/axes.js";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import { turnedLayout } from "../layout.js";
import { type Operator, type Reading, shapeText, type Turned } from "../reading.js";
import { sizeOf } from "../tensor.js";

/**
 * Operators on values whose batch is not their first axis, as recurrent operators take and give them: [time,
 * batch, inputs]. They move, add and take away axes around the batch, and copy nothing.
 */

/** The place of an axis among those of a sample; undefined for the batch. */
const inSample = (axis: number, batchAt: number): number | undefined =>
  axis === batchAt ? undefined : axis < batchAt ? axis : axis - 1;

/** All sizes, with "batch" at its place. */
export const turnedText = ({ value, batchAt }: Turned): string =>
  shapeText([...value.dims.slice(0, batchAt), "batch", ...value.dims.slice(batchAt)]);

const transposed: Operator = (reading, node) => {
  const from = reading.turned(node, 0);
  const { value, batchAt } = from;
  const { dims, layout } = value;
  const order = integersOf(node, "perm") ?? [...dims.keys(), dims.length].reverse();
  if ([...order].sort((a, b) => a - b).join() !== [...dims.keys(), dims.length].join())
    throw wrong(nameOf(node), `expected each axis of ${turnedText(from)} once, got ${shapeText(order)}`);
  const axes = order.flatMap((axis) => inSample(axis, batchAt) ?? []);
  const turned = {
    ...value,
    dims: axes.map((axis) => dims[axis]),
    layout: turnedLayout(layout, dims, axes),
    image: false,
  };
  reading.giveTurned(node.output[0], turned, order.indexOf(batchAt));
};

/** Axes that a node names, counted from the front. @throws FormatError where it has none or one twice */
function namedAxes(reading: Reading, node: NodeProto, rank: (count: number) => number): number[] {
  const named = axesOf(node, node.input[1] ? reading.constants.needed(node, 1, "its axes") : undefined) ?? [];
  if (named.length === 0 || named.length > 8) throw wrong(nameOf(node), "expected 1 to 8 axes");
  const axes = named.map((axis) => axisOf(node, axis, rank(named.length)));
  if (new Set(axes).size < axes.length) throw wrong(nameOf(node), "expected each axis once");
  return axes;
}

const squeezed: Operator = (reading, node) => {
  const from = reading.turned(node, 0);
  const { value, batchAt } = from;
  const gone = namedAxes(reading, node, () => value.dims.length + 1);
  if (gone.some((axis) => value.dims[inSample(axis, batchAt) ?? -1] !== 1))
    throw wrong(nameOf(node), `expected axes of size 1 of ${turnedText(from)}, got ${shapeText(gone)}`);
  const dims = value.dims.filter((_, i) => !gone.some((axis) => inSample(axis, batchAt) === i));
  const before = gone.filter((axis) => axis < batchAt).length;
  reading.giveTurned(node.output[0], reading.resized(node, value, dims), batchAt - before);
};

/** The size of the batch, where sizes of all axes stand together. */
const BATCH = 0;

const unsqueezed: Operator = (reading, node) => {
  const { value, batchAt } = reading.turned(node, 0);
  const added = new Set(namedAxes(reading, node, (count) => value.dims.length + 1 + count));
  const left = [...value.dims.slice(0, batchAt), BATCH, ...value.dims.slice(batchAt)];
  const all = Array.from({ length: left.length + added.size }, (_, axis) =>
    added.has(axis) ? 1 : (left.shift() as number),
  );
  const sizes = all.filter((size) => size !== BATCH);
  reading.giveTurned(node.output[0], reading.resized(node, value, sizes), all.indexOf(BATCH));
};

/** Another shape of a sample, whose axes before the batch stay. */
const reshaped: Operator = (reading, node) => {
  const from = reading.turned(node, 0);
  const { value, batchAt } = from;
  const { dims } = value;
  const shape =
    integersOf(node, "shape") ?? Array.from(reading.constants.needed(node, 1, "its shape").values);
  const all = [...dims.slice(0, batchAt), 0, ...dims.slice(batchAt)];
  const kept = shape.map((size, i) => (size === 0 && i !== batchAt ? (all[i] ?? 0) : size));
  const sizes = kept.filter((_, i) => i !== batchAt);
  const open = sizes.indexOf(-1);
  const filled = sizes.map((size, i) =>
    i === open ? sizeOf(dims) / sizeOf(sizes.filter((_, j) => j !== open)) : size,
  );
  const batch = shape[batchAt];
  const keeps = batch === 0 || batch === -1 || reading.graph.inputs.some((input) => batch === input.batch);
  const fits =
    filled.length > 0 &&
    filled.length <= 8 &&
    filled.every((size) => Number.isSafeInteger(size) && size > 0) &&
    sizeOf(filled) === sizeOf(dims) &&
    dims.slice(0, batchAt).every((size, i) => size === filled[i]);
  if (!keeps || !fits || (open >= 0 && batch === -1))
    throw wrong(
      nameOf(node),
      `expected it to keep the batch where it is, got ${shapeText(shape)} for ${turnedText(from)}`,
    );
  reading.giveTurned(node.output[0], reading.resized(node, value, filled), batchAt);
};

/** A number that says which element of an axis a Gather takes; undefined for several. */
function indexOf(reading: Reading, node: NodeProto): number | undefined {
  const constant = node.input[1] ? reading.constants.get(node.input[1]) : undefined;
  return constant?.dims.length === 0 ? constant.values[0] : undefined;
}

/** One element of an axis of a sample: a step of a sequence, or the state of one layer. */
export const gather: Operator = (reading, node) => {
  const from = reading.turned(node, 0);
  const { value, batchAt } = from;
  const { dims } = value;
  const index = indexOf(reading, node);
  const given = axisOf(node, numberOf(node, "axis", 0), dims.length + 1);
  const axis = inSample(given, batchAt);
  const size = axis === undefined ? 0 : dims[axis];
  if (!reading.batched || axis === undefined || index === undefined || !(index >= -size && index < size))
    throw wrong(
      nameOf(node),
      `expected one constant index of an axis of ${turnedText(from)} other than the batch, got ${index ?? "others"} of axis ${given}: a look-up in a table does it before the model`,
    );
  if (dims.length < 2) throw wrong(nameOf(node), "expected a sample of several axes");
  const others = [...dims.keys()].filter((i) => i !== axis);
  const rest = others.map((i) => dims[i]);
  const before = given < batchAt ? batchAt - 1 : batchAt;
  if (size === 1) {
    reading.giveTurned(node.output[0], reading.resized(node, value, rest), before);
    return;
  }
  const arranged = reading.arrange(node, value, [axis, ...others]);
  const tensor = reading.apply(node, timeStep(index), [arranged]);
  const layout = reading.layoutOf(rest, [...rest.keys()]);
  reading.giveTurned(node.output[0], { tensor, dims: rest, layout, image: false, flipped: false }, before);
};

/** Concat along an axis other than the batch. Where one of the values is taken out again, it is that. */
const concat: Operator = (reading, node) => {
  const parts = node.input.slice(0, 1024).map((_, i) => reading.turned(node, i));
  const [{ value, batchAt }] = parts;
  const { dims } = value;
  const given = axisOf(node, numberOf(node, "axis", 1), dims.length + 1);
  const axis = inSample(given, batchAt);
  const others = ({ value: { dims }, batchAt }: Turned) =>
    [batchAt, ...dims.map((size, i) => (i === axis ? -1 : size))].join();
  if (axis === undefined || parts.some((part) => others(part) !== others(parts[0])))
    throw wrong(
      nameOf(node),
      `expected an axis other than the batch and the same other axes, got axis ${given} of ${parts.slice(0, 4).map(turnedText).join(" and ")}`,
    );
  if (parts.every((part) => part.value.dims[axis] === 1) && taken(reading, node, parts, given)) return;
  // Where nothing stands before the axis, whole values stand behind one another.
  const isFirst = sizeOf(dims.slice(0, axis)) === 1;
  const order = isFirst ? [...dims.keys()] : [...dims.keys()].filter((i) => i !== axis).concat(axis);
  const tensors = parts.map(({ value: part }) => {
    const whole = isFirst ? reading.resized(node, part, [sizeOf(part.dims)]) : part;
    return reading.arrange(node, whole, isFirst ? [0] : order);
  });
  const tensor = tensors.length > 1 ? reading.apply(node, concatenate(), tensors) : tensors[0];
  const length = parts.reduce((sum, part) => sum + part.value.dims[axis], 0);
  const joined = dims.map((size, i) => (i === axis ? length : size));
  const layout = reading.layoutOf(joined, order);
  reading.giveTurned(node.output[0], { tensor, dims: joined, layout, image: false, flipped: false }, batchAt);
};

/** Gives what each Gather behind a Concat takes out of it, if nothing else is behind that. */
function taken(reading: Reading, node: NodeProto, parts: readonly Turned[], axis: number): boolean {
  const [output] = node.output;
  const users = reading.users(output);
  const places = users.map((user) => {
    const index = indexOf(reading, user) ?? Number.NaN;
    const isSame = user.opType === "Gather" && user.input[0] === output;
    const own = isSame && axisOf(user, numberOf(user, "axis", 0), parts[0].value.dims.length + 1);
    return own === axis ? (index < 0 ? index + parts.length : index) : -1;
  });
  if (reading.uses(output) !== users.length || places.some((place) => parts[place] === undefined))
    return false;
  for (const [i, user] of users.entries()) {
    const { value, batchAt } = parts[places[i]];
    const sample = inSample(axis, batchAt);
    const dims = value.dims.filter((_, i) => i !== sample);
    if (dims.length === 0) return false;
    reading.giveTurned(
      user.output[0],
      reading.resized(user, value, dims),
      axis < batchAt ? batchAt - 1 : batchAt,
    );
    reading.done.add(user);
  }
  return true;
}

const operators: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Gather: gather,
  Reshape: reshaped,
  Squeeze: squeezed,
  Transpose: transposed,
  Unsqueeze: unsqueezed,
};

/** Takes a node that has a value with its batch elsewhere, or moves it there. Says whether it was one. */
export function addTurned(reading: Reading, node: NodeProto): boolean {
  const { opType, input } = node;
  if (!Object.hasOwn(operators, opType) || !reading.batched) return false;
  if (!reading.isTurned(input[0]) && !moves(reading, node)) return false;
  operators[opType](reading, node);
  return true;
}

/** Whether a node moves the batch of a value away from the front. */
function moves(reading: Reading, node: NodeProto): boolean {
  const value = reading.find(node.input[0] ?? "");
  if (!value || value.flipped) return false;
  if (node.opType === "Transpose") return value.dims.length > 1 && (integersOf(node, "perm")?.[0] ?? 1) !== 0;
  if (node.opType !== "Unsqueeze") return false;
  const constant = node.input[1] ? reading.constants.get(node.input[1]) : undefined;
  return axesOf(node, constant)?.includes(0) ?? false;
}
