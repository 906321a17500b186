import { checkCount, checkLayerName, show } from "../../core/check.js";
import { ValueError } from "../../core/errors.js";
import type { Host } from "../../core/host.js";
import type { Pointer } from "../../core/kernels.js";
import { checkInitializer, type InitializerName, initializeBy } from "../initializer.js";
import { sizeOf } from "../slab.js";
import type { LayerConfig, LayerSpec, ParameterPlace, ParameterSpec, TrainableLayer } from "./layer.js";

/** A tensor that a layer of your own learns. */
export interface CustomParameter {
  readonly name: string;
  /** One size or more. */
  readonly shape: readonly number[];
  /**
   * Its first values: by a name, of which the last size counts as units and the others as inputs, or written
   * by a function. Default "zeros".
   */
  readonly initializer?: InitializerName | ((values: Float32Array) => void);
}

/**
 * What forward works on: views of linear memory, row-major, good until it returns or allocates in this
 * backend.
 */
export interface CustomForward {
  /** Samples in the batch. */
  readonly rows: number;
  /** The input, [rows, ...input shape]. */
  readonly x: Float32Array;
  /** The output, [rows, ...output shape], of which every element is to be written. */
  readonly y: Float32Array;
  /** The layer's tensors by their names. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Whether a backward may follow. */
  readonly training: boolean;
}

/** What backward works on: beside what forward had and made, the gradients. */
export interface CustomBackward extends Omit<CustomForward, "training"> {
  /** d loss / d y, [rows, ...output shape], not to be written. */
  readonly dy: Float32Array;
  /**
   * d loss / d x, [rows, ...input shape], of which every element is to be written; undefined where nobody
   * asks for it.
   */
  readonly dx: Float32Array | undefined;
  /** d loss / d parameter by the parameter's name, to be added to. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/**
 * A layer of your own, to be extended: it stands in `layers` like any other. Its options are saved with the
 * model as JSON, and loadModel makes it again with what its option `layers` says for the type. checkGradients
 * tells whether backward is right. Where it uses Math.exp and the like, the last bits of the weights depend
 * on the engine.
 */
export abstract class CustomLayer<Options extends object = object> implements LayerSpec {
  /** What a model file calls it by. */
  abstract readonly type: string;

  /** The options may hold a `name`, which its parameters are called by instead of the layer's index. */
  constructor(readonly options: Options & { readonly name?: string } = {} as Options) {}

  get name(): string | undefined {
    return this.options.name;
  }

  /** @internal */
  get config(): LayerConfig {
    return { ...this.options, type: this.type };
  }

  /**
   * The shape of an output sample for that of an input sample. That of the input, unless it is overridden.
   */
  outputShape(inputShape: readonly number[]): readonly number[] {
    return inputShape;
  }

  /** What it learns. Nothing, unless it is overridden. */
  parameters(_inputShape: readonly number[]): readonly CustomParameter[] {
    return [];
  }

  /** y = f(x). */
  abstract forward(pass: CustomForward): void;

  /** From dy: writes dx where it is asked for, and adds to the gradients of the parameters. */
  abstract backward(pass: CustomBackward): void;

  /** @internal @throws ValueError */
  build(backend: Host, inputShape: readonly number[]): TrainableLayer {
    return new BuiltLayer(backend, this, inputShape);
  }
}

/** A custom layer for inputs of one shape. */
class BuiltLayer implements TrainableLayer {
  readonly label: string;
  readonly outputShape: readonly number[];
  readonly activationName = "linear";
  readonly parameters: readonly ParameterSpec[];
  readonly buffers = [];
  readonly workSize = 0;
  private readonly inputs: number;
  private readonly outputs: number;
  private places: readonly ParameterPlace[] = [];
  private training = false;

  constructor(
    private readonly backend: Host,
    private readonly layer: CustomLayer,
    inputShape: readonly number[],
  ) {
    const { type, name } = layer;
    if (typeof type !== "string" || type === "")
      throw new ValueError(`CustomLayer expected type to be a string that is not empty, got ${show(type)}`);
    checkLayerName(type, name);
    this.outputShape = checkedShape(type, "outputShape", layer.outputShape(inputShape));
    this.parameters = layer.parameters(inputShape).map((parameter) => specOf(type, parameter));
    this.inputs = sizeOf(inputShape);
    this.outputs = sizeOf(this.outputShape);
    this.label = `${type}(${this.inputs} -> ${this.outputs})`;
  }

  place(places: readonly ParameterPlace[]): void {
    this.places = places;
  }

  outputRange(): undefined {
    return undefined;
  }

  begin(key: Uint32Array | undefined): void {
    this.training = key !== undefined;
  }

  scratchBytes(): number {
    return 0;
  }

  forward(x: Pointer, y: Pointer, _work: Pointer, rows: number): void {
    this.layer.forward({ ...this.views(x, y, rows), training: this.training });
  }

  backward(
    x: Pointer,
    y: Pointer,
    _work: Pointer,
    dy: Pointer,
    _dz: Pointer,
    dx: Pointer,
    rows: number,
    _logits: boolean,
    accumulate: boolean,
  ): void {
    const { backend, inputs, outputs } = this;
    const gradients = this.tensors("gradient");
    if (!accumulate) for (const gradient of Object.values(gradients)) gradient.fill(0);
    this.layer.backward({
      ...this.views(x, y, rows),
      dy: backend.floats(dy, rows * outputs),
      dx: dx ? backend.floats(dx, rows * inputs) : undefined,
      gradients,
    });
  }

  private views(x: Pointer, y: Pointer, rows: number) {
    const { backend, inputs, outputs } = this;
    return {
      rows,
      x: backend.floats(x, rows * inputs),
      y: backend.floats(y, rows * outputs),
      parameters: this.tensors("value"),
    };
  }

  private tensors(which: keyof ParameterPlace): Record<string, Float32Array> {
    return Object.fromEntries(
      this.parameters.map(({ name, shape }, i) => [
        name,
        this.backend.floats(this.places[i][which], sizeOf(shape)),
      ]),
    );
  }
}

function specOf(who: string, parameter: CustomParameter): ParameterSpec {
  const { name, shape, initializer = "zeros" } = parameter;
  checkedShape(who, `shape of ${name}`, shape);
  if (typeof initializer === "function")
    return { name, shape, initialize: (host, at, n) => initializer(host.floats(at, n)) };
  checkInitializer(who, initializer);
  const units = shape[shape.length - 1];
  const initialize = initializeBy(initializer);
  return {
    name,
    shape,
    initialize: (host, at, n, seed, index) =>
      initialize(host, at, n, sizeOf(shape) / units, units, seed, index),
  };
}

function checkedShape(who: string, what: string, shape: readonly number[]): readonly number[] {
  if (!Array.isArray(shape) || shape.length === 0)
    throw new ValueError(`${who} expected ${what} to be one size or more, got ${show(shape)}`);
  for (const size of shape) checkCount(who, `a size in ${what}`, size);
  return [...shape];
}
