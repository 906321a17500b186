import { checkCount, checkOptions, checkPositive, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { purposes, RandomStream } from "../core/random.js";
import { TRAINING } from "../graph/training.js";
import { embedding as emit } from "../ops/embedding.js";
import { realSteps } from "../ops/steps.js";
import { checkInitializer, type InitializerName, initializeBy } from "./initializer.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions, whoOf } from "./layer.js";
import { anyNumber } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";

/** Random numbers around 0: uniform up to a size, or normal with a deviation. */
export type EmbeddingInitializer =
  | InitializerName
  | { readonly uniform: number }
  | { readonly normal: number };

/** The options of `embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /**
   * The index that stands for steps that are not there. Its row is 0 at first and gets no gradient, and what
   * follows leaves such steps out: the output has a mask. Default none.
   */
  paddingIndex?: number;
  /**
   * The first values: `{ uniform: limit }`, `{ normal: deviation }`, or the name of an initializer, for which
   * the inputs and outputs of a unit are `units`. Default `{ uniform: 0.05 }`, as in Keras: what follows
   * begins near 0, where its activations are not saturated. PyTorch has `{ normal: 1 }`.
   */
  initializer?: EmbeddingInitializer;
}

/** The largest whole number up to which all are floats. */
const MOST = 16_777_216;

/**
 * Learned vectors for whole numbers, such as the words of a text (Bengio et al. 2003, "A Neural Probabilistic
 * Language Model"): y = weight[x]. x: [batch, time] of numbers from 0 to vocabulary - 1, weight: [vocabulary,
 * units], y: [batch, time, units]; x may have any axes, and y has one more.
 *
 * The gradient of the weight is 0 but in the rows that were read, to which it is added position after
 * position. A number that is no index ends in an error before anything is read or learned.
 *
 * @example
 * const words = embedding(5000, 32, { paddingIndex: 0 });
 * const layers = [words, globalAveragePool1d(), dense(1, { activation: "sigmoid" })];
 *
 * @throws ValueError for a vocabulary or units that are no integers of at least 1, a paddingIndex that is no
 * index, and unknown options and initializers
 */
export function embedding(vocabulary: number, units: number, options: EmbeddingOptions = {}): Layer {
  checkOptions("embedding", options, ["paddingIndex", "initializer", "name", "trainable"]);
  const { initializer = { uniform: 0.05 } } = options;
  const { name, ...others } = options;
  return embeddingFrom({ type: "embedding", name, vocabulary, units, ...others }, initializer);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function embeddingFrom(config: LayerConfig, initializer: EmbeddingInitializer = "zeros"): Layer {
  const { vocabulary, units, paddingIndex } = config;
  checkCount("embedding", "vocabulary", vocabulary);
  if (vocabulary > MOST)
    throw new ValueError(`embedding expected a vocabulary of at most ${MOST}, got ${vocabulary}`);
  checkCount("embedding", "units", units);
  if (paddingIndex !== undefined) {
    checkCount("embedding", "paddingIndex", paddingIndex, 0);
    if (paddingIndex >= vocabulary)
      throw new ValueError(
        `embedding expected paddingIndex to be an index of the vocabulary, from 0 to ${vocabulary - 1}, got ${paddingIndex}`,
      );
  }
  checkLayerOptions(config);
  return new Embedding(config, vocabulary, units, paddingIndex, initializerFrom(initializer, units));
}

type Initialize = (host: Host, at: Pointer, n: number, seed: number, index: number) => void;

/** @throws ValueError */
function initializerFrom(given: EmbeddingInitializer, units: number): Initialize | undefined {
  if (!TRAINING) return undefined;
  if (typeof given === "string") {
    checkInitializer("embedding", given);
    const by = initializeBy(given);
    return (host, at, n, seed, index) => by(host, at, n, units, units, seed, index);
  }
  const [kind, ...others] = given === null || typeof given !== "object" ? [] : Object.keys(given);
  if (others.length > 0 || (kind !== "uniform" && kind !== "normal"))
    throw new ValueError(
      `embedding expected initializer to be a name, { uniform: limit } or { normal: deviation }, got ${show(given)}`,
    );
  const [size] = Object.values(given) as unknown[];
  checkPositive("embedding", `initializer.${kind}`, size);
  return ({ kernels }, at, n, seed, index) => {
    const random = new RandomStream(seed, purposes.initializer, index);
    if (kind === "uniform") random.fillUniform(kernels, at, n, size);
    else random.fillNormal(kernels, at, n, size);
  };
}

class Embedding extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly vocabulary: number,
    private readonly units: number,
    private readonly padding: number | undefined,
    private readonly fill: Initialize | undefined,
  ) {
    super();
  }

  override label(): string {
    return `embedding(${this.vocabulary} -> ${this.units})`;
  }

  override isStepwise(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { vocabulary, units, padding } = this;
    const { graph } = scope;
    const who = whoOf(this);
    const weight = scope.parameter({
      name: "weight",
      shape: [vocabulary, units],
      ...(TRAINING && { initialize: this.initialize }),
    });
    scope.expect({ input: x.value, who, vocabulary, padding });
    // Of several axes there are no time steps.
    const mask =
      padding === undefined || x.shape.length !== 1 ? undefined : realSteps(graph, x.value, padding);
    const y = emit(graph, x.value, weight, { who, padding: padding ?? -1, mask });
    return x.to(y, { range: anyNumber("embedding"), mask });
  }

  private readonly initialize: Initialize = (host, at, n, seed, index) => {
    const { padding, units } = this;
    this.fill?.(host, at, n, seed, index);
    if (padding !== undefined) host.kernels.zero(at + padding * units * 4, units);
  };

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Embedding";
  }
}
