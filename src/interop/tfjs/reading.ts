import { missingLayer } from "../../files/missing-layers.js";
import { type Layer, permute, ShapeError, type StatefulLayer, type Tensor, ValueError } from "../../index.js";
import type { Place } from "../foreign-json.js";
import type { Made } from "../model-of.js";
import { nameOf } from "./graph.js";
import type { TfjsWeights } from "./weights.js";

/** The values of a layer's tensors; undefined where the file has none of the right shape. */
export type Values = Readonly<Record<string, ArrayLike<number> | undefined>>;

/** A layer with weights. */
export interface Learned {
  readonly layer: Layer;
  readonly values: Values;
}

/** How a layer of Keras is read: the tensor that it makes of those that it takes. @throws FormatError */
export type Read = (reading: Reading) => Tensor;

/** What is read, and what has been read so far. */
export interface Progress {
  readonly weights: TfjsWeights;
  readonly made: Made[];
  /** The layers with weights, by the places of the layers of Keras. */
  readonly learned: Map<string, Learned>;
  /** Those that give their last state, too. */
  readonly states: Map<string, StatefulLayer>;
  /** Tensors that are another tensor with its axes in another order. */
  readonly turned: Map<Tensor, { readonly from: Tensor; readonly axes: readonly number[] }>;
  /** The slope of hard_sigmoid in the file's version of Keras. */
  readonly hardSigmoid: number;
  /** Whether TensorFlow.js trained the model, whose bilinear pixels lie elsewhere than those of Keras. */
  readonly fromTfjs: boolean;
}

/** The values that the file has. */
const known = (values: Values): Made["values"] =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, ArrayLike<number>] => entry[1] !== undefined),
  );

/** A call of a layer as it is read. */
export class Reading {
  readonly name: string;
  readonly config: Place;
  /** Outputs behind the first. */
  more: readonly Tensor[] = [];

  constructor(
    readonly progress: Progress,
    private readonly place: Place,
    readonly inputs: readonly Tensor[],
    /** What the layer is called in the model, where the name of an output depends on it. */
    readonly named: { readonly name?: string },
    name = nameOf(place),
    /** What the call has beside the inputs. */
    readonly keywords?: Place,
  ) {
    this.name = name;
    this.config = place.at("config");
  }

  /** The same call of a layer within this one, whose weights may have the name of either. */
  within(place: Place): Reading {
    const { progress, inputs, named } = this;
    const hasOwn = progress.weights.shapeOf(this.name, ["kernel"]) !== undefined;
    return new Reading(progress, place, inputs, named, hasOwn ? this.name : nameOf(place));
  }

  /** The same call, of other inputs. */
  of(inputs: readonly Tensor[]): Reading {
    return new Reading(this.progress, this.place, inputs, this.named, this.name, this.keywords);
  }

  /** The only input. */
  get x(): Tensor {
    return this.inputs[0];
  }

  /** The shape of a sample of the input. */
  get shape(): readonly number[] {
    return this.x.shape;
  }

  /** Reads the layer. @throws FormatError for a class that lanewise does not have, with what it is */
  read(layers: Readonly<Record<string, Read>>): Tensor {
    const type = this.place.at("class_name");
    const read = Object.hasOwn(layers, type.text()) ? layers[type.text()] : undefined;
    if (!read)
      throw type.error(`${JSON.stringify(type.text().slice(0, 60))} is ${missingLayer(type.text())}`);
    if (this.inputs.length === 0) throw this.place.error("expected a layer that takes a tensor, got none");
    return this.guarded(() => read(this));
  }

  /** The options of a layer with weights that every one has. */
  get options(): { name?: string; trainable?: false } {
    return { ...this.named, ...(!this.config.at("trainable").flag(true) && { trainable: false as const }) };
  }

  /** The layer with weights that this layer is: made by its first call, and the same in all others. */
  learned(make: () => Learned): Learned {
    const { learned } = this.progress;
    const known = learned.get(this.place.path);
    if (known) return { ...known, values: {} };
    const made = make();
    learned.set(this.place.path, made);
    return made;
  }

  /** The same of a layer that gives its last state, too. */
  stateful(make: () => { layer: StatefulLayer; values: Values }): { layer: StatefulLayer; values: Values } {
    const { states } = this.progress;
    const known = states.get(this.place.path);
    if (known) return { layer: known, values: {} };
    const made = make();
    states.set(this.place.path, made.layer);
    return made;
  }

  /** The output of such a layer; the states are `more`. */
  applyStateful(stateful: StatefulLayer, values: Values): Tensor {
    const { made } = this.progress;
    const [output, ...states] = stateful.apply(this.inputs);
    made.push({ layer: stateful.layer, inputs: [], output, values: known(values) });
    for (const tensor of [output, ...states]) made.push({ inputs: this.inputs, output: tensor, values: {} });
    this.more = states;
    return output;
  }

  /** The output of a layer on one tensor, or on several. */
  apply(layer: Layer, of: Tensor | readonly Tensor[] = this.x, values: Values = {}): Tensor {
    const inputs = Array.isArray(of) ? (of as readonly Tensor[]) : [of as Tensor];
    const output = layer.apply(inputs);
    this.progress.made.push({ layer, inputs, output, values: known(values) });
    return output;
  }

  /** What a function makes of tensors. */
  applyFunction(inputs: readonly Tensor[], make: () => Tensor): Tensor {
    const output = make();
    this.progress.made.push({ inputs, output, values: {} });
    return output;
  }

  /** The tensor with its axes in another order, counted from 0 without the batch. */
  turned(tensor: Tensor, axes: readonly number[]): Tensor {
    if (axes.every((axis, i) => axis === i)) return tensor;
    const before = this.progress.turned.get(tensor);
    if (before && axes.every((axis, i) => before.axes[axis] === i)) return before.from;
    const output = this.apply(permute(axes.map((axis) => axis + 1)), tensor);
    this.progress.turned.set(output, { from: tensor, axes });
    return output;
  }

  /**
   * What `make` gives of the inputs with this axis last. Where the axes are left, it goes back to its place.
   */
  withLast(axis: number, make: (inputs: readonly Tensor[]) => Tensor): Tensor {
    const { length } = this.shape;
    const axes = [...this.shape.keys()].filter((i) => i !== axis).concat(axis);
    const output = make(this.inputs.map((tensor) => this.turned(tensor, axes)));
    if (output.shape.length !== length) return output;
    return this.turned(
      output,
      [...axes.keys()].map((i) => axes.indexOf(i)),
    );
  }

  /** What `make` gives of the input with its channels last, where the layer has them first. */
  channelsLast(make: (x: Tensor) => Tensor): Tensor {
    return this.withLast(this.channelsFirst ? 0 : this.shape.length - 1, ([x]) => make(x));
  }

  /** Whether the layer has the channels before the positions. @throws FormatError */
  get channelsFirst(): boolean {
    const format = this.config.either("data_format", "dataFormat");
    const text = format.empty ? "channels_last" : format.text();
    if (text === "channels_last" || text === "channelsLast") return false;
    if (text === "channels_first" || text === "channelsFirst") return true;
    throw format.wrong('"channels_last" or "channels_first"');
  }

  /** A weight under the first of these names that the file has. */
  take(names: string | readonly string[], shape: readonly number[]): Float32Array | undefined {
    return this.progress.weights.take(this.name, typeof names === "string" ? [names] : names, shape);
  }

  /** A weight of a part of the layer. */
  takeOf(part: string, name: string, shape: readonly number[]): Float32Array | undefined {
    return this.progress.weights.take(part, [name], shape);
  }

  /** What the library itself refuses is wrong in the file. */
  private guarded<T>(make: () => T): T {
    try {
      return make();
    } catch (cause) {
      if (!(cause instanceof ValueError || cause instanceof ShapeError)) throw cause;
      throw this.place.error(`${JSON.stringify(this.name.slice(0, 60))}: ${cause.message}`);
    }
  }
}

/** A layer without weights, of a tensor with its channels last. */
export const onChannelsLast =
  (make: (config: Place, reading: Reading) => Layer): Read =>
  (reading) => {
    const layer = make(reading.config, reading);
    return reading.channelsLast((x) => reading.apply(layer, x));
  };

/** A list, or the one that stands for a list of it. */
export const listOf = (place: Place): Place[] => (Array.isArray(place.value) ? place.list() : [place]);

/** The axis of a sample that a layer works along, counted from 0 without the batch. @throws FormatError */
export function axisOf(place: Place, rank: number): number {
  const [only, more] = listOf(place);
  if (!only || more) throw place.wrong("one axis");
  const axis = only.empty ? -1 : only.value;
  const last = typeof axis === "number" && axis < 0 ? axis + rank : Number(axis) - 1;
  if (Number.isSafeInteger(axis) && last >= 0 && last < rank) return last;
  throw place.wrong(`an axis of a sample, from 1 to ${rank} or from -${rank} to -1`);
}
