import type { NodeProto } from "onnx-buf";
import type { Tensor } from "../../index.js";
import type { Constants } from "./constants.js";
import type { Factor, Folded } from "./folded.js";
import type { Graph } from "./graph.js";
import type { Constant } from "./tensor.js";
import type { Value } from "./value.js";

/** Where padding is named. */
export interface Origin {
  readonly of: Tensor;
  /** The number of a step of padding. Of lengths NaN. */
  readonly padding: number;
  readonly kind: "words" | "features" | "truth" | "lengths";
  /** The steps of a sequence. */
  readonly time: Factor;
}

/**
 * What the numbers of a value stand for. "features": a number for padding, and one for anything else.
 * "steps": a number for a step of padding, and one for a real step. The others depend on a count of real
 * steps, and have a number for each count from 0. "seen" counts up to and including the step, "before" up to
 * the step before, "left" from the step to the end, and "count" over the whole sequence.
 */
export type Kind = "features" | "steps" | "seen" | "before" | "left" | "count";

/** A value that is computed from an origin. */
export interface Known {
  readonly origin: Origin;
  readonly kind: Kind;
  readonly numbers: readonly number[];
  readonly axes: Folded["axes"];
  /** What is added for each query and key, beside. */
  readonly base?: Constant | undefined;
  /** Whether the samples stand in the order of their lengths. */
  readonly sorted?: boolean;
}

/** Indices that put steps or samples in another order. */
export interface Order {
  /** Real steps first; samples by their lengths; these samples in their own order again. */
  readonly to: "front" | "sorted" | "unsorted";
  readonly origin: Origin;
  readonly axes: Folded["axes"];
}

/** What masks ask of a graph that is read. */
export interface Around {
  readonly graph: Graph;
  readonly constants: Constants;
  readonly nodes: readonly NodeProto[];
  readonly batched: boolean;
  find(name: string): Value | undefined;
  uses(name: string): number;
  users(name: string): readonly NodeProto[];
}
