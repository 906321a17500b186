import { checkName, checkOptions, show } from "../core/check.js";
import { checkDescription, reading, within } from "../core/describe.js";
import { ValueError } from "../core/errors.js";
import { checkBackend } from "../core/host.js";
import { type ArchitectureV2, optionsOfVersion2, rowLayers } from "../files/architecture.js";
import type { Layer, LayerConfig } from "../layers/layer.js";
import { layerFunctions, type MakeLayerAt } from "../layers/layer-from.js";
import type { Tensor } from "../layers/tensor.js";
import type { Backend } from "../matrix/backend.js";
import { type SequentialOptions, type Structure, structureFrom } from "../network/structure.js";
import { type LoadModelOptions, ownLayers } from "./load-model.js";
import { Model } from "./model.js";
import type { ModelSpec } from "./model-spec.js";
import { Sequential } from "./sequential.js";

/** The options of `modelFrom`. */
export interface ModelFromOptions extends LoadModelOptions {
  /** Instead of the seed of the JSON. */
  seed?: number;
}

const WHO = "modelFrom";
const COMMON = ["version", "layers", "seed", "life", "labels", "metadata", "encoding"];
const OF_LISTS = ["inputShape", ...COMMON];
const OF_GRAPHS = ["inputs", "calls", "outputs", "inputList", "sequential", ...COMMON];

/**
 * The model that JSON describes, with fresh weights: a Sequential from `{ inputShape, layers }`, a Model from
 * a graph. A layer is `{ type, ...options }`: the name of its function, and the arguments and options of that
 * under their names. `architectureOf` gives such JSON; the architecture in a model file is such, too. A model
 * with an array of outputs has the type of `modelFrom<Tensor[]>(…)`.
 *
 * @example
 * const text = `{
 *   "inputShape": 4,
 *   "seed": 7,
 *   "layers": [{ "type": "dense", "units": 8, "activation": "relu" }, { "type": "dense", "units": 3 }]
 * }`;
 * const model = modelFrom(backend, JSON.parse(text));
 * const twin = modelFrom(backend, architectureOf(model));
 * console.log(model.parameterCount, (await twin.weightsDigest()) === (await model.weightsDigest())); // 67 true
 *
 * @throws ValueError, ShapeError for JSON that describes no model, such as an option that a layer does not
 * have, with its place: `layers[1].units`; OutOfMemoryError, DisposedError
 */
export function modelFrom<Outputs extends Tensor | readonly Tensor[] = Tensor>(
  backend: Backend,
  json: ModelSpec,
  options: ModelFromOptions = {},
): Model<Outputs> {
  checkOptions(WHO, options, ["seed", "layers"]);
  checkBackend(WHO, backend);
  const makers = makersWith(options);
  const make = (config: unknown, i: number): Layer => {
    const place = `${WHO}: layers[${i}]`;
    checkDescription(place, config);
    const { type } = config;
    checkName(within(place, "type"), "layer", type, makers);
    return makers[type](place, config as LayerConfig);
  };
  return reading(WHO, json, () => {
    const structure = structureOf(backend, checked(json), make, options.seed);
    return (
      structure.isSequential ? new Sequential(backend, structure) : new Model(backend, structure)
    ) as Model<Outputs>;
  });
}

/** The functions of the library and those of one's own, by the types of their layers. */
function makersWith(options: LoadModelOptions): Readonly<Record<string, MakeLayerAt>> {
  const own = Object.entries(ownLayers(options)).map(([type, make]): [string, MakeLayerAt] => [
    type,
    (place, config) => reading(place, config, () => make(config)),
  ]);
  return { ...layerFunctions(), ...Object.fromEntries(own) };
}

type Checked = Readonly<Record<string, unknown>> & ModelOptionsOf;
type ModelOptionsOf = Pick<SequentialOptions, "seed" | "labels" | "metadata" | "encoding">;

/** @throws ValueError for unknown keys, and layers and a version that are none */
function checked(json: unknown): Checked {
  checkDescription(WHO, json);
  const isGraph = Object.hasOwn(json, "inputs");
  checkOptions(WHO, json, isGraph ? OF_GRAPHS : OF_LISTS);
  const { layers, version } = json;
  const own = isGraph ? 2 : 1;
  if (!Array.isArray(layers))
    throw new ValueError(`JSON expected layers to be an array, got ${show(layers)}`);
  if (version !== undefined && version !== own)
    throw new ValueError(`JSON expected version to be ${own} or none, got ${show(version)}`);
  return json as Checked;
}

function structureOf(
  backend: Backend,
  json: Checked,
  make: (config: unknown, i: number) => Layer,
  ownSeed: number | undefined,
): Structure {
  const { version, labels, metadata, encoding, seed } = json;
  const common = { labels, metadata, encoding, seed: ownSeed ?? seed };
  const layers = json.layers as readonly unknown[];
  const options =
    "inputs" in json
      ? optionsOfVersion2(json as unknown as ArchitectureV2, make, (call, apply) =>
          reading(`${WHO}: calls[${call}]`, undefined, apply),
        )
      : { inputShape: json.inputShape as number, layers: layers.map(make) };
  let at = -1;
  try {
    return structureFrom(backend, { ...options, ...common }, (layer, shape) => {
      at++;
      if (layer.config.returnState)
        throw new ValueError(`${layer.config.type} expected no returnState in a list of layers`);
      return version === 1 ? rowLayers(layer, shape) : [layer];
    });
  } catch (error) {
    const isOfModel = at < 0 || (error as Error).message.startsWith("network");
    return reading(isOfModel ? WHO : `${WHO}: layers[${at}]`, isOfModel ? json : layers[at], () => {
      throw error;
    });
  }
}
