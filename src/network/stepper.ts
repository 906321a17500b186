import { checkCount, checkOptions, show } from "../core/check.js";
import { DisposedError, ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import type { Arena } from "../graph/arena.js";
import type { Value } from "../graph/value.js";
import type { Stepping } from "../layers/scope.js";
import type { ActivationName } from "../ops/activation-kinds.js";
import type { Lengths } from "./lengths.js";
import { Pass } from "./pass.js";
import type { Structure } from "./structure.js";
import { trace } from "./trace.js";
import type { Weights } from "./weights.js";

/** The options of `model.stepper`. */
export interface StepperOptions {
  /** Sequences that run side by side. Default 1. */
  rows?: number;
}

/** What a stepper needs of its model. */
export interface SteppingModel {
  readonly backend: Host;
  readonly lease: Lease;
  readonly arena: Arena;
  readonly weights: Weights;
  readonly structure: Structure;
  readonly lengths: Lengths | undefined;
  /** @throws DisposedError */
  check(): void;
  /** Outputs handed out before are void from here on. */
  invalidate(): void;
}

/** A state in linear memory: that before the step, and the value of the plan that it becomes. */
interface Memory {
  readonly name: string;
  readonly size: number;
  readonly address: Pointer;
  /** Undefined if the step writes to the memory itself. */
  readonly after: Value | undefined;
}

/** What a stepper remembers, to continue from. */
export interface StepperStates {
  readonly steps: number;
  /** By layers, each [rows, size]. */
  readonly layers: Readonly<Record<string, ArrayLike<number>>>;
}

/**
 * Runs a model over a sequence one time step at a time, and remembers between the steps: for generation, for
 * sensors, and for requests that continue where the last one ended. Its outputs are, to the bit, those of the
 * whole sequence at once. From `model.stepper()`.
 *
 * @example
 * const layers = [lstm(8), dense(1)];
 * const model = new Sequential(backend, { inputShape: [50, 2], seed: 1, layers });
 * const stepper = model.stepper();
 * for (const sample of [[0.1, 0.2], [0.3, 0.4]]) console.log(stepper.step(sample).length); // 1
 * console.log(stepper.steps); // 2
 */
export class Stepper {
  /** Steps since the beginning, or the last reset. */
  steps = 0;
  private readonly pass: Pass;
  private readonly stepping: Stepping;
  private readonly memories: readonly Memory[];
  private readonly lease: Lease;
  /** Numbers of one step of a sequence. */
  readonly inputSize: number;
  /** Numbers of one step of the output. */
  readonly outputSize: number;
  /** The last activation of the output: "linear" for logits. */
  readonly activation: ActivationName;

  /** @internal Use model.stepper(). @throws ValueError */
  constructor(
    private readonly model: SteppingModel,
    /** Sequences that run side by side. */
    readonly rows: number,
  ) {
    const { structure, backend, weights } = model;
    if (structure.inputs.length > 1 || structure.outputs.length > 1)
      throw new ValueError(
        `stepper expected a model with one input and one output, got ${structure.inputs.length} and ${structure.outputs.length}`,
      );
    const [time] = structure.inputs[0].shape;
    this.stepping = { time, position: new Uint32Array(1), isLimited: false };
    const traced = trace(structure, false, this.stepping);
    const name = weights.otherShape(traced.registry);
    if (name !== undefined)
      throw new ValueError(
        `stepper: ${name} has a weight for each time step, so the model needs the whole sequence`,
      );
    this.pass = new Pass(model, structure, { training: false, logits: [false] }, traced);
    this.inputSize = this.pass.inputs[0].size;
    this.outputSize = this.pass.heads[0].size;
    this.activation = this.pass.outputs[0].origin?.activation ?? "linear";
    this.lease = backend.lease(this, model.lease);
    this.memories = [...traced.registry.states].map(([name, { before, after }]) => {
      const address = this.lease.allocate(rows * before.size * 4);
      this.pass.plan.set(before, address);
      return { name, size: before.size, address, after };
    });
    this.reset();
  }

  /**
   * The output of the next time step. x: [rows, ...shape of a step]; the result: [rows, ...shape of a step of
   * the output], in `out` if it is given.
   * @throws ShapeError; ValueError after the last step of a model that depends on positions; DisposedError
   */
  step<Out extends Float32Array = Float32Array<ArrayBuffer>>(
    x: ArrayLike<number>,
    out = new Float32Array(this.rows * this.outputSize) as Out,
  ): Out {
    this.check();
    const { pass, rows, inputSize, outputSize, model } = this;
    const { backend } = model;
    if (x.length !== rows * inputSize)
      throw new ShapeError(
        `stepper.step expected ${rows} x ${inputSize} = ${rows * inputSize} numbers, got ${x.length}`,
      );
    if (out.length !== rows * outputSize)
      throw new ShapeError(
        `stepper.step expected out to have ${rows} x ${outputSize} = ${rows * outputSize} elements, got ${out.length}`,
      );
    const { time, position, isLimited } = this.stepping;
    if (isLimited && this.steps >= time)
      throw new ValueError(
        `stepper.step: the model was made for ${time} steps, which have run; reset the stepper, or make the model for longer sequences`,
      );
    const { plan } = pass;
    plan.reserve(rows);
    position[0] = this.steps;
    model.invalidate();
    const at = plan.room(pass.inputs[0]);
    backend.floats(at, x.length).set(x);
    plan.set(pass.inputs[0], at);
    pass.forward(rows);
    for (const { size, address, after } of this.memories)
      if (after)
        backend.kernels.copyRows(plan.address(after), address, 1, rows * size, rows * size, rows * size);
    out.set(backend.floats(plan.address(pass.heads[0]), out.length));
    this.steps++;
    return out;
  }

  /** Forgets all steps. */
  reset(): void {
    this.check();
    for (const { address, size } of this.memories)
      this.model.backend.floats(address, this.rows * size).fill(0);
    this.steps = 0;
  }

  /** A copy of what the stepper remembers, in plain arrays, which a later request can continue from. */
  get states(): { readonly steps: number; readonly layers: Record<string, Float32Array> } {
    this.check();
    const layers = this.memories.map(({ name, size, address }): [string, Float32Array] => [
      name,
      this.model.backend.floats(address, this.rows * size).slice(),
    ]);
    return { steps: this.steps, layers: Object.fromEntries(layers) };
  }

  /** Continues from states that a stepper of the same model gave. @throws ValueError, ShapeError */
  set states(states: StepperStates) {
    this.check();
    const { steps, layers } = states ?? {};
    checkCount("stepper", "states.steps", steps, 0);
    for (const { name, size } of this.memories) {
      const given: unknown = layers?.[name];
      if (given === undefined)
        throw new ValueError(
          `stepper expected states of ${this.memories.map(({ name }) => name).join(", ")}, got ${show(Object.keys(layers ?? {}))}`,
        );
      const { length } = given as ArrayLike<number>;
      if (length !== this.rows * size)
        throw new ShapeError(
          `stepper expected ${name} to have ${this.rows} x ${size} numbers, got ${show(length)}`,
        );
    }
    for (const { name, size, address } of this.memories)
      this.model.backend.floats(address, this.rows * size).set(layers[name]);
    this.steps = steps;
  }

  /** Gives the memory of the states back. The model's end does so, too. */
  dispose(): void {
    this.lease.end();
  }

  /** `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private check(): void {
    this.model.check();
    if (this.lease?.ended) throw new DisposedError("stepper: used after dispose()");
  }
}

/** @internal @throws ValueError */
export function stepperOf(model: SteppingModel, options: StepperOptions): Stepper {
  model.check();
  checkOptions("stepper", options, ["rows"]);
  const { rows = 1 } = options;
  checkCount("stepper", "rows", rows);
  return new Stepper(model, rows);
}
