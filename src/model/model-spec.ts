import type { Encoding } from "../encoding/encoding.js";
import type { ArchitectureV2 } from "../files/architecture.js";
import { architectureOf } from "../files/architecture.js";
import { sizeOf } from "../graph/value.js";
import type { LayerConfig } from "../layers/layer.js";
import type { LayerSpec } from "../layers/layer-from.js";
import type { AnyNetwork } from "../network/trainable.js";

/** A layer as JSON: one of the library, or one of your own with its options. */
type AnyLayerSpec = LayerSpec | LayerConfig;

interface CommonSpec {
  /** Any safe integer, as in SequentialOptions. Default 0. */
  readonly seed?: number;
  readonly labels?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly encoding?: Encoding;
  /** Of a saved model: what it was trained. A model that is made from JSON begins anew. */
  readonly life?: object;
}

/** A model as JSON whose layers follow one another. */
export interface SequentialSpec extends CommonSpec {
  /** The shape of one sample, without the batch; a number n stands for [n]. */
  readonly inputShape: number | readonly number[];
  /** The layers in order: `{ type: "dense", units: 16, activation: "tanh" }`. */
  readonly layers: readonly AnyLayerSpec[];
  /**
   * 1 for the architecture of a model file of format version 1, whose dense layers and softmax take a whole
   * sample as one row. Default: each works on the last axis.
   */
  readonly version?: 1;
}

/** A model as JSON whose layers are a graph, as model files have it. */
export interface GraphSpec extends CommonSpec, Pick<ArchitectureV2, "inputs" | "calls" | "outputs"> {
  /** Each layer once, in the order of their first calls. */
  readonly layers: readonly AnyLayerSpec[];
  /** Whether inputs are given as an array although there is one. */
  readonly inputList?: boolean;
  /** Whether it is a list of layers, each on the output of the one before. */
  readonly sequential?: boolean;
  readonly version?: 2;
}

/** A model as JSON: what `modelFrom` reads and `model.toJSON` writes. */
export type ModelSpec = SequentialSpec | GraphSpec;

/** What a model of the same layers with fresh weights is made from. */
export function specOf(model: AnyNetwork): ModelSpec {
  const { structure, labels, metadata, encoding, backend } = model;
  const { architecture } = architectureOf(structure, { epoch: 0, step: 0 });
  const named = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const layers = structure.layers.flatMap(({ layer: { config }, name, index }) => {
    // The numbers of a scaling are no weights: without them there is no such layer.
    const row = (what: string): number[] => {
      const { shape, address } = named.get(`${name}.${what}`) as (typeof model.tensors)[number];
      return Array.from(backend.floats(address, sizeOf(shape)));
    };
    if (index < 0) return [];
    return [
      config.type === "scaling" ? { ...config, mean: row("mean"), deviation: row("deviation") } : config,
    ];
  });
  const isOld = layers.length < structure.layers.length;
  const spec = {
    ...(structure.isSequential
      ? { inputShape: structure.inputs[0].shape, ...(isOld && { version: 1 }), seed: structure.seed }
      : architecture),
    layers,
    ...(labels && { labels }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(encoding && { encoding }),
  };
  // What is changed in it changes nothing here.
  return JSON.parse(JSON.stringify(spec));
}
