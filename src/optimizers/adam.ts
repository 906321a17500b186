import type { Kernels, Pointer } from "../core/kernels.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 0.001 by default; weight decay 0, of adamw 0.01. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of the gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second mean. Default 1e-8. */
  epsilon?: number;
  /**
   * Divides by the largest second mean so far instead of the last (Reddi, Kale and Kumar 2018). Default
   * false.
   */
  amsgrad?: boolean;
}

class Adam extends Optimizer<SettingsOf<AdamOptions>> {
  readonly slabs: readonly string[];

  constructor(name: string, options: AdamOptions, weightDecay: number) {
    super(
      name,
      options,
      { learningRate: 1e-3, weightDecay, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false },
      2,
    );
    this.slabs = this.settings.amsgrad ? ["mean", "square", "largestSquare"] : ["mean", "square"];
  }

  protected override advance(): void {
    this.powers[0] *= this.settings.beta1;
    this.powers[1] *= this.settings.beta2;
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    [mean, square, largest = 0]: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    const { beta1, beta2, epsilon } = this.settings;
    const power1 = this.powers[0];
    const power2 = this.powers[1];
    const decoupled = this.name === "adamw";
    const correction = Math.sqrt(1 - power2);
    const rate = (learningRate * correction) / (1 - power1);
    const keep = decoupled ? 1 - learningRate * weightDecay : 1;
    kernels.adam(
      weights,
      gradients,
      mean,
      square,
      largest,
      n,
      decoupled ? 0 : weightDecay,
      keep,
      rate,
      1 - beta1,
      1 - beta2,
      epsilon * correction,
      0,
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Adam";
  }
}

/**
 * Adam (Kingma and Ba 2015; "Understanding Neural Networks Through Mathematics").
 *
 * @example
 * const optimizer = adam({ learningRate: 0.002, beta1: 0.9, beta2: 0.99 });
 * const model = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
 * await model.fit([1, 2], [3, 5], { loss: "meanSquaredError", optimizer, epochs: 5 });
 *
 * @throws ValueError for options out of range
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return new Adam("adam", options, 0);
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019).
 *
 * @example
 * const optimizer = adamw({ learningRate: 1e-3, weightDecay: 0.05 });
 * console.log(optimizer.name); // adamw
 *
 * @throws ValueError for options out of range
 */
export function adamw(options: AdamOptions = {}): Optimizer {
  return new Adam("adamw", options, 0.01);
}
