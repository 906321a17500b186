import type { LabelledTargets } from "../losses/labels.js";
import type { Sums } from "../metrics/metrics.js";
import type { Inputs } from "../network/network.js";
import type { AnyNetwork } from "../network/trainable.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { EvaluateOptions, Evaluation } from "./evaluate.js";
import type { EpochLog } from "./log.js";

/** The best epoch so far. */
export interface Best {
  readonly monitor: string;
  readonly value: number;
  readonly epoch: number;
  /** The model's tensors then, where they are to come back. */
  readonly tensors: Float32Array | undefined;
}

/** How far training has come: part of a checkpoint. */
export interface Progress {
  /** Epochs done. */
  epoch: number;
  history: EpochLog[];
  best: Best | undefined;
  /**
   * The model's tensors after its last step, if those of the best epoch have been restored since: training
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
  /** The samples that were done, and the sum of the loss's terms over them: of several outputs, one each. */
  readonly rows: number;
  readonly terms: number | readonly number[];
  /** What the metrics have counted over them, by their names. */
  readonly sums?: Readonly<Record<string, Sums>>;
  /** That of the last step. */
  learningRate: number;
  /**
   * Batches whose gradients wait for a step, and by what the loss of the first of them, and of all together,
   * is divided: samples, or the rows of samples that count.
   */
  waiting: number;
  first: number;
  together: number;
}

/** Targets for each output: of several outputs an array in their order, or an object by their names. */
export type TargetsOf =
  | LabelledTargets
  | readonly LabelledTargets[]
  | Readonly<Record<string, LabelledTargets>>;

/** What training needs of a model: fit is written against this, and `Model` has it. */
export interface TrainedModel extends AnyNetwork {
  /** @internal */
  progress: Progress;
  /** @internal Keeps the labels that were found in the targets. */
  learnLabels(labels: readonly string[]): void;
  /** @internal Restores the weights of the best epoch, once, and keeps the last ones. */
  restoreBest(): void;
  /**
   * @internal Restores the weights of the last step to continue training from them. If the weights have
   * changed since the best ones were restored, they stay as they are.
   */
  restoreLast(): void;
  evaluate(x: Inputs, y: TargetsOf, options: EvaluateOptions): Evaluation;
  checkpoint(optimizer: Optimizer): Uint8Array<ArrayBuffer>;
}
