import { checkOptions } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Pointer } from "../../core/kernels.js";
import type { ActivationName } from "../activation.js";
import { checkInitializer, type InitializerName, initializeBy } from "../initializer.js";
import { Dense, denseFrom } from "./dense-layer.js";
import type {
  Constraint,
  LayerConfig,
  LayerSpec,
  ParameterSpec,
  Regularizer,
  TrainableLayer,
} from "./layer.js";
import { constraintFrom, regularizerFrom } from "./regularization.js";

export interface DenseOptions {
  /**
   * Applied to the sum. Default "linear". With a parameter other than its default an activation is a layer of
   * its own: `activation("leakyRelu", { slope: 0.3 })`.
   */
  activation?: ActivationName;
  /** Whether a bias is added. Default true. */
  useBias?: boolean;
  /** Default "glorotUniform". */
  kernelInitializer?: InitializerName;
  /** Default "zeros". */
  biasInitializer?: InitializerName;
  /** A penalty on large weights. Default none. */
  kernelRegularizer?: Regularizer;
  /** A penalty on large biases. Default none. */
  biasRegularizer?: Regularizer;
  /** What the weights are held to after each step. Default nothing. */
  kernelConstraint?: Constraint;
  /** What its parameters are called by instead of the layer's index. */
  name?: string;
}

/**
 * A fully connected layer: Y = f(X W + b), X [batch, inputs], W [inputs, units], b [1, units], Y [batch,
 * units] (styxofsyntax, "Mathematics for Neural Networks", 2.1). An input of several dimensions counts as
 * their product.
 * @throws ValueError for units that are no integer of at least 1, for unknown options, activations and
 * initializers, for a negative l1 or l2 and a maxNorm not above 0
 */
export function dense(units: number, options: DenseOptions = {}): LayerSpec {
  checkOptions("dense", options, [
    "activation",
    "useBias",
    "kernelInitializer",
    "biasInitializer",
    "kernelRegularizer",
    "biasRegularizer",
    "kernelConstraint",
    "name",
  ]);
  const {
    activation = "linear",
    useBias = true,
    kernelInitializer = "glorotUniform",
    biasInitializer = "zeros",
    name,
    ...others
  } = options;
  checkInitializer("dense", kernelInitializer);
  checkInitializer("dense", biasInitializer);
  return trainableDenseFrom(
    { type: "dense", name, units, activation, useBias, ...others },
    kernelInitializer,
    biasInitializer,
  );
}

/** @throws ValueError for what no dense layer can be made with */
export function trainableDenseFrom(
  config: LayerConfig,
  weight: InitializerName = "zeros",
  bias: InitializerName = "zeros",
): LayerSpec {
  const weights = {
    initialize: initializeBy(weight),
    regularizer: regularizerFrom(config, "kernelRegularizer"),
    constraint: constraintFrom(config, "kernelConstraint"),
  };
  const biases = { initialize: initializeBy(bias), regularizer: regularizerFrom(config, "biasRegularizer") };
  return denseFrom(config, (...made) => new TrainableDense([weights, biases], ...made));
}

/** How a parameter begins and what it is held to. */
interface Learnt extends Pick<ParameterSpec, "regularizer" | "constraint"> {
  readonly initialize: ReturnType<typeof initializeBy>;
}

class TrainableDense extends Dense implements TrainableLayer {
  constructor(
    learnt: readonly Learnt[],
    backend: Host,
    inputs: number,
    units: number,
    activation: ActivationName,
    useBias: boolean,
  ) {
    super(backend, inputs, units, activation, useBias);
    this.parameters = this.parameters.map((parameter, i) => ({
      ...parameter,
      ...learnt[i],
      initialize: (host: Host, at: Pointer, n: number, seed: number, index: number) =>
        learnt[i].initialize(host, at, n, inputs, units, seed, index),
    }));
    this.workSize = this.activation.saves === "input" ? units : 0;
  }

  override scratchBytes(rows: number): number {
    const { inputs, units, kernels } = this;
    return Math.max(
      super.scratchBytes(rows),
      kernels.gemmWorkspace(inputs, units, rows),
      kernels.gemmWorkspace(rows, inputs, units),
    );
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
      activation.backward(this.workSize ? work : y, dy, dz, rows, units, activation.parameter);
      d = dz;
    }
    kernels.gemm(
      x,
      d,
      weight.gradient,
      accumulate ? weight.gradient : 0,
      inputs,
      units,
      rows,
      inputs,
      units,
      units,
      units,
      1,
      0,
      scratch,
    );
    if (bias.gradient) kernels.sumRows(d, bias.gradient, rows, units, accumulate ? 1 : 0);
    if (dx) kernels.gemm(d, weight.value, dx, 0, rows, inputs, units, units, units, inputs, 0, 0, 1, scratch);
  }
}
