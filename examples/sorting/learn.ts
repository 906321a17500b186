import {
  adam,
  type Backend,
  dense,
  embedding,
  layerNormalization,
  positionEmbedding,
  Sequential,
  schedules,
  transformerEncoder,
} from "lanewise";
import { randomNumbers } from "../../cli/random.js";

/** Numbers in a row. */
export const COUNT = 8;
/** They are whole numbers below this. */
export const BELOW = 100;

export type Row = readonly number[];

/** Rows that a seed decides. */
export function drawRows(count: number, seed: number): Row[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: COUNT }, () => Math.floor(random() * BELOW)),
  );
}

export const sorted = (row: Row): number[] => [...row].sort((a, b) => a - b);

/** Tells for each place which number stands there once the row is sorted. */
export function buildModel(backend: Backend, seed: number): Sequential {
  return new Sequential(backend, {
    inputShape: [COUNT],
    seed,
    layers: [
      embedding(BELOW, 64),
      positionEmbedding(),
      transformerEncoder({ heads: 4, hidden: 128 }),
      transformerEncoder({ heads: 4, hidden: 128 }),
      layerNormalization(),
      dense(BELOW),
    ],
  });
}

/** Steps that are enough. */
export const STEPS = 5000;
/** The seed of rows that take no part in training. */
export const testSeed = (seed: number): number => 2 ** 31 - 1 - seed;

/** What the model makes of each row: for each place the number that it holds likeliest. */
export const judge = (model: Sequential, rows: readonly Row[]): (string | number)[][] =>
  model.predictClasses(rows, { byStep: true });

/** Steps of which a loss is told. */
const EACH = 100;
const BATCH = 32;

/** Learns from new rows in every step. Returns and tells the loss of each hundred steps. */
export async function learn(
  model: Sequential,
  steps: number,
  seed: number,
  tell?: (step: number, loss: number) => void,
): Promise<number[]> {
  const learningRate = schedules.cosine({ learningRate: 4e-3, steps });
  let drawn = 0;
  const { epochs } = await model.fit(
    function* () {
      for (let i = 0; i < EACH; i++) {
        const rows = drawRows(BATCH, seed * 1_000_000 + drawn++);
        yield [rows, rows.map(sorted)];
      }
    },
    {
      loss: "softmaxCrossEntropy",
      optimizer: adam({ learningRate, clipNorm: 1 }),
      epochs: Math.ceil(steps / EACH),
      onEpochEnd: ({ epoch, loss }) => tell?.(epoch * EACH, loss),
    },
  );
  return epochs.map(({ loss }) => loss);
}
