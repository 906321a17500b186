import { checkNumber, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import { checkOneBackend } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { numericTargets } from "../losses/labels.js";
import type { Weights } from "../losses/loss.js";
import { numbersAt, sampleWeightsFrom, type TargetPlace } from "../losses/targets.js";
import { byLength } from "../network/lengths.js";
import type { Pass } from "../network/pass.js";
import { largest, Rows } from "../network/rows.js";
import type { AnyNetwork } from "../network/trainable.js";
import { type Head, perOutput } from "./objective.js";

/**
 * Inputs and targets up to this many bytes together are copied into linear memory once; larger ones batch by
 * batch.
 */
export const RESIDENT_BYTES = 256 * 1024 * 1024;

/** Numbers that are copied and looked through at once: a millisecond's work. */
const PIECE = 262_144;

/** Looks at samples that are in linear memory: those from `begin` on. */
type Check = (at: Pointer, samples: number, begin: number) => void;

/** What takes a batch: a pass, or who cuts it into pieces. */
export interface Taker {
  readonly inputs: Pass["inputs"];
  /** Those of the outputs, whose steps targets have. Undefined: all steps. */
  readonly masks?: Pass["masks"];
  readonly plan: Pick<Pass["plan"], "address" | "room" | "set">;
}

/** Those that are listed at `index` or, where that is 0, those from `begin`. */
const samplesAt = (host: Host, index: Pointer, begin: number, count: number): Int32Array =>
  index ? host.integers(index, count) : Int32Array.from({ length: count }, (_, i) => begin + i);

/** What samples have one row each of: inputs, targets or weights. */
class Part {
  /** Where all of them are copied to, and where those of a batch are put; 0 while there is no such place. */
  copied: Pointer = 0;
  batch: Pointer = 0;
  /** Where the rows are that were staged last. */
  staged: Pointer = 0;
  /** Whether all of them are in linear memory: copied there, or as a matrix that the caller keeps. */
  resident = false;

  constructor(
    private readonly host: Host,
    readonly what: string,
    readonly rows: Rows,
    readonly areLabels = false,
    private readonly check?: Check,
  ) {}

  /**
   * Where all of them are. The caller may dispose a matrix at any time: its pointer is asked for each time.
   */
  private get place(): Pointer {
    return this.rows.matrix ? this.rows.matrix.pointer : this.copied;
  }

  /**
   * Copies where there is room for all, and looks through them: a piece at each turn, which says how many
   * numbers that was. @throws ValueError
   */
  *read(who: string): Generator<number, void, void> {
    const { host, what, rows, areLabels } = this;
    const { cols } = rows;
    const most = Math.max(1, Math.floor(PIECE / cols));
    for (let begin = 0; begin < rows.rows; begin += most) {
      const end = Math.min(begin + most, rows.rows);
      const length = (end - begin) * cols;
      const at = this.resident ? this.place + begin * cols * 4 : host.scratch(length * 4);
      if (!this.resident || !rows.matrix) rows.copy(numbersAt(host, areLabels, at, length), begin, end);
      // Class indices were looked at before, and their bits are those of finite numbers.
      const index = host.kernels.firstNonFinite(at, length);
      if (index >= 0) {
        const value = host.floats(at, length)[index];
        throw new ValueError(
          `${who} expected finite ${what}, got ${value} at row ${begin + Math.floor(index / cols)}, column ${index % cols}`,
        );
      }
      this.check?.(at, end - begin, begin);
      yield length;
    }
  }

  /**
   * The address of `count` rows: those that are listed at `index` or, where that is 0, those from `begin`. Of
   * each its first `width` numbers.
   */
  stage(index: Pointer, begin: number, count: number, width = this.rows.cols): Pointer {
    this.staged =
      width < this.rows.cols ? this.cut(index, begin, count, width) : this.put(index, begin, count);
    return this.staged;
  }

  private cut(index: Pointer, begin: number, count: number, width: number): Pointer {
    const { host, rows, batch, areLabels, resident } = this;
    for (const [i, row] of samplesAt(host, index, begin, count).entries()) {
      const to = batch + i * width * 4;
      if (resident) host.kernels.copyRows(this.place + row * rows.cols * 4, to, 1, width, width, width);
      else rows.copyStart(numbersAt(host, areLabels, to, width), row, width);
    }
    return batch;
  }

  private put(index: Pointer, begin: number, count: number): Pointer {
    const { host, rows, batch, areLabels } = this;
    const { cols } = rows;
    if (this.resident) {
      if (!index) return this.place + begin * cols * 4;
      host.kernelsFor(count * cols).gather(this.place, index, batch, count, cols);
    } else if (index) {
      for (const [i, row] of host.integers(index, count).entries())
        rows.copy(numbersAt(host, areLabels, batch + i * cols * 4, cols), row, row + 1);
    } else rows.copy(numbersAt(host, areLabels, batch, count * cols), begin, begin + count);
    return batch;
  }
}

/** What a dataset is made of. */
export interface DatasetOptions extends Weights {
  /** The model's labels, where they are not yet its own. */
  readonly labels?: readonly string[] | undefined;
}

/** Samples with their targets and weights, from which batches are put where a network takes them. */
export class Dataset {
  readonly rows: number;
  /** For each output, the targets of the batch that was staged last. */
  readonly targets: readonly TargetPlace[];
  private readonly inputParts: readonly Part[];
  private readonly targetParts: readonly Part[];
  /** For each output the weights of its rows, and a 0 for each row that counts nothing. */
  private readonly weights: readonly (Part | undefined)[];
  private readonly real: readonly (Part | undefined)[];
  /** Where the rows of a batch of each output have what they count together; 0 where that is not needed. */
  private readonly together: Pointer[];
  private readonly parts: readonly Part[];
  private readonly blocks: Pointer[] = [];
  /** The steps of each sample without padding at its end; undefined where the model's plan has them all. */
  readonly lengths: Int32Array | undefined;
  /** Where samples are listed by their lengths; 0 without these. */
  private sorted: Pointer = 0;
  /** The rows of each output that a sample of the batch has which was staged last. */
  private readonly each: number[];

  /** @throws ShapeError, ValueError */
  constructor(
    private readonly who: string,
    private readonly model: AnyNetwork,
    private readonly heads: readonly Head[],
    x: unknown,
    y: unknown,
    { sampleWeights, classWeights, labels = model.labels }: DatasetOptions = {},
  ) {
    const { backend } = model;
    const inputs = model.rowsOf(x, `${who}: `);
    this.rows = inputs[0].rows;
    const given = perOutput(who, "targets", model, y);
    const sources = heads.map((head, i) => {
      const { loss, cols, name, range } = head;
      const where = heads.length > 1 ? `${who}: output ${name}` : who;
      const numbers = numericTargets(where, given[i], labels, loss, cols, range);
      const source = loss.source(`${where}: `, backend.own(numbers), head, range);
      if (source.rows.rows !== this.rows)
        throw new ShapeError(
          `${where} expected as many targets as inputs, got ${source.rows.rows} for ${this.rows}`,
        );
      if (source.rows.matrix) checkOneBackend(where, model, source.rows.matrix);
      return source;
    });
    this.targets = heads.map(() => ({ values: 0, labels: 0, weights: 0 }));
    this.inputParts = inputs.map(
      (rows, i) =>
        new Part(backend, "inputs", rows, false, (at, samples, begin) =>
          model.checkIndices(`${who}: `, i, at, samples, begin),
        ),
    );
    this.targetParts = sources.map(({ rows, areLabels }) => new Part(backend, "targets", rows, areLabels));
    const partOf = (what: string, values: Float32Array, each: number): Part =>
      new Part(backend, what, Rows.from(who, what, values, each));
    this.real = sources.map(({ real }, i) => real && partOf("rows that count", real, heads[i].each));
    if (classWeights !== undefined && heads.length > 1)
      throw new ValueError(
        `${who} expected sampleWeights instead of classWeights for ${heads.length} outputs`,
      );
    const ownWeights = backend.own(sampleWeights);
    this.weights = heads.map((head, i) => {
      if (sampleWeights === undefined && classWeights === undefined) return undefined;
      const { each } = head;
      const weights =
        sampleWeights === undefined
          ? new Float32Array(this.rows * each).fill(1)
          : sampleWeightsFrom(who, ownWeights, this.rows, each);
      if (classWeights !== undefined) weighByClass(who, weights, head, this.targetParts[i], classWeights);
      return partOf("weights", weights, each);
    });
    this.together = heads.map(() => 0);
    this.each = heads.map(({ each }) => each);
    this.lengths = model.lengths?.ofSamples(inputs);
    const others = [...this.weights, ...this.real].filter((part) => part !== undefined);
    this.parts = [...this.inputParts, ...this.targetParts, ...others];
  }

  /**
   * Makes room for the targets of a batch and, for more than one pass, for all that is small enough to be
   * copied into linear memory.
   */
  reserve(batchSize: number, passes: number): void {
    const copied = this.parts.filter(({ rows }) => !rows.matrix);
    const resident =
      passes > 1 &&
      copied.reduce((bytes, { rows }) => bytes + rows.rows * rows.cols * 4, 0) <= RESIDENT_BYTES;
    for (const part of this.parts) {
      part.resident = resident;
      if (resident && !part.rows.matrix) part.copied = this.allocate(this.rows * part.rows.cols);
      if (!this.inputParts.includes(part)) part.batch = this.allocate(batchSize * part.rows.cols);
    }
    for (const [i, { each }] of this.heads.entries())
      if (
        (this.model.maskedSteps(i) > 0 && (this.real[i] || this.weights[i])) ||
        (this.real[i] && this.weights[i])
      )
        this.together[i] = this.allocate(batchSize * each);
    if (this.lengths) this.sorted = this.allocate(this.rows);
  }

  /** The length of the plan for samples `begin` to begin + count - 1 of `order`. */
  lengthOf(order: Pointer, begin: number, count: number): number | undefined {
    const { lengths, model } = this;
    if (!lengths) return undefined;
    let most = 0;
    for (const sample of samplesAt(model.backend, order && order + begin * 4, begin, count))
      most = Math.max(most, lengths[sample]);
    return model.lengths?.ofPlan(most);
  }

  /**
   * Where those samples are listed from the shortest to the longest, until the next call; 0 if all are of one
   * length.
   */
  sort(order: Pointer, begin: number, count: number): Pointer {
    const { lengths, sorted, model } = this;
    if (!lengths) return 0;
    const samples = samplesAt(model.backend, order && order + begin * 4, begin, count);
    model.backend.integers(sorted, count).set(byLength(lengths, samples));
    return sorted;
  }

  /**
   * Looks through the inputs and targets and copies them where there is room for all: a piece at each turn of
   * the generator, which says how many numbers that was.
   * @throws ValueError when an input or target is NaN or infinite, with its place
   */
  *read(): Generator<number, void, void> {
    for (const part of this.parts) yield* part.read(this.who);
  }

  /**
   * Puts samples begin to begin + count - 1 of `order`, an array of row indices in linear memory, where a
   * pass takes a batch; with order = 0, those rows themselves. Their targets are at `targets` until the next
   * call.
   */
  stage({ plan, inputs, masks }: Taker, order: Pointer, begin: number, count: number): void {
    const { inputParts, targetParts, weights, real, targets, heads } = this;
    const index = order && order + begin * 4;
    for (let i = 0; i < targetParts.length; i++) {
      const part = targetParts[i];
      const target = targets[i];
      const each = masks?.[i]?.size ?? heads[i].each;
      this.each[i] = each;
      const at = part.stage(index, begin, count, (part.rows.cols / heads[i].each) * each);
      if (part.areLabels) target.labels = at;
      else target.values = at;
      target.weights = weights[i]?.stage(index, begin, count, each) ?? 0;
      real[i]?.stage(index, begin, count, each);
    }
    for (let i = 0; i < inputParts.length; i++) {
      inputParts[i].batch = plan.room(inputs[i]);
      plan.set(inputs[i], inputParts[i].stage(index, begin, count, inputs[i].size));
    }
  }

  /**
   * Weighs the rows of output `i` of the batch that was staged: those that its mask or its targets leave out
   * count nothing. Returns how many count. mask: [samples, steps], or 0 for none.
   */
  weigh(i: number, mask: Pointer, samples: number): number {
    const { kernels } = this.model.backend;
    const target = this.targets[i];
    const n = samples * this.each[i];
    const real = this.real[i]?.staged ?? 0;
    if (!mask && !real) return n;
    let counts = mask || real;
    if (mask && real) {
      kernels.hadamard(mask, real, this.together[i], n);
      counts = this.together[i];
    }
    const counted = kernels.sum(counts, n);
    if (target.weights) {
      kernels.hadamard(counts, target.weights, this.together[i], n);
      counts = this.together[i];
    }
    target.weights = counts;
    return counted;
  }

  /**
   * Where the rows of output `i` of the batch that was staged have a 0 if they count nothing; 0 if all do.
   */
  realAt(i: number): Pointer {
    return this.real[i]?.staged ?? 0;
  }

  release(): void {
    for (const block of this.blocks) this.model.lease.release(block);
    this.blocks.length = 0;
  }

  private allocate(length: number): Pointer {
    const block = this.model.lease.allocate(length * 4);
    this.blocks.push(block);
    return block;
  }
}

/** Multiplies each weight by that of its row's class. @throws ValueError, ShapeError */
function weighByClass(
  who: string,
  weights: Float32Array,
  { loss, each, cols }: Head,
  { rows, areLabels }: Part,
  given: NonNullable<Weights["classWeights"]>,
): void {
  const chooses = loss.choosesClass(cols);
  if (!chooses && cols > 1)
    throw new ValueError(
      `${who} expected sampleWeights instead of classWeights for ${cols} outputs of yes or no`,
    );
  const byClass = classWeightsFrom(who, given, chooses ? cols : 2);
  const sample = new Float32Array(rows.cols);
  const width = areLabels ? 1 : cols;
  for (let i = 0; i < weights.length; i++) {
    const at = (i % each) * width;
    if (at === 0) rows.copy(sample, i / each, i / each + 1);
    weights[i] *=
      byClass[areLabels ? sample[at] : chooses ? largest(sample, at, cols) : Number(sample[at] > 0.5)];
  }
}

/** @throws ShapeError, ValueError */
function classWeightsFrom(who: string, given: unknown, classes: number): Float32Array {
  if (given === null || typeof given !== "object")
    throw new ValueError(
      `${who} expected classWeights to be an array or a record of numbers, got ${show(given)}`,
    );
  if (Array.isArray(given) && given.length !== classes)
    throw new ShapeError(`${who} expected classWeights for ${classes} classes, got ${given.length}`);
  const weights = new Float32Array(classes).fill(1);
  for (const [key, weight] of Object.entries(given)) {
    const index = Number(key);
    if (!(Number.isInteger(index) && index >= 0 && index < classes)) {
      throw new ValueError(
        `${who} expected classWeights for classes from 0 to ${classes - 1}, got one for ${show(key)}`,
      );
    }
    checkNumber(who, `the weight of class ${index}`, weight, 0);
    weights[index] = weight;
  }
  return weights;
}
