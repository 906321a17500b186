import { ShapeError } from "../core/errors.js";
import type { Node, Op } from "./op.js";
import { type Kind, NONE, sizeOf, type Value } from "./value.js";

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
    this.append(op, inputs, [output], attributes as A, undefined, label);
    return output;
  }

  /** A node with outputs that are there already, as differentiate makes them. */
  append<A>(
    op: Op<A>,
    inputs: readonly Value[],
    outputs: Value[],
    attributes: A,
    contribution?: Node["contribution"],
    label = this.label,
  ): void {
    this.nodes.push({ op: op as Op, inputs, outputs, attributes, contribution, label });
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
