/** A layer as every library can build it. */
export type SequenceLayer =
  | { readonly kind: "embedding"; readonly vocabulary: number; readonly units: number }
  /** A learned vector for each place, added. */
  | { readonly kind: "positions" }
  /** The last state, or with `sequences` each. */
  | { readonly kind: "lstm" | "gru"; readonly units: number; readonly sequences?: true }
  /** A causal, pre-norm block with a GELU, its epsilon 1e-5. */
  | { readonly kind: "block"; readonly heads: number; readonly hidden: number }
  /** Layer normalization, its epsilon 1e-5. */
  | { readonly kind: "norm" }
  /** The mean over all steps. */
  | { readonly kind: "mean" }
  | { readonly kind: "dense"; readonly units: number; readonly relu?: true };

/** A network that reads sequences. */
export interface SequenceNet {
  readonly name: string;
  readonly title: string;
  /** [time, features], or [time] of tokens. */
  readonly input: readonly number[];
  /** Tokens are whole numbers below this. */
  readonly vocabulary?: number;
  readonly layers: readonly SequenceLayer[];
  /** What follows from a sequence: numbers, a class, or a token for each step. */
  readonly target: "numbers" | "class" | "tokens";
  readonly outputs: number;
  readonly batch: number;
  readonly samples: number;
  /** Multiply-adds of a whole training step for a sample, in millions of flops. */
  readonly training: number;
}

const recurrent = { input: [32, 16], target: "numbers", outputs: 1, batch: 32, samples: 1024 } as const;

export const sequenceNets: readonly SequenceNet[] = [
  {
    ...recurrent,
    name: "lstm",
    title: "LSTM 64 over 32 steps of 16 features",
    layers: [
      { kind: "lstm", units: 64 },
      { kind: "dense", units: 1 },
    ],
    training: 3.67,
  },
  {
    ...recurrent,
    name: "gru",
    title: "GRU 64 over 32 steps of 16 features",
    layers: [
      { kind: "gru", units: 64 },
      { kind: "dense", units: 1 },
    ],
    training: 2.75,
  },
  {
    name: "characters",
    title: "embedding 64, LSTM 128, dense 64 over 64 characters",
    input: [64],
    vocabulary: 64,
    layers: [
      { kind: "embedding", vocabulary: 64, units: 64 },
      { kind: "lstm", units: 128, sequences: true },
      { kind: "dense", units: 64 },
    ],
    target: "tokens",
    outputs: 64,
    batch: 16,
    samples: 128,
    training: 40.9,
  },
  {
    name: "transformer",
    title: "two causal blocks of 64 units and 4 heads over 64 tokens",
    input: [64],
    vocabulary: 64,
    layers: [
      { kind: "embedding", vocabulary: 64, units: 64 },
      { kind: "positions" },
      { kind: "block", heads: 4, hidden: 256 },
      { kind: "block", heads: 4, hidden: 256 },
      { kind: "norm" },
      { kind: "dense", units: 64 },
    ],
    target: "tokens",
    outputs: 64,
    batch: 16,
    samples: 128,
    training: 45.6,
  },
  {
    name: "words",
    title: "embedding 5,000 x 32 of 200 tokens, mean, dense 32, dense 2",
    input: [200],
    vocabulary: 5000,
    layers: [
      { kind: "embedding", vocabulary: 5000, units: 32 },
      { kind: "mean" },
      { kind: "dense", units: 32, relu: true },
      { kind: "dense", units: 2 },
    ],
    target: "class",
    outputs: 2,
    batch: 32,
    samples: 1024,
    training: 0.006,
  },
];
