import { checkNumber, checkOptions } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import { clearSteps, realSteps } from "../ops/steps.js";
import { checkLayerOptions, Layer, type LayerConfig, whoOf } from "./layer.js";
import type { Scope, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";

export interface MaskingOptions {
  /** What all features of a step equal that is not there. Default 0. */
  value?: number;
  /** What the layer is called instead of its index. */
  name?: string;
}

/**
 * Tells which steps of a sequence are padding: those whose features all equal `value`. x and y: [batch, time,
 * ...features]; y is x, with 0 in steps of padding, and has a mask. What follows leaves those steps out, as
 * after an embedding with a `paddingIndex`.
 *
 * @example
 * const layers = [masking({ value: -1 }), dense(16, { activation: "relu" }), globalAveragePool1d()];
 *
 * @throws ValueError for a value that is no finite number, and unknown options. A model throws ShapeError for
 * inputs without features.
 */
export function masking(options: MaskingOptions = {}): Layer {
  checkOptions("masking", options, ["value", "name"]);
  return maskingFrom({ type: "masking", ...options });
}

/** The layer of a model file. @throws ValueError for options out of range */
export function maskingFrom(config: LayerConfig): Layer {
  const { value = 0 } = config;
  checkNumber("masking", "value", value, Number.NEGATIVE_INFINITY);
  checkLayerOptions(config);
  return new Masking(config, value);
}

class Masking extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly value: number,
  ) {
    super();
  }

  override isStepwise(): boolean {
    return true;
  }

  override build(scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    const { graph } = scope;
    if (x.shape.length < 2)
      throw new ShapeError(`masking expected [batch, time, ...features], got ${batchShape(x.shape)}`);
    scope.expect({ input: x.value, who: whoOf(this), padding: this.value });
    const mask = realSteps(graph, x.value, this.value);
    const y = this.value === 0 ? x.value : clearSteps(graph, x.value, mask);
    return x.to(y, { range: this.value === 0 ? x.range : undefined, mask });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Masking";
  }
}
