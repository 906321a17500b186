import type { Loss } from "../nn/loss.js";
import type { Dataset } from "./batches.js";
import type { Training } from "./callbacks.js";
import { hasEnded, isLastEpoch } from "./early-stopping.js";
import { evaluation, outputsOf } from "./evaluate.js";
import { type BatchPlace, type EpochLog, type History, validationName } from "./log.js";
import { type Metric, Tally } from "./metrics.js";
import { checkFinite } from "./non-finite.js";
import type { Settings } from "./options.js";
import type { Sequential } from "./sequential.js";
import type { BatchSource, Order } from "./sources.js";
import type { Turns } from "./turn.js";

/** The samples that an epoch is validated on: rows of their own, or the last ones of the order. */
export interface Validation {
  readonly data: Dataset;
  readonly order: Order | undefined;
}

/** One call of fit, under way. */
export class Run {
  private readonly tally: Tally;
  private readonly validationTally: Tally;
  private readonly training: Training;

  constructor(
    private readonly model: Sequential,
    private readonly settings: Settings,
    private readonly loss: Loss,
    private readonly logits: boolean,
    metrics: readonly Metric[],
    private readonly source: BatchSource,
    private readonly validation: Validation | undefined,
    private readonly turns: Turns,
  ) {
    const tally = () =>
      new Tally(loss, model.outputSize, metrics, model.outputRange, outputsOf(model, loss, logits));
    this.tally = tally();
    this.validationTally = tally();
    this.training = { model, optimizer: settings.optimizer };
  }

  async epochs(): Promise<History> {
    const { model, training } = this;
    const { epochs, initialEpoch, callbacks, earlyStopping, optimizer, signal } = this.settings;
    const { progress } = model;
    const history: History = { epochs: [] };
    await callbacks.call("onTrainBegin", training, training);
    let ended = earlyStopping !== undefined && hasEnded(earlyStopping, progress);
    for (let epoch = initialEpoch; epoch < epochs && !ended; epoch++) {
      await callbacks.call("onEpochBegin", epoch + 1, training);
      const log = await this.epoch(epoch);
      await this.validate(log);
      history.epochs.push(log);
      progress.epoch = epoch + 1;
      progress.history.push({ ...log });
      optimizer.observe(log);
      ended = earlyStopping !== undefined && isLastEpoch(earlyStopping, log, model);
      await callbacks.call("onEpochEnd", log, training);
      signal?.throwIfAborted();
    }
    if (earlyStopping && progress.best) {
      history.bestEpoch = progress.best.epoch;
      if (progress.best.tensors) model.tensorValues = progress.best.tensors;
    }
    await callbacks.call("onTrainEnd", history, training);
    return history;
  }

  /** One epoch of training. */
  private async epoch(epoch: number): Promise<EpochLog> {
    const { model, source, tally, turns, training } = this;
    const { accumulate, callbacks, optimizer, signal } = this.settings;
    const { batches } = source;
    const placeOf = (batch: number): BatchPlace =>
      batches ? { epoch: epoch + 1, batch, batches } : { epoch: epoch + 1, batch };
    const started = performance.now();
    let { learningRate } = optimizer;
    let samples = 0;
    let waiting = 0;
    const step = () => {
      if (waiting > 1)
        model.backend.kernels.scale(model.gradients, model.gradients, model.slabLength, 1 / waiting);
      waiting = 0;
      learningRate = optimizer.learningRate;
      optimizer.update();
    };
    tally.reset();
    source.begin(model.beginEpoch(epoch), epoch);
    try {
      for (let batch = 1; ; batch++) {
        const advanced = source.advance();
        const size = typeof advanced === "number" ? advanced : await advanced;
        if (size === 0) break;
        if (callbacks.has("onBatchBegin")) await callbacks.call("onBatchBegin", placeOf(batch), training);
        // A callback may have done anything: disposed the backend, for one.
        model.check();
        this.gradients(size, epoch, batch, waiting > 0);
        samples += size;
        waiting++;
        if (waiting === accumulate || batch === batches) step();
        if (callbacks.has("onBatchEnd"))
          await callbacks.call("onBatchEnd", { ...placeOf(batch), size, ...tally.values(false) }, training);
        // Two operations a weight and sample forward, four backward.
        if (turns.due(6 * size * model.slabLength)) await turns.take();
        signal?.throwIfAborted();
      }
    } finally {
      await source.end();
    }
    // The end of an iterable is waited for, and anything may have been done meanwhile.
    model.check();
    if (waiting > 0) step();
    const seconds = (performance.now() - started) / 1000;
    return {
      epoch: epoch + 1,
      ...tally.values(),
      learningRate,
      seconds,
      samplesPerSecond: seconds > 0 ? samples / seconds : 0,
    };
  }

  /**
   * The gradients of one batch, added to those before it or in their place. Nothing is allocated here once
   * the arena has its size.
   */
  private gradients(size: number, epoch: number, batch: number, accumulate: boolean): void {
    const { model, loss, source, tally, logits } = this;
    const { backend } = model;
    const cols = model.outputSize;
    model.reserve(size, true);
    const scratch = backend.scratch(Math.max(model.arena.scratchBytes, loss.scratchBytes(size, cols)));
    const output = model.runForTraining(source.stage(), size, logits);
    const dOut = model.arena.outputGradient;
    const terms = loss.terms(
      backend,
      output,
      source.target,
      dOut,
      size,
      cols,
      loss.factor(size, cols),
      scratch,
    );
    model.runBackward(dOut, false, accumulate);
    checkFinite(model, loss, source.target, size, terms, epoch + 1, batch, this.settings.optimizer);
    // Last, for it may turn the logits into outputs where they are.
    tally.add(backend, output, source.target, size, terms);
  }

  private async validate(log: EpochLog): Promise<void> {
    const { model, validation, loss, logits, turns, validationTally: tally } = this;
    if (!validation) return;
    const { data, order } = validation;
    const begin = order ? order.training.length : 0;
    const end = order ? begin + order.validation.length : data.rows;
    tally.reset();
    for (const rows of evaluation(model, data, order?.address ?? 0, begin, end, loss, logits, tally)) {
      if (turns.due(2 * rows * model.slabLength)) await turns.take();
      this.settings.signal?.throwIfAborted();
    }
    const values = Object.entries(tally.values()).map(([name, value]) => [validationName(name), value]);
    Object.assign(log, Object.fromEntries(values));
  }
}
