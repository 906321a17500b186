import { Backend, checkOneBackend } from "../core/backend.js";
import { checkCount, checkOptions, checkShape, show } from "../core/check.js";
import { BusyError, DisposedError, ShapeError, ValueError } from "../core/errors.js";
import type { Pointer } from "../core/kernels.js";
import { Matrix, type Owner } from "../core/matrix.js";
import { purposes, RandomStream } from "../core/random.js";
import { Arena } from "./arena.js";
import { initialize } from "./initializer.js";
import { type Layer, type LayerSpec, sizeOf } from "./layers/layer.js";
import { Rows, type Samples } from "./rows.js";

export interface NetworkOptions {
  /** The shape of one sample, without the batch; a number n stands for [n]. */
  inputShape: number | readonly number[];
  /** The layers in order, from dense(...), activation(...). */
  layers: readonly LayerSpec[];
  /** What the initial weights, and in training the shuffles, are a function of: any safe integer. Default 0. */
  seed?: number;
}

export interface Parameter {
  /** The layer's name, or its index, and the parameter's: "0.weight". */
  readonly name: string;
  /** Owned by the model. */
  readonly value: Matrix;
  /** d loss / d value since the last zeroGradients(), of the same shape. Owned by the model. */
  readonly gradient: Matrix;
}

/** What a model tells of the optimizer that is attached to it, so that it can give its memory back. @internal */
export interface Attachment {
  detach(): void;
}

/** Tensors start at multiples of 16 bytes in a slab. */
const aligned = (floats: number): number => Math.ceil(floats / 4) * 4;

/** @internal Rows that go through the network at once in predict and evaluate: enough to keep the kernels busy, and bounded memory. */
export const CHUNK = 256;

/** Layers in a row, each one's output the next one's input, with the memory that they work in. */
export class Network {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly seed: number;
  /** @internal */
  readonly inputSize: number;
  /** @internal */
  readonly outputSize: number;
  /** @internal Floats of each parameter slab. */
  readonly slabLength: number;
  /** @internal The optimizer that has memory for this model. */
  attached: Attachment | undefined;
  /** @internal Set while fit runs. */
  busy = false;
  /** @internal Where the activations of a batch and their gradients stand. */
  readonly arena: Arena;

  private readonly layers: readonly Layer[];
  /** Where each layer's parameters begin in a slab, in floats. */
  private readonly offsets: readonly (readonly number[])[];
  private readonly names: readonly string[];
  private readonly slab: Pointer;
  private gradientSlab: Pointer = 0;
  private readonly slabOwner: Owner;
  private readonly outputOwner: Owner;
  /** The input of the last forward for training: backward needs it where it is. */
  private trained: { x: Matrix | undefined; address: Pointer; rows: number; logits: boolean } | undefined;

  /** @throws ValueError, ShapeError, OutOfMemoryError */
  constructor(
    readonly backend: Backend,
    options: NetworkOptions,
  ) {
    const who = "network";
    if (!(backend instanceof Backend)) throw new ValueError(`${who} expected a backend, from createBackend(), got ${show(backend)}`);
    backend.check();
    checkOptions(who, options ?? null, ["inputShape", "layers", "seed"]);
    const { inputShape, layers, seed = 0 } = options;
    this.inputShape = typeof inputShape === "number" ? [inputShape] : [...checkArray(who, "inputShape", inputShape)];
    if (this.inputShape.length === 0) throw new ValueError(`${who} expected inputShape to have at least one size, got []`);
    for (const size of this.inputShape) checkCount(who, "a size in inputShape", size);
    if (!Number.isSafeInteger(seed)) throw new ValueError(`${who} expected seed to be a safe integer, got ${show(seed)}`);
    if (checkArray(who, "layers", layers).length === 0) throw new ValueError(`${who} expected at least one layer, got none`);
    this.seed = seed;

    const built: Layer[] = [];
    let shape = this.inputShape;
    for (const spec of layers) {
      if (typeof spec?.build !== "function") throw new ValueError(`${who} expected layers such as dense(10), got ${show(spec)}`);
      const layer = spec.build(backend, shape);
      built.push(layer);
      shape = layer.outputShape;
    }
    this.layers = built;
    this.outputShape = shape;
    this.inputSize = sizeOf(this.inputShape);
    this.outputSize = sizeOf(shape);

    let length = 0;
    const names: string[] = [];
    this.offsets = built.map((layer, i) =>
      layer.parameters.map(({ name, rows, cols }) => {
        names.push(`${layers[i].name ?? i}.${name}`);
        const offset = length;
        length += aligned(rows * cols);
        return offset;
      }),
    );
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice) throw new ValueError(`${who}: two parameters are called ${twice}; give the layers different names`);
    this.names = names;
    this.slabLength = length;
    this.slab = backend.allocate(length * 4);
    this.slabOwner = { generation: 0, gone: "belonged to a model that was disposed", keeper: "its model" };
    this.outputOwner = { generation: 0, gone: "was the output of a model that has run again or was disposed since", keeper: "its model", readOnly: true };
    this.arena = new Arena(backend, this.inputSize, built);
    this.initialize();
  }

  /** The tensors that the model learns, in order, with their gradients. @throws DisposedError */
  get parameters(): Parameter[] {
    this.check();
    this.needGradients();
    let next = 0;
    return this.layers.flatMap((layer, i) =>
      layer.parameters.map(({ rows, cols }, j) => {
        const at = this.offsets[i][j] * 4;
        const matrix = (slab: Pointer) => new Matrix(this.backend, slab + at, rows, cols, this.slabOwner);
        return { name: this.names[next++], value: matrix(this.slab), gradient: matrix(this.gradientSlab) };
      }),
    );
  }

  /** Tensors that the model keeps and does not learn by gradients, such as running statistics. */
  get buffers(): { name: string; value: Matrix }[] {
    this.check();
    return [];
  }

  /** The number of values that the model learns. */
  get parameterCount(): number {
    return this.layers.reduce((sum, layer) => sum + layer.parameters.reduce((inLayer, { rows, cols }) => inLayer + rows * cols, 0), 0);
  }

  /**
   * The output for a batch. x: [batch, inputs], result: [batch, outputs], owned by the model and good until its next forward, predict,
   * evaluate, fit or dispose. With `training`, what backward() needs is kept; a Matrix x must then live unchanged until that.
   * @throws ShapeError, ValueError, DisposedError, BusyError when training while fit runs
   */
  forward(x: Samples, options: { training?: boolean } = {}): Matrix {
    this.check();
    const who = "forward";
    checkOptions(who, options, ["training"]);
    const training = options.training ?? false;
    if (training) this.checkIdle(who);
    const rows = this.rowsOf(x);
    const given = rows.matrix?.pointer;
    this.reserve(rows.rows, training);
    const address = given ?? this.arena.input;
    if (!rows.matrix) rows.copy(this.backend.floats(address, rows.rows * this.inputSize), 0, rows.rows);
    const output = this.run(address, rows.rows, training, false);
    if (training && this.trained) this.trained.x = rows.matrix;
    return new Matrix(this.backend, output, rows.rows, this.outputSize, this.outputOwner);
  }

  /**
   * Backpropagation: adds d loss / d parameter to every parameter's gradient.
   * dOut: d loss / d output of the last forward(x, { training: true }), [batch, outputs]. Returns d loss / d x, [batch, inputs], owned by the model
   * and good until it runs again, when `inputGradient` asks for it.
   * @throws ShapeError, DisposedError, BusyError while fit runs, ValueError without such a forward
   */
  backward(dOut: Matrix, options: { inputGradient?: boolean } = {}): Matrix | undefined {
    this.check();
    this.checkIdle("backward");
    checkOptions("backward", options, ["inputGradient"]);
    const { inputGradient = false } = options;
    if (!this.trained) throw new ValueError("backward needs a forward(x, { training: true }) before it, with no predict, evaluate or fit in between");
    checkOneBackend("backward", this, dOut);
    checkShape("backward", "dOut", dOut, this.trained.rows, this.outputSize);
    const { x, rows } = this.trained;
    if (x && x.pointer !== this.trained.address) throw new DisposedError("backward: the x of the last forward has moved");
    this.needGradients();
    const dx = this.runBackward(dOut.pointer, inputGradient, true);
    return inputGradient ? new Matrix(this.backend, dx, rows, this.inputSize, this.outputOwner) : undefined;
  }

  /** Sets every gradient to 0. @throws DisposedError, BusyError while fit runs */
  zeroGradients(): void {
    this.check();
    this.checkIdle("zeroGradients");
    this.needGradients();
    this.backend.kernels.zero(this.gradientSlab, this.slabLength);
  }

  /**
   * The outputs for any number of samples, as the last layer gives them, row by row.
   * x: [rows, inputs]; result: rows x outputs, in `out` when that is given.
   * @throws ShapeError, ValueError, DisposedError
   */
  predict(x: Samples, options: { out?: Float32Array } = {}): Float32Array {
    this.check();
    checkOptions("predict", options, ["out"]);
    const rows = this.rowsOf(x);
    const length = rows.rows * this.outputSize;
    const out = options.out ?? new Float32Array(length);
    if (this.backend.holds(out))
      throw new ValueError("predict expected out to be an array of its own: a view of linear memory, such as matrix.data, may be detached");
    if (Object.prototype.toString.call(out) !== "[object Float32Array]" || out.length !== length) {
      throw new ShapeError(`predict expected out to be a Float32Array of ${rows.rows} x ${this.outputSize} = ${length}, got ${show(out)}`);
    }
    this.invalidate();
    const chunk = Math.min(CHUNK, rows.rows);
    if (chunk > 0) this.reserve(chunk, false);
    for (let begin = 0; begin < rows.rows; begin += chunk) {
      const end = Math.min(begin + chunk, rows.rows);
      let address = this.arena.input;
      if (rows.matrix) address = rows.matrix.pointer + begin * this.inputSize * 4;
      else rows.copy(this.backend.floats(address, (end - begin) * this.inputSize), begin, end);
      const output = this.run(address, end - begin, false, false);
      out.set(this.backend.floats(output, (end - begin) * this.outputSize), begin * this.outputSize);
    }
    return out;
  }

  /** A table of the layers with their output shapes and numbers of parameters. */
  summary(): string {
    const rows = this.layers.map((layer, i) => [
      String(i),
      layer.activationName === "linear" ? layer.label : `${layer.label} ${layer.activationName}`,
      `[batch, ${layer.outputShape.join(", ")}]`,
      String(layer.parameters.reduce((sum, { rows, cols }) => sum + rows * cols, 0)),
    ]);
    const table = [["", "layer", "output", "parameters"], ...rows];
    const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
    const lines = table.map((row) => row.map((cell, column) => (column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("  "));
    const total = `${this.parameterCount} parameters, ${this.slabLength * 4} bytes`;
    return [lines[0], "-".repeat(lines[0].length), ...lines.slice(1), "-".repeat(lines[0].length), total].join("\n");
  }

  /** Gives the memory back, of an attached optimizer too. Disposing again does nothing. @throws BusyError while fit runs */
  dispose(): void {
    if (this.slabOwner.generation > 0) return;
    this.checkIdle("dispose");
    this.attached?.detach();
    this.slabOwner.generation++;
    this.outputOwner.generation++;
    this.arena.release();
    this.backend.release(this.slab);
    if (this.gradientSlab) this.backend.release(this.gradientSlab);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The activation that the output has gone through. */
  get lastActivation(): string {
    return this.layers[this.layers.length - 1].activationName;
  }

  /** @internal @throws DisposedError */
  check(): void {
    this.backend.check();
    if (this.slabOwner.generation > 0) throw new DisposedError("model: used after dispose()");
  }

  /** @internal @throws BusyError */
  checkIdle(who: string): void {
    if (this.busy) throw new BusyError(`${who}: fit is running on this model; await it, or abort it by its signal, first`);
  }

  /** @internal Samples for the first layer, which is who complains of them. */
  rowsOf(x: unknown, where = ""): Rows {
    const who = where + this.layers[0].label;
    // A matrix that the next run overwrites, or a view that it may detach, is copied first.
    const own = x instanceof Matrix && x.isOf(this.outputOwner) ? x.data.slice() : this.backend.own(x);
    const rows = Rows.from(who, "input", own, this.inputSize);
    if (rows.matrix) checkOneBackend(who, this, rows.matrix);
    return rows;
  }

  /** @internal The slab of the weights. */
  get weights(): Pointer {
    return this.slab;
  }

  /** @internal The slab of their gradients, of the same layout. */
  get gradients(): Pointer {
    this.needGradients();
    return this.gradientSlab;
  }

  /** @internal Makes room for a batch. Afterwards `run` and `runBackward` allocate nothing for batches up to this one. */
  reserve(rows: number, training: boolean): void {
    if (this.arena.reserve(rows, training)) this.invalidate();
    this.backend.scratch(this.arena.scratchBytes);
    if (training) this.needGradients();
  }

  /** @internal Outputs handed out before are void from here on, and there is nothing to go back from. */
  invalidate(): void {
    this.outputOwner.generation++;
    this.trained = undefined;
  }

  /**
   * @internal The output of a batch that stands at x, for which there is room. With `logits`, the last activation is left out.
   * Outputs handed out before are void from here on.
   */
  run(x: Pointer, rows: number, training: boolean, logits: boolean): Pointer {
    const { layers, arena } = this;
    this.outputOwner.generation++;
    const scratch = this.backend.scratch(arena.scratchBytes);
    let input = x;
    for (let i = 0; i < layers.length; i++) {
      layers[i].forward(input, arena.outputs[i], arena.works[i], rows, logits && i === layers.length - 1, scratch);
      input = arena.outputs[i];
    }
    if (!training) this.trained = undefined;
    else if (this.trained) {
      this.trained.x = undefined;
      this.trained.address = x;
      this.trained.rows = rows;
      this.trained.logits = logits;
    } else this.trained = { x: undefined, address: x, rows, logits };
    return input;
  }

  /** @internal Backpropagation after `run` for training, from the gradient at dOut. Returns where the gradient of the input is, or 0. */
  runBackward(dOut: Pointer, inputGradient: boolean, accumulate: boolean): Pointer {
    const { layers, arena, trained } = this;
    if (!trained) return 0;
    const { rows, logits, address } = trained;
    const scratch = this.backend.scratch(arena.scratchBytes);
    let dy = dOut;
    for (let i = layers.length - 1; i >= 0; i--) {
      // Two gradients take turns; the caller's own is read and not written.
      const turn = (layers.length - i) % 2;
      const dx = i > 0 || inputGradient ? arena.gradients[turn] : 0;
      const x = i > 0 ? arena.outputs[i - 1] : address;
      layers[i].backward(x, arena.outputs[i], arena.works[i], dy, arena.gradients[1 - turn], dx, rows, logits && i === layers.length - 1, accumulate, scratch);
      dy = dx;
    }
    return dy;
  }

  private initialize(): void {
    let index = 0;
    this.backend.floats(this.slab, this.slabLength).fill(0);
    for (const [i, layer] of this.layers.entries()) {
      for (const [j, { rows, cols, initializer, fanIn, fanOut }] of layer.parameters.entries()) {
        const values = this.backend.floats(this.slab + this.offsets[i][j] * 4, rows * cols);
        initialize(initializer, values, fanIn, fanOut, new RandomStream(this.seed, purposes.initializer, index++));
      }
    }
    this.place();
  }

  private place(): void {
    for (const [i, layer] of this.layers.entries()) {
      layer.place(this.offsets[i].map((offset) => ({ value: this.slab + offset * 4, gradient: this.gradientSlab ? this.gradientSlab + offset * 4 : 0 })));
    }
  }

  /** A model that only predicts never has gradients. */
  private needGradients(): void {
    if (this.gradientSlab) return;
    this.gradientSlab = this.backend.allocate(this.slabLength * 4);
    this.backend.kernels.zero(this.gradientSlab, this.slabLength);
    this.place();
  }
}

function checkArray<T>(who: string, what: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value;
  throw new ValueError(`${who} expected ${what} to be an array, got ${show(value)}`);
}
