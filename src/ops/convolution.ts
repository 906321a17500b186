import { ShapeError } from "../core/errors.js";
import type { Kernels } from "../core/kernels.js";
import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { NONE, sizeOf, type Value } from "../graph/value.js";
import { type Geometry, recordOf } from "./geometry.js";
import { sumRowsOp } from "./sum-rows.js";

/**
 * y[outHeight, outWidth, filters] = x[height, width, channels] convolved with w[kernelHeight, kernelWidth,
 * channels / groups, filters], + b[filters]. `shape` is that of y: in one dimension it has no height.
 * @throws ShapeError
 */
export function convolution(
  graph: Graph,
  x: Value,
  w: Value,
  b: Value,
  geometry: Geometry,
  shape: readonly number[],
): Value {
  checkConvolution("convolution", x, w, b, geometry, shape);
  return graph.emit(convolutionOp, [x, w, b], shape, geometry);
}

/**
 * The transpose of convolution: y[height, width, channels] from x[outHeight, outWidth, filters], with
 * b[channels] added. `shape` is that of y. @throws ShapeError
 */
export function convolutionTransposed(
  graph: Graph,
  x: Value,
  w: Value,
  b: Value,
  geometry: Geometry,
  shape: readonly number[],
): Value {
  checkConvolution("convolutionTransposed", x, w, b, geometry, shape);
  return graph.emit(transposedOp, [x, w, b], shape, geometry);
}

/** The tensors of a convolution, or of its transpose, have the sizes of its geometry. @throws ShapeError */
export function checkConvolution(
  who: string,
  x: Value,
  w: Value,
  b: Value,
  g: Geometry,
  shape: readonly number[],
): void {
  const covered = g.height * g.width * g.channels;
  const windows = g.outHeight * g.outWidth * g.filters;
  const transposed = who === "convolutionTransposed";
  const [before, after] = transposed ? [windows, covered] : [covered, windows];
  const outputs = transposed ? g.channels : g.filters;
  const weights = (g.kernelHeight * g.kernelWidth * g.channels * g.filters) / g.groups;
  const fits = x.size === before && w.size === weights && (b === NONE || b.size === outputs);
  if (fits && sizeOf(shape) === after) return;
  const text = (sizes: readonly number[]) => `[${sizes.join(", ")}]`;
  throw new ShapeError(
    `${who} expected x of ${before} elements, w of ${weights}, b of ${outputs} and y of ${after}, got ${text(x.shape)}, ${text(w.shape)}, ${text(b.shape)} and ${text(shape)}`,
  );
}

const record = ({ attributes }: Node<Geometry>): readonly number[] => recordOf(attributes);

const scratch = (
  { attributes: { channels, filters, kernelHeight, kernelWidth, groups } }: Node<Geometry>,
  _rows: number,
  kernels: Kernels,
): number => kernels.convolutionWorkspace(channels, filters, kernelHeight, kernelWidth, groups);

/** Each of the three products has as many terms. */
const work = ({ attributes: g }: Node<Geometry>): number =>
  (g.outHeight * g.outWidth * g.filters * g.kernelHeight * g.kernelWidth * g.channels) / g.groups;

const convolutionOp: Op<Geometry> = {
  name: "convolution",
  record,
  scratch,
  work,
  bind({ inputs: [x, w, b], outputs: [y] }, { kernels, at, record, scratch }) {
    const { convolution } = kernels;
    return function convolutionStep(rows) {
      convolution(at[x.id], at[w.id], at[b.id], at[y.id], at[record], rows, at[scratch]);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, w, b], attributes }, dy) => {
        g.into(w, weightGradientOp, [x, dy], attributes);
        g.into(b, sumRowsOp, [dy]);
        g.into(x, transposedOp, [dy, w, NONE], attributes);
      }
    : undefined,
};

const transposedOp: Op<Geometry> = {
  name: "convolutionTransposed",
  record,
  scratch,
  work,
  bind({ inputs: [x, w, b], outputs: [y] }, { kernels, at, record, scratch }) {
    const { convolutionTransposed } = kernels;
    return function transposedStep(rows) {
      convolutionTransposed(at[x.id], at[w.id], at[b.id], at[y.id], at[record], rows, at[scratch]);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, w, b], attributes }, dy) => {
        g.into(w, weightGradientOp, [dy, x], attributes);
        g.into(b, sumRowsOp, [dy]);
        g.into(x, convolutionOp, [dy, w, NONE], attributes);
      }
    : undefined,
};

/** dw from the larger side, which the windows cover, and the side that has a pixel for each window. */
const weightGradientOp: Op<Geometry> = {
  name: "convolutionWeightGradient",
  accumulates: true,
  record,
  scratch,
  work,
  bind({ inputs: [covered, windows], outputs: [dw], attributes, adds }, { kernels, at, record, scratch }) {
    const { convolutionWeightGradient } = kernels;
    const { filters } = attributes;
    const count = dw.size / filters;
    return function convolutionWeightGradientStep(rows) {
      convolutionWeightGradient(
        at[covered.id],
        at[windows.id],
        at[dw.id],
        at[record],
        rows,
        adds,
        at[scratch],
        0,
        count,
        filters,
      );
    };
  },
};
