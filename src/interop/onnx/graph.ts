import { fromBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  AttributeProto_AttributeType as Type,
  type ValueInfoProto,
} from "onnx-buf";
import { insteadOf, recognize } from "../../files/recognize.js";
import { FormatError } from "../../index.js";
import type { Attribute } from "./elementwise.js";
import { BOOL, type Constant, constantFrom, floatingTypes, isInteger, typeName } from "./tensor.js";

export const WHO = "ONNX file";

/** A text as a message shows it, cut where it would fill a screen. */
export const quote = (text: string): string => JSON.stringify(text.slice(0, 60));

/** A node as a message names it. */
export const nameOf = ({ name, opType, output, domain }: NodeProto): string =>
  `node ${quote(name || output[0] || "")} (${domain && domain !== "ai.onnx" ? `${domain.slice(0, 60)}.` : ""}${opType.slice(0, 60)})`;

export const wrong = (where: string, problem: string): FormatError =>
  new FormatError(`${WHO}: ${where}: ${problem}`);

/** What a graph takes: the batch and one sample, or a sample alone. */
export interface GraphInput {
  readonly name: string;
  /** Samples, where the file says how many; undefined for any number. */
  readonly batch: number | undefined;
  /** The shape of a sample. That of lengths, of which there is one for each sample, has no axis. */
  readonly dims: readonly number[];
  /** The type of its numbers. */
  readonly type: number;
}

export interface Graph {
  readonly inputs: readonly GraphInput[];
  /** Whether the inputs have a dimension for the samples. */
  readonly batched: boolean;
  readonly outputs: readonly string[];
  /** The nodes that the outputs depend on, in the file's order. */
  readonly nodes: readonly NodeProto[];
  readonly opset: number;
  readonly proto: ModelProto;
}

/** More dimensions than any input has. */
const MOST_DIMENSIONS = 8;
/** More inputs or outputs than a model has. */
const MOST_PORTS = 64;

/** Decodes a file as far as its nodes. @throws FormatError */
export function readGraph(bytes: Uint8Array): Graph {
  const proto = decode(bytes);
  const { graph } = proto;
  if (proto.irVersion < 1n || !graph) checkKind(bytes);
  if (proto.irVersion < 1n || !graph)
    throw new FormatError(`${WHO}: expected an IR version and a graph, as every ONNX model has, got none`);
  const opset = proto.opsetImport.find(({ domain }) => isOwnDomain(domain));
  if (!opset || opset.version < 1n)
    throw new FormatError(`${WHO}: expected the version of ONNX's operator set, got none`);
  if (graph.sparseInitializer.length > 0)
    throw new FormatError(`${WHO}: expected dense tensors, got sparse ones`);
  const given = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !given.has(name));
  for (const [what, values] of Object.entries({ input: inputs, output: graph.output })) {
    if (values.length < 1 || values.length > MOST_PORTS)
      throw new FormatError(
        `${WHO}: expected a graph with 1 to ${MOST_PORTS} ${what}s, got ${values.length}`,
      );
    const names = values.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw wrong(`${what} ${quote(twice)}`, "expected it once, got it twice");
  }
  const read = inputs.map(inputFrom);
  const several = read.filter(({ rank }) => rank > 1);
  // One number for each sample, where others are sequences.
  const areLengths = several.some(({ rank }) => rank > 2) || several.some(({ type }) => isInteger(type));
  const alone = read.filter(({ rank, type }) => rank === 1 && !(areLengths && isInteger(type)));
  const open = alone.find(({ dims }) => dims[0] === 0);
  if (open)
    throw wrong(
      `input ${quote(open.name)}`,
      "expected a size for every dimension but the first of several, got [?]",
    );
  if (alone.length > 0 && alone.length < read.length)
    throw wrong(
      `input ${quote(alone[0].name)}`,
      "expected a dimension for the batch, as another input has, got one dimension",
    );
  const outputs = graph.output.map(({ name }) => name);
  checkMadeOnce(graph.node, [...given, ...read.map(({ name }) => name)]);
  return {
    inputs: read.map((port) =>
      port.rank > 1 || alone.length > 0 ? port : { ...port, dims: [], batch: port.dims[0] || undefined },
    ),
    batched: alone.length === 0,
    outputs,
    nodes: nodesBehind(outputs, graph.node),
    opset: Number(opset.version),
    proto,
  };
}

export const isOwnDomain = (domain: string): boolean => domain === "" || domain === "ai.onnx";

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    checkKind(bytes);
    // The library's own reasons: a length beyond the end, nesting too deep, text that is no UTF-8.
    throw new FormatError(
      `${WHO}: expected a protocol buffer of ONNX's ModelProto, got other or damaged bytes (${cause instanceof Error ? cause.message : cause})`,
      {
        cause,
      },
    );
  }
}

/** @throws FormatError for bytes that are recognised as something else */
function checkKind(bytes: Uint8Array): void {
  const file = recognize(bytes);
  if (file && file.kind !== "onnx") throw new FormatError(`${WHO}: ${insteadOf("an ONNX model", file)}`);
}

function inputFrom({ name, type }: ValueInfoProto): GraphInput & { readonly rank: number } {
  const where = `input ${quote(name)}`;
  if (type?.value.case !== "tensorType") throw wrong(where, "expected a tensor with its type and shape");
  const { elemType, shape } = type.value.value;
  // Numbers of words, as an embedding takes them, are whole.
  const isMask = elemType === BOOL && shape?.dim.length === 2;
  if (!floatingTypes.includes(elemType) && !isInteger(elemType) && !isMask)
    throw wrong(where, `expected float, double, float16, int32 or int64, got ${typeName(elemType)}`);
  if (!shape || shape.dim.length === 0 || shape.dim.length > MOST_DIMENSIONS) {
    throw wrong(
      where,
      `expected a shape of 1 to ${MOST_DIMENSIONS} dimensions, got ${shape?.dim.length ?? "none"}`,
    );
  }
  // Exporters write 0 or -1 for a size that is open.
  const sizes = shape.dim.map(({ value }) =>
    value.case === "dimValue" && value.value > 0n ? Number(value.value) : undefined,
  );
  const batched = sizes.length > 1;
  // Of lengths there are as many as samples.
  const dims = batched ? sizes.slice(1) : isInteger(elemType) ? [sizes[0] ?? 0] : sizes;
  if (!dims.every((size) => size !== undefined)) {
    throw wrong(
      where,
      `expected a size for every dimension but the first, got [${sizes.map((size) => size ?? "?").join(", ")}]`,
    );
  }
  const count = dims.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count)) throw wrong(where, `expected sizes that can be counted, got ${dims}`);
  return { name, rank: sizes.length, batch: batched ? sizes[0] : 1, dims, type: elemType };
}

/** @throws FormatError where two nodes make one value */
function checkMadeOnce(nodes: readonly NodeProto[], given: readonly string[]): void {
  const made = new Set(given);
  for (const node of nodes)
    for (const name of node.output) {
      if (name === "") continue;
      if (made.has(name))
        throw wrong(nameOf(node), `expected outputs that nothing else makes, got ${quote(name)} again`);
      made.add(name);
    }
}

/** A copy of a node. What a message lacks is in its prototype. */
export const changed = (node: NodeProto, changes: Partial<NodeProto>): NodeProto =>
  Object.assign(Object.create(Object.getPrototypeOf(node)), node, changes);

/** Nodes that values depend on, in their order. */
function nodesBehind(outputs: readonly string[], nodes: readonly NodeProto[]): NodeProto[] {
  const needed = new Set(outputs);
  const behind: NodeProto[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node.output.some((name) => name !== "" && needed.has(name))) continue;
    for (const name of node.input) needed.add(name);
    behind.push(node);
  }
  return behind.reverse();
}

/** A node's attribute. @throws FormatError where a node has one name twice */
function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  const [attribute, again] = node.attribute.filter((attribute) => attribute.name === name);
  if (again) throw wrong(nameOf(node), `expected the attribute ${name} once, got it again`);
  return attribute;
}

/** A number that a node has, or its default. @throws FormatError */
export function numberOf(node: NodeProto, name: string, otherwise: number): number {
  const attribute = attributeOf(node, name);
  if (!attribute) return otherwise;
  if (attribute.type === Type.FLOAT) return attribute.f;
  if (attribute.type === Type.INT) return Number(attribute.i);
  throw wrong(nameOf(node), `expected the attribute ${name} to be a number`);
}

/** Integers that a node has. @throws FormatError */
export function integersOf(node: NodeProto, name: string): number[] | undefined {
  const attribute = attributeOf(node, name);
  if (!attribute) return undefined;
  if (attribute.type !== Type.INTS)
    throw wrong(nameOf(node), `expected the attribute ${name} to be integers`);
  return attribute.ints.map(Number);
}

/** A text that a node has, or its default. @throws FormatError */
export function textOf(node: NodeProto, name: string, otherwise: string): string {
  const attribute = attributeOf(node, name);
  if (!attribute) return otherwise;
  if (attribute.type === Type.STRING) return new TextDecoder().decode(attribute.s);
  throw wrong(nameOf(node), `expected the attribute ${name} to be a text`);
}

/**
 * The attributes of a node by their names and defaults. The function throws a FormatError for another type.
 */
export const attributesOf =
  (node: NodeProto): Attribute =>
  (name, otherwise) =>
    (typeof otherwise === "string"
      ? textOf(node, name, otherwise)
      : numberOf(node, name, otherwise)) as typeof otherwise;

/** What a Constant holds: a tensor, a number or numbers. @throws FormatError for anything else */
export function constantOf(node: NodeProto): Constant {
  const [attribute, more] = node.attribute;
  if (attribute && !more) {
    const { name, type, t, f, i, floats, ints } = attribute;
    if (name === "value" && type === Type.TENSOR && t) return constantFrom(t, `${WHO}: ${nameOf(node)}`);
    if (name === "value_float" && type === Type.FLOAT) return { dims: [], values: [f], integer: false };
    if (name === "value_int" && type === Type.INT) return { dims: [], values: [Number(i)], integer: true };
    if (name === "value_floats" && type === Type.FLOATS)
      return { dims: [floats.length], values: floats, integer: false };
    if (name === "value_ints" && type === Type.INTS)
      return { dims: [ints.length], values: ints.map(Number), integer: true };
  }
  throw wrong(nameOf(node), "expected a tensor, a number or numbers");
}
