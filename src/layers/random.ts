import { checkFraction, checkOptions, checkPositive } from "../core/check.js";
import { TRAINING } from "../graph/training.js";
import {
  dropout as emitDropout,
  gaussianNoise as emitNoise,
  spatialDropout as emitSpatial,
} from "../ops/random.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import type { OutputRange } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";
import { positionsOf } from "./windows.js";

/** The options of dropout and noise. */
export interface RandomLayerOptions {
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * Dropout (Srivastava and others 2014): in training each input becomes 0 with the probability `rate`, in [0,
 * 1), and the others are divided by 1 - rate. Otherwise inputs pass unchanged. x and y: [batch, ...shape].
 * Which inputs are dropped depends on the model's seed, the layer's index, the step and the input's index.
 *
 * @example
 * const layers = [dense(64, { activation: "relu" }), dropout(0.5), dense(1)];
 * const model = new Sequential(backend, { inputShape: 10, seed: 3, layers });
 * console.log(model.outputShape); // [ 1 ]
 *
 * @throws ValueError for a rate outside [0, 1) and for unknown options
 */
export function dropout(rate: number, options: RandomLayerOptions = {}): Layer {
  checkOptions("dropout", options, ["name"]);
  return dropoutFrom({ type: "dropout", ...options, rate });
}

/**
 * Dropout of whole channels of images (Tompson and others 2015, "Efficient Object Localization Using
 * Convolutional Networks"): in training each channel of each sample becomes 0 with the probability `rate`, in
 * [0, 1), and the others are divided by 1 - rate. Otherwise inputs pass unchanged. x and y: [batch, height,
 * width, channels]. Which channels are dropped depends on the model's seed, the layer's index, the step, the
 * sample's place in the batch and the channel.
 *
 * @example
 * const layers = [conv2d(16, 3, { activation: "relu" }), spatialDropout2d(0.2), flatten(), dense(10)];
 * console.log(new Sequential(backend, { inputShape: [8, 8, 1], layers }).outputShape); // [ 10 ]
 *
 * @throws ValueError for a rate outside [0, 1) and for unknown options. A model throws ShapeError for inputs
 * of other axes.
 */
export function spatialDropout2d(rate: number, options: RandomLayerOptions = {}): Layer {
  checkOptions("spatialDropout2d", options, ["name"]);
  return spatialDropoutFrom({ type: "spatialDropout2d", ...options, rate });
}

/**
 * The same for sequences, x and y [batch, length, channels]. See `spatialDropout2d`.
 *
 * @example
 * const layers = [conv1d(16, 5, { activation: "relu" }), spatialDropout1d(0.2), globalAveragePool1d()];
 * console.log(new Sequential(backend, { inputShape: [100, 6], layers }).outputShape); // [ 16 ]
 *
 * @throws ValueError, ShapeError
 */
export function spatialDropout1d(rate: number, options: RandomLayerOptions = {}): Layer {
  checkOptions("spatialDropout1d", options, ["name"]);
  return spatialDropoutFrom({ type: "spatialDropout1d", ...options, rate });
}

/**
 * Adds normal noise of mean 0 and this standard deviation, above 0, in training. Otherwise inputs pass
 * unchanged. x and y: [batch, ...shape]. The noise depends on the model's seed, the layer's index, the step
 * and the input's index.
 *
 * @example
 * const layers = [gaussianNoise(0.1), dense(16, { activation: "tanh" }), dense(1)];
 * console.log(new Sequential(backend, { inputShape: 4, layers }).layers.length); // 3
 *
 * @throws ValueError for a deviation not above 0 and for unknown options
 */
export function gaussianNoise(deviation: number, options: RandomLayerOptions = {}): Layer {
  checkOptions("gaussianNoise", options, ["name"]);
  return gaussianNoiseFrom({ type: "gaussianNoise", ...options, deviation });
}

/** The layer of a model file. @throws ValueError */
export function dropoutFrom(config: LayerConfig): Layer {
  const { rate } = config;
  checkFraction("dropout", "rate", rate);
  checkLayerOptions(config);
  return new Dropout(config, rate);
}

/** The layer of a model file. @throws ValueError */
export function gaussianNoiseFrom(config: LayerConfig): Layer {
  const { deviation } = config;
  checkPositive("gaussianNoise", "deviation", deviation);
  checkLayerOptions(config);
  return new GaussianNoise(config, deviation);
}

/** The layer of a model file. @throws ValueError */
export function spatialDropoutFrom(config: LayerConfig): Layer {
  const { type, rate } = config;
  checkFraction(type, "rate", rate);
  checkLayerOptions(config);
  return new SpatialDropout(config, rate, type.endsWith("1d") ? 1 : 2);
}

class Dropout extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly rate: number,
  ) {
    super();
  }

  override label(): string {
    return `dropout(${this.rate})`;
  }

  override fileVersion(): number {
    return 1;
  }

  override isStepwise(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { rate } = this;
    const key = scope.randomKey();
    if (!TRAINING) return x;
    const drops = scope.training ? emitDropout(scope.graph, x.value, rate, key) : x.value;
    return x.along(drops, { range: x.range && rangeAfter(x.range, rate) });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Dropout";
  }
}

class SpatialDropout extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly rate: number,
    private readonly dimensions: 1 | 2,
  ) {
    super();
  }

  override label(): string {
    return `${this.config.type}(${this.rate})`;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { config, rate, dimensions } = this;
    positionsOf(config.type, x.shape, dimensions);
    const key = scope.randomKey();
    if (!TRAINING) return x;
    const drops = scope.training ? emitSpatial(scope.graph, x.value, rate, key) : x.value;
    return x.along(drops, { range: x.range && rangeAfter(x.range, rate) });
  }
}

class GaussianNoise extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly deviation: number,
  ) {
    super();
  }

  override label(): string {
    return `gaussianNoise(${this.deviation})`;
  }

  override fileVersion(): number {
    return 1;
  }

  override isStepwise(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const key = scope.randomKey();
    if (!TRAINING) return x;
    const noisy = scope.training ? emitNoise(scope.graph, x.value, this.deviation, key) : x.value;
    const { range } = x;
    return x.along(noisy, {
      range: range && { ...range, from: `${range.from} with noise`, sumsToOne: false, noisy: true },
    });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "GaussianNoise";
  }
}

function rangeAfter(range: OutputRange, rate: number): OutputRange {
  if (rate === 0) return range;
  const scale = 1 / (1 - rate);
  return { from: `${range.from} with dropout`, least: range.least * scale, most: range.most * scale };
}
