import { checkCount, checkOptions, checkTruth } from "../core/check.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { TRAINING } from "../graph/training.js";
import { lastOf } from "../graph/value.js";
import { type ActivationName, checkActivation } from "../ops/activation-kinds.js";
import { matmul } from "../ops/matmul.js";
import { activated } from "./activate.js";
import { checkInitializer, type InitializerName, initializeBy } from "./initializer.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { rangeOfActivation } from "./output-range.js";
import { constraintFrom, regularizerFrom } from "./regularization.js";
import type { Constraint, Regularizer, Scope, TracedTensor } from "./scope.js";

export interface DenseOptions extends LayerOptions {
  /**
   * Applied to the sum. Default "linear". An activation with a parameter other than its default is a layer of
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
  /** A bound on the weights after each step. Default none. */
  kernelConstraint?: Constraint;
}

/**
 * A fully connected layer: Y = f(X W + b), X [batch, ..., inputs], W [inputs, units], b [units], Y [batch,
 * ..., units] (styxofsyntax, "Mathematics for Neural Networks", 2.1). It works on the last axis of X; put
 * `flatten()` before it to connect all elements of a sample.
 * @throws ValueError for units that are no integer of at least 1, for unknown options, activations and
 * initializers, for a negative l1 or l2 and a maxNorm not above 0
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  checkOptions("dense", options, [
    "activation",
    "useBias",
    "kernelInitializer",
    "biasInitializer",
    "kernelRegularizer",
    "biasRegularizer",
    "kernelConstraint",
    "name",
    "trainable",
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
  return denseFrom(
    { type: "dense", name, units, activation, useBias, ...others },
    kernelInitializer,
    biasInitializer,
  );
}

/** The layer of a model file. @throws ValueError for options out of range */
export function denseFrom(
  config: LayerConfig,
  weight: InitializerName = "zeros",
  bias: InitializerName = "zeros",
): Layer {
  const { units, activation, useBias } = config;
  checkCount("dense", "units", units);
  checkActivation("dense", activation);
  checkTruth("dense", "useBias", useBias);
  checkLayerOptions(config);
  return new Dense(config, units, activation, useBias, weight, bias);
}

class Dense extends Layer {
  private readonly kernelRegularizer: Regularizer | undefined;
  private readonly biasRegularizer: Regularizer | undefined;
  private readonly kernelConstraint: Constraint | undefined;

  constructor(
    override readonly config: LayerConfig,
    private readonly units: number,
    private readonly activation: ActivationName,
    private readonly useBias: boolean,
    private readonly weight: InitializerName,
    private readonly bias: InitializerName,
  ) {
    super();
    if (!TRAINING) return;
    this.kernelRegularizer = regularizerFrom(config, "kernelRegularizer");
    this.biasRegularizer = regularizerFrom(config, "biasRegularizer");
    this.kernelConstraint = constraintFrom(config, "kernelConstraint");
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `dense(${lastOf(input)} -> ${this.units})`;
  }

  override fileVersion(input: readonly number[]): number {
    return input.length === 1 ? 1 : 2;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { units, useBias } = this;
    const inputs = lastOf(x.shape);
    const weight = scope.parameter({
      name: "weight",
      shape: [inputs, units],
      ...this.initialize(inputs, this.weight),
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    const bias = useBias
      ? scope.parameter({
          name: "bias",
          shape: [units],
          ...this.initialize(inputs, this.bias),
          regularizer: this.biasRegularizer,
        })
      : undefined;
    const sum = x.to(matmul(scope.graph, x.value, weight, bias), { range: rangeOfActivation("linear") });
    return activated(sum, this.activation);
  }

  private initialize(inputs: number, name: InitializerName) {
    if (!TRAINING) return undefined;
    const by = initializeBy(name);
    return {
      initialize: (host: Host, at: Pointer, n: number, seed: number, index: number) =>
        by(host, at, n, inputs, this.units, seed, index),
    };
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Dense";
  }
}
