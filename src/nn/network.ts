import { checkOptions, show } from "../core/check.js";
import { DisposedError, ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import type { Owner } from "../core/matrix.js";
import type { ActivationName } from "./activation.js";
import { Arena } from "./arena.js";
import { type ClassPrediction, checkClassOptions, classesOf, type PredictClassesOptions } from "./classes.js";
import type { Layer } from "./layers/layer.js";
import { type Plan, tensorsOf } from "./plan.js";
import { Rows, type Samples } from "./rows.js";
import { Layout, sizeOf } from "./slab.js";

/** @internal A tensor where it is. */
export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly address: Pointer;
}

/**
 * @internal Rows that go through the network at once in predict and evaluate: enough to keep the kernels
 * busy, and bounded memory.
 */
export const CHUNK = 256;

/**
 * Layers in a row, each one's output the next one's input, with the memory that they work in: a model that
 * runs. The memory is given back once neither the model, nor a matrix of it, nor the `data` of one is
 * referenced and the engine has collected them, in a later turn of the event loop. `dispose()`, or `using`,
 * gives it back at once.
 */
export class Network {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly seed: number;
  /** @internal */
  readonly inputSize: number;
  /** @internal */
  readonly outputSize: number;
  /** Words about the model that are saved with it. */
  readonly metadata: Record<string, string>;
  /** @internal Where the activations of a batch stand. */
  readonly arena: Arena;

  /** @internal The memory of the model, and what fit has for it. */
  readonly lease: Lease;

  protected names: readonly string[] | undefined;
  protected readonly layers: readonly Layer[];
  protected readonly layout: Layout;
  protected readonly slabOwner: Owner;
  protected readonly outputOwner: Owner;
  protected readonly slab: Pointer;
  protected readonly bufferLayout: Layout;
  protected readonly bufferSlab: Pointer;

  /** @internal With tensors of zeros. @throws OutOfMemoryError */
  constructor(
    readonly backend: Host,
    plan: Plan<Layer>,
    OfArena: typeof Arena = Arena,
  ) {
    const { parameters, buffers } = tensorsOf(plan);
    this.inputShape = plan.inputShape;
    this.seed = plan.seed;
    this.layers = plan.layers;
    this.outputShape = plan.layers[plan.layers.length - 1].outputShape;
    this.inputSize = sizeOf(this.inputShape);
    this.outputSize = sizeOf(this.outputShape);
    this.names = plan.labels;
    this.metadata = plan.metadata;
    this.layout = new Layout(parameters);
    this.bufferLayout = new Layout(buffers);
    this.lease = backend.lease(this);
    this.slab = this.lease.allocate((this.layout.length + this.bufferLayout.length) * 4);
    this.bufferSlab = this.slab + this.layout.length * 4;
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
    this.arena = new OfArena(this.lease, this.inputSize, this.layers);
    backend.floats(this.slab, this.layout.length + this.bufferLayout.length).fill(0);
    this.place(0);
  }

  /**
   * The outputs for any number of samples, as the last layer gives them, row by row.
   * x: [rows, inputs]; result: rows x outputs, in `out` when that is given.
   * @throws ShapeError, ValueError, DisposedError
   */
  predict<Out extends Float32Array = Float32Array<ArrayBuffer>>(
    x: Samples,
    options: { out?: Out } = {},
  ): Out {
    this.check();
    checkOptions("predict", options, ["out"]);
    const rows = this.rowsOf(x);
    const length = rows.rows * this.outputSize;
    const out = options.out ?? (new Float32Array(length) as Out);
    if (this.backend.holds(out))
      throw new ValueError(
        "predict expected out to be an array of its own: a view of linear memory, such as matrix.data, may be detached",
      );
    if (Object.prototype.toString.call(out) !== "[object Float32Array]" || out.length !== length) {
      throw new ShapeError(
        `predict expected out to be a Float32Array of ${rows.rows} x ${this.outputSize} = ${length}, got ${show(out)}`,
      );
    }
    this.invalidate();
    const chunk = Math.min(CHUNK, rows.rows);
    if (chunk > 0) this.reserve(chunk);
    for (let begin = 0; begin < rows.rows; begin += chunk) {
      const end = Math.min(begin + chunk, rows.rows);
      const output = this.run(this.stage(rows, begin, end), end - begin, false);
      out.set(this.backend.floats(output, (end - begin) * this.outputSize), begin * this.outputSize);
    }
    return out;
  }

  /**
   * What the outputs stand for: a name for each class, as the model was made with or as fit has learnt them
   * from its targets. Undefined where it has none.
   */
  get labels(): readonly string[] | undefined {
    return this.names;
  }

  /**
   * The class of each sample: one of the model's `labels` or, where it has none, an index. Of several outputs
   * it is the class of the largest; one output decides between two classes, by `threshold`. With
   * `probabilities` each class comes as a `ClassPrediction`: after a softmax or a sigmoid those are the
   * outputs, and of logits their softmax or sigmoid.
   * @throws ShapeError, ValueError for unknown options, and for probabilities after another activation;
   * DisposedError
   */
  predictClasses(x: Samples, options: PredictClassesOptions & { probabilities: true }): ClassPrediction[];
  predictClasses(
    x: Samples,
    options?: PredictClassesOptions & { probabilities?: false },
  ): (string | number)[];
  predictClasses(x: Samples, options: PredictClassesOptions = {}): (string | number)[] | ClassPrediction[] {
    this.check();
    checkClassOptions(this, options);
    return classesOf(this, this.predict(x), options);
  }

  /** Gives the memory back at once: no duty, see above. Disposing again does nothing. */
  dispose(): void {
    if (this.slabOwner.generation > 0) return;
    this.invalidate();
    this.slabOwner.generation++;
    this.lease.end();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The activation that the output has gone through. */
  get lastActivation(): ActivationName {
    return this.layers[this.layers.length - 1].activationName;
  }

  /** @internal @throws DisposedError */
  check(): void {
    this.backend.check();
    if (this.slabOwner.generation > 0) throw new DisposedError("model: used after dispose()");
  }

  /**
   * @internal For what would be in the way of a running fit, where there is such a thing. @throws BusyError
   */
  checkIdle(_who: string): void {}

  /**
   * @internal Samples for the first layer, which is who complains of them. A view that growing memory may
   * detach is copied first.
   */
  rowsOf(x: unknown, where = ""): Rows {
    return Rows.from(where + this.layers[0].label, "input", this.backend.own(x), this.inputSize);
  }

  /** @internal Every tensor, learnt or kept. */
  get tensors(): TensorPlace[] {
    this.check();
    const places = (layout: Layout, slab: Pointer) =>
      layout.tensors.map(({ name, shape }, i) => ({ name, shape, address: slab + layout.offsets[i] * 4 }));
    return [...places(this.layout, this.slab), ...places(this.bufferLayout, this.bufferSlab)];
  }

  /** @internal Makes room for a batch. Afterwards `run` allocates nothing for batches up to this one. */
  reserve(rows: number): void {
    if (this.arena.reserve(rows)) this.invalidate();
    this.backend.scratch(this.arena.scratchBytes);
  }

  /** @internal Outputs handed out before are void from here on. */
  invalidate(): void {
    this.outputOwner.generation++;
  }

  /**
   * @internal The output of a batch that stands at x, for which there is room. With `logits`, the last
   * activation is left out. Outputs handed out before are void from here on.
   */
  run(x: Pointer, rows: number, logits: boolean): Pointer {
    const { layers, arena } = this;
    this.invalidate();
    const scratch = this.backend.scratch(arena.scratchBytes);
    let input = x;
    for (let i = 0; i < layers.length; i++) {
      layers[i].forward(
        input,
        arena.outputs[i],
        arena.works[i],
        rows,
        logits && i === layers.length - 1,
        scratch,
      );
      input = arena.outputs[i];
    }
    return input;
  }

  /** Where samples `begin` to `end` - 1 stand, copied into the arena unless they are in linear memory. */
  protected stage(rows: Rows, begin: number, end: number): Pointer {
    if (rows.matrix) return rows.matrix.pointer + begin * this.inputSize * 4;
    const { input } = this.arena;
    rows.copy(this.backend.floats(input, (end - begin) * this.inputSize), begin, end);
    return input;
  }

  /** Tells each layer where its tensors are. */
  protected place(gradientSlab: Pointer): void {
    let parameter = 0;
    let buffer = 0;
    for (const layer of this.layers) {
      const parameters = layer.parameters.map(() => {
        const at = this.layout.offsets[parameter++] * 4;
        return { value: this.slab + at, gradient: gradientSlab ? gradientSlab + at : 0 };
      });
      layer.place(
        parameters,
        layer.buffers.map(() => this.bufferSlab + this.bufferLayout.offsets[buffer++] * 4),
      );
    }
  }
}
