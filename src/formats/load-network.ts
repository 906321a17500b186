import type { Host } from "../core/host.js";
import { Network } from "../nn/network.js";
import { load, type ModelSource } from "./model-file.js";

/**
 * The model in a file that saveModel wrote, ready to predict. Its predictions have the bits of the saved one's.
 * @throws FormatError for what is no such file, with where and why; OutOfMemoryError, DisposedError
 */
export function loadModel(backend: Host, source: ModelSource | Promise<ModelSource>): Promise<Network> {
  return load((of, plan) => new Network(of, plan), backend, source);
}
