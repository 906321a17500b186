import { checkName, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { BatchLog, BatchPlace, EpochLog, History } from "./log.js";
import type { TrainedModel } from "./state.js";

/**
 * What a callback gets beside its log: the model, which predicts and saves and takes no other step, and what
 * trains it.
 */
export interface Training {
  readonly model: TrainedModel;
  readonly optimizer: Optimizer;
  /** Ends training as a callback that returns false does. May be called at any time. */
  stop(): void;
}

/** What a callback may return: false ends training. */
// biome-ignore lint/suspicious/noConfusingVoidType: most callbacks return nothing
export type CallbackResult = void | boolean | Promise<void | boolean>;

/**
 * What is called while a model trains. Each may return a promise, which training waits for, and may throw:
 * training then ends with that error, with its last whole step.
 *
 * A callback that returns false, or a promise of false, ends training after the step that is under way:
 * fit resolves to the history. The epoch counts with the batches that were done: it is validated, logged and
 * passed to onEpochEnd; an epoch without a finished batch is left out. Early stopping brings its best
 * weights back, and onTrainEnd is called, as at any other end.
 */
export interface Callback {
  /** Before the first epoch, once everything is checked. */
  onTrainBegin?(training: Training): CallbackResult;
  /** After the last epoch, whichever it was; not after an error. */
  onTrainEnd?(history: History, training: Training): CallbackResult;
  /** Before an epoch: its number, from 1. */
  onEpochBegin?(epoch: number, training: Training): CallbackResult;
  /** After an epoch and its validation. */
  onEpochEnd?(log: EpochLog, training: Training): CallbackResult;
  /** Before a batch is run, which does not happen when this returns false. */
  onBatchBegin?(place: BatchPlace, training: Training): CallbackResult;
  /** After a batch, and after the step that it completed. */
  onBatchEnd?(log: BatchLog, training: Training): CallbackResult;
}

/** What may be called. */
export const callbackNames = [
  "onTrainBegin",
  "onTrainEnd",
  "onEpochBegin",
  "onEpochEnd",
  "onBatchBegin",
  "onBatchEnd",
] as const;

export type CallbackName = (typeof callbackNames)[number];

const known = Object.fromEntries(callbackNames.map((name) => [name, true]));

/** Several callbacks as they were when training began, called in their order. */
export class Callbacks {
  private readonly called: Partial<Record<CallbackName, ((value: never, training: Training) => unknown)[]>> =
    {};

  /** @throws ValueError for what is no callback */
  constructor(who: string, callbacks: readonly Callback[]) {
    for (const callback of callbacks) {
      if (callback === null || typeof callback !== "object")
        throw new ValueError(`${who} expected each callback to be an object, got ${show(callback)}`);
      for (const name of Object.keys(callback))
        if (/^on[A-Z_]/.test(name)) checkName(who, "callback", name, known);
      for (const name of callbackNames) {
        const given: unknown = callback[name];
        if (given === undefined) continue;
        if (typeof given !== "function")
          throw new ValueError(`${who} expected ${name} to be a function, got ${show(given)}`);
        this.called[name] ??= [];
        this.called[name].push(given.bind(callback));
      }
    }
  }

  /** Whether there is anything to call: a log that nobody reads is not made. */
  has(name: CallbackName): boolean {
    return this.called[name] !== undefined;
  }

  /** Calls all of a name. Resolves to whether one of them ends the training. */
  async call(name: CallbackName, value: unknown, training: Training): Promise<boolean> {
    let ends = false;
    for (const each of this.called[name] ?? [])
      ends = (await each(value as never, training)) === false || ends;
    return ends;
  }
}
