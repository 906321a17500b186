import type { Tensor } from "../../index.js";
import type { Layout } from "./layout.js";

/** A value of the graph that depends on an input, as a tensor of lanewise. */
export interface Value {
  readonly tensor: Tensor;
  /** The shape of a sample in the graph. */
  readonly dims: readonly number[];
  /** Where the elements of a sample are in the tensor. It is refined for `dims`. */
  readonly layout: Layout;
  /** Whether the first axis of a sample is that of channels and the others are positions. */
  readonly image: boolean;
  /** Whether the ONNX value has the shape [size, batch], with a sample in each column. */
  readonly flipped: boolean;
}

/** A value whose axes are those of a sample, with that of the batch at some place among them. */
export interface Turned {
  readonly value: Value;
  readonly batchAt: number;
}

/** What the elements of a constant stand for. */
export type Sample = Pick<Value, "dims" | "flipped">;

/** The axes of [channels, ...positions] in the order in which lanewise has them. */
export const channelsLast = (dims: readonly number[]): number[] => [...dims.keys()].slice(1).concat(0);

export const shapeText = (dims: readonly (number | string)[]): string => `[${dims.slice(0, 9).join(", ")}]`;
