import { checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { LabelledTargets } from "../nn/labels.js";
import type { Loss, Weights } from "../nn/loss.js";
import { type LossAlias, type LossName, lossFrom } from "../nn/losses.js";
import { CHUNK } from "../nn/network.js";
import type { Optimizer } from "../nn/optimizer.js";
import type { Samples } from "../nn/rows.js";
import { TrainableNetwork } from "../nn/trainable.js";
import { Dataset } from "./batches.js";
import { checkpoint } from "./checkpoint.js";
import type { Best } from "./early-stopping.js";
import { effectiveLoss, evaluation, outputsOf } from "./evaluate.js";
import { callOf, fit } from "./fit.js";
import type { BatchLog, EpochLog, History } from "./log.js";
import {
  type Metric,
  type MetricAlias,
  metricsFrom,
  type NamedMetric,
  type Scores,
  type Sums,
  Tally,
} from "./metrics.js";
import type { Batches, FitOptions } from "./options.js";
import { steps } from "./steps.js";

export interface EvaluateOptions extends Weights {
  /** One of `losses`, or its name. */
  loss: Loss | LossName | LossAlias;
  /** What to compute beside the loss: of `metrics`, or their names. Default none. */
  metrics?: readonly (Metric | NamedMetric | MetricAlias)[];
}

/** The loss, and the metrics that were asked for. */
export type Evaluation = Scores;

/** How far training has come: part of a checkpoint. */
export interface Progress {
  /** Epochs done. */
  epoch: number;
  history: EpochLog[];
  best: Best | undefined;
  /**
   * The model's tensors after its last step, where those of the best epoch have come back since: training
   * goes on from these.
   */
  last?: Float32Array | undefined;
  /** The epoch that training is in, or was left in. */
  partial?: PartialEpoch | undefined;
}

/** How far an epoch has come. */
export interface PartialEpoch {
  /** The number of the epoch in the model's life. */
  readonly life: number;
  /** Batches that were done. */
  batch: number;
  /** How many batches there are, where that is known, and of how many samples. */
  readonly batches: number | undefined;
  readonly batchSize: number;
  /** The samples that were done, and the sum of the loss's terms over them. */
  rows: number;
  terms: number;
  /** What the metrics have counted over them, by their names. */
  sums?: Readonly<Record<string, Sums>>;
  /** That of the last step. */
  learningRate: number;
  /** Batches whose gradients wait for a step, the samples of the first of them, and of all together. */
  waiting: number;
  first: number;
  together: number;
}

/** A network that can be trained by one call. */
export class Sequential extends TrainableNetwork {
  /** @internal */
  progress: Progress = { epoch: 0, history: [], best: undefined };

  /**
   * Trains on mini-batches: each takes one step of the optimizer down the gradient of the loss. x: [rows,
   * inputs], y as `LabelledTargets` says: labels that the model does not have yet it learns from y, in the
   * order of their code units, and keeps. The data are looked through for NaN and infinity first; up to 256 MiB of
   * them are copied into linear memory once. The event loop gets a turn every few milliseconds; meanwhile
   * predict and evaluate work, and fit, backward, step and dispose throw a BusyError. Resolves to what each
   * epoch gave. The result is a function of the data, the options, the model and its seed, to the bit. A
   * second call trains on: it draws new shuffles, masks and noise, and with the same optimizer two calls of
   * an epoch each give the bits of one call of two.
   * @throws ShapeError, ValueError, BusyError, DisposedError before anything has changed; the signal's reason
   * when that aborts; NonFiniteError when training blows up, with the weights before that batch, and when a
   * step has made a weight NaN or infinite
   */
  fit(x: Samples, y: LabelledTargets, options: FitOptions): Promise<History>;
  /**
   * The same on batches [x, y] as an iterable or an asynchronous one gives them, for data that do not fit in
   * memory: once around is an epoch. For several epochs pass an array or a function that returns an iterable:
   * a generator gives its batches once.
   */
  fit(batches: Batches, options: FitOptions): Promise<History>;
  fit(x: Samples | Batches, y: LabelledTargets | FitOptions, options?: FitOptions): Promise<History> {
    return fit(this, ...callOf(x, y, options));
  }

  /**
   * The loop of fit for those who want to hold it: `for await (const step of model.train(x, y, options))`
   * gets what is known at the end of each batch, and training waits meanwhile. Leaving the loop ends it after
   * that step. The generator's return value is the history.
   * @throws as fit does
   */
  train(x: Samples, y: LabelledTargets, options: FitOptions): AsyncGenerator<BatchLog, History, void>;
  train(batches: Batches, options: FitOptions): AsyncGenerator<BatchLog, History, void>;
  train(
    x: Samples | Batches,
    y: LabelledTargets | FitOptions,
    options?: FitOptions,
  ): AsyncGenerator<BatchLog, History, void> {
    const [data, given] = callOf(x, y, options);
    return steps((onBatchEnd, left) => {
      const signal = given?.signal ? AbortSignal.any([given.signal as AbortSignal, left]) : left;
      return fit(this, data, { ...given, callbacks: [...(given?.callbacks ?? []), { onBatchEnd }], signal });
    });
  }

  /**
   * The loss, and the metrics asked for, over any number of samples. x: [rows, inputs], y as `LabelledTargets` says.
   * @throws ShapeError, ValueError, DisposedError
   */
  evaluate(x: Samples, y: LabelledTargets, options: EvaluateOptions): Evaluation {
    this.check();
    checkOptions("evaluate", options ?? null, ["loss", "metrics", "sampleWeights", "classWeights"]);
    const { outputSize, outputRange } = this;
    const { loss, logits } = effectiveLoss("evaluate", this, lossFrom("evaluate", options.loss));
    const metrics = metricsFrom("evaluate", options.metrics ?? [], loss, outputSize, outputRange);
    const tally = new Tally(loss, outputSize, metrics, outputRange, outputsOf(this, loss, logits));
    const data = new Dataset("evaluate", this, loss, x, y, options);
    if (data.rows === 0) throw new ValueError("evaluate expected at least one sample, got none");
    this.invalidate();
    try {
      data.reserve(Math.min(CHUNK, data.rows), 1);
      for (const _ of evaluation(this, data, 0, 0, data.rows, loss, logits, tally));
    } finally {
      data.release();
    }
    return tally.values();
  }

  /**
   * The state of a training by fit as the bytes of a safetensors file: weights and buffers, what the
   * optimizer that trains the model remembers, its schedule, epochs done, history, seed, the best weights so
   * far and, where those have come back, the last ones. `restoreCheckpoint` goes on from it, to the bit. It
   * may be called at any time: in every callback, when training is over, and when it was aborted. One of the
   * middle of an epoch goes on at its next batch, of as many samples; the loss and the metrics of that epoch
   * are those of all its batches. A metric that was not asked for before counts those that were left.
   * @throws ValueError for an optimizer that is not the one attached, or that holds a function; DisposedError
   */
  checkpoint(optimizer: Optimizer): Uint8Array<ArrayBuffer> {
    this.check();
    return checkpoint(this, optimizer);
  }

  /** @internal Keeps the labels that the targets of a training were found to have. */
  learnLabels(labels: readonly string[]): void {
    this.names = labels;
  }

  /** @internal Brings the weights of the best epoch back, once; the last ones are kept. */
  restoreBest(): void {
    const { progress } = this;
    const best = progress.best?.tensors;
    if (!best || progress.last) return;
    progress.last = this.tensorValues;
    this.tensorValues = best;
  }

  /**
   * @internal Brings the weights of the last step back, for training to go on, unless the model has other
   * weights by now than those of the best epoch: then it goes on from those.
   */
  bringLastBack(): void {
    const { progress } = this;
    const best = progress.best?.tensors;
    if (progress.last && best && equalBits(best, this.tensorValues)) this.tensorValues = progress.last;
    progress.last = undefined;
  }

  /** @internal Every tensor's values, the learnt ones and then the kept ones, as they are in memory. */
  get tensorValues(): Float32Array {
    return this.backend.floats(this.slab, this.layout.length + this.bufferLayout.length).slice();
  }

  set tensorValues(values: Float32Array) {
    this.backend.floats(this.slab, values.length).set(values);
  }
}

function equalBits(a: Float32Array, b: Float32Array): boolean {
  const [left, right] = [a, b].map(
    ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length),
  );
  return left.every((word, i) => word === right[i]);
}
