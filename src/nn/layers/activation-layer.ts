import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import {
  type Activation,
  type ActivationName,
  type ActivationOptions,
  activationOf,
  checkActivation,
  parameterOptions,
} from "../activation.js";
import { sizeOf } from "../slab.js";
import type { Layer, LayerConfig, LayerSpec } from "./layer.js";

type MakeActivation<Of> = (
  backend: Host,
  shape: readonly number[],
  activation: ActivationName,
  options: ActivationOptions,
) => Of;

/** @throws ValueError for an unknown activation and for a parameter that is not allowed */
export function activationFrom<Of extends Layer>(
  config: LayerConfig,
  make: MakeActivation<Of>,
): LayerSpec<Of> {
  const { activation } = config;
  checkActivation("activation", activation);
  const options = parameterOptions("activation", activation, config);
  return { config, build: (backend, inputShape) => make(backend, inputShape, activation, options) };
}

/** An activation layer that runs. */
export class ActivationLayer implements Layer {
  readonly label: string;
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
    options: ActivationOptions = {},
  ) {
    this.kernels = backend.kernels;
    this.activation = activationOf(backend.kernels, activationName, options);
    this.size = sizeOf(outputShape);
    const [parameter] = Object.entries(options);
    this.label = parameter ? `activation(${parameter.join(" ")})` : "activation";
  }

  place(): void {}

  scratchBytes(): number {
    return 0;
  }

  forward(x: Pointer, y: Pointer, _work: Pointer, rows: number, logits: boolean): void {
    const { forward, parameter } = this.activation;
    if (forward && !logits) forward(x, y, rows, this.size, parameter);
    else this.kernels.scale(x, y, rows * this.size, 1);
  }
}
