import type { Host } from "../../src/core/host.js";
import { type Derivative, differentiate } from "../../src/graph/differentiate.js";
import type { Graph } from "../../src/graph/graph.js";
import { Plan } from "../../src/graph/plan.js";
import { poison } from "../../src/graph/poison.js";
import type { Value } from "../../src/graph/value.js";
import { sums } from "../../src/ops/sums.js";

/** A traced network. */
export interface Traced {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly parameters: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface SessionOptions {
  /** With respect to what. Default: all inputs and parameters. */
  readonly wrt?: readonly Value[];
  /** Keeps every value, so that no memory is used twice. */
  readonly withoutReuse?: boolean;
  readonly poisoned?: boolean;
}

/** What a run gives, by value. */
export interface Results {
  readonly outputs: number[][];
  /** By the values of `wrt`, in their order. */
  readonly gradients: number[][];
}

/** A network that is differentiated, planned, and has memory for everything that is not the plan's. */
export class Session {
  readonly plan: Plan;
  readonly derivative: Derivative;
  readonly wrt: readonly Value[];

  constructor(
    readonly backend: Host,
    readonly traced: Traced,
    { wrt, withoutReuse = false, poisoned = false }: SessionOptions = {},
  ) {
    const { graph, inputs, parameters, outputs } = traced;
    this.wrt = wrt ?? [...inputs, ...parameters];
    this.derivative = differentiate(graph, outputs, this.wrt, sums);
    const { outputGradients, gradients } = this.derivative;
    const wanted = this.wrt.map((value) => gradients.get(value) as Value);
    const computed = graph.nodes.flatMap((node) => node.outputs);
    this.plan = new Plan(backend, graph, {
      keep: withoutReuse ? computed : [...outputs, ...wanted],
      room: outputGradients,
    });
    if (poisoned) poison(backend, this.plan);
    for (const value of graph.values)
      if (value.kind === "parameter" || value.kind === "buffer" || value.kind === "gradient")
        this.plan.set(value, backend.allocate(value.size * 4));
  }

  /** Writes the values of a tensor that is not the plan's. */
  write(value: Value, numbers: ArrayLike<number>): void {
    this.backend.floats(this.plan.address(value), numbers.length).set(numbers);
  }

  read(value: Value, rows: number): number[] {
    const n = value.size * (value.batched ? rows : 1);
    return Array.from(this.backend.floats(this.plan.address(value), n));
  }

  /** One forward and one backward of the loss sum of y upstream. */
  run(rows: number, inputs: readonly ArrayLike<number>[], upstream: readonly ArrayLike<number>[]): Results {
    const { plan, backend, traced } = this;
    plan.reserve(rows);
    const blocks = traced.inputs.map((input, i) => {
      const address = backend.allocate(Math.max(16, rows * input.size * 4));
      plan.set(input, address);
      backend.floats(address, rows * input.size).set(inputs[i]);
      return address;
    });
    plan.run(0, plan.forward, rows);
    const outputs = traced.outputs.map((output) => this.read(output, rows));
    this.derivative.outputGradients.forEach((gradient, i) => {
      this.write(gradient, upstream[i]);
    });
    plan.run(plan.forward, plan.steps.length, rows);
    const gradients = this.wrt.map((value) => this.read(this.derivative.gradients.get(value) as Value, rows));
    for (const block of blocks) backend.release(block);
    return { outputs, gradients };
  }
}

/** Those of the loss sum of y upstream by central differences, of a session on a float64 backend. */
export function differences(
  session: Session,
  rows: number,
  inputs: readonly number[][],
  parameters: readonly number[][],
  upstream: readonly number[][],
): number[][] {
  const { traced } = session;
  const loss = (): number => {
    traced.parameters.forEach((parameter, i) => {
      session.write(parameter, parameters[i]);
    });
    const { outputs } = session.run(rows, inputs, upstream);
    return outputs.flat().reduce((sum, y, i) => sum + y * upstream.flat()[i], 0);
  };
  const step = 1e-6;
  const of = (numbers: number[]): number[] =>
    numbers.map((number, i) => {
      numbers[i] = number + step;
      const above = loss();
      numbers[i] = number - step;
      const below = loss();
      numbers[i] = number;
      return (above - below) / (2 * step);
    });
  return session.wrt.map((value) => {
    const input = traced.inputs.indexOf(value);
    return of(input >= 0 ? inputs[input] : parameters[traced.parameters.indexOf(value)]);
  });
}
