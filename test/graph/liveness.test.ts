import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/graph/differentiate.js";
import type { Op } from "../../src/graph/graph.js";
import { Graph } from "../../src/graph/graph.js";
import { livenessOf } from "../../src/graph/liveness.js";
import type { Value } from "../../src/graph/value.js";
import { matmul } from "../../src/ops/matmul.js";
import { reshape } from "../../src/ops/reshape.js";
import { sums } from "../../src/ops/sums.js";

const opOf = (name: string, inPlace?: readonly number[]): Op<undefined> => ({
  name,
  ...(inPlace ? { inPlace } : {}),
  bind: () => () => {},
});
const apart = opOf("apart");
const over = opOf("over", [0]);
const overEither = opOf("overEither", [0, 1]);

/** Two values that the graph computes, to begin with. */
function begin(): { graph: Graph; a: Value; b: Value } {
  const graph = new Graph();
  const x = graph.input([4]);
  return { graph, a: graph.emit(apart, [x], [4]), b: graph.emit(apart, [x], [4]) };
}

/** Whether two values have the same memory. */
function share(graph: Graph, keep: readonly Value[], one: Value, other: Value): boolean {
  const { homeOf } = livenessOf(graph, keep);
  expect(homeOf[one.id]).toBeGreaterThanOrEqual(0);
  return homeOf[one.id] === homeOf[other.id];
}

describe("a result is written over an input", () => {
  it("if the operation allows it and nothing reads the input later", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a], [4]);
    const z = graph.emit(over, [y], [4]);
    expect(share(graph, [z], y, a)).toBe(true);
    expect(share(graph, [z], z, a)).toBe(true);
    expect(livenessOf(graph, [z]).homes).toHaveLength(1);
  });

  it("and its memory is in use until the last use of the result", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a], [4]);
    const z = graph.emit(apart, [y], [4]);
    const last = graph.emit(apart, [y, z], [4]);
    const { homes, homeOf } = livenessOf(graph, [last]);
    expect(homeOf[y.id]).toBe(homeOf[a.id]);
    expect(homes[homeOf[y.id]]).toMatchObject({ from: 0, to: 3 });
  });

  it("not a further output of the node", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a], [4]);
    const further = graph.keep(graph.nodes[graph.nodes.length - 1], 1, [4]);
    expect(share(graph, [y, further], y, a)).toBe(true);
    expect(share(graph, [y, further], further, a)).toBe(false);
  });

  it("not if the operation does not allow it", () => {
    const { graph, a } = begin();
    const y = graph.emit(apart, [a], [4]);
    expect(share(graph, [y], y, a)).toBe(false);
  });

  it("not if a later step reads the input, also under another shape", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a], [4]);
    const z = graph.emit(apart, [reshape(graph, a, [2, 2]), y], [4]);
    expect(share(graph, [z], y, a)).toBe(false);
  });

  it("not if the input is kept", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a], [4]);
    expect(share(graph, [y, a], y, a)).toBe(false);
    const { graph: other, a: kept } = begin();
    const z = other.emit(over, [kept], [4]);
    expect(share(other, [z, reshape(other, kept, [2, 2])], z, kept)).toBe(false);
  });

  it("the second input if the first is still read", () => {
    const { graph, a, b } = begin();
    const y = graph.emit(overEither, [a, b], [4]);
    const z = graph.emit(apart, [a, y], [4]);
    expect(share(graph, [z], y, a)).toBe(false);
    expect(share(graph, [z], y, b)).toBe(true);
  });

  it("not if the sizes differ", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a], [2]);
    expect(share(graph, [y], y, a)).toBe(false);
    const unbatched = graph.emit(over, [a], [4], undefined, { batched: false });
    expect(share(graph, [unbatched], unbatched, a)).toBe(false);
  });

  it("not if the same value is also an operand that the result may not overlap", () => {
    const { graph, a } = begin();
    const y = graph.emit(over, [a, a], [4]);
    expect(share(graph, [y], y, a)).toBe(false);
    const { graph: other, a: twice } = begin();
    const z = other.emit(overEither, [twice, twice], [4]);
    expect(share(other, [z], z, twice)).toBe(true);
  });

  it("never a sample, a parameter or an output's gradient, which are not the plan's", () => {
    const graph = new Graph();
    const x = graph.input([4]);
    const p = graph.parameter([4]);
    const y = graph.emit(over, [x], [4]);
    const q = graph.emit(over, [p], [4]);
    const r = graph.emit(over, [reshape(graph, p, [2, 2])], [4]);
    const { homeOf, homes } = livenessOf(graph, [y, q, r], [x]);
    expect(homes).toHaveLength(4);
    expect(homeOf[p.id]).toBe(-1);
    expect(homeOf[y.id]).not.toBe(homeOf[x.id]);
  });
});

describe("liveness", () => {
  it("runs only what is asked for", () => {
    const { graph, a, b } = begin();
    const y = graph.emit(apart, [a], [4]);
    const z = graph.emit(apart, [b], [4]);
    const names = (keep: readonly Value[]) => livenessOf(graph, keep).nodes.map(({ outputs: [out] }) => out);
    expect(names([y])).toEqual([a, y]);
    expect(names([z])).toEqual([b, z]);
    expect(names([y, z])).toEqual([a, b, y, z]);
    expect(names([])).toEqual([]);
  });

  it("leaves the gradient of the input out where nobody keeps it", () => {
    const graph = new Graph();
    const x = graph.input([3]);
    const w = graph.parameter([3, 2]);
    const y = matmul(graph, x, w);
    const { gradients } = differentiate(graph, [y], [x, w], sums);
    const dx = gradients.get(x) as Value;
    const names = (keep: readonly Value[]) => livenessOf(graph, keep).nodes.map(({ op }) => op.name);
    expect(names([y])).toEqual(["matmul", "loss", "matmulWeightGradient"]);
    expect(names([y, dx])).toEqual(["matmul", "loss", "matmulWeightGradient", "matmulInputGradient"]);
  });

  it("has memory for an output that nothing reads in the step that writes it", () => {
    const { graph, a } = begin();
    const y = graph.emit(apart, [a], [4]);
    const further = graph.keep(graph.nodes[graph.nodes.length - 1], 1, [4]);
    const { homes, homeOf } = livenessOf(graph, [y]);
    expect(homes[homeOf[further.id]]).toMatchObject({ from: 1, to: 1 });
  });

  it("keeps what is there before the first step until its last use, and kept values to the end", () => {
    const { graph, a } = begin();
    const [x] = graph.nodes[0].inputs;
    const y = graph.emit(apart, [a], [4]);
    const { homes, homeOf, nodes } = livenessOf(graph, [y], [x]);
    expect(nodes).toHaveLength(2);
    expect(homes[homeOf[x.id]]).toMatchObject({ from: 0, to: 0 });
    expect(homes[homeOf[a.id]]).toMatchObject({ from: 0, to: 1 });
    expect(homes[homeOf[y.id]]).toMatchObject({ from: 1, to: 2 });
  });
});
