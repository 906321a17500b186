import type { Backend } from "../core/backend.js";
import { checkCount, checkOptions, checkShape } from "../core/check.js";
import { DisposedError, ValueError } from "../core/errors.js";
import { checkOneBackend } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import { Matrix } from "../core/matrix.js";
import { purposes, RandomStream } from "../core/random.js";
import { type Activation, activationOf } from "./activation.js";
import type { LayerConfig, ParameterSpec, TrainableLayer } from "./layers/layer.js";
import { rowsFrom } from "./matrix-rows.js";
import { Network } from "./network.js";
import { squaresMayVanish } from "./norm.js";
import { type NetworkOptions, planFrom } from "./options.js";
import { type OutputRange, rangeOfActivation } from "./output-range.js";
import { gradientByLogits, type PairGradients } from "./paired-gradient.js";
import { type Life, tensorsOf } from "./plan.js";
import type { Rows, Samples } from "./rows.js";
import { type Layout, sizeOf } from "./slab.js";
import { TrainingArena } from "./training-arena.js";
import { BusyError } from "./training-errors.js";

/** A tensor of a model. */
export interface NamedTensor {
  /** The layer's name, or its index, and the tensor's: "0.weight". */
  readonly name: string;
  /** Owned by the model. */
  readonly value: Matrix;
}

export interface Parameter extends NamedTensor {
  /** d loss / d value since the last zeroGradients(), of the same shape. Owned by the model. */
  readonly gradient: Matrix;
}

/** Steps of an epoch that draw other numbers than those of the next one. */
const EPOCH = 4_294_967_296;

/** @internal What a model is made of but for its tensors, as a file tells it. */
export interface Architecture {
  readonly inputShape: readonly number[];
  readonly seed: number;
  /** How far a model that was trained has drawn random numbers. */
  readonly life?: Life;
  readonly layers: readonly LayerConfig[];
}

/** The activations that a loss may be a pair with, so that it is computed from what they are applied to. */
const PAIRED: readonly string[] = ["sigmoid", "softmax", "logSoftmax", "softplus", "exp"];

/** A network with gradients: one that learns. */
export class TrainableNetwork extends Network {
  declare readonly backend: Backend;
  /** @internal */
  declare readonly arena: TrainingArena;
  declare protected readonly layers: readonly TrainableLayer[];
  /** @internal The optimizer of the last fit, if it is still attached: a later fit goes on with it by its name. */
  fitted: object | undefined;
  /** @internal The memory that the attached optimizer has for this model. */
  optimizerLease: Lease | undefined;
  /** @internal Set while fit runs. */
  busy = false;

  /**
   * The place of the next forward for training in the model's life: the epoch, and the step within it. What
   * layers draw in that forward is a function of the two, and of nothing else.
   */
  private lifeEpoch = 0;
  private lifeStep = 0;
  /** The step that the next forward draws as instead, after one that was named. */
  private namedStep: number | undefined;

  private readonly configs: readonly LayerConfig[];
  /** The layers that are others in training, with what they draw from. */
  private readonly randomLayers: readonly { readonly layer: TrainableLayer; readonly stream: RandomStream }[];
  /** The parameters of which the layers want something, at their offsets in every slab, in bytes. */
  private readonly regularized: readonly (ParameterSpec & { readonly at: number; readonly size: number })[];
  private gradientSlab: Pointer = 0;
  /**
   * The batch of the last forward for training: backward needs its input where it is. Rows of -1: there was
   * none.
   */
  private trainedRows = -1;
  private trainedAddress: Pointer = 0;
  private trainedLogits = false;
  private trainedMatrix: Matrix | undefined;
  /**
   * The last activation, where it may be a pair with a loss: forward keeps both what it is applied to and the
   * output. Of a loss of that output, its gradients by both.
   */
  private readonly paired: Activation | undefined;
  private remembered: PairGradients | undefined;

  /** @throws ValueError, ShapeError, OutOfMemoryError */
  constructor(backend: Backend, options: NetworkOptions) {
    const plan = planFrom(backend, options);
    super(backend, plan, TrainingArena);
    this.configs = plan.specs.map(({ config }) => config);
    const { lastActivation } = this;
    if (PAIRED.includes(lastActivation)) this.paired = activationOf(backend.kernels, lastActivation);
    this.randomLayers = this.layers.flatMap((layer, i) =>
      layer.begin ? { layer, stream: new RandomStream(this.seed, purposes.layer, i) } : [],
    );
    const { parameters, buffers } = tensorsOf(plan);
    this.regularized = parameters.flatMap((spec, i) =>
      spec.regularizer || spec.constraint
        ? { ...spec, at: this.layout.offsets[i] * 4, size: sizeOf(spec.shape) }
        : [],
    );
    for (const [i, { initialize, shape }] of parameters.entries())
      initialize?.(backend, this.slab + this.layout.offsets[i] * 4, sizeOf(shape), plan.seed, i);
    for (const [i, { initial, shape }] of buffers.entries())
      backend.floats(this.bufferSlab + this.bufferLayout.offsets[i] * 4, sizeOf(shape)).set(initial);
  }

  /** @internal */
  get architecture(): Architecture {
    const { inputShape, seed, life, configs } = this;
    return { inputShape, seed, ...(life.epoch + life.step > 0 && { life }), layers: configs };
  }

  /** @internal Also the rows of a matrix; one that the next run overwrites is copied first. */
  override rowsOf(x: unknown, where = ""): Rows {
    if (!(x instanceof Matrix)) return super.rowsOf(x, where);
    const who = where + this.layers[0].label;
    const rows = rowsFrom(who, "input", x.isOf(this.outputOwner) ? x.data.slice() : x, this.inputSize);
    if (rows.matrix) {
      checkOneBackend(who, this, rows.matrix);
      rows.matrix.checkUsable();
    }
    return rows;
  }

  /** @internal What is known of the outputs. */
  get outputRange(): OutputRange | undefined {
    return this.layers.reduce<OutputRange | undefined>(
      (range, layer) =>
        layer.outputRange ? layer.outputRange(range) : rangeOfActivation(layer.activationName),
      undefined,
    );
  }

  /** @internal The slab of the weights. */
  get weights(): Pointer {
    return this.slab;
  }

  /** @internal Where each parameter stands in the slab of the weights, and in every slab of its layout. */
  get parameterLayout(): Layout {
    return this.layout;
  }

  /** @internal Floats of the slab of the weights. */
  get slabLength(): number {
    return this.layout.length;
  }

  /** The tensors that the model learns, in order, with their gradients. @throws DisposedError */
  get parameters(): Parameter[] {
    const gradients = this.gradients;
    return this.matrices(this.layout, this.slab).map((tensor, i) => ({
      ...tensor,
      gradient: this.matrix(this.layout, gradients, i),
    }));
  }

  /**
   * The tensors that the model keeps and does not learn, such as what its inputs are scaled by. @throws
   * DisposedError
   */
  get buffers(): NamedTensor[] {
    return this.matrices(this.bufferLayout, this.bufferSlab);
  }

  /** The number of values that the model learns. */
  get parameterCount(): number {
    return countOf(this.layout.tensors);
  }

  /**
   * The output for a batch. x: [batch, inputs], result: [batch, outputs], owned by the model and good until
   * its next forward, predict, evaluate, fit or dispose. With `training`, what backward() needs is kept; a
   * Matrix x must then live unchanged until that. What dropout and noise draw is a function of the seed and
   * of the steps that the model has taken in its life, in fit and here: no two draw the same. `step` names a
   * step to draw as instead, 0 the first, and the next forward draws as the step after it.
   * @throws ShapeError, ValueError, DisposedError, BusyError when training while fit runs
   */
  forward(x: Samples, options: { training?: boolean; step?: number } = {}): Matrix {
    this.check();
    checkOptions("forward", options, ["training", "step"]);
    const { training = false, step = this.namedStep } = options;
    if (step !== undefined) checkCount("forward", "step", step, 0);
    if (training) this.checkIdle("forward");
    const rows = this.rowsOf(x);
    this.reserve(rows.rows, training);
    const at = this.stage(rows, 0, rows.rows);
    if (!training) return this.output(this.run(at, rows.rows, false), rows.rows);
    const { paired } = this;
    const last = this.runForTraining(at, rows.rows, paired !== undefined, step);
    this.trainedMatrix = rows.matrix;
    if (step !== undefined) this.namedStep = step + 1;
    if (!paired?.forward) return this.output(last, rows.rows);
    // Only fit uses that place, and outputs are void when it does.
    const place = this.arena.outputGradient;
    paired.forward(last, place, rows.rows, this.outputSize, paired.parameter);
    const output = this.output(place, rows.rows);
    output.origin = {
      activation: paired.name,
      logits: last,
      remember: (byOutput, byLogit) => {
        this.remembered = { byOutput, byLogit };
      },
    };
    return output;
  }

  private output(at: Pointer, rows: number): Matrix {
    return new Matrix(this.backend, at, rows, this.outputSize, this.outputOwner);
  }

  /** Sets every gradient to 0. @throws DisposedError, BusyError while fit runs */
  zeroGradients(): void {
    this.check();
    this.checkIdle("zeroGradients");
    this.backend.kernels.zero(this.gradients, this.slabLength);
  }

  /**
   * Backpropagation: adds d loss / d parameter to every parameter's gradient. dOut: d loss / d output of the
   * last forward(x, { training: true }), [batch, outputs]. Where the loss and the last activation are a pair,
   * such as binaryCrossEntropy and sigmoid, the gradient that the loss gave for that output goes back by the
   * pair, also where the activation saturates. So does a multiple of it, and one whose rows were scaled by
   * factors of their own. Returns d loss / d x, [batch, inputs], owned by the model and good until it runs
   * again, when `inputGradient` asks for it.
   * @throws ShapeError, DisposedError, BusyError while fit runs, ValueError without such a forward
   */
  backward(dOut: Matrix, options: { inputGradient?: boolean } = {}): Matrix | undefined {
    this.check();
    this.checkIdle("backward");
    checkOptions("backward", options, ["inputGradient"]);
    const { inputGradient = false } = options;
    const rows = this.trainedRows;
    if (rows < 0)
      throw new ValueError(
        "backward needs a forward(x, { training: true }) before it, with no predict, evaluate or fit in between",
      );
    checkOneBackend("backward", this, dOut);
    checkShape("backward", "dOut", dOut, rows, this.outputSize);
    if (this.trainedMatrix && this.trainedMatrix.pointer !== this.trainedAddress)
      throw new DisposedError("backward: the x of the last forward has moved");
    const dx = this.runBackward(this.trainedLogits ? this.toLogits(dOut) : dOut.pointer, inputGradient, true);
    return inputGradient ? new Matrix(this.backend, dx, rows, this.inputSize, this.outputOwner) : undefined;
  }

  /** Where the gradient by what the last activation was applied to is, from that by the output. */
  private toLogits(dOut: Matrix): Pointer {
    const { arena, backend, paired, remembered, outputSize } = this;
    // The last layer leaves this place alone, for it has no activation to go back through.
    const at = arena.gradients[0];
    const saved = paired?.saves === "input" ? arena.outputs[arena.outputs.length - 1] : arena.outputGradient;
    const back = () => paired?.backward?.(saved, dOut.pointer, at, dOut.rows, outputSize, paired.parameter);
    if (!remembered) back();
    else {
      const each = !/softmax/i.test(this.lastActivation);
      gradientByLogits(dOut.data, remembered, backend.floats(at, dOut.length), outputSize, each, back);
    }
    return at;
  }

  /**
   * A table of the layers with their output shapes and numbers of parameters, and the bytes of linear memory
   * that the model has at the time.
   */
  summary(): string {
    const rows = this.layers.map((layer, i) => [
      String(i),
      layer.activationName === "linear" ? layer.label : `${layer.label} ${layer.activationName}`,
      `[batch, ${layer.outputShape.join(", ")}]`,
      String(countOf(layer.parameters)),
    ]);
    const table = [["", "layer", "output", "parameters"], ...rows];
    const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
    const lines = table.map((row) =>
      row
        .map((cell, column) => (column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join("  "),
    );
    const rule = "-".repeat(lines[0].length);
    const { bytes, capacity } = this.arena;
    const slabs = [
      `weights ${(this.layout.length + this.bufferLayout.length) * 4}`,
      this.gradientSlab ? `gradients ${this.slabLength * 4}` : "",
      this.optimizerLease?.bytes ? `optimizer ${this.optimizerLease.bytes}` : "",
      bytes ? `activations ${bytes} for ${capacity} samples` : "",
    ];
    return [
      lines[0],
      rule,
      ...lines.slice(1),
      rule,
      `${this.parameterCount} parameters`,
      `bytes: ${slabs.filter(Boolean).join(", ")}`,
    ].join("\n");
  }

  /**
   * Gives the memory back at once, of an attached optimizer too: no duty, see above. Disposing again does
   * nothing. @throws BusyError while fit runs
   */
  override dispose(): void {
    if (this.slabOwner.generation > 0) return;
    this.checkIdle("dispose");
    super.dispose();
  }

  /** @internal @throws BusyError */
  override checkIdle(who: string): void {
    if (this.busy)
      throw new BusyError(`${who}: fit is running on this model; await it, or abort it by its signal, first`);
  }

  /**
   * @internal The slab of the gradients, of the layout of the weights. A model that only predicts never has
   * one.
   */
  get gradients(): Pointer {
    if (!this.gradientSlab) {
      this.gradientSlab = this.lease.allocate(this.slabLength * 4);
      this.backend.kernels.zero(this.gradientSlab, this.slabLength);
      this.place(this.gradientSlab);
    }
    return this.gradientSlab;
  }

  /**
   * @internal Makes room for a batch. Afterwards `run` and `runBackward` allocate nothing for batches up to
   * this one.
   */
  override reserve(rows: number, training = false): void {
    if (training) {
      if (this.arena.reserve(rows, true)) this.invalidate();
      this.gradients;
    }
    super.reserve(rows);
  }

  /** @internal Outputs handed out before are void from here on, and there is nothing to go back from. */
  override invalidate(): void {
    super.invalidate();
    this.trainedRows = -1;
    this.trainedMatrix = undefined;
    this.remembered = undefined;
  }

  /** @internal The place of the next forward for training: part of a checkpoint and of a saved model. */
  get life(): Life {
    return { epoch: this.lifeEpoch, step: this.lifeStep, named: this.namedStep };
  }

  set life({ epoch, step, named }: Life) {
    this.lifeEpoch = epoch;
    this.lifeStep = step;
    this.namedStep = named;
  }

  /**
   * @internal Begins an epoch of the model's life that no step was taken in, of at least that number.
   * Returns its number, which an epoch's shuffle is a function of.
   */
  beginEpoch(least: number): number {
    this.lifeEpoch = Math.max(this.lifeStep > 0 ? this.lifeEpoch + 1 : this.lifeEpoch, least);
    this.lifeStep = 0;
    this.namedStep = undefined;
    return this.lifeEpoch;
  }

  /** @internal */
  override run(x: Pointer, rows: number, logits: boolean): Pointer {
    for (const { layer } of this.randomLayers) layer.begin?.(undefined);
    return super.run(x, rows, logits);
  }

  /**
   * @internal `run`, of which `runBackward` can go back: the next step of the model's life, or one that draws
   * as step `drawAs` of its first epoch.
   */
  runForTraining(x: Pointer, rows: number, logits: boolean, drawAs?: number): Pointer {
    const [epoch, step] =
      drawAs === undefined ? [this.lifeEpoch, this.lifeStep] : [Math.floor(drawAs / EPOCH), drawAs % EPOCH];
    for (const { layer, stream } of this.randomLayers) layer.begin?.(stream.key(step, epoch));
    const output = super.run(x, rows, logits);
    // A step that was drawn does not come again by itself; one of long ago takes nothing back.
    if (epoch > this.lifeEpoch || (epoch === this.lifeEpoch && step >= this.lifeStep)) {
      this.lifeEpoch = epoch;
      this.lifeStep = step + 1;
    }
    this.trainedRows = rows;
    this.trainedAddress = x;
    this.trainedLogits = logits;
    return output;
  }

  /**
   * @internal Backpropagation after `runForTraining`, from the gradient at dOut. Returns where the gradient
   * of the input is, or 0.
   */
  runBackward(dOut: Pointer, inputGradient: boolean, accumulate: boolean): Pointer {
    const { layers, arena, trainedRows: rows, trainedLogits: logits } = this;
    const scratch = this.backend.scratch(arena.scratchBytes);
    // What comes before the first layer that learns has no use for a gradient.
    const first = inputGradient ? 0 : layers.findIndex(({ parameters }) => parameters.length > 0);
    let dy = dOut;
    for (let i = layers.length - 1; i >= first && first >= 0; i--) {
      // Two gradients take turns; the caller's own is read and not written.
      const turn = (layers.length - i) % 2;
      const dx = i > first || inputGradient ? arena.gradients[turn] : 0;
      const x = i > 0 ? arena.outputs[i - 1] : this.trainedAddress;
      layers[i].backward(
        x,
        arena.outputs[i],
        arena.works[i],
        dy,
        arena.gradients[1 - turn],
        dx,
        rows,
        logits && i === layers.length - 1,
        accumulate,
        scratch,
      );
      dy = dx;
    }
    return dy;
  }

  /**
   * @internal What came first of the last pass for training of so many samples that is NaN or infinite: the
   * output of a layer, or a gradient.
   */
  firstNonFinite(rows: number): string | undefined {
    const { layers, arena, layout } = this;
    const { kernels } = this.backend;
    const at = layers.findIndex(
      (layer, i) => kernels.firstNonFinite(arena.outputs[i], rows * sizeOf(layer.outputShape)) >= 0,
    );
    if (at >= 0) return `the output of layer ${at}, ${layers[at].label},`;
    for (let i = layout.tensors.length - 1; i >= 0; i--) {
      const { name, shape } = layout.tensors[i];
      if (kernels.firstNonFinite(this.gradients + layout.offsets[i] * 4, sizeOf(shape)) >= 0)
        return `the gradient of ${name}`;
    }
    return undefined;
  }

  /** @internal The outputs, or the logits, of the last pass for training of so many samples. */
  lastOutputs(rows: number): Float32Array {
    const { outputs } = this.arena;
    return this.backend.floats(outputs[outputs.length - 1], rows * this.outputSize);
  }

  /**
   * @internal The largest magnitude that the first layer with parameters was given in the last pass for
   * training of so many samples: behind a scaling layer that of scaled inputs.
   */
  largestInput(rows: number): number {
    const { layers, arena } = this;
    const first = Math.max(
      layers.findIndex(({ parameters }) => parameters.length > 0),
      0,
    );
    const [at, size] =
      first > 0
        ? [arena.outputs[first - 1], sizeOf(layers[first - 1].outputShape)]
        : [this.trainedAddress, this.inputSize];
    return this.backend.floats(at, rows * size).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  }

  /**
   * @internal Adds the gradients of what the layers say of their parameters' sizes, before an optimizer's
   * step.
   */
  regularize(): void {
    const { kernels } = this.backend;
    for (const { regularizer, at, size } of this.regularized) {
      if (regularizer)
        kernels.penalize(this.slab + at, this.gradients + at, size, regularizer.l1 ?? 0, regularizer.l2 ?? 0);
    }
  }

  /** @internal Holds the parameters to what the layers say of them, after an optimizer's step. */
  constrain(): void {
    const { kernels } = this.backend;
    for (const { constraint, shape, at, size } of this.regularized) {
      if (!constraint) continue;
      const weights = this.slab + at;
      const cols = shape[shape.length - 1];
      const squares = this.backend.scratch((size + cols) * 4);
      const norms = squares + size * 4;
      kernels.hadamard(weights, weights, squares, size);
      kernels.sumRows(squares, norms, size / cols, cols, 0);
      const { maxNorm } = constraint;
      kernels.normExcess(norms, norms, cols, maxNorm);
      this.correctExcess(weights, norms, size / cols, cols, maxNorm);
      // Each column is divided by its own: 1, and most often that of all, where it is not too long.
      if (kernels.sum(norms, cols) !== cols)
        kernels.standardizeBackward(norms, weights, weights, size / cols, cols);
    }
  }

  /** What columns are divided by, in float64 where the squares were too large or too small for float32. */
  private correctExcess(weights: Pointer, excess: Pointer, rows: number, cols: number, limit: number): void {
    const { backend } = this;
    if (!squaresMayVanish(limit) && backend.kernels.firstNonFinite(excess, cols) < 0) return;
    const values = backend.floats(weights, rows * cols);
    const ratios = backend.floats(excess, cols);
    for (let j = 0; j < cols; j++) {
      let squares = 0;
      for (let i = j; i < values.length; i += cols) squares += values[i] * values[i];
      ratios[j] = Math.max(Math.sqrt(squares) / limit, 1);
    }
  }

  private matrices(layout: Layout, slab: Pointer): NamedTensor[] {
    this.check();
    return layout.tensors.map(({ name }, i) => ({ name, value: this.matrix(layout, slab, i) }));
  }

  /** Tensor i of a slab; one of a single dimension is a row. */
  private matrix(layout: Layout, slab: Pointer, i: number): Matrix {
    const { shape } = layout.tensors[i];
    const cols = shape[shape.length - 1];
    return new Matrix(this.backend, slab + layout.offsets[i] * 4, sizeOf(shape) / cols, cols, this.slabOwner);
  }
}

const countOf = (tensors: readonly { readonly shape: readonly number[] }[]): number =>
  tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
