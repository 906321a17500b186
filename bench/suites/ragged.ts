import {
  adam,
  dense,
  embedding,
  globalAveragePool1d,
  type Layer,
  layerNormalization,
  lstm,
  positionEmbedding,
  Sequential,
  transformerEncoder,
} from "lanewise";
import { asyncBatchOf, batchOf, measure, type Pace } from "../method/measure.js";
import { randomFloats } from "../method/random.js";
import { rateOf } from "../results.js";
import type { Bench, Case, Result } from "./suite.js";

/** Sequences of different lengths, most of them short: 5 to 100 words, 29 in the mean. */
const [SAMPLES, TIME, WORDS] = [1024, 100, 1000];
const PACE: Pace = {
  warmSeconds: 1,
  warmCalls: 1,
  seconds: 4,
  leastRepetitions: 3,
  mostRepetitions: 60,
  batchSeconds: 0.02,
};

const nets: Readonly<Record<string, () => Layer[]>> = {
  "ragged lstm": () => [embedding(WORDS, 32, { paddingIndex: 0 }), lstm(64), dense(2)],
  "ragged transformer": () => [
    embedding(WORDS, 64, { paddingIndex: 0 }),
    positionEmbedding(),
    transformerEncoder({ heads: 4, hidden: 128 }),
    transformerEncoder({ heads: 4, hidden: 128 }),
    layerNormalization(),
    globalAveragePool1d(),
    dense(2),
  ],
};

/** Classifiers of sequences of different lengths, and of as many that all have the length of the longest. */
export const ragged: readonly Case[] = Object.entries(nets).map(([title, layers]) => ({
  title,
  run: (bench: Bench) => classify(bench, title, layers),
}));

async function classify({ backend, pace }: Bench, name: string, layers: () => Layer[]): Promise<Result[]> {
  const words = randomFloats(SAMPLES * TIME, 1, 1, WORDS).map(Math.floor);
  const lengths = Array.from(randomFloats(SAMPLES, 2, 0, 1), (u) => Math.ceil(5 + 95 * u ** 3));
  const rows = (lengthOf: (i: number) => number) =>
    lengths.map((_, i) => words.subarray(i * TIME, i * TIME + lengthOf(i)));
  const y = Int32Array.from(lengths, (length) => length % 2);
  const [long, x] = [rows(() => TIME), rows((i) => lengths[i])];
  const results: Result[] = [];
  for (const [size, given, groupByLength] of [
    ["100 words each", long, false],
    ["5 to 100 words", x, false],
    ["5 to 100 words, groupByLength", x, true],
  ] as const) {
    const model = new Sequential(backend, { inputShape: [TIME], seed: 7, layers: layers() });
    const optimizer = adam();
    const epoch = async () => {
      await model.fit(given, y, { loss: "softmaxCrossEntropy", optimizer, groupByLength });
    };
    const trained = await measure(
      asyncBatchOf(epoch, () => model.parameters[0].value.data[0]),
      pace(PACE),
    );
    results.push({ name: `${name} fit`, size, ...rateOf(trained, SAMPLES), unit: "samples/s" });
    if (!groupByLength) {
      const out = new Float32Array(2 * SAMPLES);
      const predicted = await measure(
        batchOf(
          () => model.predict(given, { out }),
          () => out[0],
        ),
        pace(PACE),
      );
      results.push({ name: `${name} predict`, size, ...rateOf(predicted, SAMPLES), unit: "samples/s" });
    }
    model.dispose();
  }
  return results;
}
