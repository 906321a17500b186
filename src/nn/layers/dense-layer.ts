import { checkCount, checkLayerName, checkTruth } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { type Activation, type ActivationName, activationOf, checkActivation } from "../activation.js";
import { sizeOf } from "../slab.js";
import type { Layer, LayerConfig, LayerSpec, ParameterPlace, ParameterSpec } from "./layer.js";

/** Fills the first values of a tensor of a layer with so many inputs and outputs a unit. */
export type Initialize = (values: Float32Array, fanIn: number, fanOut: number, seed: number, index: number) => void;

/** Apart from dense(), so that what only runs saved models holds no initializers. @throws ValueError for what no dense layer can be made with */
export function denseFrom(config: LayerConfig, weight?: Initialize, bias?: Initialize): LayerSpec {
  const { units, activation, useBias, name } = config;
  checkCount("dense", "units", units);
  checkActivation("dense", activation);
  checkTruth("dense", "useBias", useBias);
  checkLayerName("dense", name);
  return { name, config, build: (backend, inputShape) => new Dense(backend, sizeOf(inputShape), units, activation, useBias, weight, bias) };
}

class Dense implements Layer {
  readonly label: string;
  readonly outputShape: readonly number[];
  readonly activationName: ActivationName;
  readonly parameters: readonly ParameterSpec[];
  readonly buffers = [];
  readonly workSize: number;
  private readonly kernels: Kernels;
  private readonly activation: Activation;
  private weight: ParameterPlace = { value: 0, gradient: 0 };
  private bias: ParameterPlace = { value: 0, gradient: 0 };

  constructor(
    backend: Host,
    private readonly inputs: number,
    private readonly units: number,
    activation: ActivationName,
    useBias: boolean,
    initialWeight: Initialize | undefined,
    initialBias: Initialize | undefined,
  ) {
    this.kernels = backend.kernels;
    this.activation = activationOf(backend.kernels, activation);
    this.label = `dense(${inputs} -> ${units})`;
    this.outputShape = [units];
    this.activationName = activation;
    this.workSize = this.activation.saves === "input" ? units : 0;
    const parameter = (name: string, shape: readonly number[], initialize?: Initialize): ParameterSpec => ({
      name,
      shape,
      initialize: (values, seed, index) => initialize?.(values, inputs, units, seed, index),
    });
    const weight = parameter("weight", [inputs, units], initialWeight);
    this.parameters = useBias ? [weight, parameter("bias", [units], initialBias)] : [weight];
  }

  place([weight, bias]: readonly ParameterPlace[]): void {
    this.weight = weight;
    if (bias) this.bias = bias;
  }

  scratchBytes(rows: number): number {
    const { inputs, units, kernels } = this;
    return Math.max(kernels.gemmWorkspace(rows, units, inputs), kernels.gemmWorkspace(inputs, units, rows), kernels.gemmWorkspace(rows, inputs, units));
  }

  forward(x: Pointer, y: Pointer, work: Pointer, rows: number, logits: boolean, scratch: Pointer): void {
    const { inputs, units, kernels, activation } = this;
    const z = activation.saves === "input" && !logits ? work : y;
    kernels.gemm(x, this.weight.value, z, this.bias.value, rows, units, inputs, inputs, units, units, 0, 0, 0, scratch);
    if (activation.forward && !logits) activation.forward(z, y, rows, units);
  }

  backward(
    x: Pointer,
    y: Pointer,
    work: Pointer,
    dy: Pointer,
    dz: Pointer,
    dx: Pointer,
    rows: number,
    logits: boolean,
    accumulate: boolean,
    scratch: Pointer,
  ): void {
    const { inputs, units, kernels, activation, weight, bias } = this;
    let d = dy;
    if (activation.backward && !logits) {
      activation.backward(activation.saves === "input" ? work : y, dy, dz, rows, units);
      d = dz;
    }
    kernels.gemm(x, d, weight.gradient, accumulate ? weight.gradient : 0, inputs, units, rows, inputs, units, units, units, 1, 0, scratch);
    if (bias.gradient) kernels.sumRows(d, bias.gradient, rows, units, accumulate ? 1 : 0);
    if (dx) kernels.gemm(d, weight.value, dx, 0, rows, inputs, units, units, units, inputs, 0, 0, 1, scratch);
  }
}
