import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import type { Value } from "../graph/value.js";
import { checkConvolution } from "./convolution.js";
import { type Geometry, recordOf } from "./geometry.js";
import { sumRowsOp } from "./sum-rows.js";

/**
 * y[outHeight, outWidth, channels] = x[height, width, channels] convolved with w[kernelHeight, kernelWidth,
 * channels], each channel by itself, + b[channels]. `shape` is that of y. @throws ShapeError
 */
export function depthwise(
  graph: Graph,
  x: Value,
  w: Value,
  b: Value,
  geometry: Geometry,
  shape: readonly number[],
): Value {
  checkConvolution("depthwise", x, w, b, geometry, shape);
  return graph.emit(depthwiseOp, [x, w, b], shape, geometry);
}

const record = ({ attributes }: Node<Geometry>): readonly number[] => recordOf(attributes);

const work = ({ attributes: g }: Node<Geometry>): number =>
  g.outHeight * g.outWidth * g.channels * g.kernelHeight * g.kernelWidth;

const depthwiseOp: Op<Geometry> = {
  name: "depthwise",
  record,
  work,
  scratch: (_node, _rows, kernels) => kernels.depthwiseWorkspace(),
  bind({ inputs: [x, w, b], outputs: [y] }, { kernels, at, record, scratch }) {
    const { depthwise } = kernels;
    return function depthwiseStep(rows) {
      depthwise(at[x.id], at[w.id], at[b.id], at[y.id], at[record], rows, at[scratch]);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, w, b], attributes }, dy) => {
        g.into(w, weightGradientOp, [x, dy], attributes);
        g.into(b, sumRowsOp, [dy]);
        g.into(x, inputGradientOp, [dy, w], attributes);
      }
    : undefined,
};

const weightGradientOp: Op<Geometry> = {
  name: "depthwiseWeightGradient",
  accumulates: true,
  record,
  work,
  scratch: ({ outputs: [dw] }) => 4 * dw.size,
  bind({ inputs: [x, dy], outputs: [dw], attributes, adds }, { kernels, at, record, scratch }) {
    const { depthwiseWeightGradient } = kernels;
    const { channels } = attributes;
    return function weightGradient(rows) {
      depthwiseWeightGradient(
        at[x.id],
        at[dy.id],
        at[dw.id],
        at[record],
        rows,
        adds,
        0,
        channels,
        at[scratch],
      );
    };
  },
};

const inputGradientOp: Op<Geometry> = {
  name: "depthwiseInputGradient",
  record,
  work,
  scratch: (_node, _rows, kernels) => kernels.depthwiseWorkspace(),
  bind({ inputs: [dy, w], outputs: [dx] }, { kernels, at, record, scratch }) {
    const { depthwiseInputGradient } = kernels;
    return function inputGradient(rows) {
      depthwiseInputGradient(at[dy.id], at[w.id], at[dx.id], at[record], rows, at[scratch]);
    };
  },
};
