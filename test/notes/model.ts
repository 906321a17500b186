import { type ActivationName, type Backend, dense, Network } from "../../src/index.js";
import type { Random } from "../support/random.js";
import type { Rows } from "./algebra.js";

/** The weights of a layer as rows of numbers: W as [inputs, units], b as one row. */
export interface Layer {
  W: Rows;
  b: Rows;
}

export interface Subject {
  readonly model: Network;
  /** A copy of its weights, layer by layer. */
  readonly layers: Layer[];
}

/** float32 numbers in [-1, 1]. */
export const randomRows = (random: Random, rows: number, cols: number): Rows =>
  Array.from({ length: rows }, () => [...random.floats(cols)]);

/**
 * A network of dense layers with one activation, whose biases are not 0 either, and its weights. sizes:
 * inputs, units of each layer.
 */
export function subject(
  backend: Backend,
  random: Random,
  sizes: readonly number[],
  activation: ActivationName,
): Subject {
  const model = new Network(backend, {
    inputShape: sizes[0],
    layers: sizes.slice(1).map((units) => dense(units, { activation })),
  });
  for (const { value } of model.parameters) value.set([...random.floats(value.length)]);
  return { model, layers: layersOf(model) };
}

/** The weights of a network of dense layers. */
export function layersOf(model: Network): Layer[] {
  const values = model.parameters.map(({ value }) => value.toArray());
  return Array.from({ length: values.length / 2 }, (_, l) => ({ W: values[2 * l], b: values[2 * l + 1] }));
}

/** The gradients of a network of dense layers, laid out as its weights. */
export function gradientsOf(model: Network): Layer[] {
  const gradients = model.parameters.map(({ gradient }) => gradient.toArray());
  return Array.from({ length: gradients.length / 2 }, (_, l) => ({
    W: gradients[2 * l],
    b: gradients[2 * l + 1],
  }));
}
