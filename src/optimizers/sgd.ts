import { ValueError } from "../core/errors.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 0.01 and weight decay 0 by default. */
export interface SgdOptions extends OptimizerOptions {
  /** In [0, 1). Default 0, plain gradient descent. */
  momentum?: number;
  /** The fraction of each gradient after the first that the velocity does not take, in [0, 1). Default 0. */
  dampening?: number;
  /**
   * Steps from where the momentum leads (Nesterov 1983). Needs a momentum, and no dampening. Default false.
   */
  nesterov?: boolean;
  /**
   * What the velocity holds: "torch", gradients (v = b v + g, w = w - a v), or "scaled", steps (v = b v + a
   * g, w = w - v: "Understanding Neural Networks Through Mathematics"). They differ once the rate changes.
   * Default "torch".
   */
  velocity?: "torch" | "scaled";
}

class Sgd extends Optimizer<SettingsOf<SgdOptions>> {
  readonly slabs: readonly string[];

  constructor(options: SgdOptions) {
    super("sgd", options, {
      learningRate: 0.01,
      weightDecay: 0,
      momentum: 0,
      dampening: 0,
      nesterov: false,
      velocity: "torch",
    });
    const { momentum, dampening, nesterov } = this.settings;
    if (nesterov && momentum === 0)
      throw new ValueError("sgd expected a momentum above 0 for nesterov, got 0");
    if (nesterov && dampening > 0)
      throw new ValueError(`sgd expected no dampening with nesterov, got ${dampening}`);
    this.slabs = momentum > 0 ? ["velocity"] : [];
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    [slab]: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    const { momentum, dampening, nesterov, velocity } = this.settings;
    if (slab === undefined) {
      kernels.sgd(weights, gradients, n, learningRate, weightDecay);
      return;
    }
    const [ofInput, ofVelocity] = velocity === "scaled" ? [learningRate, 1] : [1, learningRate];
    kernels.momentum(
      weights,
      gradients,
      slab,
      n,
      weightDecay,
      this.steps > 1 ? ofInput * (1 - dampening) : ofInput,
      momentum,
      nesterov ? learningRate : 0,
      nesterov ? ofVelocity * momentum : ofVelocity,
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Sgd";
  }
}

/**
 * Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's.
 *
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true });
 * console.log(optimizer.name, optimizer.learningRate); // sgd 0.1
 *
 * @throws ValueError for options out of range, and for nesterov without momentum or with dampening
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  return new Sgd(options);
}
