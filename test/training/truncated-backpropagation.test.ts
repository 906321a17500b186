import { describe, expect, it } from "vitest";
import {
  adam,
  bidirectional,
  createBackendSync,
  dense,
  embedding,
  type FitOptions,
  gru,
  input,
  losses,
  lstm,
  Model,
  restoreCheckpoint,
  Sequential,
  ShapeError,
  sgd,
  simpleRnn,
  transformerEncoder,
  ValueError,
} from "../../src/index.js";

/**
 * Truncated backpropagation against an emulation: a model of the length of a piece whose states are inputs
 * and outputs, stepped by hand. Both run the same kernels on the same numbers, so that the bits are equal.
 */
const backend = createBackendSync();
const [TIME, STEPS, FEATURES, UNITS] = [12, 4, 3, 5];

/** Reproducible numbers around 0. */
function numbers(n: number, seed: number): number[] {
  return Array.from({ length: n }, (_, i) => (((i + 1) * (7 + seed * 12) * 37) % 101) / 50 - 1);
}

const SAMPLES = 5;
const x = Array.from({ length: SAMPLES }, (_, i) => numbers(TIME * FEATURES, i));
const y = Array.from({ length: SAMPLES }, (_, i) => numbers(TIME * 2, i + 10));

type CellMaker = typeof gru;

const whole = (cell: CellMaker, time = TIME): Sequential =>
  new Sequential(backend, {
    inputShape: [time, FEATURES],
    seed: 3,
    layers: [cell(UNITS, { returnSequences: true, name: "cell" }), dense(2, { name: "out" })],
  });

/** The same layers for a piece: states go in and out. */
function piece(cell: CellMaker, states: number) {
  const sequence = input([STEPS, FEATURES]);
  const before = Array.from({ length: states }, () => input([UNITS]));
  const [all, ...after] = cell(UNITS, { returnSequences: true, returnState: true, name: "cell" }).apply([
    sequence,
    ...before,
  ]);
  const out = dense(2, { name: "out" }).apply(all);
  return new Model(backend, { inputs: [sequence, ...before], outputs: [out, ...after], seed: 3 });
}

describe("truncated backpropagation", () => {
  it.each([
    ["lstm", lstm as CellMaker, 2],
    ["gru", gru, 1],
    ["simpleRnn", simpleRnn as CellMaker, 1],
  ] as const)("of %s carries states on and cuts gradients, to the bit", async (_, cell, states) => {
    using model = whole(cell);
    using emulation = piece(cell, states);
    emulation.tensorValues = model.tensorValues;
    await model.fit(x, y, {
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: SAMPLES,
      shuffle: false,
      epochs: 2,
      truncatedBackpropagation: STEPS,
    });

    const optimizer = sgd({ learningRate: 0.1 });
    optimizer.attach(emulation);
    const loss = losses.meanSquaredError();
    for (let epoch = 0; epoch < 2; epoch++) {
      let state = Array.from({ length: states }, () => new Float32Array(SAMPLES * UNITS));
      for (let from = 0; from < TIME; from += STEPS) {
        const cut = (rows: readonly number[][], each: number) =>
          rows.map((row) => row.slice(from * each, (from + STEPS) * each));
        emulation.zeroGradients();
        const outputs = emulation.forward([cut(x, FEATURES), ...state], { training: true });
        const gradients = outputs.map((output, i) =>
          i === 0 ? loss.gradient(output, cut(y, 2)) : backend.matrix(SAMPLES, UNITS),
        );
        state = outputs.slice(1).map(({ data }) => data.slice());
        emulation.backward(gradients);
        optimizer.step();
      }
    }
    expect(emulation.tensorValues).toEqual(model.tensorValues);
  });
});

const sequences = [
  [1, 2, 3],
  [4, 5, 1, 2, 3, 4, 5, 2],
  [2],
  [5, 4, 3, 2, 1],
  [3, 3, 1, 4],
  [1, 1, 2, 2, 3, 3],
];
const tokens = (ignored?: number): Sequential =>
  new Sequential(backend, {
    inputShape: [8],
    seed: 4,
    layers: [
      embedding(6, 3, { paddingIndex: 0 }),
      gru(UNITS, { returnSequences: true }),
      dense(ignored ?? 6),
    ],
  });
const options: FitOptions = { loss: "softmaxCrossEntropy", epochs: 3, batchSize: 2 };

describe("with truncatedBackpropagation fit", () => {
  it("of the whole length is what it is without", async () => {
    using cut = tokens();
    using plain = tokens();
    const a = await cut.fit(sequences, sequences, {
      ...options,
      truncatedBackpropagation: 8,
      metrics: ["accuracy"],
    });
    const b = await plain.fit(sequences, sequences, { ...options, metrics: ["accuracy"] });
    expect(cut.tensorValues).toEqual(plain.tensorValues);
    expect(a.epochs.map(({ loss, accuracy }) => [loss, accuracy])).toEqual(
      b.epochs.map(({ loss, accuracy }) => [loss, accuracy]),
    );
  });

  it("tells the loss of all real steps, and takes no step for what is padding alone", async () => {
    // A rate of nearly nothing: the loss that is told is that of the model as it stands.
    using model = tokens();
    const { loss } = model.evaluate(sequences, sequences, { loss: "softmaxCrossEntropy" });
    const still = { ...options, optimizer: sgd({ learningRate: 1e-12 }), epochs: 1 };
    const { epochs } = await model.fit(sequences, sequences, { ...still, truncatedBackpropagation: 2 });
    expect(epochs[0].loss).toBeCloseTo(loss, 6);

    // Momentum would move the weights in a step without a gradient.
    using short = tokens();
    using alone = new Sequential(backend, {
      inputShape: [2],
      seed: 4,
      layers: tokens().structure.layers.map(({ layer }) => layer),
    });
    const first = sequences.map((row) => row.slice(0, 2));
    const given = { ...options, optimizer: adam() };
    await short.fit(first, first, { ...given, truncatedBackpropagation: 2 });
    await alone.fit(first, first, { ...options, optimizer: adam() });
    expect(short.tensorValues).toEqual(alone.tensorValues);
  });

  it("leaves out steps that have no target, padded or not", async () => {
    const fewer = sequences.map((row) => row.slice(0, Math.max(1, row.length - 2)));
    using model = tokens();
    const { loss } = model.evaluate(sequences, fewer, { loss: "softmaxCrossEntropy" });
    const still = { ...options, optimizer: sgd({ learningRate: 1e-12 }), epochs: 1 };
    const { epochs } = await model.fit(sequences, fewer, { ...still, truncatedBackpropagation: 2 });
    expect(epochs[0].loss).toBeCloseTo(loss, 6);
  });

  it("weighs steps", async () => {
    const weights = sequences.map((row) => row.map((_, i) => (i % 3) + 0.5));
    using heavy = tokens();
    using plain = tokens();
    const still = { ...options, optimizer: sgd({ learningRate: 1e-12 }), epochs: 1, sampleWeights: weights };
    const a = await heavy.fit(sequences, sequences, { ...still, truncatedBackpropagation: 4 });
    const b = await plain.fit(sequences, sequences, { ...still, optimizer: sgd({ learningRate: 1e-12 }) });
    expect(a.epochs[0].loss).toBeCloseTo(b.epochs[0].loss, 6);
  });

  it("is resumed from a checkpoint within an epoch, to the bit", async () => {
    const cut: FitOptions = { ...options, truncatedBackpropagation: 4, optimizer: adam() };
    using whole = tokens();
    await whole.fit(sequences, sequences, cut);
    using left = tokens();
    const optimizer = adam();
    let saved: Uint8Array | undefined;
    await left.fit(sequences, sequences, {
      ...cut,
      optimizer,
      onBatchEnd: ({ epoch, batch }) => {
        if (epoch !== 2 || batch !== 2) return true;
        saved = left.checkpoint(optimizer);
        return false;
      },
    });
    const { model, optimizer: other, epoch } = restoreCheckpoint(backend, saved as Uint8Array);
    await model.fit(sequences, sequences, { ...cut, optimizer: other, initialEpoch: epoch });
    expect(model.tensorValues).toEqual(whole.tensorValues);
    model.dispose();
  });

  it("takes batches as they come", async () => {
    using streamed = tokens();
    using shown = tokens();
    const cut = { ...options, truncatedBackpropagation: 4 };
    const batches = [0, 2, 4].map(
      (at) => [sequences.slice(at, at + 2), sequences.slice(at, at + 2)] as const,
    );
    await streamed.fit(batches, cut);
    await shown.fit(sequences, sequences, { ...cut, shuffle: false });
    expect(streamed.tensorValues).toEqual(shown.tensorValues);
  });

  it.each<[string, () => Sequential, Partial<FitOptions>, typeof ValueError, string]>([
    [
      "a number that does not divide",
      tokens,
      { truncatedBackpropagation: 3 },
      ValueError,
      "divides the 8 time steps of the model, got 3",
    ],
    ["0", tokens, { truncatedBackpropagation: 0 }, ValueError, "truncatedBackpropagation"],
    ["accumulate", tokens, { truncatedBackpropagation: 4, accumulate: 2 }, ValueError, "without accumulate"],
    [
      "one output for all steps",
      () => new Sequential(backend, { inputShape: [8], layers: [embedding(6, 3), gru(4), dense(6)] }),
      { truncatedBackpropagation: 4 },
      ShapeError,
      "a row for each of the 8 time steps, got [batch, 6]",
    ],
    [
      "a layer that reads backwards",
      () =>
        new Sequential(backend, {
          inputShape: [8],
          layers: [embedding(6, 3), bidirectional(gru(4, { returnSequences: true })), dense(6)],
        }),
      { truncatedBackpropagation: 4 },
      ValueError,
      "bidirectional needs the whole sequence",
    ],
    [
      "attention",
      () =>
        new Sequential(backend, {
          inputShape: [8],
          layers: [embedding(6, 4), transformerEncoder({ heads: 2, hidden: 8, causal: true }), dense(6)],
        }),
      { truncatedBackpropagation: 4 },
      ValueError,
      "depends on the place in the whole sequence",
    ],
  ])("refuses %s", async (_, make, given, kind, message) => {
    using model = make();
    const full = sequences.map((row) => Array.from({ length: 8 }, (_, i) => row[i % row.length]));
    const training = model.fit(full, full, { ...options, ...given });
    await expect(training).rejects.toThrow(kind);
    await expect(training).rejects.toThrow(message);
  });
});
