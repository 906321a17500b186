import type { Host } from "../core/host.js";
import { ActivationLayer, activationFrom } from "../nn/layers/activation-layer.js";
import { Dense, denseFrom } from "../nn/layers/dense-layer.js";
import type { Layer, LayerConfig, LayerSpec } from "../nn/layers/layer.js";
import { Prelu, preluFrom } from "../nn/layers/prelu-layer.js";
import { Scaling, scalingFrom } from "../nn/layers/scaling-layer.js";
import { Network } from "../nn/network.js";
import { type LayerMakers, load, type ModelSource } from "./model-file.js";

/** What changes its input in training alone is here a layer that does nothing. */
const identity = (config: LayerConfig): LayerSpec<Layer> =>
  makers.activation({ ...config, activation: "linear" });

const makers: LayerMakers<Layer> = {
  dropout: identity,
  gaussianNoise: identity,
  dense: (config) => denseFrom(config, (...made) => new Dense(...made)),
  activation: (config) => activationFrom(config, (...made) => new ActivationLayer(...made)),
  prelu: (config) => preluFrom(config, (...made) => new Prelu(...made)),
  scaling: (config) => scalingFrom(config, (...made) => new Scaling(...made)),
};

/**
 * The model in a file that saveModel wrote, ready to predict. Its predictions have the bits of the saved
 * one's.
 * @throws FormatError for what is no such file, with where and why; OutOfMemoryError, DisposedError
 */
export function loadModel(backend: Host, source: ModelSource | Promise<ModelSource>): Promise<Network> {
  return load(makers, (of, plan) => new Network(of, plan), backend, source);
}
