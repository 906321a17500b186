import type { Kernels, Pointer } from "../core/kernels.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 0.01 and weight decay 0 by default. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the mean of the squared gradients, in [0, 1). Default 0.99. */
  rho?: number;
  /** In [0, 1). Default 0. */
  momentum?: number;
  /**
   * Divides by the deviation of the gradients, not by the root of their mean square (Graves 2013). Default
   * false.
   */
  centered?: boolean;
  /** Added to the root. Default 1e-8. */
  epsilon?: number;
}

class Rmsprop extends Optimizer<SettingsOf<RmspropOptions>> {
  readonly slabs: readonly string[];

  constructor(options: RmspropOptions) {
    super("rmsprop", options, {
      learningRate: 0.01,
      weightDecay: 0,
      rho: 0.99,
      momentum: 0,
      centered: false,
      epsilon: 1e-8,
    });
    const { momentum, centered } = this.settings;
    this.slabs = ["square", ...(momentum > 0 ? ["velocity"] : []), ...(centered ? ["mean"] : [])];
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    moments: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    const { rho, momentum, centered, epsilon } = this.settings;
    const velocity = momentum > 0 ? moments[1] : 0;
    const mean = centered ? moments[moments.length - 1] : 0;
    kernels.rmsprop(
      weights,
      gradients,
      velocity,
      moments[0],
      mean,
      n,
      weightDecay,
      learningRate,
      rho,
      1 - rho,
      epsilon,
      momentum,
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Rmsprop";
  }
}

/**
 * RMSprop (Tieleman and Hinton 2012).
 *
 * @example
 * const optimizer = rmsprop({ learningRate: 1e-3 });
 * console.log(optimizer.name); // rmsprop
 *
 * @throws ValueError for options out of range
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  return new Rmsprop(options);
}
