import { input, Layer, Model } from "../../src/index.js";
import type { LayerConfig } from "../../src/layers/layer.js";
import type { Scope, TracedTensor } from "../../src/layers/scope.js";

/** x with its second input as the mask of its time steps: `apply([x, mask])`. */
export class Masked extends Layer {
  override readonly config: LayerConfig = { type: "masked" };

  override get arity(): readonly [least: number, most: number] {
    return [2, 2];
  }

  override build(_scope: Scope, [x, mask]: readonly TracedTensor[]): TracedTensor {
    return x.to(x.value, { mask: mask.value });
  }
}

/** A model of one layer and, if `masks` says so, of a mask after each input. */
export function modelOf(
  backend: ConstructorParameters<typeof Model>[0],
  layer: Layer,
  shapes: readonly (readonly number[])[],
  masks: readonly boolean[] = [],
): Model {
  const inputs = shapes.map((shape) => input(shape));
  const given = shapes.map((shape, i) => (masks[i] ? input(shape[0]) : undefined));
  const tensors = inputs.map((x, i) => {
    const mask = given[i];
    return mask ? new Masked().apply([x, mask]) : x;
  });
  return new Model(backend, {
    inputs: [...inputs, ...given.filter((mask) => mask !== undefined)],
    outputs: layer.apply(tensors),
    seed: 7,
  });
}
