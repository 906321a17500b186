import type { Loss } from "../nn/loss.js";
import type { Dataset } from "./batches.js";
import type { CallbackName, Training } from "./callbacks.js";
import { hasEnded, isLastEpoch } from "./early-stopping.js";
import { evaluation, outputsOf } from "./evaluate.js";
import { type BatchPlace, type EpochLog, type History, validationName } from "./log.js";
import { type Metric, Tally } from "./metrics.js";
import { checkFinite, checkWeights } from "./non-finite.js";
import type { Settings } from "./options.js";
import type { PartialEpoch, Sequential } from "./sequential.js";
import type { BatchSource, Order } from "./sources.js";
import { Stopwatch } from "./stopwatch.js";
import type { Turns } from "./turn.js";

/** The samples that an epoch is validated on: rows of their own, or the last ones of the order. */
export interface Validation {
  readonly data: Dataset;
  readonly order: Order | undefined;
}

/** One call of fit, under way. */
export class Run {
  private readonly watch = new Stopwatch();
  /** Set when a callback ends the training. */
  private stopped = false;
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
    this.training = {
      model,
      optimizer: settings.optimizer,
      stop: () => {
        this.stopped = true;
      },
    };
  }

  async epochs(): Promise<History> {
    const { model } = this;
    const { epochs, initialEpoch, earlyStopping, optimizer, signal } = this.settings;
    const { progress } = model;
    const history: History = { epochs: [] };
    await this.call("onTrainBegin", this.training);
    let ended = earlyStopping !== undefined && hasEnded(earlyStopping, progress);
    for (let epoch = initialEpoch; epoch < epochs && !ended; epoch++) {
      if (this.stopped) break;
      await this.call("onEpochBegin", epoch + 1);
      signal?.throwIfAborted();
      const log = await this.epoch(epoch);
      // Of an epoch that was ended before its first batch there is nothing to tell.
      if (!log) break;
      await this.validate(log);
      history.epochs.push(log);
      progress.epoch = epoch + 1;
      progress.partial = undefined;
      progress.history.push({ ...log });
      optimizer.observe(log);
      ended = earlyStopping !== undefined && isLastEpoch(earlyStopping, log, model);
      await this.call("onEpochEnd", log);
      signal?.throwIfAborted();
    }
    if (earlyStopping && progress.best) {
      history.bestEpoch = progress.best.epoch;
      if (earlyStopping.restoreBest ?? true) model.restoreBest();
    }
    await this.call("onTrainEnd", history);
    return history;
  }

  /** Calls the callbacks of a name, of which any may end the training. */
  private async call(name: CallbackName, value: unknown): Promise<void> {
    const { callbacks } = this.settings;
    if (callbacks.has(name) && (await callbacks.call(name, value, this.training))) this.stopped = true;
  }

  /** One epoch of training, or what is left of one. No log where no batch was done. */
  private async epoch(epoch: number): Promise<EpochLog | undefined> {
    const { model, source, tally, turns, watch } = this;
    const { accumulate, callbacks, optimizer, signal } = this.settings;
    const { batches } = source;
    const placeOf = (batch: number): BatchPlace =>
      batches ? { epoch: epoch + 1, batch, batches } : { epoch: epoch + 1, batch };
    const state = this.begin(epoch);
    const step = () => {
      this.finishGroup(state);
      state.learningRate = optimizer.learningRate;
      optimizer.update();
    };
    try {
      if (state.batch > 0) await source.skip(state.batch);
      watch.start();
      while (!this.stopped) {
        const advanced = source.advance();
        const size = typeof advanced === "number" ? advanced : await advanced;
        if (size === 0 || this.stopped) break;
        if (callbacks.has("onBatchBegin")) await this.call("onBatchBegin", placeOf(state.batch + 1));
        // A callback may have done anything: disposed the backend, for one.
        model.check();
        if (this.stopped) break;
        this.gradients(size, epoch, state);
        if (state.waiting >= accumulate || state.batch === batches) step();
        if (callbacks.has("onBatchEnd"))
          await this.call("onBatchEnd", { ...placeOf(state.batch), size, ...tally.values(false) });
        // Two operations a weight and sample forward, four backward.
        const due = turns.due(6 * size * model.slabLength);
        watch.lap(size, turns.now);
        if (due) await turns.take();
        signal?.throwIfAborted();
      }
    } finally {
      await source.end();
    }
    // The end of an iterable is waited for, and anything may have been done meanwhile.
    model.check();
    if (state.waiting > 0) step();
    if (state.batch === 0) return undefined;
    checkWeights(model, epoch + 1, optimizer);
    watch.lap(0, performance.now());
    const { seconds, samplesPerSecond } = watch;
    return {
      epoch: epoch + 1,
      ...tally.values(),
      learningRate: state.learningRate,
      seconds,
      ...(samplesPerSecond !== undefined && { samplesPerSecond }),
    };
  }

  /** Begins an epoch, or goes on within the one that a training was left in. */
  private begin(epoch: number): PartialEpoch {
    const { model, source, tally } = this;
    const { progress } = model;
    const { batches } = source;
    const { batchSize } = this.settings;
    const left = progress.partial;
    model.bringLastBack();
    tally.reset();
    if (left && left.batch > 0 && left.batches === batches && left.batchSize === batchSize) {
      const { epoch: life, step } = model.life;
      // Steps that the model has taken since are of another training.
      if (left.life === life && left.batch === step) {
        source.begin(life, epoch);
        tally.rows = left.rows;
        tally.terms = left.terms;
        tally.restore(left.sums ?? {});
        left.sums = tally.sums;
        return left;
      }
    }
    const life = model.beginEpoch(epoch);
    source.begin(life, epoch);
    progress.partial = {
      life,
      batch: 0,
      batches,
      batchSize,
      rows: 0,
      terms: 0,
      sums: tally.sums,
      learningRate: this.settings.optimizer.learningRate,
      waiting: 0,
      first: 0,
      together: 0,
    };
    return progress.partial;
  }

  /**
   * The gradients of a group of batches are those of its batches together: each was divided by what the first
   * one's terms are divided by.
   */
  private finishGroup(state: PartialEpoch): void {
    const { model, loss } = this;
    const { kernels } = model.backend;
    const cols = model.outputSize;
    const factor = loss.divisor(state.first, cols) / loss.divisor(state.together, cols);
    if (factor !== 1) kernels.scale(model.gradients, model.gradients, model.slabLength, factor);
    state.waiting = 0;
  }

  /**
   * The gradients of one batch, added to those before it in its group or in their place. Nothing is allocated
   * here once the arena has its size.
   */
  private gradients(size: number, epoch: number, state: PartialEpoch): void {
    const { model, loss, source, tally, logits } = this;
    if (state.waiting === 0) {
      state.first = size;
      state.together = 0;
    }
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
      loss.factor(state.first, cols),
      scratch,
    );
    model.runBackward(dOut, false, state.waiting > 0);
    checkFinite(model, loss, source.target, size, terms, epoch + 1, state.batch + 1, this.settings.optimizer);
    // Last, for it may turn the logits into outputs where they are.
    tally.add(backend, output, source.target, size, terms);
    state.batch++;
    state.waiting++;
    state.together += size;
    state.rows = tally.rows;
    state.terms = tally.terms;
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
