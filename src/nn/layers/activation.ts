import type { Pointer } from "../../core/kernels.js";
import type { ActivationName } from "../activation.js";
import { type OutputRange, rangeOfActivation } from "../output-range.js";
import { ActivationLayer, activationFrom } from "./activation-layer.js";
import type { LayerConfig, LayerSpec, TrainableLayer } from "./layer.js";

/**
 * An activation as a layer of its own, for where it does not follow a layer that has one. Input and output:
 * [batch, ...shape]. @throws ValueError for an unknown name
 */
export function activation(name: ActivationName): LayerSpec {
  return trainableActivationFrom({ type: "activation", activation: name });
}

/** @throws ValueError for an unknown activation */
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
    if (this.activation.backward && !logits)
      this.activation.backward(this.activation.saves === "input" ? x : y, dy, dx, rows, this.size);
    else this.kernels.scale(dy, dx, rows * this.size, 1);
  }
}
