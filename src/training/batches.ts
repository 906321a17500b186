import { checkNumber, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import { checkOneBackend } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { type Loss, sampleWeightsFrom, type TargetPlace, type TargetSource, type Weights } from "../nn/loss.js";
import type { Network } from "../nn/network.js";
import { largest, type Rows } from "../nn/rows.js";

/** Inputs and targets up to this many bytes together are copied into linear memory once; larger ones batch by batch. */
export const RESIDENT_BYTES = 256 * 1024 * 1024;

/** Numbers that are copied and looked through at once: a millisecond's work. */
const PIECE = 262_144;

/** Samples with their targets and weights, from which batches are put where a network takes them. */
export class Dataset {
  readonly rows: number;
  private readonly backend: Host;
  private readonly inputs: Rows;
  private readonly targets: TargetSource;
  private readonly targetCols: number;
  /** Whether all of them are in linear memory: copied there, or as matrices that the caller keeps. */
  private resident = false;
  private copiedInputs: Pointer = 0;
  private copiedTargets: Pointer = 0;
  /** Where the targets of a batch are gathered. */
  private batchTargets: Pointer = 0;
  private readonly blocks: Pointer[] = [];
  private readonly weights: Float32Array | undefined;
  private copiedWeights: Pointer = 0;
  private batchWeights: Pointer = 0;
  private readonly place = { values: 0, labels: 0, weights: 0 };

  /** @throws ShapeError, ValueError */
  constructor(
    private readonly who: string,
    private readonly model: Network,
    loss: Loss,
    x: unknown,
    y: unknown,
    { sampleWeights, classWeights }: Weights = {},
  ) {
    this.backend = model.backend;
    this.inputs = model.rowsOf(x, `${who}: `);
    this.targets = loss.source(`${who}: `, model.backend.own(y), model.outputSize);
    this.rows = this.inputs.rows;
    const targetRows = "values" in this.targets ? this.targets.values.rows : this.targets.rows;
    if (targetRows !== this.rows) throw new ShapeError(`${who} expected as many targets as inputs, got ${targetRows} for ${this.rows}`);
    if ("values" in this.targets && this.targets.values.matrix) checkOneBackend(who, model, this.targets.values.matrix);
    this.targetCols = "values" in this.targets ? model.outputSize : 1;
    if (sampleWeights !== undefined || classWeights !== undefined) {
      this.weights = sampleWeights === undefined ? new Float32Array(this.rows).fill(1) : sampleWeightsFrom(who, model.backend.own(sampleWeights), this.rows);
      if (classWeights !== undefined) this.weighByClass(this.weights, loss, classWeights);
    }
  }

  /** Makes room for the targets of a batch and, for more than one pass, for all that is small enough to be copied into linear memory. */
  reserve(batchSize: number, passes: number): void {
    const bytes = (this.inputs.matrix ? 0 : this.rows * this.inputs.cols * 4) + this.rows * this.targetCols * 4;
    if (passes > 1 && bytes <= RESIDENT_BYTES) {
      this.resident = true;
      if (!this.inputs.matrix) this.copiedInputs = this.allocate(this.rows * this.inputs.cols);
      if (!("values" in this.targets && this.targets.values.matrix)) this.copiedTargets = this.allocate(this.rows * this.targetCols);
    }
    this.batchTargets = this.allocate(batchSize * this.targetCols);
    if (!this.weights) return;
    this.copiedWeights = this.allocate(this.rows);
    this.backend.floats(this.copiedWeights, this.rows).set(this.weights);
    this.batchWeights = this.allocate(batchSize);
  }

  /**
   * Looks through the inputs and targets and copies them where there is room for all: a piece at each turn of the generator, which says how many
   * numbers that was.
   * @throws ValueError when an input or target is NaN or infinite, with its place
   */
  *read(): Generator<number, void, void> {
    yield* this.readRows("inputs", this.inputs, () => (this.resident ? this.inputsAt : 0));
    if ("values" in this.targets) {
      yield* this.readRows("targets", this.targets.values, () => (this.resident ? this.targetsAt : 0));
    } else if (this.resident) {
      this.backend.integers(this.copiedTargets, this.rows).set(this.targets.labels);
      yield this.rows;
    }
  }

  /**
   * Puts samples begin to begin + count - 1 of `order`, an array of row indices in linear memory, where the model takes a batch; with
   * order = 0, those rows themselves. Returns the address of the inputs; the targets are at `target` until the next call.
   */
  stage(order: Pointer, begin: number, count: number): Pointer {
    const { kernels } = this.backend;
    const { input } = this.model.arena;
    const { cols } = this.inputs;
    const index = order ? order + begin * 4 : 0;
    if (this.weights) {
      if (index) kernels.gather(this.copiedWeights, index, this.batchWeights, count, 1);
      this.place.weights = index ? this.batchWeights : this.copiedWeights + begin * 4;
    }
    if (this.resident) {
      const { inputsAt, targetsAt } = this;
      let x = inputsAt + begin * cols * 4;
      let t = targetsAt + begin * this.targetCols * 4;
      if (index) {
        kernels.gather(inputsAt, index, input, count, cols);
        kernels.gather(targetsAt, index, this.batchTargets, count, this.targetCols);
        x = input;
        t = this.batchTargets;
      }
      this.pointTo(t);
      return x;
    }
    const indices = index ? this.backend.integers(index, count) : undefined;
    this.copyBatch(this.inputs, input, indices, begin, count);
    if ("values" in this.targets) {
      this.copyBatch(this.targets.values, this.batchTargets, indices, begin, count);
    } else {
      const to = this.backend.integers(this.batchTargets, count);
      for (let i = 0; i < count; i++) to[i] = this.targets.labels[indices ? indices[i] : begin + i];
    }
    this.pointTo(this.batchTargets);
    return input;
  }

  /** The targets of the batch that was staged last. */
  get target(): TargetPlace {
    return this.place;
  }

  release(): void {
    for (const block of this.blocks) this.backend.release(block);
    this.blocks.length = 0;
  }

  private pointTo(targets: Pointer): void {
    if ("values" in this.targets) this.place.values = targets;
    else this.place.labels = targets;
  }

  private allocate(words: number): Pointer {
    const block = this.backend.allocate(words * 4);
    this.blocks.push(block);
    return block;
  }

  /** @throws DisposedError when the caller has disposed the matrix */
  private get inputsAt(): Pointer {
    return this.inputs.matrix ? this.inputs.matrix.pointer : this.copiedInputs;
  }

  private get targetsAt(): Pointer {
    return "values" in this.targets && this.targets.values.matrix ? this.targets.values.matrix.pointer : this.copiedTargets;
  }

  private copyBatch(rows: Rows, to: Pointer, indices: Int32Array | undefined, begin: number, count: number): void {
    if (!indices) {
      rows.copy(this.backend.floats(to, count * rows.cols), begin, begin + count);
      return;
    }
    for (let i = 0; i < count; i++) rows.copy(this.backend.floats(to + i * rows.cols * 4, rows.cols), indices[i], indices[i] + 1);
  }

  /** Multiplies each weight by that of its sample's class. @throws ValueError, ShapeError */
  private weighByClass(weights: Float32Array, loss: Loss, given: NonNullable<Weights["classWeights"]>): void {
    const { who, targets, targetCols: cols } = this;
    const chooses = loss.choosesClass(this.model.outputSize);
    if (!chooses && cols > 1) throw new ValueError(`${who} expected sampleWeights instead of classWeights for ${cols} outputs of yes or no`);
    const byClass = classWeightsFrom(who, given, chooses ? this.model.outputSize : 2);
    const row = new Float32Array(cols);
    for (let i = 0; i < this.rows; i++) {
      let index: number;
      if ("values" in targets) {
        targets.values.copy(row, i, i + 1);
        index = chooses ? largest(row, 0, cols) : Number(row[0] > 0.5);
      } else index = targets.labels[i];
      weights[i] *= byClass[index];
    }
  }

  /** `place`: where the rows stand, or are to stand, in linear memory; 0 when they do not. Asked for each piece: the caller may dispose a matrix meanwhile. */
  private *readRows(what: string, rows: Rows, place: () => Pointer): Generator<number, void, void> {
    const { backend } = this;
    const { cols } = rows;
    const most = Math.max(1, Math.floor(PIECE / cols));
    for (let begin = 0; begin < rows.rows; begin += most) {
      const end = Math.min(begin + most, rows.rows);
      const length = (end - begin) * cols;
      const resident = place();
      const at = resident ? resident + begin * cols * 4 : backend.scratch(length * 4);
      if (!resident || !rows.matrix) rows.copy(backend.floats(at, length), begin, end);
      const index = backend.kernels.firstNonFinite(at, length);
      if (index >= 0) {
        const value = backend.floats(at, length)[index];
        throw new ValueError(`${this.who} expected finite ${what}, got ${value} at row ${begin + Math.floor(index / cols)}, column ${index % cols}`);
      }
      yield length;
    }
  }
}

/** @throws ShapeError, ValueError */
function classWeightsFrom(who: string, given: unknown, classes: number): Float32Array {
  if (given === null || typeof given !== "object")
    throw new ValueError(`${who} expected classWeights to be an array or a record of numbers, got ${show(given)}`);
  if (Array.isArray(given) && given.length !== classes) throw new ShapeError(`${who} expected classWeights for ${classes} classes, got ${given.length}`);
  const weights = new Float32Array(classes).fill(1);
  for (const [key, weight] of Object.entries(given)) {
    const index = Number(key);
    if (!(Number.isInteger(index) && index >= 0 && index < classes)) {
      throw new ValueError(`${who} expected classWeights for classes from 0 to ${classes - 1}, got one for ${show(key)}`);
    }
    checkNumber(who, `the weight of class ${index}`, weight, 0);
    weights[index] = weight;
  }
  return weights;
}
