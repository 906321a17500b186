import { ValueError } from "../index.js";
import type { LayerConfig } from "../layers/layer.js";
import type { AnyNetwork } from "../network/trainable.js";

/** A layer of a model whose layers follow one another. */
export interface RowLayer extends LayerConfig {
  readonly activation?: string;
  /** The parameter of an activation, where it is not the default. */
  readonly slope?: number;
  readonly alpha?: number;
  /** What its tensors' names begin with, before the dot. */
  readonly prefix: string;
  /** The shapes of an input and an output sample. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The layers of a model, for formats that hold a list. @throws ValueError for a model that branches */
export function layersInRow(who: string, { structure }: AnyNetwork): RowLayer[] {
  const { layers, calls, shapes, inputs, outputs } = structure;
  const isRow =
    inputs.length === 1 &&
    outputs.length === 1 &&
    calls.length === layers.length &&
    calls.every(({ inputs: taken, output }, i) => taken.length === 1 && taken[0] === i && output === i + 1);
  if (!isRow)
    throw new ValueError(
      `${who} expected a model whose layers follow one another, got one with ${inputs.length} inputs, ${outputs.length} outputs and ${calls.length} calls of ${layers.length} layers`,
    );
  return calls.map(({ layer, inputs: [input], output }) => ({
    ...layers[layer].layer.config,
    prefix: layers[layer].name,
    from: shapes[input],
    to: shapes[output],
  }));
}
