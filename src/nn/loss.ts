import type { Backend } from "../core/backend.js";
import { checkName, checkNumber, checkOptions, checkPositive, checkSameShape, shapeText, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import { checkOneBackend } from "../core/host.js";
import type { Kernels, Pointer } from "../core/kernels.js";
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

  /** @internal */
  constructor(protected readonly reduction: Reduction) {}

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
    const terms = this.overClasses ? rows : rows * cols;
    return terms === 0 ? 0 : reductions[this.reduction](rows, terms);
  }

  /** @internal Bytes of scratch that `terms` needs. */
  scratchBytes(rows: number, cols: number): number {
    return this.overClasses ? (Math.ceil(rows / 4) * 4 + cols) * 4 : 0;
  }

  /** @internal The sum of the terms, weighted as the rows are, and its gradient times `scale` at d unless d is 0. */
  terms(host: Host, p: Pointer, { values, labels, weights }: TargetPlace, d: Pointer, rows: number, cols: number, scale: number, scratch: Pointer): number {
    const { kernels } = host;
    if (!weights) return this.sum(kernels, p, values, labels, d, rows, cols, scale, scratch);
    let total = 0;
    for (const [i, weight] of host.floats(weights, rows).entries()) {
      const at = i * cols * 4;
      total += weight * this.sum(kernels, p + at, values && values + at, labels && labels + i * 4, d && d + at, 1, cols, scale * weight, scratch);
    }
    return total;
  }

  /** The sum of the terms of rows that weigh the same, and its gradient. */
  protected abstract sum(
    kernels: Kernels,
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
    const own = Math.ceil(this.scratchBytes(rows, cols) / 16) * 16;
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

type ElementwiseKernel = "squaredError" | "absoluteError" | "huber" | "binaryCrossEntropy" | "binaryCrossEntropyWithLogits";

/** A loss whose terms are a function of one prediction and one target. */
class ElementwiseLoss extends Loss {
  constructor(
    readonly name: LossName,
    reduction: Reduction,
    private readonly kernel: ElementwiseKernel,
    private readonly parameter = 0,
    override readonly threshold: number | undefined = undefined,
  ) {
    super(reduction);
  }

  protected sum(kernels: Kernels, p: Pointer, values: Pointer, _labels: Pointer, d: Pointer, rows: number, cols: number, scale: number): number {
    const n = rows * cols;
    const sum = kernels[this.kernel](p, values, n, this.parameter);
    if (d) kernels[`${this.kernel}Gradient`](p, values, d, n, this.parameter, scale);
    return sum;
  }
}

/** Cross-entropy of the softmax of logits. */
class SoftmaxCrossEntropy extends Loss {
  readonly name = "softmaxCrossEntropy";
  override readonly overClasses = true;

  protected sum(
    kernels: Kernels,
    z: Pointer,
    values: Pointer,
    labels: Pointer,
    d: Pointer,
    rows: number,
    cols: number,
    scale: number,
    scratch: Pointer,
  ): number {
    return kernels.softmaxCrossEntropy(z, values, labels, d, scratch, scratch + Math.ceil(rows / 4) * 16, rows, cols, scale);
  }
}

/** Cross-entropy of probabilities. */
class CategoricalCrossEntropy extends Loss {
  readonly name = "categoricalCrossEntropy";
  override readonly overClasses = true;

  protected sum(
    kernels: Kernels,
    p: Pointer,
    values: Pointer,
    labels: Pointer,
    d: Pointer,
    rows: number,
    cols: number,
    scale: number,
    scratch: Pointer,
  ): number {
    return kernels.categoricalCrossEntropy(p, values, labels, d, scratch, rows, cols, scale);
  }

  /** The same loss as a function of the logits, of which softmax makes the probabilities. */
  ofLogits(): Loss {
    return new SoftmaxCrossEntropy(this.reduction);
  }
}

function reductionOf(name: string, options: LossOptions | undefined, known: readonly string[] = []): Reduction {
  checkOptions(name, options, ["reduction", ...known]);
  const reduction = options?.reduction ?? "mean";
  checkName(name, "reduction", reduction, reductions);
  return reduction;
}

export interface HuberOptions extends LossOptions {
  /** Where the square turns into a line, above 0. Default 1. */
  delta?: number;
}

/** The losses by name. Each function throws ValueError for options that are unknown or out of range. */
export const losses = {
  /** (p - t)^2. Its scaling differs from note to note: see `reduction`. */
  meanSquaredError: (options?: LossOptions): Loss => new ElementwiseLoss("meanSquaredError", reductionOf("meanSquaredError", options), "squaredError"),

  /** |p - t|; the gradient where they are equal is 0. */
  meanAbsoluteError: (options?: LossOptions): Loss => new ElementwiseLoss("meanAbsoluteError", reductionOf("meanAbsoluteError", options), "absoluteError"),

  /** (p - t)^2 / 2 up to |p - t| = delta, and beyond it delta (|p - t| - delta / 2) (Huber 1964). */
  huber: (options: HuberOptions = {}): Loss => {
    const reduction = reductionOf("huber", options, ["delta"]);
    const { delta = 1 } = options;
    checkPositive("huber", "delta", delta);
    return new ElementwiseLoss("huber", reduction, "huber", delta);
  },

  /** -(t log p + (1 - t) log(1 - p)) for probabilities p, as a sigmoid gives them. */
  binaryCrossEntropy: (options?: LossOptions): Loss =>
    new ElementwiseLoss("binaryCrossEntropy", reductionOf("binaryCrossEntropy", options), "binaryCrossEntropy", 0, 0.5),

  /** The same of sigmoid(p), without its overflows: for a last layer without activation. */
  binaryCrossEntropyWithLogits: (options?: LossOptions): Loss =>
    new ElementwiseLoss("binaryCrossEntropyWithLogits", reductionOf("binaryCrossEntropyWithLogits", options), "binaryCrossEntropyWithLogits", 0, 0),

  /** -sum t log softmax(p) a row, for a last layer without activation ("Understanding Neural Networks Through Mathematics"). */
  softmaxCrossEntropy: (options?: LossOptions): Loss => new SoftmaxCrossEntropy(reductionOf("softmaxCrossEntropy", options)),

  /** -sum t log p a row, for probabilities p. After a softmax layer, fit and evaluate compute the pair from the logits. */
  categoricalCrossEntropy: (options?: LossOptions): Loss => new CategoricalCrossEntropy(reductionOf("categoricalCrossEntropy", options)),
};

export type LossName = keyof typeof losses;

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function lossFrom(who: string, loss: unknown): Loss {
  if (loss instanceof Loss) return loss;
  if (typeof loss !== "string") throw new ValueError(`${who} expected loss to be one of losses or its name, got ${show(loss)}`);
  checkName(who, "loss", loss, losses);
  return losses[loss]();
}

/** @internal The loss on logits that a loss on the output of this activation is, when there is one. */
export function onLogits(loss: Loss, activation: string | undefined): Loss | undefined {
  return activation === "softmax" && loss instanceof CategoricalCrossEntropy ? loss.ofLogits() : undefined;
}
