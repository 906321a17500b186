import { checkCount, checkLayerName, checkOptions, checkTruth, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { Graph } from "../graph/graph.js";
import { sizeOf } from "../graph/value.js";
import { Registry, Scope, TracedTensor } from "./scope.js";
import { batchShape, Tensor } from "./tensor.js";

/** A layer as a model file has it: its type and its options, without its tensors. */
export interface LayerConfig {
  readonly type: string;
  readonly name?: string;
  readonly [option: string]: unknown;
}

/** The options that every layer with tensors has. */
export interface LayerOptions {
  /** Names the layer's tensors, instead of the layer's index. */
  name?: string;
  /** Whether training changes the layer's parameters. Default true. */
  trainable?: boolean;
}

/** @internal @throws ValueError for a name or a `trainable` that is none */
export function checkLayerOptions(config: LayerConfig): void {
  checkLayerName(config.type, config.name);
  if (config.trainable !== undefined) checkTruth(config.type, "trainable", config.trainable);
}

/**
 * A layer: options, and the operations that they stand for. It holds no numbers. Each model that it is part
 * of has weights of its own for it.
 *
 * In `Sequential` each place of the list is a layer of its own. Through `apply` a layer that is used twice
 * in one model has its weights once.
 *
 * @example
 * const shared = dense(4, { activation: "tanh", name: "shared" });
 * const [left, right] = [input(3), input(3)];
 * const distance = subtract(shared.apply(left), shared.apply(right));
 * const model = new Model(backend, { inputs: [left, right], outputs: distance });
 * console.log(model.parameters.map(({ name }) => name).join(" ")); // shared.weight shared.bias
 */
export abstract class Layer {
  /** @internal The layer as a model file has it. */
  abstract readonly config: LayerConfig;

  /** The name of the layer's tensors in a model, instead of the layer's index. */
  get name(): string | undefined {
    return this.config.name;
  }

  /** Whether training changes the layer's parameters. */
  get trainable(): boolean {
    return this.config.trainable !== false;
  }

  /**
   * The same layer with `trainable: false`: in a model, training keeps its parameters and running statistics
   * as they are. It is another layer, with weights of its own in the models that it is part of.
   *
   * @example
   * const inputShape = [8, 8, 1];
   * const trained = new Sequential(backend, { inputShape, layers: [conv2d(4, 3), flatten(), dense(10)] });
   * const trunk = trained.layers.slice(0, -1).map((layer) => layer.frozen());
   * const model = new Sequential(backend, { inputShape, layers: [...trunk, dense(5)] });
   * loadWeights(model, saveModel(trained), { layers: trunk });
   */
  frozen(): Layer {
    return this.trainable ? new LayerCopy(this, { ...this.config, trainable: false }) : this;
  }

  /**
   * @internal The first version of model files that can hold the layer on an input of this shape. In version
   * 1, dense and softmax take a whole sample as one row.
   */
  fileVersion(_input: readonly number[]): number {
    return 2;
  }

  /** @internal The layer in a message, such as "dense(784 -> 128)". */
  label(_inputs: readonly (readonly number[])[], _output: readonly number[]): string {
    return this.config.type;
  }

  /**
   * @internal The layer with a bias for each unit of the last axis of its weights, so that a scale and a
   * shift behind it go into them. Undefined for a layer that has no such weights.
   */
  withBias(): Layer | undefined {
    return undefined;
  }

  /**
   * @internal Whether each time step of the output, [batch, time, ...], comes from that step of the inputs of
   * these shapes and from earlier ones. The layer can then be built for one step (Scope.stepping).
   */
  isStepwise(_inputs: readonly (readonly number[])[]): boolean {
    return false;
  }

  /**
   * @internal Whether the layer leaves out the steps that the masks of its inputs call padding, so that
   * sequences without those at the end give the same bits, at the steps that are there or in an output
   * without steps. A layer that is stepwise need not say so of outputs that have the steps of the input.
   */
  get leavesOutPadding(): boolean {
    return false;
  }

  /** @internal How many tensors the layer takes: at least, and at most. */
  get arity(): readonly [least: number, most: number] {
    return [1, 1];
  }

  /**
   * @internal Emits the layer's operations for inputs of its scope. Called once for each use in a model and
   * for each of its plans. @throws ShapeError, ValueError
   */
  abstract build(scope: Scope, inputs: readonly TracedTensor[]): TracedTensor;

  /**
   * The output for an input, or for several, as a symbolic tensor: the next layer's input, or an output of
   * a model.
   *
   * @example
   * const x = input(2);
   * const h = dense(16, { activation: "tanh" }).apply(x);
   * const model = new Model(backend, { inputs: x, outputs: dense(1).apply(h) });
   *
   * @throws ShapeError, ValueError for inputs that the layer does not take
   */
  apply(x: Tensor | readonly Tensor[]): Tensor {
    const inputs: readonly Tensor[] = Array.isArray(x) ? x : [x as Tensor];
    const who = whoOf(this);
    const wrong = inputs.findIndex((tensor) => !(tensor instanceof Tensor));
    if (wrong >= 0)
      throw new ValueError(
        `${who} expected a tensor, from input(shape) or layer.apply(tensor), or an array of them, got ${show(inputs[wrong])}`,
      );
    checkArity(this, inputs.length);
    const [first] = inputs;
    if (inputs.some((tensor) => tensor instanceof TracedTensor !== first instanceof TracedTensor))
      throw new ValueError(
        `${who} expected tensors of one place, got some that compose() was given and some from outside of it; pass all of them to the composed layer, as apply([a, b])`,
      );
    try {
      if (first instanceof TracedTensor) {
        const scope = first.scope.within(this);
        const output = this.build(
          scope,
          inputs.map((tensor) => (tensor as TracedTensor).in(scope)),
        );
        return output.in(first.scope);
      }
      const symbols = inputs as readonly SymbolicTensor[];
      return new SymbolicTensor(outputShape(this, symbols), { layer: this, inputs: symbols });
    } catch (error) {
      throw withName(this, error);
    }
  }
}

/** @internal The same operations as another layer, with weights of its own and perhaps other options. */
export class LayerCopy extends Layer {
  constructor(
    private readonly of: Layer,
    override readonly config: LayerConfig = of.config,
  ) {
    super();
  }

  override get arity(): readonly [least: number, most: number] {
    return this.of.arity;
  }

  override label(...shapes: Parameters<Layer["label"]>): string {
    return this.of.label(...shapes);
  }

  override fileVersion(input: readonly number[]): number {
    return this.of.fileVersion(input);
  }

  override withBias(): Layer | undefined {
    return this.of.withBias();
  }

  override isStepwise(inputs: readonly (readonly number[])[]): boolean {
    return this.of.isStepwise(inputs);
  }

  override get leavesOutPadding(): boolean {
    return this.of.leavesOutPadding;
  }

  override build(...given: Parameters<Layer["build"]>): TracedTensor {
    return this.of.build(...given);
  }
}

/** @internal A layer in a message: its type, and its name if it has one. */
export const whoOf = ({ config, name }: Layer): string =>
  name === undefined ? config.type : `${config.type} ${show(name)}`;

/** An error of a layer that has a name, which its text may lack. */
function withName(layer: Layer, error: unknown): unknown {
  const { name } = layer;
  const isOwn = error instanceof ShapeError || error instanceof ValueError;
  if (!isOwn || name === undefined || error.message.includes(show(name))) return error;
  const message = `layer ${show(name)}: ${error.message}`;
  return error instanceof ShapeError ? new ShapeError(message) : new ValueError(message);
}

/** @internal @throws ValueError for a number of tensors that the layer does not take */
export function checkArity(layer: Layer, count: number): void {
  const [least, most] = layer.arity;
  if (count >= least && count <= most) return;
  const tensors = `${least} ${least === 1 ? "tensor" : "tensors"}`;
  const joined = most === 1 ? "; join several by add, concatenate or the like first" : "";
  throw new ValueError(
    `${whoOf(layer)} expected ${most > least ? `at least ${tensors}` : tensors}, got ${count}${count > most ? joined : ""}`,
  );
}

/** The shape of a layer's output, by building it into a graph that is dropped. */
function outputShape(layer: Layer, inputs: readonly Tensor[]): readonly number[] {
  const graph = new Graph();
  const scope = new Scope(new Registry(graph), false, layer, layer.name ?? "0", 0, true);
  const { shape, value } = layer.build(
    scope,
    inputs.map(({ shape }) => new TracedTensor(scope, graph.input(shape))),
  );
  if (!value.batched)
    throw new ValueError(
      `${whoOf(layer)} expected an output with a row for each sample, got one that does not depend on the input`,
    );
  if (!Number.isSafeInteger(sizeOf(shape)))
    throw new ShapeError(`${whoOf(layer)}: its output ${batchShape(shape)} has too many elements`);
  return shape;
}

/** A use of a layer. */
export interface Call {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
}

let made = 0;

/** A tensor of a model that does not exist yet: an input, or the output of a call. */
export class SymbolicTensor extends Tensor {
  /** @internal Tensors made later have larger numbers. */
  readonly order = made++;

  constructor(
    readonly shape: readonly number[],
    /** @internal Undefined for an input. */
    readonly call?: Call,
    /** @internal The name of an input. */
    readonly name?: string,
  ) {
    super();
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "SymbolicTensor";
  }
}

/**
 * An input of a model: a symbolic tensor of one sample's shape. A number n stands for [n].
 *
 * @example
 * const image = input([28, 28, 1], { name: "image" });
 * const age = input(1, { name: "age" });
 * const features = concatenate(flatten().apply(image), age);
 * console.log(image.shape, features.shape); // [ 28, 28, 1 ] [ 785 ]
 *
 * @throws ValueError for sizes that are no integers of at least 1
 */
export function input(shape: number | readonly number[], options: { name?: string } = {}): Tensor {
  checkOptions("input", options, ["name"]);
  checkLayerName("input", options.name);
  return new SymbolicTensor(sampleShape("input", "shape", shape), undefined, options.name);
}

/** @internal The shape of a sample, from a number or a list of sizes. @throws ValueError */
export function sampleShape(who: string, what: string, given: unknown): readonly number[] {
  const shape: unknown = typeof given === "number" ? [given] : given;
  if (!Array.isArray(shape))
    throw new ValueError(`${who} expected ${what} to be an array, got ${show(shape)}`);
  if (shape.length === 0) throw new ValueError(`${who} expected ${what} to have at least one size, got []`);
  for (const size of shape) checkCount(who, `a size in ${what}`, size);
  if (!Number.isSafeInteger(sizeOf(shape)))
    throw new ShapeError(`${who}: ${what} [${shape.join(", ")}] has too many elements`);
  return [...shape];
}
