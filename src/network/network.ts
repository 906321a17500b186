import { checkOptions, show } from "../core/check.js";
import { DisposedError, ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import { type DataRecord, encodeRecords } from "../encoding/encode-records.js";
import type { Encoding } from "../encoding/encoding.js";
import { Arena } from "../graph/arena.js";
import { lastOf, sizeOf } from "../graph/value.js";
import type { OutputRange } from "../layers/output-range.js";
import type { Expectation } from "../layers/scope.js";
import type { Tensor } from "../layers/tensor.js";
import type { Owner } from "../matrix/matrix.js";
import type { ActivationName } from "../ops/activation-kinds.js";
import { throwNoIndex } from "../ops/check.js";
import {
  bySample,
  type ClassPrediction,
  checkClassOptions,
  classesOf,
  type PredictClassesOptions,
} from "./classes.js";
import { eachOf, isRecord } from "./each-of.js";
import { byLength, Lengths } from "./lengths.js";
import { Pass, type PassKind } from "./pass.js";
import { isReader, type Ragged, Rows, rowsOfReader, type Samples } from "./rows.js";
import { type Stepper, type StepperOptions, stepperOf } from "./stepper.js";
import type { Port, Structure } from "./structure.js";
import { type Trace, trace } from "./trace.js";
import { type TensorPlace, Weights } from "./weights.js";

/**
 * @internal Rows that go through the network at once in predict and evaluate: enough to keep the kernels
 * busy, and bounded memory.
 */
export const CHUNK = 256;

/** @internal Those of samples of different lengths, from the shortest to the longest. */
export const RAGGED_CHUNK = 64;

/**
 * Samples for each input of a model: of several inputs an array in their order, or an object by their names.
 * A model with an encoding takes records, too.
 */
export type Inputs = Samples | readonly Samples[] | Readonly<Record<string, Samples>> | readonly DataRecord[];

/** One value for each output: an array if the model's `outputs` are an array. */
export type Each<Outputs, Of> = Outputs extends readonly unknown[] ? Of[] : Of;

/**
 * A model that predicts. Its memory is given back once neither the model, nor a matrix of it, nor the `data`
 * of one is referenced and the engine has collected them, in a later turn of the event loop. `dispose()`, or
 * `using`, gives it back at once.
 *
 * @example
 * import { createBackend as createTrainer, dense, saveModel, Sequential } from "lanewise";
 *
 * const layers = [dense(2, { activation: "softmax" })];
 * const trained = new Sequential(await createTrainer(), { inputShape: 2, labels: ["no", "yes"], layers });
 * const model: Network = await loadModel(backend, saveModel(trained));
 * console.log(model.predictClasses([[1, 2], [3, 4]]).length); // 2
 */
export class Network<Outputs extends Tensor | readonly Tensor[] = Tensor> {
  /** Text about the model that is saved with it. */
  readonly metadata: Record<string, string>;
  readonly seed: number;
  /** The names and shapes of the inputs. */
  readonly inputs: readonly Port[];
  /** The names and shapes of the outputs. */
  readonly outputs: readonly Port[];
  /** @internal The memory of the model, and what fit has for it. */
  readonly lease: Lease;
  /** @internal */
  readonly structure: Structure;
  /** @internal */
  readonly weights: Weights;
  /** @internal Floats of a sample of each input, and of each output. */
  readonly inputSizes: readonly number[];
  readonly outputSizes: readonly number[];
  protected names: readonly string[] | undefined;
  /** @internal */
  readonly arena: Arena;
  protected readonly slabOwner: Owner;
  protected readonly outputOwner: Owner;
  private readonly passes = new Map<string, Pass>();
  /** The pass to the outputs. */
  private readonly predicting: Pass;
  private readonly traits: Trace["outputs"];
  private readonly expectations: readonly (readonly Expectation[])[];
  private found: { readonly lengths: Lengths | undefined } | undefined;
  /** The labels of the inputs that were asked for: every batch asks. */
  private readonly inputLabels: string[] = [];

  /**
   * @internal With tensors of zeros. `traced` is what `trace(structure, false)` gave, which is used up.
   * @throws OutOfMemoryError, ShapeError, ValueError
   */
  constructor(
    readonly backend: Host,
    structure: Structure,
    traced: Trace = trace(structure, false),
  ) {
    this.structure = structure;
    this.traits = traced.outputs;
    this.expectations = traced.inputs.map(({ id }) =>
      traced.registry.expectations.filter(({ input }) => input.id === id),
    );
    this.inputs = structure.inputs;
    this.outputs = structure.outputs;
    this.inputSizes = this.inputs.map(({ shape }) => sizeOf(shape));
    this.outputSizes = this.outputs.map(({ shape }) => sizeOf(shape));
    this.seed = structure.seed;
    this.names = structure.labels;
    this.metadata = structure.metadata;
    this.lease = backend.lease(this);
    this.arena = new Arena(this.lease);
    this.weights = new Weights(backend, this.lease, traced.registry);
    this.slabOwner = {
      generation: 0,
      gone: "belonged to a model that was disposed",
      keeper: "its model",
      model: this,
    };
    this.outputOwner = {
      generation: 0,
      gone: "was the output of a model that has run again or was disposed since",
      keeper: "its model",
      model: this,
      readOnly: true,
    };
    this.predicting = this.addPass({ training: false, logits: this.outputs.map(() => false) }, traced);
  }

  /** How records become samples, where the model knows it. */
  get encoding(): Encoding | undefined {
    return this.structure.encoding;
  }

  /** The shape of a sample of the first input, without the batch. */
  get inputShape(): readonly number[] {
    return this.inputs[0].shape;
  }

  /** The shape of a sample of the first output, without the batch. */
  get outputShape(): readonly number[] {
    return this.outputs[0].shape;
  }

  /**
   * The outputs for any number of samples, row by row. x: [rows, ...input shape], for each input, or records
   * such as `[{ sex: "female", age: null }]` for a model with an encoding; result: rows x outputs, in `out`
   * if it is given. A model with an array of outputs gives an array.
   * @throws ShapeError, ValueError, DisposedError
   */
  predict<Out extends Float32Array = Float32Array<ArrayBuffer>>(
    x: Inputs,
    options: { out?: Each<Outputs, Out> } = {},
  ): Each<Outputs, Out> {
    this.check();
    checkOptions("predict", options, ["out"]);
    const samples = this.rowsOf(x);
    const { rows } = samples[0];
    const { severalOutputs } = this.structure;
    const given: unknown = options.out;
    if (
      given !== undefined &&
      severalOutputs &&
      !(Array.isArray(given) && given.length === this.outputs.length)
    )
      throw new ShapeError(
        `predict expected out to be an array of ${this.outputs.length} Float32Array, got ${show(given)}`,
      );
    const outs = this.outputSizes.map((size, i) =>
      this.outFor(rows, size, severalOutputs ? (given as unknown[] | undefined)?.[i] : given),
    );
    this.invalidate();
    const { lengths } = this;
    // Of outputs with a row for each step, those of padding are asked for, too.
    const steps = lengths?.areInOutputs ? undefined : lengths?.ofSamples(samples);
    const order = steps && byLength(steps, Int32Array.from(steps.keys()));
    const chunk = Math.min(order ? RAGGED_CHUNK : CHUNK, rows);
    for (let begin = 0; begin < rows; begin += chunk) {
      const end = Math.min(begin + chunk, rows);
      const length = order && lengths?.ofPlan(steps[order[end - 1]]);
      const pass = this.predictingPass(undefined, length);
      this.reserve(pass, chunk);
      this.stage(pass, samples, begin, end, order);
      this.run(pass, end - begin);
      for (const [i, out] of outs.entries()) {
        const size = this.outputSizes[i];
        const given = this.backend.floats(pass.plan.address(pass.heads[i]), (end - begin) * size);
        if (!order) out.set(given, begin * size);
        else
          for (let row = begin; row < end; row++)
            out.set(given.subarray((row - begin) * size, (row - begin + 1) * size), order[row] * size);
      }
    }
    return (severalOutputs ? outs : outs[0]) as Each<Outputs, Out>;
  }

  /**
   * Runs the model over sequences one time step at a time, remembering what came before: for generation and
   * for streams. For models of one sequence, [batch, time, ...], whose layers look at no later step:
   * recurrent layers, dense, activations, normalization of each step.
   * @throws ValueError for a layer that needs the whole sequence, DisposedError
   */
  stepper(options: StepperOptions = {}): Stepper {
    return stepperOf(this, options);
  }

  /**
   * The class of each output: the names that the model was made with, or that fit found in the targets.
   * Undefined where it has none.
   */
  get labels(): readonly string[] | undefined {
    return this.names;
  }

  /**
   * The class of each sample: one of the model's `labels` or, without them, an index. Of several units the
   * largest decides; one unit decides between two classes, by `threshold`. With `probabilities` each class
   * comes as a `ClassPrediction`: after a softmax or a sigmoid those are the outputs, and for logits their
   * softmax or sigmoid. For models with one output. Of outputs [time, classes] `byStep` gives an array for
   * each sample, with the class of each step: of a sample that is shorter than the others, of its own steps.
   * @throws ShapeError, ValueError for unknown options, for probabilities after another activation and for a
   * model with several outputs; DisposedError
   */
  predictClasses(
    x: Inputs,
    options: PredictClassesOptions & { byStep: true; probabilities: true },
  ): ClassPrediction[][];
  predictClasses(
    x: Inputs,
    options: PredictClassesOptions & { byStep: true; probabilities?: false },
  ): (string | number)[][];
  predictClasses(x: Inputs, options: PredictClassesOptions & { probabilities: true }): ClassPrediction[];
  predictClasses(x: Inputs, options?: PredictClassesOptions & { probabilities?: false }): (string | number)[];
  predictClasses(
    x: Inputs,
    options: PredictClassesOptions = {},
  ): (string | number)[] | ClassPrediction[] | (string | number | ClassPrediction)[][] {
    this.check();
    if (this.outputs.length > 1)
      throw new ValueError(
        `predictClasses expected a model with one output, got ${this.outputs.length} outputs; use predict`,
      );
    checkClassOptions(this, options);
    const outputs: Float32Array | Float32Array[] = this.predict(x);
    const answers: (string | number | ClassPrediction)[] = classesOf(
      this,
      Array.isArray(outputs) ? outputs[0] : outputs,
      options,
    );
    if (options.byStep) {
      const each = this.outputSize / this.classRow(0);
      const all = bySample(answers, each);
      // Where steps of the output are those of the input, the answers for padding are nobody's.
      if (this.inputs.length > 1 || this.maskedSteps(0) !== each || this.inputShape[0] !== each) return all;
      const [rows] = this.rowsOf(x);
      return all.map((steps, i) => steps.slice(0, (rows.lengthOf(i) * each) / rows.cols));
    }
    return answers as (string | number)[] | ClassPrediction[];
  }

  /** Gives the memory back at once. This is optional, see above. Disposing again does nothing. */
  dispose(): void {
    if (this.slabOwner.generation > 0) return;
    this.invalidate();
    this.slabOwner.generation++;
    this.lease.end();
  }

  /** Disposes at the end of a block that declares it with `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Floats of a sample of the first input. */
  get inputSize(): number {
    return this.inputSizes[0];
  }

  /** @internal Floats of a sample of the first output. */
  get outputSize(): number {
    return this.outputSizes[0];
  }

  /** @internal The last activation of the first output. */
  get lastActivation(): ActivationName {
    return this.activationOf(0).name;
  }

  /** @internal The last activation of an output, with its parameter. */
  activationOf(output: number): { readonly name: ActivationName; readonly parameter: number } {
    const { origin } = this.traits[output];
    return { name: origin?.activation ?? "linear", parameter: origin?.parameter ?? 0 };
  }

  /** @internal The elements of an output that are the scores of the classes of one answer. */
  classRow(output: number): number {
    return this.traits[output].origin?.row ?? lastOf(this.outputs[output].shape);
  }

  /** @internal The time steps of an output that has a mask; 0 of one that has none. */
  maskedSteps(output: number): number {
    return this.traits[output].mask?.size ?? 0;
  }

  /** @internal What layers take for granted of the numbers of an input. */
  expectationsOf(input: number): readonly Expectation[] {
    return this.expectations[input];
  }

  /** @internal What is known of an output's elements. */
  rangeOf(output: number): OutputRange | undefined {
    return this.traits[output].range;
  }

  /** @internal @throws DisposedError */
  check(): void {
    this.backend.check();
    if (this.slabOwner.generation > 0) throw new DisposedError("model: used after dispose()");
  }

  /** @internal For calls that may not interrupt fit. @throws BusyError */
  checkIdle(_who: string): void {}

  /**
   * @internal Samples for each input, of one length. A view that growing memory may detach is copied.
   * @throws ShapeError, ValueError
   */
  rowsOf(x: unknown, where = ""): Rows[] {
    if (this.inputs.length === 1) return [this.rowsFor(0, this.inputGiven(x, 0, where), where)];
    const all = this.inputs.map((_, i) => this.rowsFor(i, this.inputGiven(x, i, where), where));
    const other = all.findIndex(({ rows }) => rows !== all[0].rows);
    if (other > 0)
      throw new ShapeError(
        `${where}the model expected as many samples for each input, got ${all[0].rows} for ${this.inputs[0].name} and ${all[other].rows} for ${this.inputs[other].name}`,
      );
    return all;
  }

  /** The samples of one input. */
  protected rowsFor(input: number, x: unknown, where: string): Rows {
    const who = where + this.inputLabel(input);
    const size = this.inputSizes[input];
    if (isReader(x)) return rowsOfReader(who, "input", x, size);
    const areRecords = Array.isArray(x) && isRecord(x[0]);
    if (areRecords && !this.encoding)
      throw new ValueError(
        `${who} expected numbers, got records: the model has no encoding, which new Model takes as an option`,
      );
    const samples = areRecords && this.encoding ? encodeRecords(this.encoding, x) : this.backend.own(x);
    return Rows.from(who, "input", samples, size, this.raggedness(input));
  }

  /** How samples of an input may be shorter than it: undefined if they may not. */
  private raggedness(input: number): Ragged | undefined {
    const padding = this.expectations[input].find(({ padding }) => padding !== undefined)?.padding;
    return padding === undefined
      ? undefined
      : { padding, step: this.inputSizes[input] / this.inputs[input].shape[0] };
  }

  /**
   * @internal Looks through samples in linear memory, of `size` numbers each, of which the first is sample
   * `first` of all, or of `order`. @throws ValueError for a number that is no index of the embedding that
   * reads it
   */
  checkIndices(
    where: string,
    input: number,
    at: Pointer,
    samples: number,
    first: number,
    size = this.inputSizes[input],
    order?: Int32Array,
  ): void {
    for (const { who, vocabulary } of this.expectations[input]) {
      if (vocabulary === undefined) continue;
      const wrong = this.backend.kernels.firstNonIndex(at, samples * size, vocabulary);
      if (wrong < 0) continue;
      const [value] = this.backend.floats(at + 4 * wrong, 1);
      const sample = first + Math.floor(wrong / size);
      throwNoIndex(where + who, value, vocabulary, wrong % size, size, order ? order[sample] : sample);
    }
  }

  /** The subject of errors about samples: the layer that takes them or, with several inputs, the input. */
  protected inputLabel(input: number): string {
    this.inputLabels[input] ??= this.labelOfInput(input);
    return this.inputLabels[input];
  }

  private labelOfInput(input: number): string {
    const { inputs, structure } = this;
    if (inputs.length > 1) return `input ${inputs[input].name}`;
    // An old file's flatten is not a layer of the user's.
    const taker =
      structure.calls.find(
        ({ inputs, layer }) => inputs.includes(input) && structure.layers[layer].index >= 0,
      ) ?? structure.calls.find(({ layer }) => structure.layers[layer].index >= 0);
    return taker ? this.callLabel(structure.calls.indexOf(taker)) : inputs[input].name;
  }

  /** @internal A call in a message: its layer with sizes. */
  callLabel(call: number): string {
    const { calls, layers, shapes } = this.structure;
    const { layer, inputs, output } = calls[call];
    return layers[layer].layer.label(
      inputs.map((tensor) => shapes[tensor]),
      shapes[output],
    );
  }

  private inputGiven(x: unknown, i: number, where: string): unknown {
    const { inputs, structure } = this;
    if (!structure.severalInputs && (isReader(x) || !isRecord(x))) return x;
    const names = inputs.map(({ name }) => name);
    return eachOf(`${where}the model expected samples for each of its inputs,`, names, x)[i];
  }

  private outFor(rows: number, size: number, given: unknown): Float32Array {
    if (given === undefined) return new Float32Array(rows * size);
    if (this.backend.holds(given))
      throw new ValueError(
        "predict expected out to be an array of its own: a view of linear memory, such as matrix.data, may be detached",
      );
    const out = given as Float32Array;
    if (Object.prototype.toString.call(given) === "[object Float32Array]" && out.length === rows * size)
      return out;
    throw new ShapeError(
      `predict expected out to be a Float32Array of ${rows} x ${size} = ${rows * size}, got ${show(given)}`,
    );
  }

  /** @internal Every tensor, the learned ones first. */
  get tensors(): TensorPlace[] {
    this.check();
    return this.weights.tensors;
  }

  /**
   * @internal The pass that predicts: to the outputs, or to the logits of those that have them; on a plan of
   * a `length`, see Lengths.
   */
  predictingPass(logits?: readonly boolean[], length?: number): Pass {
    if (!logits && !length) return this.predicting;
    return this.passOf({ training: false, logits: logits ?? this.outputs.map(() => false), length });
  }

  /** @internal How sequences go without their padding; undefined if the model needs it. */
  get lengths(): Lengths | undefined {
    if (this.found === undefined)
      this.found = { lengths: Lengths.of(this.structure, this.expectations, this.weights) };
    return this.found.lengths;
  }

  protected passOf(kind: PassKind): Pass {
    return this.passes.get(keyOf(kind)) ?? this.addPass(kind);
  }

  private addPass(kind: PassKind, traced?: Trace): Pass {
    const pass = new Pass(this, this.structure, kind, traced);
    this.passes.set(keyOf(kind), pass);
    return pass;
  }

  /** @internal Makes room for a batch. Afterwards `run` allocates nothing for batches up to this size. */
  reserve(pass: Pass, rows: number): void {
    if (pass.plan.reserve(rows)) this.invalidate();
  }

  /** @internal Outputs handed out before are void from here on. */
  invalidate(): void {
    this.outputOwner.generation++;
  }

  /** @internal Runs a batch that is staged. Outputs handed out before are void from here on. */
  run(pass: Pass, rows: number): void {
    this.invalidate();
    pass.forward(rows);
  }

  /**
   * Puts samples `begin` to `end` - 1, or those that `order` lists there, where a pass reads them: copied,
   * unless they are in linear memory.
   */
  protected stage(
    { plan, inputs }: Pass,
    samples: readonly Rows[],
    begin: number,
    end: number,
    order?: Int32Array,
  ): void {
    for (let i = 0; i < samples.length; i++) {
      const rows = samples[i];
      const { size } = inputs[i];
      let at: Pointer;
      if (rows.matrix && !order) at = rows.matrix.pointer + begin * size * 4;
      else {
        at = plan.room(inputs[i]);
        if (!order) rows.copy(this.backend.floats(at, (end - begin) * size), begin, end);
        else
          for (let row = begin; row < end; row++)
            rows.copyStart(this.backend.floats(at + (row - begin) * size * 4, size), order[row], size);
      }
      this.checkIndices("", i, at, end - begin, begin, size, order);
      plan.set(inputs[i], at);
    }
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Network";
  }
}

const keyOf = ({ training, logits, explicit = false, steps = 0, length = 0 }: PassKind): string =>
  `${Number(training)}${Number(explicit)}${logits.map(Number).join("")} ${steps} ${length}`;
