import { checkCount, checkOptions, checkShape, show } from "../core/check.js";
import { DisposedError, ShapeError, ValueError } from "../core/errors.js";
import { checkOneBackend } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import { purposes, RandomStream } from "../core/random.js";
import { describePlan } from "../graph/describe-plan.js";
import { sizeOf } from "../graph/value.js";
import type { LayerConfig } from "../layers/layer.js";
import type { Tensor } from "../layers/tensor.js";
import { activationOf } from "../matrix/activation.js";
import type { Backend } from "../matrix/backend.js";
import { Matrix } from "../matrix/matrix.js";
import { isRowwise } from "../ops/activation-kinds.js";
import { Gradients } from "./gradients.js";
import type { Layout } from "./layout.js";
import type { Life } from "./life.js";
import { rowsFrom } from "./matrix-rows.js";
import { type Each, type Inputs, Network } from "./network.js";
import { gradientByLogits, type PairGradients } from "./paired-gradient.js";
import type { Pass } from "./pass.js";
import { Penalties } from "./penalties.js";
import type { Rows } from "./rows.js";
import { type ModelOptions, type SequentialOptions, type Structure, structureFrom } from "./structure.js";
import { outputsLine, summaryRows, summaryTable } from "./summary.js";
import { BusyError } from "./training-errors.js";
import type { TensorPlace } from "./weights.js";

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

/** The activations that a loss may be fused with. */
const FUSED: readonly string[] = ["sigmoid", "softmax", "logSoftmax", "softplus", "exp"];

/** The state that the last forward for training left for backward. */
interface Trained {
  readonly pass: Pass;
  readonly rows: number;
  /** Matrices that were given as samples, and where they were: backward reads them. */
  readonly matrices: { readonly matrix: Matrix; readonly address: Pointer }[];
  /** For each output, the gradients that a loss gave by the output and by its logits. */
  readonly remembered: (PairGradients | undefined)[];
}

/**
 * A network with gradients, for training loops of one's own. `Model` and `Sequential` add fit to it.
 *
 * @example
 * const network: Network = new Sequential(backend, { inputShape: 4, seed: 7, layers: [dense(8), dense(1)] });
 * const loss = losses.meanSquaredError();
 * const output = network.forward([0.1, 0.2, 0.3, 0.4], { training: true });
 * network.backward(loss.gradient(output, [1]));
 * console.log(network.parameters.map(({ gradient }) => gradient.data.length).join(" ")); // 32 8 8 1
 */
export class TrainableNetwork<Outputs extends Tensor | readonly Tensor[] = Tensor> extends Network<Outputs> {
  declare readonly backend: Backend;
  /**
   * @internal The optimizer of the last fit, if it is still attached: a later fit goes on with it by its
   * name.
   */
  fitted: object | undefined;
  /** @internal The memory that the attached optimizer has for this model. */
  optimizerLease: Lease | undefined;
  /** @internal Set while fit runs. */
  busy = false;

  /**
   * The place of the next forward for training in the model's life: the epoch, and the step within it. The
   * random numbers of that forward depend on these two and the seed alone.
   */
  private lifeEpoch = 0;
  private lifeStep = 0;
  /** The step that the next forward draws as instead, after one that was named. */
  private namedStep: number | undefined;
  private readonly penalties: Penalties;
  private readonly streams = new Map<number, RandomStream>();
  /** @internal Those of its parameters. A model that only predicts has no memory for them. */
  readonly gradients: Gradients;
  private explicit: Pass | undefined;
  private trained: Trained | undefined;

  /** @throws ValueError, ShapeError, OutOfMemoryError */
  constructor(backend: Backend, options: SequentialOptions | ModelOptions<Outputs>);
  /** @internal Of a structure that a file or another model has. */
  constructor(backend: Backend, options: SequentialOptions | ModelOptions<Outputs> | Structure);
  constructor(backend: Backend, options: SequentialOptions | ModelOptions<Outputs> | Structure) {
    super(backend, structureFrom(backend, options));
    this.penalties = new Penalties(backend, this.weights);
    this.gradients = new Gradients(backend, this.lease, this.slabLength);
    this.weights.initialize(this.seed);
  }

  /** @internal The layers as a model file has them. */
  get layerConfigs(): readonly LayerConfig[] {
    return this.structure.layers.flatMap(({ layer, index }) => (index < 0 ? [] : [layer.config]));
  }

  /**
   * The samples of one input: also the rows of a matrix. One that the next run overwrites is copied first.
   */
  protected override rowsFor(input: number, x: unknown, where: string): Rows {
    if (!(x instanceof Matrix)) return super.rowsFor(input, x, where);
    const who = where + this.inputLabel(input);
    const given = x.isOf(this.outputOwner) ? x.data.slice() : x;
    const rows = rowsFrom(who, "input", given, this.inputSizes[input]);
    if (rows.matrix) {
      checkOneBackend(who, this, rows.matrix);
      rows.matrix.checkUsable();
    }
    return rows;
  }

  /** @internal Floats of the slab of the weights. */
  get slabLength(): number {
    return this.weights.layout.length;
  }

  /** The tensors that the model learns, in order, with their gradients. @throws DisposedError */
  get parameters(): Parameter[] {
    this.check();
    const gradients = this.gradients.slab;
    const { layout, slab } = this.weights;
    return layout.tensors.map(({ name, shape }, i) => {
      const at = layout.offsets[i] * 4;
      return {
        name,
        value: this.matrix(shape, slab + at),
        gradient: this.matrix(shape, gradients + at),
      };
    });
  }

  /**
   * The tensors that the model keeps and does not learn by gradients: the numbers of scaling layers, the
   * running statistics of batch normalization, which training changes, and the parameters of layers that are
   * not trainable. @throws DisposedError
   */
  get buffers(): NamedTensor[] {
    this.check();
    return this.weights.fixed.map(({ name, shape, address }) => ({
      name,
      value: this.matrix(shape, address),
    }));
  }

  /** The number of values that the model learns. */
  get parameterCount(): number {
    return countOf(this.weights.layout);
  }

  /**
   * The output for a batch. x: [batch, ...input shape], for each input; result: [batch, outputs], owned by
   * the model and valid until its next forward, predict, evaluate, fit or dispose. A model with an array of
   * outputs gives an array. With `training`, backward() can follow; a Matrix x must live unchanged until
   * then. The running statistics of batch normalization move with each such forward.
   *
   * The random numbers of dropout and noise depend on the seed and on the steps that the model has taken in
   * its life, in fit and here: no two steps draw the same. `step` names the step to draw as instead, 0 the
   * first, and the next forward draws as the step after it.
   * @throws ShapeError, ValueError, DisposedError, BusyError when training while fit runs
   */
  forward(x: Inputs, options: { training?: boolean; step?: number } = {}): Each<Outputs, Matrix> {
    this.check();
    checkOptions("forward", options, ["training", "step"]);
    const { training = false, step = this.namedStep } = options;
    if (step !== undefined) checkCount("forward", "step", step, 0);
    if (training) this.checkIdle("forward");
    const samples = this.rowsOf(x);
    const [{ rows }] = samples;
    const pass = training ? this.explicitPass() : this.predictingPass();
    this.reserve(pass, rows);
    this.stage(pass, samples, 0, rows);
    if (!training) {
      this.run(pass, rows);
      return this.each(pass.heads.map((_, i) => this.output(pass, i, rows)));
    }
    this.runForTraining(pass, rows, step);
    pass.updateBuffers(rows);
    if (step !== undefined) this.namedStep = step + 1;
    const matrices: Trained["matrices"] = [];
    for (const { matrix } of samples) if (matrix) matrices.push({ matrix, address: matrix.pointer });
    const trained: Trained = { pass, rows, matrices, remembered: [] };
    this.trained = trained;
    const outputs: Matrix[] = [];
    for (let i = 0; i < pass.heads.length; i++) outputs.push(this.trainingOutput(trained, i));
    return this.each(outputs);
  }

  /** An output that a loss may be fused with: it knows what its last activation was applied to. */
  private trainingOutput(trained: Trained, i: number): Matrix {
    const { pass, rows, remembered } = trained;
    const output = this.output(pass, i, rows);
    const { shape } = this.outputs[i];
    const classRows = this.outputSizes[i] / this.classRow(i);
    if (shape.length > 1 || classRows > 1)
      output.sequence = {
        classRows,
        steps: shape[0],
        mask: pass.maskOf(i),
      };
    if (pass.heads[i].id === pass.outputs[i].value.id) return output;
    output.origin = {
      activation: this.activationOf(i).name,
      logits: pass.plan.address(pass.heads[i]),
      remember: (byOutput, byLogit) => {
        remembered[i] = { byOutput, byLogit };
      },
    };
    return output;
  }

  /** The pass of training loops of one's own. */
  private explicitPass(): Pass {
    this.explicit ??= this.trainingPass(
      this.outputs.map((_, i) => FUSED.includes(this.activationOf(i).name)),
      true,
    );
    return this.explicit;
  }

  /**
   * @internal The pass that trains, from the outputs or the logits of each; on pieces of sequences if `steps`
   * says of how many steps, or on a plan of a `length`.
   */
  trainingPass(logits: readonly boolean[], explicit = false, steps?: number, length?: number): Pass {
    this.gradients.reserve();
    return this.passOf({ training: true, logits, explicit, steps, length });
  }

  private each<Of>(all: Of[]): Each<Outputs, Of> {
    return (this.structure.severalOutputs ? all : all[0]) as Each<Outputs, Of>;
  }

  private output({ plan, outputs }: Pass, i: number, rows: number): Matrix {
    const at = plan.address(outputs[i].value);
    return new Matrix(this.backend, at, rows, this.outputSizes[i], this.outputOwner);
  }

  /** Sets every gradient to 0. @throws DisposedError, BusyError while fit runs */
  zeroGradients(): void {
    this.check();
    this.checkIdle("zeroGradients");
    this.gradients.zero();
  }

  /**
   * Backpropagation: adds d loss / d parameter to every parameter's gradient, in float32, once it has been
   * computed as if this were the only backward. dOut: d loss / d output of the
   * last forward(x, { training: true }), [batch, outputs], one for each output. Where the loss has a fused
   * form with the last activation, such as binaryCrossEntropy with sigmoid, the gradient that the loss gave
   * for that output goes back by the fused form, also where the activation saturates. So does a multiple of
   * it, and one whose rows were scaled by factors of their own.
   *
   * With `inputGradient`, returns d loss / d x, [batch, inputs], owned by the model and valid until it runs
   * again; of a model with an array of inputs an array.
   * @throws ShapeError, DisposedError, BusyError while fit runs, ValueError without such a forward,
   * OutOfMemoryError for the second backward since zeroGradients(), which needs memory for its gradients
   */
  backward(dOut: Each<Outputs, Matrix>, options?: { inputGradient?: false }): undefined;
  backward(dOut: Each<Outputs, Matrix>, options?: { inputGradient?: boolean }): Matrix | undefined;
  backward(
    dOut: Each<Outputs, Matrix>,
    options: { inputGradient?: boolean } = {},
  ): Matrix | Matrix[] | undefined {
    this.check();
    this.checkIdle("backward");
    checkOptions("backward", options, ["inputGradient"]);
    const { inputGradient = false } = options;
    const { trained } = this;
    if (!trained)
      throw new ValueError(
        "backward needs a forward(x, { training: true }) before it, with no predict, evaluate or fit in between",
      );
    const { pass, rows } = trained;
    const { severalOutputs, severalInputs } = this.structure;
    const given: readonly Matrix[] = severalOutputs ? (dOut as Matrix[]) : [dOut as Matrix];
    if (!Array.isArray(given) || given.length !== this.outputs.length)
      throw new ShapeError(
        `backward expected a gradient for each of ${this.outputs.length} outputs, got ${show(dOut)}`,
      );
    for (let i = 0; i < given.length; i++) {
      checkOneBackend("backward", this, given[i]);
      checkShape("backward", "dOut", given[i], rows, this.outputSizes[i]);
    }
    for (const { matrix, address } of trained.matrices)
      if (matrix.pointer !== address)
        throw new DisposedError("backward: the x of the last forward has moved");
    const replaces = this.gradients.areZero();
    this.gradients.reserve(!replaces);
    for (let i = 0; i < given.length; i++) this.setHeadGradient(trained, i, given[i]);
    if (replaces) this.gradients.replace(pass, rows, inputGradient);
    else this.gradients.add(pass, rows, inputGradient);
    if (!inputGradient) return undefined;
    const gradients = pass.inputGradients.map(
      (value, i) =>
        new Matrix(this.backend, pass.plan.address(value), rows, this.inputSizes[i], this.outputOwner),
    );
    return severalInputs ? gradients : gradients[0];
  }

  /** Sets the gradient of a head from that of an output. */
  private setHeadGradient({ pass, remembered }: Trained, i: number, dOut: Matrix): void {
    const { plan, heads, headGradients, outputs } = pass;
    const head = headGradients[i];
    if (heads[i].id === outputs[i].value.id) {
      plan.set(head, dOut.pointer);
      return;
    }
    // The output is made of the head by its last activation.
    const { kernels } = this.backend;
    const at = plan.room(head);
    plan.set(head, at);
    const { name, parameter } = this.activationOf(i);
    const { backward, saves } = activationOf(kernels, name, parameter);
    const saved = plan.address(saves === "input" ? heads[i] : outputs[i].value);
    const cols = this.classRow(i);
    const back = () => backward?.(saved, dOut.pointer, at, dOut.length / cols, cols, parameter);
    const gradients = remembered[i];
    if (!gradients) back();
    else {
      const out = this.backend.floats(at, dOut.length);
      gradientByLogits(dOut.data, gradients, out, cols, !isRowwise(name), back);
    }
  }

  /**
   * A table of the layers, by what their tensors are called by, with their output shapes and numbers of
   * parameters, and the bytes of linear memory that the model has at the time. Where layers do not follow one
   * another, it has the inputs, what each layer takes, and the outputs.
   */
  summary(): string {
    const { structure, weights, arena } = this;
    const rows = summaryRows(structure, (call) => this.callLabel(call), weights.parameters);
    const slabs = [
      `weights ${weights.length * 4}`,
      this.gradients.bytes ? `gradients ${this.gradients.bytes}` : "",
      this.optimizerLease?.bytes ? `optimizer ${this.optimizerLease.bytes}` : "",
      arena.bytes ? `activations ${arena.bytes}` : "",
    ];
    const frozen = weights.frozenCount;
    return summaryTable(rows, [
      ...outputsLine(structure),
      `${this.parameterCount} parameters${frozen > 0 ? `, and ${frozen} that are not trained` : ""}`,
      `bytes: ${slabs.filter(Boolean).join(", ")}`,
    ]);
  }

  /**
   * The operations of the model as a table: what each reads and writes, where in the model's memory, how many
   * bytes, and in which steps a value lives. Inputs and tensors have their names, d(…) is a gradient, and a
   * number after "a" stands for a value that an operation computes. `training` shows the operations of
   * training, and how many bytes of the values of forward the loss and backward read. `rows` is the batch
   * size to show, by default the largest so far.
   * @throws ValueError, DisposedError
   */
  plan(options: { training?: boolean; rows?: number } = {}): string {
    this.check();
    checkOptions("plan", options, ["training", "rows"]);
    const { training = false, rows } = options;
    if (rows !== undefined) checkCount("plan", "rows", rows);
    const pass = training ? this.trainingPass(this.outputs.map(() => false)) : this.predictingPass();
    const { calls, layers } = this.structure;
    const labelled = (label: string): string =>
      label === "" ? "" : `${layers[calls[Number(label)].layer].name}: ${this.callLabel(Number(label))}`;
    return describePlan(pass.plan, { labelled, names: pass.names, rows });
  }

  /**
   * The SHA-256 of what training changes, in hexadecimal digits: the bytes of the parameters one after
   * another, in the order of the layers, those of layers that are not trainable among them, then those of
   * running statistics. Models of the same layers with the same digest have the same parameters and
   * statistics, to the bit.
   * @throws DisposedError
   */
  async weightsDigest(): Promise<string> {
    this.check();
    const { parameters, trainedBuffers } = this.weights;
    const tensors = [...parameters, ...trainedBuffers];
    const bytes = new Uint8Array(tensors.reduce((sum, { shape }) => sum + sizeOf(shape) * 4, 0));
    let end = 0;
    for (const { shape, address } of tensors) {
      const { buffer, byteOffset, byteLength } = this.backend.floats(address, sizeOf(shape));
      bytes.set(new Uint8Array(buffer, byteOffset, byteLength), end);
      end += byteLength;
    }
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /**
   * Gives the memory back at once, that of an attached optimizer too. This is optional, see above. Disposing
   * again does nothing. @throws BusyError while fit runs
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

  /** @internal Outputs handed out before are void from here on, and backward has nothing to go back from. */
  override invalidate(): void {
    super.invalidate();
    this.trained = undefined;
  }

  /** @internal The place of the next forward for training: part of a checkpoint and of a saved model. */
  get life(): Life {
    return { epoch: this.lifeEpoch, step: this.lifeStep, named: this.namedStep };
  }

  /** @internal */
  set life({ epoch, step, named }: Life) {
    this.lifeEpoch = epoch;
    this.lifeStep = step;
    this.namedStep = named;
  }

  /**
   * @internal Begins an epoch of the model's life that no step was taken in, with at least that number.
   * Returns its number, which an epoch's shuffle depends on.
   */
  beginEpoch(least: number): number {
    this.lifeEpoch = Math.max(this.lifeStep > 0 ? this.lifeEpoch + 1 : this.lifeEpoch, least);
    this.lifeStep = 0;
    this.namedStep = undefined;
    return this.lifeEpoch;
  }

  /**
   * @internal Runs a batch that is staged as the next step of the model's life, or as step `drawAs` of its
   * first epoch.
   */
  runForTraining(pass: Pass, rows: number, drawAs?: number): void {
    const epoch = drawAs === undefined ? this.lifeEpoch : Math.floor(drawAs / EPOCH);
    const step = drawAs === undefined ? this.lifeStep : drawAs % EPOCH;
    const { keys } = pass;
    for (let i = 0; i < keys.length; i++) this.stream(keys[i].stream).writeKey(step, epoch, keys[i].key);
    this.run(pass, rows);
    // A step that was drawn does not come again by itself; one of long ago takes nothing back.
    if (epoch > this.lifeEpoch || (epoch === this.lifeEpoch && step >= this.lifeStep)) {
      this.lifeEpoch = epoch;
      this.lifeStep = step + 1;
    }
  }

  private stream(index: number): RandomStream {
    let stream = this.streams.get(index);
    if (!stream) {
      stream = new RandomStream(this.seed, purposes.layer, index);
      this.streams.set(index, stream);
    }
    return stream;
  }

  /** @internal Adds the regularizers' gradients, before an optimizer's step. */
  regularize(): void {
    this.penalties.regularize(this.gradients.slab);
  }

  /** @internal Applies the constraints, after an optimizer's step. */
  constrain(): void {
    this.penalties.constrain();
  }

  /** @internal Every tensor's values, the learned ones first, as they are in memory. */
  get tensorValues(): Float32Array {
    return this.backend.floats(this.weights.slab, this.weights.length).slice();
  }

  /** @internal */
  set tensorValues(values: Float32Array) {
    this.backend.floats(this.weights.slab, values.length).set(values);
  }

  /** A tensor as a matrix: its last axis are the columns. */
  private matrix(shape: TensorPlace["shape"], at: Pointer): Matrix {
    const cols = shape[shape.length - 1];
    return new Matrix(this.backend, at, sizeOf(shape) / cols, cols, this.slabOwner);
  }
}

const countOf = ({ tensors }: Pick<Layout, "tensors">): number =>
  tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** A network with any outputs. */
export type AnyNetwork = TrainableNetwork<Tensor | readonly Tensor[]>;
