import type { Kernels, Pointer } from "../core/kernels.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 0.0001 and weight decay 0, which is decoupled, by default. */
export interface LionOptions extends OptimizerOptions {
  /** Share of the mean in the direction of a step, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of the gradients, in [0, 1). Default 0.99. */
  beta2?: number;
}

class Lion extends Optimizer<SettingsOf<LionOptions>> {
  readonly slabs = ["mean"];

  constructor(options: LionOptions) {
    super("lion", options, { learningRate: 1e-4, weightDecay: 0, beta1: 0.9, beta2: 0.99 });
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    [mean]: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    const { beta1, beta2 } = this.settings;
    kernels.lion(
      weights,
      gradients,
      mean,
      n,
      1 - learningRate * weightDecay,
      learningRate,
      1 - beta1,
      1 - beta2,
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Lion";
  }
}

/**
 * Lion: every weight moves by the learning rate, along the sign of the mean gradient (Chen et al. 2023).
 *
 * @example
 * const optimizer = lion({ learningRate: 1e-4 }); // about a tenth of Adam's rate
 * console.log(optimizer.learningRate); // 0.0001
 *
 * @throws ValueError for options out of range
 */
export function lion(options: LionOptions = {}): Optimizer {
  return new Lion(options);
}
