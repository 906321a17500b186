import type { Graph, Node } from "./graph.js";
import type { Value } from "./value.js";

/** Memory for values that follow one another in the same place. */
export interface Home {
  /** The first of them, which has the size of all. */
  readonly value: Value;
  /** The steps from which and to which it is in use, both included. */
  readonly from: number;
  to: number;
}

export interface Liveness {
  /** What is to run, one node a step: without aliases, and without nodes whose result nobody needs. */
  readonly nodes: readonly Node[];
  readonly homes: readonly Home[];
  /** By id, the index of the value's home; -1 for a value that the owner of the plan has memory for. */
  readonly homeOf: Int32Array;
}

/**
 * Which nodes run, and which values share memory. A result is written over an input where the operation
 * allows it and the input is an activation of the same size that no later step reads. Values in `keep` live
 * to the end. `room` are values that are not computed by the graph and get memory all the same.
 */
export function livenessOf(graph: Graph, keep: Iterable<Value>, room: Iterable<Value> = []): Liveness {
  const { values } = graph;
  const nodes = neededNodes(graph, keep);
  const lastUse = new Int32Array(values.length).fill(-1);
  nodes.forEach(({ inputs }, step) => {
    for (const { id } of inputs) lastUse[id] = step;
  });
  for (const { id } of keep) lastUse[id] = nodes.length;

  const homes: Home[] = [];
  const homeOf = new Int32Array(values.length).fill(-1);
  const settle = (value: Value, step: number): void => {
    homeOf[value.id] = homes.length;
    homes.push({ value, from: step, to: Math.max(step, lastUse[value.id]) });
  };
  const withRoom = new Set([...room].map(({ id }) => id));
  const computed = new Set(nodes.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  // What comes from outside is there before the first step.
  for (const id of withRoom) if (!computed.has(id)) settle(values[id], 0);

  nodes.forEach((node, step) => {
    node.outputs.forEach((output, i) => {
      if (values[output.id].kind !== "activation" && !withRoom.has(output.id)) return;
      const over = i === 0 ? overwritable(node, step) : -1;
      if (over < 0) {
        settle(output, step);
      } else {
        homeOf[output.id] = over;
        homes[over].to = Math.max(step, lastUse[output.id]);
      }
    });
  });
  return { nodes, homes, homeOf };

  /** The home of an input that the node's result may be written over, or -1. */
  function overwritable({ op, inputs, outputs: [output] }: Node, step: number): number {
    for (const i of op.inPlace ?? []) {
      const input = inputs[i];
      if (!input || values[input.id].kind !== "activation" || lastUse[input.id] !== step) continue;
      if (input.size !== output.size || input.batched !== output.batched) continue;
      // The same value as another operand may be one that the result may not overlap.
      if (inputs.some(({ id }, other) => id === input.id && !op.inPlace?.includes(other))) continue;
      return homeOf[input.id];
    }
    return -1;
  }
}

/**
 * The nodes that a value in `keep`, a gradient of a parameter or an update of a buffer depends on, without
 * aliases, and the updates at last.
 */
export function neededNodes({ nodes, updates, values }: Graph, keep: Iterable<Value>): Node[] {
  const needed = new Uint8Array(values.length);
  for (const { id } of keep) needed[id] = 1;
  for (const { inputs } of updates) for (const { id } of inputs) needed[id] = 1;
  const live: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { op, inputs, outputs } = nodes[i];
    // An alias and its input are one value here.
    if (op.alias || !outputs.some(({ id, kind }) => needed[id] === 1 || kind === "gradient")) continue;
    for (const { id } of inputs) needed[id] = 1;
    live.push(nodes[i]);
  }
  return [...live.reverse(), ...updates];
}
