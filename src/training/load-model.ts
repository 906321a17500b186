import type { Backend } from "../core/backend.js";
import { checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { type LayerMakers, load, type ModelSource } from "../formats/model-file.js";
import { trainableActivationFrom } from "../nn/layers/activation.js";
import { trainableDenseFrom } from "../nn/layers/dense.js";
import type { LayerConfig, LayerSpec, TrainableLayer } from "../nn/layers/layer.js";
import { trainablePreluFrom } from "../nn/layers/prelu.js";
import { dropoutFrom, gaussianNoiseFrom } from "../nn/layers/random-layer.js";
import { trainableScalingFrom } from "../nn/layers/scaling.js";
import type { Plan } from "../nn/plan.js";
import { Sequential } from "./sequential.js";

const makers: LayerMakers<TrainableLayer> = {
  dense: (config) => trainableDenseFrom(config),
  activation: (config) => trainableActivationFrom(config),
  prelu: (config) => trainablePreluFrom(config),
  dropout: dropoutFrom,
  gaussianNoise: gaussianNoiseFrom,
  scaling: (config) => trainableScalingFrom(config),
};

/** A Sequential of a plan. */
export const makeSequential = (
  backend: Backend,
  { specs, inputShape, seed, labels, metadata, life }: Plan,
): Sequential => {
  const model = new Sequential(backend, { inputShape, layers: specs, seed, labels, metadata });
  if (life) model.life = life;
  return model;
};

export interface LoadModelOptions {
  /**
   * How layers of your own are made again, by their type: `{ own: (options: OwnOptions) => new Own(options)
   * }`. Each gets what its `options` were.
   */
  layers?: Readonly<Record<string, (options: never) => LayerSpec>>;
}

/**
 * The model in a file that saveModel wrote, ready to predict and to go on training. Its predictions have the
 * bits of the saved one's.
 * @throws FormatError for what is no such file, with where and why, as a layer of a type that neither
 * lanewise nor `layers` has; OutOfMemoryError, DisposedError, ValueError for an unknown option
 */
export async function loadModel(
  backend: Backend,
  source: ModelSource | Promise<ModelSource>,
  options: LoadModelOptions = {},
): Promise<Sequential> {
  return load(makersWith("loadModel", options), makeSequential, backend, source);
}

/** The layers of the library and those of one's own. @throws ValueError for an unknown option */
export function makersWith(who: string, options: LoadModelOptions): LayerMakers<TrainableLayer> {
  checkOptions(who, options, ["layers"]);
  const own = Object.entries(options.layers ?? {}).map(
    ([type, make]) => [type, (config: LayerConfig) => checkSpec(type, make(config as never))] as const,
  );
  return { ...makers, ...Object.fromEntries(own) };
}

function checkSpec(type: string, spec: LayerSpec): LayerSpec {
  if (typeof spec?.build !== "function")
    throw new ValueError(`layers: ${type} expected to make a layer, got ${show(spec)}`);
  return spec;
}
