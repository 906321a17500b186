import { checkNumbers, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { standardize } from "../ops/standardize.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import type { OutputRange } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";

/** The options of `scaling`. */
export interface ScalingOptions {
  /** Subtracted from each input: one number for each. */
  mean: ArrayLike<number>;
  /** The divisor of each input then: one number for each, none of them 0. */
  deviation: ArrayLike<number>;
  /** Names the layer's buffers, instead of the layer's index. */
  name?: string;
}

/**
 * Standardizes: y = (x - mean) / deviation, column by column. x and y: [batch, ...shape]. Not learned: the
 * two rows are buffers of the model and saved with it, so that a model takes inputs in their own units. As
 * the last layer, with -mean / deviation and 1 / deviation, it brings outputs back to theirs.
 *
 * @example
 * const celsius = scaling({ mean: [32], deviation: [1.8] }); // from degrees Fahrenheit
 * const model = new Sequential(backend, { inputShape: 1, layers: [celsius] });
 * console.log(Array.from(model.predict([212]))); // [ 100 ]
 *
 * @throws ValueError for numbers that are not finite, for a deviation of 0, and for unknown options;
 * ShapeError for rows of different lengths
 */
export function scaling(options: ScalingOptions): Layer {
  checkOptions("scaling", options ?? null, ["mean", "deviation", "name"]);
  const { mean, deviation, name } = options;
  checkRow("mean", mean);
  checkRow("deviation", deviation);
  if (mean.length !== deviation.length)
    throw new ShapeError(
      `scaling expected as many deviations as means, got ${deviation.length} for ${mean.length}`,
    );
  return scalingFrom({ type: "scaling", name }, mean, deviation);
}

function checkRow(what: string, values: ArrayLike<number>): void {
  checkNumbers("scaling", what, values);
  for (let i = 0; i < values.length; i++) {
    const value = Math.fround(values[i]);
    if (Number.isFinite(value) && (what === "mean" || value !== 0)) continue;
    throw new ValueError(
      `scaling expected every ${what} to be finite${what === "mean" ? "" : " and not 0"}, got ${show(values[i])} at index ${i}`,
    );
  }
}

/** The layer of a model file, which has the two rows. @throws ValueError for a name that is none */
export function scalingFrom(
  config: LayerConfig,
  mean: ArrayLike<number> = [],
  deviation: ArrayLike<number> = [],
): Layer {
  checkLayerOptions(config);
  return new Scaling(config, mean, deviation);
}

class Scaling extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly mean: ArrayLike<number>,
    private readonly deviation: ArrayLike<number>,
  ) {
    super();
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `scaling(${input.reduce((size, length) => size * length, 1)})`;
  }

  override fileVersion(): number {
    return 1;
  }

  override isStepwise([input]: readonly (readonly number[])[]): boolean {
    return input.length > 1;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { mean, deviation } = this;
    const { size } = x.value;
    if (mean.length > 0 && mean.length !== size)
      throw new ShapeError(
        `scaling expected a mean and a deviation for each of ${size} inputs, got ${mean.length}`,
      );
    const shape = [size];
    const means = scope.buffer({ name: "mean", shape, initial: mean });
    const deviations = scope.buffer({ name: "deviation", shape, initial: deviation });
    return x.along(standardize(scope.graph, x.value, means, deviations), { range: scaled(x.range) });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Scaling";
  }
}

/** Scaled bounds are unknown, but a range without bounds stays so. */
function scaled(range: OutputRange | undefined): OutputRange | undefined {
  return range?.least === Number.NEGATIVE_INFINITY && range.most === Number.POSITIVE_INFINITY
    ? range
    : undefined;
}
