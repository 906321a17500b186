import {
  adamw,
  type Backend,
  type Callback,
  type EpochLog,
  kFold,
  schedules,
  takeRows,
  trainTestSplit,
} from "lanewise";
import type { Measured, Task } from "./task.js";

/** The same for every table, chosen by what was right of the validation parts of other seeds. */
const FOLDS = 5;
const EPOCHS = 150;
const BATCH_SIZE = 16;
const LEARNING_RATE = 0.01;
const WEIGHT_DECAY = 0.2;
/** The part of what is not tested on that decides when to stop. */
const VALIDATION = 0.2;
const PATIENCE = 30;

/** One of the trainings. */
export interface Fold {
  /** On rows that neither trained nor decided anything. */
  readonly scores: Partial<Measured>;
  readonly epochs: readonly EpochLog[];
  readonly bestEpoch: number;
}

/**
 * Trains once for each fold, on the rows of the others, so that every row is tested on once. `watch` gives
 * callbacks for a fold, from 1.
 */
export async function crossValidate(
  backend: Backend,
  task: Task,
  seed: number,
  watch: (fold: number, folds: number) => Callback,
): Promise<Fold[]> {
  const splits = kFold(task.targets.length, FOLDS, { seed, stratify: task.stratify });
  const folds: Fold[] = [];
  for (const { train, test } of splits) {
    folds.push(
      await trainAndTest(
        backend,
        task,
        { train, test, seed: seed * FOLDS + folds.length },
        watch(folds.length + 1, FOLDS),
      ),
    );
  }
  return folds;
}

/** The rows of `test` are looked at once, when all is decided. */
async function trainAndTest(
  backend: Backend,
  task: Task,
  { train, test, seed }: { train: Int32Array; test: Int32Array; seed: number },
  callback: Callback,
): Promise<Fold> {
  const { inputs, features, targets, stratify, loss, metrics } = task;
  const held = trainTestSplit(train.length, {
    testFraction: VALIDATION,
    seed,
    stratify: stratify && takeRows(stratify, train),
  });
  const [learnt, validated] = [takeRows(train, held.train), takeRows(train, held.test)];
  const samples = (rows: Int32Array) => [takeRows(inputs, rows, features), takeRows(targets, rows)] as const;

  const model = task.model(backend, learnt, seed);
  const learningRate = schedules.cosine({
    learningRate: LEARNING_RATE,
    steps: EPOCHS * Math.ceil(learnt.length / BATCH_SIZE),
  });
  const { epochs, bestEpoch = EPOCHS } = await model.fit(...samples(learnt), {
    loss,
    optimizer: adamw({
      learningRate,
      weightDecay: WEIGHT_DECAY,
      groups: [{ parameters: /bias$/, weightDecay: 0 }],
    }),
    epochs: EPOCHS,
    batchSize: BATCH_SIZE,
    validationData: samples(validated),
    classWeights: task.classWeights?.(learnt),
    // The model ends with the weights of its best epoch.
    earlyStopping: { patience: PATIENCE },
    callbacks: [callback],
  });
  const scores = model.evaluate(...samples(test), { loss, metrics });
  model.dispose();
  return { scores, epochs, bestEpoch };
}
