import type { NodeProto } from "onnx-buf";
import {
  type Backend,
  type FormatError,
  flatten,
  type Layer,
  permute,
  reshape,
  ShapeError,
  type StatefulLayer,
  type Tensor,
  ValueError,
} from "../../index.js";
import type { Made } from "../model-of.js";
import { Carried } from "./carried.js";
import { Constants } from "./constants.js";
import { type Found, recogniser } from "./elementwise.js";
import { changed, type Graph, isOwnDomain, nameOf, numberOf, quote, wrong } from "./graph.js";
import {
  isPlain,
  type Layout,
  liesAs,
  orderOfAxes,
  placesInMemory,
  plainLayout,
  refined,
  sizesInMemory,
} from "./layout.js";
import { Masks } from "./masks.js";
import { type Constant, isFloating, sizeOf } from "./tensor.js";
import { channelsLast, type Sample, shapeText, type Turned, type Value } from "./value.js";

export { channelsLast, type Sample, shapeText, type Turned, type Value } from "./value.js";

/** A graph on its way to becoming layers: what is known of it so far, and the layers. */
export class Reading {
  readonly constants: Constants;
  /** The nodes, without those that pass a value on as it is. */
  readonly nodes: readonly NodeProto[];
  readonly outputs: readonly string[];
  readonly made: Made[] = [];
  /** Values that say which steps are padding, and the tensors that have such a mask. */
  readonly masks = new Masks(this);
  readonly carried = new Carried(this);
  /** Nodes that are part of a layer that stands before them. */
  readonly done = new Set<NodeProto>();
  /** Tensors that are columns of another. */
  readonly parts = new Map<Tensor, { readonly from: Tensor; readonly begin: number }>();
  private readonly values = new Map<string, Value>();
  /** Those with their batch elsewhere than in front. */
  private readonly turnedValues = new Map<string, Turned>();
  /** How often each value goes into a node that works on its elements, or out of the graph. */
  private readonly useCounts = new Map<string, number>();
  private readonly userLists = new Map<string, NodeProto[]>();
  private readonly shapes = new Map<string, string>();
  private readonly places = new Map<NodeProto, number>();
  private readonly names = new Set<string>();
  private readonly arranged = new Map<Tensor, Map<string, Tensor>>();

  /** Finds the activation that has these values at `points`. */
  readonly recognise: (values: ArrayLike<number>) => Found | undefined;

  /** `length`: that of the file, in bytes. */
  constructor(
    backend: Backend,
    readonly graph: Graph,
    length: number,
  ) {
    this.recognise = recogniser(backend);
    this.constants = new Constants(graph, length);
    const { nodes, outputs } = this.withoutPasses(graph);
    this.nodes = nodes;
    this.outputs = outputs;
    for (const [place, node] of nodes.entries()) {
      this.places.set(node, place);
      if (node.opType === "Shape") {
        if (node.attribute.length === 0) this.shapes.set(node.output[0], node.input[0]);
        continue;
      }
      for (const name of node.input) this.useCounts.set(name, this.uses(name) + 1);
      for (const name of new Set(node.input)) {
        const users = this.userLists.get(name) ?? [];
        this.userLists.set(name, users);
        users.push(node);
      }
    }
    for (const name of outputs) this.useCounts.set(name, this.uses(name) + 1);
  }

  get batched(): boolean {
    return this.graph.batched;
  }

  /**
   * The nodes that are no constants, on the values that stand before an Identity or a Cast between types of
   * floating point. @throws FormatError
   */
  private withoutPasses({ nodes, outputs }: Graph) {
    const same = new Map<string, string>();
    const root = (name: string): string => same.get(name) ?? name;
    const left: NodeProto[] = [];
    for (const written of nodes) {
      if (!isOwnDomain(written.domain)) {
        left.push(written);
        continue;
      }
      const node = this.plainCast(changed(written, { input: written.input.map(root) }));
      if (this.constants.fold(node)) continue;
      const passes =
        node.opType === "Identity" || (node.opType === "Cast" && isFloating(numberOf(node, "to", 1)));
      if (passes && node.input.length === 1) same.set(node.output[0], node.input[0]);
      else left.push(node);
    }
    return { nodes: left, outputs: outputs.map(root) };
  }

  /** A node; a Cast where it casts to the type of what comes of the input, which is one of floating point. */
  private plainCast(node: NodeProto): NodeProto {
    if (node.opType !== "CastLike" || this.constants.get(node.input[1])) return node;
    return changed(node, { opType: "Cast", input: node.input.slice(0, 1), attribute: [] });
  }

  /** How often a value is used. */
  uses(name: string): number {
    return this.useCounts.get(name) ?? 0;
  }

  /** The nodes that work on a value, in their order. */
  users(name: string): readonly NodeProto[] {
    return this.userLists.get(name) ?? [];
  }

  /** The place of a node among all. */
  placeOf(node: NodeProto): number {
    return this.places.get(node) ?? 0;
  }

  /** The node that a value goes into, if it goes nowhere else. */
  onlyUser(name: string): NodeProto | undefined {
    return this.uses(name) === 1 ? this.users(name)[0] : undefined;
  }

  /** The value whose whole shape a name stands for. */
  shapedAs(name: string): string | undefined {
    return this.shapes.get(name);
  }

  find(name: string): Value | undefined {
    return this.values.get(name);
  }

  /** An input that depends on those of the graph. @throws FormatError */
  value(node: NodeProto, i: number): Value {
    const name = node.input[i] ?? "";
    const value = this.values.get(name);
    if (value) return value;
    const turned = this.turnedValues.get(name);
    if (turned)
      throw wrong(
        nameOf(node),
        `expected the batch first in its input ${i + 1}, got it at axis ${turned.batchAt}: turn it by a Transpose before, as batch_first=True does`,
      );
    const got = this.constants.get(name) ? "a constant" : name === "" ? "nothing" : quote(name);
    throw wrong(nameOf(node), `expected its input ${i + 1} to depend on the graph's, got ${got}`);
  }

  /** An input with its batch at any place. @throws FormatError */
  turned(node: NodeProto, i: number): Turned {
    return this.turnedValues.get(node.input[i] ?? "") ?? { value: this.rows(node, i), batchAt: 0 };
  }

  /** A value with its batch at any place, in which each sample is a row; undefined where there is none. */
  findTurned(name: string): Turned | undefined {
    const value = this.values.get(name);
    const turned = this.turnedValues.get(name);
    return turned ?? (value && !value.flipped && this.batched ? { value, batchAt: 0 } : undefined);
  }

  /**
   * Reads a node of values [time, batch, features] as if their samples were first, where it works on the last
   * axis alone.
   */
  asRows(node: NodeProto, read: () => void): void {
    const names = node.input.filter((name) => this.turnedValues.has(name));
    const before = new Set(this.values.keys());
    for (const name of names) this.values.set(name, (this.turnedValues.get(name) as Turned).value);
    const batchAt = this.turnedValues.get(names[0])?.batchAt ?? 0;
    try {
      read();
    } finally {
      for (const name of names) this.values.delete(name);
      for (const [name, value] of this.values)
        if (!before.has(name)) {
          this.values.delete(name);
          this.turnedValues.set(name, { value, batchAt });
        }
    }
  }

  isTurned(name = ""): boolean {
    return this.turnedValues.has(name);
  }

  /** The sizes of a value, with 0 for the batch; undefined where it has none of its own. */
  sizesOf(name: string): readonly number[] | undefined {
    const { value, batchAt } = this.turnedValues.get(name) ?? { value: this.values.get(name), batchAt: 0 };
    if (!value || value.flipped) return undefined;
    return this.batched ? [...value.dims.slice(0, batchAt), 0, ...value.dims.slice(batchAt)] : value.dims;
  }

  giveTurned(name: string, value: Value, batchAt: number): void {
    if (batchAt === 0) this.give(name, value);
    else this.turnedValues.set(name, { value, batchAt });
  }

  /** A value in which each sample is a row. @throws FormatError */
  rows(node: NodeProto, i = 0): Value {
    const value = this.value(node, i);
    if (value.flipped) throw wrong(nameOf(node), "expected a sample in each row, got one in each column");
    return value;
  }

  give(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** Gives a node's output, of a tensor that has its axes in this order. */
  giveArranged(
    name: string,
    tensor: Tensor,
    dims: readonly number[],
    axes: readonly number[],
    image: boolean,
  ) {
    this.give(name, { tensor, dims, layout: this.layoutOf(dims, axes), image, flipped: false });
  }

  /** The layout of a tensor that has the axes of a sample in this order. */
  layoutOf(dims: readonly number[], axes: readonly number[]): Layout {
    const plain = plainLayout(dims);
    return { factors: plain.factors, order: orderOfAxes(plain, dims, axes) };
  }

  /** @throws FormatError where the layer does not take the tensors */
  apply(
    node: NodeProto | undefined,
    layer: Layer,
    inputs: readonly Tensor[],
    values: Made["values"] = {},
  ): Tensor {
    try {
      const output = layer.apply(inputs);
      this.made.push({ layer, inputs, output, values });
      this.carried.note(layer, inputs, output);
      return output;
    } catch (cause) {
      throw this.refusal(node, cause);
    }
  }

  /** A tensor that a function of tensors makes of others. @throws FormatError where it does not take them */
  applyFunction(node: NodeProto, inputs: readonly Tensor[], make: () => Tensor): Tensor {
    try {
      const output = make();
      this.made.push({ inputs, output, values: {} });
      this.carried.note(undefined, inputs, output);
      return output;
    } catch (cause) {
      throw this.refusal(node, cause);
    }
  }

  /** The output and the last states of a layer. @throws FormatError where it does not take the tensors */
  applyStateful(
    node: NodeProto,
    stateful: StatefulLayer,
    inputs: readonly Tensor[],
    values: Made["values"],
  ): Tensor[] {
    try {
      const outputs = stateful.apply(inputs);
      this.made.push({ layer: stateful.layer, inputs: [], output: outputs[0], values });
      for (const output of outputs) this.made.push({ inputs, output, values: {} });
      this.carried.note(stateful.layer, inputs, outputs[0]);
      return outputs;
    } catch (cause) {
      throw this.refusal(node, cause);
    }
  }

  /** A layer, of options that the library may refuse. @throws FormatError */
  layer(node: NodeProto, make: () => Layer, what = ""): Layer {
    try {
      return make();
    } catch (cause) {
      throw this.refusal(node, cause, what);
    }
  }

  private refusal(node: NodeProto | undefined, cause: unknown, what = ""): unknown {
    if (!(cause instanceof ValueError || cause instanceof ShapeError)) return cause;
    const error: FormatError = wrong(node ? nameOf(node) : "graph", what + cause.message);
    error.cause = cause;
    return error;
  }

  /** Applies an elementwise layer. The result has the layout of its input. */
  applyToElements(
    node: NodeProto,
    layer: Layer,
    value: Value,
    output: string,
    values?: Made["values"],
  ): void {
    this.give(output, { ...value, tensor: this.apply(node, layer, [value.tensor], values) });
  }

  /** The tensor with another shape of as many elements. */
  reshaped(node: NodeProto | undefined, tensor: Tensor, shape: readonly number[]): Tensor {
    if (tensor.shape.join() === shape.join()) return tensor;
    return this.once(tensor, `shape ${shape}`, () =>
      this.apply(node, shape.length === 1 ? flatten() : reshape(shape), [tensor]),
    );
  }

  /** A value as a tensor of the sizes of these axes, in this order. */
  arrange(
    node: NodeProto | undefined,
    value: Value,
    axes: readonly number[] = [...value.dims.keys()],
  ): Tensor {
    const { dims, layout, tensor } = value;
    const shape = axes.map((axis) => dims[axis]);
    if (liesAs(layout, dims, axes)) return this.reshaped(node, tensor, shape);
    const to = orderOfAxes(layout, dims, axes);
    const moved = this.once(tensor, `order ${to} of ${layout.factors}`, () => {
      const split = this.reshaped(node, tensor, sizesInMemory(layout));
      return this.apply(node, permute(to.map((factor) => layout.order.indexOf(factor) + 1)), [split]);
    });
    return this.reshaped(node, moved, shape);
  }

  /** The axes of a value in the order of `arrange` that takes the fewest steps: its own, if it has one. */
  axesOf({ dims, layout, image }: Value): number[] {
    const plain = [...dims.keys()];
    const choices = image ? [channelsLast(dims), plain] : [plain, channelsLast(dims)];
    return choices.find((axes) => liesAs(layout, dims, axes)) ?? choices[0];
  }

  private once(tensor: Tensor, key: string, make: () => Tensor): Tensor {
    const known = this.arranged.get(tensor) ?? new Map<string, Tensor>();
    this.arranged.set(tensor, known);
    const made = known.get(key) ?? make();
    known.set(key, made);
    return made;
  }

  /** Numbers of a sample, in the order in which they lie in the tensor of a value. */
  inMemory(values: ArrayLike<number>, { layout }: Value): ArrayLike<number> {
    if (isPlain(layout)) return values;
    return Float64Array.from(placesInMemory(layout), (place) => values[place]);
  }

  /**
   * A value of another shape of a sample. @throws FormatError for a sample of no dimension, or of too many
   */
  resized(node: NodeProto, value: Value, dims: readonly number[], image = false): Value {
    if (!this.batched) throw wrong(nameOf(node), "expected samples in a batch, got one alone");
    if (dims.length === 0 || dims.length > 8)
      throw wrong(nameOf(node), `expected a sample of 1 to 8 dimensions, got ${dims.length}`);
    const layout = refined(value.layout, dims);
    if (layout) return { ...value, dims, layout, image };
    return { ...value, tensor: this.arrange(node, value), dims, layout: plainLayout(dims), image };
  }

  /** Dimensions of a value, that of the batch among them. */
  rankOf({ dims }: Sample): number {
    return dims.length + (this.batched ? 1 : 0);
  }

  /**
   * The sizes of a constant as it is broadcast to a sample, axis by axis; undefined where it does not fit:
   * where it differs between samples or makes the sample larger.
   */
  sizesIn(node: NodeProto, { dims, values }: Constant, value: Sample): readonly number[] | undefined {
    const sample = value.dims;
    const rank = this.rankOf(value);
    if (dims.length > rank || values.length === 0) return undefined;
    const axis = this.graph.opset < 7 ? numberOf(node, "axis", -1) : -1;
    // Early operator sets say at which axis the constant begins; it may end before the last.
    const behind = axis >= 0 ? rank - axis - dims.length : 0;
    if (behind < 0) return undefined;
    if (values.length === 1) return sample.map(() => 1);
    // The batch is the other axis where samples are in columns.
    if (value.flipped)
      return dims.length === 2 && dims[1] === 1 && dims[0] === sample[0] ? [dims[0]] : undefined;
    const padded = [...dims, ...new Array<number>(behind).fill(1)];
    if (padded.length > sample.length && padded[0] !== 1) return undefined;
    const own = padded.length > sample.length ? padded.slice(1) : padded;
    const sizes = [...new Array<number>(sample.length - own.length).fill(1), ...own];
    return sizes.every((size, i) => size === 1 || size === sample[i]) ? sizes : undefined;
  }

  /**
   * A constant as it is broadcast to a sample, in the sample's own order: one number, or all of them.
   * @throws FormatError where it does not fit
   */
  spread(node: NodeProto, constant: Constant, value: Sample): ArrayLike<number> {
    const { values } = constant;
    const sizes = this.sizesIn(node, constant, value);
    if (!sizes)
      throw wrong(
        nameOf(node),
        `expected a constant for a sample of shape ${shapeText(value.dims)}, got one of shape ${shapeText(constant.dims)}`,
      );
    if (values.length === 1) return values;
    const sample = value.dims;
    const count = sizeOf(sample);
    this.constants.spend(node, count);
    if (values.length === count) return values;
    return Float64Array.from({ length: count }, (_, at) => {
      let index = 0;
      let stride = 1;
      let rest = at;
      for (let i = sample.length - 1; i >= 0; i--) {
        if (sizes[i] > 1) {
          index += (rest % sample[i]) * stride;
          stride *= sizes[i];
        }
        rest = Math.floor(rest / sample[i]);
      }
      return values[index];
    });
  }

  /**
   * "fc1" for a tensor "fc1.weight": what exporters call weights by, and lanewise factors "norm.gamma" and
   * slopes "act.alpha". An index would be that of another layer.
   */
  layerName(tensor: string): { name?: string } {
    const name = /^(.*)\.(?:weight|gamma|alpha)$/s.exec(tensor)?.[1] ?? "";
    if (name === "" || /^\d+$/.test(name) || this.names.has(name)) return {};
    this.names.add(name);
    return { name };
  }
}

/** Reads a node on values of the graph, and gives its outputs. @throws FormatError */
export type Operator = (reading: Reading, node: NodeProto) => void;
