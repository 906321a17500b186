import { checkNumber, checkOptions } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Pointer } from "../../core/kernels.js";
import { checkInitializer, type InitializerName, initializeBy } from "../initializer.js";
import type { LayerConfig, LayerSpec, ParameterSpec, Regularizer, TrainableLayer } from "./layer.js";
import { Prelu, preluFrom, type SharedAxes } from "./prelu-layer.js";
import { regularizerFrom } from "./regularization.js";

export interface PreluOptions {
  /**
   * The first slopes: a number for all, or the name of an initializer, of which the last size of `alpha`
   * counts as units and the others as inputs. Default 0.25, as in PyTorch; Keras has "zeros".
   */
  alphaInitializer?: number | InitializerName;
  /** A penalty on large slopes. Default none. */
  alphaRegularizer?: Regularizer;
  /**
   * The axes over which a slope is shared, as in Keras: 1 is the first of a sample, since 0 is the batch.
   * They stand before or behind the others: [1, 2] of [height, width, channels] leaves a slope a channel.
   * "all" leaves one slope, as PyTorch's PReLU() has. Default none: a slope a feature.
   */
  sharedAxes?: SharedAxes;
  /** What its parameter is called by instead of the layer's index. */
  name?: string;
}

/**
 * A rectifier with learnt slopes: y = max(x, 0) + alpha min(x, 0), x and y [batch, ...shape], alpha [...shape]
 * with 1 for the size of each shared axis (He and others 2015, "Delving Deep into Rectifiers"). Its
 * parameter is called "alpha".
 * @throws ValueError for unknown options and initializers, an initial slope that is not finite, a negative l1
 * or l2, and axes that the input has not
 */
export function prelu(options: PreluOptions = {}): LayerSpec {
  checkOptions("prelu", options, ["alphaInitializer", "alphaRegularizer", "sharedAxes", "name"]);
  const { alphaInitializer = 0.25, name, ...others } = options;
  if (typeof alphaInitializer === "number")
    checkNumber("prelu", "alphaInitializer", alphaInitializer, Number.NEGATIVE_INFINITY);
  else checkInitializer("prelu", alphaInitializer);
  return trainablePreluFrom({ type: "prelu", name, ...others }, alphaInitializer);
}

/** @throws ValueError for what no such layer can be made with */
export function trainablePreluFrom(config: LayerConfig, initial: number | InitializerName = 0): LayerSpec {
  const regularizer = regularizerFrom(config, "alphaRegularizer");
  return preluFrom(config, (...made) => new TrainablePrelu(initial, regularizer, ...made));
}

type Initialize = NonNullable<ParameterSpec["initialize"]>;

function initializerOf(initial: number | InitializerName, shape: readonly number[]): Initialize {
  if (typeof initial === "number") return (host, at, n) => host.floats(at, n).fill(initial);
  const units = shape[shape.length - 1];
  const initialize = initializeBy(initial);
  return (host, at, n, seed, index) => initialize(host, at, n, n / units, units, seed, index);
}

class TrainablePrelu extends Prelu implements TrainableLayer {
  constructor(
    initial: number | InitializerName,
    regularizer: Regularizer | undefined,
    backend: Host,
    shape: readonly number[],
    sharedAxes: SharedAxes,
  ) {
    super(backend, shape, sharedAxes);
    this.parameters = this.parameters.map((alpha) => ({
      ...alpha,
      initialize: initializerOf(initial, alpha.shape),
      ...(regularizer && { regularizer }),
    }));
  }

  backward(
    x: Pointer,
    _y: Pointer,
    _work: Pointer,
    dy: Pointer,
    dz: Pointer,
    dx: Pointer,
    rows: number,
    _logits: boolean,
    accumulate: boolean,
  ): void {
    const { kernels, alpha } = this;
    const sizes = this.sizes(rows);
    if (dx) kernels.preluBackward(x, alpha.value, dy, dx, ...sizes);
    // dz may be dy, which nobody needs from here on.
    kernels.preluGradient(x, dy, dz, alpha.gradient, ...sizes, accumulate ? 1 : 0);
  }
}
