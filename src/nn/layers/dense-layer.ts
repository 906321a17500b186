import { checkCount, checkLayerName, checkTruth } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { type Activation, type ActivationName, activationOf, checkActivation } from "../activation.js";
import { sizeOf } from "../slab.js";
import type { Layer, LayerConfig, LayerSpec, ParameterPlace, ParameterSpec } from "./layer.js";

/** What makes a dense layer of so many inputs. */
type MakeDense<Of> = (
  backend: Host,
  inputs: number,
  units: number,
  activation: ActivationName,
  useBias: boolean,
) => Of;

/** @throws ValueError for what no dense layer can be made with */
export function denseFrom<Of extends Layer>(config: LayerConfig, make: MakeDense<Of>): LayerSpec<Of> {
  const { units, activation, useBias, name } = config;
  checkCount("dense", "units", units);
  checkActivation("dense", activation);
  checkTruth("dense", "useBias", useBias);
  checkLayerName("dense", name);
  return {
    name,
    config,
    build: (backend, inputShape) => make(backend, sizeOf(inputShape), units, activation, useBias),
  };
}

/** A dense layer that runs. */
export class Dense implements Layer {
  readonly label: string;
  readonly outputShape: readonly number[];
  parameters: readonly ParameterSpec[];
  readonly buffers = [];
  workSize = 0;
  protected readonly kernels: Kernels;
  protected readonly activation: Activation;
  protected weight: ParameterPlace = { value: 0, gradient: 0 };
  protected bias: ParameterPlace = { value: 0, gradient: 0 };

  constructor(
    backend: Host,
    protected readonly inputs: number,
    protected readonly units: number,
    readonly activationName: ActivationName,
    useBias: boolean,
  ) {
    this.kernels = backend.kernels;
    this.activation = activationOf(backend.kernels, activationName);
    this.label = `dense(${inputs} -> ${units})`;
    this.outputShape = [units];
    const weight = { name: "weight", shape: [inputs, units] };
    this.parameters = useBias ? [weight, { name: "bias", shape: [units] }] : [weight];
  }

  place([weight, bias]: readonly ParameterPlace[]): void {
    this.weight = weight;
    if (bias) this.bias = bias;
  }

  scratchBytes(rows: number): number {
    return this.kernels.gemmWorkspace(rows, this.units, this.inputs);
  }

  forward(x: Pointer, y: Pointer, work: Pointer, rows: number, logits: boolean, scratch: Pointer): void {
    const { inputs, units, kernels, activation } = this;
    const z = this.workSize && !logits ? work : y;
    kernels.gemm(
      x,
      this.weight.value,
      z,
      this.bias.value,
      rows,
      units,
      inputs,
      inputs,
      units,
      units,
      0,
      0,
      0,
      scratch,
    );
    if (activation.forward && !logits) activation.forward(z, y, rows, units, activation.parameter);
  }
}
