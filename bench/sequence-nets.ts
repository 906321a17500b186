import {
  dense,
  embedding,
  globalAveragePool1d,
  gru,
  type Layer,
  layerNormalization,
  lstm,
  positionEmbedding,
  transformerEncoder,
} from "lanewise";

/** A network that reads sequences. */
export interface SequenceNet {
  readonly name: string;
  readonly title: string;
  /** [time, features], or [time] of tokens. */
  readonly input: readonly number[];
  /** Tokens are whole numbers below this. */
  readonly vocabulary?: number;
  /** What follows from a sequence: numbers, a class, or a token for each step. */
  readonly target: "numbers" | "class" | "tokens";
  readonly outputs: number;
  readonly batch: number;
  readonly samples: number;
  /** Multiply-adds of a whole training step for a sample, in millions of flops. */
  readonly training: number;
  layers(): Layer[];
}

const recurrent = { input: [32, 16], target: "numbers", outputs: 1, batch: 32, samples: 1024 } as const;

export const sequenceNets: readonly SequenceNet[] = [
  {
    ...recurrent,
    name: "lstm",
    title: "LSTM 64 over 32 steps of 16 features",
    training: 3.67,
    layers: () => [lstm(64), dense(1)],
  },
  {
    ...recurrent,
    name: "gru",
    title: "GRU 64 over 32 steps of 16 features",
    training: 2.75,
    layers: () => [gru(64), dense(1)],
  },
  {
    name: "characters",
    title: "embedding 64, LSTM 128, dense 64 over 64 characters",
    input: [64],
    vocabulary: 64,
    target: "tokens",
    outputs: 64,
    batch: 16,
    samples: 128,
    training: 40.9,
    layers: () => [embedding(64, 64), lstm(128, { returnSequences: true }), dense(64)],
  },
  {
    name: "transformer",
    title: "two causal blocks of 64 units and 4 heads over 64 tokens",
    input: [64],
    vocabulary: 64,
    target: "tokens",
    outputs: 64,
    batch: 16,
    samples: 128,
    training: 45.6,
    layers: () => [
      embedding(64, 64),
      positionEmbedding(),
      transformerEncoder({ heads: 4, hidden: 256, causal: true }),
      transformerEncoder({ heads: 4, hidden: 256, causal: true }),
      layerNormalization(),
      dense(64),
    ],
  },
  {
    name: "bag of words",
    title: "embedding 5,000 x 32 of 200 tokens, mean, dense 32, dense 2",
    input: [200],
    vocabulary: 5000,
    target: "class",
    outputs: 2,
    batch: 32,
    samples: 1024,
    training: 0.006,
    layers: () => [embedding(5000, 32), globalAveragePool1d(), dense(32, { activation: "relu" }), dense(2)],
  },
];
