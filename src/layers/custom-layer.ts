import { checkCount, checkFlag, checkLayerName, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import { type CustomPass, custom } from "../ops/custom.js";
import { checkInitializer, type InitializerName, initializeBy } from "./initializer.js";
import { Layer, type LayerConfig } from "./layer.js";
import { type Constraint, type ParameterSpec, type Regularizer, type Scope, TracedTensor } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** The first values of a parameter: an initializer by name, or a function that writes them. */
export type CustomInitializer = InitializerName | ((values: Float32Array) => void);

/** A tensor that a custom layer learns. */
export interface CustomParameter {
  readonly name: string;
  /** At least one size. */
  readonly shape: readonly number[];
  /**
   * Its first values. An initializer takes the last size as units and the product of the others as inputs.
   * Default "zeros".
   */
  readonly initializer?: CustomInitializer;
}

/**
 * The arguments of forward: views of linear memory, row-major, valid until it returns or allocates in this
 * backend.
 */
export interface CustomForward extends CustomPass {
  /** Whether a backward may follow. */
  readonly training: boolean;
}

/** The arguments of backward: those of forward, its output, and the gradients. */
export interface CustomBackward extends CustomPass {
  /** d loss / d y, [rows, ...output shape]. Read-only. */
  readonly dy: Float32Array;
  /** d loss / d x, [rows, ...input shape]: write every element. Undefined if nothing needs it. */
  readonly dx: Float32Array | undefined;
  /** d loss / d parameter by the parameter's name: add to it. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** A layer that users write: its options are saved with the model as JSON. */
abstract class UserLayer<Options extends object> extends Layer {
  /** The layer's name in model files. `loadModel` creates the layer again with its option `layers`. */
  abstract readonly type: string;

  /** The options may hold a `name` and `trainable`, as those of other layers. */
  constructor(
    readonly options: Options & { readonly name?: string; readonly trainable?: boolean } = {} as Options,
  ) {
    super();
  }

  /** @internal */
  override get config(): LayerConfig {
    return { ...this.options, type: this.type };
  }

  /** @internal */
  override get arity(): readonly [least: number, most: number] {
    return [1, this.most];
  }

  /** @internal */
  override fileVersion(): number {
    return 1;
  }

  /** @internal */
  override label(inputs: readonly (readonly number[])[], output: readonly number[]): string {
    return `${this.type}(${inputs.map(sizeOf).join(", ")} -> ${sizeOf(output)})`;
  }

  protected checkNames(): void {
    const { type, name } = this;
    if (typeof type !== "string" || type === "")
      throw new ValueError(`${this.kind} expected type to be a string that is not empty, got ${show(type)}`);
    checkLayerName(type, name);
    checkFlag(type, "trainable", this.options.trainable);
  }

  protected abstract readonly kind: string;
  /** How many tensors it takes at most. */
  protected abstract readonly most: number;
}

/**
 * A layer with a forward and a backward pass in JavaScript: extend it, and use it as any other layer. Use
 * `ComposedLayer` if existing operations suffice. checkGradients checks backward. If it uses Math.exp and the
 * like, the last bits of the weights depend on the engine.
 *
 * @example
 * class Square extends CustomLayer {
 *   readonly type = "square";
 *   override forward({ x, y }: CustomForward): void {
 *     for (let i = 0; i < x.length; i++) y[i] = x[i] * x[i];
 *   }
 *   override backward({ x, dy, dx }: CustomBackward): void {
 *     if (dx) for (let i = 0; i < x.length; i++) dx[i] = 2 * x[i] * dy[i];
 *   }
 * }
 * const model = new Sequential(backend, { inputShape: 2, layers: [new Square()] });
 * console.log(Array.from(model.predict([3, -4]))); // [ 9, 16 ]
 */
export abstract class CustomLayer<Options extends object = object> extends UserLayer<Options> {
  protected override readonly kind: string = "CustomLayer";
  protected override readonly most: number = 1;

  /** The shape of an output sample for that of an input sample. Default: the shape of the input. */
  outputShape(inputShape: readonly number[]): readonly number[] {
    return inputShape;
  }

  /** The tensors that the layer learns. Default: none. */
  parameters(_inputShape: readonly number[]): readonly CustomParameter[] {
    return [];
  }

  /** y = f(x). */
  abstract forward(pass: CustomForward): void;

  /** From dy: writes dx if it is there, and adds to the gradients of the parameters. */
  abstract backward(pass: CustomBackward): void;

  /** @internal @throws ValueError */
  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    this.checkNames();
    const { type } = this;
    const shape = checkedShape(type, "outputShape", this.outputShape(x.shape));
    const parameters = this.parameters(x.shape).map((parameter) => {
      const spec = specOf(type, parameter);
      return [parameter.name, scope.parameter(spec)] as const;
    });
    return x.to(custom(scope.graph, this, x.value, shape, Object.fromEntries(parameters), scope.training));
  }
}

/** What `compose` gets beside its inputs. */
export interface Composition {
  /** Whether the graph is for training. */
  readonly training: boolean;
  /**
   * A tensor that the layer learns, without a batch. `initializer` as in CustomParameter, default
   * "glorotUniform". @throws ValueError
   */
  parameter(
    name: string,
    shape: number | readonly number[],
    options?: {
      readonly initializer?: CustomInitializer;
      readonly regularizer?: Regularizer;
      readonly constraint?: Constraint;
    },
  ): Tensor;
}

/**
 * A layer composed of operations and other layers: extend it, and use it as any other layer. It has no
 * backward pass to write.
 *
 * @example
 * class Residual extends ComposedLayer<{ units: number }> {
 *   readonly type = "residual";
 *   override compose([x]: readonly Tensor[]): Tensor {
 *     return add(x, dense(this.options.units, { activation: "relu" }).apply(x));
 *   }
 * }
 * const layers = [new Residual({ units: 8 }), dense(1)];
 * console.log(new Sequential(backend, { inputShape: 8, layers }).parameterCount); // 81
 */
export abstract class ComposedLayer<Options extends object = object> extends UserLayer<Options> {
  protected override readonly kind: string = "ComposedLayer";
  protected override readonly most: number = Number.POSITIVE_INFINITY;

  /** The output for the inputs. Called for each use of the layer in a model, and for training once more. */
  abstract compose(inputs: readonly Tensor[], composition: Composition): Tensor;

  /** @internal @throws ValueError */
  override build(scope: Scope, inputs: readonly TracedTensor[]): TracedTensor {
    this.checkNames();
    const { type } = this;
    const [first] = inputs;
    const output = this.compose(inputs, {
      training: scope.training,
      parameter: (name, given, { initializer = "glorotUniform", regularizer, constraint } = {}) => {
        const shape = typeof given === "number" ? [given] : given;
        const spec = specOf(type, { name, shape, initializer });
        return first.to(scope.parameter({ ...spec, regularizer, constraint }));
      },
    });
    if (output instanceof TracedTensor && output.scope.graph === scope.graph) return output.in(scope);
    throw new ValueError(
      `${type}.compose expected to return a tensor computed from its inputs, got ${show(output)}`,
    );
  }
}

function specOf(who: string, parameter: CustomParameter): ParameterSpec {
  const { name, shape: given, initializer = "zeros" } = parameter;
  const shape = checkedShape(who, `shape of ${name}`, given);
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
