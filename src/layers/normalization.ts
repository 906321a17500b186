import { checkCount, checkOptions, checkPositive, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { lastOf, sizeOf } from "../graph/value.js";
import { momentsOfGroups, normalizeChannels } from "../ops/normalize-channels.js";
import { normalizeRows } from "../ops/normalize-rows.js";
import { type AffineOptions, affineFrom, affineOptions, type ScaleOptions, scaleOptions } from "./affine.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { anyNumber } from "./output-range.js";
import { refuseMask, type Scope, type TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";

/** Normalization of each sample by itself: it is the same in training and in predicting, in any batch. */

interface AxisOptions {
  /**
   * The axes that are normalized together, which are the last ones: an axis or a list of axes, counted from
   * the end as -1, -2 and so on, or from the batch, which is 0. Default -1, the channels.
   */
  axis?: number | readonly number[];
  /** Added to the variance or the mean square, above 0. */
  epsilon?: number;
}

/** An epsilon of 1e-3 by default, as in Keras; PyTorch has 1e-5. */
export interface LayerNormalizationOptions extends AxisOptions, AffineOptions, LayerOptions {}

/** An epsilon of 1e-6 by default, as in Keras. */
export interface RmsNormalizationOptions extends AxisOptions, ScaleOptions, LayerOptions {}

export interface GroupNormalizationOptions extends AffineOptions, LayerOptions {
  /** Into how many groups of equal size the channels are split. Default 32. */
  groups?: number;
  /** Added to the variance, above 0. Default 1e-3, as in Keras; PyTorch has 1e-5. */
  epsilon?: number;
}

/**
 * Layer normalization (Ba, Kiros and Hinton 2016): y = (x - mean) / sqrt(variance + epsilon) gamma + beta,
 * with the mean and the biased variance over the last axes, by default the last one. x and y: [batch,
 * ...others, ...axes]; gamma and beta: [...axes], 1 and 0 at first.
 *
 * @example
 * const h = add(x, dense(64).apply(layerNormalization().apply(x)));
 *
 * @throws ValueError for axes that are not the last ones, an epsilon not above 0, a negative l1 or l2, and
 * unknown options
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): Layer {
  checkOptions("layerNormalization", options, ["axis", "epsilon", ...affineOptions, "name", "trainable"]);
  return rowNormalizationFrom({ type: "layerNormalization", ...options });
}

/**
 * Normalization by the root mean square (Zhang and Sennrich 2019): y = x / sqrt(mean of x^2 + epsilon) gamma,
 * with the mean over the last axes, by default the last one. x and y: [batch, ...others, ...axes]; gamma:
 * [...axes], 1 at first.
 *
 * @example
 * const layers = [dense(64), rmsNormalization(), dense(10)];
 *
 * @throws ValueError for axes that are not the last ones, an epsilon not above 0, a negative l1 or l2, and
 * unknown options
 */
export function rmsNormalization(options: RmsNormalizationOptions = {}): Layer {
  checkOptions("rmsNormalization", options, ["axis", "epsilon", ...scaleOptions, "name", "trainable"]);
  return rowNormalizationFrom({ type: "rmsNormalization", ...options });
}

/**
 * Group normalization (Wu and He 2018): y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with the mean
 * and the biased variance of each sample over all positions and the channels of a group. x and y: [batch,
 * ...positions, channels]; gamma and beta: [channels], 1 and 0 at first. One group is layer normalization
 * over all axes but for gamma and beta, as many groups as channels are instance normalization.
 *
 * @example
 * const layers = [dense(64), groupNormalization({ groups: 8 }), activation("relu"), dense(10)];
 *
 * @throws ValueError for groups that are no integer of at least 1, an epsilon not above 0, a negative l1 or
 * l2, and unknown options; ShapeError for an input whose channels the groups do not divide
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): Layer {
  checkOptions("groupNormalization", options, ["groups", "epsilon", ...affineOptions, "name", "trainable"]);
  return groupNormalizationFrom({ type: "groupNormalization", ...options });
}

/** The layer or RMS normalization of a model file. @throws ValueError for options out of range */
export function rowNormalizationFrom(config: LayerConfig): Layer {
  const { type, axis = -1 } = config;
  const centre = type === "layerNormalization";
  const { epsilon = centre ? 1e-3 : 1e-6 } = config;
  checkPositive(type, "epsilon", epsilon);
  const axes: unknown = Array.isArray(axis) ? axis : [axis];
  if (!Array.isArray(axes) || axes.length === 0 || !axes.every(Number.isSafeInteger))
    throw new ValueError(`${type} expected axis to be an integer or a list of them, got ${show(axis)}`);
  checkLayerOptions(config);
  return new RowNormalization(config, axes, epsilon, centre);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function groupNormalizationFrom(config: LayerConfig): Layer {
  const { groups = 32, epsilon = 1e-3 } = config;
  checkCount("groupNormalization", "groups", groups);
  checkPositive("groupNormalization", "epsilon", epsilon);
  checkLayerOptions(config);
  return new GroupNormalization(config, groups, epsilon);
}

class RowNormalization extends Layer {
  private readonly affine: ReturnType<typeof affineFrom>;

  constructor(
    override readonly config: LayerConfig,
    private readonly axes: readonly number[],
    private readonly epsilon: number,
    private readonly centre: boolean,
  ) {
    super();
    this.affine = affineFrom(config, centre);
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `${this.config.type}(${this.normalized(input).join(" x ")})`;
  }

  override isStepwise([input]: readonly (readonly number[])[]): boolean {
    return this.normalized(input).length < input.length;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { epsilon, centre, config } = this;
    const shape = this.normalized(x.shape);
    if (shape.length === x.shape.length) refuseMask(config.type, x);
    const affine = this.affine(scope, shape);
    const attributes = { size: sizeOf(shape), epsilon, centre };
    const range = anyNumber(config.type);
    return x.along(normalizeRows(scope.graph, x.value, affine, attributes), { range });
  }

  /** The sizes of the axes that are normalized together. @throws ValueError for others than the last ones */
  private normalized(input: readonly number[]): readonly number[] {
    const { axes, config } = this;
    const fromEnd = axes.map((axis) => (axis < 0 ? -axis : input.length + 1 - axis)).sort((a, b) => a - b);
    if (fromEnd.length <= input.length && fromEnd.every((axis, i) => axis === i + 1))
      return input.slice(-fromEnd.length);
    throw new ValueError(
      `${config.type} expected axis to be the last axes, -1, or -2 and -1 and so on, of ${batchShape(input)}, got [${axes.join(", ")}]`,
    );
  }
}

class GroupNormalization extends Layer {
  private readonly affine: ReturnType<typeof affineFrom>;

  constructor(
    override readonly config: LayerConfig,
    private readonly groups: number,
    private readonly epsilon: number,
  ) {
    super();
    this.affine = affineFrom(config);
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `groupNormalization(${this.groups} groups of ${lastOf(input)})`;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { groups, epsilon } = this;
    const { graph } = scope;
    refuseMask("groupNormalization", x);
    const moments = momentsOfGroups(graph, x.value, groups);
    const affine = this.affine(scope, x.shape.slice(-1));
    const y = normalizeChannels(graph, x.value, moments, affine, epsilon, groups);
    return x.to(y, { range: anyNumber("groupNormalization") });
  }
}
