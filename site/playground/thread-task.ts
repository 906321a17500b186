/** What the race of threads trains: a network that is large enough for threads to pay, on the digits. */
export const threadTask = {
  /** Rows and columns of an image, enlarged from the 8 of the set. */
  side: 28,
  hidden: [128, 64],
  classes: 10,
  batch: 64,
  /** Batches in an epoch. They leave five images out. */
  batches: 28,
  seed: 7,
  /** Epochs before the clock starts. In them a backend finds out how many threads pay. */
  warmUp: 10,
  /** Epochs that are timed. */
  timed: 20,
} as const;

/** The units of its layers, inputs and outputs included. */
export const threadTaskShape: readonly number[] = [
  threadTask.side * threadTask.side,
  ...threadTask.hidden,
  threadTask.classes,
];
