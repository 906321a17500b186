import type { Backend } from "../core/backend.js";
import { load, type ModelSource } from "../formats/model-file.js";
import { Sequential } from "./sequential.js";

/**
 * The model in a file that saveModel wrote, ready to predict and to go on training. Its predictions have the bits of the saved one's.
 * @throws FormatError for what is no such file, with where and why; OutOfMemoryError, DisposedError
 */
export function loadModel(backend: Backend, source: ModelSource | Promise<ModelSource>): Promise<Sequential> {
  return load(
    (of, { specs, inputShape, seed, labels, metadata }) => new Sequential(of, { inputShape, layers: specs, seed, labels, metadata }),
    backend,
    source,
  );
}
