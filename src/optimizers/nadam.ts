import type { Kernels, Pointer } from "../core/kernels.js";
import { power } from "../core/reproducible-math.js";
import { type Moments, Optimizer, type OptimizerOptions, type SettingsOf } from "./optimizer.js";

/** Learning rate 0.002 and weight decay 0 by default. */
export interface NadamOptions extends OptimizerOptions {
  /** Decay of the mean of the gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second mean. Default 1e-8. */
  epsilon?: number;
  /**
   * How fast the momentum grows to beta1: at step t it is beta1 (1 - 0.96^(t momentumDecay) / 2). Default
   * 0.004.
   */
  momentumDecay?: number;
}

class Nadam extends Optimizer<SettingsOf<NadamOptions>> {
  readonly slabs = ["mean", "square"];

  constructor(options: NadamOptions) {
    super(
      "nadam",
      options,
      { learningRate: 2e-3, weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentumDecay: 4e-3 },
      2,
    );
  }

  private momentum(step: number): number {
    const { beta1, momentumDecay } = this.settings;
    return beta1 * (1 - power(0.96, step * momentumDecay) / 2);
  }

  protected override advance(): void {
    this.powers[0] *= this.momentum(this.steps);
    this.powers[1] *= this.settings.beta2;
  }

  protected apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    [mean, square]: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void {
    const { beta1, beta2, epsilon } = this.settings;
    const product = this.powers[0];
    const power2 = this.powers[1];
    const correction = Math.sqrt(1 - power2);
    const now = this.momentum(this.steps);
    const next = this.momentum(this.steps + 1);
    // PyTorch 1.13 has this step's momentum twice in the product up to the next step; the paper has it once.
    // Both tend to 0 within some steps.
    const rate = (learningRate * correction * next) / (1 - product * now * next);
    const ofGradient = (learningRate * correction * (1 - now)) / (1 - product);
    kernels.adam(
      weights,
      gradients,
      mean,
      square,
      0,
      n,
      weightDecay,
      1,
      rate,
      1 - beta1,
      1 - beta2,
      epsilon * correction,
      ofGradient,
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Nadam";
  }
}

/**
 * Adam with Nesterov's momentum (Dozat 2016, with the corrections of PyTorch 1.13).
 *
 * @example
 * const optimizer = nadam({ learningRate: schedules.step({ learningRate: 0.01, every: 100, factor: 0.5 }) });
 * console.log(optimizer.name); // nadam
 *
 * @throws ValueError for options out of range
 */
export function nadam(options: NadamOptions = {}): Optimizer {
  return new Nadam(options);
}
