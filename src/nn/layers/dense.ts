import { checkOptions } from "../../core/check.js";
import type { ActivationName } from "../activation.js";
import { checkInitializer, type InitializerName, initializeBy } from "../initializer.js";
import { denseFrom } from "./dense-layer.js";
import type { LayerSpec } from "./layer.js";

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
  checkOptions("dense", options, ["activation", "useBias", "kernelInitializer", "biasInitializer", "name"]);
  const { activation = "linear", useBias = true, kernelInitializer = "glorotUniform", biasInitializer = "zeros", name } = options;
  checkInitializer("dense", kernelInitializer);
  checkInitializer("dense", biasInitializer);
  return denseFrom({ type: "dense", name, units, activation, useBias }, initializeBy(kernelInitializer), initializeBy(biasInitializer));
}
