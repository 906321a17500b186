import { ShapeError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Kernels } from "../core/kernels.js";
import { type Kind, NONE, sizeOf, type Value } from "./value.js";

/** An operation with its inputs and outputs: one call of a kernel, or a few. */
export interface Node<Attributes = unknown> {
  readonly op: Op<Attributes>;
  readonly inputs: readonly Value[];
  /** The result first, then what the backward rule asked to keep (Graph.keep). */
  readonly outputs: Value[];
  readonly attributes: Attributes;
  /** The layer that it belongs to, for messages. */
  readonly label: string;
  /**
   * Whether it adds to its outputs, gradients that a node before it has written, or replaces what is there.
   */
  readonly adds: 0 | 1;
}

/** Runs one node for `rows` samples. Allocates nothing. */
export type Step = (rows: number) => void;

/** What an operation is bound to. */
export interface Binding {
  readonly backend: Host;
  readonly kernels: Kernels;
  /** The address of each value, by its id. Read it at each call: addresses change between steps. */
  readonly at: Uint32Array;
  /** Where `at` has the address of this node's scratch. */
  readonly scratch: number;
  /** Where `at` has the address of this node's record. */
  readonly record: number;
}

/** A kind of node. */
export interface Op<Attributes = unknown> {
  readonly name: string;
  /** The inputs that the result may be written over, the best first. */
  readonly inPlace?: readonly number[];
  /** The result is the input, in memory: there is nothing to run. */
  readonly alias?: true;
  /**
   * Whether the kernel can add to its outputs, as `adds` of the node says. Without, the gradient of a
   * parameter that this operation computes is added by a node of its own.
   */
  readonly accumulates?: true;
  /** Called once for each node: the kernel call with all that is known bound. Absent: nothing to run. */
  bind?(node: Node<Attributes>, to: Binding): Step;
  /** Integers that the kernel reads from memory, such as the geometry of a convolution. */
  record?(node: Node<Attributes>): readonly number[];
  /** Bytes of scratch memory. Must not fall as `rows` grows. */
  scratch?(node: Node<Attributes>, rows: number, kernels: Kernels): number;
  /** Multiply-adds of one sample. Without: one for each element of the result. */
  work?(node: Node<Attributes>): number;
  /**
   * Emits the mean over the time steps of the result, [steps, channels], in one go, with the bits of the two
   * operations: over those that the mask has, if there is one. Undefined where it cannot.
   */
  averageSteps?(graph: Graph, node: Node<Attributes>, mask: Value | undefined): Value | undefined;
  /** Emits the gradients of the inputs, given dy, that of the result. Absent: there are none. */
  backward?(g: Gradients, node: Node<Attributes>, dy: Value): void;
}

/** What a backward rule works with. */
export interface Gradients {
  readonly graph: Graph;
  /** Whether anybody needs the gradient of the value. Rules ask only to save themselves work. */
  needs(value: Value): boolean;
  /** `gradient`, which is there already, is (a part of) the gradient of `value`. */
  pass(value: Value, gradient: Value): void;
  /** Emits a node that computes (a part of) the gradient of `value`, if anybody needs it. */
  into<A>(value: Value, op: Op<A>, inputs: readonly Value[], attributes?: A): void;
  /** The same for a node that computes several at once: the outputs that nobody needs are NONE. */
  intoAll<A>(values: readonly Value[], op: Op<A>, inputs: readonly Value[], attributes?: A): void;
}

/** Options of a node that emit does not find out from its inputs. */
export interface NodeOptions {
  /** Whether the result has one value a sample. Default: whether any input has. */
  readonly batched?: boolean;
  readonly label?: string;
}

/**
 * Operations in the order of their execution, which is the order in which they were traced: nothing is
 * sorted. A graph holds no memory.
 */
export class Graph {
  /** By id. */
  readonly values: Value[] = [NONE];
  readonly nodes: Node[] = [];
  /** Nodes that change buffers, such as running statistics: they run once after each step that went well. */
  readonly updates: Node[] = [];
  /** The label of the nodes to come. */
  label = "";

  /** A new value. One of kind "activation" comes from `emit`. */
  value(kind: Kind, shape: readonly number[], batched: boolean): Value {
    const value = { id: this.values.length, kind, shape, size: sizeOf(shape), batched };
    this.values.push(value);
    return value;
  }

  /** Samples: [batch, ...shape]. */
  input(shape: readonly number[]): Value {
    return this.value("input", shape, true);
  }

  parameter(shape: readonly number[]): Value {
    return this.value("parameter", shape, false);
  }

  buffer(shape: readonly number[]): Value {
    return this.value("buffer", shape, false);
  }

  /** Appends a node. Its result has this shape, without the batch. @throws ShapeError for an alias */
  emit(op: Op<undefined>, inputs: readonly Value[], shape: readonly number[]): Value;
  emit<A>(
    op: Op<A>,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: A,
    options?: NodeOptions,
  ): Value;
  emit<A>(
    op: Op<A>,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes?: A,
    { batched = inputs.some((input) => input.batched), label }: NodeOptions = {},
  ): Value {
    const output = op.alias ? aliasOf(op.name, inputs[0], shape) : this.value("activation", shape, batched);
    this.append(op, inputs, [output], attributes as A, 0, label);
    return output;
  }

  /** A node with outputs that are there already, as differentiate makes them. */
  append<A>(
    op: Op<A>,
    inputs: readonly Value[],
    outputs: Value[],
    attributes: A,
    adds: 0 | 1 = 0,
    label = this.label,
  ): void {
    this.nodes.push({ op: op as Op, inputs, outputs, attributes, adds, label });
  }

  /**
   * A node that changes buffers by what a step has computed. It may not have scratch memory: it runs after
   * forward in a training loop of one's own, and after backward in fit.
   */
  update<A>(op: Op<A>, inputs: readonly Value[], buffers: Value[], attributes: A): void {
    const { label } = this;
    this.updates.push({ op: op as Op, inputs, outputs: buffers, attributes, adds: 0, label });
  }

  /**
   * A further output of a node for its backward rule, such as the gates of a recurrent layer: output `index`,
   * from 1. The operation writes it only if it is there.
   */
  keep(node: Node, index: number, shape: readonly number[], batched = node.outputs[0].batched): Value {
    while (node.outputs.length < index) node.outputs.push(NONE);
    const there = node.outputs[index] ?? NONE;
    if (there !== NONE) return there;
    const value = this.value("activation", shape, batched);
    node.outputs[index] = value;
    return value;
  }
}

function aliasOf(who: string, input: Value, shape: readonly number[]): Value {
  if (sizeOf(shape) === input.size) return { ...input, shape };
  throw new ShapeError(
    `${who} expected a shape of ${input.size} elements, as [${input.shape.join(", ")}] has, got [${shape.join(", ")}]`,
  );
}
