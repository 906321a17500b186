import { checkOptions } from "../core/check.js";
import { reshape as emit } from "../ops/reshape.js";
import { checkLayerOptions, Layer, type LayerConfig, sampleShape } from "./layer.js";
import type { Scope, TracedTensor } from "./scope.js";

/** The options of `reshape` and `flatten`. */
export interface ReshapeOptions {
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * One axis of all elements of a sample: [batch, ...shape] becomes [batch, size]. Nothing is copied.
 *
 * @example
 * console.log(flatten().apply(input([7, 7, 16])).shape); // [ 784 ]
 */
export function flatten(options: ReshapeOptions = {}): Layer {
  checkOptions("flatten", options, ["name"]);
  return flattenFrom({ type: "flatten", ...options });
}

/**
 * The elements of a sample under another shape: [batch, ...before] becomes [batch, ...shape], which has as
 * many elements. Nothing is copied.
 *
 * @example
 * const layers = [dense(7 * 7 * 8, { activation: "relu" }), reshape([7, 7, 8]), conv2dTranspose(1, 4)];
 * console.log(new Sequential(backend, { inputShape: 10, layers }).outputShape); // [ 10, 10, 1 ]
 *
 * @throws ValueError for sizes that are no integers of at least 1; ShapeError for another number of elements
 */
export function reshape(shape: number | readonly number[], options: ReshapeOptions = {}): Layer {
  checkOptions("reshape", options, ["name"]);
  return reshapeFrom({ type: "reshape", ...options, shape: sampleShape("reshape", "shape", shape) });
}

/** The layer of a model file. @throws ValueError */
export function flattenFrom(config: LayerConfig): Layer {
  checkLayerOptions(config);
  return new Reshape(config, undefined);
}

/** The layer of a model file. @throws ValueError */
export function reshapeFrom(config: LayerConfig): Layer {
  checkLayerOptions(config);
  return new Reshape(config, sampleShape("reshape", "shape", config.shape));
}

class Reshape extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly shape: readonly number[] | undefined,
  ) {
    super();
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { graph } = scope;
    const shape = this.shape ?? [x.value.size];
    const { range, origin } = x;
    const value = emit(graph, x.value, shape);
    // Values that a loss may undo stay so: only their shape changes.
    return x.to(value, {
      range,
      origin: origin && { ...origin, logits: emit(graph, origin.logits, shape) },
    });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Reshape";
  }
}
