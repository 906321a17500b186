import {
  type ActivationName,
  type ActivationOptions,
  checkActivation,
  checkActivationOptions,
  isRowwise,
  parameterOptions,
} from "../ops/activation-kinds.js";
import { activated } from "./activate.js";
import { Layer, type LayerConfig } from "./layer.js";
import type { Scope, TracedTensor } from "./scope.js";

/**
 * An activation as a layer of its own: after a layer that has none, or with a parameter of its own, as
 * `activation("leakyRelu", { slope: 0.3 })` and `activation("elu", { alpha: 0.5 })`. Input and output:
 * [batch, ...shape]; softmax and logSoftmax work over the last axis.
 *
 * @example
 * const layers = [dense(16), batchNormalization(), activation("leakyRelu", { slope: 0.1 })];
 * const model = new Sequential(backend, { inputShape: 4, layers });
 * console.log(model.outputShape); // [ 16 ]
 *
 * @throws ValueError for an unknown name, an option that the activation does not have, and a parameter out of
 * range
 */
export function activation(name: ActivationName, options?: ActivationOptions): Layer {
  checkActivation("activation", name);
  const own = checkActivationOptions("activation", name, options);
  return activationFrom({ type: "activation", activation: name, ...own });
}

/** The layer of a model file. @throws ValueError for an unknown activation and a parameter out of range */
export function activationFrom(config: LayerConfig): Layer {
  const { activation } = config;
  checkActivation("activation", activation);
  return new Activation(config, activation, parameterOptions("activation", activation, config));
}

class Activation extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly activation: ActivationName,
    private readonly options: ActivationOptions,
  ) {
    super();
  }

  override label(): string {
    const [parameter] = Object.entries(this.options);
    return parameter ? `activation(${parameter.join(" ")})` : "activation";
  }

  override fileVersion(input: readonly number[]): number {
    return input.length > 1 && isRowwise(this.activation) ? 2 : 1;
  }

  override isStepwise([input]: readonly (readonly number[])[]): boolean {
    return input.length > 1 || !isRowwise(this.activation);
  }

  override build(_scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    return activated(x, this.activation, this.options);
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Activation";
  }
}
