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
  const { height, width, channels, outHeight, outWidth, filters } = geometry;
  check("convolution", x, height * width * channels, w, b, filters, geometry);
  if (sizeOf(shape) !== outHeight * outWidth * filters)
    throw new ShapeError(
      `convolution expected ${outHeight * outWidth * filters} results, got [${shape.join(", ")}]`,
    );
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
  const { height, width, channels, outHeight, outWidth, filters } = geometry;
  check("convolutionTransposed", x, outHeight * outWidth * filters, w, b, channels, geometry);
  if (sizeOf(shape) !== height * width * channels)
    throw new ShapeError(
      `convolutionTransposed expected ${height * width * channels} results, got [${shape.join(", ")}]`,
    );
  return graph.emit(transposedOp, [x, w, b], shape, geometry);
}

function check(
  who: string,
  x: Value,
  size: number,
  w: Value,
  b: Value,
  outputs: number,
  { kernelHeight, kernelWidth, channels, groups, filters }: Geometry,
): void {
  const weights = (kernelHeight * kernelWidth * channels * filters) / groups;
  if (x.size === size && w.size === weights && (b === NONE || b.size === outputs)) return;
  throw new ShapeError(
    `${who} expected x of ${size} elements, w of ${weights} and b of ${outputs}, got [${x.shape.join(", ")}], [${w.shape.join(", ")}] and [${b.shape.join(", ")}]`,
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
  bind({ inputs: [covered, windows], outputs: [dw] }, { kernels, at, record, scratch }) {
    const { convolutionWeightGradient } = kernels;
    return function convolutionWeightGradientStep(rows, accumulate) {
      convolutionWeightGradient(
        at[covered.id],
        at[windows.id],
        at[dw.id],
        at[record],
        rows,
        accumulate,
        at[scratch],
      );
    };
  },
};
