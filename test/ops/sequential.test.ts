import { describe, expect, it } from "vitest";
import type { Host } from "../../src/core/host.js";
import { purposes, RandomStream } from "../../src/core/random.js";
import { differentiate } from "../../src/graph/differentiate.js";
import { Graph } from "../../src/graph/graph.js";
import { Plan } from "../../src/graph/plan.js";
import type { Value } from "../../src/graph/value.js";
import {
  activation as activationLayer,
  adam,
  createBackendSync,
  dense,
  dropout as dropoutLayer,
  gaussianNoise as gaussianNoiseLayer,
  type LayerSpec,
  type LossName,
  losses,
  Sequential,
  scaling,
} from "../../src/index.js";
import { activation, elementwiseActivations } from "../../src/ops/activation.js";
import { matmul } from "../../src/ops/matmul.js";
import { dropout, gaussianNoise } from "../../src/ops/random.js";
import { logSoftmax, softmax } from "../../src/ops/softmax.js";
import { standardize } from "../../src/ops/standardize.js";
import { sums } from "../../src/ops/sums.js";
import { exactVariants, on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/** The same training by the layers of Sequential, one by one, and by a graph and its plan. */

interface Trace {
  readonly graph: Graph;
  readonly parameters: Value[];
  readonly buffers: Value[];
  /** The keys of random operations, with the index of their layer. */
  readonly keys: { readonly index: number; readonly key: Uint32Array }[];
}

interface Layer {
  readonly spec: LayerSpec;
  readonly trace: (to: Trace, x: Value, index: number) => Value;
}

type Name = keyof typeof elementwiseActivations | "linear" | "softmax" | "logSoftmax";

function activate(graph: Graph, x: Value, name: Name): Value {
  if (name === "linear") return x;
  if (name === "softmax") return softmax(graph, x);
  if (name === "logSoftmax") return logSoftmax(graph, x);
  return activation(graph, x, name);
}

const layer = {
  dense: (units: number, name: Name = "linear", useBias = true): Layer => ({
    spec: dense(units, { activation: name, useBias }),
    trace({ graph, parameters }, x) {
      const w = graph.parameter([x.size, units]);
      parameters.push(w);
      if (!useBias) return activate(graph, matmul(graph, x, w), name);
      const b = graph.parameter([units]);
      parameters.push(b);
      return activate(graph, matmul(graph, x, w, b), name);
    },
  }),
  activation: (name: Name): Layer => ({
    spec: activationLayer(name),
    trace: ({ graph }, x) => activate(graph, x, name),
  }),
  scaling: (mean: number[], deviation: number[]): Layer => ({
    spec: scaling({ mean, deviation }),
    trace({ graph, buffers }, x) {
      const [m, d] = [graph.buffer([x.size]), graph.buffer([x.size])];
      buffers.push(m, d);
      return standardize(graph, x, m, d);
    },
  }),
  dropout: (rate: number): Layer => ({
    spec: dropoutLayer(rate),
    trace({ graph, keys }, x, index) {
      const key = new Uint32Array(2);
      keys.push({ index, key });
      return dropout(graph, x, rate, key);
    },
  }),
  gaussianNoise: (deviation: number): Layer => ({
    spec: gaussianNoiseLayer(deviation),
    trace({ graph, keys }, x, index) {
      const key = new Uint32Array(2);
      keys.push({ index, key });
      return gaussianNoise(graph, x, deviation, key);
    },
  }),
};

interface Training {
  readonly inputs: number;
  readonly layers: readonly Layer[];
  readonly rows: number;
  readonly loss: LossName;
  readonly steps: number;
}

const SEED = 7;

/** The model, with what both ways do alike. */
function prepared(backend: ReturnType<typeof createBackendSync>, { inputs, layers, rows, loss }: Training) {
  const model = new Sequential(backend, {
    inputShape: inputs,
    seed: SEED,
    layers: layers.map(({ spec }) => spec),
  });
  const optimizer = adam({ learningRate: 0.01 });
  optimizer.attach(model);
  const random = new Random(3);
  const outputs = model.outputSize;
  const x = backend.matrix(rows, inputs, random.floats(rows * inputs));
  const y = backend.matrix(rows, outputs);
  const classes = /softmax|categorical/i.test(loss);
  for (let i = 0; i < rows; i++)
    if (classes) y.data[i * outputs + random.integer(outputs)] = 1;
    else y.data.set(random.floats(outputs), i * outputs);
  const target = { values: y.pointer, labels: 0, weights: 0 };
  const made = losses[loss]();
  const terms = (output: number, dOut: number): number =>
    made.terms(
      backend,
      output,
      target,
      dOut,
      rows,
      outputs,
      made.factor(rows, outputs),
      backend.scratch(made.scratchBytes(rows, outputs)),
    );
  return { model, optimizer, x, terms };
}

const bitsOf = (backend: Host, address: number, floats: number): number[] =>
  Array.from(backend.integers(address, floats));

function bySequential(backend: ReturnType<typeof createBackendSync>, training: Training): number[] {
  const { model, optimizer, x, terms } = prepared(backend, training);
  for (let step = 0; step < training.steps; step++) {
    model.reserve(training.rows, true);
    const output = model.runForTraining(x.pointer, training.rows, /WithLogits|softmax/.test(training.loss));
    terms(output, model.arena.outputGradient);
    model.runBackward(model.arena.outputGradient, false, false);
    optimizer.update();
  }
  return bitsOf(backend, model.weights, model.slabLength);
}

function byPlan(backend: ReturnType<typeof createBackendSync>, training: Training): number[] {
  const { model, optimizer, x, terms } = prepared(backend, training);
  const { rows, layers, inputs } = training;
  const trace: Trace = { graph: new Graph(), parameters: [], buffers: [], keys: [] };
  const input = trace.graph.input([inputs]);
  const output = layers.reduce((value, { trace: by }, i) => by(trace, value, i), input);
  const { outputGradients, gradients } = differentiate(trace.graph, [output], trace.parameters, sums);
  const plan = new Plan(backend, trace.graph, { keep: [output], room: outputGradients });
  const { offsets } = model.parameterLayout;
  trace.parameters.forEach((parameter, i) => {
    plan.set(parameter, model.weights + offsets[i] * 4);
    plan.set(gradients.get(parameter) ?? parameter, model.gradients + offsets[i] * 4);
  });
  model.buffers.forEach(({ value }, i) => {
    plan.set(trace.buffers[i], value.pointer);
  });
  const streams = trace.keys.map(({ index, key }) => ({
    stream: new RandomStream(SEED, purposes.layer, index),
    key,
  }));
  for (let step = 0; step < training.steps; step++) {
    plan.reserve(rows);
    plan.set(input, x.pointer);
    for (const { stream, key } of streams) key.set(stream.key(step, 0));
    plan.run(0, plan.forward, rows, 0);
    terms(plan.address(output), plan.address(outputGradients[0]));
    plan.run(plan.forward, plan.steps.length, rows, 0);
    optimizer.update();
  }
  return bitsOf(backend, model.weights, model.slabLength);
}

const names = [...Object.keys(elementwiseActivations), "softmax", "logSoftmax"] as Name[];

const trainings: Record<string, Training> = {
  "2-16-16-1 tanh": {
    inputs: 2,
    layers: [layer.dense(16, "tanh"), layer.dense(16, "tanh"), layer.dense(1)],
    rows: 32,
    loss: "meanSquaredError",
    steps: 300,
  },
  ...Object.fromEntries(
    (["relu", "gelu"] as const).map((name) => [
      `784-128-64-10 ${name}`,
      {
        inputs: 784,
        layers: [layer.dense(128, name), layer.dense(64, name), layer.dense(10)],
        rows: 64,
        loss: "softmaxCrossEntropy",
        steps: 60,
      } as const,
    ]),
  ),
  ...Object.fromEntries(
    names.map((name) => [
      `${name} in a layer, as a layer and last`,
      {
        inputs: 5,
        layers: [
          layer.dense(7, name),
          layer.activation(name),
          layer.dense(6, "linear", false),
          layer.activation(name),
        ],
        rows: 9,
        loss: "meanSquaredError",
        steps: 50,
      } as const,
    ]),
  ),
  "scaling, noise and dropout": {
    inputs: 4,
    layers: [
      layer.scaling([1, 2, 3, 4], [2, 0.5, 1, 3]),
      layer.gaussianNoise(0.1),
      layer.dense(9, "elu"),
      layer.dropout(0.3),
      layer.dense(5, "silu"),
      layer.gaussianNoise(0.2),
      layer.dropout(0.5),
      layer.dense(3),
      layer.scaling([-1, 0, 1], [0.5, 1, 2]),
    ],
    rows: 13,
    loss: "meanSquaredError",
    steps: 300,
  },
};

describe.each(exactVariants)("training by a plan on the %s build gives the bits of Sequential", (variant) => {
  it.each(Object.entries(trainings))("%s", (_, training) => {
    const expected = bySequential(createBackendSync(on(variant)), training);
    expect(byPlan(createBackendSync(on(variant)), training)).toEqual(expected);
  });
});
