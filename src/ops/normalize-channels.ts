import { ShapeError } from "../core/errors.js";
import type { Kernels } from "../core/kernels.js";
import type { Gradients, Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { type Extent, extentOf, lastOf, NONE, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";
import { sumRowsOp } from "./sum-rows.js";

/** A mean and a variance for each channel, the last axis: one for the batch, or one for each sample. */
export interface Moments {
  readonly mean: Value;
  readonly variance: Value;
}

/** Factors and summands for each channel, of which either may be missing. */
export interface Affine {
  readonly gamma?: Value | undefined;
  readonly beta?: Value | undefined;
}

interface Attributes {
  readonly epsilon: number;
  /** For moments of x itself, how many groups the channels are in; undefined where x does not change them. */
  readonly groups: number | undefined;
}

/** The mean and the biased variance of x over all positions of all samples, for each channel. */
export const momentsOfBatch = (graph: Graph, x: Value): Moments =>
  momentsOf(graph, x, lastOf(x.shape), false);

/**
 * The mean and the biased variance over the positions of a sample and the channels of a group, for each
 * channel.
 * @throws ShapeError for channels that cannot be split into as many groups
 */
export function momentsOfGroups(graph: Graph, x: Value, groups: number): Moments {
  if (lastOf(x.shape) % groups === 0) return momentsOf(graph, x, groups, x.batched);
  throw new ShapeError(
    `groupNormalization expected groups that divide the channels of ${shapeOf(x)}, got ${groups}`,
  );
}

function momentsOf(graph: Graph, x: Value, groups: number, batched: boolean): Moments {
  const shape = x.shape.slice(-1);
  const mean = graph.value("activation", shape, batched);
  const variance = graph.value("activation", shape, batched);
  graph.append(momentsOp, [x], [mean, variance], groups);
  return { mean, variance };
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta, channel by channel. With `groups`, mean and
 * variance are the moments of each group of channels of x, and the gradient flows through them. Without, they
 * are constants.
 */
export function normalizeChannels(
  graph: Graph,
  x: Value,
  { mean, variance }: Moments,
  { gamma = NONE, beta = NONE }: Affine,
  epsilon: number,
  groups?: number,
): Value {
  return graph.emit(normalizeOp, [x, mean, variance, gamma, beta], x.shape, { epsilon, groups });
}

/**
 * After a step: moving = momentum moving + (1 - momentum) batch, of means and of unbiased variances, for the
 * moments of a batch x. What would not be finite stays as it was.
 */
export function moveMoments(graph: Graph, x: Value, batch: Moments, moving: Moments, momentum: number): void {
  graph.update(moveOp, [batch.mean, batch.variance], [moving.mean, moving.variance], { x, momentum });
}

/** How many means there are, and how many rows of channels share one. */
function partsOf(x: Value, { batched }: Value): { batches: Extent; length: Extent } {
  const all = extentOf(x, lastOf(x.shape));
  return batched
    ? { batches: { each: 1, fixed: 0 }, length: { each: 0, fixed: all.each } }
    : { batches: { each: 0, fixed: 1 }, length: all };
}

const countOf = ({ each, fixed }: Extent, rows: number): number => rows * each + fixed;

/** Bytes of the workspace for x. */
const workspace = (x: Value, mean: Value, rows: number, kernels: Kernels): number =>
  kernels.columnWorkspace(countOf(partsOf(x, mean).length, rows), lastOf(x.shape));

/** Mean and variance of x. Its attribute is the number of groups. */
const momentsOp: Op<number> = {
  name: "moments",
  bind({ inputs: [x], outputs: [mean, variance], attributes: groups }, { kernels, at, scratch }) {
    const { channelMoments } = kernels;
    const channels = lastOf(x.shape);
    const { batches, length } = partsOf(x, mean);
    return function moments(rows) {
      channelMoments(
        at[x.id],
        at[mean.id],
        at[variance.id],
        at[scratch],
        countOf(batches, rows),
        countOf(length, rows),
        channels,
        channels / groups,
        channels,
      );
    };
  },
  scratch: ({ inputs: [x], outputs: [mean] }, rows, kernels) => workspace(x, mean, rows, kernels),
  work: ({ inputs: [x] }) => 2 * x.size,
};

const normalizeOp: Op<Attributes> = {
  name: "normalizeChannels",
  inPlace: [0],
  bind(
    { inputs: [x, mean, variance, gamma, beta], outputs: [y], attributes: { epsilon } },
    { kernels, at, scratch },
  ) {
    const { normalizeChannels } = kernels;
    const channels = lastOf(x.shape);
    const { batches, length } = partsOf(x, variance);
    return function normalize(rows) {
      normalizeChannels(
        at[x.id],
        at[mean.id],
        at[variance.id],
        at[gamma.id],
        at[beta.id],
        at[y.id],
        at[scratch],
        countOf(batches, rows),
        countOf(length, rows),
        channels,
        epsilon,
      );
    };
  },
  scratch: ({ inputs: [x, , variance] }, rows, kernels) => workspace(x, variance, rows, kernels),
  backward: TRAINING
    ? (g, { inputs: [x, mean, variance, gamma, beta], attributes }, dy) => {
        const [ofBeta, ofGamma] = slopes(g, [x, dy, mean, variance], attributes);
        g.into(beta, sumRowsOp, [ofBeta]);
        g.into(gamma, sumRowsOp, [ofGamma]);
        // Without a mean and a beta it is the derivative by an x that does not change the moments.
        if (attributes.groups === undefined)
          g.into(x, normalizeOp, [dy, NONE, variance, gamma, NONE], attributes);
        else g.into(x, gradientOp, [x, dy, mean, variance, gamma, ofBeta, ofGamma], attributes);
      }
    : undefined,
};

/** What each mean's rows add to the gradients of beta and gamma. */
function slopes({ graph }: Gradients, inputs: readonly Value[], attributes: Attributes): [Value, Value] {
  const [, , { shape, batched }] = inputs;
  const outputs: [Value, Value] = [
    graph.value("activation", shape, batched),
    graph.value("activation", shape, batched),
  ];
  graph.append(slopesOp, inputs, outputs, attributes);
  return outputs;
}

const slopesOp: Op<Attributes> = {
  name: "normalizeChannelsSlopes",
  bind(
    { inputs: [x, dy, mean, variance], outputs: [ofBeta, ofGamma], attributes: { epsilon } },
    { kernels, at, scratch },
  ) {
    const { channelSlopes } = kernels;
    const channels = lastOf(x.shape);
    const { batches, length } = partsOf(x, mean);
    return function slopes(rows) {
      channelSlopes(
        at[x.id],
        at[dy.id],
        at[mean.id],
        at[variance.id],
        at[ofBeta.id],
        at[ofGamma.id],
        at[scratch],
        countOf(batches, rows),
        countOf(length, rows),
        channels,
        epsilon,
        channels,
      );
    };
  },
  scratch: ({ inputs: [x, , mean] }, rows, kernels) => workspace(x, mean, rows, kernels),
  work: ({ inputs: [x] }) => 2 * x.size,
};

/** dx where the moments are those of x. */
const gradientOp: Op<Attributes> = {
  name: "normalizeChannelsGradient",
  inPlace: [1, 0],
  bind(
    {
      inputs: [x, dy, mean, variance, gamma, ofBeta, ofGamma],
      outputs: [dx],
      attributes: { epsilon, groups = 1 },
    },
    { kernels, at, scratch },
  ) {
    const { normalizeChannelsBackward } = kernels;
    const channels = lastOf(x.shape);
    const { batches, length } = partsOf(x, mean);
    return function normalizeGradient(rows) {
      normalizeChannelsBackward(
        at[x.id],
        at[dy.id],
        at[mean.id],
        at[variance.id],
        at[gamma.id],
        at[ofBeta.id],
        at[ofGamma.id],
        at[dx.id],
        at[scratch],
        countOf(batches, rows),
        countOf(length, rows),
        channels,
        channels / groups,
        epsilon,
        countOf(length, rows),
      );
    };
  },
  scratch: ({ inputs: [x, , mean] }, rows, kernels) => workspace(x, mean, rows, kernels),
};

const moveOp: Op<{ readonly x: Value; readonly momentum: number }> = {
  name: "moveMoments",
  bind(
    { inputs: [mean, variance], outputs: [movingMean, movingVariance], attributes: { x, momentum } },
    { kernels, at },
  ) {
    const { moveMoments } = kernels;
    const { each, fixed } = extentOf(x, mean.size);
    return function moveMomentsStep(rows) {
      moveMoments(
        at[mean.id],
        at[variance.id],
        at[movingMean.id],
        at[movingVariance.id],
        rows * each + fixed,
        mean.size,
        momentum,
        1 - momentum,
      );
    };
  },
};
