import { checkOptions, checkTruth } from "../core/check.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { TRAINING } from "../graph/training.js";
import type { Value } from "../graph/value.js";
import { type ActivationName, checkActivation } from "../ops/activation-kinds.js";
import { checkInitializer, type InitializerName, initializeBy } from "./initializer.js";
import { checkLayerOptions, type LayerConfig, type LayerOptions } from "./layer.js";
import { constraintFrom, regularizerFrom } from "./regularization.js";
import type { Constraint, Regularizer, Scope } from "./scope.js";

/** The options of layers that multiply by learned weights, the kernel. */
export interface KernelOptions extends LayerOptions {
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
  /**
   * A penalty on large weights. Default none. Each step reads its numbers anew: set them in this object to
   * change the penalty while a model trains.
   */
  kernelRegularizer?: Regularizer;
  /** A penalty on large biases. Default none. Read as `kernelRegularizer` is. */
  biasRegularizer?: Regularizer;
  /** A bound on the weights of each unit or filter after each step. Default none. */
  kernelConstraint?: Constraint;
}

/** How weights and biases begin. */
export interface Initializers {
  readonly weight: InitializerName;
  readonly bias: InitializerName;
}

/** For a layer from a model file, whose values follow. */
export const ZEROS: Initializers = { weight: "zeros", bias: "zeros" };

/**
 * The description of a layer and how its weights begin. `own` are the names of the options that only this
 * type has. @throws ValueError for unknown options and initializers
 */
export function describeKernel(
  type: string,
  fixed: Readonly<Record<string, unknown>>,
  options: KernelOptions,
  own: readonly string[] = [],
): { config: LayerConfig; initial: Initializers } {
  checkOptions(type, options, [
    ...own,
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
  const { activation = "linear", useBias = true, name, ...others } = options;
  const { kernelInitializer = "glorotUniform", biasInitializer = "zeros" } = others;
  checkInitializer(type, kernelInitializer);
  checkInitializer(type, biasInitializer);
  return {
    config: { type, name, ...fixed, activation, useBias, ...others },
    initial: { weight: kernelInitializer, bias: biasInitializer },
  };
}

/** The kernel and the bias of a layer. */
export class Kernel {
  readonly activation: ActivationName;
  private readonly useBias: boolean;
  private readonly kernelRegularizer: Regularizer | undefined;
  private readonly biasRegularizer: Regularizer | undefined;
  private readonly kernelConstraint: Constraint | undefined;

  /** @throws ValueError for options out of range */
  constructor(
    config: LayerConfig,
    private readonly initial: Initializers,
  ) {
    const { type, activation, useBias } = config;
    checkActivation(type, activation);
    checkTruth(type, "useBias", useBias);
    checkLayerOptions(config);
    this.activation = activation;
    this.useBias = useBias;
    if (!TRAINING) return;
    this.kernelRegularizer = regularizerFrom(config, "kernelRegularizer");
    this.biasRegularizer = regularizerFrom(config, "biasRegularizer");
    this.kernelConstraint = constraintFrom(config, "kernelConstraint");
  }

  /**
   * A tensor of weights. Its last axis is that of the units. `fanIn` and `fanOut` are for the initializer.
   */
  weight(
    scope: Scope,
    shape: readonly number[],
    fanIn: number,
    fanOut: number,
    name = "weight",
    initializer = this.initial.weight,
  ): Value {
    return scope.parameter({
      name,
      shape,
      ...initializeWith(initializer, fanIn, fanOut),
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
  }

  /** The bias, with a value for each unit. Undefined if the layer has none. */
  bias(scope: Scope, units: number, fanIn: number, fanOut: number, name = "bias"): Value | undefined {
    if (!this.useBias) return undefined;
    return scope.parameter({
      name,
      shape: [units],
      ...initializeWith(this.initial.bias, fanIn, fanOut),
      regularizer: this.biasRegularizer,
    });
  }
}

/** How a parameter begins. Undefined where nothing is trained: its values follow. */
export function initializeWith(name: InitializerName, fanIn: number, fanOut: number) {
  if (!TRAINING) return undefined;
  const by = initializeBy(name);
  return {
    initialize: (host: Host, at: Pointer, n: number, seed: number, index: number) =>
      by(host, at, n, fanIn, fanOut, seed, index),
  };
}
