import type { NodeProto } from "onnx-buf";
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  type Layer,
  maxPool1d,
  maxPool2d,
} from "../../../index.js";
import { axesOf, axisOf } from "../folds/axes.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { channelsLast, type Operator, shapeText } from "../reading.js";
import { sizeOf } from "../tensor.js";
import {
  countsOf,
  giveImage,
  imageOf,
  optionsOf,
  pair,
  tensorOf,
  type Windows,
  windowsOf,
} from "./windows.js";

/** MaxPool and AveragePool. */
export const pool: Operator = (reading, node) => {
  const value = imageOf(reading, node);
  const [channels, ...sizes] = value.dims;
  const isMax = node.opType === "MaxPool";
  const countPadding = !isMax && numberOf(node, "count_include_pad", 0) !== 0;
  const given = windowsOf(node, sizes);
  if (given.dilation.some((apart) => apart !== 1))
    throw wrong(
      nameOf(node),
      `expected dilations of 1, which lanewise has, got ${shapeText(given.dilation)}`,
    );
  const windows = numberOf(node, "ceil_mode", 0) !== 0 ? roundedUp(node, given, sizes, countPadding) : given;
  const poolSize = pair(windows.kernel);
  const { strides, padding } = optionsOf(windows);
  const oneWay = {
    poolSize: windows.kernel[0],
    strides: windows.strides[0],
    padding: padding === "valid" ? padding : windows.padding[0],
  };
  const layer = reading.layer(node, (): Layer => {
    if (sizes.length === 1) return isMax ? maxPool1d(oneWay) : averagePool1d({ ...oneWay, countPadding });
    const both = { poolSize, strides, padding };
    return isMax ? maxPool2d(both) : averagePool2d({ ...both, countPadding });
  });
  const tensor = reading.apply(node, layer, [tensorOf(reading, node, value)]);
  giveImage(reading, node.output[0], tensor, channels, countsOf(windows, sizes));
};

/**
 * Windows of which as many are there as begin within the image or the padding before it: where the last one
 * ends beyond the padding, that is larger here. @throws FormatError where the mean would count that padding
 */
function roundedUp(
  node: NodeProto,
  windows: Windows,
  sizes: readonly number[],
  countPadding: boolean,
): Windows {
  const { kernel, strides, padding } = windows;
  const larger = padding.map(([before, after], axis): [number, number] => {
    const padded = sizes[axis] + before + after;
    const count = Math.ceil((padded - kernel[axis]) / strides[axis]) + 1;
    const beyond = (count - 1) * strides[axis] >= sizes[axis] + before ? 1 : 0;
    const end = (count - 1 - beyond) * strides[axis] + kernel[axis];
    return [before, Math.max(after, after + end - padded)];
  });
  if (countPadding && larger.some(([, after], axis) => after !== padding[axis][1]))
    throw wrong(
      nameOf(node),
      "expected windows that end within the padding, got ceil_mode and count_include_pad with others",
    );
  return { ...windows, padding: larger };
}

/** GlobalMaxPool and GlobalAveragePool, whose axes of positions stay. */
export const globalPool: Operator = (reading, node) => {
  const value = imageOf(reading, node);
  const [channels, ...sizes] = value.dims;
  const options = { keepDims: true };
  const is2d = sizes.length === 2;
  const layer =
    node.opType === "GlobalMaxPool"
      ? (is2d ? globalMaxPool2d : globalMaxPool1d)(options)
      : (is2d ? globalAveragePool2d : globalAveragePool1d)(options);
  const x = reading.carried.with(node, tensorOf(reading, node, value), undefined);
  const tensor = reading.apply(node, layer, [x]);
  giveImage(
    reading,
    node.output[0],
    tensor,
    channels,
    sizes.map(() => 1),
  );
};

/** ReduceMean and ReduceMax over axes of a sample: those of positions, or any. */
export const reduction: Operator = (reading, node) => {
  const value = reading.rows(node);
  const { dims, image } = value;
  const named = axesOf(node, node.input[1] ? reading.constants.needed(node, 1, "its axes") : undefined) ?? [];
  const rank = reading.rankOf(value);
  const gone = [...new Set(named.map((axis) => axisOf(node, axis, rank) - (rank - dims.length)))];
  if (!reading.batched || gone.length === 0 || gone.some((axis) => axis < 0) || gone.length === dims.length)
    throw wrong(
      nameOf(node),
      `expected axes of a sample but not all of ${shapeText(["batch", ...dims])}, got ${shapeText(named)}`,
    );
  const kept = [...dims.keys()].filter((axis) => !gone.includes(axis));
  const keeps = numberOf(node, "keepdims", 1) !== 0;
  const isMax = node.opType === "ReduceMax";
  const left = keeps
    ? dims.map((size, axis) => (gone.includes(axis) ? 1 : size))
    : kept.map((axis) => dims[axis]);
  const [output] = node.output;
  // Over all positions of an image.
  if (image && dims.length === 3 && kept.join() === "0") {
    const layer = (isMax ? globalMaxPool2d : globalAveragePool2d)({ keepDims: keeps });
    const tensor = reading.apply(node, layer, [reading.arrange(node, value, channelsLast(dims))]);
    reading.giveArranged(output, tensor, left, keeps ? channelsLast(left) : [0], keeps);
    return;
  }
  const order = [...gone].sort((a, b) => a - b).concat(kept);
  const sizes = order.map((axis) => dims[axis]);
  const flat = [sizeOf(sizes.slice(0, gone.length)), sizeOf(sizes.slice(gone.length))];
  const arranged = reading.reshaped(node, reading.arrange(node, value, order), flat);
  const rows = reading.carried.with(node, arranged, undefined);
  const tensor = reading.apply(node, (isMax ? globalMaxPool1d : globalAveragePool1d)(), [rows]);
  reading.giveArranged(output, tensor, left, [...left.keys()], image && keeps && !gone.includes(0));
};
