import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Pointer } from "../core/kernels.js";
import type { AbortSignalLike } from "../core/platform.js";
import { purposes, RandomStream } from "../core/random.js";
import type { Weights } from "../losses/loss.js";
import type { TargetPlace } from "../losses/targets.js";
import { byLength } from "../network/lengths.js";
import type { Augmenter } from "./augmenter.js";
import { Dataset, type Taker } from "./batches.js";
import type { Head } from "./objective.js";
import type { Batch, Batches } from "./options.js";
import type { TrainedModel } from "./state.js";
import type { Yielder } from "./yield.js";

/** Batches that are sorted by length at a time. */
const GROUP = 50;

/** The source of an epoch's batches. */
export interface BatchSource {
  /** How many an epoch has, and of how many samples, where that is known before its end. */
  readonly batches: number | undefined;
  /** Begins epoch `epoch` of a call of fit, which is epoch `life` of the model's life; both count from 0. */
  begin(life: number, epoch: number): void;
  /** Skips the first batches of the epoch, which an earlier run trained on: `samples` samples in all. */
  skip(batches: number, rows: number): void | Promise<void>;
  /** Goes on to the next batch: its samples, 0 at the end of the epoch. */
  advance(): number | Promise<number>;
  /** Puts that batch where a pass takes it; its targets are at `targets`, for each output. */
  stage(pass: Taker): void;
  readonly targets: readonly TargetPlace[];
  /** The length of the plan for that batch: see Lengths. */
  readonly length: number | undefined;
  /**
   * Weighs the rows of an output of that batch by its mask, and returns how many count: see Dataset.weigh.
   */
  weigh(output: number, mask: Pointer, samples: number): number;
  /** Where that batch has a 0 for each row of an output that counts nothing: see Dataset.realAt. */
  realAt(output: number): Pointer;
  /** Ends an epoch, wherever it is. */
  end(): void | Promise<void>;
}

/** Batches of a dataset whose rows are at hand, in another order each epoch of the model's life. */
export class ShuffledBatches implements BatchSource {
  readonly batches: number;
  private begun = 0;
  private size = 0;

  constructor(
    private readonly data: Dataset,
    private readonly order: Order,
    private readonly batchSize: number,
    private readonly augmenter: Augmenter | undefined,
    /** Whether a batch has samples of similar lengths. */
    private readonly isGrouped: boolean,
  ) {
    this.batches = Math.ceil(order.training.length / batchSize);
  }

  begin(life: number): void {
    this.begun = 0;
    this.size = 0;
    const { order, data, batchSize } = this;
    order.shuffle(life);
    if (this.isGrouped && data.lengths) order.group(data.lengths, batchSize, life);
    this.augmenter?.begin(life);
  }

  skip(batches: number): void {
    this.begun = Math.min(batches * this.batchSize, this.order.training.length);
  }

  advance(): number {
    this.begun += this.size;
    this.size = Math.min(this.batchSize, this.order.training.length - this.begun);
    return this.size;
  }

  stage(pass: Taker): void {
    const { data, order, augmenter, begun, size } = this;
    data.stage(pass, order.address, begun, size);
    augmenter?.change(pass, order.rows(begun, size));
  }

  get targets(): readonly TargetPlace[] {
    return this.data.targets;
  }

  get length(): number | undefined {
    return this.data.lengthOf(this.order.address, this.begun, this.size);
  }

  weigh(output: number, mask: Pointer, samples: number): number {
    return this.data.weigh(output, mask, samples);
  }

  realAt(output: number): Pointer {
    return this.data.realAt(output);
  }

  end(): void {}
}

/**
 * The order in which an epoch takes the samples, in linear memory: those to train on, then those to validate
 * on.
 */
export class Order {
  readonly training: Int32Array;
  readonly validation: Int32Array;
  readonly address: Pointer;

  /**
   * Holds out a fraction of the rows, the last of a permutation. @throws ValueError when that leaves none on
   * a side
   */
  constructor(
    private readonly model: TrainedModel,
    rows: number,
    fraction: number,
    private readonly shuffled: boolean,
  ) {
    if (rows === 0) throw new ValueError("fit expected at least one sample, got none");
    const { backend, seed } = model;
    const held = Math.round(rows * fraction);
    if (fraction > 0 && held === 0)
      throw new ValueError(
        `fit expected validationSplit to leave a sample to validate on, got ${fraction} of ${rows}`,
      );
    if (held === rows)
      throw new ValueError(
        `fit expected validationSplit to leave a sample to train on, got ${fraction} of ${rows}`,
      );
    this.address = model.lease.allocate(rows * 4);
    const all = Int32Array.from({ length: rows }, (_, row) => row);
    backend.integers(this.address, rows).set(all);
    if (held > 0) new RandomStream(seed, purposes.split, 0).shuffle(backend.kernels, this.address, rows);
    const order = backend.integers(this.address, rows);
    order.subarray(0, rows - held).sort();
    this.training = order.slice(0, rows - held);
    this.validation = order.slice(rows - held);
  }

  /** The order of an epoch of the model's life is a function of the seed and the epoch. */
  shuffle(epoch: number): void {
    if (!this.shuffled) return;
    const { address, training } = this;
    const { backend, seed } = this.model;
    backend.integers(address, training.length).set(training);
    new RandomStream(seed, purposes.shuffle, epoch).shuffle(backend.kernels, address, training.length);
  }

  /**
   * Puts samples of similar lengths into one batch: sorts GROUP batches of the order at a time by length,
   * then shuffles the whole batches by the seed and the epoch.
   */
  group(lengths: Int32Array, batchSize: number, epoch: number): void {
    const { training, model, shuffled } = this;
    const { backend, seed } = model;
    const n = training.length;
    const sorted = new Int32Array(n);
    for (let begin = 0; begin < n; begin += GROUP * batchSize) {
      const some = this.rows(begin, Math.min(GROUP * batchSize, n - begin));
      sorted.set(byLength(lengths, some), begin);
    }
    const whole = Math.floor(n / batchSize);
    const places = this.rows(0, n);
    places.set(sorted);
    if (!shuffled) return;
    const numbers = Int32Array.from({ length: whole }, (_, batch) => batch);
    this.rows(0, whole).set(numbers);
    new RandomStream(seed, purposes.group, epoch).shuffle(backend.kernels, this.address, whole);
    numbers.set(this.rows(0, whole));
    places.set(sorted);
    numbers.forEach((batch, i) => {
      places.set(sorted.subarray(batch * batchSize, (batch + 1) * batchSize), i * batchSize);
    });
  }

  /** `count` rows of the order from `begin`. */
  rows(begin: number, count: number): Int32Array {
    return this.model.backend.integers(this.address + begin * 4, count);
  }

  release(): void {
    this.model.lease.release(this.address);
  }
}

/** Batches as an iterable gives them. */
export class StreamedBatches implements BatchSource {
  readonly batches = undefined;
  private iterator: Iterator<Batch> | AsyncIterator<Batch> | undefined;
  private batch: Dataset | undefined;
  private epoch = 0;
  private any = false;
  /** The samples of the epoch that came before this batch. */
  private before = 0;
  /** Whether a batch was asked for and has not come. */
  private waiting = false;

  constructor(
    private readonly model: TrainedModel,
    private readonly heads: readonly Head[],
    private readonly given: Batches,
    private readonly classWeights: Weights["classWeights"],
    private readonly signal: AbortSignalLike | undefined,
    private readonly augmenter: Augmenter | undefined,
  ) {}

  begin(life: number, epoch: number): void {
    const batches: unknown = typeof this.given === "function" ? this.given(life) : this.given;
    if (!isIterable(batches))
      throw new ValueError(
        `fit expected batches, an iterable of [x, y] or a function that returns one, got ${show(batches)}`,
      );
    this.iterator =
      Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
    this.epoch = epoch + 1;
    this.any = false;
    this.before = 0;
    this.augmenter?.begin(life);
  }

  async skip(batches: number, rows: number): Promise<void> {
    for (let batch = 0; batch < batches; batch++) if ((await this.next())?.done) return;
    this.any = true;
    this.before = rows;
  }

  private async next(): Promise<IteratorResult<Batch> | undefined> {
    this.waiting = true;
    const next = await orAborted(this.iterator?.next(), this.signal);
    this.waiting = false;
    return next;
  }

  async advance(): Promise<number> {
    this.before += this.batch?.rows ?? 0;
    this.release();
    const next = await this.next();
    if (!next || next.done) {
      this.iterator = undefined;
      if (!this.any)
        throw new ValueError(
          `fit expected a batch in epoch ${this.epoch}, got none: a generator gives its batches once, a function that makes one each epoch`,
        );
      return 0;
    }
    const batch: unknown = next.value;
    if (!Array.isArray(batch) || batch.length < 2 || batch.length > 3)
      throw new ValueError(
        `fit expected each batch to be [x, y] or [x, y, sampleWeights], got ${show(batch)}`,
      );
    this.batch = new Dataset("fit", this.model, this.heads, batch[0], batch[1], {
      sampleWeights: batch[2],
      classWeights: this.classWeights,
    });
    if (this.batch.rows === 0)
      throw new ValueError("fit expected a batch to have at least one sample, got none");
    this.batch.reserve(this.batch.rows, 1);
    for (const _ of this.batch.read());
    this.any = true;
    return this.batch.rows;
  }

  stage(pass: Taker): void {
    const { before, augmenter, current } = this;
    const { rows } = current;
    current.stage(pass, 0, 0, rows);
    augmenter?.change(
      pass,
      Int32Array.from({ length: rows }, (_, i) => before + i),
    );
  }

  get targets(): readonly TargetPlace[] {
    return this.current.targets;
  }

  get length(): number | undefined {
    return this.current.lengthOf(0, 0, this.current.rows);
  }

  weigh(output: number, mask: Pointer, samples: number): number {
    return this.current.weigh(output, mask, samples);
  }

  realAt(output: number): Pointer {
    return this.current.realAt(output);
  }

  async end(): Promise<void> {
    this.release();
    const { iterator } = this;
    this.iterator = undefined;
    const closed = Promise.resolve(iterator?.return?.());
    // A generator that is stuck before its next batch cannot be closed.
    if (this.waiting) closed.catch(() => {});
    else await closed;
  }

  private release(): void {
    this.batch?.release();
    this.batch = undefined;
  }

  private get current(): Dataset {
    return this.batch as Dataset;
  }
}

const isIterable = (x: unknown): x is Iterable<Batch> | AsyncIterable<Batch> =>
  x !== null && typeof x === "object" && (Symbol.asyncIterator in x || Symbol.iterator in x);

/** Whether these can be batches. */
export const isBatches = (x: unknown): x is Batches => typeof x === "function" || isIterable(x);

/** Reads a dataset, and yields to the event loop. */
export async function readAll(
  data: Dataset,
  yielder: Yielder,
  model: TrainedModel,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  for (const numbers of data.read()) {
    if (!yielder.due(numbers)) continue;
    await yielder.yield();
    model.check();
    signal?.throwIfAborted();
  }
}

/** What is waited for, or the reason of a signal that aborts before that. */
async function orAborted<Value>(
  value: Value | Promise<Value>,
  signal: AbortSignalLike | undefined,
): Promise<Value> {
  if (!signal) return value;
  // What gives the value may itself have aborted the signal, and then throw: nothing waits for that.
  Promise.resolve(value).catch(() => {});
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
