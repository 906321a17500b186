import type { Host } from "../core/host.js";
import { layersByType } from "../layers/by-type.js";
import type { Tensor } from "../layers/tensor.js";
import { Network } from "../network/network.js";
import { type Loader, load, type ModelSource } from "./model-file.js";

/**
 * The model in a file that saveModel wrote, ready to predict. Its predictions have the bits of the saved
 * model's. A model with an array of outputs gives an array: `loadModel<Tensor[]>(…)` has its type.
 *
 * @example
 * import { createBackend as createTrainer, dense, saveModel, Sequential } from "lanewise";
 *
 * const trained = new Sequential(await createTrainer(), { inputShape: 2, layers: [dense(1)] });
 * await writeFile("model.safetensors", saveModel(trained));
 *
 * const model = await loadModel(backend, readFile("model.safetensors"));
 * console.log(model.predict([[1, 2], [3, 4]]).length); // 2
 *
 * @throws FormatError if the file is not a lanewise model, with where and why; OutOfMemoryError,
 * DisposedError
 */
export function loadModel<Outputs extends Tensor | readonly Tensor[] = Tensor>(
  backend: Host,
  source: ModelSource | Promise<ModelSource>,
): Promise<Network<Outputs>> {
  const make: Loader<Host, Network<Outputs>>["make"] = (of, structure, _life, traced) =>
    new Network<Outputs>(of, structure, traced);
  return load({ layers: layersByType(), make }, backend, source);
}
