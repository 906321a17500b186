import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
} from "onnx-buf";
import {
  type Layout,
  liesAs,
  orderOfAxes,
  placesInMemory,
  plainLayout,
  refined,
  sizesInMemory,
} from "../layout.js";

/** A value of the graph that stands for a tensor of the model. */
export interface Value {
  readonly name: string;
  /** The shape of a sample in lanewise. */
  readonly shape: readonly number[];
  /** The shape of a sample in the graph. */
  readonly dims: readonly number[];
  /** The order in which the elements of a sample of lanewise are in the graph. It is refined for `shape`. */
  readonly layout: Layout;
  /** The value of [batch, time] that is 0 for steps of padding and 1 for others, if there is padding. */
  readonly mask?: string;
}

type Attribute = number | bigint | string | readonly bigint[] | readonly number[] | readonly string[];

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** An attribute's value with its type. */
function typed(value: Attribute) {
  if (typeof value === "bigint") return { type: AttributeProto_AttributeType.INT, i: value };
  if (typeof value === "number") return { type: AttributeProto_AttributeType.FLOAT, f: value };
  if (typeof value === "string") return { type: AttributeProto_AttributeType.STRING, s: bytesOf(value) };
  const texts = value.filter((item) => typeof item === "string");
  if (texts.length > 0) return { type: AttributeProto_AttributeType.STRINGS, strings: texts.map(bytesOf) };
  const floats = value.filter((item) => typeof item === "number");
  if (floats.length > 0) return { type: AttributeProto_AttributeType.FLOATS, floats };
  return {
    type: AttributeProto_AttributeType.INTS,
    ints: value.filter((item) => typeof item === "bigint"),
  };
}

/** The axes of [...positions, channels] in the order in which ONNX has them. */
export const channelsFirst = (shape: readonly number[]): number[] => [
  shape.length - 1,
  ...[...shape.keys()].slice(0, -1),
];

/** A graph that grows from its inputs on. */
export class Writer {
  /** What nodes are called by. */
  layer = "input";
  private readonly nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  private readonly tensors: MessageInitShape<typeof TensorProtoSchema>[] = [];
  private readonly known = new Map<string, string>();
  /** What tensors of float32 were called before their names were told apart. */
  private readonly origins = new Map<string, string>();
  private readonly names: Set<string>;

  /** `names`: those of the inputs and outputs. */
  constructor(names: readonly string[]) {
    this.names = new Set(names);
  }

  /** Adds a node; returns the name of its output. */
  add(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.several(opType, input, [0], attributes)[0];
  }

  /** Adds a node of several outputs; returns the names of those at these places, in order. */
  several(
    opType: string,
    input: readonly string[],
    places: readonly number[],
    attributes: Readonly<Record<string, Attribute>>,
  ): string[] {
    const names = places.map(() => this.fresh(`${this.layer}.${opType}`));
    const output = Array.from({ length: Math.max(...places) + 1 }, (_, i) => names[places.indexOf(i)] ?? "");
    const attribute = Object.entries(attributes).map(([name, value]) => ({ name, ...typed(value) }));
    this.nodes.push({ name: names[0], opType, input: [...input], output, attribute });
    return names;
  }

  /** A tensor of float32, which is there once; returns its name. */
  floats(name: string, shape: readonly number[], values: Float32Array): string {
    const bytes = new Uint8Array(values.slice().buffer);
    // Layers that are used twice may need their weights in two orders.
    const same = this.tensors.find(
      ({ name: other = "", dims = [], rawData = [] }) =>
        this.origins.get(other) === name &&
        dims.join() === shape.join() &&
        rawData.every((byte, i) => byte === bytes[i]),
    );
    if (same) return same.name as string;
    const called = this.tensor(name, shape, bytes, TensorProto_DataType.FLOAT);
    this.origins.set(called, name);
    return called;
  }

  /** A single number, which is there once. */
  number(value: number): string {
    return this.once(`number ${value}`, () =>
      this.tensor(
        String(value),
        [],
        new Uint8Array(Float32Array.of(value).buffer),
        TensorProto_DataType.FLOAT,
      ),
    );
  }

  integers(name: string, values: readonly number[]): string {
    return this.tensor(
      `${this.layer}.${name}`,
      [values.length],
      new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
      TensorProto_DataType.INT64,
    );
  }

  /** A single integer. */
  integer(name: string, value: number): string {
    return this.tensor(
      `${this.layer}.${name}`,
      [],
      new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
      TensorProto_DataType.INT64,
    );
  }

  /** A value with another shape of as many elements. */
  private reshaped(name: string, from: readonly number[], to: readonly number[]): string {
    if (from.join() === to.join()) return name;
    return this.once(`${name} as ${to}`, () =>
      to.length === 1
        ? this.add("Flatten", [name])
        : this.add("Reshape", [name, this.integers("shape", [0, ...to])]),
    );
  }

  /** A value with the axes of its tensor in this order; returns the name that has them. */
  arranged({ name, shape, dims, layout }: Value, axes: readonly number[] = [...shape.keys()]): string {
    const sizes = axes.map((axis) => shape[axis]);
    if (liesAs(layout, shape, axes)) return this.reshaped(name, dims, sizes);
    const to = orderOfAxes(layout, shape, axes);
    const moved = this.once(`${name} in ${to} of ${layout.factors}`, () => {
      const split = this.reshaped(name, dims, sizesInMemory(layout));
      const perm = [0n, ...to.map((factor) => BigInt(layout.order.indexOf(factor) + 1))];
      return this.add("Transpose", [split], { perm });
    });
    return this.reshaped(
      moved,
      to.map((factor) => layout.factors[factor]),
      sizes,
    );
  }

  /** A tensor's value of which all nodes so far are known by `name`, with its axes in this order. */
  value(name: string, shape: readonly number[], axes: readonly number[] = [...shape.keys()]): Value {
    const plain = plainLayout(shape);
    const layout = { factors: plain.factors, order: orderOfAxes(plain, shape, axes) };
    return { name, shape, dims: axes.map((axis) => shape[axis]), layout };
  }

  /** The same elements under another shape of lanewise. */
  resized(value: Value, shape: readonly number[]): Value {
    const layout = refined(value.layout, shape);
    if (layout) return { ...value, shape, layout };
    return { ...this.value(this.arranged(value), value.shape), shape, layout: plainLayout(shape) };
  }

  /** The order of axes that a value has in the graph, or that of lanewise. */
  axesOf({ shape, dims, layout }: Value): number[] {
    const isAs = (axes: readonly number[]) =>
      liesAs(layout, shape, axes) && axes.map((axis) => shape[axis]).join() === dims.join();
    const plain = [...shape.keys()];
    if (shape.length < 2) return plain;
    return [plain, channelsFirst(shape)].find(isAs) ?? plain;
  }

  /** Numbers of a sample of lanewise in the order of the graph. */
  inOrder(values: Float32Array, { layout }: Value): Float32Array {
    return Float32Array.from(placesInMemory(layout), (place) => values[place]);
  }

  /** What there is, with these values under the names of the outputs. */
  ended(outputs: readonly { readonly value: string; readonly name: string }[]) {
    const renamed = new Map<string, string>();
    const made = new Set(this.nodes.flatMap(({ output = [] }) => output));
    for (const { value, name } of outputs) {
      if (made.has(value) && !renamed.has(value)) renamed.set(value, name);
      else {
        this.layer = name;
        const copy = this.add("Identity", [value]);
        renamed.set(copy, name);
      }
    }
    const called = (name: string) => renamed.get(name) ?? name;
    for (const node of this.nodes) {
      node.input = node.input?.map(called);
      node.output = node.output?.map(called);
    }
    return { node: this.nodes, initializer: this.tensors };
  }

  private tensor(
    name: string,
    shape: readonly number[],
    rawData: Uint8Array<ArrayBuffer>,
    dataType: TensorProto_DataType,
  ): string {
    const called = this.fresh(name);
    this.tensors.push({ name: called, dims: shape.map(BigInt), dataType, rawData });
    return called;
  }

  private once(key: string, make: () => string): string {
    const name = this.known.get(key) ?? make();
    this.known.set(key, name);
    return name;
  }

  private fresh(name: string): string {
    let fresh = name;
    for (let i = 1; this.names.has(fresh); i++) fresh = `${name}_${i}`;
    this.names.add(fresh);
    return fresh;
  }
}
