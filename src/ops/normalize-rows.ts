import { ShapeError } from "../core/errors.js";
import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, NONE, type Value } from "../graph/value.js";
import type { Affine } from "./normalize-channels.js";

interface Attributes {
  /** The elements that are normalized together: those of the last axes of a sample. */
  readonly size: number;
  readonly epsilon: number;
  /** Whether the mean is taken off. */
  readonly centre: boolean;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta for vectors of `size` elements, of which x is made:
 * its last axes. Mean and variance are those of the vector. Without `centre`, the mean is 0. @throws
 * ShapeError
 */
export function normalizeRows(
  graph: Graph,
  x: Value,
  { gamma = NONE, beta = NONE }: Affine,
  attributes: Attributes,
): Value {
  const { size } = attributes;
  if (x.size % size !== 0 || [gamma, beta].some((value) => value !== NONE && value.size !== size))
    throw new ShapeError(
      `normalizeRows expected x of vectors of ${size} elements, and gamma and beta of ${size}, got [${x.shape.join(", ")}], [${gamma.shape.join(", ")}] and [${beta.shape.join(", ")}]`,
    );
  return graph.emit(normalizeOp, [x, gamma, beta], x.shape, attributes);
}

const normalizeOp: Op<Attributes> = {
  name: "normalizeRows",
  inPlace: [0],
  bind({ inputs: [x, gamma, beta], outputs: [y, inverse = NONE, mean = NONE], attributes }, to) {
    const { kernels, at, scratch } = to;
    const { normalizeRows } = kernels;
    const { size, epsilon, centre } = attributes;
    const { each, fixed } = extentOf(x, size);
    return function normalize(rows) {
      const count = rows * each + fixed;
      const room = at[scratch];
      normalizeRows(
        at[x.id],
        at[gamma.id],
        at[beta.id],
        at[y.id],
        at[mean.id] || room,
        at[inverse.id] || room + 4 * count,
        count,
        size,
        epsilon,
        centre ? 1 : 0,
      );
    };
  },
  /** For what the backward rule has not asked for: a mean and an inverse deviation of each vector. */
  scratch({ inputs: [x], outputs, attributes: { size } }, rows) {
    const { each, fixed } = extentOf(x, size);
    return outputs.length > 2 ? 0 : 8 * (rows * each + fixed);
  },
  work: ({ inputs: [x] }) => 3 * x.size,
  backward: TRAINING
    ? (g, node, dy) => {
        const {
          inputs: [x, gamma, beta],
          attributes,
        } = node as Node<Attributes>;
        const shape = [x.size / attributes.size];
        const inverse = g.graph.keep(node, 1, shape);
        const mean = attributes.centre ? g.graph.keep(node, 2, shape) : NONE;
        g.intoAll([gamma, beta], affineGradientOp, [x, dy, mean, inverse], attributes);
        g.into(x, gradientOp, [x, dy, mean, inverse, gamma], attributes);
      }
    : undefined,
};

/** dx, vector by vector. */
const gradientOp: Op<Attributes> = {
  name: "normalizeRowsGradient",
  inPlace: [1, 0],
  bind({ inputs: [x, dy, mean, inverse, gamma], outputs: [dx], attributes: { size } }, to) {
    const { kernels, at, scratch } = to;
    const { normalizeRowsBackward } = kernels;
    const { each, fixed } = extentOf(x, size);
    return function normalizeGradient(rows) {
      normalizeRowsBackward(
        at[x.id],
        at[dy.id],
        at[mean.id],
        at[inverse.id],
        at[gamma.id],
        at[dx.id],
        at[scratch],
        rows * each + fixed,
        size,
      );
    };
  },
  scratch: ({ attributes: { size } }) => 4 * (8 + size),
};

/** dgamma and dbeta, or added to them. Either may be NONE. */
const affineGradientOp: Op<Attributes> = {
  name: "normalizeRowsAffineGradient",
  accumulates: true,
  bind({ inputs: [x, dy, mean, inverse], outputs: [dgamma, dbeta], attributes: { size }, adds }, to) {
    const { kernels, at, scratch } = to;
    const { normalizeRowsGradient } = kernels;
    const { each, fixed } = extentOf(x, size);
    return function affineGradient(rows) {
      normalizeRowsGradient(
        at[x.id],
        at[dy.id],
        at[mean.id],
        at[inverse.id],
        at[dgamma.id],
        at[dbeta.id],
        at[scratch],
        rows * each + fixed,
        size,
        adds,
        size,
      );
    };
  },
  scratch({ inputs: [x], attributes: { size } }, rows, kernels) {
    const { each, fixed } = extentOf(x, size);
    return 8 * size + kernels.columnWorkspace(rows * each + fixed, size);
  },
  work: ({ inputs: [x] }) => 2 * x.size,
};
