import type { Backend } from "../core/backend.js";
import { checkCount, checkFlag, checkFraction, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Pointer } from "../core/kernels.js";
import { purposes, RandomStream } from "../core/random.js";
import { type Loss, type LossName, lossFrom, type Targets } from "../nn/loss.js";
import { CHUNK } from "../nn/network.js";
import { type Optimizer, type OptimizerName, optimizerFrom } from "../nn/optimizer.js";
import type { Samples } from "../nn/rows.js";
import type { TrainableNetwork } from "../nn/trainable.js";
import { Dataset } from "./batches.js";
import { effectiveLoss, evaluation } from "./evaluate.js";
import { checkMetrics, type MetricName, Tally } from "./metrics.js";
import { Turns } from "./turn.js";

/** What is known at the end of an epoch. */
export interface EpochLog {
  /** The number of epochs done: 1 after the first. */
  epoch: number;
  /** Over the epoch's training batches, each as it was before its step. */
  loss: number;
  accuracy?: number;
  /** Over the validation samples, after the epoch's last step. */
  validationLoss?: number;
  validationAccuracy?: number;
  /** Spent on training, validation not counted. */
  seconds: number;
  samplesPerSecond: number;
}

/** What is known at the end of a batch. */
export interface BatchLog {
  /** The epoch that runs, from 1. */
  epoch: number;
  /** The number of batches done in this epoch, and how many it has. */
  batch: number;
  batches: number;
  /** Samples in the batch. */
  size: number;
  /** Over the epoch's batches so far. */
  loss: number;
  accuracy?: number;
}

export interface History {
  epochs: EpochLog[];
}

export interface FitOptions {
  /** One of `losses`, or its name. */
  loss: Loss | LossName;
  /** adam(...) or another optimizer, or its name. Default "adam". One that is attached to this model already goes on from where it is. */
  optimizer?: Optimizer | OptimizerName;
  /** Epochs to have done at the end. Default 1. */
  epochs?: number;
  /** Epochs done before: training goes on with the shuffles of the next one. Default 0. */
  initialEpoch?: number;
  /** Samples a step; the last batch of an epoch may have fewer. Default 32. */
  batchSize?: number;
  /** Whether each epoch takes the samples in another order, a function of the model's seed and the epoch. Default true. */
  shuffle?: boolean;
  /** Fraction of the samples, the last of a seeded permutation, that is kept from training and evaluated after each epoch. Default 0. */
  validationSplit?: number;
  /** Samples to evaluate after each epoch instead: inputs and targets. */
  validationData?: readonly [Samples, Targets];
  /** What to compute beside the loss. Default none. */
  metrics?: readonly MetricName[];
  /** Called after each epoch; fit waits for a promise that it returns. */
  onEpochEnd?: (log: EpochLog) => void | Promise<void>;
  /** Called after each step; fit waits for a promise that it returns. */
  onBatchEnd?: (log: BatchLog) => void | Promise<void>;
  /** Ends training between two steps: fit then rejects with the signal's reason, and the model keeps its last whole step. */
  signal?: AbortSignal;
  /** Whether a line an epoch goes to the console. Default false. */
  verbose?: boolean;
}

/** The options with their defaults, as they were when fit was called: what a callback does to the caller's object has no effect. */
type Settings = Required<Omit<FitOptions, "validationData" | "onEpochEnd" | "onBatchEnd" | "signal" | "loss" | "optimizer">> &
  Pick<FitOptions, "validationData" | "onEpochEnd" | "onBatchEnd" | "signal"> & { readonly loss: Loss; readonly optimizer: Optimizer };

function settingsFrom(options: FitOptions): Settings {
  const who = "fit";
  checkOptions(who, options ?? null, [
    "loss",
    "optimizer",
    "epochs",
    "initialEpoch",
    "batchSize",
    "shuffle",
    "validationSplit",
    "validationData",
    "metrics",
    "onEpochEnd",
    "onBatchEnd",
    "signal",
    "verbose",
  ]);
  const { epochs = 1, initialEpoch = 0, batchSize = 32, shuffle = true, validationSplit = 0, validationData, metrics = [], verbose = false } = options;
  const { onEpochEnd, onBatchEnd, signal } = options;
  checkCount(who, "initialEpoch", initialEpoch, 0);
  checkCount(who, "epochs", epochs, initialEpoch);
  checkCount(who, "batchSize", batchSize);
  checkFraction(who, "validationSplit", validationSplit);
  checkFlag(who, "shuffle", shuffle);
  checkFlag(who, "verbose", verbose);
  checkMetrics(who, metrics);
  if (validationSplit > 0 && validationData) throw new ValueError("fit expected validationSplit or validationData, got both");
  if (validationData !== undefined && !(Array.isArray(validationData) && validationData.length === 2)) {
    throw new ValueError(`fit expected validationData to be [x, y], got ${show(validationData)}`);
  }
  for (const [name, callback] of Object.entries({ onEpochEnd, onBatchEnd })) {
    if (callback !== undefined && typeof callback !== "function") throw new ValueError(`fit expected ${name} to be a function, got ${show(callback)}`);
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
    throw new ValueError(`fit expected signal to be an AbortSignal, got ${show(signal)}`);
  const loss = lossFrom(who, options.loss);
  const optimizer = optimizerFrom(who, options.optimizer ?? "adam");
  return {
    loss,
    optimizer,
    epochs,
    initialEpoch,
    batchSize,
    shuffle,
    validationSplit,
    validationData,
    metrics: [...metrics],
    onEpochEnd,
    onBatchEnd,
    signal,
    verbose,
  };
}

/** Trains the model; Sequential.fit documents it. Everything is checked, and all memory is there, before anything changes. */
export async function fit(model: TrainableNetwork, x: Samples, y: Targets, options: FitOptions): Promise<History> {
  model.check();
  model.checkIdle("fit");
  const settings = settingsFrom(options);
  const { validationData, validationSplit, batchSize, epochs, initialEpoch, optimizer, signal } = settings;
  const { loss, logits } = effectiveLoss(model, settings.loss);
  const data = new Dataset("fit", model, loss, x, y);
  const held = validationData ? new Dataset("fit: validationData", model, loss, validationData[0], validationData[1]) : undefined;
  if (held?.rows === 0) throw new ValueError("fit: validationData expected at least one sample, got none");
  const split = splitRows(model, data.rows, validationSplit);
  signal?.throwIfAborted();
  const turns = new Turns();
  const order = new Order(model.backend, model.seed, split, settings.shuffle);
  try {
    model.busy = true;
    const batch = Math.min(batchSize, data.rows);
    // Every row is read once for the check of it and once an epoch.
    const passes = 1 + epochs - initialEpoch;
    data.reserve(Math.max(batch, validationSplit > 0 ? CHUNK : 0), passes);
    held?.reserve(CHUNK, passes);
    for (const dataset of held ? [data, held] : [data]) {
      for (const numbers of dataset.read()) {
        if (!turns.due(numbers)) continue;
        await turns.take();
        model.check();
        signal?.throwIfAborted();
      }
    }
    model.reserve(batch, true);
    // Only now, when nothing is wrong with the data, does the model's optimizer change.
    model.busy = false;
    optimizer.attach(model);
    model.busy = true;
    return await new Run(model, settings, loss, logits, data, held, order, turns).epochs();
  } finally {
    model.busy = false;
    model.invalidate();
    order.release();
    data.release();
    held?.release();
  }
}

/** Row indices for training and for validation. */
interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

function splitRows(model: TrainableNetwork, rows: number, fraction: number): Split {
  if (rows === 0) throw new ValueError("fit expected at least one sample, got none");
  const indices = new Int32Array(rows);
  const validationRows = Math.round(rows * fraction);
  if (fraction > 0 && validationRows === 0) throw new ValueError(`fit expected validationSplit to leave a sample to validate on, got ${fraction} of ${rows}`);
  if (validationRows === rows) throw new ValueError(`fit expected validationSplit to leave a sample to train on, got ${fraction} of ${rows}`);
  for (let i = 0; i < rows; i++) indices[i] = i;
  if (validationRows === 0) return { training: indices, validation: indices.subarray(rows) };
  const { backend } = model;
  const order = backend.scratch(rows * 4);
  backend.integers(order, rows).set(indices);
  new RandomStream(model.seed, purposes.split, 0).shuffle(backend.kernels, order, rows);
  const shuffled = backend.integers(order, rows);
  return { training: shuffled.slice(0, rows - validationRows).sort(), validation: shuffled.slice(rows - validationRows) };
}

/** The order in which an epoch takes the samples, in linear memory: those to train on, then those to validate on. */
class Order {
  readonly address: Pointer;

  constructor(
    private readonly backend: Backend,
    private readonly seed: number,
    readonly split: Split,
    private readonly shuffle: boolean,
  ) {
    const { training, validation } = split;
    this.address = backend.allocate((training.length + validation.length) * 4);
    backend.integers(this.address, training.length).set(training);
    backend.integers(this.address + training.length * 4, validation.length).set(validation);
  }

  /** The shuffle of an epoch is a function of the seed and the epoch. */
  begin(epoch: number): void {
    if (!this.shuffle) return;
    const { training } = this.split;
    this.backend.integers(this.address, training.length).set(training);
    new RandomStream(this.seed, purposes.shuffle, epoch).shuffle(this.backend.kernels, this.address, training.length);
  }

  release(): void {
    this.backend.release(this.address);
  }
}

/** One call of fit, under way. */
class Run {
  private readonly tally: Tally;
  private readonly validationTally: Tally;

  constructor(
    private readonly model: TrainableNetwork,
    private readonly settings: Settings,
    private readonly loss: Loss,
    private readonly logits: boolean,
    private readonly data: Dataset,
    private readonly held: Dataset | undefined,
    private readonly order: Order,
    private readonly turns: Turns,
  ) {
    const withAccuracy = settings.metrics.includes("accuracy");
    this.tally = new Tally(loss, model.outputSize, withAccuracy);
    this.validationTally = new Tally(loss, model.outputSize, withAccuracy);
  }

  async epochs(): Promise<History> {
    const { epochs, initialEpoch, onEpochEnd, signal, verbose } = this.settings;
    const history: History = { epochs: [] };
    for (let epoch = initialEpoch; epoch < epochs; epoch++) {
      this.order.begin(epoch);
      const seconds = await this.train(epoch + 1);
      const samples = this.order.split.training.length;
      const log: EpochLog = { epoch: epoch + 1, loss: this.tally.lossValue, seconds, samplesPerSecond: seconds > 0 ? samples / seconds : 0 };
      const { accuracy } = this.tally;
      if (accuracy !== undefined) log.accuracy = accuracy;
      await this.validate(log);
      history.epochs.push(log);
      if (verbose) console.log(line(log, epochs));
      await onEpochEnd?.(log);
      signal?.throwIfAborted();
    }
    return history;
  }

  /** One epoch of training; returns its seconds. */
  private async train(epoch: number): Promise<number> {
    const { model, tally, turns } = this;
    const { batchSize, onBatchEnd, optimizer, signal } = this.settings;
    const samples = this.order.split.training.length;
    const batches = Math.ceil(samples / batchSize);
    const started = performance.now();
    tally.reset();
    for (let batch = 0; batch < batches; batch++) {
      // A callback may have done anything: disposed the backend, for one.
      model.check();
      const size = Math.min(batchSize, samples - batch * batchSize);
      this.gradients(batch * batchSize, size);
      optimizer.update();
      if (onBatchEnd) {
        const { accuracy } = tally;
        const log: BatchLog = { epoch, batch: batch + 1, batches, size, loss: tally.lossValue };
        if (accuracy !== undefined) log.accuracy = accuracy;
        const waits = onBatchEnd(log);
        if (waits) await waits;
      }
      // Two operations a weight and sample forward, four backward.
      if (turns.due(6 * size * model.slabLength)) await turns.take();
      signal?.throwIfAborted();
    }
    return (performance.now() - started) / 1000;
  }

  /** The gradients of one batch. Nothing is allocated here once the arena has its size. */
  private gradients(begin: number, size: number): void {
    const { model, loss, data, tally } = this;
    const { kernels } = model.backend;
    const cols = model.outputSize;
    model.reserve(size, true);
    const scratch = model.backend.scratch(Math.max(model.arena.scratchBytes, loss.scratchBytes(size, cols)));
    const output = model.runForTraining(data.stage(this.order.address, begin, size), size, this.logits);
    const dOut = model.arena.outputGradient;
    const terms = loss.terms(kernels, output, data.target, dOut, size, cols, loss.factor(size, cols), scratch);
    tally.add(kernels, output, data.target, size, terms);
    model.runBackward(dOut, false, false);
  }

  private async validate(log: EpochLog): Promise<void> {
    const { model, held, data, loss, logits, turns, order, validationTally: tally } = this;
    const { training, validation } = order.split;
    if (!held && validation.length === 0) return;
    tally.reset();
    const chunks = held
      ? evaluation(model, held, 0, 0, held.rows, loss, logits, tally)
      : evaluation(model, data, order.address, training.length, training.length + validation.length, loss, logits, tally);
    for (const rows of chunks) {
      if (turns.due(2 * rows * model.slabLength)) await turns.take();
      this.settings.signal?.throwIfAborted();
    }
    log.validationLoss = tally.lossValue;
    const { accuracy } = tally;
    if (accuracy !== undefined) log.validationAccuracy = accuracy;
  }
}

function line(log: EpochLog, epochs: number): string {
  const parts = [`epoch ${log.epoch}/${epochs}`, `loss ${log.loss.toFixed(4)}`];
  if (log.accuracy !== undefined) parts.push(`accuracy ${log.accuracy.toFixed(4)}`);
  if (log.validationLoss !== undefined) parts.push(`validation loss ${log.validationLoss.toFixed(4)}`);
  if (log.validationAccuracy !== undefined) parts.push(`validation accuracy ${log.validationAccuracy.toFixed(4)}`);
  parts.push(`${Math.round(log.samplesPerSecond)} samples/s`);
  return parts.join("  ");
}
