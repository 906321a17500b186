import {
  checkFlag,
  checkFraction,
  checkName,
  checkOptions,
  checkSameShape,
  shapeText,
} from "../core/check.js";
import type { NamedConfig } from "../core/describe.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import { checkOneBackend } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { OutputRange } from "../layers/output-range.js";
import { Matrix } from "../matrix/matrix.js";
import { type OutOptions, resultMatrix } from "../matrix/operations.js";
import { rowsFrom } from "../network/matrix-rows.js";
import {
  ALLOW,
  checkDistributions,
  checkOutputs,
  checkReach,
  checkTargetValues,
  impossibleOutput,
  type OutputKind,
  type TargetKind,
} from "./loss-fit.js";

import {
  checkLabels,
  isLabels,
  isNested,
  labelsOfSteps,
  placeRows,
  type RowsOfSample,
  realRows,
  type SampleWeights,
  sampleWeightsFrom,
  type TargetPlace,
  type TargetRows,
  type Targets,
  weighed,
} from "./targets.js";

/** What the sum of the terms is divided by. */
const divisors = {
  mean: (_samples: number, terms: number) => terms,
  batchMean: (samples: number) => samples,
  halfBatchMean: (samples: number) => 2 * samples,
  halfSum: () => 2,
  sum: () => 1,
};

/**
 * How the terms of a loss, one an element (one a row for the cross-entropies over classes), are put together.
 * With m samples: "mean" over all terms that count; "batchMean" sum / m (styxofsyntax, "Mathematics for
 * Neural Networks", 2.2); "halfBatchMean" sum / (2 m) (Mehrotra, "Neural Networks"); "halfSum" sum / 2
 * ("Mathematics behind Neural Networks"); "sum".
 */
export type Reduction = keyof typeof divisors;

/** The options of every loss. */
export interface LossOptions {
  /** Default "mean". */
  reduction?: Reduction;
  /**
   * Whether the loss may follow any activation and take any finite targets. Without it, outputs and targets
   * that the loss is not made for are refused. Default false.
   */
  allowMismatch?: boolean;
}

/** The options of a loss over classes. */
export interface SmoothingOptions extends LossOptions {
  /**
   * The part of each target, at least 0 and below 1, that is spread over all classes, or over yes and no
   * (Szegedy et al. 2016, 7). Default 0.
   */
  labelSmoothing?: number;
}

/** The options of losses over classes. */
export interface ClassOptions extends SmoothingOptions {
  /**
   * The class index of rows that count nothing, such as time steps that have no target: any integer, as
   * PyTorch's ignore_index. The mean is over the others. Default none.
   */
  ignoreIndex?: number;
}

/** The weights of samples and of classes. */
export interface WeightOptions {
  /**
   * The weight of each row's term and of its gradient. The divisor does not change with the weights, as in
   * Keras: a mean divides by the number of terms, not by the sum of their weights.
   */
  sampleWeights?: SampleWeights;
}

/** What samples count, in the loss, its gradient and the metrics. */
export interface Weights {
  /** A weight for each sample, at least 0. */
  sampleWeights?: SampleWeights;
  /**
   * A weight for each class, by its index; where both are given they are multiplied. Of a record, a class
   * that is not in it weighs 1.
   */
  classWeights?: readonly number[] | Readonly<Record<number, number>>;
}

/**
 * @internal The sum of the terms, weighted as the rows are where weights is not 0, and the gradient times
 * `scale` of the sum without weights at d unless d is 0, which may be p or t. Targets are values at t or,
 * where t is 0, class indices at `labels`; room is to work in.
 */
export type LossSum = (
  host: Host,
  p: Pointer,
  t: Pointer,
  labels: Pointer,
  weights: Pointer,
  d: Pointer,
  rows: number,
  cols: number,
  scale: number,
  room: Pointer,
) => number;

/** @internal How a loss is computed. */
export interface Computed {
  readonly sum: LossSum;
  /**
   * Whether it is computed here and not by kernels: targets are values then, and the room is one of rows x
   * cols.
   */
  readonly onHost?: boolean;
}

/** @internal The properties of a loss. */
export interface Formula extends Computed {
  /** Whether targets are classes, one a row, or values, one an output. */
  readonly overClasses?: boolean;
  /** Whether there is one term a row, not one an element: always so over classes. */
  readonly perRow?: boolean;
  /** A prediction above this says yes, for losses of yes-or-no targets; undefined for the others. */
  readonly threshold?: number;
  /** The kind of outputs that it is computed from. Undefined: any outputs. */
  readonly outputs?: OutputKind;
  /** The losses that follow an activation instead of this one. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What its targets are where they are not classes; without, nothing is known of them. */
  readonly targets?: TargetKind;
  /** The class index of rows that count nothing. */
  readonly ignoreIndex?: number | undefined;
  /** The least number of outputs with which it can learn. Default 2 over classes, else 1. */
  readonly leastOutputs?: number;
  /**
   * The same loss by the name of an activation, as a function of what that is applied to: it keeps its value
   * and gradient where the activation saturates.
   */
  readonly after?: Readonly<Record<string, Computed>>;
}

const WEIGHTS = ["sampleWeights"];
/** The largest float32. */
const MOST = 3.4028234663852886e38;

/**
 * A loss: how far predictions are from their targets, as a number and as a gradient. From `losses`.
 *
 * @example
 * const loss = losses.meanSquaredError();
 * const prediction = backend.matrix(2, 1, [3, 1]);
 * console.log(loss.value(prediction, [1, 1])); // 2
 * console.log(loss.gradient(prediction, [1, 1]).toArray()); // [ [ 2 ], [ 0 ] ]
 */
export class Loss {
  /** @internal */
  readonly overClasses: boolean;
  private readonly perRow: boolean;
  private readonly reduction: Reduction;
  private readonly smoothing: number;
  private readonly allows: boolean;
  private readonly fused = new Map<string, Loss | undefined>();

  /**
   * @internal @throws ValueError for options that are neither common to all losses nor of its `own`, or out
   * of range
   */
  constructor(
    readonly name: string,
    /** @internal */
    readonly formula: Formula,
    private readonly options: SmoothingOptions = {},
    private readonly own: readonly string[] = [],
  ) {
    checkOptions(name, options, ["reduction", ALLOW, ...own]);
    const { reduction = "mean", labelSmoothing = 0, allowMismatch = false } = options;
    checkFlag(name, ALLOW, allowMismatch);
    checkName(name, "reduction", reduction, divisors);
    checkFraction(name, "labelSmoothing", labelSmoothing);
    this.reduction = reduction;
    this.smoothing = labelSmoothing;
    this.allows = allowMismatch;
    this.overClasses = formula.overClasses ?? false;
    this.perRow = formula.perRow ?? this.overClasses;
  }

  /** The name and the options as JSON, for `lossFrom`. @throws ValueError for a loss of functions */
  get config(): NamedConfig {
    return { name: this.name, ...this.options };
  }

  /**
   * The loss. pred: [rows, outputs]; target as `Targets` says. @throws ShapeError, ValueError, DisposedError
   */
  value(pred: Matrix, target: Targets, options?: WeightOptions): number {
    return this.compute(pred, target, options, WEIGHTS).value;
  }

  /**
   * d loss / d pred, [rows, outputs], in `out` or a new matrix. @throws ShapeError,
   * ValueError, DisposedError
   */
  gradient(pred: Matrix, target: Targets, options?: OutOptions & WeightOptions): Matrix {
    return this.compute(pred, target, options, ["out", ...WEIGHTS], options ?? {}).out as Matrix;
  }

  /**
   * The loss, and d loss / d pred into `out`, [rows, outputs], which may be target. @throws ShapeError,
   * ValueError, DisposedError
   */
  valueAndGradient(pred: Matrix, target: Targets, out: Matrix, options?: WeightOptions): number {
    checkOneBackend(this.name, pred, out);
    checkSameShape(this.name, pred, out);
    return this.compute(pred, target, options, WEIGHTS, { out }).value;
  }

  /**
   * @internal Whether a row of so many outputs is one answer, the class of the largest, and not a yes or no
   * for each.
   */
  choosesClass(cols: number): boolean {
    return this.overClasses || (cols > 1 && this.formula.threshold === undefined);
  }

  /** @internal Whether its targets are values and not answers, so that no prediction is right or wrong. */
  get ofValues(): boolean {
    return this.formula.targets === "values" || this.formula.targets === "counts";
  }

  /**
   * @internal Whether outputs of that range are answers for it: those of a loss of values are where they are
   * from 0 to 1. Of an unknown range they may be.
   */
  separates(range: OutputRange | undefined): boolean {
    return !this.ofValues || !range || range.sumsToOne === true || (range.least >= 0 && range.most <= 1);
  }

  /**
   * @internal The same loss, of the same name, as a function of what the activation is applied to; undefined
   * where that pair has no form of its own.
   */
  after(activation: string): Loss | undefined {
    const { fused, formula } = this;
    if (!fused.has(activation)) {
      const pairs = formula.after ?? {};
      const pair = Object.hasOwn(pairs, activation) ? pairs[activation] : undefined;
      fused.set(
        activation,
        pair &&
          new Loss(
            this.name,
            { ...formula, onHost: false, outputs: undefined, after: undefined, ...pair },
            this.options,
            this.own,
          ),
      );
    }
    return fused.get(activation);
  }

  /**
   * @internal Refuses a model whose outputs the loss cannot learn from, or is not made for.
   * @throws ValueError that names the right pair
   */
  checkOutputs(where: string, range: OutputRange | undefined, outputs: number): void {
    const who = `${where}: ${this.name}`;
    const { formula, overClasses } = this;
    if (outputs === 1 && /^(softmax|logSoftmax)$/.test(range?.from ?? ""))
      throw new ValueError(
        `${who} got the output of ${range?.from} over one unit, which is always the same; use sigmoid with binaryCrossEntropy for one unit, or a unit for each class`,
      );
    const least = formula.leastOutputs ?? (overClasses ? 2 : 1);
    if (outputs < least)
      throw new ValueError(
        `${who} expected at least ${least} outputs, got ${outputs}${overClasses ? "; use sigmoid with binaryCrossEntropy for one output, or an output for each class" : ""}`,
      );
    if (this.allows || !range || !formula.outputs) return;
    if (!Object.hasOwn(formula.after ?? {}, range.from))
      checkOutputs(who, formula.outputs, formula.instead ?? {}, range);
  }

  /**
   * @internal What to say of outputs among which one is not of the kind that the loss is computed from, with
   * the first of those.
   */
  impossible(outputs: Float32Array): string | undefined {
    const { outputs: kind } = this.formula;
    return kind && impossibleOutput(this.name, kind, outputs);
  }

  /** @internal What the sum of the terms over the rows that count is divided by. */
  divisor(rows: number, cols: number, samples = rows): number {
    return divisors[this.reduction](samples, this.perRow ? rows : rows * cols);
  }

  /** @internal What the sum of the terms over the rows that count is multiplied by. */
  factor(rows: number, cols: number, samples = rows): number {
    return rows * cols && 1 / this.divisor(rows, cols, samples);
  }

  /** @internal Whether what the sum is divided by depends on how many rows count. */
  get isMean(): boolean {
    return this.reduction === "mean";
  }

  /**
   * @internal Bytes of scratch that `terms` needs: for targets that are not taken as they come, and to work
   * in.
   */
  scratchBytes(rows: number, cols: number): number {
    const { onHost } = this.formula;
    return (
      (onHost ? 2 : Number(this.smoothing > 0)) * blockOf(rows * cols) +
      (this.perRow && !onHost ? blockOf(rows) + blockOf(cols) : 0)
    );
  }

  /**
   * @internal The sum of the terms, weighted as the rows are, and its gradient times `scale` at d unless d is
   * 0.
   */
  terms(
    host: Host,
    p: Pointer,
    { values, labels, weights }: TargetPlace,
    d: Pointer,
    rows: number,
    cols: number,
    scale: number,
    scratch: Pointer,
  ): number {
    const { smoothing, formula } = this;
    let t = values;
    let room = scratch;
    if (smoothing > 0 || (formula.onHost && !values)) {
      const spread = smoothing / (this.overClasses ? cols : 2);
      if (values) host.kernels.affine(values, scratch, rows * cols, 1 - smoothing, spread);
      else host.kernels.oneHot(labels, scratch, rows, cols, 1 - smoothing + spread, spread);
      t = scratch;
      room += blockOf(rows * cols);
    }
    const sum = formula.sum(host, p, t, labels, weights, d, rows, cols, scale, room);
    if (weights && d) host.kernels.scaleRows(d, weights, d, rows, cols);
    // A gradient by a probability of 0 is near the largest number, and weights may bring it beyond.
    if (weights && d && formula.after) host.kernels.clip(d, rows * cols, MOST);
    return sum;
  }

  /**
   * @internal The targets of predictions, checked against the number and the range of the outputs. `where`
   * begins its messages. @throws ShapeError, ValueError
   */
  source(where: string, target: unknown, of: RowsOfSample, range?: OutputRange): TargetRows {
    const who = where + this.name;
    const { ignoreIndex } = this.formula;
    const { each, cols, areSteps = false } = of;
    const areLabels = this.overClasses && isLabels(target, each, areSteps);
    if (areLabels && (areSteps || ignoreIndex !== undefined))
      return { areLabels, ...labelsOfSteps(who, target, of, ignoreIndex) };
    const what = this.overClasses && !areLabels ? "class indices in an Int32Array, or targets" : "targets";
    const ragged = areSteps ? { padding: 0, step: cols } : undefined;
    const rows = rowsFrom(who, what, target, areLabels ? 1 : each * cols, ragged);
    const real = areLabels ? undefined : realRows(rows, each);
    if (areLabels) checkLabels(who, target, cols);
    else if (!this.allows) {
      if (this.overClasses) checkDistributions(who, rows, cols, real);
      else if (this.formula.targets) checkTargetValues(who, this.formula.targets, rows);
      // Of a term a row the size of targets does not matter, only their direction.
      if (range && this.ofValues && !this.perRow) checkReach(who, range, rows);
    }
    return { rows, areLabels, real };
  }

  private compute(
    pred: Matrix,
    target: Targets,
    options: WeightOptions | undefined,
    known: readonly string[],
    into?: OutOptions,
  ) {
    const { name } = this;
    checkOptions(name, options, known);
    const backend = checkOneBackend(name, pred, target instanceof Matrix ? target : pred);
    const given = backend.own(options?.sampleWeights);
    const each = this.rowsOf(pred, given);
    const samples = pred.rows;
    const rows = samples * each;
    const cols = pred.cols / each;
    const areSteps = pred.sequence !== undefined && (this.overClasses || each > 1);
    const source = this.source("", backend.own(target), { each, cols, areSteps });
    if (source.rows.rows !== samples)
      throw new ShapeError(
        `${name} expected targets for ${shapeText(samples, pred.cols)} predictions, got ${source.rows.rows} rows`,
      );
    const { mask } = pred.sequence ?? {};
    const own = given === undefined ? undefined : sampleWeightsFrom(name, given, samples, each);
    const { weights, counted } = weighed(
      rows,
      mask ? backend.floats(mask, rows) : undefined,
      source.real,
      own,
    );
    const out =
      into &&
      resultMatrix(
        name,
        backend,
        samples,
        pred.cols,
        into,
        "same",
        target instanceof Matrix ? { pred, target } : { pred },
      );
    // A model's output for training still has what its last activation was applied to.
    const { origin } = pred;
    const fused = origin && this.after(origin.activation);
    const ofTargets = Math.max(this.scratchBytes(rows, cols), fused?.scratchBytes(rows, cols) ?? 0);
    const ofWeights = ofTargets + blockOf(source.rows.cols * samples);
    const ofLogits = ofWeights + blockOf(rows);
    const scratch = backend.scratch(ofLogits + (fused ? rows * cols * 4 : 0));
    const at = placeRows(backend, source, scratch + ofTargets);
    if (weights) backend.floats(scratch + ofWeights, rows).set(weights);
    const place = {
      values: source.areLabels ? 0 : at,
      labels: source.areLabels ? at : 0,
      weights: weights ? scratch + ofWeights : 0,
    };
    const factor = this.factor(counted, cols, samples);
    const gradientAt = (loss: Loss, p: Pointer, d: Pointer) =>
      loss.terms(backend, p, place, d, rows, cols, factor, scratch) * factor;
    const p = pred.pointer;
    if (!fused) return { value: gradientAt(this, p, out ? out.pointer : 0), out };
    const dLogits = out ? scratch + ofLogits : 0;
    const value = gradientAt(fused, origin.logits, dLogits);
    if (out) {
      // The gradient that is asked for, by the output, may be written over the targets: it comes second.
      gradientAt(this, p, out.pointer);
      origin.remember(out.data.slice(), backend.floats(dLogits, rows * cols).slice());
    }
    return { value, out };
  }

  /** How many rows of this loss a row of predictions is: of classes, or with weights, one a time step. */
  private rowsOf({ sequence }: Matrix, weights: unknown): number {
    if (!sequence) return 1;
    if (this.overClasses) return sequence.classRows;
    return sequence.mask || isNested(weights) ? sequence.steps : 1;
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Loss";
  }
}

/** @internal Bytes of n numbers, such that what follows them is aligned. */
export const blockOf = (n: number): number => Math.ceil(n / 4) * 16;
