import {
  type Backend,
  dense,
  embedding,
  globalAveragePool1d,
  gru,
  type Layer,
  layerNormalization,
  lstm,
  positionEmbedding,
  Sequential,
  transformerEncoder,
} from "lanewise";
import type { SequenceLayer, SequenceNet } from "../sequence-nets.js";
import { randomFloats } from "./random.js";

export function sequenceModelOf(backend: Backend, { input, layers }: SequenceNet): Sequential {
  return new Sequential(backend, { inputShape: [...input], seed: 7, layers: layers.map(layerOf) });
}

function layerOf(layer: SequenceLayer): Layer {
  switch (layer.kind) {
    case "embedding":
      return embedding(layer.vocabulary, layer.units);
    case "positions":
      return positionEmbedding();
    case "lstm":
      return lstm(layer.units, { returnSequences: layer.sequences ?? false });
    case "gru":
      return gru(layer.units, { returnSequences: layer.sequences ?? false });
    case "block":
      return transformerEncoder({ heads: layer.heads, hidden: layer.hidden, causal: true });
    case "norm":
      return layerNormalization({ epsilon: 1e-5 });
    case "mean":
      return globalAveragePool1d();
    case "dense":
      return dense(layer.units, { activation: layer.relu ? "relu" : "linear" });
  }
}

/** Sequences in a row: numbers of [0, 1), or tokens. */
export function sequencesOf({ input, vocabulary }: SequenceNet, rows: number): Float32Array<ArrayBuffer> {
  const count = input.reduce((size, length) => size * length, rows);
  return vocabulary ? randomFloats(count, 1, 0, vocabulary).map(Math.floor) : randomFloats(count, 1, 0, 1);
}
