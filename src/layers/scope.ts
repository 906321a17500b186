import { ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Graph } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import type { Value } from "../graph/value.js";
import type { ActivationName } from "../ops/activation-kinds.js";
import type { RandomKey } from "../ops/random.js";
import type { OutputRange } from "./output-range.js";
import { Tensor } from "./tensor.js";

/** A tensor of a layer: "weight" of [inputs, units], "bias" of [units] … */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * A penalty on large weights: l1 sum |w| + l2 sum w^2. Its gradient is added to that of the loss before each
 * step. The reported loss does not include it.
 */
export interface Regularizer {
  /** At least 0. Default 0. */
  readonly l1?: number;
  /** At least 0. Default 0. */
  readonly l2?: number;
}

/** A bound on weights that holds after each step. */
export interface Constraint {
  /**
   * The largest norm of a column, the weights into one unit. Longer columns are scaled down (Srivastava and
   * others 2014).
   */
  readonly maxNorm: number;
}

/** A tensor that a layer learns. */
export interface ParameterSpec extends TensorSpec {
  /** Writes the first values over zeros: n floats at an address, for parameter `index` of a model. */
  initialize?(host: Host, at: Pointer, n: number, seed: number, index: number): void;
  readonly regularizer?: Regularizer | undefined;
  readonly constraint?: Constraint | undefined;
}

/** A tensor that a layer keeps and does not learn by gradients. */
export interface BufferSpec extends TensorSpec {
  readonly initial: ArrayLike<number>;
  /** Whether training changes it all the same, as it changes running statistics (Graph.update). */
  readonly isTrained?: boolean;
}

/** A parameter or buffer of a graph under its name in the model. */
export interface Declared<Spec extends TensorSpec> {
  readonly spec: Spec;
  readonly value: Value;
  /** Whether training changes it. */
  readonly trainable: boolean;
}

/** What a layer takes for granted of the numbers that a value has, which may be an input of the model. */
export interface Expectation {
  readonly input: Value;
  /** The layer, for messages. */
  readonly who: string;
  /** They are whole numbers from 0 to this - 1. */
  readonly vocabulary?: number | undefined;
  /** What all numbers of a time step equal that is not there. */
  readonly padding?: number | undefined;
}

/** Random numbers of one layer: whoever runs the plan writes the key before each step. */
export interface KeyOfLayer {
  /** Which stream of the model's random numbers it takes. */
  readonly stream: number;
  readonly key: RandomKey;
}

/** What a layer remembers from one time step to the next, one for each sample. */
export interface LayerState {
  /** That of the step before: zeros before the first. Whoever runs the plan sets its address. */
  readonly before: Value;
  /** That after the step. Whoever runs the plan copies it. */
  after?: Value;
}

/** How a graph computes one time step of sequences. */
export interface Stepping {
  /** The steps of a whole sequence. */
  readonly time: number;
  /** [0] is the step that runs, from 0: whoever runs the plan writes it. */
  readonly position: Uint32Array;
  /** Whether a layer depends on the position, so that there are no steps beyond `time`. */
  isLimited: boolean;
}

/** The tensors that the layers of a graph have asked for, by their names, in order. */
export class Registry {
  readonly parameters = new Map<string, Declared<ParameterSpec>>();
  readonly buffers = new Map<string, Declared<BufferSpec>>();
  readonly keys: KeyOfLayer[] = [];
  /** What layers of a graph of one time step remember. */
  readonly states = new Map<string, LayerState>();
  readonly expectations: Expectation[] = [];
  /** The layer that declared each tensor: only that layer may use the name again. */
  private readonly owners = new Map<string, object>();
  private readonly draws = new Map<number, number>();

  constructor(
    readonly graph: Graph,
    /** Of a graph that computes one time step from the states of the step before. */
    readonly stepping?: Stepping,
    /** Whether sequences are pieces of longer ones, so that layers remember from one to the next. */
    readonly areInPieces = false,
  ) {}

  parameter(spec: ParameterSpec, owner: object, trainable: boolean): Value {
    return this.declare(this.parameters, spec, owner, trainable, () => this.graph.parameter(spec.shape));
  }

  buffer(spec: BufferSpec, owner: object): Value {
    return this.declare(this.buffers, spec, owner, false, () => this.graph.buffer(spec.shape));
  }

  /** A key for layer `index` of the model. A layer that draws several times has a stream for each. */
  randomKey(index: number): RandomKey {
    const drawn = this.draws.get(index) ?? 0;
    this.draws.set(index, drawn + 1);
    const key = new Uint32Array(2);
    this.keys.push({ stream: index + drawn * STREAMS, key });
    return key;
  }

  /** @throws ValueError for a name that another layer has, ShapeError for a shared layer on another shape */
  private declare<Spec extends TensorSpec>(
    to: Map<string, Declared<Spec>>,
    spec: Spec,
    owner: object,
    trainable: boolean,
    make: () => Value,
  ): Value {
    const { name, shape } = spec;
    const known = to.get(name);
    if (!known && !this.owners.has(name)) {
      this.owners.set(name, owner);
      const value = make();
      to.set(name, { spec, value, trainable });
      return value;
    }
    if (!known || this.owners.get(name) !== owner)
      throw new ValueError(`network: two tensors are called ${name}; give the layers different names`);
    if (known.spec.shape.join() === shape.join()) return known.value;
    throw new ShapeError(
      `${name} has the shape [${known.spec.shape.join(", ")}] from the layer's first use, and would need [${shape.join(", ")}] here: a layer that is used again takes inputs of the same shape`,
    );
  }
}

/** Layers of a model, with a stream each, before the second streams of layers begin. */
const STREAMS = 1_048_576;

/** The graph that a layer builds in, and the tensors of the model under the layer's name. */
export class Scope {
  private readonly own = new Set<string>();
  /** The names of the layers within this one, in the order of their first use. */
  private readonly inner = new Map<object, string>();

  constructor(
    private readonly registry: Registry,
    /** Whether the graph is for training: dropout and noise do nothing in one that predicts. */
    readonly training: boolean,
    /** The layer of the model that builds. */
    private readonly owner: object,
    /** What the names of its tensors begin with: its name, or its index. */
    private readonly prefix: string,
    /** The index of the layer of the model, which decides what it draws. */
    private readonly index: number,
    /** Whether training changes the layer's parameters. */
    readonly trainable: boolean,
    /** Where the sequences of the graph are without the steps at their end: those of the model's. */
    readonly wholeTime?: number | undefined,
  ) {}

  get graph(): Graph {
    return this.registry.graph;
  }

  /** A tensor that the layer learns: the same one at each use of the layer. @throws ValueError, ShapeError */
  parameter(spec: ParameterSpec): Value {
    return this.registry.parameter(this.named(spec), this.owner, this.trainable);
  }

  /** A tensor that the model keeps and does not learn by gradients. @throws ValueError, ShapeError */
  buffer(spec: BufferSpec): Value {
    return this.registry.buffer(this.named(spec), this.owner);
  }

  /** Set if the graph computes one time step: sequences have one, and layers remember. */
  get stepping(): Stepping | undefined {
    return this.registry.stepping;
  }

  /** Whether the sequences are pieces of longer ones, or single steps: layers remember. */
  get remembers(): boolean {
    return this.registry.areInPieces;
  }

  /**
   * `stepping` for a layer that depends on the position of the step. @throws ValueError for longer pieces of
   * sequences, whose positions nobody tells
   */
  steppingByPosition(): Stepping | undefined {
    const { stepping, areInPieces } = this.registry;
    if (stepping) stepping.isLimited = true;
    else if (TRAINING && areInPieces)
      throw new ValueError(
        `fit: truncatedBackpropagation expected layers that remember, such as lstm and gru, got layer ${this.prefix}, which depends on the place in the whole sequence`,
      );
    return stepping;
  }

  /**
   * In a graph of one time step, what the layer remembers of the steps before. An operation may write to
   * `before`; else set `after`.
   */
  state(name: string, shape: readonly number[]): LayerState {
    const { states } = this.registry;
    // A layer that is used twice remembers twice.
    const state: LayerState = { before: this.graph.input(shape) };
    states.set(`${this.prefix}.${name}.${states.size}`, state);
    return state;
  }

  /** The key of the random numbers of one operation, anew for each step. */
  randomKey(): RandomKey {
    return this.registry.randomKey(this.index);
  }

  /** Tells what the layer takes for granted of an input: samples are checked for it, and padded. */
  expect(expectation: Expectation): void {
    this.registry.expectations.push(expectation);
  }

  /**
   * The scope of a layer that this one is composed of. Its tensors belong to the outer layer, so that each
   * use of that finds them again, although it may create the inner layers anew. @throws ValueError
   */
  within(layer: { readonly name: string | undefined; readonly trainable: boolean }): Scope {
    let name = this.inner.get(layer);
    if (name === undefined) {
      name = layer.name ?? String(this.inner.size);
      if ([...this.inner.values()].includes(name))
        throw new ValueError(
          `network: two layers are called ${this.prefix}.${name}; give them different names`,
        );
      this.inner.set(layer, name);
    }
    return new Scope(
      this.registry,
      this.training,
      this.owner,
      `${this.prefix}.${name}`,
      this.index,
      this.trainable && layer.trainable,
    );
  }

  private named<Spec extends TensorSpec>(spec: Spec): Spec {
    const name = `${this.prefix}.${spec.name}`;
    if (this.own.has(name))
      throw new ValueError(`network: two tensors are called ${name}; give the layers different names`);
    this.own.add(name);
    return { ...spec, name };
  }
}

/** The activation that a value comes from, and the value that it was applied to: a loss may start there. */
export interface Origin {
  readonly activation: ActivationName;
  readonly parameter: number;
  readonly logits: Value;
  /** The elements of a row of an activation that works row by row: the last axis that it was applied to. */
  readonly row: number | undefined;
}

/** Properties of a value beside its shape. */
export interface Traits {
  readonly range?: OutputRange | undefined;
  readonly origin?: Origin | undefined;
  /**
   * Which time steps of a sequence [batch, time, ...] are real: [batch, time], 1 for a real step and 0 for
   * padding. Undefined if all are.
   */
  readonly mask?: Value | undefined;
}

/** A tensor while a layer builds: a value of the graph. */
export class TracedTensor extends Tensor {
  constructor(
    readonly scope: Scope,
    readonly value: Value,
    /** The range of its elements; undefined where nothing is known. */
    readonly range?: OutputRange | undefined,
    readonly origin?: Origin | undefined,
    /** Which time steps are real (Traits). */
    readonly mask?: Value | undefined,
  ) {
    super();
  }

  get shape(): readonly number[] {
    return this.value.shape;
  }

  /** The same scope with another value, and none of the traits of this one. */
  to(value: Value, { range, origin, mask }: Traits = {}): TracedTensor {
    return new TracedTensor(this.scope, value, range, origin, mask);
  }

  /** The same for a value with the same time steps: each comes from that step of this tensor. */
  along(value: Value, traits: Traits = {}): TracedTensor {
    return this.to(value, { mask: this.mask, ...traits });
  }

  /** The same value for the layer that builds in `scope`. */
  in(scope: Scope): TracedTensor {
    return new TracedTensor(scope, this.value, this.range, this.origin, this.mask);
  }
}

/** @internal For layers whose statistics would have padded steps in them. @throws ValueError for a mask */
export function refuseMask(who: string, { mask }: TracedTensor): void {
  if (!mask) return;
  throw new ValueError(
    `${who} expected a sequence without padding, got one with a mask, whose padded steps would be part of the mean and the variance; use layerNormalization or rmsNormalization, which take each step by itself`,
  );
}
