import type { NodeProto, TensorProto } from "onnx-buf";
import { constantOf, type Graph, integersOf, nameOf, quote, WHO, wrong } from "./graph.js";
import { type Constant, constantFrom, transposed } from "./tensor.js";

/** Numbers that any file may ask for, however small it is. */
const FREE_NUMBERS = 65_536;

/**
 * Operators on constants alone: what exporters leave where a weight is transposed or a shape put together.
 */
const folds: Readonly<Record<string, (node: NodeProto, inputs: readonly Constant[]) => Constant>> = {
  Constant: constantOf,
  Identity: (_, [constant]) => constant,
  Cast: (_, [constant]) => constant,
  Unsqueeze: (node, [{ dims, values }]) => {
    if (dims.length === 0) return { dims: [1], values };
    throw wrong(nameOf(node), "expected a single number");
  },
  Concat: (_, inputs) => {
    const values = inputs.flatMap(({ values }) => Array.from(values));
    return { dims: [values.length], values };
  },
  Gather: (node, [{ dims, values }, indices]) => {
    const index = indices.values[0];
    if (dims.length === 1 && indices.values.length === 1 && values.length > 0) {
      const value = values[index < 0 ? index + values.length : index];
      if (value !== undefined) return { dims: indices.dims, values: [value] };
    }
    throw wrong(nameOf(node), "expected an element of a list");
  },
  Transpose: (node, [constant]) => {
    const order = integersOf(node, "perm") ?? [1, 0];
    if (constant.dims.length !== 2 || order.join() !== "1,0")
      throw wrong(nameOf(node), "expected the transpose of a matrix");
    return transposed(constant);
  },
};

/** The operators that are known where they work on constants alone. */
export const foldable: readonly string[] = Object.keys(folds);

/** The constants of a graph: its initializers, and what nodes make of them. */
export class Constants {
  private readonly initializers: Map<string, TensorProto>;
  private readonly known = new Map<string, Constant>();
  /**
   * Numbers that the file may still ask for: a constant used over and over would otherwise take memory and
   * time that no file of its length justifies.
   */
  private budget: number;

  /** `length`: that of the file, in bytes. */
  constructor(
    { proto }: Graph,
    private readonly length: number,
  ) {
    this.initializers = new Map(proto.graph?.initializer.map((tensor) => [tensor.name, tensor]));
    this.budget = Math.max(FREE_NUMBERS, 2 * length);
  }

  /** A constant by its name, or undefined. */
  get(name: string): Constant | undefined {
    const known = this.known.get(name);
    if (known) return known;
    const tensor = this.initializers.get(name);
    if (!tensor) return undefined;
    const constant = constantFrom(tensor, `${WHO}: tensor ${quote(name)}`);
    this.known.set(name, constant);
    return constant;
  }

  /** The second operand, or another, that has to be a constant. */
  needed(node: NodeProto, i: number, what: string): Constant {
    const name = node.input[i];
    const constant = name ? this.get(name) : undefined;
    if (!constant)
      throw wrong(
        nameOf(node),
        `expected ${what} to be a constant, got ${name ? `the value ${quote(name)}` : "nothing"}`,
      );
    return constant;
  }

  /** @throws FormatError when the file has asked for more numbers than one of its length can account for */
  spend(node: NodeProto, numbers: number): void {
    this.budget -= numbers;
    if (this.budget < 0)
      throw wrong(nameOf(node), `asks for more numbers than a file of ${this.length} bytes can account for`);
  }

  set(name: string, constant: Constant): void {
    this.known.set(name, constant);
  }

  /** Takes a node that works on constants alone. Says whether it was one. @throws FormatError */
  fold(node: NodeProto): boolean {
    const { opType, input, output } = node;
    if (!Object.hasOwn(folds, opType)) return false;
    const inputs = input.map((name) => (name ? this.get(name) : undefined));
    if (!inputs.every((constant) => constant !== undefined)) return false;
    const least = opType === "Constant" ? 0 : opType === "Gather" ? 2 : 1;
    if (inputs.length < least)
      throw wrong(nameOf(node), `expected at least ${least} inputs, got ${inputs.length}`);
    for (const { values } of inputs) this.spend(node, values.length);
    this.set(output[0], folds[opType](node, inputs));
    return true;
  }
}
