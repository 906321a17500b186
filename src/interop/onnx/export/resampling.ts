import { checkSides } from "../../../layers/windows.js";
import { channelsFirst } from "./writer.js";
import type { Write } from "./writing.js";

/** Images of another size: resized, padded or cropped. */

/**
 * Pixels have their places at their centres, but for whole factors of nearest ones, which any reader agrees
 * on.
 */
export const resampling: Write = ({ writer, config, inputs: [x], to }) => {
  const axes = channelsFirst(x.shape);
  const sizes = axes.slice(1).map((axis): [from: number, to: number] => [x.shape[axis], to[axis]]);
  const isWhole = sizes.every(([from, to]) => Number.isInteger(to / from));
  const isLinear = config.interpolation === "bilinear";
  const scales = Float32Array.of(1, 1, ...sizes.map(([from, to]) => scaleOf(from, to)));
  const attributes: Record<string, string> = isLinear
    ? { mode: "linear", coordinate_transformation_mode: "half_pixel" }
    : isWhole
      ? { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
      : { mode: "nearest", coordinate_transformation_mode: "half_pixel", nearest_mode: "round_prefer_ceil" };
  const factors = writer.floats(`${writer.layer}.scales`, [scales.length], scales);
  const name = writer.add("Resize", [writer.arranged(x, axes), "", factors], attributes);
  return writer.value(name, to, axes);
};

/** A float32 of which the product with a size, rounded down, is the other size. */
function scaleOf(from: number, to: number): number {
  const scale = Math.fround(to / from);
  return Math.floor(Math.fround(from * scale)) >= to ? scale : Math.fround(scale * (1 + 1 / 8_388_608));
}

/** Elements before and after each axis of a sample in the graph. */
function sidesOf(type: string, given: unknown, axes: readonly number[]): (readonly [number, number])[] {
  const sides = checkSides(type, type.startsWith("crop") ? "cropping" : "padding", given, axes.length - 1);
  return axes.map((axis) => sides[axis] ?? [0, 0]);
}

export const padding: Write = ({ writer, config, inputs: [x], to }) => {
  const axes = writer.axesOf(x);
  const sides = sidesOf(config.type, config.padding, axes);
  const pads = [0, 1].flatMap((side) => [0, ...sides.map((pair) => pair[side])]);
  const name = writer.add("Pad", [writer.arranged(x, axes), writer.integers("pads", pads)]);
  return writer.value(name, to, axes);
};

export const cropping: Write = ({ writer, config, inputs: [x], to }) => {
  const axes = writer.axesOf(x);
  const sides = sidesOf(config.type, config.cropping, axes);
  const own = [...axes.keys()].filter((i) => sides[i][0] + sides[i][1] > 0);
  if (own.length === 0) return x;
  const begin = own.map((i) => sides[i][0]);
  const end = own.map((i) => x.shape[axes[i]] - sides[i][1]);
  const bounds = [
    writer.integers("begin", begin),
    writer.integers("end", end),
    writer.integers(
      "axes",
      own.map((i) => i + 1),
    ),
  ];
  return writer.value(writer.add("Slice", [writer.arranged(x, axes), ...bounds]), to, axes);
};
