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
  /** That of the epoch's last step. */
  learningRate: number;
  /** Spent on training, validation not counted. */
  seconds: number;
  samplesPerSecond: number;
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

/** What is known at the end of a batch. */
export interface BatchLog extends BatchPlace {
  /** Samples in the batch. */
  size: number;
  /** Over the epoch's batches so far. */
  loss: number;
  accuracy?: number;
}

export interface History {
  epochs: EpochLog[];
  /** The epoch that early stopping found the best, when it watched. */
  bestEpoch?: number;
}
