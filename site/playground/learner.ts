import {
  adagrad,
  adam,
  adamw,
  type Backend,
  dense,
  dropout,
  lion,
  losses as lossFunctions,
  nadam,
  type Optimizer,
  rmsprop,
  Sequential,
  sgd,
} from "lanewise";
import { sceneOf } from "./data/index.js";
import type { OutputKind, TaskData } from "./data/scene.js";
import type { Change, LossChoice, Recipe } from "./recipe.js";

/** Decides when a run continues. It affects how long the run takes, never its result. */
export interface Pace {
  /**
   * Resolves when the run may continue: to the number of epochs until it asks again, or to "batches" if it
   * must ask before each batch of the next epoch.
   */
  next(): Promise<number | "batches">;
  /** Resolves when the next batch may run. */
  batch(): Promise<void> | undefined;
}

const makeOptimizer = { adam, adamw, sgd, rmsprop, nadam, adagrad, lion };

/** A recipe in training: its model, its data and its progress. */
export class Learner {
  readonly model: Sequential;
  readonly data: TaskData;
  readonly kind: OutputKind;
  /** The mean training loss of each epoch. */
  readonly losses: number[] = [];
  epoch = 0;
  batch = 0;
  private readonly optimizer: Optimizer;
  private readonly changes: Change[];
  private readonly waiting: { what: WithoutPlace<Change>; resolve: (change: Change) => void }[] = [];
  /** Whether it is between two batches, where changes take effect at once. */
  private between = true;

  /** @throws the errors of lanewise for data or options that are not valid */
  constructor(
    readonly backend: Backend,
    readonly recipe: Recipe,
    /** Called after each epoch, to look at the model and leave it alone. */
    private readonly onEpoch: () => void = () => {},
  ) {
    const scene = sceneOf(recipe.scene);
    const { kind, count } = scene.outputs(recipe.data);
    this.kind = kind;
    this.data = scene.samples(recipe);
    const regularizer = recipe.l2 > 0 ? { kernelRegularizer: { l2: recipe.l2 } } : {};
    this.model = new Sequential(backend, {
      inputShape: recipe.inputs.length,
      seed: recipe.seed,
      layers: [
        ...recipe.layers.flatMap(({ units, activation }) => [
          dense(units, { activation, ...regularizer }),
          ...(recipe.dropout > 0 ? [dropout(recipe.dropout)] : []),
        ]),
        dense(count, regularizer),
      ],
    });
    this.optimizer = makeOptimizer[recipe.optimizer]({ learningRate: recipe.rate });
    this.changes = [...recipe.changes].sort((a, b) => a.epoch - b.epoch || a.batch - b.batch);
    this.arrive();
  }

  get isDone(): boolean {
    return this.epoch >= this.recipe.epochs;
  }

  /** Samples trained on since the beginning. */
  get samples(): number {
    const { rows } = this.data.training;
    return this.epoch * rows + Math.min(rows, this.batch * this.recipe.batch);
  }

  /** Trains to the end. @throws the signal's reason, or NonFiniteError if the numbers diverge */
  async run(pace: Pace, signal: AbortSignal): Promise<void> {
    const { batch: batchSize, epochs, loss } = this.recipe;
    const { x, y, rows } = this.data.training;
    while (!this.isDone) {
      const asked = await pace.next();
      signal.throwIfAborted();
      this.between = false;
      const begin = this.epoch;
      const next = this.changes.find(({ epoch }) => epoch > begin)?.epoch ?? epochs;
      const within = this.changes.some(({ epoch, batch }) => epoch === begin && batch > 0);
      const end = asked === "batches" || within ? begin + 1 : Math.min(epochs, next, begin + asked);
      await this.model.fit(x, y, {
        loss: lossOf(loss, this.kind),
        optimizer: this.optimizer,
        batchSize,
        initialEpoch: begin,
        epochs: end,
        signal,
        onEpochEnd: ({ epoch, loss }) => {
          this.losses.push(loss);
          this.epoch = epoch;
          this.batch = 0;
          this.onEpoch();
          if (epoch === end) this.arrive();
        },
        ...((asked === "batches" || within) && {
          onBatchEnd: async ({ batch }) => {
            if (batch * batchSize >= rows) return;
            this.batch = batch;
            this.arrive();
            if (asked === "batches") await pace.batch();
            this.between = false;
          },
        }),
      });
    }
  }

  /** The loss of the test samples. Undefined if there are none. */
  testLoss(): number | undefined {
    const { test } = this.data;
    if (test.rows === 0) return undefined;
    return this.model.evaluate(test.x, test.y, { loss: lossOf(this.recipe.loss, this.kind) }).loss;
  }

  /** The SHA-256 of the weights. Undefined in an insecure context, where browsers have no SHA-256. */
  async hash(): Promise<string | undefined> {
    return crypto.subtle === undefined ? undefined : this.model.weightsDigest();
  }

  /** Makes a change now, or after the current epoch. Resolves to the change as the recipe keeps it. */
  change(what: WithoutPlace<Change>): Promise<Change> {
    return new Promise((resolve) => {
      this.waiting.push({ what, resolve });
      if (this.between) this.applyWaiting();
    });
  }

  /** Between two batches, applies the changes of the recipe, then those that were requested. */
  private arrive(): void {
    this.between = true;
    const { epoch, batch } = this;
    for (const change of this.changes)
      if (change.epoch === epoch && change.batch === batch) this.apply(change);
    this.applyWaiting();
  }

  private applyWaiting(): void {
    const { epoch, batch } = this;
    for (const { what, resolve } of this.waiting.splice(0)) {
      const change = { ...what, epoch, batch } as Change;
      this.apply(change);
      resolve(change);
    }
  }

  private apply(change: Change): void {
    if (change.kind === "rate") this.optimizer.learningRate = change.value;
    else this.model.parameters[change.parameter].value.data[change.index] = change.value;
  }

  dispose(): void {
    this.model.dispose();
  }
}

/** A change whose place in the run is not known yet. */
export type WithoutPlace<Of> = Of extends unknown ? Omit<Of, "epoch" | "batch"> : never;

/** Losses of classes take logits, whose gradient does not vanish for outputs that are sure and wrong. */
export function lossOf(choice: LossChoice, kind: OutputKind) {
  if (choice === "squaredError") return lossFunctions.meanSquaredError();
  return kind === "binary"
    ? lossFunctions.binaryCrossEntropyWithLogits()
    : lossFunctions.softmaxCrossEntropy();
}
