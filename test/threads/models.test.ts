import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import {
  activation,
  adam,
  type Backend,
  batchNormalization,
  conv2d,
  createBackend,
  dense,
  depthwiseConv2d,
  dropout,
  embedding,
  flatten,
  globalAveragePool1d,
  gru,
  type Layer,
  layerNormalization,
  lstm,
  maxPool2d,
  positionEmbedding,
  Sequential,
  simpleRnn,
  transformerEncoder,
} from "../../src/index.js";
import { threaded } from "../support/threads.js";

/**
 * Reference: the same training on one thread. Inputs: models with kernels of every kind, and counts of
 * threads from 2 to 7, more than most machines have cores. Tolerance: none.
 */
interface Net {
  readonly inputShape: number | number[];
  readonly layers: () => Layer[];
  /** Inputs are whole numbers below this. */
  readonly vocabulary?: number;
  readonly rows: number;
}

const nets: Readonly<Record<string, Net>> = {
  "dense layers": {
    inputShape: 200,
    rows: 256,
    layers: () => [
      dense(640, { activation: "relu" }),
      dropout(0.3),
      dense(40, { activation: "tanh" }),
      dense(10),
    ],
  },
  "convolutions, batch normalization and pools": {
    inputShape: [14, 14, 3],
    rows: 64,
    layers: () => [
      conv2d(16, 3, { useBias: false }),
      batchNormalization(),
      activation("relu"),
      maxPool2d({ poolSize: 2 }),
      depthwiseConv2d(3, { padding: "same" }),
      conv2d(24, 3, { strides: 2, activation: "relu" }),
      flatten(),
      dense(10),
    ],
  },
  "an LSTM and a GRU": {
    inputShape: [12, 16],
    rows: 64,
    layers: () => [
      lstm(32, { returnSequences: true }),
      gru(32, { returnSequences: true }),
      simpleRnn(24),
      dense(10),
    ],
  },
  "a GRU with the reset before": {
    inputShape: [12, 16],
    rows: 64,
    layers: () => [gru(32, { resetAfter: false }), dense(10)],
  },
  "a transformer": {
    inputShape: [24],
    vocabulary: 50,
    rows: 32,
    layers: () => [
      embedding(50, 32),
      positionEmbedding(),
      transformerEncoder({ heads: 4, hidden: 64, causal: true, dropout: 0.1 }),
      layerNormalization(),
      globalAveragePool1d(),
      dense(10),
    ],
  },
};

const backends: Backend[] = [];
afterAll(() => {
  for (const backend of backends) backend.dispose();
});

async function hashOf(backend: Backend, { inputShape, layers, vocabulary, rows }: Net): Promise<string> {
  const model = new Sequential(backend, { inputShape, seed: 3, layers: layers() });
  const size = [inputShape].flat().reduce((product, n) => product * n, rows);
  const digit = (i: number) => (i * 7919) % 1000;
  const x = Float32Array.from({ length: size }, (_, i) =>
    vocabulary ? digit(i) % vocabulary : digit(i) / 500 - 1,
  );
  const y = Int32Array.from({ length: rows }, (_, i) => (i * 13) % 10);
  const objective = { loss: "softmaxCrossEntropy", optimizer: adam({ clipNorm: 0.1 }) } as const;
  await model.fit(x, y, { ...objective, epochs: 4, batchSize: 32 });
  const hash = createHash("sha256");
  for (const { value } of [...model.parameters, ...model.buffers]) hash.update(value.data);
  hash.update(model.predict(x));
  model.dispose();
  return hash.digest("hex");
}

describe("weights do not depend on the threads", () => {
  const of = (variant: "scalar" | "simd") => {
    const made = [1, 2, 3, 7].map(async (threads) => {
      const backend = await (threads === 1 ? createBackend({ variant }) : threaded(threads, variant));
      backends.push(backend);
      return backend;
    });
    return Promise.all(made);
  };
  const all = Promise.all([of("scalar"), of("simd")]).then((each) => each.flat());

  it.each(Object.entries(nets))("%s", async (_, net) => {
    const hashes = new Set<string>();
    for (const backend of await all) hashes.add(await hashOf(backend, net));
    expect([...hashes]).toHaveLength(1);
  });
});
