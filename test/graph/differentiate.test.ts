import { describe, expect, it } from "vitest";
import type { Op } from "../../src/graph/graph.js";
import { Graph } from "../../src/graph/graph.js";
import type { Value } from "../../src/graph/value.js";
import { createBackendSync } from "../../src/index.js";
import { activation } from "../../src/ops/activation.js";
import { add } from "../../src/ops/add.js";
import { matmul } from "../../src/ops/matmul.js";
import { multiply } from "../../src/ops/multiply.js";
import { reshape } from "../../src/ops/reshape.js";
import { scale } from "../../src/ops/scale.js";
import { Session } from "./session.js";

const backend = createBackendSync();
const namesOf = ({ plan }: Session): string[] => plan.steps.map((_, step) => plan.node(step).op.name);

/** x [2] -> dense(3) tanh -> dense(1). */
function twoLayers() {
  const graph = new Graph();
  const x = graph.input([2]);
  const [w1, b1] = [graph.parameter([2, 3]), graph.parameter([3])];
  const [w2, b2] = [graph.parameter([3, 1]), graph.parameter([1])];
  const y = matmul(graph, activation(graph, matmul(graph, x, w1, b1), "tanh"), w2, b2);
  return { graph, inputs: [x], parameters: [w1, b1, w2, b2], outputs: [y] };
}

describe("differentiate", () => {
  it("emits nothing for frozen parameters, nor for what only they would need", () => {
    const traced = twoLayers();
    const [, , w2, b2] = traced.parameters;
    expect(namesOf(new Session(backend, traced, { wrt: [w2, b2] }))).toEqual([
      "matmul",
      "activation",
      "matmul",
      "loss",
      "matmulWeightGradient",
      "sumRows",
    ]);
  });

  it("goes back through frozen layers to those before them", () => {
    const traced = twoLayers();
    const [w1] = traced.parameters;
    const session = new Session(backend, traced, { wrt: [w1] });
    expect(namesOf(session).slice(session.plan.forward + 1)).toEqual([
      "matmulInputGradient",
      "activationGradient",
      "matmulWeightGradient",
    ]);
  });

  it("emits the backward half in reverse order, each node under the label of its forward node", () => {
    const graph = new Graph();
    const x = graph.input([2]);
    graph.label = "first";
    const w = graph.parameter([2, 2]);
    const h = matmul(graph, x, w);
    graph.label = "second";
    const y = matmul(graph, h, w);
    const session = new Session(backend, { graph, inputs: [x], parameters: [w], outputs: [y] });
    expect(session.plan.steps.map((_, step) => session.plan.node(step).label)).toEqual([
      "first",
      "second",
      "",
      "second",
      "second",
      "first",
      "first",
    ]);
  });

  it("adds the second use of a shared parameter to the first, which replaces what was there", () => {
    const graph = new Graph();
    const x = graph.input([1]);
    const w = graph.parameter([1, 1]);
    const y = matmul(graph, matmul(graph, x, w), w);
    const session = new Session(backend, { graph, inputs: [x], parameters: [w], outputs: [y] }, { wrt: [w] });
    session.write(w, [3]);
    // d (x w^2) / d w = 2 x w.
    for (let i = 0; i < 3; i++) expect(session.run(1, [[5]], [[1]]).gradients[0]).toEqual([30]);
  });

  it("gives parameters gradients by operations that cannot add to what is there", () => {
    // y = x (2 p * q), p and q [1, 2]: neither multiply nor scale adds to its output.
    const graph = new Graph();
    const x = graph.input([1]);
    const [p, q] = [graph.parameter([1, 2]), graph.parameter([1, 2])];
    const y = matmul(graph, x, multiply(graph, scale(graph, p, 2), q));
    const session = new Session(backend, { graph, inputs: [x], parameters: [p, q], outputs: [y] });
    session.write(p, [3, 5]);
    session.write(q, [7, 11]);
    // dw = [31, 42].
    for (let i = 0; i < 2; i++)
      expect(session.run(2, [[1, 10]], [[1, 2, 3, 4]]).gradients).toEqual([
        [262, 566],
        [434, 924],
        [186, 420],
      ]);
  });

  it("gives each of the parameters of one operation its sum, whatever contributed to them before", () => {
    // p + q, whose gradients one operation writes, or adds to what is there.
    const both: Op<undefined> = {
      name: "both",
      accumulates: true,
      bind({ inputs: [dy], outputs, adds }, { kernels, at }) {
        return () => {
          for (const { id } of outputs)
            if (id === 0) continue;
            else if (adds) kernels.add(at[id], at[dy.id], at[id], dy.size);
            else kernels.scale(at[dy.id], at[id], dy.size, 1);
        };
      },
    };
    const pair: Op<undefined> = {
      name: "pair",
      bind({ inputs: [p, q], outputs: [y] }, { kernels, at }) {
        return () => kernels.add(at[p.id], at[q.id], at[y.id], y.size);
      },
      backward: (g, { inputs }, dy) => g.intoAll(inputs, both, [dy]),
    };
    const gradients = (of: (graph: Graph, p: Value, q: Value) => Value, wrt?: "q") => {
      const graph = new Graph();
      const x = graph.input([1]);
      const [p, q] = [graph.parameter([1, 2]), graph.parameter([1, 2])];
      const traced = { graph, inputs: [x], parameters: [p, q], outputs: [matmul(graph, x, of(graph, p, q))] };
      const session = new Session(backend, traced, { wrt: wrt ? [q] : [p, q] });
      return [1, 2].map(() => session.run(1, [[1]], [[1, 10]]).gradients);
    };
    const emit = (graph: Graph, p: Value, q: Value) => graph.emit(pair, [p, q], [1, 2]);
    const times = (...factors: number[]) => factors.map((factor) => [factor, 10 * factor]);
    expect(gradients(emit)).toEqual([times(1, 1), times(1, 1)]);
    expect(gradients(emit, "q")).toEqual([times(1), times(1)]);
    // Backward, the other use of p comes first.
    const more = (g: Graph, p: Value, q: Value) => add(g, emit(g, p, q), scale(g, p, 5));
    expect(gradients(more)).toEqual([times(6, 1), times(6, 1)]);
    const twice = (g: Graph, p: Value, q: Value) => add(g, emit(g, p, p), emit(g, q, q));
    expect(gradients(twice)).toEqual([times(2, 2), times(2, 2)]);
  });

  it("gives parameters gradients through a reshape and a sum", () => {
    const graph = new Graph();
    const x = graph.input([2]);
    const [p, q] = [graph.parameter([4]), graph.parameter([2, 2])];
    const y = matmul(graph, x, add(graph, reshape(graph, p, [2, 2]), q));
    const session = new Session(backend, { graph, inputs: [x], parameters: [p, q], outputs: [y] });
    session.write(p, [1, 2, 3, 4]);
    session.write(q, [0, 0, 0, 1]);
    const { outputs, gradients } = session.run(1, [[1, 10]], [[1, 2]]);
    expect(outputs).toEqual([[31, 52]]);
    expect(gradients).toEqual([
      [5, 13],
      [1, 2, 10, 20],
      [1, 2, 10, 20],
    ]);
    expect(session.read(p, 1)).toEqual([1, 2, 3, 4]);
  });

  it("adds the gradients of several outputs, of which one is an input of another", () => {
    const graph = new Graph();
    const x = graph.input([2]);
    const h = scale(graph, x, 3);
    const y = scale(graph, h, 5);
    const session = new Session(backend, { graph, inputs: [x], parameters: [], outputs: [h, y, h] });
    const { gradients } = session.run(
      1,
      [[1, 1]],
      [
        [1, 2],
        [10, 20],
        [100, 200],
      ],
    );
    expect(gradients).toEqual([[3 * (1 + 50 + 100), 3 * (2 + 100 + 200)]]);
  });

  it("gives the output's gradient where the output is the input", () => {
    const graph = new Graph();
    const x = graph.input([2]);
    const session = new Session(backend, { graph, inputs: [x], parameters: [], outputs: [x] });
    expect(session.run(1, [[1, 2]], [[3, 4]])).toEqual({ outputs: [[1, 2]], gradients: [[3, 4]] });
  });

  it("gives 0 to what the outputs do not depend on", () => {
    const graph = new Graph();
    const [x, unused] = [graph.input([1]), graph.input([2])];
    const [w, p] = [graph.parameter([1, 1]), graph.parameter([2])];
    const y = matmul(graph, x, w);
    const session = new Session(backend, { graph, inputs: [x, unused], parameters: [w, p], outputs: [y] });
    session.write(w, [2]);
    session.write(session.derivative.gradients.get(p) as Value, [7, 7]);
    const zeros = [0, 0, 0, 0];
    const { gradients } = session.run(2, [[1, 2], zeros], [[1, 1]]);
    expect(gradients.map((values) => values.map((v) => v + 0))).toEqual([[2, 2], zeros, [3], [0, 0]]);
  });

  it("keeps a further output of a node for its backward rule, and leaves it out where nothing goes back", () => {
    // y = x^2, which keeps 2 x.
    const square: Op<undefined> = {
      name: "square",
      bind({ inputs: [x], outputs: [y, slope] }, { kernels, at }) {
        return (rows) => {
          kernels.hadamard(at[x.id], at[x.id], at[y.id], rows * x.size);
          if (slope) kernels.scale(at[x.id], at[slope.id], rows * x.size, 2);
        };
      },
      backward(g, node, dy) {
        const slope = g.graph.keep(node, 1, node.inputs[0].shape);
        if (g.needs(node.inputs[0])) g.pass(node.inputs[0], multiply(g.graph, dy, slope));
      },
    };
    const trace = () => {
      const graph = new Graph();
      const x = graph.input([2]);
      const y = graph.emit(square, [x], [2]);
      return { graph, inputs: [x], parameters: [], outputs: [scale(graph, y, 1), y] };
    };
    const session = new Session(backend, trace());
    const { graph } = session.traced;
    const [node] = graph.nodes;
    expect(node.outputs).toHaveLength(2);
    expect(graph.keep(node, 1, [2])).toBe(node.outputs[1]);
    const { gradients } = session.run(
      1,
      [[3, 4]],
      [
        [1, 1],
        [0, 0],
      ],
    );
    expect(gradients).toEqual([[6, 8]]);
    expect(new Session(backend, trace(), { wrt: [] }).traced.graph.nodes[0].outputs).toHaveLength(1);
  });

  it("refuses a gradient of another shape than its value's", () => {
    const wrong: Op<undefined> = {
      name: "wrong",
      bind: () => () => {},
      backward(g, { inputs: [x] }) {
        g.pass(x, g.graph.input([3]));
      },
    };
    const graph = new Graph();
    const x = graph.input([2]);
    const traced = { graph, inputs: [x], parameters: [], outputs: [graph.emit(wrong, [x], [2])] };
    expect(() => new Session(backend, traced)).toThrow("expected a gradient of [2], got [3]");
  });
});
