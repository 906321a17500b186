import type { NodeProto } from "onnx-buf";
import { integersOf, nameOf, numberOf, textOf, wrong } from "../graph.js";
import { type Constant, picked, sizeOf, strided, stridesOf } from "../tensor.js";
import { axisOf } from "./axes.js";
import { axisIndices, type Fold, given } from "./fold.js";

/** Numbers from `start` to before `end` by `step`, clamped to an axis of `size`, as Slice counts them. */
function sliced(size: number, start: number, end: number, step: number): { first: number; count: number } {
  const clamp = (at: number, least: number, most: number) =>
    Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, -1, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/** The index that stands at each place of a padded axis, -1 where a new number does. @throws FormatError */
function paddedAxis(node: NodeProto, size: number, before: number, after: number, mode: string): number[] {
  return Array.from({ length: Math.max(0, before + size + after) }, (_, place) => {
    const i = place - before;
    if (i >= 0 && i < size) return i;
    if (mode === "constant") return -1;
    if (mode === "edge") return Math.min(Math.max(i, 0), size - 1);
    if (mode === "wrap") return ((i % size) + size) % size;
    if (mode !== "reflect") throw wrong(nameOf(node), "expected the mode constant, reflect, edge or wrap");
    const period = Math.max(1, 2 * (size - 1));
    const inside = ((i % period) + period) % period;
    return Math.min(inside, period - inside);
  });
}

/** Operators that put constants together, or take parts of them. */
export const partFolds: Readonly<Record<string, Fold>> = {
  Concat: (node, inputs, folding) => {
    const parts = inputs.map((_, i) => given(node, inputs, i));
    const [{ dims }] = parts;
    const axis = axisOf(node, numberOf(node, "axis", 1), Math.max(dims.length, 1));
    const alike = (of: readonly number[]) => of.map((size, i) => (i === axis ? -1 : size)).join();
    if (parts.some((part) => alike(part.dims) !== alike(dims)))
      throw wrong(nameOf(node), "expected constants of shapes that go together");
    const length = parts.reduce((sum, part) => sum + (part.dims[axis] ?? 1), 0);
    const outer = sizeOf(dims.slice(0, axis));
    const inner = sizeOf(dims.slice(axis + 1));
    folding.spend(node, outer * length * inner);
    const values = new Float64Array(outer * length * inner);
    let at = 0;
    for (let i = 0; i < outer; i++)
      for (const part of parts) {
        const run = (part.dims[axis] ?? 1) * inner;
        for (let j = 0; j < run; j++) values[at++] = part.values[i * run + j];
      }
    const joined = dims.length === 0 ? [length] : dims.map((size, i) => (i === axis ? length : size));
    return { dims: joined, values, integer: parts.every(({ integer }) => integer) };
  },
  Gather: (node, inputs, folding) => {
    const [from, indices] = [given(node, inputs, 0), given(node, inputs, 1)];
    const axis = axisOf(node, numberOf(node, "axis", 0), from.dims.length);
    const size = from.dims[axis];
    const picked = Array.from(indices.values, (index) => (index < 0 ? index + size : index));
    if (!picked.every((index) => Number.isInteger(index) && index >= 0 && index < size))
      throw wrong(nameOf(node), `expected indices of ${size} elements`);
    const outer = sizeOf(from.dims.slice(0, axis));
    const inner = sizeOf(from.dims.slice(axis + 1));
    folding.spend(node, outer * picked.length * inner);
    const values = new Float64Array(outer * picked.length * inner);
    let at = 0;
    for (let i = 0; i < outer; i++)
      for (const index of picked)
        for (let j = 0; j < inner; j++) values[at++] = from.values[(i * size + index) * inner + j];
    const dims = [...from.dims.slice(0, axis), ...indices.dims, ...from.dims.slice(axis + 1)];
    return { dims, values, integer: from.integer };
  },
  Slice: (node, inputs, folding) => {
    const from = given(node, inputs, 0);
    const numbers = (name: string, i: number) =>
      integersOf(node, name) ?? (inputs[i] && Array.from(inputs[i].values));
    const [starts, ends] = [numbers("starts", 1) ?? [], numbers("ends", 2) ?? []];
    const axes = numbers("axes", 3) ?? starts.map((_, i) => i);
    const steps = numbers("steps", 4) ?? starts.map(() => 1);
    if ([ends, axes, steps].some((of) => of.length !== starts.length) || steps.includes(0))
      throw wrong(nameOf(node), "expected a start, an end and a step for each axis");
    const dims = [...from.dims];
    const strides = stridesOf(dims);
    let begin = 0;
    for (const [i, given] of axes.entries()) {
      const axis = axisOf(node, given, dims.length);
      const { first, count } = sliced(from.dims[axis], starts[i], ends[i], steps[i]);
      begin += count > 0 ? first * stridesOf(from.dims)[axis] : 0;
      strides[axis] = stridesOf(from.dims)[axis] * steps[i];
      dims[axis] = count;
    }
    folding.spend(node, sizeOf(dims));
    return { ...from, dims, values: strided(from.values, dims, strides, begin) };
  },
  Tile: (node, inputs, folding) => {
    const [from, repeats] = [given(node, inputs, 0), given(node, inputs, 1)];
    const dims = from.dims.map((size, axis) => size * repeats.values[axis]);
    if (
      repeats.values.length !== dims.length ||
      !dims.every((size) => Number.isSafeInteger(size) && size >= 0)
    )
      throw wrong(nameOf(node), `expected a number of repeats for each of ${from.dims.length} axes`);
    folding.spend(node, sizeOf(dims));
    const indices = dims.map((size, axis) => axisIndices(size).map((i) => i % from.dims[axis]));
    return { ...from, dims, values: picked(from, indices) };
  },
  Split: (node, [constant, sizes], folding) => {
    const { dims, values } = constant as Constant;
    const axis = axisOf(node, numberOf(node, "axis", 0), dims.length);
    const size = dims[axis];
    const parts = node.output.length;
    const longest = Math.ceil(size / parts);
    const lengths =
      integersOf(node, "split") ??
      (sizes && Array.from(sizes.values)) ??
      axisIndices(parts).map((i) => Math.min(longest, size - i * longest));
    const sum = lengths.reduce((total, length) => total + length, 0);
    if (lengths.length !== parts || sum !== size || !lengths.every((length) => length >= 0))
      throw wrong(nameOf(node), `expected ${parts} sizes with the sum ${size}, got [${lengths.slice(0, 9)}]`);
    folding.spend(node, values.length);
    let begin = 0;
    return lengths.map((length) => {
      const part = dims.map((size, i) => (i === axis ? length : size));
      const strides = stridesOf(dims);
      begin += length;
      const made = strided(values, part, strides, (begin - length) * strides[axis]);
      return { ...(constant as Constant), dims: part, values: made };
    });
  },
  Pad: (node, inputs, folding) => {
    const from = given(node, inputs, 0);
    const rank = from.dims.length;
    const pads = integersOf(node, "pads") ?? Array.from(given(node, inputs, 1).values);
    const axes = inputs[3]
      ? Array.from(inputs[3].values, (axis) => axisOf(node, axis, rank))
      : axisIndices(rank);
    if (pads.length !== 2 * axes.length) throw wrong(nameOf(node), "expected two numbers for each axis");
    const around = (axis: number) => {
      const i = axes.indexOf(axis);
      return i < 0 ? [0, 0] : [pads[i], pads[axes.length + i]];
    };
    const sizes = from.dims.map((size, axis) => Math.max(0, size + around(axis)[0] + around(axis)[1]));
    folding.spend(node, sizeOf(sizes));
    const mode = textOf(node, "mode", "constant");
    if (mode !== "constant" && from.values.length === 0)
      throw wrong(nameOf(node), "expected numbers to repeat");
    const indices = from.dims.map((size, axis) =>
      paddedAxis(node, size, around(axis)[0], around(axis)[1], mode),
    );
    const fill = inputs[2] ? inputs[2].values[0] : numberOf(node, "value", 0);
    return { ...from, dims: sizes, values: picked(from, indices, fill) };
  },
};
