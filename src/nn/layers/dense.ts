import type { Backend } from "../../core/backend.js";
import { checkCount, checkOptions, show } from "../../core/check.js";
import { ValueError } from "../../core/errors.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { type Activation, type ActivationName, activationOf, checkActivation } from "../activation.js";
import { checkInitializer, type InitializerName } from "../initializer.js";
import { type Layer, type LayerSpec, type ParameterPlace, type ParameterSpec, sizeOf } from "./layer.js";

export interface DenseOptions {
  /** Applied to the sum. Default "linear". */
  activation?: ActivationName;
  /** Whether a bias is added. Default true. */
  useBias?: boolean;
  /** Default "glorotUniform". */
  kernelInitializer?: InitializerName;
  /** Default "zeros". */
  biasInitializer?: InitializerName;
  /** What its parameters are called by instead of the layer's index. */
  name?: string;
}

/**
 * A fully connected layer: Y = f(X W + b), X [batch, inputs], W [inputs, units], b [1, units], Y [batch, units]
 * (styxofsyntax, "Mathematics for Neural Networks", 2.1). An input of several dimensions counts as their product.
 * @throws ValueError for units that are no integer of at least 1, and for unknown options, activations and initializers
 */
export function dense(units: number, options: DenseOptions = {}): LayerSpec {
  checkCount("dense", "units", units);
  checkOptions("dense", options, ["activation", "useBias", "kernelInitializer", "biasInitializer", "name"]);
  const { activation = "linear", useBias = true, kernelInitializer = "glorotUniform", biasInitializer = "zeros", name } = options;
  checkActivation("dense", activation);
  checkInitializer("dense", kernelInitializer);
  checkInitializer("dense", biasInitializer);
  if (typeof useBias !== "boolean") throw new ValueError(`dense expected useBias to be true or false, got ${show(useBias)}`);
  if (name !== undefined && (typeof name !== "string" || name === ""))
    throw new ValueError(`dense expected name to be a string that is not empty, got ${show(name)}`);
  return {
    name,
    build: (backend, inputShape) => new Dense(backend, sizeOf(inputShape), units, activation, useBias, kernelInitializer, biasInitializer),
  };
}

class Dense implements Layer {
  readonly label: string;
  readonly outputShape: readonly number[];
  readonly activationName: ActivationName;
  readonly parameters: readonly ParameterSpec[];
  readonly workSize: number;
  private readonly kernels: Kernels;
  private readonly activation: Activation;
  private weight: ParameterPlace = { value: 0, gradient: 0 };
  private bias: ParameterPlace = { value: 0, gradient: 0 };

  constructor(
    backend: Backend,
    private readonly inputs: number,
    private readonly units: number,
    activation: ActivationName,
    useBias: boolean,
    kernelInitializer: InitializerName,
    biasInitializer: InitializerName,
  ) {
    this.kernels = backend.kernels;
    this.activation = activationOf(backend.kernels, activation);
    this.label = `dense(${inputs} -> ${units})`;
    this.outputShape = [units];
    this.activationName = activation;
    this.workSize = this.activation.saves === "input" ? units : 0;
    const weight = { name: "weight", rows: inputs, cols: units, initializer: kernelInitializer, fanIn: inputs, fanOut: units };
    const bias = { name: "bias", rows: 1, cols: units, initializer: biasInitializer, fanIn: inputs, fanOut: units };
    this.parameters = useBias ? [weight, bias] : [weight];
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
