import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, NONE, type Value } from "../graph/value.js";
import { sumRowsOp } from "./sum-rows.js";

/**
 * y[..., n] = x[..., k] w[k, n] + b[n], over the last axis of x. w may have axes of 1 before. @throws
 * ShapeError
 */
export function matmul(graph: Graph, x: Value, w: Value, b: Value = NONE): Value {
  const [k, n] = w.shape.slice(-2);
  if (w.shape.length < 2 || w.size !== k * n || lastOf(x.shape) !== k || (b !== NONE && b.size !== n))
    throw new ShapeError(
      `matmul expected x [..., k], w [k, n] and b [n], got [${x.shape.join(", ")}], [${w.shape.join(", ")}] and [${b.shape.join(", ")}]`,
    );
  return graph.emit(matmulOp, [x, w, b], [...x.shape.slice(0, -1), n]);
}

const matmulOp: Op<undefined> = {
  name: "matmul",
  bind({ inputs: [x, w, b], outputs: [y] }, { kernels, at, scratch }) {
    const { gemm } = kernels;
    const [k, n] = w.shape.slice(-2);
    const { each, fixed } = extentOf(x, k);
    return function matmul(rows) {
      const m = rows * each + fixed;
      gemm(at[x.id], at[w.id], at[y.id], at[b.id], m, n, k, k, n, n, 0, 0, 0, at[scratch]);
    };
  },
  scratch: ({ inputs: [x, w] }, rows, kernels) =>
    kernels.gemmWorkspace(count(x, lastOf(x.shape), rows), lastOf(w.shape), lastOf(x.shape)),
  work: ({ inputs: [x, w] }) => x.size * lastOf(w.shape),
  backward: TRAINING
    ? (g, { inputs: [x, w, b] }, dy) => {
        g.into(w, weightGradientOp, [x, dy]);
        g.into(b, sumRowsOp, [dy]);
        g.into(x, inputGradientOp, [dy, w]);
      }
    : undefined,
};

/** dw[k, n] = x[..., k]^T dy[..., n], or added to it. */
const weightGradientOp: Op<undefined> = {
  name: "matmulWeightGradient",
  accumulates: true,
  bind({ inputs: [x, dy], outputs: [dw], adds }, { kernels, at, scratch }) {
    const { gemm } = kernels;
    const [k, n] = [lastOf(x.shape), lastOf(dy.shape)];
    const { each, fixed } = extentOf(x, k);
    return function matmulWeightGradient(rows) {
      const to = at[dw.id];
      const m = rows * each + fixed;
      gemm(at[x.id], at[dy.id], to, adds ? to : 0, k, n, m, k, n, n, n, 1, 0, at[scratch]);
    };
  },
  scratch({ inputs: [x, dy] }, rows, kernels) {
    const k = lastOf(x.shape);
    return kernels.gemmWorkspace(k, lastOf(dy.shape), count(x, k, rows));
  },
  work: ({ inputs: [x, dy] }) => x.size * lastOf(dy.shape),
};

/** dx[..., k] = dy[..., n] w[k, n]^T. */
const inputGradientOp: Op<undefined> = {
  name: "matmulInputGradient",
  bind({ inputs: [dy, w], outputs: [dx] }, { kernels, at, scratch }) {
    const { gemm } = kernels;
    const [k, n] = w.shape.slice(-2);
    const { each, fixed } = extentOf(dy, n);
    return function matmulInputGradient(rows) {
      const m = rows * each + fixed;
      gemm(at[dy.id], at[w.id], at[dx.id], 0, m, k, n, n, n, k, 0, 0, 1, at[scratch]);
    };
  },
  scratch: ({ inputs: [dy, w] }, rows, kernels) =>
    kernels.gemmWorkspace(count(dy, lastOf(w.shape), rows), w.size / lastOf(w.shape), lastOf(w.shape)),
  work: ({ inputs: [dy, w] }) => (dy.size / lastOf(w.shape)) * w.size,
};

/** The vectors of `width` floats in `rows` samples of x. */
function count(x: Value, width: number, rows: number): number {
  const { each, fixed } = extentOf(x, width);
  return rows * each + fixed;
}
