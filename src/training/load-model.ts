import type { Backend } from "../core/backend.js";
import { type LayerMakers, load, type ModelSource } from "../formats/model-file.js";
import { trainableActivationFrom } from "../nn/layers/activation.js";
import { trainableDenseFrom } from "../nn/layers/dense.js";
import type { TrainableLayer } from "../nn/layers/layer.js";
import { dropoutFrom, gaussianNoiseFrom } from "../nn/layers/random-layer.js";
import { trainableScalingFrom } from "../nn/layers/scaling.js";
import type { Plan } from "../nn/plan.js";
import { Sequential } from "./sequential.js";

export const makers: LayerMakers<TrainableLayer> = {
  dense: (config) => trainableDenseFrom(config),
  activation: (config) => trainableActivationFrom(config),
  dropout: dropoutFrom,
  gaussianNoise: gaussianNoiseFrom,
  scaling: (config) => trainableScalingFrom(config),
};

/** A Sequential of a plan. */
export const makeSequential = (backend: Backend, { specs, inputShape, seed, labels, metadata }: Plan): Sequential =>
  new Sequential(backend, { inputShape, layers: specs, seed, labels, metadata });

/**
 * The model in a file that saveModel wrote, ready to predict and to go on training. Its predictions have the bits of the saved one's.
 * @throws FormatError for what is no such file, with where and why; OutOfMemoryError, DisposedError
 */
export function loadModel(backend: Backend, source: ModelSource | Promise<ModelSource>): Promise<Sequential> {
  return load(makers, makeSequential, backend, source);
}
