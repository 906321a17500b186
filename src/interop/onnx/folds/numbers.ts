import { constantOf, nameOf, numberOf, wrong } from "../graph.js";
import { type Constant, castTo, constantFrom, picked, sizeOf } from "../tensor.js";
import { axisOf } from "./axes.js";
import { axisIndices, batchOfOne, type Fold, given } from "./fold.js";

/** Operators that make constants, or other numbers of the same shape. */
export const numberFolds: Readonly<Record<string, Fold>> = {
  Constant: (node) => constantOf(node),
  ConstantOfShape: (node, [shape], folding) => {
    const [attribute] = node.attribute.filter(({ name }) => name === "value");
    const fill = attribute?.t ? constantFrom(attribute.t, nameOf(node)) : undefined;
    const dims = batchOfOne((shape as Constant).values);
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
  Range: (node, inputs, folding) => {
    const numbers = [0, 1, 2].map((i) => given(node, inputs, i));
    const [start, limit, delta] = numbers.map(({ values }) => values[0]);
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    if (!Number.isSafeInteger(count)) throw wrong(nameOf(node), "expected a range that ends");
    folding.spend(node, count);
    const values = Float64Array.from({ length: count }, (_, i) => start + i * delta);
    return { dims: [count], values, integer: numbers.every(({ integer }) => integer) };
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
};
