import type { Encoding } from "../encoding/encoding.js";
import type { ArchitectureV2 } from "../files/architecture.js";
import type { LayerConfig } from "../layers/layer.js";
import type { LayerSpec } from "../layers/layer-from.js";

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

/** A model as JSON: what `modelFrom` reads and `architectureOf` gives. */
export type ModelSpec = SequentialSpec | GraphSpec;
