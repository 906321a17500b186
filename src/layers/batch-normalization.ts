import { checkNumber, checkOptions, checkPositive } from "../core/check.js";
import { TRAINING } from "../graph/training.js";
import { lastOf } from "../graph/value.js";
import { momentsOfBatch, moveMoments, normalizeChannels } from "../ops/normalize-channels.js";
import { moveRealMoments, normalizeRealSteps } from "../ops/normalize-real-steps.js";
import { type AffineOptions, affineFrom, affineOptions } from "./affine.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { anyNumber } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";

export interface BatchNormalizationOptions extends AffineOptions, LayerOptions {
  /**
   * What is left of the running statistics after a step, from 0 to 1: moving = momentum moving + (1 -
   * momentum) batch. Default 0.99, as in Keras; PyTorch's momentum of 0.1 is 0.9 here.
   */
  momentum?: number;
  /** Added to the variance, above 0. Default 1e-3, as in Keras; PyTorch has 1e-5. */
  epsilon?: number;
}

/**
 * Batch normalization (Ioffe and Szegedy 2015): y = (x - mean) / sqrt(variance + epsilon) gamma + beta,
 * channel by channel. x and y: [batch, ...positions, channels]; gamma and beta: [channels], 1 and 0 at first.
 *
 * In training, mean and variance are those of the batch, over all samples and positions, and after each step
 * that went well the running statistics "movingMean" and "movingVariance", 0 and 1 at first, move towards
 * them: the variance by the unbiased one, as in PyTorch. They are buffers of the model and saved with it. In
 * predicting, and with `trainable: false` also in training, the running statistics take the place of the
 * batch's.
 *
 * Steps of sequences that a mask calls padding are left out of both, and y is 0 there in training.
 *
 * A batch of one row of channels normalizes to 0, as in Keras: its y is beta. With `accumulate`, fit
 * normalizes each batch by itself, and the running statistics move with each.
 *
 * @example
 * const layers = [dense(64), batchNormalization(), activation("relu"), dense(10, { activation: "softmax" })];
 * const model = new Sequential(backend, { inputShape: 20, layers });
 * console.log(model.buffers.map(({ name }) => name).join(" ")); // 1.movingMean 1.movingVariance
 *
 * @throws ValueError for a momentum outside of 0 to 1, an epsilon not above 0, a negative l1 or l2, and
 * unknown options
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  const known = ["momentum", "epsilon", ...affineOptions, "name", "trainable"];
  checkOptions("batchNormalization", options, known);
  return batchNormalizationFrom({ type: "batchNormalization", ...options });
}

/** The layer of a model file. @throws ValueError for options out of range */
export function batchNormalizationFrom(config: LayerConfig): Layer {
  const { momentum = 0.99, epsilon = 1e-3 } = config;
  checkNumber("batchNormalization", "momentum", momentum, 0, 1);
  checkPositive("batchNormalization", "epsilon", epsilon);
  checkLayerOptions(config);
  return new BatchNormalization(config, momentum, epsilon);
}

class BatchNormalization extends Layer {
  private readonly affine: ReturnType<typeof affineFrom>;

  constructor(
    override readonly config: LayerConfig,
    private readonly momentum: number,
    private readonly epsilon: number,
  ) {
    super();
    this.affine = affineFrom(config);
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `batchNormalization(${lastOf(input)})`;
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { epsilon, momentum } = this;
    const { graph } = scope;
    const channels = lastOf(x.shape);
    const shape = [channels];
    const affine = this.affine(scope, shape);
    const first = (value: number) => new Float32Array(channels).fill(value);
    const moving = {
      mean: scope.buffer({ name: "movingMean", shape, initial: first(0), isTrained: true }),
      variance: scope.buffer({ name: "movingVariance", shape, initial: first(1), isTrained: true }),
    };
    const range = anyNumber("batchNormalization");
    if (TRAINING && scope.training && scope.trainable) {
      if (x.mask) {
        const { y, batch, real } = normalizeRealSteps(graph, x.value, x.mask, affine, epsilon);
        moveRealMoments(graph, batch, moving, momentum, real);
        return x.along(y, { range });
      }
      const batch = momentsOfBatch(graph, x.value);
      moveMoments(graph, x.value, batch, moving, momentum);
      return x.to(normalizeChannels(graph, x.value, batch, affine, epsilon, channels), { range });
    }
    return x.along(normalizeChannels(graph, x.value, moving, affine, epsilon), { range });
  }
}
