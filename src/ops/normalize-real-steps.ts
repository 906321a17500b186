import type { Kernels, Pointer } from "../core/kernels.js";
import type { Binding, Gradients, Graph, Node, Op, Step } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, NONE, type Value } from "../graph/value.js";
import type { Affine, Moments } from "./normalize-channels.js";
import { sumRowsOp } from "./sum-rows.js";

/*
 * Batch normalization of sequences with padding. The real steps are moved together, so that the kernels see
 * the batch that would be there without the others: the same sums, in the same order.
 */

interface Attributes {
  readonly epsilon: number;
  /** The rows of channels that were real in the last step. */
  readonly real: { rows: number };
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta, channel by channel, and 0 in steps that the mask
 * calls padding; the moments are those of the real steps of x[steps, ...positions, channels]. mask: [steps].
 */
export function normalizeRealSteps(
  graph: Graph,
  x: Value,
  mask: Value,
  { gamma = NONE, beta = NONE }: Affine,
  epsilon: number,
): { y: Value; batch: Moments; real: { readonly rows: number } } {
  const shape = x.shape.slice(-1);
  const y = graph.value("activation", x.shape, x.batched);
  const batch = {
    mean: graph.value("activation", shape, false),
    variance: graph.value("activation", shape, false),
  };
  const real = { rows: 0 };
  graph.append(normalizeOp, [x, mask, gamma, beta], [y, batch.mean, batch.variance], { epsilon, real });
  return { y, batch, real };
}

/** As moveMoments, by the real rows; a batch without any moves nothing. */
export function moveRealMoments(
  graph: Graph,
  { mean, variance }: Moments,
  moving: Moments,
  momentum: number,
  real: { readonly rows: number },
): void {
  graph.update(moveOp, [mean, variance], [moving.mean, moving.variance], { momentum, real });
}

/** The steps of all samples, and numbers of a step. */
const sizesOf = (x: Value, mask: Value) => ({ steps: extentOf(mask), width: x.size / mask.size });

/** Moves real steps together and back, by indices in scratch memory behind the room for them. */
function packing({ inputs: [x, mask] }: Node<Attributes>, { backend, kernels, at }: Binding) {
  const { steps, width } = sizesOf(x, mask);
  const { gather, zero } = kernels;
  const countOf = (rows: number): number => rows * steps.each + steps.fixed;
  return {
    countOf,
    /** Bytes of the real steps of a tensor, and of one of zeros behind them. */
    bytes: (rows: number): number => 4 * (countOf(rows) + 1) * width,
    /** Writes which steps are real, and where each step has gone: those of padding to the step of zeros. */
    index(rows: number, to: Pointer): number {
      const count = countOf(rows);
      const real = backend.floats(at[mask.id], count);
      const index = backend.integers(to, 2 * count);
      let found = 0;
      for (let i = 0; i < count; i++) if (real[i] !== 0) index[found++] = i;
      for (let i = 0, next = 0; i < count; i++) index[count + i] = real[i] !== 0 ? next++ : found;
      return found;
    },
    pack(from: Pointer, index: Pointer, to: Pointer, found: number): void {
      gather(from, index, to, found, width);
    },
    unpack(from: Pointer, index: Pointer, to: Pointer, found: number, rows: number): void {
      const count = countOf(rows);
      zero(from + 4 * found * width, width);
      gather(from, index + 4 * count, to, count, width);
    },
  };
}

/** Bytes of so many packed tensors, of the indices and of the workspace. */
function scratchOf(
  { inputs: [x, mask] }: Node<Attributes>,
  rows: number,
  kernels: Kernels,
  tensors: number,
): number {
  const { steps, width } = sizesOf(x, mask);
  const count = rows * steps.each + steps.fixed;
  const channels = lastOf(x.shape);
  const workspace = kernels.columnWorkspace((count * width) / channels, channels);
  return tensors * 4 * (count + 1) * width + 8 * count + workspace;
}

const normalizeOp: Op<Attributes> = {
  name: "normalizeRealSteps",
  bind(node, to): Step {
    const { inputs, outputs, attributes } = node;
    const [x, , gamma, beta] = inputs;
    const [y, mean, variance] = outputs;
    const { kernels, at, scratch } = to;
    const { channelMoments, normalizeChannels } = kernels;
    const { epsilon, real } = attributes;
    const { countOf, bytes, index, pack, unpack } = packing(node, to);
    const channels = lastOf(x.shape);
    const each = sizesOf(x, inputs[1]).width / channels;
    return function normalizeRealStepsStep(rows) {
      const packed = at[scratch];
      const indices = packed + bytes(rows);
      const workspace = indices + 8 * countOf(rows);
      const found = index(rows, indices);
      real.rows = found * each;
      pack(at[x.id], indices, packed, found);
      channelMoments(packed, at[mean.id], at[variance.id], workspace, 1, real.rows, channels, 1, channels);
      const [scale, shift] = [at[gamma.id], at[beta.id]];
      const [m, v] = [at[mean.id], at[variance.id]];
      normalizeChannels(packed, m, v, scale, shift, packed, workspace, 1, real.rows, channels, epsilon);
      unpack(packed, indices, at[y.id], found, rows);
    };
  },
  scratch: (node, rows, kernels) => scratchOf(node, rows, kernels, 1),
  work: ({ inputs: [x] }) => 3 * x.size,
  backward: TRAINING ? backward : undefined,
};

function backward(g: Gradients, { inputs, outputs, attributes }: Node<Attributes>, dy: Value): void {
  const { graph } = g;
  const [x, mask, gamma, beta] = inputs;
  const [, mean, variance] = outputs;
  const dx = g.needs(x) ? graph.value("activation", x.shape, x.batched) : NONE;
  const ofBeta = graph.value("activation", mean.shape, false);
  const ofGamma = graph.value("activation", mean.shape, false);
  graph.append(gradientOp, [x, mask, dy, mean, variance, gamma], [ofBeta, ofGamma, dx], attributes);
  g.into(beta, sumRowsOp, [ofBeta]);
  g.into(gamma, sumRowsOp, [ofGamma]);
  if (dx !== NONE) g.pass(x, dx);
}

const gradientOp: Op<Attributes> = {
  name: "normalizeRealStepsGradient",
  bind(node, to): Step {
    const { inputs, outputs, attributes } = node;
    const [x, mask, dy, mean, variance, gamma] = inputs;
    const [ofBeta, ofGamma, dx] = outputs;
    const { kernels, at, scratch } = to;
    const { channelSlopes, normalizeChannelsBackward } = kernels;
    const { epsilon } = attributes;
    const { countOf, bytes, index, pack, unpack } = packing(node, to);
    const channels = lastOf(x.shape);
    const each = sizesOf(x, mask).width / channels;
    return function normalizeRealStepsGradient(rows) {
      const packed = at[scratch];
      const slopes = packed + bytes(rows);
      const indices = slopes + bytes(rows);
      const w = indices + 8 * countOf(rows);
      const found = index(rows, indices);
      const n = found * each;
      pack(at[x.id], indices, packed, found);
      pack(at[dy.id], indices, slopes, found);
      const [m, v, b, a] = [at[mean.id], at[variance.id], at[ofBeta.id], at[ofGamma.id]];
      channelSlopes(packed, slopes, m, v, b, a, w, 1, n, channels, epsilon, channels);
      if (dx === NONE) return;
      const factor = at[gamma.id];
      normalizeChannelsBackward(packed, slopes, m, v, factor, b, a, slopes, w, 1, n, channels, 1, epsilon, n);
      unpack(slopes, indices, at[dx.id], found, rows);
    };
  },
  scratch: (node, rows, kernels) => scratchOf(node, rows, kernels, 2),
  work: ({ inputs: [x] }) => 4 * x.size,
};

const moveOp: Op<{ readonly momentum: number; readonly real: { readonly rows: number } }> = {
  name: "moveRealMoments",
  bind({ inputs: [mean, variance], outputs: [movingMean, movingVariance], attributes }, { kernels, at }) {
    const { moveMoments } = kernels;
    const { momentum, real } = attributes;
    return function moveRealMomentsStep() {
      if (real.rows === 0) return;
      const [m, v] = [at[movingMean.id], at[movingVariance.id]];
      moveMoments(at[mean.id], at[variance.id], m, v, real.rows, mean.size, momentum, 1 - momentum);
    };
  },
};
