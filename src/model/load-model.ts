import { checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { type Loader, load, type ModelSource } from "../files/model-file.js";
import { layersByType, type MakeLayer } from "../layers/by-type.js";
import type { Layer } from "../layers/layer.js";
import type { Tensor } from "../layers/tensor.js";
import type { Backend } from "../matrix/backend.js";
import { Model } from "./model.js";
import { Sequential } from "./sequential.js";

/** The options of `loadModel` and `restoreCheckpoint`. */
export interface LoadModelOptions {
  /**
   * How to create layers of your own, by their type: `{ own: (options: OwnOptions) => new Own(options) }`.
   * Each function gets the layer's `options`.
   */
  layers?: Readonly<Record<string, (options: never) => Layer>>;
}

/**
 * The model in a file that saveModel wrote, ready to predict and to train further. Its predictions have the
 * bits of the saved model's. A model that was made as a list of layers is a Sequential. A model with an array
 * of outputs gives an array: `loadModel<Tensor[]>(…)` has its type.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 3, layers: [dense(2)] });
 * const copy = await loadModel(backend, saveModel(model)); // or fetch("model.safetensors")
 * console.log(copy instanceof Sequential, copy.parameterCount); // true 8
 *
 * @throws FormatError if the file is not a lanewise model, with where and why, or has a layer of a type that
 * neither lanewise nor `layers` knows; OutOfMemoryError, DisposedError, ValueError for an unknown option
 */
export async function loadModel<Outputs extends Tensor | readonly Tensor[] = Tensor>(
  backend: Backend,
  source: ModelSource | Promise<ModelSource>,
  options: LoadModelOptions = {},
): Promise<Model<Outputs>> {
  return load(loaderWith<Outputs>("loadModel", options), backend, source);
}

/**
 * @internal With the layers of the library and those of one's own. @throws ValueError for an unknown option
 */
export function loaderWith<Outputs extends Tensor | readonly Tensor[] = Tensor>(
  who: string,
  options: LoadModelOptions,
): Loader<Backend, Model<Outputs>> {
  checkOptions(who, options, ["layers"]);
  return {
    layers: { ...layersByType(), ...ownLayers(options) },
    make(backend, structure, life) {
      const model = (
        structure.isSequential ? new Sequential(backend, structure) : new Model(backend, structure)
      ) as Model<Outputs>;
      if (life) model.life = life;
      return model;
    },
  };
}

/** @internal How layers of one's own are made, by their types. */
export const ownLayers = ({ layers = {} }: LoadModelOptions): Readonly<Record<string, MakeLayer>> =>
  Object.fromEntries(
    Object.entries(layers).map(([type, make]) => [type, (config) => checkLayer(type, make(config as never))]),
  );

function checkLayer(type: string, layer: Layer): Layer {
  if (typeof layer?.build !== "function")
    throw new ValueError(`layers: ${type} expected to make a layer, got ${show(layer)}`);
  return layer;
}
