import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { type Activation, type ActivationName, activationOf, checkActivation } from "../activation.js";
import { sizeOf } from "../slab.js";
import type { Layer, LayerConfig, LayerSpec } from "./layer.js";

/** An activation as a layer of its own, for where it does not follow a layer that has one. Input and output: [batch, ...shape]. @throws ValueError for an unknown name */
export function activation(name: ActivationName): LayerSpec {
  return activationFrom({ type: "activation", activation: name });
}

/** @throws ValueError for an unknown activation */
export function activationFrom(config: LayerConfig): LayerSpec {
  const { activation } = config;
  checkActivation("activation", activation);
  return { config, build: (backend, inputShape) => new ActivationLayer(backend, inputShape, activation) };
}

class ActivationLayer implements Layer {
  readonly label = "activation";
  readonly parameters = [];
  readonly buffers = [];
  readonly workSize = 0;
  private readonly kernels: Kernels;
  private readonly activation: Activation;
  private readonly size: number;

  constructor(
    backend: Host,
    readonly outputShape: readonly number[],
    readonly activationName: ActivationName,
  ) {
    this.kernels = backend.kernels;
    this.activation = activationOf(backend.kernels, activationName);
    this.size = sizeOf(outputShape);
  }

  place(): void {}

  scratchBytes(): number {
    return 0;
  }

  forward(x: Pointer, y: Pointer, _work: Pointer, rows: number, logits: boolean): void {
    if (this.activation.forward && !logits) this.activation.forward(x, y, rows, this.size);
    else this.kernels.scale(x, y, rows * this.size, 1);
  }

  backward(x: Pointer, y: Pointer, _work: Pointer, dy: Pointer, _dz: Pointer, dx: Pointer, rows: number, logits: boolean): void {
    if (!dx) return;
    if (this.activation.backward && !logits) this.activation.backward(this.activation.saves === "input" ? x : y, dy, dx, rows, this.size);
    else this.kernels.scale(dy, dx, rows * this.size, 1);
  }
}
