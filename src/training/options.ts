import { checkCount, checkFlag, checkFraction, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { AbortSignalLike } from "../core/platform.js";
import type { Augmentation } from "../data/augment.js";
import type { Weights } from "../losses/loss.js";
import type { SampleWeights } from "../losses/targets.js";
import type { Inputs } from "../network/network.js";
import { type OptimizerName, resolveOptimizer } from "../optimizers/by-name.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { type Callback, Callbacks, callbackNames } from "./callbacks.js";
import { checkEarlyStopping, type EarlyStoppingOptions } from "./early-stopping.js";
import type { ObjectiveOptions } from "./objective.js";
import { progress } from "./progress.js";
import type { TargetsOf } from "./state.js";

/**
 * A batch: inputs, targets and the weight of each sample. Targets may be labels if the model has `labels`;
 * labels are not learned from a part of the data.
 */
export type Batch = readonly [Inputs, TargetsOf, SampleWeights?];

/**
 * Batches that come one by one. A function or an array is read again in each epoch, a generator only once. A
 * function gets the epoch of the model's life, from 0, which also counts those before a checkpoint.
 */
export type Batches =
  | Iterable<Batch>
  | AsyncIterable<Batch>
  | ((epoch: number) => Iterable<Batch> | AsyncIterable<Batch>);

/** The options of `fit`. Callbacks may stand among them: those of `callbacks` are called after. */
export interface FitOptions extends Callback, Weights, ObjectiveOptions {
  /**
   * adam(...) or another optimizer, or its name. Default "adam". One that is attached to this model already
   * goes on from where it is. A name stands for the optimizer of the model's last fit where that is the same
   * with the default settings, and else for a new one: pass `adam()` to begin with fresh moments.
   */
  optimizer?: Optimizer | OptimizerName;
  /** Epochs to have done at the end. Default 1. */
  epochs?: number;
  /**
   * Epochs done before, as `restoreCheckpoint` gives them: training goes on where it was left, and the log
   * counts on from there, up to `epochs`. Default 0, a new training of the model as it is. Shuffles, masks
   * and noise are new ones in any case.
   */
  initialEpoch?: number;
  /**
   * Samples per batch; the last batch of an epoch may have fewer. Default 32. Batches that come from an
   * iterable are as large as they come.
   */
  batchSize?: number;
  /**
   * Batches that make one step of the optimizer together: the step of the one batch that they would be, in
   * the memory of small ones. Holds for every reduction of the loss, with weights, for batches of any sizes,
   * and for the fewer batches that an epoch may end with. The gradients of each batch are computed as if it
   * were alone, then added in float32 to the sum of those before it: to the bit, that is the sum of the
   * gradients of separate models with a batch each, added in this order. It takes a second block of memory
   * for gradients. Default 1.
   */
  accumulate?: number;
  /**
   * For long sequences: the time steps through which gradients go back. The sequences of a batch are cut into
   * pieces of that length, one step of the optimizer each. Recurrent layers carry their states on from piece
   * to piece; gradients end where a piece begins. Memory and time of a step are those of a piece. Sequences
   * begin with states of zeros. For models of one sequence, [batch, time, ...], with an output for each step,
   * whose time this number divides. Default: the whole sequence.
   */
  truncatedBackpropagation?: number;
  /**
   * Whether each epoch takes the samples in another order, a function of the model's seed and of the epochs
   * that it was trained in its life. Default true.
   */
  shuffle?: boolean;
  /**
   * Whether the samples of a batch have similar lengths, so that less time goes into padding. For arrays of
   * sequences, and models whose layers all leave padding out. Fifty batches of the order at a time are sorted
   * by length; then the batches are put into another order, a function of the seed and of the epochs that the
   * model was trained in its life. Default false.
   */
  groupByLength?: boolean;
  /**
   * `augment({ ... })`: trains on another variant of each image in every epoch, a function of the model's
   * seed, of the epochs that it was trained in its life and of the sample's row. Inputs are images [height,
   * width, channels]. What is validated on stays as it is. Default: none.
   */
  augment?: Augmentation;
  /**
   * Fraction of the samples, the last of a permutation that is a function of the seed alone, that is kept
   * from training and evaluated after each epoch: the same rows in every call. Default 0.
   */
  validationSplit?: number;
  /**
   * Samples to evaluate after each epoch instead: inputs and targets, and their weights. Class weights hold
   * for them too.
   */
  validationData?: readonly [Inputs, TargetsOf, SampleWeights?];
  /** Ends training once a value of the log has stopped getting better. */
  earlyStopping?: EarlyStoppingOptions;
  /**
   * Called before or after the run, each epoch and each batch, in their order; after the callbacks among
   * these options.
   */
  callbacks?: readonly Callback[];
  /**
   * Ends training between two steps: fit then rejects with the signal's reason, and the model keeps its last
   * whole step.
   */
  signal?: AbortSignalLike;
  /**
   * Whether to show the progress: a bar in a terminal, elsewhere a line per epoch on the console. Default
   * false.
   */
  verbose?: boolean;
}

/**
 * The options with their defaults, as they were when training began: what a callback does to the caller's
 * object has no effect.
 */
export type Settings = Required<
  Pick<
    FitOptions,
    "epochs" | "initialEpoch" | "batchSize" | "accumulate" | "shuffle" | "groupByLength" | "validationSplit"
  >
> &
  Pick<
    FitOptions,
    | "augment"
    | "truncatedBackpropagation"
    | "validationData"
    | keyof Weights
    | "signal"
    | "earlyStopping"
    | keyof ObjectiveOptions
  > & {
    readonly optimizer: Optimizer;
    readonly callbacks: Callbacks;
  };

/**
 * `fitted` is the optimizer of the model's last fit. @throws ValueError for options that are unknown, out of
 * range or at odds with each other
 */
export function settingsFrom(options: FitOptions, fitted: unknown): Settings {
  const who = "fit";
  checkOptions(who, options ?? null, [
    "loss",
    "lossWeights",
    "optimizer",
    "epochs",
    "initialEpoch",
    "batchSize",
    "accumulate",
    "shuffle",
    "groupByLength",
    "augment",
    "truncatedBackpropagation",
    "validationSplit",
    "validationData",
    "metrics",
    "sampleWeights",
    "classWeights",
    "earlyStopping",
    "callbacks",
    "signal",
    "verbose",
    ...callbackNames,
  ]);
  const {
    epochs = 1,
    initialEpoch = 0,
    batchSize = 32,
    accumulate = 1,
    shuffle = true,
    groupByLength = false,
    validationSplit = 0,
    verbose = false,
  } = options;
  const {
    augment,
    truncatedBackpropagation,
    validationData,
    sampleWeights,
    classWeights,
    earlyStopping,
    signal,
  } = options;
  const { loss, lossWeights, metrics } = options;
  checkCount(who, "initialEpoch", initialEpoch, 0);
  checkCount(
    who,
    initialEpoch > 0 ? `epochs, of which initialEpoch ${initialEpoch} are done,` : "epochs",
    epochs,
    initialEpoch,
  );
  checkCount(who, "batchSize", batchSize);
  checkCount(who, "accumulate", accumulate);
  if (truncatedBackpropagation !== undefined) {
    checkCount(who, "truncatedBackpropagation", truncatedBackpropagation);
    if (accumulate > 1 || augment !== undefined)
      throw new ValueError(
        `fit expected truncatedBackpropagation without ${augment ? "augment" : "accumulate: each piece is a step of its own"}`,
      );
  }
  checkFraction(who, "validationSplit", validationSplit);
  checkFlag(who, "shuffle", shuffle);
  checkFlag(who, "groupByLength", groupByLength);
  checkFlag(who, "verbose", verbose);
  if (augment !== undefined && typeof augment?.change !== "function")
    throw new ValueError(`fit expected augment to be what augment({ ... }) returns, got ${show(augment)}`);
  if (validationSplit > 0 && validationData)
    throw new ValueError("fit expected validationSplit or validationData, got both");
  if (
    validationData !== undefined &&
    !(Array.isArray(validationData) && (validationData.length === 2 || validationData.length === 3))
  ) {
    throw new ValueError(
      `fit expected validationData to be [x, y] or [x, y, sampleWeights], got ${show(validationData)}`,
    );
  }
  if (earlyStopping !== undefined) checkEarlyStopping(earlyStopping);
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
    throw new ValueError(`fit expected signal to be an AbortSignal, got ${show(signal)}`);
  const own = Object.fromEntries(callbackNames.map((name) => [name, options[name]]));
  const others = options.callbacks ?? [];
  if (!Array.isArray(others))
    throw new ValueError(`fit expected callbacks to be an array, got ${show(others)}`);
  const callbacks = new Callbacks(who, [...(verbose ? [progress(epochs)] : []), own, ...others]);
  return {
    loss,
    ...(lossWeights && { lossWeights }),
    ...(metrics && { metrics }),
    optimizer: resolveOptimizer(who, options.optimizer ?? "adam", fitted),
    epochs,
    initialEpoch,
    batchSize,
    accumulate,
    shuffle,
    groupByLength,
    augment,
    truncatedBackpropagation,
    validationSplit,
    validationData,
    sampleWeights,
    classWeights,
    earlyStopping: earlyStopping && { ...earlyStopping },
    callbacks,
    signal,
  };
}
