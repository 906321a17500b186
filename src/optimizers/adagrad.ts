import type { Kernels, Pointer } from "../core/kernels.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 0.01 and weight decay 0 by default. */
export interface AdagradOptions extends OptimizerOptions {
  /** Added to the root of the sum of the squared gradients. Default 1e-10. */
  epsilon?: number;
}

class Adagrad extends Optimizer<SettingsOf<AdagradOptions>> {
  readonly slabs = ["square"];

  constructor(options: AdagradOptions) {
    super("adagrad", options, { learningRate: 0.01, weightDecay: 0, epsilon: 1e-10 });
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    [square]: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    kernels.rmsprop(
      weights,
      gradients,
      0,
      square,
      0,
      n,
      weightDecay,
      learningRate,
      1,
      1,
      this.settings.epsilon,
      0,
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Adagrad";
  }
}

/**
 * Adagrad (Duchi, Hazan and Singer 2011).
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 1, seed: 1, layers: [dense(1)] });
 * await model.fit([1, 2, 3], [2, 4, 6], {
 *   loss: "meanSquaredError", optimizer: adagrad({ learningRate: 0.5 }), epochs: 300, batchSize: 3,
 * });
 * console.log(model.predict([4])[0].toFixed(1)); // 8.0
 *
 * @throws ValueError for options out of range
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  return new Adagrad(options);
}
