import type { Kernels, Pointer } from "../core/kernels.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 1 and weight decay 0 by default. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the means of the squared gradients and of the squared steps, in [0, 1). Default 0.9. */
  rho?: number;
  /** Added to both means before their roots are taken. Default 1e-6. */
  epsilon?: number;
}

class Adadelta extends Optimizer<SettingsOf<AdadeltaOptions>> {
  readonly slabs = ["squaredStep", "square"];

  constructor(options: AdadeltaOptions) {
    super("adadelta", options, { learningRate: 1, weightDecay: 0, rho: 0.9, epsilon: 1e-6 });
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    [squaredStep, square]: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    const { rho, epsilon } = this.settings;
    kernels.adadelta(weights, gradients, squaredStep, square, n, weightDecay, learningRate, 1 - rho, epsilon);
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Adadelta";
  }
}

/**
 * Adadelta (Zeiler 2012).
 *
 * @example
 * const optimizer = adadelta({ learningRate: 1 });
 * console.log(optimizer.name, optimizer.learningRate); // adadelta 1
 *
 * @throws ValueError for options out of range
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  return new Adadelta(options);
}
