import { ShapeError } from "../core/errors.js";
import type { Gradients, Graph, Node, Op } from "./graph.js";
import { NONE, type Value } from "./value.js";

/** How gradients are added up, from ops/, which this folder does not import. */
export interface Sums {
  /** a + b. */
  add(graph: Graph, a: Value, b: Value): Value;
  /** y = x, or y += x where the node adds. Without an input, x is 0. */
  readonly addInto: Op<undefined>;
}

export interface Derivative {
  /**
   * d loss / d output, one for each output: whoever computes the loss writes them between the forward and the
   * backward half. Values of kind "input": their memory is the plan's own if it is asked for (PlanOptions.
   * room), or the caller's.
   */
  readonly outputGradients: readonly Value[];
  /**
   * The gradient of each value that was asked for, and of those between. That of a parameter is of kind
   * "gradient".
   */
  readonly gradients: ReadonlyMap<Value, Value>;
}

/** Stands in the graph where the owner of the plan computes the loss and its gradient. */
export const lossOp: Op<undefined> = { name: "loss" };

/**
 * Emits, behind the nodes of the graph, those that compute the gradients of a loss of the outputs with
 * respect to `wrt`: parameters and inputs. What is not in `wrt`, such as a frozen parameter, costs nothing.
 *
 * Nodes are visited in the reverse order of tracing, so the order of every sum of gradients is fixed: the
 * first contribution to a value is kept, and each later one is added to it. A parameter's gradients go to a
 * value of kind "gradient", where the first contribution replaces what is there and later ones add.
 */
export function differentiate(
  graph: Graph,
  outputs: readonly Value[],
  wrt: readonly Value[],
  sums: Sums,
): Derivative {
  const forward = graph.nodes.slice();
  const reverse = new Reverse(graph, neededBy(graph, wrt), wrt, sums);
  const outputGradients = outputs.map(({ shape, batched }) => graph.value("input", shape, batched));
  graph.append(lossOp, outputs, outputGradients.slice(), undefined, 0, "");
  outputs.forEach((output, i) => {
    reverse.pass(output, outputGradients[i]);
  });
  const { label } = graph;
  for (let i = forward.length - 1; i >= 0; i--) reverse.visit(forward[i]);
  reverse.finish(wrt);
  graph.label = label;
  return { outputGradients, gradients: reverse.gradients };
}

/** By id, the values whose gradients are asked for, and those that are computed from them. */
function neededBy(graph: Graph, wrt: readonly Value[]): Uint8Array {
  const needed = new Uint8Array(graph.values.length);
  for (const { id } of wrt) needed[id] = 1;
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.some(({ id }) => needed[id])) for (const { id } of outputs) needed[id] = 1;
  needed[NONE.id] = 0;
  return needed;
}

class Reverse implements Gradients {
  /** The gradients so far. */
  readonly gradients = new Map<Value, Value>();
  private readonly parameters: ReadonlySet<Value>;

  constructor(
    readonly graph: Graph,
    private readonly needed: Uint8Array,
    wrt: readonly Value[],
    private readonly sums: Sums,
  ) {
    this.parameters = new Set(wrt.filter(({ kind }) => kind === "parameter"));
  }

  visit(node: Node): void {
    const [output] = node.outputs;
    const dy = this.gradients.get(output);
    if (!dy || !node.op.backward || !this.needs(output)) return;
    this.graph.label = node.label;
    node.op.backward(this, node, dy);
  }

  /** Gradients that nothing contributed to are 0. */
  finish(wrt: readonly Value[]): void {
    this.graph.label = "";
    for (const value of wrt) if (!this.gradients.has(value)) this.into(value, this.sums.addInto, []);
  }

  needs(value: Value): boolean {
    return this.needed[value.id] === 1;
  }

  pass(value: Value, gradient: Value): void {
    if (!this.needs(value)) return;
    if (gradient.size !== value.size || gradient.batched !== value.batched)
      throw new ShapeError(
        `differentiate expected a gradient of [${value.shape.join(", ")}], got [${gradient.shape.join(", ")}]`,
      );
    const before = this.gradients.get(value);
    if (this.parameters.has(value)) this.into(value, this.sums.addInto, [gradient]);
    else this.gradients.set(value, before ? this.sums.add(this.graph, before, gradient) : gradient);
  }

  into<A>(value: Value, op: Op<A>, inputs: readonly Value[], attributes?: A): void {
    this.intoAll([value], op, inputs, attributes);
  }

  intoAll<A>(values: readonly Value[], op: Op<A>, inputs: readonly Value[], attributes?: A): void {
    if (!values.some((value) => this.needs(value))) return;
    const parameters = values.filter((value) => this.needs(value) && this.parameters.has(value));
    const known = parameters.filter((parameter) => this.gradients.has(parameter)).length;
    // Directly, if the kernel can add and all its parameters are alike in whether it has to.
    const direct =
      op.accumulates === true &&
      (known === 0 || known === parameters.length) &&
      new Set(parameters).size === parameters.length;
    const outputs = values.map((value) => {
      if (!this.needs(value)) return NONE;
      if (direct && this.parameters.has(value)) return this.gradientOf(value);
      return this.graph.value("activation", value.shape, value.batched);
    });
    this.graph.append(op, inputs, outputs, attributes as A, direct && known > 0 ? 1 : 0);
    outputs.forEach((output, i) => {
      if (output.kind === "activation") this.pass(values[i], output);
    });
  }

  private gradientOf(parameter: Value): Value {
    let gradient = this.gradients.get(parameter);
    if (!gradient) {
      gradient = this.graph.value("gradient", parameter.shape, false);
      this.gradients.set(parameter, gradient);
    }
    return gradient;
  }
}
