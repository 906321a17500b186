import type { ValueError } from "../../../index.js";
import type { LayerConfig } from "../../../layers/layer.js";
import { strided, stridesOf } from "../tensor.js";
import type { Value, Writer } from "./writer.js";

/** A tensor of the model. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A use of a layer that is written. */
export interface Writing {
  readonly writer: Writer;
  readonly config: LayerConfig;
  readonly inputs: readonly Value[];
  /** The shape of a sample of its output. */
  readonly to: readonly number[];
  /** One of the layer's tensors, or undefined where it has none of that name. */
  find(name: string): Stored | undefined;
  /** One of the layer's tensors. */
  stored(name: string): Stored;
  /** What a tensor is called in the file. */
  nameOf(name: string): string;
  /** What to throw for a layer that ONNX cannot express. */
  refusal(what: string): ValueError;
}

/** The writing of a layer within a layer, whose tensors are called after it. */
export const within = (writing: Writing, name: string, changes: Partial<Writing>): Writing => ({
  ...writing,
  find: (tensor) => writing.find(`${name}.${tensor}`),
  stored: (tensor) => writing.stored(`${name}.${tensor}`),
  nameOf: (tensor) => writing.nameOf(`${name}.${tensor}`),
  ...changes,
});

/** How a layer is written: the value of its output. */
export type Write = (writing: Writing) => Value;

/** A tensor of the layer under its own shape, or another of as many elements. */
export const tensorOf = (
  { writer, stored, nameOf }: Writing,
  name: string,
  shape = stored(name).shape,
  values = stored(name).values,
): string => writer.floats(nameOf(name), shape, values);

/** A tensor of the layer with its axes in another order. */
export function turnedTensor(
  writing: Writing,
  name: string,
  axes: readonly number[],
  as?: readonly number[],
): string {
  const { shape, values } = writing.stored(name);
  const turned = axes.map((axis) => shape[axis]);
  const strides = axes.map((axis) => stridesOf(shape)[axis]);
  return tensorOf(writing, name, as ?? turned, Float32Array.from(strided(values, turned, strides)));
}
