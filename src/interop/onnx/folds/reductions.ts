import { exp, log } from "../elementwise.js";
import { numberOf } from "../graph.js";
import { type Constant, sizeOf } from "../tensor.js";
import { axesOf, axisOf } from "./axes.js";
import { type Fold, turned } from "./fold.js";

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

/** Operators that make one number of those along axes. */
export const reductionFolds: Readonly<Record<string, Fold>> = {
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
};
