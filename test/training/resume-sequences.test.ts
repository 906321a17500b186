import { describe, expect, it } from "vitest";
import {
  adam,
  batchNormalization,
  bidirectional,
  createBackendSync,
  dense,
  dropout,
  embedding,
  type FitOptions,
  globalAveragePool1d,
  gru,
  type Layer,
  lstm,
  positionEmbedding,
  restoreCheckpoint,
  Sequential,
  schedules,
  transformerEncoder,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";

/**
 * A run that stops in the middle of an epoch and resumes from a checkpoint in another model ends with the
 * bits of an uninterrupted run: weights, statistics and scores.
 */
const [TIME, WORDS, EPOCHS] = [9, 8, 4];
const lengths = Array.from({ length: 22 }, (_, i) => 1 + ((i * 5) % TIME));
const x = lengths.map((length, i) =>
  Array.from({ length }, (_, at) => 1 + ((i * 3 + at * at) % (WORDS - 1))),
);
const tags = x.map((words) => words.map((word, at) => (word + at) % 3));
const classes = x.map((words) => words.length % 3);

const networks: Readonly<Record<string, { layers: () => Layer[]; y: number[] | number[][] }>> = {
  "an LSTM with dropout": {
    layers: () => [lstm(6, { returnSequences: true }), dropout(0.3), dense(3)],
    y: tags,
  },
  "a GRU that reads in both directions": {
    layers: () => [bidirectional(gru(5, { returnSequences: true })), globalAveragePool1d(), dense(3)],
    y: classes,
  },
  "a transformer with dropout": {
    layers: () => [
      positionEmbedding(),
      transformerEncoder({ heads: 2, hidden: 12, dropout: 0.2, causal: true }),
      dense(3),
    ],
    y: tags,
  },
  "batch normalization between GRUs": {
    layers: () => [gru(5, { returnSequences: true }), batchNormalization(), gru(4), dense(3)],
    y: classes,
  },
};

describe.each(exactVariants)("resumed on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(Object.keys(networks))("%s ends with the same bits", async (name) => {
    const { layers, y } = networks[name];
    const make = () =>
      new Sequential(backend, {
        inputShape: [TIME],
        seed: 6,
        layers: [embedding(WORDS, 4, { paddingIndex: 0 }), ...layers()],
      });
    const optimizerOf = () =>
      adam({ learningRate: schedules.cosine({ learningRate: 0.02, steps: 24 }), clipNorm: 1 });
    const options: FitOptions = {
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
      epochs: EPOCHS,
      batchSize: 4,
    };
    using whole = make();
    const history = await whole.fit(x, y, { ...options, optimizer: optimizerOf() });

    using left = make();
    const optimizer = optimizerOf();
    let saved = new Uint8Array();
    await left.fit(x, y, {
      ...options,
      optimizer,
      onBatchEnd: ({ epoch, batch }) => {
        if (epoch !== 3 || batch !== 3) return true;
        saved = left.checkpoint(optimizer);
        return false;
      },
    });
    const restored = restoreCheckpoint(backend, saved);
    const { model } = restored;
    const rest = await model.fit(x, y, {
      ...options,
      optimizer: restored.optimizer,
      initialEpoch: restored.epoch,
    });
    expect(model.tensorValues).toEqual(whole.tensorValues);
    expect(model.tensorValues).not.toEqual(left.tensorValues);
    const scores = ({ epochs }: typeof history) =>
      epochs.slice(-2).map(({ loss, accuracy }) => [loss, accuracy]);
    expect(scores(rest)).toEqual(scores(history));
    model.dispose();
  });
});
