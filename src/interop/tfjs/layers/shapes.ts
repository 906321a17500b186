import {
  cropping1d,
  cropping2d,
  flatten,
  permute,
  reshape,
  resizing,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import { onChannelsLast, type Read, type Reading } from "../reading.js";
import { inOne, inTwo, sidesInOne, sidesInTwo, sizesAt } from "./sizes.js";

/** Layers that change the shape of a sample. */

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** One size of the target may be -1: what is left. */
const reshaped: Read = (reading) => {
  const { config, shape } = reading;
  const size = sizeOf(shape);
  const target = config.at("target_shape");
  const sizes = target.list().map((place) => (place.value === -1 ? -1 : place.count(1)));
  const others = sizeOf(sizes.filter((length) => length !== -1));
  const filled = sizes.map((length) => (length === -1 ? size / others : length));
  if (sizeOf(filled) !== size || !filled.every(Number.isSafeInteger) || filled.length > 8)
    throw target.error(`expected a shape for ${size} numbers, got [${sizes.slice(0, 9)}]`);
  return filled.join() === shape.join() ? reading.x : reading.apply(reshape(filled));
};

const flattened: Read = (reading) =>
  reading.channelsLast((x) => (x.shape.length > 1 ? reading.apply(flatten(), x) : x));

const permuted: Read = (reading) => {
  const { shape, config } = reading;
  const dims = config.at("dims").list();
  const axes = dims.map((axis) => axis.count(1) - 1);
  if ([...axes].sort((a, b) => a - b).join() !== [...shape.keys()].join())
    throw config.at("dims").wrong(`each axis from 1 to ${shape.length} once`);
  return axes.every((axis, i) => axis === i)
    ? reading.x
    : reading.apply(permute(axes.map((axis) => axis + 1)));
};

/** "nearest" or "bilinear", which TensorFlow.js does at other positions. @throws FormatError */
function interpolationOf({ config, progress }: Reading, otherwise: string): "nearest" | "bilinear" {
  const place = config.at("interpolation");
  const name = place.empty ? otherwise : place.text();
  if (name !== "nearest" && name !== "bilinear")
    throw place.wrong('"nearest" or "bilinear", which lanewise has');
  if (name === "bilinear" && progress.fromTfjs)
    throw place.error(
      'expected "nearest", got "bilinear": TensorFlow.js takes pixels at their corners, where Keras and lanewise take their centres; use "nearest"',
    );
  return name;
}

/** @throws FormatError for an option that lanewise does not have */
function expectOff(config: Place, ...names: readonly string[]): void {
  for (const name of names)
    if (config.at(name).flag(false)) throw config.at(name).wrong("false, which is all that lanewise does");
}

const resized = onChannelsLast((config, reading) => {
  const interpolation = interpolationOf(reading, "bilinear");
  if (reading.progress.fromTfjs)
    throw config.error(
      "expected a Resizing of Keras, got one of TensorFlow.js, which takes pixels at their corners; use UpSampling2D, or resize images before",
    );
  expectOff(config, "crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias");
  const [height, width] = ["height", "width"].map((name) => config.at(name).count(1));
  return resizing({ height, width, interpolation });
});

/** Layers that change the shape of a sample. */
export const shapeLayers: Readonly<Record<string, Read>> = {
  Reshape: reshaped,
  Flatten: flattened,
  Permute: permuted,
  Resizing: resized,
  ZeroPadding1D: onChannelsLast((config) => zeroPadding1d({ padding: sidesInOne(config.at("padding")) })),
  ZeroPadding2D: onChannelsLast((config) => zeroPadding2d({ padding: sidesInTwo(config.at("padding")) })),
  Cropping1D: onChannelsLast((config) => cropping1d({ cropping: sidesInOne(config.at("cropping")) })),
  Cropping2D: onChannelsLast((config) => cropping2d({ cropping: sidesInTwo(config.at("cropping")) })),
  UpSampling1D: onChannelsLast((config) => upSampling1d({ size: inOne(sizesAt(config.at("size"), 1, [2])) })),
  UpSampling2D: onChannelsLast((config, reading) => {
    const interpolation = interpolationOf(reading, "nearest");
    return upSampling2d({ size: inTwo(sizesAt(config.at("size"), 2, [2, 2])), interpolation });
  }),
};
