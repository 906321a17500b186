import type { Pointer } from "../../core/kernels.js";
import {
  type ActivationName,
  type ActivationOptions,
  checkActivation,
  checkActivationOptions,
} from "../activation.js";
import { type OutputRange, rangeOfActivation } from "../output-range.js";
import { ActivationLayer, activationFrom } from "./activation-layer.js";
import type { LayerConfig, LayerSpec, TrainableLayer } from "./layer.js";

/**
 * An activation as a layer of its own, for where it does not follow a layer that has one, or has a parameter
 * of its own: `activation("leakyRelu", { slope: 0.3 })`, `activation("elu", { alpha: 0.5 })`. Input and
 * output: [batch, ...shape].
 * @throws ValueError for an unknown name, an option that this activation has not and a parameter that is not
 * allowed
 */
export function activation(name: ActivationName, options?: ActivationOptions): LayerSpec {
  checkActivation("activation", name);
  const own = checkActivationOptions("activation", name, options);
  return trainableActivationFrom({ type: "activation", activation: name, ...own });
}

/** @throws ValueError for an unknown activation and for a parameter that is not allowed */
export function trainableActivationFrom(config: LayerConfig): LayerSpec {
  return activationFrom(config, (...made) => new TrainableActivation(...made));
}

class TrainableActivation extends ActivationLayer implements TrainableLayer {
  outputRange(input: OutputRange | undefined): OutputRange | undefined {
    return this.activationName === "linear" ? input : rangeOfActivation(this.activationName);
  }

  backward(
    x: Pointer,
    y: Pointer,
    _work: Pointer,
    dy: Pointer,
    _dz: Pointer,
    dx: Pointer,
    rows: number,
    logits: boolean,
  ): void {
    if (!dx) return;
    const { backward, saves, parameter } = this.activation;
    if (backward && !logits) backward(saves === "input" ? x : y, dy, dx, rows, this.size, parameter);
    else this.kernels.scale(dy, dx, rows * this.size, 1);
  }
}
