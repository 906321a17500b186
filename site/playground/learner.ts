import {
  type Backend,
  type FitOptions,
  losses as lossFunctions,
  type Model,
  type Optimizer,
  saveModel,
} from "lanewise";
import { type Begun, beginning, makeOptimizer, type Penalty } from "./begun.js";
import { sceneOf } from "./data/index.js";
import type { OutputKind, TaskData } from "./data/scene.js";
import type { NetworkLayer } from "./network.js";
import {
  type Change,
  inOrder,
  type LossChoice,
  lossNameOf,
  type Recipe,
  settingsAt,
  type WithoutPlace,
  waitsForEpoch,
} from "./recipe.js";

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

/** A recipe in training: its model, its data and its progress. */
export class Learner {
  readonly layers: readonly NetworkLayer[];
  readonly model: Model;
  readonly data: TaskData;
  readonly kind: OutputKind;
  /** The mean training loss of each epoch, until somebody takes them out. */
  readonly losses: number[];
  epoch: number;
  batch: number;
  private optimizer: Optimizer;
  private batchSize: number;
  /** The layers read it at each step. */
  private readonly penalty: Penalty;
  /** What has fit stop early. Without test samples there is nothing to stop by. */
  private readonly stopping: Pick<FitOptions, "validationData" | "earlyStopping">;
  private stopped = false;
  /** Of the recipe, and those that were made so far. */
  private readonly changes: readonly Change[];
  private readonly made: Change[];
  private waiting: readonly { what: WithoutPlace<Change>; resolve: (change: Change) => void }[] = [];
  /** Whether it is between two batches, where changes take effect at once. */
  private between = true;

  /** @throws the errors of lanewise for data or options that are not valid */
  constructor(
    readonly backend: Backend,
    readonly recipe: Recipe,
    begun?: Begun,
    /** Called after each epoch, to look at the model and leave it alone. */
    private readonly onEpoch: () => void = () => {},
  ) {
    const scene = sceneOf(recipe.scene);
    this.kind = scene.outputs(recipe.data).kind;
    this.data = scene.samples(recipe);
    const { layers, penalty, model, optimizer, changes, epoch, batch, losses } =
      begun ?? beginning(backend, recipe);
    this.layers = layers;
    this.penalty = penalty;
    this.model = model;
    this.optimizer = optimizer;
    this.made = [...changes];
    this.batchSize = settingsAt(this.recipeSoFar, { epoch, batch }).batch;
    this.epoch = epoch;
    this.batch = batch;
    this.losses = [...losses];
    const { test } = this.data;
    this.stopping =
      recipe.patience > 0 && test.rows > 0
        ? {
            validationData: [test.x, test.y],
            earlyStopping: { patience: recipe.patience, restoreBest: false },
          }
        : {};
    this.changes = inOrder(recipe.changes);
    if (!begun) this.arrive();
  }

  get isDone(): boolean {
    return this.stopped || this.epoch >= this.recipe.epochs;
  }

  get hasBegun(): boolean {
    return this.epoch > 0 || this.batch > 0;
  }

  /** The recipe without the changes that are still to come. */
  get recipeSoFar(): Recipe {
    return { ...this.recipe, changes: this.made };
  }

  /** All that a run needs to go on, once it has begun. */
  checkpoint(): Uint8Array {
    // Fit attaches an optimizer when it first uses it. One that has just been chosen is still to be used.
    this.optimizer.attach(this.model);
    return this.model.checkpoint(this.optimizer);
  }

  /** The changes that were requested, and wait for the end of the epoch. */
  get waitingChanges(): readonly WithoutPlace<Change>[] {
    return this.waiting.map(({ what }) => what);
  }

  /** The file of the model as it is. */
  save(): Uint8Array<ArrayBuffer> {
    return saveModel(this.model);
  }

  /** Samples trained on since the beginning. */
  get samples(): number {
    const { rows } = this.data.training;
    return this.epoch * rows + Math.min(rows, this.batch * this.batchSize);
  }

  /** Trains to the end. @throws the signal's reason, or NonFiniteError if the numbers diverge */
  async run(pace: Pace, signal: AbortSignal): Promise<void> {
    const { epochs, loss, patience } = this.recipe;
    const { x, y, rows } = this.data.training;
    while (!this.isDone) {
      const asked = await pace.next();
      signal.throwIfAborted();
      this.between = false;
      const { epoch: begin, batchSize } = this;
      const next = this.changes.find(({ epoch }) => epoch > begin)?.epoch ?? epochs;
      const within = this.changes.some(({ epoch, batch }) => epoch === begin && batch > 0);
      const end = asked === "batches" || within ? begin + 1 : Math.min(epochs, next, begin + asked);
      const { bestEpoch } = await this.model.fit(x, y, {
        loss: lossOf(loss, this.kind),
        optimizer: this.optimizer,
        batchSize,
        initialEpoch: begin,
        epochs: end,
        signal,
        ...this.stopping,
        onEpochEnd: ({ epoch, loss }) => {
          this.losses.push(loss);
          this.epoch = epoch;
          this.batch = 0;
          this.onEpoch();
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
      if (this.stopping.earlyStopping) this.stopped = this.epoch - (bestEpoch ?? 0) >= patience;
      // Here fit has left the model: an optimizer can be attached.
      this.arrive();
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
      this.waiting = [...this.waiting, { what, resolve }];
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
    const { epoch, batch, waiting } = this;
    const isDue = ({ kind }: WithoutPlace<Change>) => batch === 0 || !waitsForEpoch(kind);
    this.waiting = waiting.filter(({ what }) => !isDue(what));
    for (const { what, resolve } of waiting.filter(({ what }) => isDue(what))) {
      const change = { ...what, epoch, batch } as Change;
      this.apply(change);
      resolve(change);
    }
  }

  private apply(change: Change): void {
    if (change.kind === "rate") this.optimizer.learningRate = change.value;
    else if (change.kind === "l2") this.penalty.l2 = change.value;
    else if (change.kind === "batch") this.batchSize = change.value;
    else if (change.kind === "optimizer")
      this.optimizer = makeOptimizer[change.value]({ learningRate: this.optimizer.learningRate });
    else this.model.parameters[change.parameter].value.data[change.index] = change.value;
    this.made.push(change);
  }

  dispose(): void {
    this.model.dispose();
  }
}

export const lossOf = (choice: LossChoice, kind: OutputKind) => lossFunctions[lossNameOf(choice, kind)]();
