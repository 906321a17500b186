import { readFileSync } from "node:fs";
import {
  dense,
  embedding,
  globalAveragePool1d,
  input,
  type Layer,
  layerNormalization,
  multiHeadAttention,
  positionalEncoding,
  positionEmbedding,
  scale,
  type Tensor,
  transformerDecoder,
  transformerEncoder,
} from "../../src/index.js";

/** Models of PyTorch with embeddings and attention: test/golden/generate-attention.py. */

interface Numbers {
  readonly shape: number[];
  readonly data: number[];
}

export interface Case {
  readonly inputs: readonly Numbers[];
  readonly y: Numbers;
  readonly state: Readonly<Record<string, Numbers>>;
  readonly files: Readonly<Record<"fixed" | "open", string>>;
}

export const cases: Readonly<Record<string, Case>> = JSON.parse(
  readFileSync(new URL("../golden/attention-torch.json", import.meta.url), "utf8"),
);

/** The inputs of a model and its output. */
type Ends = readonly [inputs: Tensor | Tensor[], output: Tensor];

/** Layers that stand in a row. */
function row(shape: number[], ...layers: Layer[]): Ends {
  const x = input(shape);
  return [x, layers.reduce((tensor, layer) => layer.apply(tensor), x)];
}

function both(layer: Layer, size = 8): Ends {
  const [x, memory] = [input([5, 8]), input([4, size])];
  return [[x, memory], layer.apply([x, memory])];
}

const encoder = (more: object) => transformerEncoder({ heads: 2, hidden: 12, ...more });
const last = { normFirst: false, activation: "relu" } as const;

/** The same models in lanewise, without names. */
export const models: Readonly<Record<string, () => Ends>> = {
  "self attention": () => row([5, 8], multiHeadAttention({ heads: 2 })),
  "without bias": () => row([5, 8], multiHeadAttention({ heads: 2, useBias: false })),
  "time first": () => row([5, 8], multiHeadAttention({ heads: 2, causal: true })),
  "cross attention": () => both(multiHeadAttention({ heads: 2 })),
  "cross attention of another size": () => both(multiHeadAttention({ heads: 2 }), 6),
  "encoder, norm first": () => row([5, 8], encoder({})),
  "encoder, norm last": () => row([5, 8], encoder(last)),
  "encoder, causal": () => row([5, 8], encoder({ causal: true })),
  "decoder, norm first": () => both(transformerDecoder({ heads: 2, hidden: 12 })),
  "decoder, norm last": () => both(transformerDecoder({ heads: 2, hidden: 12, ...last })),
  "language model": () =>
    row(
      [5],
      embedding(9, 8, { name: "words" }),
      positionEmbedding({ name: "places" }),
      encoder({ causal: true }),
      encoder({ causal: true }),
      layerNormalization({ epsilon: 1e-5, name: "blocks.norm" }),
      dense(9, { name: "head" }),
    ),
  sinusoids: () =>
    row(
      [5],
      embedding(9, 8),
      scaleBy(Math.sqrt(8)),
      positionalEncoding(),
      encoder({ normFirst: false }),
      globalAveragePool1d(),
      dense(3),
    ),
  classifier: () => row([5], embedding(9, 8), globalAveragePool1d(), dense(3)),
  padded: () => row([5], embedding(9, 8, { paddingIndex: 0 }), multiHeadAttention({ heads: 2 })),
};

/** A factor as a layer. */
function scaleBy(factor: number): Layer {
  return { apply: (x: Tensor) => scale(x, factor) } as unknown as Layer;
}
