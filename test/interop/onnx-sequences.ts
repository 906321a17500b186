import {
  type Backend,
  bidirectional,
  concatenate,
  dense,
  embedding,
  flatten,
  globalAveragePool1d,
  globalMaxPool1d,
  gru,
  input,
  type Layer,
  layerNormalization,
  lstm,
  Model,
  masking,
  multiHeadAttention,
  positionalEncoding,
  positionEmbedding,
  simpleRnn,
  type Tensor,
  transformerDecoder,
  transformerEncoder,
} from "../support/published.js";
import { Random } from "../support/random.js";

/** A model of sequences, and samples for each of its inputs. */
export interface SequenceModel {
  readonly name: string;
  readonly model: Model;
  readonly inputs: readonly Float32Array[];
  /** Of the inputs, that of the batch first. */
  readonly shapes: readonly (readonly number[])[];
}

const [ROWS, TIME, OTHER, SIZE, WORDS] = [20, 7, 5, 12, 11];
const sequences = { returnSequences: true } as const;

/** Embeddings, positions, attention and masks, which ONNX has no layers for but operators. */
export function sequenceModels(backend: Backend): SequenceModel[] {
  const random = new Random(61);
  const filled = (model: Model): Model => {
    for (const { value } of model.parameters) value.set(random.floats(value.length, -0.6, 0.6));
    return model;
  };
  const numbers = (size: number) => random.floats(ROWS * size, -2, 2);
  const words = () => Float32Array.from(random.integers(ROWS * TIME, WORDS));
  /** With padding anywhere, and a sample of padding alone. */
  const padded = () => words().map((word, i) => (i < TIME || word < 4 ? 0 : word));
  const row = (name: string, shape: number[], samples: Float32Array, ...layers: Layer[]): SequenceModel => {
    const x = input(shape);
    const outputs = layers.reduce((tensor, layer) => layer.apply(tensor), x);
    return {
      name,
      model: filled(new Model(backend, { inputs: x, outputs }) as Model),
      inputs: [samples],
      shapes: [[ROWS, ...shape]],
    };
  };
  const both = (name: string, layer: Layer, size: number): SequenceModel => {
    const [x, memory] = [input([TIME, SIZE]), input([OTHER, size])];
    const model = new Model(backend, { inputs: [x, memory], outputs: layer.apply([x, memory]) });
    const inputs = [numbers(TIME * SIZE), numbers(OTHER * size)];
    const shapes = [
      [ROWS, TIME, SIZE],
      [ROWS, OTHER, size],
    ];
    return { name, model: filled(model as unknown as Model), inputs, shapes };
  };
  /** Words with padding, and what is made of them and of other inputs, [batch, 4]. */
  const states = (name: string, make: (x: Tensor, others: readonly Tensor[]) => Tensor, others = 0) => {
    const x = input(TIME, { name: "words" });
    const given = Array.from({ length: others }, (_, i) => input(4, { name: `state${i}` }));
    const outputs = make(words0().apply(x), given);
    const model = new Model(backend, { inputs: others > 0 ? [x, ...given] : x, outputs });
    const inputs = [padded(), ...given.map(() => numbers(4))];
    const shapes = [[ROWS, TIME], ...given.map(() => [ROWS, 4])];
    return { name, model: filled(model as unknown as Model), inputs, shapes };
  };
  const all = { ...sequences, returnState: true } as const;
  const shape = [TIME, SIZE];
  const steps = () => numbers(TIME * SIZE);
  const words0 = () => embedding(WORDS, SIZE, { paddingIndex: 0 });
  const block = (more: object) => transformerEncoder({ heads: 3, hidden: 16, ...more });
  const holes = Float32Array.from(steps());
  for (let i = 0; i < holes.length / SIZE; i++)
    if (i % 3 === 1 || i < TIME) holes.fill(-1, i * SIZE, (i + 1) * SIZE);
  return [
    row("embedding", [TIME], words(), embedding(WORDS, SIZE), positionEmbedding(), dense(3)),
    row("sinusoids", shape, steps(), positionalEncoding(), dense(3)),
    row("attention", shape, steps(), multiHeadAttention({ heads: 3 })),
    row("causal attention", shape, steps(), multiHeadAttention({ heads: 2, causal: true, useBias: false })),
    row("rotary attention", shape, steps(), multiHeadAttention({ heads: 3, rotary: true, causal: true })),
    row("odd sizes", shape, steps(), multiHeadAttention({ heads: 2, keySize: 4, valueSize: 3, rotary: 100 })),
    both("cross attention", multiHeadAttention({ heads: 3 }), 5),
    both("causal cross attention", multiHeadAttention({ heads: 3, causal: true }), SIZE),
    row("encoder", shape, steps(), block({}), layerNormalization()),
    row("encoder, norm last", shape, steps(), block({ normFirst: false, activation: "relu" })),
    row("encoder of rms and swiglu", shape, steps(), block({ normalization: "rms", activation: "swiglu" })),
    row("encoder of rotary positions", shape, steps(), block({ rotary: true, causal: true, useBias: false })),
    both("decoder", transformerDecoder({ heads: 3, hidden: 16 }), SIZE),
    both(
      "decoder, norm last",
      transformerDecoder({ heads: 3, hidden: 8, normFirst: false, causal: false }),
      5,
    ),
    row(
      "language model",
      [TIME],
      words(),
      embedding(WORDS, SIZE),
      positionEmbedding(),
      block({ causal: true }),
      block({ causal: true }),
      layerNormalization(),
      dense(WORDS),
    ),
    row("padded attention", [TIME], padded(), words0(), multiHeadAttention({ heads: 3 })),
    row(
      "padded blocks",
      [TIME],
      padded(),
      words0(),
      positionalEncoding(),
      block({ causal: true }),
      block({}),
      globalAveragePool1d(),
      dense(2),
    ),
    row("padded mean", [TIME], padded(), words0(), globalAveragePool1d()),
    row("padded maximum", [TIME], padded(), words0(), dense(4, { activation: "tanh" }), globalMaxPool1d()),
    row("padded LSTM", [TIME], padded(), words0(), lstm(4, sequences), lstm(3)),
    row(
      "padded GRU",
      [TIME],
      padded(),
      words0(),
      gru(4, { ...sequences, reverse: true }),
      gru(3, { resetAfter: false }),
    ),
    row(
      "padded directions",
      [TIME],
      padded(),
      words0(),
      bidirectional(lstm(4, sequences)),
      bidirectional(simpleRnn(3), { merge: "sum" }),
    ),
    states("last states of a padded LSTM", (x) => {
      const [, h, c] = lstm(4, all).apply(x);
      return concatenate([h, c]);
    }),
    states("steps and last state of a padded GRU in reverse", (x) => {
      const [y, h] = gru(4, { ...all, reverse: true }).apply(x);
      return concatenate([flatten().apply(y), h]);
    }),
    states("a padded LSTM that begins with states", (x, [a, b]) => lstm(4).apply([x, a, b]), 2),
    states(
      "last states of a padded LSTM that begins with states",
      (x, [a, b]) => {
        const [y, h, c] = lstm(4, all).apply([x, a, b]);
        return concatenate([flatten().apply(y), h, c]);
      },
      2,
    ),
    states(
      "padded directions that begin with states",
      (x, given) => bidirectional(lstm(4)).apply([x, ...given]),
      4,
    ),
    row("masking", shape, holes, masking({ value: -1 }), lstm(4, sequences), globalMaxPool1d(), dense(2)),
  ];
}
