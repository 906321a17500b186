import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Arena } from "../graph/arena.js";
import { differentiate } from "../graph/differentiate.js";
import type { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import { TRAINING } from "../graph/training.js";
import type { Value } from "../graph/value.js";
import type { KeyOfLayer, LayerState, TracedTensor } from "../layers/scope.js";
import { scale } from "../ops/scale.js";
import { sums } from "../ops/sums.js";
import type { Lengths } from "./lengths.js";
import type { Structure } from "./structure.js";
import { computed, type Trace, trace } from "./trace.js";
import type { Weights } from "./weights.js";

/** What a pass is for. */
export interface PassKind {
  /** For each output, whether to end before its last activation, for a loss that includes it. */
  readonly logits: readonly boolean[];
  /** Whether layers behave as in training, and gradients go back. */
  readonly training: boolean;
  /** The time steps of the sequences, of which they are then pieces: see Registry. Default: the model's. */
  readonly steps?: number | undefined;
  /** The length of the plan: see Lengths. Default: all steps. */
  readonly length?: number | undefined;
  /** Whether outputs are kept beside the logits, and the gradients of the inputs can be asked for. */
  readonly explicit?: boolean;
}

/** The values from before node `forward` that later nodes read. */
function readByBackward({ nodes }: Graph, forward: number): Value[] {
  const before = new Set(nodes.slice(0, forward).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
  const ids = new Map([...before].map((value) => [value.id, value]));
  const read = nodes.slice(forward).flatMap(({ inputs }) => inputs);
  return [...new Set(read.flatMap(({ id }) => ids.get(id) ?? []))];
}

/** Metrics turn logits into outputs where they are: a head that is another one too becomes a copy. */
function apart(graph: Graph, heads: readonly Value[]): Value[] {
  const ids = heads.map(({ id }) => id);
  return heads.map((head, i) => (ids.indexOf(head.id) < i ? scale(graph, head, 1) : head));
}

/** What a pass works with. */
export interface PassMemory {
  readonly backend: Host;
  readonly arena: Arena;
  readonly weights: Weights;
  readonly lengths: Lengths | undefined;
}

/**
 * A way through a model: the plan of its operations, forward, and backward for training. All passes of a
 * model share one arena: running one overwrites the values of the others.
 */
export class Pass {
  readonly plan: Plan;
  readonly inputs: readonly Value[];
  /** Where forward ends: logits or outputs. */
  readonly heads: readonly Value[];
  readonly outputs: readonly TracedTensor[];
  /** The masks of the outputs: which time steps are real. */
  readonly masks: readonly (Value | undefined)[];
  /** d loss / d head: read by backward. */
  readonly headGradients: readonly Value[];
  /** d loss / d input of an explicit pass. */
  readonly inputGradients: readonly Value[];
  /** What layers remember from one piece of a sequence to the next. */
  readonly states: readonly Required<LayerState>[];
  /** The keys of layers that draw random numbers. */
  readonly keys: readonly KeyOfLayer[];
  /** By the ids of values, the names of inputs, of tensors of the model, and of their gradients. */
  readonly names: ReadonlyMap<number, string>;
  /** The parameters that are learned, with their gradients. */
  private readonly gradients: readonly (readonly [name: string, parameter: Value, gradient: Value])[];
  /** The slab of the parameters, and the one of the same layout that their gradients go to. */
  private readonly weights: Pointer;
  private slab: Pointer = 0;
  /** By step, whether only the gradients of the inputs need it. */
  private readonly onlyForInputs: readonly boolean[];

  /** @throws ShapeError, ValueError */
  constructor(
    model: PassMemory,
    structure: Structure,
    { logits, training, explicit = false, steps: time, length }: PassKind,
    traced: Trace = trace(
      structure,
      training,
      undefined,
      time,
      length === undefined ? undefined : model.lengths?.times(length),
    ),
  ) {
    const { backend, arena, weights } = model;
    const { graph, inputs, outputs, registry } = traced;
    this.inputs = inputs;
    this.outputs = outputs;
    this.keys = registry.keys;
    const heads = outputs.map(({ value, origin }, i) => (logits[i] && origin ? origin.logits : value));
    this.heads = explicit || !logits.includes(true) ? heads : apart(graph, heads);
    const forward = graph.nodes.length;
    this.masks = outputs.map(({ mask }) => mask);
    const masks = this.masks.filter((mask) => mask !== undefined);
    this.states = [...registry.states.values()].flatMap(({ before, after }) =>
      after ? [{ before, after }] : [],
    );
    const states = this.states.map(({ after }) => after);
    const ofOutputs = explicit ? outputs.map(({ value }) => value) : [];
    const kept = [...this.heads, ...masks, ...states, ...ofOutputs];
    let ofInputs: readonly Value[] = [];
    if (TRAINING && training) {
      const learned = [...registry.parameters].filter(([, { trainable }]) => trainable);
      const parameters = learned.map(([, { value }]) => value);
      const wrt = explicit ? [...parameters, ...inputs] : parameters;
      const { outputGradients, gradients } = differentiate(graph, this.heads, wrt, sums);
      this.headGradients = outputGradients;
      this.gradients = learned.map(([name, { value }]) => [name, value, gradients.get(value) as Value]);
      if (explicit) {
        ofInputs = inputs.map((value) => computed(graph, gradients.get(value) as Value));
        // Backward may run again: what it reads of forward stays.
        kept.push(...readByBackward(graph, forward));
      }
    } else {
      this.headGradients = [];
      this.gradients = [];
    }
    this.inputGradients = ofInputs;
    this.names = new Map([
      ...inputs.map(({ id }, i) => [id, structure.inputs[i].name] as const),
      ...[...registry.parameters, ...registry.buffers].map(([name, { value }]) => [value.id, name] as const),
      ...this.gradients.map(([name, , { id }]) => [id, `d(${name})`] as const),
      ...this.headGradients.map(({ id }, i) => [id, `d(${structure.outputs[i].name})`] as const),
    ]);
    this.plan = new Plan(backend, graph, {
      keep: [...kept, ...ofInputs],
      room: [...inputs, ...this.headGradients],
      arena,
    });
    this.onlyForInputs = explicit ? this.plan.onlyFor(ofInputs, kept) : [];
    weights.place(this.plan, registry);
    this.weights = weights.slab;
  }

  /** Where the mask of an output is, [rows, steps]; 0 where it has none. */
  maskOf(output: number): Pointer {
    const mask = this.masks[output];
    return mask ? this.plan.address(mask) : 0;
  }

  forward(rows: number): void {
    this.plan.run(0, this.plan.forward, rows);
  }

  /**
   * Overwrites a slab, laid out like that of the weights, with the gradients of the parameters. Computes
   * those of the inputs, too, unless `ofInputs` is false.
   */
  backward(rows: number, slab: Pointer, ofInputs: boolean): void {
    const { plan } = this;
    if (slab !== this.slab) this.placeGradients(slab);
    // The first step stands for the loss, which its owner computes.
    plan.run(plan.forward + 1, plan.updates, rows, ofInputs ? undefined : this.onlyForInputs);
  }

  private placeGradients(slab: Pointer): void {
    const { plan, weights } = this;
    for (const [, parameter, gradient] of this.gradients)
      plan.set(gradient, slab + plan.address(parameter) - weights);
    this.slab = slab;
  }

  /**
   * Changes the buffers that training changes, such as running statistics, by the last forward: once for each
   * step that went well.
   */
  updateBuffers(rows: number): void {
    const { plan } = this;
    plan.run(plan.updates, plan.steps.length, rows);
  }
}
