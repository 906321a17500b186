import { type Backend, input, type Model, ShapeError, type Tensor, ValueError } from "../../index.js";
import { type JsonFile, Place } from "../foreign-json.js";
import { modelOf, type Words } from "../model-of.js";
import { type Call, graphOf, isModel, keyOf, type Source } from "./graph.js";
import { layers } from "./layers/layers.js";
import { type Progress, Reading } from "./reading.js";
import { shardPaths, type TfjsShards, TfjsWeights } from "./weights.js";

/** The deepest nesting of models that is read. */
const DEEPEST = 16;
/** More calls of layers than any model has. */
const MOST_CALLS = 65_536;

/**
 * The paths of the files of weights that a model.json names, in order.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 4, layers: [dense(2)] });
 * const files = exportTfjs(model);
 * console.log(tfjsShards(files["model.json"])); // [ 'weights.bin' ]
 *
 * @throws FormatError
 */
export function tfjsShards(modelJson: JsonFile): string[] {
  return shardPaths(fileOf(modelJson).at("weightsManifest"));
}

/** The whole of a model.json. @throws FormatError */
const fileOf = (modelJson: JsonFile): Place =>
  Place.of(modelJson, "model.json", "tfjs", "a model.json of TensorFlow.js");

/**
 * A Keras model in the format of TensorFlow.js (model.json with its shards), ready to predict and to go on
 * training: a Sequential if its layers follow one another, else a Model. It reads Sequential and functional
 * models of Keras 2, Keras 3 and TensorFlow.js, with several inputs and outputs, shared layers, and models
 * within models. Layers that have the channels first get a `permute` before and behind them; images are
 * channels last. site/reference/file-formats.md lists the layers and what each becomes.
 *
 * Initializers, regularizers and constraints stay behind. hard_sigmoid has the slope 1/6 in files of Keras 3
 * and later, by their keras_version or generatedBy, and 0.2 in all others. The model.json may be an object,
 * its text or the bytes of that.
 *
 * @example
 * const original = new Sequential(backend, { inputShape: 4, layers: [dense(2)] });
 * const files = exportTfjs(original);
 * const model = importTfjs(backend, files["model.json"], { "weights.bin": files["weights.bin"] });
 * console.log(model.outputShape); // [ 2 ]
 *
 * @throws FormatError for anything else, with where and why, for a layer that lanewise does not have, and for
 * weights that do not fit; OutOfMemoryError, DisposedError
 */
export function importTfjs(backend: Backend, modelJson: JsonFile, shards: TfjsShards): Model {
  const file = fileOf(modelJson);
  const weights = new TfjsWeights(file.at("weightsManifest"), shards);
  const topology = file.at("modelTopology");
  const root = topology.at("model_config").empty ? topology : topology.at("model_config");
  const version = versionOf(file, topology);
  const walk = new Walk({
    weights,
    made: [],
    learned: new Map(),
    states: new Map(),
    turned: new Map(),
    hardSigmoid: hardSigmoidSlope(version),
    fromTfjs: /tfjs|tensorflow\.js/i.test(version),
  });
  const outputs = walk.model(root, undefined);
  weights.finish();
  try {
    const read = { inputs: walk.inputs, outputs, made: walk.progress.made };
    return modelOf(backend, read, wordsAt(file.at("userDefinedMetadata")));
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError)
      throw root.at("config").error(cause.message);
    throw cause;
  }
}

/** The way through a model, from its inputs on, and through the models within it. */
class Walk {
  /** The inputs of the whole model. */
  readonly inputs: Tensor[] = [];
  private calls = 0;

  constructor(readonly progress: Progress) {}

  /** The outputs of a model on these inputs, or on its own. @throws FormatError */
  model(place: Place, given: readonly Tensor[] | undefined, depth = 0): Tensor[] {
    const type = place.at("class_name");
    if (!isModel(type.value)) throw type.wrong('"Sequential" or "Functional"');
    if (depth > DEEPEST) throw place.error(`expected models within each other at most ${DEEPEST} deep`);
    return type.value === "Sequential"
      ? this.sequential(place.at("config"), given, depth)
      : this.functional(place.at("config"), given, depth);
  }

  private sequential(config: Place, given: readonly Tensor[] | undefined, depth: number): Tensor[] {
    // Early versions had the list of a Sequential alone.
    const places = Array.isArray(config.value) ? config.list() : config.at("layers").list();
    if (places.length === 0) throw config.wrong("layers");
    let tensors = given ?? [this.input(places[0], config)];
    for (const place of places)
      if (place.at("class_name").value !== "InputLayer") tensors = this.call(place, tensors, depth, {});
    return [...tensors];
  }

  private functional(config: Place, given: readonly Tensor[] | undefined, depth: number): Tensor[] {
    const { inputs, calls, outputs } = graphOf(config);
    if (given && given.length !== inputs.length)
      throw config
        .at("input_layers")
        .error(`expected ${given.length} inputs, as the model is called with, got ${inputs.length}`);
    const made = new Map<string, readonly Tensor[]>();
    const places = new Map(calls.map((call) => [call.name, call.layer]));
    for (const [i, port] of inputs.entries()) {
      const place = places.get(port.layer);
      if (place?.at("class_name").value !== "InputLayer")
        throw config
          .at("input_layers")
          .error(`expected InputLayers, got ${JSON.stringify(port.layer.slice(0, 60))}`);
      made.set(keyOf(port), [
        given?.[i] ?? this.input(place, config, inputs.length > 1 ? port.layer : undefined),
      ]);
    }
    const heads = new Set(depth === 0 && outputs.length > 1 ? outputs.map(({ layer }) => layer) : []);
    for (const call of calls) {
      const key = keyOf({ ...call, layer: call.name });
      if (made.has(key)) continue;
      const taken = call.sources.map((source) => tensorOf(made, source, call));
      const named = heads.has(call.name) ? { name: call.name } : {};
      made.set(key, this.call(call.layer, taken, depth, named, call.keywords));
    }
    return outputs.map((source) => tensorOf(made, source, { layer: config.at("output_layers") }));
  }

  /** The outputs of a layer, or of a model within the model. */
  private call(
    place: Place,
    taken: readonly Tensor[],
    depth: number,
    named: { name?: string },
    keywords?: Place,
  ): Tensor[] {
    this.calls++;
    if (this.calls > MOST_CALLS) throw place.error(`expected at most ${MOST_CALLS} calls of layers`);
    if (isModel(place.at("class_name").value)) return this.model(place, taken, depth + 1);
    const reading = new Reading(this.progress, place, taken, named, undefined, keywords);
    const output = reading.read(layers);
    return [output, ...reading.more];
  }

  /**
   * An input of the whole model. Its shape is in the first layer, in which Keras 2 calls it batch_input_shape
   * and Keras 3 batch_shape, or in the model.
   */
  private input(first: Place, model: Place, name?: string): Tensor {
    const own = first.at("config").either("batch_input_shape", "batch_shape");
    const shape = own.empty && !Array.isArray(model.value) ? model.at("build_input_shape") : own;
    if (isModel(first.at("class_name").value) && shape.empty) return this.input(...firstOf(first), name);
    if (shape.empty) throw first.error("expected batch_input_shape or batch_shape, got neither");
    const sizes = shape.list().slice(1);
    if (sizes.length === 0) throw shape.wrong("a batch and at least one size");
    const open = sizes.find((size) => size.empty);
    if (open)
      throw open.error(
        "expected a whole number, got an open size: give the model an input of fixed sizes, as Input(shape=(224, 224, 3)) does",
      );
    const counts = sizes.map((size) => size.count(1));
    if (!Number.isSafeInteger(counts.reduce((size, length) => size * length, 1)))
      throw shape.wrong("sizes that can be counted");
    const tensor = input(counts, name === undefined ? {} : { name });
    this.inputs.push(tensor);
    return tensor;
  }
}

/** The first layer of a model, and its configuration. */
function firstOf(model: Place): [first: Place, config: Place] {
  const config = model.at("config");
  const [first] = Array.isArray(config.value) ? config.list() : config.at("layers").list();
  if (!first) throw config.wrong("layers");
  return [first, config];
}

/** The tensor of a source. @throws FormatError for one that its layer does not give */
function tensorOf(
  made: ReadonlyMap<string, readonly Tensor[]>,
  source: Source,
  { layer }: Pick<Call, "layer">,
): Tensor {
  const tensors = made.get(keyOf(source)) ?? [];
  if (source.tensor < tensors.length) return tensors[source.tensor];
  throw layer.error(
    `takes output ${source.tensor} of ${JSON.stringify(source.layer.slice(0, 60))}, which has ${tensors.length}`,
  );
}

/** What the file says of the program that wrote it: "3.4.1" or "keras v3.4.1", "tfjs-layers 4.22.0". */
function versionOf(file: Place, topology: Place): string {
  const version = topology.at("keras_version").empty ? file.at("generatedBy") : topology.at("keras_version");
  return typeof version.value === "string" ? version.value : "";
}

/** Keras 3 has clip(x / 6 + 1/2, 0, 1), and Keras 2 and TensorFlow.js have clip(x / 5 + 1/2, 0, 1). */
function hardSigmoidSlope(version: string): number {
  const [, major] = /^(?:keras v)?(\d+)\./.exec(version) ?? [];
  return Number(major ?? 0) >= 3 ? 1 / 6 : 0.2;
}

/** The labels and metadata that exportTfjs wrote. Other programs may use this place differently. */
function wordsAt({ value }: Place): Words {
  const { labels, metadata, encoding } = (value ?? {}) as Record<string, unknown>;
  const entries =
    metadata !== null && typeof metadata === "object"
      ? Object.entries(metadata).filter(([, text]) => typeof text === "string")
      : [];
  return { labels, encoding, metadata: Object.fromEntries(entries) };
}
