import { describe, expect, it } from "vitest";
import type { Host } from "../../src/core/host.js";
import { Arena } from "../../src/graph/arena.js";
import { describePlan } from "../../src/graph/describe-plan.js";
import { differentiate } from "../../src/graph/differentiate.js";
import { Graph } from "../../src/graph/graph.js";
import { Plan } from "../../src/graph/plan.js";
import type { Value } from "../../src/graph/value.js";
import { createBackendSync } from "../../src/index.js";
import { activation } from "../../src/ops/activation.js";
import { add } from "../../src/ops/add.js";
import { concatenate } from "../../src/ops/concatenate.js";
import { matmul } from "../../src/ops/matmul.js";
import { momentsOfBatch, moveMoments } from "../../src/ops/normalize-channels.js";
import { dropout } from "../../src/ops/random.js";
import { softmax } from "../../src/ops/softmax.js";
import { sums } from "../../src/ops/sums.js";
import { on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";
import { numbers } from "./random-graph.js";
import { Session, type Traced } from "./session.js";

function network(sizes: readonly number[]): Traced {
  const graph = new Graph();
  const inputs = [graph.input([sizes[0]])];
  const parameters = sizes
    .slice(1)
    .flatMap((units, i) => [graph.parameter([sizes[i], units]), graph.parameter([units])]);
  let x = inputs[0];
  sizes.slice(1).forEach((_, i) => {
    graph.label = `dense ${i}`;
    x = matmul(graph, x, parameters[2 * i], parameters[2 * i + 1]);
    if (i < sizes.length - 2) x = activation(graph, x, "tanh");
  });
  return { graph, inputs, parameters, outputs: [x] };
}

/** A session with parameters, and what it is run on. */
function prepared(backend: Host, traced: Traced, rows: number) {
  const random = new Random(7);
  const session = new Session(backend, traced);
  for (const parameter of traced.parameters) session.write(parameter, numbers(random, parameter.size));
  const inputs = traced.inputs.map(({ size }) => numbers(random, rows * size));
  const upstream = traced.outputs.map(({ size }) => numbers(random, rows * size));
  return { session, inputs, upstream };
}

describe("a plan", () => {
  it("says what its steps are and where their memory is: a network of two dense layers", () => {
    const { session } = prepared(createBackendSync(on("scalar")), network([2, 3, 1]), 4);
    session.plan.reserve(4);
    expect(`\n${describePlan(session.plan)}\n`).toBe(TWO_LAYERS);
  });

  it("says so of a residual block with dropout, for predicting and for training", () => {
    const trace = (training: boolean) => {
      const graph = new Graph();
      const x = graph.input([8]);
      const w = graph.parameter([8, 8]);
      const h = activation(graph, matmul(graph, x, w), "gelu");
      const dropped = training ? dropout(graph, h, 0.5, new Uint32Array(2)) : h;
      return { graph, x, w, y: add(graph, x, dropped) };
    };
    const backend = createBackendSync(on("scalar"));
    const predicting = trace(false);
    const predict = new Plan(backend, predicting.graph, { keep: [predicting.y], room: [predicting.x] });
    predict.reserve(4);
    expect(`\n${describePlan(predict)}\n`).toBe(RESIDUAL_PREDICTS);
    const { graph, w, y } = trace(true);
    const { outputGradients } = differentiate(graph, [y], [w], sums);
    const train = new Plan(backend, graph, { keep: [y], room: outputGradients });
    train.reserve(4);
    expect(`\n${describePlan(train)}\n`).toBe(RESIDUAL_TRAINS);
  });

  it("gives every sample the same bits in batches of any size, while the batches grow", () => {
    const backend = createBackendSync();
    const { session, inputs } = prepared(backend, network([3, 17, 5, 2]), 300);
    const [x] = session.traced.inputs;
    const [y] = session.traced.outputs;
    const { plan } = session;
    const all = backend.allocate(300 * 3 * 4);
    backend.floats(all, 900).set(inputs[0]);
    const predict = (begin: number, rows: number): number[] => {
      plan.reserve(rows);
      plan.set(x, all + begin * 12);
      plan.run(0, plan.forward, rows);
      return session.read(y, rows);
    };
    const got: number[] = [];
    for (const [begin, rows] of [
      [0, 1],
      [1, 7],
      [8, 2],
      [10, 90],
      [100, 199],
      [299, 1],
    ])
      got.push(...predict(begin, rows));
    expect(got).toEqual(predict(0, 300));
  });

  it("updates buffers at last, by what forward has computed, and in neither half", () => {
    const graph = new Graph();
    const x = graph.input([3]);
    const [mean, variance] = [graph.buffer([3]), graph.buffer([3])];
    const h = activation(graph, x, "tanh");
    moveMoments(graph, h, momentsOfBatch(graph, h), { mean, variance }, 0.5);
    const y = activation(graph, h, "sigmoid");
    const backend = createBackendSync();
    const parameters: Value[] = [];
    const session = new Session(
      backend,
      { graph, inputs: [x], parameters, outputs: [y] },
      { poisoned: true },
    );
    const { plan } = session;
    const names = plan.liveness.nodes.map(({ op }) => op.name);
    expect(names[plan.forward]).toBe("loss");
    expect(names.slice(plan.updates)).toEqual(["moveMoments"]);
    const before = [mean, variance].map((buffer) => session.read(buffer, 1));
    plan.reserve(4);
    plan.set(x, backend.allocate(48));
    backend.floats(plan.address(x), 12).set([0, 1, 2, 0, 1, 2, 0, 1, -2, 0, 1, -2]);
    plan.run(0, plan.updates, 4);
    expect([mean, variance].map((buffer) => session.read(buffer, 1))).toEqual(before);
    [mean, variance].forEach((buffer) => {
      session.write(buffer, [0, 0, 8]);
    });
    plan.run(plan.updates, plan.steps.length, 4);
    const tanh = [0, Math.tanh(1), Math.tanh(2)];
    expectClose("mean", session.read(mean, 1), [0, tanh[1] / 2, 4], 1e-6);
    expectClose("variance", session.read(variance, 1), [0, 0, 4 + ((4 / 3) * tanh[2] ** 2) / 2], 1e-6);
  });

  it("trains on a larger batch than before, and on a smaller one, with the same bits as afresh", () => {
    const backend = createBackendSync();
    const { session, inputs, upstream } = prepared(backend, network([3, 17, 5, 2]), 64);
    const run = (of: Session, rows: number) =>
      of.run(rows, [inputs[0].slice(0, rows * 3)], [upstream[0].slice(0, rows * 2)]);
    for (const rows of [4, 64, 0, 1, 5]) {
      const afresh = prepared(backend, network([3, 17, 5, 2]), 64).session;
      expect(run(session, rows), `${rows} rows`).toEqual(run(afresh, rows));
    }
  });

  it("gives gradients of 0 for an empty batch", () => {
    const { session, inputs, upstream } = prepared(createBackendSync(), network([3, 5, 2]), 6);
    session.run(6, inputs, upstream);
    const { gradients } = session.run(0, [[]], [[]]);
    for (const gradient of gradients) expect(gradient.every((value) => value === 0)).toBe(true);
  });

  it("has memory for one value of what is the same for all samples, in an empty batch too", () => {
    const graph = new Graph();
    const y = activation(graph, graph.parameter([4, 4]), "tanh");
    const plan = new Plan(createBackendSync(), graph, { keep: [y] });
    for (const rows of [0, 1, 100]) {
      plan.reserve(rows);
      expect(plan.bytes, `${rows} rows`).toBe(64);
    }
  });

  it("says when what was in its memory is lost", () => {
    const { session } = prepared(createBackendSync(), network([3, 5, 2]), 6);
    expect(session.plan.reserve(6)).toBe(true);
    expect(session.plan.reserve(6)).toBe(false);
    expect(session.plan.reserve(2)).toBe(false);
    expect(session.plan.reserve(7)).toBe(true);
  });

  it("keeps its memory as it is when there is no memory for a larger batch", () => {
    const { session, inputs, upstream } = prepared(createBackendSync(), network([3, 5, 2]), 6);
    const before = session.run(6, inputs, upstream);
    expect(() => session.plan.reserve(2 ** 28)).toThrow("cannot allocate");
    expect(session.plan.capacity).toBe(6);
    expect(session.plan.reserve(6)).toBe(false);
    expect(session.run(6, inputs, upstream)).toEqual(before);
  });

  it("uses one block with other plans of its model, which is as large as the largest needs", () => {
    const backend = createBackendSync();
    const arena = new Arena(backend);
    const traced = network([3, 16, 2]);
    const { graph, inputs, parameters, outputs } = traced;
    const predict = new Plan(backend, network([3, 16, 2]).graph, {
      keep: network([3, 16, 2]).outputs,
      arena,
    });
    const { outputGradients, gradients } = differentiate(graph, outputs, [...inputs, ...parameters], sums);
    const dx = inputs.map((input) => gradients.get(input) ?? input);
    const train = new Plan(backend, graph, { keep: outputs, room: outputGradients, arena });
    const withInput = new Plan(backend, graph, { keep: [...outputs, ...dx], room: outputGradients, arena });
    const blocks = backend.memory.liveBlocks;
    for (const plan of [predict, train, withInput, train, predict]) plan.reserve(32);
    expect(backend.memory.liveBlocks).toBe(blocks + 1);
    expect(arena.bytes).toBe(Math.max(predict.bytes, train.bytes, withInput.bytes));
    expect(withInput.steps.length).toBe(train.steps.length + 1);
    // A plan that had room finds its values again after another one made the block move.
    predict.reserve(10_000);
    expect(train.reserve(32)).toBe(true);
    const inside = (address: number): boolean =>
      address >= arena.address && address < arena.address + arena.bytes;
    expect(inside(train.address(outputs[0]))).toBe(true);
    expect(train.reserve(32)).toBe(false);
    // Room for as much as before moves nothing.
    predict.reserve(10_000);
    expect(train.reserve(32)).toBe(false);
    // After a move a plan still has room for its largest batch.
    predict.reserve(20_000);
    expect(train.reserve(2)).toBe(true);
    expect(train.capacity).toBe(32);
    expect(train.reserve(32)).toBe(false);
    const same = new Plan(backend, graph, {
      keep: outputs,
      room: outputGradients,
      arena: new Arena(backend),
    });
    const other = new Plan(backend, graph, { keep: outputs, room: outputGradients, arena: same.arena });
    same.reserve(32);
    other.reserve(32);
    expect(same.reserve(32)).toBe(false);
    same.arena.release();
    arena.release();
    expect(backend.memory.liveBlocks).toBe(blocks);
    expect(train.reserve(32)).toBe(true);
    arena.release();
  });

  it("plans up to the logits where nobody keeps the softmax after them", () => {
    const traced = network([3, 4]);
    const [logits] = traced.outputs;
    const probabilities = softmax(traced.graph, logits);
    const backend = createBackendSync();
    const names = (plan: Plan) => plan.steps.map((_, i) => plan.node(i).op.name);
    expect(names(new Plan(backend, traced.graph, { keep: [logits] }))).toEqual(["matmul"]);
    expect(names(new Plan(backend, traced.graph, { keep: [probabilities] }))).toEqual(["matmul", "softmax"]);
  });

  it("counts the multiply-adds of a sample", () => {
    const backend = createBackendSync();
    const { graph, outputs } = network([10, 20, 3]);
    const { work } = new Plan(backend, graph, { keep: outputs });
    expect(work).toBe(10 * 20 + 20 + 20 * 3);
  });

  it("runs 1,000 steps without a byte more of linear memory, and without a block more", () => {
    const backend = createBackendSync();
    const { session, inputs } = prepared(backend, network([3, 17, 5, 2]), 8);
    const { plan } = session;
    plan.reserve(8);
    const x = backend.allocate(96);
    backend.floats(x, 24).set(inputs[0]);
    const before = backend.memory;
    for (let i = 0; i < 1000; i++) {
      plan.reserve(8);
      plan.set(session.traced.inputs[0], x);
      plan.run(0, plan.steps.length, 8);
    }
    expect(backend.memory).toEqual(before);
  });

  it("places a hundred residual blocks in little more than is in use at a time", () => {
    const graph = new Graph();
    const inputs = [graph.input([16])];
    const parameters = Array.from({ length: 200 }, () => graph.parameter([16, 16]));
    let x = inputs[0];
    for (let i = 0; i < 200; i += 2) {
      const h = activation(graph, matmul(graph, x, parameters[i]), "gelu");
      const both = concatenate(graph, [h, x]);
      x = add(graph, x, matmul(graph, both, graph.parameter([32, 16])));
    }
    const session = new Session(createBackendSync(), { graph, inputs, parameters, outputs: [x] });
    session.plan.reserve(64);
    const { homes, nodes } = session.plan.liveness;
    const inUse = nodes.map((node, step) =>
      homes.reduce(
        (sum, { value, from, to }) =>
          sum + (from <= step && step <= to ? value.size * (value.batched ? 64 : 1) * 4 : 0),
        node.op.scratch?.(node, 64, session.backend.kernels) ?? 0,
      ),
    );
    expect(session.plan.bytes).toBeGreaterThanOrEqual(Math.max(...inUse));
    expect(session.plan.bytes).toBeLessThanOrEqual(1.25 * Math.max(...inUse));
  });
});

const TWO_LAYERS = `
288 bytes for 4 samples; backward needs 64 bytes of the values of forward
step  operation             reads     writes @ offset +bytes first-last step
   0  matmul                i1 p2 p3  a6 @ 160 +48 0-7                        scratch @ 0 +112 0-0 dense 0
   1  activation            a6        a7 over a6 @ 160 +48 0-7                dense 0
   2  matmul                a7 p4 p5  a8 @ 256 +16 2-11                       scratch @ 0 +144 2-2 dense 1
   3  loss                  a8        i9 @ 272 +16 3-6
   4  matmulWeightGradient  a7 i9     g10                                     scratch @ 0 +160 4-4 dense 1
   5  sumRows               i9        g11                                     dense 1
   6  matmulInputGradient   i9 p4     a12 @ 208 +48 6-10                      scratch @ 0 +64 6-6 dense 1
   7  activationGradient    a7 a12    a13 over a12 @ 208 +48 6-10             dense 0
   8  matmulWeightGradient  i1 a13    g14                                     scratch @ 0 +176 8-8 dense 0
   9  sumRows               a13       g15                                     dense 0
  10  matmulInputGradient   a13 p2    a16 @ 144 +32 10-11                     scratch @ 0 +144 10-10 dense 0
`;
const RESIDUAL_PREDICTS = `
832 bytes for 4 samples
step  operation   reads    writes @ offset +bytes first-last step
   >  room                 i1 @ 576 +128 0-2
   0  matmul      i1 p2 -  a3 @ 704 +128 0-3                       scratch @ 0 +576 0-0
   1  activation  a3       a4 over a3 @ 704 +128 0-3
   2  add         i1 a4    a5 over a3 @ 704 +128 0-3
`;
const RESIDUAL_TRAINS = `
832 bytes for 4 samples; backward needs 384 bytes of the values of forward
step  operation             reads    writes @ offset +bytes first-last step
   0  matmul                i1 p2 -  a3 @ 576 +128 0-7                       scratch @ 0 +576 0-0
   1  activation            a3       a4 @ 352 +128 1-9
   2  dropoutFactors                 a5 @ 704 +128 2-8
   3  multiply              a4 a5    a6 over a4 @ 352 +128 1-9
   4  add                   i1 a6    a7 over a4 @ 352 +128 1-9
   5  loss                  a7       i8 @ 0 +128 5-6
   6  multiply              i8 a5    a9 over a5 @ 704 +128 2-8
   7  activationGradient    a3 a9    a10 over a5 @ 704 +128 2-8
   8  matmulWeightGradient  i1 a10   g11                                     scratch @ 0 +352 8-8
`;
