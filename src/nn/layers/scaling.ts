import { checkNumbers, checkOptions, show } from "../../core/check.js";
import { ShapeError, ValueError } from "../../core/errors.js";
import type { Pointer } from "../../core/kernels.js";
import type { OutputRange } from "../output-range.js";
import { sizeOf } from "../slab.js";
import type { LayerConfig, LayerSpec, TrainableLayer } from "./layer.js";
import { Scaling, scalingFrom } from "./scaling-layer.js";

export interface ScalingOptions {
  /** What is taken off each input, one number an input. */
  mean: ArrayLike<number>;
  /** What it is then divided by, one number an input, none of them 0. */
  deviation: ArrayLike<number>;
  /** What its buffers are called by instead of the layer's index. */
  name?: string;
}

/**
 * Standardises: y = (x - mean) / deviation, column by column. x and y: [batch, ...shape]. Not learned: the
 * two rows are buffers of the model and saved with it, so that a model takes its inputs as they come. As the
 * last layer, with -mean / deviation and 1 / deviation, it undoes itself.
 * @throws ValueError for what is not finite, for a deviation of 0, and for unknown options; ShapeError for
 * rows of different lengths
 */
export function scaling(options: ScalingOptions): LayerSpec {
  checkOptions("scaling", options ?? null, ["mean", "deviation", "name"]);
  const { mean, deviation, name } = options;
  checkRow("mean", mean);
  checkRow("deviation", deviation);
  if (mean.length !== deviation.length)
    throw new ShapeError(
      `scaling expected as many deviations as means, got ${deviation.length} for ${mean.length}`,
    );
  return trainableScalingFrom({ type: "scaling", name }, mean, deviation);
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

/** @throws ValueError for what is no name; ShapeError, when it is built, for numbers of another count */
export function trainableScalingFrom(
  config: LayerConfig,
  mean?: ArrayLike<number>,
  deviation?: ArrayLike<number>,
): LayerSpec {
  return scalingFrom(config, (backend, shape) => {
    const size = sizeOf(shape);
    if (mean && mean.length !== size)
      throw new ShapeError(
        `scaling expected a mean and a deviation for each of ${size} inputs, got ${mean.length}`,
      );
    return new TrainableScaling(backend, shape, mean, deviation);
  });
}

class TrainableScaling extends Scaling implements TrainableLayer {
  /** Scaled bounds are others, but what has none on either side still has none. */
  outputRange(input: OutputRange | undefined): OutputRange | undefined {
    return input?.least === Number.NEGATIVE_INFINITY && input.most === Number.POSITIVE_INFINITY
      ? input
      : undefined;
  }

  backward(
    _x: Pointer,
    _y: Pointer,
    _work: Pointer,
    dy: Pointer,
    _dz: Pointer,
    dx: Pointer,
    rows: number,
  ): void {
    if (dx) this.kernels.standardizeBackward(this.deviation, dy, dx, rows, this.size);
  }
}
