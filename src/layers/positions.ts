import { checkOptions, checkPositive } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import { TRAINING } from "../graph/training.js";
import { addRow } from "../ops/add-row.js";
import { addFirst, addPlace, addSinusoids } from "../ops/positions.js";
import { reshape } from "../ops/reshape.js";
import { checkInitializer, type InitializerName, initializeBy } from "./initializer.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { anyNumber } from "./output-range.js";
import { regularizerFrom } from "./regularization.js";
import type { Regularizer, Scope, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";

/** The options of `positionalEncoding`. */
export interface PositionalEncodingOptions {
  /** What the layer is called instead of its index. */
  name?: string;
  /** Wavelengths go from 2 pi to 2 pi times this. Above 0. Default 10,000. */
  base?: number;
}

/** The options of `positionEmbedding`. */
export interface PositionEmbeddingOptions extends LayerOptions {
  /** How the vectors begin. Default "glorotUniform". */
  initializer?: InitializerName;
  /** A penalty on large numbers. Default none. */
  regularizer?: Regularizer;
}

/**
 * Sines and cosines of the place of a step, added to its vector (Vaswani and others 2017): y[t, 2 i] = x[t, 2
 * i] + sin(t base^(-2 i / features)), and the cosine to 2 i + 1. x and y: [batch, time, features]. Nothing is
 * learned. Every engine computes the same bits.
 *
 * @example
 * const x = input([16, 8]);
 * console.log(positionalEncoding().apply(x).shape); // [ 16, 8 ]
 *
 * @throws ValueError for a base not above 0 and for unknown options. A model throws ShapeError for inputs of
 * other axes.
 */
export function positionalEncoding(options: PositionalEncodingOptions = {}): Layer {
  checkOptions("positionalEncoding", options, ["base", "name"]);
  return positionalEncodingFrom({ type: "positionalEncoding", ...options });
}

/**
 * A learned vector for each place, added to that of the step: y[t] = x[t] + w[t]. x and y: [batch, time,
 * features]; w is "weight" [time, features].
 *
 * @example
 * const layers = [embedding(100, 12), positionEmbedding()];
 * const model = new Sequential(backend, { inputShape: [32], seed: 1, layers });
 * console.log(model.parameterCount); // 1584
 *
 * @throws ValueError for an unknown initializer, a negative l1 or l2 and unknown options. A model throws
 * ShapeError for inputs of other axes.
 */
export function positionEmbedding(options: PositionEmbeddingOptions = {}): Layer {
  checkOptions("positionEmbedding", options, ["initializer", "regularizer", "name", "trainable"]);
  const { initializer = "glorotUniform" } = options;
  checkInitializer("positionEmbedding", initializer);
  return positionEmbeddingFrom({ type: "positionEmbedding", ...options }, initializer);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function positionalEncodingFrom(config: LayerConfig): Layer {
  const { base = 10_000 } = config;
  checkPositive("positionalEncoding", "base", base);
  checkLayerOptions(config);
  return new PositionalEncoding(config, base);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function positionEmbeddingFrom(config: LayerConfig, initializer: InitializerName = "zeros"): Layer {
  checkLayerOptions(config);
  return new PositionEmbedding(config, initializer);
}

class PositionalEncoding extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly base: number,
  ) {
    super();
  }

  override isStepwise(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    checkSequence("positionalEncoding", x);
    const y = addSinusoids(scope.graph, x.value, this.base, scope.steppingByPosition());
    return x.along(y, { range: anyNumber("positionalEncoding") });
  }
}

class PositionEmbedding extends Layer {
  private readonly regularizer: Regularizer | undefined;

  constructor(
    override readonly config: LayerConfig,
    private readonly initializer: InitializerName,
  ) {
    super();
    if (TRAINING) this.regularizer = regularizerFrom(config, "regularizer");
  }

  override isStepwise(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    checkSequence("positionEmbedding", x);
    const { graph } = scope;
    const place = scope.steppingByPosition();
    const [length, features] = x.shape;
    const time = place?.time ?? scope.wholeTime ?? length;
    const initialize = TRAINING ? initializeBy(this.initializer) : undefined;
    const weight = scope.parameter({
      name: "weight",
      shape: [time, features],
      initialize: initialize
        ? (host, at, n, seed, index) => initialize(host, at, n, time, features, seed, index)
        : undefined,
      regularizer: this.regularizer,
    });
    const flat = reshape(graph, x.value, [x.value.size]);
    const rows = place
      ? addPlace(graph, flat, weight, place)
      : (time > length ? addFirst : addRow)(graph, flat, weight);
    return x.along(reshape(graph, rows, x.shape), { range: anyNumber("positionEmbedding") });
  }
}

/** @throws ShapeError for an input that is not [batch, time, features] */
function checkSequence(who: string, { shape }: TracedTensor): void {
  if (shape.length !== 2)
    throw new ShapeError(`${who} expected [batch, time, features], got ${batchShape(shape)}`);
}
