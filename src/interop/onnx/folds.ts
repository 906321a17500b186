import type { NodeProto } from "onnx-buf";
import { exp, log } from "./elementwise.js";
import { constantOf, integersOf, nameOf, numberOf, textOf, wrong } from "./graph.js";
import {
  broadcast,
  type Constant,
  castTo,
  constantFrom,
  picked,
  sizeOf,
  strided,
  stridesOf,
} from "./tensor.js";

/** What a fold may ask of the graph that it works in. */
export interface Folding {
  /** The version of ONNX's operator set. */
  readonly opset: number;
  /** @throws FormatError when the file has asked for more numbers than one of its length can account for */
  spend(node: NodeProto, numbers: number): void;
}

/**
 * What an operator makes of constants: its output, or a list of its outputs. The first of its inputs is
 * there, others may be left out.
 */
type Fold = (
  node: NodeProto,
  inputs: readonly (Constant | undefined)[],
  folding: Folding,
) => Constant | Constant[];

const list = (values: readonly number[]): Constant => ({ dims: [values.length], values, integer: true });

/** An input that has to be there. @throws FormatError */
function given(node: NodeProto, inputs: readonly (Constant | undefined)[], i: number): Constant {
  const constant = inputs[i];
  if (!constant) throw wrong(nameOf(node), `expected at least ${i + 1} inputs, got ${inputs.length}`);
  return constant;
}

/** An axis counted from the front. @throws FormatError for one that is not there */
export function axisOf(node: NodeProto, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
  throw wrong(nameOf(node), `expected an axis of ${rank} dimensions, got ${axis}`);
}

/** The sizes that a Shape gives; from operator set 15 on it may have a start and an end. */
export const shapeBetween = (node: NodeProto, dims: readonly number[]): readonly number[] =>
  dims.slice(numberOf(node, "start", 0), numberOf(node, "end", dims.length));

/** Axes from an attribute, as early operator sets have them, or else from the second input. */
export const axesOf = (node: NodeProto, constant: Constant | undefined): number[] | undefined =>
  integersOf(node, "axes") ?? (constant && Array.from(constant.values));

/** A shape with one size left open (-1), and sizes that stay as they were (0). @throws FormatError */
function reshaped(node: NodeProto, from: Constant, shape: readonly number[]): Constant {
  const keeps = numberOf(node, "allowzero", 0) === 0;
  const sizes = shape.map((size, i) => (size === 0 && keeps ? (from.dims[i] ?? 0) : size));
  const open = sizes.indexOf(-1);
  if (open >= 0) sizes[open] = from.values.length / sizeOf(sizes.filter((_, i) => i !== open));
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0) || sizeOf(sizes) !== from.values.length)
    throw wrong(
      nameOf(node),
      `expected a shape for ${from.values.length} numbers, got [${shape.slice(0, 9)}]`,
    );
  return { ...from, dims: sizes };
}

/** A product of matrices, of which vectors are rows or columns. @throws FormatError for other shapes */
function product(node: NodeProto, a: Constant, b: Constant, folding: Folding): Constant {
  const [left, right] = [
    a.dims.length === 1 ? [1, ...a.dims] : a.dims,
    b.dims.length === 1 ? [...b.dims, 1] : b.dims,
  ];
  const [[rows, inner], [again, cols]] = [left, right];
  if (left.length !== 2 || right.length !== 2 || inner !== again)
    throw wrong(nameOf(node), `expected two matrices that go together, got [${a.dims}] and [${b.dims}]`);
  folding.spend(node, Math.max(rows * cols, (rows * cols * inner) / 256));
  const values = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++)
      for (let j = 0; j < cols; j++) values[i * cols + j] += a.values[i * inner + k] * b.values[k * cols + j];
  const dims = [...(a.dims.length > 1 ? [rows] : []), ...(b.dims.length > 1 ? [cols] : [])];
  return { dims, values, integer: a.integer && b.integer };
}

function turned(node: NodeProto, constant: Constant, order: readonly number[]): Constant {
  const { dims, values } = constant;
  const axes = order.map((axis) => axisOf(node, axis, dims.length));
  if (axes.length !== dims.length || new Set(axes).size !== axes.length)
    throw wrong(nameOf(node), `expected an order of ${dims.length} axes, got [${order.slice(0, 9)}]`);
  const strides = stridesOf(dims);
  const turnedDims = axes.map((axis) => dims[axis]);
  return {
    ...constant,
    dims: turnedDims,
    values: strided(
      values,
      turnedDims,
      axes.map((axis) => strides[axis]),
    ),
  };
}

function softmax(
  node: NodeProto,
  constant: Constant,
  opset: number,
  ofSum: (x: number, sum: number) => number,
) {
  const { dims, values } = constant;
  const axis = axisOf(node, numberOf(node, "axis", opset < 13 ? 1 : -1), dims.length);
  // Up to operator set 12 it goes over all dimensions from the axis on.
  const inner = opset < 13 ? 1 : sizeOf(dims.slice(axis + 1));
  const length = opset < 13 ? sizeOf(dims.slice(axis)) : dims[axis];
  const out = new Float64Array(values.length);
  for (let begin = 0; begin < values.length; begin += length * inner)
    for (let i = begin; i < begin + inner; i++) {
      let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let j = 0; j < length; j++) most = Math.max(most, values[i + j * inner]);
      for (let j = 0; j < length; j++) sum += exp(values[i + j * inner] - most);
      for (let j = 0; j < length; j++) out[i + j * inner] = ofSum(values[i + j * inner] - most, sum);
    }
  return { dims, values: out, integer: false };
}

/** Numbers from `start` to before `end` by `step`, clamped to an axis of `size`, as Slice counts them. */
function sliced(size: number, start: number, end: number, step: number): { first: number; count: number } {
  const clamp = (at: number, least: number, most: number) =>
    Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, -1, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/** A constant broadcast to the shape that it and `shape` have together. @throws FormatError */
export function expanded(
  node: NodeProto,
  from: Constant,
  shape: readonly number[],
  folding: Folding,
): Constant {
  const dims = broadcast([from.dims, shape]);
  if (!dims || dims.length > 16) throw wrong(nameOf(node), "expected a shape that the constant goes with");
  folding.spend(node, sizeOf(dims));
  const own = stridesOf(from.dims);
  const before = dims.length - from.dims.length;
  const strides = dims.map((_, i) => (i < before || from.dims[i - before] === 1 ? 0 : own[i - before]));
  return { ...from, dims, values: strided(from.values, dims, strides) };
}

/** The indices 0, 1, 2 ... of an axis. */
const axisIndices = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** Numbers along axes of a constant, as the others are, made one. */
const reduced =
  (of: (values: Float64Array) => number): Fold =>
  (node, [constant, axes], folding) => {
    const { dims, values, integer } = constant as Constant;
    const named = axesOf(node, axes) ?? [];
    if (named.length === 0 && numberOf(node, "noop_with_empty_axes", 0) !== 0) return constant as Constant;
    const gone = new Set(
      named.length > 0 ? named.map((axis) => axisOf(node, axis, dims.length)) : dims.keys(),
    );
    folding.spend(node, values.length);
    const order = [...dims.keys()].sort((a, b) => Number(gone.has(a)) - Number(gone.has(b)) || a - b);
    const sorted = turned(node, constant as Constant, order).values as Float64Array;
    const kept = dims.filter((_, axis) => !gone.has(axis));
    const length = sizeOf(dims.filter((_, axis) => gone.has(axis)));
    const made = Float64Array.from({ length: sizeOf(kept) }, (_, i) => {
      const value = of(sorted.subarray(i * length, (i + 1) * length));
      return integer ? Math.trunc(value) : value;
    });
    const keeps = numberOf(node, "keepdims", 1) !== 0;
    return {
      dims: keeps ? dims.map((size, axis) => (gone.has(axis) ? 1 : size)) : kept,
      values: made,
      integer,
    };
  };

const sumOf = (values: Float64Array, of: (value: number) => number = (value) => value): number =>
  values.reduce((sum, value) => sum + of(value), 0);

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

/**
 * Operators on constants alone, beside those that work element by element: what exporters leave where a
 * weight is transposed or a shape put together (ONNX, "Operator Schemas").
 */
export const folds: Readonly<Record<string, Fold>> = {
  Constant: (node) => constantOf(node),
  ConstantOfShape: (node, [shape], folding) => {
    const [attribute] = node.attribute.filter(({ name }) => name === "value");
    const fill = attribute?.t ? constantFrom(attribute.t, nameOf(node)) : undefined;
    const dims = Array.from((shape as Constant).values);
    const count = sizeOf(dims);
    if (dims.length > 16 || !dims.every((size) => Number.isSafeInteger(size) && size >= 0))
      throw wrong(nameOf(node), "expected a shape");
    folding.spend(node, count);
    return {
      dims,
      values: new Float64Array(count).fill(fill?.values[0] ?? 0),
      integer: fill?.integer ?? false,
    };
  },
  Identity: (_, [constant]) => constant as Constant,
  Dropout: (_, [constant]) => constant as Constant,
  Cast: (node, [constant]) => {
    const cast = castTo(constant as Constant, numberOf(node, "to", 1));
    if (!cast) throw wrong(nameOf(node), "expected a type of numbers");
    return cast;
  },
  CastLike: (node, inputs) => {
    const [from, like] = [given(node, inputs, 0), given(node, inputs, 1)];
    return like.integer
      ? { ...from, values: Float64Array.from(from.values, Math.trunc), integer: true }
      : { ...from, integer: false };
  },
  Shape: (node, [constant]) => list(shapeBetween(node, (constant as Constant).dims)),
  Size: (_, [constant]) => ({ dims: [], values: [(constant as Constant).values.length], integer: true }),
  Reshape: (node, inputs) =>
    reshaped(
      node,
      given(node, inputs, 0),
      integersOf(node, "shape") ?? Array.from(given(node, inputs, 1).values),
    ),
  Flatten: (node, [constant]) => {
    const { dims } = constant as Constant;
    const axis = numberOf(node, "axis", 1);
    const at = axis === dims.length ? axis : axisOf(node, axis, Math.max(dims.length, 1));
    return { ...(constant as Constant), dims: [sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at))] };
  },
  Squeeze: (node, [constant, axes]) => {
    const { dims } = constant as Constant;
    const gone = axesOf(node, axes)?.map((axis) => axisOf(node, axis, dims.length));
    if (gone?.some((axis) => dims[axis] !== 1)) throw wrong(nameOf(node), "expected axes of size 1");
    const kept = dims.filter((size, axis) => (gone ? !gone.includes(axis) : size !== 1));
    return { ...(constant as Constant), dims: kept };
  },
  Unsqueeze: (node, [constant, axes]) => {
    const { dims } = constant as Constant;
    const wanted = axesOf(node, axes) ?? [];
    const rank = dims.length + wanted.length;
    if (rank > 16) throw wrong(nameOf(node), `expected at most 16 dimensions, got ${rank}`);
    const added = new Set(wanted.map((axis) => axisOf(node, axis, rank)));
    if (added.size !== wanted.length) throw wrong(nameOf(node), "expected each axis once");
    let next = 0;
    return {
      ...(constant as Constant),
      dims: Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : dims[next++])),
    };
  },
  Transpose: (node, [constant]) => {
    const { dims } = constant as Constant;
    return turned(
      node,
      constant as Constant,
      integersOf(node, "perm") ?? dims.map((_, i) => dims.length - 1 - i),
    );
  },
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
  Expand: (node, inputs, folding) =>
    expanded(node, given(node, inputs, 0), Array.from(given(node, inputs, 1).values), folding),
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
  Range: (node, inputs, folding) => {
    const numbers = [0, 1, 2].map((i) => given(node, inputs, i));
    const [start, limit, delta] = numbers.map(({ values }) => values[0]);
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    if (!Number.isSafeInteger(count)) throw wrong(nameOf(node), "expected a range that ends");
    folding.spend(node, count);
    const values = Float64Array.from({ length: count }, (_, i) => start + i * delta);
    return { dims: [count], values, integer: numbers.every(({ integer }) => integer) };
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
  Trilu: (node, [constant, diagonal], folding) => {
    const { dims, values } = constant as Constant;
    if (dims.length < 2) throw wrong(nameOf(node), "expected matrices");
    folding.spend(node, values.length);
    const [rows, cols] = dims.slice(-2);
    const k = diagonal?.values[0] ?? 0;
    const upper = numberOf(node, "upper", 1) !== 0;
    const kept = (at: number) => {
      const over = (at % cols) - (Math.floor(at / cols) % rows) - k;
      return upper ? over >= 0 : over <= 0;
    };
    return {
      ...(constant as Constant),
      values: Float64Array.from(values, (value, at) => (kept(at) ? value : 0)),
    };
  },
  EyeLike: (node, [constant], folding) => {
    const { dims, values, integer } = constant as Constant;
    if (dims.length !== 2) throw wrong(nameOf(node), "expected a matrix");
    folding.spend(node, values.length);
    const k = numberOf(node, "k", 0);
    const eye = Float64Array.from(values, (_, at) => Number((at % dims[1]) - Math.floor(at / dims[1]) === k));
    return castTo({ dims, values: eye, integer }, numberOf(node, "dtype", integer ? 7 : 1)) as Constant;
  },
  /** (x - zero point) scale, of each channel along an axis, or of each block of numbers there. */
  DequantizeLinear: (node, inputs, folding) => {
    const [from, scale, zero] = [given(node, inputs, 0), given(node, inputs, 1), inputs[2]];
    const { dims } = from;
    const block = numberOf(node, "block_size", 0);
    const axis = scale.values.length === 1 ? 0 : axisOf(node, numberOf(node, "axis", 1), dims.length);
    const blocked = block > 0 && scale.dims.length === dims.length;
    const length = scale.values.length;
    const own = blocked ? scale.dims : dims.map((_, i) => (i === axis ? length : 1));
    const expected = dims.map((size, i) => {
      if (i !== axis) return blocked ? size : 1;
      return length === 1 ? 1 : blocked ? Math.ceil(size / block) : size;
    });
    if ((length !== 1 && own.join() !== expected.join()) || (zero && zero.values.length !== length))
      throw wrong(nameOf(node), `expected a scale and a zero point for [${dims}], got [${scale.dims}]`);
    folding.spend(node, from.values.length);
    const indices = dims.map((size, i) =>
      axisIndices(size).map((at) => {
        if (length === 1 || own[i] === 1) return 0;
        return blocked && i === axis ? Math.floor(at / block) : at;
      }),
    );
    const spread = (of: Constant) => picked({ ...of, dims: length === 1 ? dims.map(() => 1) : own }, indices);
    const [factors, zeros] = [spread(scale), zero && spread(zero)];
    const values = Float64Array.from(from.values, (value, i) => (value - (zeros?.[i] ?? 0)) * factors[i]);
    return { dims, values, integer: false };
  },
  ReduceSum: reduced((values) => sumOf(values)),
  ReduceMean: reduced((values) => sumOf(values) / values.length),
  ReduceProd: reduced((values) => values.reduce((product, value) => product * value, 1)),
  ReduceMax: reduced((values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  ReduceMin: reduced((values) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
  ReduceL1: reduced((values) => sumOf(values, Math.abs)),
  ReduceL2: reduced((values) => Math.sqrt(sumOf(values, (value) => value * value))),
  ReduceSumSquare: reduced((values) => sumOf(values, (value) => value * value)),
  ReduceLogSum: reduced((values) => log(sumOf(values))),
  ReduceLogSumExp: reduced((values) => {
    const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return most + log(sumOf(values, (value) => exp(value - most)));
  }),
  MatMul: (node, inputs, folding) => product(node, given(node, inputs, 0), given(node, inputs, 1), folding),
  Gemm: (node, inputs, folding) => {
    const operand = (i: number, transposed: string): Constant => {
      const matrix = given(node, inputs, i);
      if (matrix.dims.length !== 2) throw wrong(nameOf(node), "expected a matrix");
      return numberOf(node, transposed, 0) === 0 ? matrix : turned(node, matrix, [1, 0]);
    };
    const { dims, values } = product(node, operand(0, "transA"), operand(1, "transB"), folding);
    const [alpha, beta] = [numberOf(node, "alpha", 1), numberOf(node, "beta", 1)];
    const more = inputs[2] && expanded(node, inputs[2], dims, folding);
    if (more && more.dims.join() !== dims.join())
      throw wrong(nameOf(node), "expected a third input that goes with the product");
    return {
      dims,
      values: Float64Array.from(values, (value, i) => alpha * value + (more ? beta * more.values[i] : 0)),
      integer: false,
    };
  },
  Softmax: (node, [constant], { opset }) =>
    softmax(node, constant as Constant, opset, (x, sum) => exp(x) / sum),
  LogSoftmax: (node, [constant], { opset }) =>
    softmax(node, constant as Constant, opset, (x, sum) => x - log(sum)),
};
