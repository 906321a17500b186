import type { Graph, Op } from "../graph/graph.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { add } from "./add.js";
import { multiply } from "./multiply.js";
import { repeat } from "./resample.js";

/**
 * Two words that the owner of the plan writes before each step. They determine all numbers that are drawn.
 */
export type RandomKey = Uint32Array;

/**
 * Dropout (Srivastava and others 2014): each element is 0 with the probability `rate`, in [0, 1), and else
 * divided by 1 - rate. For training alone: a graph that predicts leaves it out.
 */
export const dropout = (graph: Graph, x: Value, rate: number, key: RandomKey): Value =>
  multiply(graph, x, factors(graph, x, x.shape, rate, key));

/**
 * Dropout of whole channels of a sample, x[..., channels] (Tompson and others 2015). For training alone.
 */
export const spatialDropout = (graph: Graph, x: Value, rate: number, key: RandomKey): Value =>
  multiply(graph, x, repeat(graph, factors(graph, x, [lastOf(x.shape)], rate, key), x.shape));

/** What x, or each of its channels, is multiplied by. */
function factors(graph: Graph, x: Value, shape: readonly number[], rate: number, key: RandomKey): Value {
  // The kernel draws integers from -2^23 up to 2^23 - 1.
  const attributes = { key, factor: 1 / (1 - rate), threshold: (rate - 0.5) * 16_777_216 };
  return graph.emit(dropoutFactorsOp, [], shape, attributes, { batched: x.batched });
}

/** Adds normal noise of mean 0 and this standard deviation. For training alone. */
export function gaussianNoise(graph: Graph, x: Value, deviation: number, key: RandomKey): Value {
  const noise = graph.emit(noiseOp, [], x.shape, { key, deviation }, { batched: x.batched });
  return add(graph, x, noise);
}

interface Attributes {
  readonly key: RandomKey;
  /** Of an element that stays. */
  readonly factor: number;
  /** Integers below it make an element 0. */
  readonly threshold: number;
}

/** What each element is multiplied by. Without inputs, it has no gradient. */
const dropoutFactorsOp: Op<Attributes> = {
  name: "dropoutFactors",
  bind({ outputs: [y], attributes: { key, factor, threshold } }, { kernels, at }) {
    const { dropout } = kernels;
    const { each, fixed } = extentOf(y);
    return function dropoutFactors(rows) {
      dropout(at[y.id], rows * each + fixed, factor, threshold, key[0], key[1], 0);
    };
  },
};

const noiseOp: Op<Pick<Attributes, "key"> & { readonly deviation: number }> = {
  name: "gaussianNoise",
  bind({ outputs: [y], attributes: { key, deviation } }, { kernels, at }) {
    const { gaussianNoise } = kernels;
    const { each, fixed } = extentOf(y);
    return function noise(rows) {
      gaussianNoise(at[y.id], rows * each + fixed, deviation, key[0], key[1], 0);
    };
  },
};
