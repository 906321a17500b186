import { checkCount } from "../core/check.js";
import { lastOf } from "../graph/value.js";
import { matmul } from "../ops/matmul.js";
import { activated } from "./activate.js";
import { describeKernel, type Initializers, Kernel, type KernelOptions, ZEROS } from "./kernel.js";
import { Layer, type LayerConfig } from "./layer.js";
import { rangeOfActivation } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";

/** The options of `dense`. */
export interface DenseOptions extends KernelOptions {}

/**
 * A fully connected layer: Y = f(X W + b), X [batch, ..., inputs], W [inputs, units], b [units], Y [batch,
 * ..., units] (styxofsyntax, "Mathematics for Neural Networks", 2.1). It works on the last axis of X; put
 * `flatten()` before it to connect all elements of a sample.
 *
 * @example
 * const model = new Sequential(backend, {
 *   inputShape: 4,
 *   layers: [dense(8, { activation: "relu" }), dense(3, { activation: "softmax" })],
 * });
 * for (const { name, value } of model.parameters) console.log(name, value.rows, value.cols);
 *
 * @throws ValueError for units that are no integer of at least 1, for unknown options, activations and
 * initializers, for a negative l1 or l2 and a maxNorm not above 0
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  const { config, initial } = describeKernel("dense", { units }, options);
  return denseFrom(config, initial);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function denseFrom(config: LayerConfig, initial = ZEROS): Layer {
  const { units } = config;
  checkCount("dense", "units", units);
  return new Dense(config, units, initial);
}

class Dense extends Layer {
  private readonly kernel: Kernel;

  constructor(
    override readonly config: LayerConfig,
    private readonly units: number,
    initial: Initializers,
  ) {
    super();
    this.kernel = new Kernel(config, initial);
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `dense(${lastOf(input)} -> ${this.units})`;
  }

  override fileVersion(input: readonly number[]): number {
    return input.length === 1 ? 1 : 2;
  }

  override withBias(): Layer {
    return denseFrom({ ...this.config, useBias: true });
  }

  override isStepwise([input]: readonly (readonly number[])[]): boolean {
    return input.length > 1;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { units, kernel } = this;
    const inputs = lastOf(x.shape);
    const weight = kernel.weight(scope, [inputs, units], inputs, units);
    const bias = kernel.bias(scope, units, inputs, units);
    const sum = x.along(matmul(scope.graph, x.value, weight, bias), { range: rangeOfActivation("linear") });
    return activated(sum, kernel.activation);
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Dense";
  }
}
