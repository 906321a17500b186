import { checkOptions } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { permute as emit } from "../ops/box.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import type { Scope, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";
import { numbersText } from "./windows.js";

/** The options of `permute`. */
export interface PermuteOptions {
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * The axes of a sample in another order. Axes count from 1, since axis 0 is the batch: [2, 1] makes [batch,
 * a, b] into [batch, b, a].
 *
 * @example
 * const channelsLast = input([28, 20, 3]);
 * console.log(permute([3, 1, 2]).apply(channelsLast).shape); // [ 3, 28, 20 ]
 *
 * @throws ValueError for a list that is not the numbers from 1 on, in any order, and for unknown options. A
 * model throws ShapeError for inputs of another number of axes.
 */
export function permute(dims: readonly number[], options: PermuteOptions = {}): Layer {
  checkOptions("permute", options, ["name"]);
  return permuteFrom({ type: "permute", ...options, dims: Array.isArray(dims) ? [...dims] : dims });
}

/** The layer of a model file. @throws ValueError */
export function permuteFrom(config: LayerConfig): Layer {
  const { dims } = config;
  checkLayerOptions(config);
  const inOrder = Array.isArray(dims) ? [...dims].sort((a, b) => a - b) : [];
  if (inOrder.length === 0 || inOrder.some((axis, i) => axis !== i + 1))
    throw new ValueError(
      `permute expected the axes of a sample from 1 on, each once, such as [2, 1], got ${numbersText(dims)}`,
    );
  return new Permute(config, dims as readonly number[]);
}

class Permute extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly dims: readonly number[],
  ) {
    super();
  }

  override build({ graph }: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { dims } = this;
    if (x.shape.length !== dims.length)
      throw new ShapeError(
        `permute expected an input of ${dims.length} axes beside the batch, got ${batchShape(x.shape)}`,
      );
    const order = dims.map((axis) => axis - 1);
    return x.to(emit(graph, x.value, order), { range: x.range });
  }
}
