import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { type Activation, type ActivationName, activationOf, checkActivation } from "../activation.js";
import { sizeOf } from "../slab.js";
import type { Layer, LayerConfig, LayerSpec } from "./layer.js";

type MakeActivation<Of> = (backend: Host, shape: readonly number[], activation: ActivationName) => Of;

/** @throws ValueError for an unknown activation */
export function activationFrom<Of extends Layer>(
  config: LayerConfig,
  make: MakeActivation<Of>,
): LayerSpec<Of> {
  const { activation } = config;
  checkActivation("activation", activation);
  return { config, build: (backend, inputShape) => make(backend, inputShape, activation) };
}

/** An activation layer that runs. */
export class ActivationLayer implements Layer {
  readonly label: string = "activation";
  readonly parameters = [];
  readonly buffers = [];
  readonly workSize: number = 0;
  protected readonly kernels: Kernels;
  protected readonly activation: Activation;
  protected readonly size: number;

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
}
