import { ValueError } from "../core/errors.js";
import type { Dataset } from "./batches.js";
import type { CallbackName, Training } from "./callbacks.js";
import { hasEnded, isLastEpoch } from "./early-stopping.js";
import { evaluation, lossScratch, talliesOf } from "./evaluate.js";
import { type BatchPlace, type EpochLog, type History, validationName } from "./log.js";
import { canStep, checkWeights, throwNonFinite } from "./non-finite.js";
import type { Objective } from "./objective.js";
import type { Settings } from "./options.js";
import type { Portion } from "./portion.js";
import { RunningEpoch } from "./running-epoch.js";
import type { BatchSource, Order } from "./sources.js";
import type { TrainedModel } from "./state.js";
import { Stopwatch } from "./stopwatch.js";
import type { Tallies } from "./tallies.js";
import type { Yielder } from "./yield.js";

/** The samples that an epoch is validated on: rows of their own, or the last ones of the order. */
export interface Validation {
  readonly data: Dataset;
  readonly order: Order | undefined;
}

/** What a run works with. */
export interface RunOptions {
  readonly model: TrainedModel;
  readonly settings: Settings;
  readonly objective: Objective;
  readonly portion: Portion;
  readonly source: BatchSource;
  readonly validation: Validation | undefined;
  readonly yielder: Yielder;
}

/** One call of fit, under way. */
export class Run {
  private readonly watch = new Stopwatch();
  /** Set when a callback ends the training. */
  private stopped = false;
  /** The sums of the losses' terms over a batch. */
  private readonly terms: number[] = [];
  /** The rows of a batch that count. */
  private readonly counted: number[] = [];
  private readonly tally: Tallies;
  private readonly validationTally: Tallies;
  private readonly training: Training;
  private readonly portion: Portion;
  private readonly model: TrainedModel;
  private readonly settings: Settings;
  private readonly objective: Objective;
  private readonly source: BatchSource;
  private readonly validation: Validation | undefined;
  private readonly yielder: Yielder;

  constructor({ model, settings, objective, portion, source, validation, yielder }: RunOptions) {
    this.model = model;
    this.settings = settings;
    this.objective = objective;
    this.source = source;
    this.validation = validation;
    this.yielder = yielder;
    this.portion = portion;
    this.tally = talliesOf(model, portion.objective);
    this.validationTally = talliesOf(model, objective);
    this.training = {
      model,
      optimizer: settings.optimizer,
      stop: () => {
        this.stopped = true;
      },
    };
  }

  async epochs(): Promise<History> {
    const { model, validation } = this;
    const { epochs, initialEpoch, earlyStopping, callbacks, optimizer, signal } = this.settings;
    const { progress } = model;
    const history: History = { epochs: [] };
    await this.call("onTrainBegin", this.training);
    let ended = earlyStopping !== undefined && hasEnded(earlyStopping, progress);
    for (let epoch = initialEpoch; epoch < epochs && !ended; epoch++) {
      if (this.stopped) break;
      if (callbacks.has("onEpochBegin")) await this.call("onEpochBegin", epoch + 1);
      signal?.throwIfAborted();
      const log = await this.epoch(epoch);
      // An epoch that ended before its first batch has no log.
      if (!log) break;
      if (validation) await this.validate(log, validation);
      history.epochs.push(log);
      progress.epoch = epoch + 1;
      progress.partial = undefined;
      progress.history.push({ ...log });
      optimizer.observe(log);
      ended = earlyStopping !== undefined && isLastEpoch(earlyStopping, log, model);
      if (callbacks.has("onEpochEnd")) await this.call("onEpochEnd", log);
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
    const { model, portion, source, tally, yielder, watch } = this;
    const { accumulate, callbacks, optimizer, signal } = this.settings;
    const { batches } = source;
    const placeOf = (batch: number): BatchPlace =>
      batches ? { epoch: epoch + 1, batch, batches } : { epoch: epoch + 1, batch };
    const state = this.begin(epoch);
    const step = () => {
      this.finishGroup(state);
      state.learningRate = optimizer.learningRate;
      optimizer.update(model);
    };
    try {
      if (state.batch > 0) await source.skip(state.batch, state.rows);
      watch.start();
      while (!this.stopped) {
        const advanced = source.advance();
        const size = typeof advanced === "number" ? advanced : await advanced;
        if (size === 0 || this.stopped) break;
        if (callbacks.has("onBatchBegin")) await this.call("onBatchBegin", placeOf(state.batch + 1));
        // A callback may have done anything: disposed the backend, for one.
        model.check();
        if (this.stopped) break;
        portion.begin(source, size);
        for (let i = 0; i < portion.count; i++) {
          if (i > 0) {
            if (yielder.due(2 * size * portion.pass.plan.work)) await yielder.yield();
            model.check();
          }
          this.gradients(size, epoch, state);
          // Sequences that have ended before a piece teach nothing there.
          if (portion.count > 1 && this.counted.every((rows) => rows === 0)) state.waiting = 0;
          const isLast = i + 1 === portion.count;
          if (isLast) state.batch++;
          if (state.waiting >= accumulate || (isLast && state.waiting > 0 && state.batch === batches)) step();
        }
        if (callbacks.has("onBatchEnd"))
          await this.call("onBatchEnd", { ...placeOf(state.batch), size, ...tally.values(false) });
        const due = yielder.due(2 * size * portion.pass.plan.work);
        watch.lap(size, yielder);
        if (due) await yielder.yield();
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
    watch.stop();
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
  private begin(epoch: number): RunningEpoch {
    const { model, portion, source, tally } = this;
    const { progress } = model;
    const { batches } = source;
    const { batchSize } = this.settings;
    const left = progress.partial;
    model.restoreLast();
    tally.reset();
    if (left && left.batch > 0 && left.batches === batches && left.batchSize === batchSize) {
      const { epoch: life, step } = model.life;
      // Steps that the model has taken since are of another training.
      if (left.life === life && left.batch * portion.count === step) {
        source.begin(life, epoch);
        tally.resume(left.rows, left.terms, left.sums ?? {});
        const resumed = new RunningEpoch(left, tally);
        progress.partial = resumed;
        return resumed;
      }
    }
    const life = model.beginEpoch(epoch);
    source.begin(life, epoch);
    const begun: RunningEpoch = new RunningEpoch(
      {
        life,
        batch: 0,
        batches,
        batchSize,
        learningRate: this.settings.optimizer.learningRate,
        waiting: 0,
        first: 0,
        together: 0,
      },
      tally,
    );
    progress.partial = begun;
    return begun;
  }

  /**
   * The gradients of a group of batches are those of its batches together: each was divided by what the first
   * one's terms are divided by. The losses of several outputs all change by one factor, which fit has
   * checked.
   */
  private finishGroup(state: RunningEpoch): void {
    const { model } = this;
    const [{ loss, each, cols }] = this.portion.objective.heads;
    const divisor = (samples: number): number => loss.divisor(samples * each, cols, samples);
    const { first, together } = state;
    const factor = together > 0 ? divisor(this.samplesOf(first)) / divisor(this.samplesOf(together)) : 1;
    if (factor !== 1) model.gradients.scale(factor);
    state.waiting = 0;
  }

  /**
   * The gradients of one portion of a batch, added to those before it in its group or in their place. Nothing
   * is allocated here once the arena has its size.
   */
  private gradients(size: number, epoch: number, state: RunningEpoch): void {
    const { model, portion, source, tally } = this;
    const { objective, pass } = portion;
    if (state.waiting === 0) {
      state.first = 0;
      state.together = 0;
    }
    const { backend } = model;
    const { heads } = objective;
    const { plan } = pass;
    model.reserve(pass, size);
    const scratch = backend.scratch(lossScratch(objective, size));
    portion.stage(source, size);
    model.runForTraining(pass, size);
    const { targets } = portion;
    const { terms, counted } = this;
    for (let i = 0; i < heads.length; i++) counted[i] = portion.weigh(source, i, pass.maskOf(i), size);
    const measure = this.measure(size);
    // A batch in which nothing counts has a gradient of 0, whatever it is divided by.
    const isFirst = state.first === 0;
    if (isFirst) state.first = measure;
    const first = this.samplesOf(state.first);
    let sum = 0;
    for (let i = 0; i < heads.length; i++) {
      const { loss, each, cols, weight } = heads[i];
      const factor = isFirst ? loss.factor(counted[i], cols, size) : loss.factor(first * each, cols, first);
      terms[i] = loss.terms(
        backend,
        plan.address(pass.heads[i]),
        targets[i],
        plan.address(pass.headGradients[i]),
        size * each,
        cols,
        weight * factor,
        scratch,
      );
      sum += terms[i];
    }
    if (state.waiting > 0) model.gradients.add(pass, size);
    else model.gradients.replace(pass, size);
    if (!canStep(model, this.settings.optimizer, sum)) this.blowUp(size, sum, epoch, state.batch);
    pass.updateBuffers(size);
    // Last, for it may turn the logits into outputs where they are.
    for (let i = 0; i < heads.length; i++) {
      const at = plan.address(pass.heads[i]);
      tally.add(i, backend, at, targets[i], size, terms[i], counted[i], heads[i].each);
    }
    portion.advance(size);
    state.waiting++;
    state.together += measure;
  }

  /**
   * By what the loss of the batch is divided: the rows that count for a mean over rows, else samples. @throws
   * ValueError for several outputs whose batches are divided by different numbers
   */
  private measure(samples: number): number {
    const { heads } = this.portion.objective;
    const [{ loss }] = heads;
    if (
      heads.length > 1 &&
      this.settings.accumulate > 1 &&
      heads.some((head, i) => head.loss.isMean && this.counted[i] !== samples * head.each)
    )
      throw new ValueError(
        "fit expected accumulate of 1 for several outputs with padded steps, which are means over different numbers of steps",
      );
    return loss.isMean ? this.counted[0] : samples;
  }

  /** As many samples as that measures, or a part of one. */
  private samplesOf(measure: number): number {
    const [{ loss, each }] = this.portion.objective.heads;
    return loss.isMean ? measure / each : measure;
  }

  /** @throws NonFiniteError */
  private blowUp(rows: number, terms: number, epoch: number, done: number): never {
    const { model, portion, source } = this;
    const { objective, pass, targets } = portion;
    throwNonFinite(model, {
      pass,
      objective,
      targets,
      rows,
      terms,
      epoch: epoch + 1,
      batch: done + 1,
      optimizer: this.settings.optimizer,
      stage: () => portion.stage(source, rows),
    });
  }

  private async validate(log: EpochLog, { data, order }: Validation): Promise<void> {
    const { model, objective, yielder, validationTally: tally } = this;
    const begin = order ? order.training.length : 0;
    const end = order ? begin + order.validation.length : data.rows;
    tally.reset();
    const part = { data, order: order?.address ?? 0, begin, end };
    for (const work of evaluation(model, part, objective, tally)) {
      if (yielder.due(2 * work)) await yielder.yield();
      this.settings.signal?.throwIfAborted();
    }
    const values = Object.entries(tally.values()).map(([name, value]) => [validationName(name), value]);
    Object.assign(log, Object.fromEntries(values));
  }
}
