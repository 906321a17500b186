import type { NodeProto } from "onnx-buf";
import { type Layer, resizing, upSampling1d, upSampling2d } from "../../../index.js";
import { nameOf, numberOf, textOf, wrong } from "../graph.js";
import { type Operator, type Reading, shapeText } from "../reading.js";
import { giveImage, imageOf, tensorOf } from "./windows.js";

/** Where a pixel of the output is in the input (ONNX, "Operator Schemas", Resize). */
const coordinates: Readonly<
  Record<string, (out: number, factor: number, size: number, outSize: number) => number>
> = {
  half_pixel: (out, factor) => (out + 0.5) / factor - 0.5,
  half_pixel_symmetric: (out, factor, size, outSize) => {
    const whole = factor * size;
    return (size / 2) * (1 - outSize / whole) + (out + 0.5) / factor - 0.5;
  },
  pytorch_half_pixel: (out, factor, _, outSize) => (outSize > 1 ? (out + 0.5) / factor - 0.5 : 0),
  align_corners: (out, _, size, outSize) => (outSize > 1 ? (out * (size - 1)) / (outSize - 1) : 0),
  asymmetric: (out, factor) => out / factor,
};

const roundings: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Resize and Upsample of the positions of an image or a sequence. */
export const resize: Operator = (reading, node) => {
  const value = imageOf(reading, node);
  const [channels, ...sizes] = value.dims;
  const isUpsample = node.opType === "Upsample";
  const mode = textOf(node, "mode", "nearest");
  const { outSizes, factors } = sizesOf(reading, node, value.dims);
  const isLinear = mode === "linear" || (isUpsample && mode === "bilinear");
  if (!isLinear && mode !== "nearest")
    throw wrong(nameOf(node), `expected the mode nearest or linear, got ${mode.slice(0, 60)}`);
  const places =
    isUpsample || reading.graph.opset < 11
      ? "asymmetric"
      : textOf(node, "coordinate_transformation_mode", "half_pixel");
  const rounds =
    isUpsample || reading.graph.opset < 11 ? "floor" : textOf(node, "nearest_mode", "round_prefer_floor");
  if (!Object.hasOwn(coordinates, places) || !Object.hasOwn(roundings, rounds))
    throw wrong(
      nameOf(node),
      `expected a known place of pixels, got ${places.slice(0, 60)}, ${rounds.slice(0, 60)}`,
    );
  if (numberOf(node, "antialias", 0) !== 0 && outSizes.some((size, axis) => size < sizes[axis]))
    throw wrong(nameOf(node), "expected it to take pixels as they are, got antialias");
  for (const [axis, size] of sizes.entries()) {
    reading.constants.spend(node, outSizes[axis]);
    const at = (out: number) => coordinates[places](out, factors[axis], size, outSizes[axis]);
    const fits = isLinear
      ? isCentred(size, outSizes[axis], at)
      : isNearest(size, outSizes[axis], at, roundings[rounds]);
    if (!fits)
      throw wrong(
        nameOf(node),
        `expected pixels at their centres, as lanewise has them, got ${places}${isLinear ? "" : ` with ${rounds}`} from ${size} to ${outSizes[axis]}`,
      );
  }
  const interpolation = isLinear ? "bilinear" : "nearest";
  const input = tensorOf(reading, node, value);
  const times = sizes.map((size, axis) => outSizes[axis] / size);
  const isWhole = times.every(Number.isInteger);
  const is2d = sizes.length === 2;
  if (isWhole && (is2d || !isLinear)) {
    const layer = reading.layer(
      node,
      (): Layer =>
        is2d ? upSampling2d({ size: [times[0], times[1]], interpolation }) : upSampling1d({ size: times[0] }),
    );
    giveImage(reading, node.output[0], reading.apply(node, layer, [input]), channels, outSizes);
    return;
  }
  const [height, width] = is2d ? outSizes : [1, outSizes[0]];
  const layer = reading.layer(node, () => resizing({ height, width, interpolation }));
  const image = is2d ? input : reading.reshaped(node, input, [1, ...input.shape]);
  giveImage(reading, node.output[0], reading.apply(node, layer, [image]), channels, outSizes);
};

/**
 * The sizes of the output's positions, and how many times those of the input they are. @throws FormatError
 */
function sizesOf(
  reading: Reading,
  node: NodeProto,
  dims: readonly number[],
): { outSizes: number[]; factors: number[] } {
  const isOld = node.opType === "Upsample" || reading.graph.opset < 11;
  const attribute = node.attribute.find(({ name }) => name === "scales");
  const given = (i: number, what: string) =>
    node.input[i] ? Array.from(reading.constants.needed(node, i, what).values) : [];
  const scales = attribute ? attribute.floats : given(isOld ? 1 : 2, "its scales");
  const sizes = isOld ? [] : given(3, "its sizes");
  const rank = dims.length + 1;
  const named = node.attribute.find(({ name }) => name === "axes")?.ints.map(Number);
  const axes = named ? named.map((axis) => (axis < 0 ? axis + rank : axis)) : [...new Array(rank).keys()];
  const policy = textOf(node, "keep_aspect_ratio_policy", "stretch");
  const numbers = sizes.length > 0 ? sizes : scales;
  if (
    numbers.length !== axes.length ||
    policy !== "stretch" ||
    axes.some((axis) => !(axis >= 0 && axis < rank))
  )
    throw wrong(
      nameOf(node),
      `expected a size or a scale for each of ${axes.length} axes, got ${shapeText(numbers)} with ${policy.slice(0, 60)}`,
    );
  const factors = new Array<number>(rank).fill(1);
  const outSizes = [0, ...dims];
  for (const [i, axis] of axes.entries()) {
    // The batch stays, which may be written as the 0 that Shape gives it.
    const isBatch =
      axis === 0 && sizes.length > 0 && (sizes[i] === 0 || sizes[i] === reading.graph.inputs[0].batch);
    const size = axis === 0 ? 1 : dims[axis - 1];
    factors[axis] = isBatch ? 1 : sizes.length > 0 ? sizes[i] / size : scales[i];
    outSizes[axis] = sizes.length > 0 ? sizes[i] : Math.floor(Math.fround(size * scales[i]));
  }
  const isImage = factors[0] === 1 && factors[1] === 1;
  if (!isImage || outSizes.slice(1).some((size) => !Number.isSafeInteger(size) || size < 1))
    throw wrong(nameOf(node), `expected sizes of at least 1 for positions alone, got ${shapeText(numbers)}`);
  return { outSizes: outSizes.slice(2), factors: factors.slice(2) };
}

/** Whether the nearest pixel is that of the same centre, floor((out + 1/2) size / outSize). */
function isNearest(
  size: number,
  outSize: number,
  at: (out: number) => number,
  round: (at: number) => number,
): boolean {
  for (let out = 0; out < outSize; out++) {
    const own = Math.floor(((2 * out + 1) * size) / (2 * outSize));
    if (Math.min(Math.max(round(at(out)), 0), size - 1) !== own) return false;
  }
  return true;
}

/** Whether pixels lie at (out + 1/2) size / outSize - 1/2. */
function isCentred(size: number, outSize: number, at: (out: number) => number): boolean {
  const clamp = (place: number) => Math.min(Math.max(place, 0), size - 1);
  for (let out = 0; out < outSize; out++) {
    const own = ((out + 0.5) * size) / outSize - 0.5;
    if (!(Math.abs(clamp(at(out)) - clamp(own)) <= 1e-5)) return false;
  }
  return true;
}

/** Tile of one row, which stands at several steps then. */
export const tiled: Operator = (reading, node) => {
  const value = reading.rows(node);
  const repeats = Array.from(reading.constants.needed(node, 1, "its repeats").values);
  const [batch, count, ...others] = repeats;
  const { dims } = value;
  const isOfSteps = reading.batched && dims.length === 2 && dims[0] === 1 && repeats.length === 3;
  if (!isOfSteps || batch !== 1 || others[0] !== 1)
    throw wrong(
      nameOf(node),
      "expected one row, [batch, 1, features], repeated along the second axis, got " +
        `${shapeText(repeats)} times ${shapeText(["batch", ...dims])}`,
    );
  const layer = reading.layer(node, () => upSampling1d({ size: count }));
  const tensor = reading.apply(node, layer, [reading.arrange(node, value)]);
  reading.giveArranged(node.output[0], tensor, [count, dims[1]], [0, 1], false);
};
