import { ShapeError } from "../core/errors.js";
import type { Binding, Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { shapeOf, throwNoIndex } from "./check.js";

interface Attributes {
  /** The layer, for messages. */
  readonly who: string;
  /** The index whose row gets no gradient; -1 for none. */
  readonly padding: number;
  /** The mask of the steps that do not have that index. */
  readonly mask?: Value | undefined;
}

/**
 * y[..., units] = w[x[...], :], the rows of w[vocabulary, units] by indices that are floats. A step ends in a
 * ValueError for what is no whole number from 0 to vocabulary - 1. @throws ShapeError
 */
export function embedding(graph: Graph, x: Value, w: Value, attributes: Attributes): Value {
  if (w.shape.length !== 2)
    throw new ShapeError(`embedding expected w [vocabulary, units], got ${shapeOf(w)}`);
  return graph.emit(embeddingOp, [x, w], [...x.shape, w.shape[1]], attributes);
}

/** Ends a step whose kernel has found what is no index. */
function checkStep(
  wrong: number,
  { inputs: [x, w], attributes }: Node<Attributes>,
  { backend, at }: Pick<Binding, "backend" | "at">,
): void {
  if (wrong < 0) return;
  const [value] = backend.floats(at[x.id] + 4 * wrong, 1);
  throwNoIndex(attributes.who, value, w.shape[0], wrong, x.size);
}

const embeddingOp: Op<Attributes> = {
  name: "embedding",
  bind(node, to) {
    const {
      inputs: [x, w],
      outputs: [y],
    } = node;
    const { kernels, at } = to;
    const { embed, firstNonIndex } = kernels;
    const [vocabulary, units] = w.shape;
    const { each, fixed } = extentOf(x);
    return function embeddingStep(rows) {
      const count = rows * each + fixed;
      const wrong = firstNonIndex(at[x.id], count, vocabulary);
      if (wrong >= 0) checkStep(wrong, node, to);
      embed(at[x.id], at[w.id], at[y.id], count, units, vocabulary);
    };
  },
  averageSteps(graph, { inputs, outputs: [y], attributes }, mask) {
    // Steps of the padding index are left out of both the mean and the gradient, or of none.
    if (attributes.mask !== mask || (!mask && attributes.padding >= 0)) return undefined;
    return graph.emit(embeddingMeanOp, inputs, [lastOf(y.shape)], attributes);
  },
  backward: TRAINING
    ? (g, { inputs: [x, w], attributes }, dy) => g.into(w, embeddingGradientOp, [x, dy], attributes)
    : undefined,
};

/** dw: dy added to the rows that were read, position after position; 0 in the others. */
const embeddingGradientOp: Op<Attributes> = {
  name: "embeddingGradient",
  accumulates: true,
  bind({ inputs: [x, dy], outputs: [dw], attributes: { padding }, adds }, { kernels, at }) {
    const { embeddingGradient } = kernels;
    const [vocabulary, units] = dw.shape;
    const { each, fixed } = extentOf(x);
    return function embeddingGradientStep(rows) {
      const count = rows * each + fixed;
      embeddingGradient(at[x.id], at[dy.id], at[dw.id], count, units, vocabulary, padding, adds, units);
    };
  },
  work: ({ inputs: [, dy] }) => dy.size,
};

const embeddingMeanOp: Op<Attributes> = {
  name: "embeddingMean",
  bind(node, to) {
    const {
      inputs: [x, w],
      outputs: [y],
      attributes: { padding },
    } = node;
    const { kernels, at, scratch } = to;
    const { embedMean } = kernels;
    const [vocabulary, units] = w.shape;
    const { each, fixed } = extentOf(x, x.size);
    return function embeddingMeanStep(rows) {
      const wrong = embedMean(
        at[x.id],
        at[w.id],
        at[y.id],
        at[scratch],
        rows * each + fixed,
        x.size,
        units,
        vocabulary,
        padding,
      );
      if (wrong >= 0) checkStep(wrong, node, to);
    };
  },
  scratch: ({ inputs: [x] }) => 4 * x.size,
  work: ({ inputs: [x, w] }) => x.size * w.shape[1],
  backward: TRAINING
    ? (g, { inputs: [x, w], attributes }, dy) => g.into(w, embeddingMeanGradientOp, [x, dy], attributes)
    : undefined,
};

/** dw: dy / the number of steps added to each row that was read. */
const embeddingMeanGradientOp: Op<Attributes> = {
  name: "embeddingMeanGradient",
  accumulates: true,
  bind({ inputs: [x, dy], outputs: [dw], attributes: { padding }, adds }, { kernels, at, scratch }) {
    const { embeddingMeanGradient } = kernels;
    const [vocabulary, units] = dw.shape;
    const { each, fixed } = extentOf(x, x.size);
    return function embeddingMeanGradientStep(rows) {
      embeddingMeanGradient(
        at[x.id],
        at[dy.id],
        at[dw.id],
        at[scratch],
        rows * each + fixed,
        x.size,
        units,
        vocabulary,
        padding,
        adds,
        units,
      );
    };
  },
  scratch: ({ inputs: [x, dy] }) => 4 * (x.size + dy.size),
  work: ({ inputs: [x, dy] }) => x.size * dy.size,
};
