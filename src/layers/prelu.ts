import { checkCount, checkNumber, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { TRAINING } from "../graph/training.js";
import { sizeOf } from "../graph/value.js";
import { prelu as emit } from "../ops/prelu.js";
import { checkInitializer, type InitializerName, initializeBy } from "./initializer.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { anyNumber } from "./output-range.js";
import { regularizerFrom } from "./regularization.js";
import type { ParameterSpec, Regularizer, Scope, TracedTensor } from "./scope.js";

/** The axes of a sample over which a slope is shared, counted from 1, since axis 0 is the batch. */
export type SharedAxes = "all" | readonly number[];

export interface PreluOptions extends LayerOptions {
  /**
   * The first slopes: a number for all, or the name of an initializer, for which the last size of `alpha`
   * counts as units and the others as inputs. Default 0.25, as in PyTorch; Keras has "zeros".
   */
  alphaInitializer?: number | InitializerName;
  /** A penalty on large slopes. Default none. */
  alphaRegularizer?: Regularizer;
  /**
   * The axes over which a slope is shared, as in Keras: 1 is the first of a sample, since 0 is the batch.
   * They come before or after the others: [1, 2] of [height, width, channels] leaves a slope for each
   * channel. "all" leaves one slope, as PyTorch's PReLU() has. Default none: a slope for each feature.
   */
  sharedAxes?: SharedAxes;
}

/**
 * A rectifier with learned slopes: y = max(x, 0) + alpha min(x, 0), x and y [batch, ...shape], alpha
 * [...shape] with 1 for the size of each shared axis (He and others 2015, "Delving Deep into Rectifiers").
 * Its parameter is called "alpha".
 *
 * @example
 * const layers = [conv2d(8, 3), prelu({ sharedAxes: [1, 2] })]; // one slope for each channel
 * const model = new Sequential(backend, { inputShape: [16, 16, 1], layers });
 * const [, , alpha] = model.parameters;
 * console.log(alpha.name, alpha.value.cols); // 1.alpha 8
 *
 * @throws ValueError for unknown options and initializers, an initial slope that is not finite, a negative l1
 * or l2, and axes that the input does not have
 */
export function prelu(options: PreluOptions = {}): Layer {
  checkOptions("prelu", options, ["alphaInitializer", "alphaRegularizer", "sharedAxes", "name", "trainable"]);
  const { alphaInitializer = 0.25 } = options;
  const { name, ...others } = options;
  if (typeof alphaInitializer === "number")
    checkNumber("prelu", "alphaInitializer", alphaInitializer, Number.NEGATIVE_INFINITY);
  else checkInitializer("prelu", alphaInitializer);
  return preluFrom({ type: "prelu", name, ...others }, alphaInitializer);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function preluFrom(config: LayerConfig, initial: number | InitializerName = 0): Layer {
  const { sharedAxes = [] } = config;
  checkLayerOptions(config);
  if (sharedAxes !== "all" && !Array.isArray(sharedAxes))
    throw new ValueError(`prelu expected sharedAxes to be "all" or a list of axes, got ${show(sharedAxes)}`);
  if (sharedAxes !== "all") for (const axis of sharedAxes) checkCount("prelu", "an axis in sharedAxes", axis);
  return new Prelu(config, sharedAxes, initial);
}

class Prelu extends Layer {
  private readonly regularizer: Regularizer | undefined;

  constructor(
    override readonly config: LayerConfig,
    private readonly sharedAxes: SharedAxes,
    private readonly initial: number | InitializerName,
  ) {
    super();
    if (TRAINING) this.regularizer = regularizerFrom(config, "alphaRegularizer");
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `prelu(${sizeOf(this.slopes(input))})`;
  }

  override fileVersion(): number {
    return 1;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const shape = this.slopes(x.shape);
    const alpha = scope.parameter({
      name: "alpha",
      shape,
      ...(TRAINING && { initialize: initializerOf(this.initial, shape) }),
      regularizer: this.regularizer,
    });
    try {
      return x.along(emit(scope.graph, x.value, alpha), { range: anyNumber("prelu") });
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new ValueError(
        `prelu expected sharedAxes before or behind the other axes, got [${this.sharedAxes}] for an input of [batch, ${x.shape.join(", ")}]`,
      );
    }
  }

  /** The shape of the slopes for an input. @throws ValueError for an axis that it does not have */
  private slopes(input: readonly number[]): readonly number[] {
    const { sharedAxes } = this;
    const beyond = sharedAxes === "all" ? undefined : sharedAxes.find((axis) => axis > input.length);
    if (beyond !== undefined)
      throw new ValueError(
        `prelu expected sharedAxes from 1 to ${input.length} for an input of [batch, ${input.join(", ")}], got ${beyond}`,
      );
    return input.map((size, i) => (sharedAxes === "all" || sharedAxes.includes(i + 1) ? 1 : size));
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Prelu";
  }
}

type Initialize = NonNullable<ParameterSpec["initialize"]>;

function initializerOf(initial: number | InitializerName, shape: readonly number[]): Initialize {
  if (typeof initial === "number") return (host, at, n) => host.floats(at, n).fill(initial);
  const units = shape[shape.length - 1];
  const initialize = initializeBy(initial);
  return (host, at, n, seed, index) => initialize(host, at, n, n / units, units, seed, index);
}
