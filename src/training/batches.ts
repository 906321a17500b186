import { checkNumber, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import { checkOneBackend } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { numericTargets } from "../nn/labels.js";
import { type Loss, numbersAt, sampleWeightsFrom, type TargetPlace, type Weights } from "../nn/loss.js";
import { largest, Rows } from "../nn/rows.js";
import type { TrainableNetwork } from "../nn/trainable.js";

/**
 * Inputs and targets up to this many bytes together are copied into linear memory once; larger ones batch by
 * batch.
 */
export const RESIDENT_BYTES = 256 * 1024 * 1024;

/** Numbers that are copied and looked through at once: a millisecond's work. */
const PIECE = 262_144;

/** What samples have one row each of: inputs, targets or weights. */
class Part {
  /** Where all of them are copied to, and where those of a batch are put; 0 while there is no such place. */
  copied: Pointer = 0;
  batch: Pointer = 0;
  /** Whether all of them are in linear memory: copied there, or as a matrix that the caller keeps. */
  resident = false;

  constructor(
    private readonly host: Host,
    readonly what: string,
    readonly rows: Rows,
    private readonly areLabels = false,
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
      yield length;
    }
  }

  /**
   * The address of `count` rows: those that are listed at `index` or, where that is 0, those from `begin`.
   */
  stage(index: Pointer, begin: number, count: number): Pointer {
    const { host, rows, batch, areLabels } = this;
    const { cols } = rows;
    if (this.resident) {
      if (!index) return this.place + begin * cols * 4;
      host.kernels.gather(this.place, index, batch, count, cols);
    } else if (index) {
      for (const [i, row] of host.integers(index, count).entries())
        rows.copy(numbersAt(host, areLabels, batch + i * cols * 4, cols), row, row + 1);
    } else rows.copy(numbersAt(host, areLabels, batch, count * cols), begin, begin + count);
    return batch;
  }
}

/** Samples with their targets and weights, from which batches are put where a network takes them. */
export class Dataset {
  readonly rows: number;
  /** The targets of the batch that was staged last. */
  readonly target: TargetPlace = { values: 0, labels: 0, weights: 0 };
  private readonly inputs: Part;
  private readonly targets: Part;
  private readonly weights: Part | undefined;
  private readonly parts: Part[];
  private readonly areLabels: boolean;
  private readonly blocks: Pointer[] = [];

  /** @throws ShapeError, ValueError */
  constructor(
    private readonly who: string,
    private readonly model: TrainableNetwork,
    loss: Loss,
    x: unknown,
    y: unknown,
    { sampleWeights, classWeights, labels = model.labels }: Weights & { labels?: readonly string[] } = {},
  ) {
    const { backend, outputSize, outputRange: range } = model;
    const inputs = model.rowsOf(x, `${who}: `);
    const numbers = numericTargets(who, y, labels, loss, outputSize, range);
    const { rows: targets, areLabels } = loss.source(`${who}: `, backend.own(numbers), outputSize, range);
    this.rows = inputs.rows;
    this.areLabels = areLabels;
    if (targets.rows !== this.rows)
      throw new ShapeError(`${who} expected as many targets as inputs, got ${targets.rows} for ${this.rows}`);
    if (targets.matrix) checkOneBackend(who, model, targets.matrix);
    this.inputs = new Part(backend, "inputs", inputs);
    this.targets = new Part(backend, "targets", targets, areLabels);
    this.parts = [this.inputs, this.targets];
    if (sampleWeights === undefined && classWeights === undefined) return;
    const weights =
      sampleWeights === undefined
        ? new Float32Array(this.rows).fill(1)
        : sampleWeightsFrom(who, backend.own(sampleWeights), this.rows);
    if (classWeights !== undefined) this.weighByClass(weights, loss, classWeights);
    this.weights = new Part(backend, "weights", Rows.from(who, "weights", weights, 1));
    this.parts.push(this.weights);
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
      if (part !== this.inputs) part.batch = this.allocate(batchSize * part.rows.cols);
    }
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
   * Puts samples begin to begin + count - 1 of `order`, an array of row indices in linear memory, where the
   * model takes a batch; with order = 0, those rows themselves. Returns the address of the inputs; the
   * targets are at `target` until the next call.
   */
  stage(order: Pointer, begin: number, count: number): Pointer {
    const { inputs, targets, weights, target } = this;
    const index = order && order + begin * 4;
    inputs.batch = this.model.arena.input;
    target[this.areLabels ? "labels" : "values"] = targets.stage(index, begin, count);
    if (weights) target.weights = weights.stage(index, begin, count);
    return inputs.stage(index, begin, count);
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

  /** Multiplies each weight by that of its sample's class. @throws ValueError, ShapeError */
  private weighByClass(weights: Float32Array, loss: Loss, given: NonNullable<Weights["classWeights"]>): void {
    const { who, areLabels } = this;
    const { rows } = this.targets;
    const { outputSize } = this.model;
    const chooses = loss.choosesClass(outputSize);
    if (!chooses && outputSize > 1)
      throw new ValueError(
        `${who} expected sampleWeights instead of classWeights for ${outputSize} outputs of yes or no`,
      );
    const byClass = classWeightsFrom(who, given, chooses ? outputSize : 2);
    const row = new Float32Array(rows.cols);
    for (let i = 0; i < this.rows; i++) {
      rows.copy(row, i, i + 1);
      weights[i] *=
        byClass[areLabels ? row[0] : chooses ? largest(row, 0, row.length) : Number(row[0] > 0.5)];
    }
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
