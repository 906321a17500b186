import type { NodeProto, TensorProto } from "onnx-buf";
import { elementwise, makesIntegers } from "./elementwise.js";
import { expanded, type Folding } from "./folds/fold.js";
import { folds } from "./folds/folds.js";
import { attributesOf, type Graph, nameOf, numberOf, quote, WHO, wrong } from "./graph.js";
import { broadcast, type Constant, constantFrom, sizeOf } from "./tensor.js";

/** Numbers that any file may ask for, however small it is. */
const FREE_NUMBERS = 65_536;
/** Weights of 8 bits are numbers that are counted again wherever something is made of them. */
const NUMBERS_A_BYTE = 8;
/** More dimensions than any constant needs. */
const MOST_DIMENSIONS = 16;
/** More inputs than an operator on elements has. */
const MOST_INPUTS = 64;

/** The operators that are known where they work on constants alone. */
export const foldable: readonly string[] = Object.keys(folds);

/** The constants of a graph: its initializers, and what nodes make of them. */
export class Constants implements Folding {
  readonly opset: number;
  private readonly initializers: Map<string, TensorProto>;
  private readonly known = new Map<string, Constant>();
  /**
   * Numbers that the file may still ask for: a constant used over and over would otherwise take memory and
   * time that no file of its length justifies.
   */
  private budget: number;

  /** `length`: that of the file, in bytes. */
  constructor(
    { proto, opset }: Graph,
    private readonly length: number,
  ) {
    this.opset = opset;
    this.initializers = new Map(proto.graph?.initializer.map((tensor) => [tensor.name, tensor]));
    this.budget = Math.max(FREE_NUMBERS, NUMBERS_A_BYTE * length);
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
    if (!(this.budget >= 0))
      throw wrong(nameOf(node), `asks for more numbers than a file of ${this.length} bytes can account for`);
  }

  set(name: string, constant: Constant): void {
    this.known.set(name, constant);
  }

  /** Takes a node that works on constants alone. Says whether it was one. @throws FormatError */
  fold(node: NodeProto): boolean {
    const { opType, input, output } = node;
    const ownFold = Object.hasOwn(folds, opType) ? folds[opType] : undefined;
    if (!ownFold && !Object.hasOwn(elementwise, opType)) return false;
    const inputs = input.map((name) => (name ? this.get(name) : undefined));
    if (!inputs.every((constant, i) => constant || !input[i])) return false;
    const least = opType === "Constant" ? 0 : 1;
    if (inputs.length < least || (least > 0 && !inputs[0]))
      throw wrong(nameOf(node), "expected at least 1 input, got none");
    for (const constant of inputs) {
      if (constant && constant.dims.length > MOST_DIMENSIONS)
        throw wrong(nameOf(node), `expected at most ${MOST_DIMENSIONS} dimensions`);
      this.spend(node, constant?.values.length ?? 0);
    }
    const made = ownFold ? ownFold(node, inputs, this) : this.evaluate(node, inputs);
    for (const [i, constant] of (Array.isArray(made) ? made : [made]).entries())
      if (output[i]) this.set(output[i], constant);
    return true;
  }

  /** An operator that works element by element, on constants that are broadcast to one shape. */
  private evaluate(node: NodeProto, inputs: readonly (Constant | undefined)[]): Constant {
    if (inputs.length > MOST_INPUTS)
      throw wrong(nameOf(node), `expected at most ${MOST_INPUTS} inputs, got ${inputs.length}`);
    if (this.opset < 7 && numberOf(node, "axis", -1) >= 0)
      throw wrong(nameOf(node), "expected constants of shapes that go together without an axis");
    const dims = broadcast(inputs.flatMap((input) => (input ? [input.dims] : [])));
    if (!dims) throw wrong(nameOf(node), "expected constants of shapes that go together");
    const count = sizeOf(dims);
    this.spend(node, count * inputs.length);
    const apply = elementwise[node.opType](attributesOf(node));
    const operands = inputs.map((input) => input && expanded(node, input, dims, this).values);
    // Of integers, as shapes are, a quotient has no fraction.
    const integer = makesIntegers(
      node.opType,
      inputs.map((input) => input?.integer !== false),
    );
    const values = Float64Array.from({ length: count }, (_, i) => {
      const value = apply(...operands.map((operand) => operand?.[i] as number));
      return integer ? Math.trunc(value) : value;
    });
    return { dims, values, integer };
  }
}
