import { ValueError } from "../core/errors.js";
import { Graph } from "../graph/graph.js";
import type { Value } from "../graph/value.js";
import { Registry, Scope, type Stepping, TracedTensor } from "../layers/scope.js";
import { scale } from "../ops/scale.js";
import type { Structure } from "./structure.js";

/** The operations of a model, for predicting or for training. */
export interface Trace {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  /** Computed: none is an input. */
  readonly outputs: readonly TracedTensor[];
  readonly registry: Registry;
}

/** The label of a call's operations, from which messages find the call. */
export const labelOf = (call: number): string => String(call);

/**
 * Builds the graph of a model. `stepping` builds the graph of one time step. `steps` is the number of steps
 * of the pieces that sequences are cut into. `times` has a number of steps for each input: later steps are
 * padding in every sample, and the graph leaves them out.
 * @throws ShapeError, ValueError
 */
export function trace(
  structure: Structure,
  training: boolean,
  stepping?: Stepping,
  steps = stepping ? 1 : undefined,
  times?: readonly number[],
): Trace {
  const { layers, calls, inputs, outputTensors, shapes } = structure;
  const graph = new Graph();
  const registry = new Registry(graph, stepping, steps !== undefined);
  const outside = new Scope(registry, training, structure, "", 0, true);
  const tensors = inputs.map(
    ({ shape: [time, ...others] }, i) =>
      new TracedTensor(outside, graph.input([steps ?? times?.[i] ?? time, ...others])),
  );
  calls.forEach(({ layer: place, inputs, output }, i) => {
    const { layer, name, index } = layers[place];
    const wholeTime = times && shapes[inputs[0]][0];
    const scope = new Scope(registry, training, layer, name, Math.max(index, 0), layer.trainable, wholeTime);
    graph.label = labelOf(i);
    if (steps !== undefined)
      checkStepwise(stepping ? "stepper" : "fit: truncatedBackpropagation", structure, i, tensors);
    tensors[output] = layer.build(
      scope,
      inputs.map((tensor) => tensors[tensor].in(scope)),
    );
    if (times) checkPadding(structure, i, tensors);
  });
  graph.label = "";
  const outputs = outputTensors.map((tensor) => {
    const { value, range } = tensors[tensor];
    const own = computed(graph, value);
    return own === value ? tensors[tensor] : tensors[tensor].along(own, { range });
  });
  return { graph, inputs: tensors.slice(0, inputs.length).map(({ value }) => value), outputs, registry };
}

/** @throws ValueError for a layer that needs the whole of a sequence */
function checkStepwise(
  who: string,
  { layers, calls, shapes }: Structure,
  call: number,
  tensors: TracedTensor[],
): void {
  const { layer: place, inputs } = calls[call];
  const { layer } = layers[place];
  // A tensor that is as long as in the model has no time any more.
  const ofTime = inputs.filter((tensor) => tensors[tensor].shape.join() !== shapes[tensor].join());
  if (ofTime.length === 0 || layer.isStepwise(inputs.map((tensor) => shapes[tensor]))) return;
  throw new ValueError(
    `${who}: ${layer.config.type} needs the whole sequence, not one time step after the other`,
  );
}

/** @throws ValueError for a layer that does not leave padding out */
function checkPadding(
  { layers, calls, shapes }: Structure,
  call: number,
  tensors: readonly TracedTensor[],
): void {
  const { layer: place, inputs, output } = calls[call];
  const { layer } = layers[place];
  const isShorter = (tensor: number): boolean => tensors[tensor].shape.join() !== shapes[tensor].join();
  const shorter = inputs.filter(isShorter);
  if (shorter.length === 0) return;
  const isStepwise = isShorter(output) && layer.isStepwise(inputs.map((tensor) => shapes[tensor]));
  if (isStepwise || (layer.leavesOutPadding && shorter.every((tensor) => tensors[tensor].mask))) return;
  throw new ValueError(`${layer.config.type} needs padding`);
}

/** A value that is read after a run: where it has the memory of an input, which may be a user's, a copy. */
export const computed = (graph: Graph, value: Value): Value =>
  graph.values[value.id].kind === "activation" ? value : scale(graph, value, 1);
