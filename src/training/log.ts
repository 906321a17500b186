import type { MetricName, MetricValues, Scores } from "../metrics/metrics.js";

/**
 * Loss and metrics of the validation samples, after the epoch's last step: validationLoss, validationAccuracy
 * ...
 */
type ValidationScores = {
  [Name in "loss" | MetricName as `validation${Capitalize<Name>}`]?: Name extends MetricName
    ? MetricValues[Name]
    : number;
};

/** The name that a value of the validation samples has in the log. */
export const validationName = (name: string): string => `validation${name[0].toUpperCase()}${name.slice(1)}`;

/**
 * What is known at the end of an epoch. The loss and the metrics are over its training batches, each as it
 * was before its step.
 */
export interface EpochLog extends Scores, ValidationScores {
  /** The number of epochs done: 1 after the first. */
  epoch: number;
  /** That of the epoch's last step. */
  learningRate: number;
  /** Spent on training, validation not counted, by the clock that there is. */
  seconds: number;
  /**
   * Samples trained on per second. Left out where the clock is too coarse for an epoch so short, or stands
   * still while a program computes, as in Cloudflare Workers.
   */
  samplesPerSecond?: number;
}

/** Which batch it is. */
export interface BatchPlace {
  /** The epoch that runs, from 1. */
  epoch: number;
  /** The batch of this epoch, from 1: at its end, the number of batches done. */
  batch: number;
  /** How many batches the epoch has, where that is known before its end. */
  batches?: number;
}

/**
 * What is known at the end of a batch. The loss and the metrics are over the epoch's batches so far; of the
 * metrics those that are cheap enough for that.
 */
export interface BatchLog extends BatchPlace, Scores {
  /** Samples in the batch. */
  size: number;
}

/** What `fit` resolves to. */
export interface History {
  epochs: EpochLog[];
  /** The epoch that early stopping found the best, when it watched. */
  bestEpoch?: number;
}
