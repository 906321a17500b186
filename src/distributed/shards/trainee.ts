import { purposes, RandomStream } from "../../core/random.js";
import {
  type Backend,
  type Batch,
  type FitOptions,
  type Model,
  NonFiniteError,
  type Optimizer,
  optimizerFrom,
  sgd,
  ValueError,
} from "../../index.js";
import { ARITHMETIC } from "../build-hash.js";
import { hashOf, type Json } from "../canonical.js";
import type { Context } from "../engine.js";
import { type Training, trainingOf } from "../sweep/data.js";
import { Recent } from "../sweep/recent.js";
import { fitOptions, modelOf, pairOf } from "../sweep/train.js";
import { optimizerBlob, restoreOptimizer } from "./optimizer-blob.js";
import type { Batches } from "./rounds.js";
import { type CheckedDistributed, partsOf } from "./spec.js";

/** The model that a thread trained last: jobs of one run follow each other. */
const trainees = new WeakMap<Backend, Recent<Promise<Trainee>>>();

/** What decides the bits of a training, whatever its length, for the keys of jobs. Names of files do not. */
export function meaningOf({ rounds: _, ...spec }: CheckedDistributed): { readonly [key: string]: Json } {
  const { epochs: __, ...fit } = spec.fit;
  const files = Object.entries(spec.data).map(([key, value]) => [key, value?.sha256 ?? value]);
  const meaning = { ...spec, program: "train", arithmetic: ARITHMETIC, fit, data: Object.fromEntries(files) };
  return JSON.parse(JSON.stringify(meaning));
}

/** The model of a spec on a thread's backend. @throws as trainingOf does; ValueError, ShapeError */
export function traineeOf(spec: CheckedDistributed, context: Context): Promise<Trainee> {
  const { backend } = context;
  let own = trainees.get(backend);
  if (!own) {
    own = new Recent(1);
    trainees.set(backend, own);
  }
  return own.of(hashOf(meaningOf(spec)), async () => {
    const training = await trainingOf(spec.data, context, { folds: 0, seed: spec.seed });
    return new Trainee(backend, spec, training);
  });
}

/** The batches of a thread's share of an epoch. */
export interface Lesson extends Batches {
  /** The epoch of the model's life, from 0, whose order of the rows and whose random numbers it has. */
  readonly epoch: number;
}

/** A model with its data: it trains on some batches of an epoch as if fit had trained on those before. */
export class Trainee {
  readonly model: Model;
  /** The weights that training begins with. */
  readonly first: Float32Array;
  private optimizer: Optimizer | undefined;
  private readonly inputs: Float32Array;
  private readonly targets: Int32Array | Float32Array;
  private readonly options: FitOptions;
  private readonly orders = new Recent<Int32Array>(1);

  /** @throws ValueError, ShapeError for parts that do not fit together */
  constructor(
    private readonly backend: Backend,
    private readonly spec: CheckedDistributed,
    readonly training: Training,
  ) {
    const parts = partsOf(spec);
    this.model = modelOf(backend, parts, training, spec.seed);
    if (spec.localSteps === 1 && this.model.maskedSteps(0) > 0)
      throw new ValueError(
        "trainDistributed: localSteps expected to be above 1 for a model that leaves out padded steps: batches may count different numbers of them",
      );
    this.first = this.model.tensorValues;
    this.options = fitOptions(parts, training, "loss");
    [this.inputs, this.targets] = pairOf(this.model, training.training, training);
  }

  get rows(): number {
    return this.targets.length;
  }

  /** Floats of the parameters that are learned; the other tensors come after them. */
  get learned(): number {
    return this.model.slabLength;
  }

  /** All tensors: the parameters that are learned, then the others. */
  get weights(): Float32Array {
    return this.model.tensorValues;
  }

  set weights(values: Float32Array) {
    if (values.length !== this.model.weights.length)
      throw new ValueError(`train expected ${this.model.weights.length} weights, got ${values.length}`);
    this.model.tensorValues = values;
  }

  /** The state of the optimizer. */
  get memory(): Uint8Array {
    return optimizerBlob(this.backend, this.optimizer as Optimizer, this.learned);
  }

  /** Gives the model a new optimizer, which goes on from a state, if there is one. */
  begin(state: Uint8Array | undefined): void {
    this.optimizer = optimizerFrom(this.spec.optimizer as never).attach(this.model);
    if (state) restoreOptimizer(this.backend, this.optimizer, state);
  }

  /** One step along the sum of the gradients of batches. @throws NonFiniteError */
  step(gradients: Float32Array, batches: Batches): void {
    const { model, backend, spec } = this;
    backend.floats(model.gradients.slab, this.learned).set(gradients);
    const { batchSize } = spec.fit;
    const first = Math.min(batchSize, this.rowsOf(batches));
    const together = this.rowsOf(batches);
    const loss = this.options.loss as { divisor(rows: number, cols: number): number };
    // As fit does for batches that are together less than whole ones.
    const factor = loss.divisor(first, 1) / loss.divisor(together, 1);
    if (factor !== 1) model.gradients.scale(factor);
    (this.optimizer as Optimizer).step();
  }

  /** Takes a step on each batch. Returns the loss over all of them. @throws NonFiniteError */
  train(lesson: Lesson): Promise<number> {
    return this.fit(lesson, this.optimizer as Optimizer, undefined);
  }

  /**
   * The gradients of a batch, of a group of batches whose first one has `first` rows, and the loss over it.
   * @throws NonFiniteError
   */
  async gradients(lesson: Lesson, first: number): Promise<{ gradients: Float32Array; loss: number }> {
    const { model, backend, learned } = this;
    const size = this.rowsOf(lesson);
    let gradients: Float32Array | undefined;
    const taker = sgd();
    taker.update = () => {
      gradients = backend.floats(model.gradients.slab, learned).slice();
    };
    // -0 plus a number is that number, to the sign of a zero.
    if (size < first) backend.floats(model.gradients.slab, learned).fill(-0);
    const loss = await this.fit(lesson, taker, size < first ? first : undefined);
    if (!gradients) throw new Error("train expected a step of a batch, got none");
    return { gradients, loss };
  }

  private rowsOf({ begin, end }: Batches): number {
    const { batchSize } = this.spec.fit;
    return Math.min(end * batchSize, this.rows) - begin * batchSize;
  }

  /**
   * `fit` as it resumes an epoch that it was interrupted in. Where a group of batches has begun with one of
   * `first` rows, the terms of this one are divided by what the terms of that one are.
   */
  private async fit(lesson: Lesson, optimizer: Optimizer, first: number | undefined): Promise<number> {
    const { model, options, spec } = this;
    const { epoch, begin } = lesson;
    const { batchSize } = spec.fit;
    model.life = { epoch, step: begin };
    const group =
      first === undefined
        ? { waiting: 0, first: 0, together: 0 }
        : { waiting: 1, first, together: first - this.rowsOf(lesson) };
    const counted = { batches: undefined, batchSize, rows: 0, terms: 0, learningRate: 1 };
    model.progress = {
      epoch: 0,
      history: [],
      best: undefined,
      partial: { life: epoch, batch: begin, ...counted, ...group },
    };
    const { loss, classWeights } = options;
    const { epochs } = await model.fit(() => this.batches(lesson), {
      loss,
      ...(classWeights && { classWeights }),
      optimizer,
      batchSize,
      initialEpoch: 0,
      epochs: 1,
    });
    const [log] = epochs;
    if (!Number.isFinite(log.loss)) throw new NonFiniteError(`train: the loss is ${log.loss}`);
    return log.loss;
  }

  /** What comes before the batches is skipped by fit. */
  private *batches({ epoch, begin, end }: Lesson): Generator<Batch> {
    const none: Batch = [new Float32Array(0), new Float32Array(0)];
    for (let batch = 0; batch < begin; batch++) yield none;
    const { batchSize } = this.spec.fit;
    const order = this.orderOf(epoch);
    for (let batch = begin; batch < end; batch++)
      yield this.samples(order.subarray(batch * batchSize, (batch + 1) * batchSize));
  }

  private samples(rows: Int32Array): Batch {
    const { inputs, targets } = this;
    const size = inputs.length / targets.length;
    const x = new Float32Array(rows.length * size);
    const y = targets instanceof Int32Array ? new Int32Array(rows.length) : new Float32Array(rows.length);
    rows.forEach((row, i) => {
      x.set(inputs.subarray(row * size, (row + 1) * size), i * size);
      y[i] = targets[row];
    });
    return [x, y];
  }

  /** The order of the rows in an epoch, which is that of fit. */
  private orderOf(epoch: number): Int32Array {
    return this.orders.of(String(epoch), () => {
      const { backend, model, rows, spec } = this;
      const all = Int32Array.from({ length: rows }, (_, row) => row);
      if (!spec.fit.shuffle) return all;
      const address = model.lease.allocate(rows * 4);
      try {
        backend.integers(address, rows).set(all);
        new RandomStream(spec.seed, purposes.shuffle, epoch).shuffle(backend.kernels, address, rows);
        return backend.integers(address, rows).slice();
      } finally {
        model.lease.release(address);
      }
    });
  }
}
