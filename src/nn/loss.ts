import type { Backend } from "../core/backend.js";
import { checkFlag, checkFraction, checkName, checkNumber, checkOptions, checkPositive, checkSameShape, shapeText, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import { checkOneBackend } from "../core/host.js";
import type { ElementwiseLossKernel, Pointer } from "../core/kernels.js";
import { Matrix } from "../core/matrix.js";
import { type OutOptions, resultMatrix } from "../core/ops.js";
import { classOf } from "../core/source.js";
import { rowsFrom } from "./matrix-rows.js";
import type { Rows } from "./rows.js";

/**
 * How the terms of a loss, one an element (one a row for the cross-entropies over classes), are put together. With m rows:
 * "mean" over all terms; "batchMean" sum / m (styxofsyntax, "Mathematics for Neural Networks", 2.2); "halfBatchMean" sum / (2 m) (Mehrotra,
 * "Neural Networks"); "halfSum" sum / 2 ("Mathematics behind Neural Networks"); "sum".
 */
const reductions = {
  mean: (_rows: number, terms: number) => 1 / terms,
  batchMean: (rows: number) => 1 / rows,
  halfBatchMean: (rows: number) => 1 / (2 * rows),
  halfSum: () => 1 / 2,
  sum: () => 1,
} as const;

export type Reduction = keyof typeof reductions;

export interface LossOptions {
  /** Default "mean". */
  reduction?: Reduction;
}

export interface SmoothingOptions extends LossOptions {
  /** The part of each target, at least 0 and below 1, that is spread over all classes, or over yes and no (Szegedy et al. 2016, 7). Default 0. */
  labelSmoothing?: number;
}

/** The options that all losses have in common, with their defaults. */
interface LossSettings {
  readonly reduction: Reduction;
  readonly smoothing: number;
}

/**
 * What the predictions are held against. For softmaxCrossEntropy and categoricalCrossEntropy an Int32Array, Uint8Array or number[] of one class index a row, or
 * probabilities as a Matrix, number[][] or Float32Array of rows x classes. For every other loss values of rows x outputs.
 */
export type Targets = Matrix | Float32Array | Int32Array | Uint8Array | readonly number[] | readonly (readonly number[] | Float32Array)[];

/** @internal Where targets stand in linear memory: as values of the shape of the predictions, or (values = 0) as class indices; and a weight a row, or 0 for none. */
export interface TargetPlace {
  readonly values: Pointer;
  readonly labels: Pointer;
  readonly weights: Pointer;
}

/** Weights of samples, one a row: at least 0 and finite. */
export type SampleWeights = Matrix | Float32Array | readonly number[];

export interface WeightOptions {
  /**
   * What each row's term counts, and its gradient with it. The sum is divided by what it is divided by without weights, as in Keras: of a mean the number of
   * terms, not the sum of their weights.
   */
  sampleWeights?: SampleWeights;
}

/** What samples count, in the loss, its gradient and the metrics. */
export interface Weights {
  /** A weight for each sample, at least 0. */
  sampleWeights?: SampleWeights;
  /** A weight for each class, by its index; where both are given they are multiplied. Of a record, a class that is not in it weighs 1. */
  classWeights?: readonly number[] | Readonly<Record<number, number>>;
}

/** @internal Targets in the user's memory, checked for shape. */
export type TargetSource = { readonly values: Rows } | { readonly labels: ArrayLike<number>; readonly rows: number };

/** A loss: how far predictions are from their targets, as a number and as a gradient. From `losses`. */
export abstract class Loss {
  /** @internal */
  abstract readonly name: string;
  /** @internal Whether targets are classes, one a row, or values, one an output. */
  readonly overClasses: boolean = false;
  /** @internal A prediction above this says yes, for losses of yes-or-no targets; undefined for the others. */
  readonly threshold: number | undefined = undefined;

  /** @internal Whether there is one term a row, not one an element. */
  readonly perRow: boolean = false;
  /** Whether its kernel takes targets over classes as values alone. */
  protected readonly spreads: boolean = false;

  /** @internal */
  constructor(protected readonly settings: LossSettings) {}

  /** The loss. pred: [rows, outputs]; target as `Targets` says. @throws ShapeError, ValueError, DisposedError */
  value(pred: Matrix, target: Targets, options?: WeightOptions): number {
    checkOptions(this.name, options, ["sampleWeights"]);
    return this.compute(pred, this.prepare(pred, target), weightsOf(this.name, pred, options), undefined);
  }

  /** d loss / d pred, [rows, outputs], in `out` or a new matrix that the caller disposes. @throws ShapeError, ValueError, DisposedError */
  gradient(pred: Matrix, target: Targets, options?: OutOptions & WeightOptions): Matrix {
    const source = this.prepare(pred, target);
    checkOptions(this.name, options, ["out", "sampleWeights"]);
    const weights = weightsOf(this.name, pred, options);
    const out = resultMatrix(this.name, pred.backend, pred.rows, pred.cols, options, "same", inputsOf(pred, target));
    this.compute(pred, source, weights, out);
    return out;
  }

  /** The loss, and d loss / d pred into `out`, [rows, outputs], which may be target. @throws ShapeError, ValueError, DisposedError */
  valueAndGradient(pred: Matrix, target: Targets, out: Matrix, options?: WeightOptions): number {
    const source = this.prepare(pred, target);
    checkOptions(this.name, options, ["sampleWeights"]);
    const weights = weightsOf(this.name, pred, options);
    checkOneBackend(this.name, pred, out);
    checkSameShape(this.name, pred, out);
    return this.compute(pred, source, weights, resultMatrix(this.name, pred.backend, pred.rows, pred.cols, { out }, "same", inputsOf(pred, target)));
  }

  /** @internal Whether a row of so many outputs is one answer, the class of the largest, and not a yes or no for each. */
  choosesClass(cols: number): boolean {
    return this.overClasses || (cols > 1 && this.threshold === undefined);
  }

  /** @internal What the sum of the terms is multiplied by. */
  factor(rows: number, cols: number): number {
    const terms = this.perRow ? rows : rows * cols;
    return terms === 0 ? 0 : reductions[this.settings.reduction](rows, terms);
  }

  /** @internal Bytes of scratch that `terms` needs. */
  scratchBytes(rows: number, cols: number): number {
    return this.targetBytes(rows, cols) + (this.perRow ? ceil4(rows) * 4 + cols * 4 : 0);
  }

  /** Bytes of targets that are not taken as they come: smoothed, or made of class indices. */
  private targetBytes(rows: number, cols: number): number {
    return this.settings.smoothing > 0 || this.spreads ? ceil4(rows * cols) * 4 : 0;
  }

  /** @internal The sum of the terms, weighted as the rows are, and its gradient times `scale` at d unless d is 0. */
  terms(host: Host, p: Pointer, { values, labels, weights }: TargetPlace, d: Pointer, rows: number, cols: number, scale: number, scratch: Pointer): number {
    const { kernels } = host;
    const { smoothing } = this.settings;
    const room = scratch + this.targetBytes(rows, cols);
    let t = values;
    if (room > scratch && (smoothing > 0 || !values)) {
      t = scratch;
      const spread = smoothing / (this.overClasses ? cols : 2);
      if (values) kernels.affine(values, t, rows * cols, 1 - smoothing, spread);
      else kernels.oneHot(labels, t, rows, cols, 1 - smoothing + spread, spread);
    }
    if (!weights) return this.sum(host, p, t, labels, d, rows, cols, scale, room);
    let total = 0;
    // A copy, for a loss of the user's own may make the memory grow.
    const own = host.floats(weights, rows).slice();
    for (let i = 0; i < rows; i++) {
      const at = i * cols * 4;
      total += own[i] * this.sum(host, p + at, t && t + at, labels && labels + i * 4, d && d + at, 1, cols, scale * own[i], room);
    }
    return total;
  }

  /** The sum of the terms of rows that weigh the same, and its gradient. */
  protected abstract sum(
    host: Host,
    p: Pointer,
    values: Pointer,
    labels: Pointer,
    d: Pointer,
    rows: number,
    cols: number,
    scale: number,
    scratch: Pointer,
  ): number;

  /** @internal The targets of predictions with so many outputs. `where` begins its messages. @throws ShapeError, ValueError */
  source(where: string, target: unknown, cols: number): TargetSource {
    const asLabels = this.overClasses && isLabels(target);
    const of = where + this.name;
    if (!asLabels) return { values: rowsFrom(of, "targets", target, cols) };
    checkLabels(of, target, cols);
    return { labels: target, rows: target.length };
  }

  /** The targets of a call, checked against its predictions. */
  private prepare(pred: Matrix, target: Targets): TargetSource {
    const backend = checkOneBackend(this.name, pred, target instanceof Matrix ? target : pred);
    const source = this.source("", backend.own(target), pred.cols);
    const rows = "values" in source ? source.values.rows : source.rows;
    if (rows !== pred.rows) throw new ShapeError(`${this.name} expected targets for ${shapeText(pred.rows, pred.cols)} predictions, got ${rows} rows`);
    return source;
  }

  private compute(pred: Matrix, source: TargetSource, weights: Float32Array | undefined, out: Matrix | undefined): number {
    const { backend, rows, cols } = pred;
    const own = ceil4(this.scratchBytes(rows, cols) / 4) * 4;
    const ofTargets = rows * Math.max(cols, 1) * 4;
    const scratch = backend.scratch(own + ofTargets + rows * 4);
    const place = placeTargets(backend, source, cols, scratch + own);
    if (weights) {
      place.weights = scratch + own + ofTargets;
      backend.floats(place.weights, rows).set(weights);
    }
    const factor = this.factor(rows, cols);
    return this.terms(backend, pred.pointer, place, out ? out.pointer : 0, rows, cols, factor, scratch) * factor;
  }
}

function weightsOf(who: string, pred: Matrix, options: WeightOptions | undefined): Float32Array | undefined {
  return options?.sampleWeights === undefined ? undefined : sampleWeightsFrom(who, options.sampleWeights, pred.rows);
}

/** @internal A copy of the weights of so many rows. @throws ShapeError, ValueError */
export function sampleWeightsFrom(who: string, given: unknown, rows: number): Float32Array {
  const source = rowsFrom(who, "sampleWeights", given, 1);
  if (source.rows !== rows) throw new ShapeError(`${who} expected sampleWeights for ${rows} rows, got ${source.rows}`);
  const weights = new Float32Array(rows);
  source.copy(weights, 0, rows);
  for (const [i, weight] of weights.entries()) checkNumber(who, `the weight of row ${i}`, weight, 0);
  return weights;
}

const ceil4 = (n: number): number => Math.ceil(n / 4) * 4;

function inputsOf(pred: Matrix, target: Targets): Record<string, Matrix> {
  return target instanceof Matrix ? { pred, target } : { pred };
}

function isLabels(target: unknown): target is ArrayLike<number> {
  if (target instanceof Matrix || /^Float/.test(classOf(target))) return false;
  if (ArrayBuffer.isView(target)) return true;
  return Array.isArray(target) && typeof target[0] !== "object";
}

function checkLabels(who: string, labels: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new ValueError(`${who} expected class indices from 0 to ${classes - 1}, got ${show(label)} at row ${i}`);
  }
}

/** Targets in linear memory: where they are, if that is where they are, else copied to `room`. */
function placeTargets(backend: Backend, source: TargetSource, cols: number, room: Pointer): { values: Pointer; labels: Pointer; weights: Pointer } {
  if ("labels" in source) {
    backend.integers(room, source.rows).set(source.labels);
    return { values: 0, labels: room, weights: 0 };
  }
  const { values } = source;
  if (values.matrix) return { values: values.matrix.pointer, labels: 0, weights: 0 };
  values.copy(backend.floats(room, values.rows * cols), 0, values.rows);
  return { values: room, labels: 0, weights: 0 };
}

/** A loss whose terms are a function of one prediction and one target. */
class ElementwiseLoss extends Loss {
  constructor(
    readonly name: string,
    options: LossSettings,
    private readonly kernel: ElementwiseLossKernel,
    private readonly parameter = 0,
    override readonly threshold: number | undefined = undefined,
  ) {
    super(options);
  }

  protected sum({ kernels }: Host, p: Pointer, values: Pointer, _labels: Pointer, d: Pointer, rows: number, cols: number, scale: number): number {
    const n = rows * cols;
    const sum = kernels[this.kernel](p, values, n, this.parameter);
    if (d) kernels[`${this.kernel}Gradient`](p, values, d, n, this.parameter, scale);
    return sum;
  }
}

/** One whose terms over a row are one term, and whose targets are classes. */
class ElementwiseLossOverClasses extends ElementwiseLoss {
  override readonly overClasses = true;
  override readonly perRow = true;
  protected override readonly spreads = true;
}

/** Cross-entropy of the softmax of logits. */
class SoftmaxCrossEntropy extends Loss {
  readonly name = "softmaxCrossEntropy";
  override readonly overClasses = true;
  override readonly perRow = true;

  protected sum({ kernels }: Host, z: Pointer, values: Pointer, labels: Pointer, d: Pointer, rows: number, cols: number, scale: number, room: Pointer): number {
    return kernels.softmaxCrossEntropy(z, values, labels, d, room, room + ceil4(rows) * 4, rows, cols, scale);
  }
}

/** Cross-entropy of probabilities. */
class CategoricalCrossEntropy extends Loss {
  readonly name = "categoricalCrossEntropy";
  override readonly overClasses = true;
  override readonly perRow = true;

  protected sum({ kernels }: Host, p: Pointer, values: Pointer, labels: Pointer, d: Pointer, rows: number, cols: number, scale: number, room: Pointer): number {
    return kernels.categoricalCrossEntropy(p, values, labels, d, room, rows, cols, scale);
  }

  /** The same loss as a function of the logits, of which softmax makes the probabilities. */
  ofLogits(): Loss {
    return new SoftmaxCrossEntropy(this.settings);
  }
}

/** The cross-entropy less the entropy of the targets. */
class KullbackLeiblerDivergence extends Loss {
  readonly name = "kullbackLeiblerDivergence";
  override readonly overClasses = true;
  override readonly perRow = true;

  protected sum({ kernels }: Host, p: Pointer, values: Pointer, labels: Pointer, d: Pointer, rows: number, cols: number, scale: number, room: Pointer): number {
    // First, for d may be the targets.
    const entropy = values ? kernels.categoricalCrossEntropy(values, values, 0, 0, room, rows, cols, 0) : 0;
    return kernels.categoricalCrossEntropy(p, values, labels, d, room, rows, cols, scale) - entropy;
  }
}

/** The cosine of the angle between a row of predictions and its targets, negated. */
class CosineSimilarity extends Loss {
  readonly name = "cosineSimilarity";
  override readonly perRow = true;

  protected sum({ kernels }: Host, p: Pointer, values: Pointer, _: Pointer, d: Pointer, rows: number, cols: number, scale: number, room: Pointer): number {
    return kernels.cosineSimilarity(p, values, d, room, rows, cols, scale);
  }
}

/** A loss of the user's own. All arrays hold rows x cols floats in rows, are views of linear memory and must not be kept. */
export interface CustomLossOptions extends LossOptions {
  /** The sum of the terms. A row may be handed over alone, as a weighted one is: no term spans two. */
  value: (pred: Float32Array, target: Float32Array, rows: number, cols: number) => number;
  /** Writes d value / d pred to all of `out`. */
  gradient: (pred: Float32Array, target: Float32Array, out: Float32Array, rows: number, cols: number) => void;
  /** Whether there is one term a row, for "mean" to divide by, not one an element. Default false. */
  perRow?: boolean;
  /** For error messages. Default "custom". */
  name?: string;
}

class CustomLoss extends Loss {
  override readonly perRow: boolean;
  readonly name: string;

  constructor(
    settings: LossSettings,
    private readonly options: CustomLossOptions,
  ) {
    super(settings);
    this.perRow = options.perRow ?? false;
    this.name = options.name ?? "custom";
  }

  override scratchBytes(rows: number, cols: number): number {
    return rows * cols * 4;
  }

  protected sum(host: Host, p: Pointer, values: Pointer, _: Pointer, d: Pointer, rows: number, cols: number, scale: number, room: Pointer): number {
    const n = rows * cols;
    const { value, gradient } = this.options;
    const sum = value(host.floats(p, n), host.floats(values, n), rows, cols);
    if (d) {
      // d may be the targets.
      gradient(host.floats(p, n), host.floats(values, n), host.floats(room, n), rows, cols);
      host.kernels.scale(room, d, n, scale);
    }
    return sum;
  }
}

function settingsOf(name: string, options: SmoothingOptions = {}, known: readonly string[] = []): LossSettings {
  checkOptions(name, options, ["reduction", ...known]);
  const { reduction = "mean", labelSmoothing: smoothing = 0 } = options;
  checkName(name, "reduction", reduction, reductions);
  checkFraction(name, "labelSmoothing", smoothing);
  return { reduction, smoothing };
}

const smoothed = (name: string, options: SmoothingOptions | undefined): LossSettings => settingsOf(name, options, ["labelSmoothing"]);

const elementwise =
  (name: ElementwiseLossKernel) =>
  (options?: LossOptions): Loss =>
    new ElementwiseLoss(name, settingsOf(name, options), name);

export interface HuberOptions extends LossOptions {
  /** Where the square turns into a line, above 0. Default 1. */
  delta?: number;
}

export interface FocalOptions extends LossOptions {
  /** By how much what is sure and right counts less, at least 0: 0 leaves the cross-entropy. Default 2. */
  gamma?: number;
}

function gammaOf(name: string, { gamma = 2 }: FocalOptions = {}): number {
  checkNumber(name, "gamma", gamma, 0);
  return gamma;
}

/** The losses by name. Each function throws ValueError for options that are unknown or out of range. */
export const losses = {
  /** (p - t)^2. Its scaling differs from note to note: see `reduction`. */
  meanSquaredError: (options?: LossOptions): Loss => new ElementwiseLoss("meanSquaredError", settingsOf("meanSquaredError", options), "squaredError"),

  /** |p - t|; the gradient where they are equal is 0. */
  meanAbsoluteError: (options?: LossOptions): Loss => new ElementwiseLoss("meanAbsoluteError", settingsOf("meanAbsoluteError", options), "absoluteError"),

  /** (p - t)^2 / 2 up to |p - t| = delta, and beyond it delta (|p - t| - delta / 2) (Huber 1964). */
  huber: (options: HuberOptions = {}): Loss => {
    const settings = settingsOf("huber", options, ["delta"]);
    const { delta = 1 } = options;
    checkPositive("huber", "delta", delta);
    return new ElementwiseLoss("huber", settings, "huber", delta);
  },

  /** log(cosh(p - t)): about (p - t)^2 / 2 near 0 and |p - t| - log 2 far from it. */
  logCosh: elementwise("logCosh"),

  /** p - t log(p + 1e-7) for counts t and rates p above 0, as an exp or a softplus gives them; as in Keras, without the part of t alone. */
  poisson: elementwise("poisson"),

  /** -cos of the angle between a row and its targets, from -1 (the same direction) to 1, as in Keras; 0 for a row of zeros. One term a row. */
  cosineSimilarity: (options?: LossOptions): Loss => new CosineSimilarity(settingsOf("cosineSimilarity", options)),

  /** max(0, 1 - p) where the target is above 0, max(0, 1 + p) elsewhere: targets are 0 and 1 or -1 and 1, a prediction above 0 says yes. */
  hinge: (options?: LossOptions): Loss => new ElementwiseLoss("hinge", settingsOf("hinge", options), "hinge", 1, 0),

  /** The square of hinge. */
  squaredHinge: (options?: LossOptions): Loss => new ElementwiseLoss("squaredHinge", settingsOf("squaredHinge", options), "hinge", 2, 0),

  /** -(t log p + (1 - t) log(1 - p)) for probabilities p, as a sigmoid gives them. */
  binaryCrossEntropy: (options?: SmoothingOptions): Loss =>
    new ElementwiseLoss("binaryCrossEntropy", smoothed("binaryCrossEntropy", options), "binaryCrossEntropy", 0, 0.5),

  /** The same of sigmoid(p), without its overflows: for a last layer without activation. */
  binaryCrossEntropyWithLogits: (options?: SmoothingOptions): Loss =>
    new ElementwiseLoss("binaryCrossEntropyWithLogits", smoothed("binaryCrossEntropyWithLogits", options), "binaryCrossEntropyWithLogits", 0, 0),

  /**
   * -(1 - q)^gamma log q, q the probability sigmoid(p) or 1 - sigmoid(p) of the right answer: yes where the target is above one half. For a last layer
   * without activation, as torchvision's sigmoid_focal_loss; its alpha is a matter of class weights (Lin et al. 2017).
   */
  binaryFocalWithLogits: (options?: FocalOptions): Loss => {
    const name = "binaryFocalWithLogits";
    return new ElementwiseLoss(name, settingsOf(name, options, ["gamma"]), name, gammaOf(name, options), 0);
  },

  /** -sum t log softmax(p) a row, for a last layer without activation ("Understanding Neural Networks Through Mathematics"). */
  softmaxCrossEntropy: (options?: SmoothingOptions): Loss => new SoftmaxCrossEntropy(smoothed("softmaxCrossEntropy", options)),

  /** -sum t log p a row, for probabilities p. After a softmax layer, fit and evaluate compute the pair from the logits. */
  categoricalCrossEntropy: (options?: SmoothingOptions): Loss => new CategoricalCrossEntropy(smoothed("categoricalCrossEntropy", options)),

  /** -sum t (1 - p)^gamma log p a row, for probabilities p, as a softmax layer gives them; as Keras's, whose alpha is a matter of class weights. */
  categoricalFocal: (options?: FocalOptions): Loss => {
    const name = "categoricalFocal";
    return new ElementwiseLossOverClasses(name, settingsOf(name, options, ["gamma"]), name, gammaOf(name, options));
  },

  /** sum t log(t / p) a row, for probabilities p and t (Kullback and Leibler 1951); 0 where t is 0. */
  kullbackLeiblerDivergence: (options?: LossOptions): Loss => new KullbackLeiblerDivergence(settingsOf("kullbackLeiblerDivergence", options)),

  /** A loss of your own, of targets that are values: its sum of terms, and the gradient of that, over arrays. checkGradients tells whether the two agree. */
  custom: (options: CustomLossOptions): Loss => {
    const settings = settingsOf("custom", options ?? null, ["value", "gradient", "perRow", "name"]);
    for (const part of ["value", "gradient"] as const) {
      if (typeof options[part] !== "function") throw new ValueError(`custom expected ${part} to be a function, got ${show(options[part])}`);
    }
    checkFlag("custom", "perRow", options.perRow);
    return new CustomLoss(settings, options);
  },
};

export type LossName = Exclude<keyof typeof losses, "custom">;

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function lossFrom(who: string, loss: unknown): Loss {
  if (loss instanceof Loss) return loss;
  if (typeof loss !== "string") throw new ValueError(`${who} expected loss to be one of losses or its name, got ${show(loss)}`);
  checkName(who, "loss", loss, losses);
  return losses[loss as LossName]();
}

/** @internal The loss on logits that a loss on the output of this activation is, when there is one. */
export function onLogits(loss: Loss, activation: string | undefined): Loss | undefined {
  return activation === "softmax" && loss instanceof CategoricalCrossEntropy ? loss.ofLogits() : undefined;
}
