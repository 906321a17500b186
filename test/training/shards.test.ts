import { afterAll, describe, expect, it } from "vitest";
import {
  adagrad,
  adam,
  type Backend,
  batchNormalization,
  conv2d,
  createBackend,
  dense,
  dropout,
  embedding,
  globalAveragePool1d,
  globalAveragePool2d,
  type Layer,
  losses,
  lstm,
  type Optimizer,
  positionEmbedding,
  rmsprop,
  Sequential,
  sgd,
  transformerEncoder,
} from "../../src/index.js";
import { threaded } from "../support/threads.js";

/**
 * Reference: micro-batches on models of their own, whose gradients are added in order, ((g1 + g2) + g3) ...,
 * here in JavaScript. Inputs: kernels of every kind, up to more rows than a block of any sum has, and steps
 * beyond a block of 256. Tolerance: none.
 */
interface Net {
  readonly inputShape: number | readonly number[];
  readonly layers: () => Layer[];
  readonly optimizer: () => Optimizer;
  /** Inputs are whole numbers below this. */
  readonly vocabulary?: number;
  /** Samples of a micro-batch. */
  readonly sizes: readonly number[];
  /** Those of micro-batches of different sizes. */
  readonly unequal: readonly number[];
}

const sizes = [1, 8, 256, 257, 300, 600];
const unequal = [300, 1, 513, 70];

const nets: Readonly<Record<string, Net>> = {
  "dense layers with dropout": {
    inputShape: 9,
    sizes,
    unequal,
    optimizer: () => adam(),
    layers: () => [dense(17, { activation: "tanh", kernelRegularizer: { l2: 0.1 } }), dropout(0.3), dense(3)],
  },
  "a layer that is used twice": {
    inputShape: 9,
    sizes,
    unequal,
    optimizer: () => sgd(),
    layers: () => {
      const shared = dense(9, { activation: "tanh" });
      return [shared, shared, dense(3)];
    },
  },
  convolutions: {
    inputShape: [6, 6, 2],
    sizes,
    unequal,
    optimizer: () => sgd({ momentum: 0.9 }),
    layers: () => [
      conv2d(5, 3, { activation: "relu" }),
      batchNormalization(),
      conv2d(4, 2),
      globalAveragePool2d(),
      dense(3),
    ],
  },
  "an LSTM of 300 steps": {
    inputShape: [300, 2],
    sizes: [1, 8, 257],
    unequal: [3, 1, 30],
    optimizer: () => rmsprop(),
    layers: () => [lstm(3), dense(3)],
  },
  "a transformer": {
    inputShape: [12],
    sizes,
    unequal,
    optimizer: () => adagrad(),
    vocabulary: 20,
    layers: () => [
      embedding(20, 8),
      positionEmbedding(),
      transformerEncoder({ heads: 2, hidden: 12, causal: true, dropout: 0.1 }),
      globalAveragePool1d(),
      dense(3),
    ],
  },
};

const EPOCHS = 2;
const EPOCH_STEPS = 2 ** 32;

const make = (backend: Backend, { inputShape, layers }: Net): Sequential =>
  new Sequential(backend, { inputShape, seed: 5, layers: layers() });
const weightsOf = (model: Sequential): Float32Array[] =>
  model.parameters.map(({ value }) => value.data.slice());
const gradientsOf = (model: Sequential): Float32Array[] =>
  model.parameters.map(({ gradient }) => gradient.data.slice());
/** (a + b) in float32, for each tensor. */
const sumOf = (a: Float32Array[], b: Float32Array[]): Float32Array[] =>
  a.map((values, i) => values.map((value, j) => value + b[i][j]));

/** Samples with their classes, in shards of these sizes. */
function shardsOf({ inputShape, vocabulary }: Net, sizes: readonly number[]): [Float32Array, Int32Array][] {
  const size = [inputShape].flat().reduce((product, n) => product * n, 1);
  const digit = (i: number) => (i * 7919) % 1000;
  let begin = 0;
  return sizes.map((rows) => {
    const first = begin;
    begin += rows;
    return [
      Float32Array.from({ length: rows * size }, (_, i) => {
        const value = digit(first * size + i);
        return vocabulary ? value % vocabulary : value / 500 - 1;
      }),
      Int32Array.from({ length: rows }, (_, i) => ((first + i) * 13) % 3),
    ];
  });
}

/** The weights after steps of fit that accumulate all shards. */
async function accumulated(backend: Backend, net: Net, sizes: readonly number[], sums: boolean) {
  using model = make(backend, net);
  await model.fit(shardsOf(net, sizes), {
    loss: losses.softmaxCrossEntropy({ reduction: sums ? "sum" : "mean" }),
    optimizer: net.optimizer(),
    epochs: EPOCHS,
    accumulate: sizes.length,
  });
  return weightsOf(model);
}

/** The weights after steps along the sums of the gradients of models that each have one shard. */
function apart(backend: Backend, net: Net, sizes: readonly number[], sums: boolean) {
  const loss = losses.softmaxCrossEntropy({ reduction: sums ? "sum" : "mean" });
  using leader = make(backend, net);
  const optimizer = net.optimizer().attach(leader);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    let sum: Float32Array[] | undefined;
    for (const [i, [x, y]] of shardsOf(net, sizes).entries()) {
      using model = make(backend, net);
      model.parameters.forEach(({ value }, j) => {
        value.set(leader.parameters[j].value.data);
      });
      const out = model.forward(x, { training: true, step: epoch * EPOCH_STEPS + i });
      using dOut = loss.gradient(out, y);
      model.backward(dOut);
      sum = sum ? sumOf(sum, gradientsOf(model)) : gradientsOf(model);
    }
    const factor = sums ? 1 : Math.fround(1 / sizes.length);
    leader.parameters.forEach(({ gradient }, j) => {
      gradient.set((sum as Float32Array[])[j].map((value) => value * factor));
    });
    optimizer.step();
  }
  return weightsOf(leader);
}

const backends: Record<string, Promise<Backend>> = {
  "scalar, 1 thread": createBackend({ variant: "scalar" }),
  "simd, 1 thread": createBackend({ variant: "simd" }),
  "scalar, 2 threads": threaded(2, "scalar"),
  "simd, 2 threads": threaded(2, "simd"),
};
afterAll(async () => {
  for (const backend of Object.values(backends)) (await backend).dispose();
});

describe.each(Object.keys(backends))(
  "on %s, fit with accumulate takes the step of the shards' sum",
  (name) => {
    describe.each(Object.entries(nets))("of %s", (_, net) => {
      it.each(net.sizes)("in micro-batches of %i", async (rows) => {
        const backend = await backends[name];
        const sizes = [rows, rows, rows];
        expect(await accumulated(backend, net, sizes, false)).toEqual(apart(backend, net, sizes, false));
      });

      it("in micro-batches of different sizes, whose losses are sums", async () => {
        const backend = await backends[name];
        const sizes = net.unequal;
        expect(await accumulated(backend, net, sizes, true)).toEqual(apart(backend, net, sizes, true));
      });
    });
  },
);
