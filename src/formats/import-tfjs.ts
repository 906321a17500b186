import {
  type ActivationName,
  type ActivationOptions,
  activation,
  type Backend,
  dense,
  dropout,
  gaussianNoise,
  type LayerSpec,
  prelu,
  Sequential,
  ShapeError,
  scaling,
  ValueError,
} from "../index.js";
import { type JsonFile, Place } from "./foreign-json.js";
import { shardPaths, type TfjsShards, TfjsWeights } from "./tfjs-weights.js";

/** An activation, with its parameter where that is not the default. */
interface Found {
  readonly name: ActivationName;
  readonly options?: ActivationOptions;
}

/** What Keras 2, Keras 3 and TensorFlow.js call the activations. */
const activations: Readonly<Record<string, Found>> = {
  linear: { name: "linear" },
  relu: { name: "relu" },
  relu6: { name: "relu6" },
  // Of Keras 3's function; the default of the layer is 0.3.
  leaky_relu: { name: "leakyRelu", options: { slope: 0.2 } },
  elu: { name: "elu" },
  selu: { name: "selu" },
  gelu: { name: "gelu" },
  gelu_new: { name: "geluTanh" },
  swish: { name: "silu" },
  silu: { name: "silu" },
  sigmoid: { name: "sigmoid" },
  tanh: { name: "tanh" },
  softplus: { name: "softplus" },
  softsign: { name: "softsign" },
  mish: { name: "mish" },
  exponential: { name: "exp" },
  hard_swish: { name: "hardSwish" },
  hard_silu: { name: "hardSwish" },
  hard_sigmoid: { name: "hardSigmoid" },
  hardSigmoid: { name: "hardSigmoid" },
  softmax: { name: "softmax" },
  log_softmax: { name: "logSoftmax" },
  logSoftmax: { name: "logSoftmax" },
};

/** Layers that are an activation, which may also stand as the activation of another layer. */
const activationLayers: Readonly<Record<string, (config: Place) => Found>> = {
  ReLU: (config) => {
    expectZero(config.at("negative_slope"));
    expectZero(config.at("threshold"));
    const most = config.at("max_value");
    if (most.empty) return { name: "relu" };
    if (most.number() === 6) return { name: "relu6" };
    throw most.error(`expected none, or 6 as relu6 has it, got ${most.number()}`);
  },
  LeakyReLU: (config) => ({
    name: "leakyRelu",
    options: { slope: config.either("alpha", "negative_slope").number(0.3) },
  }),
  ELU: (config) => ({ name: "elu", options: { alpha: config.at("alpha").number(1) } }),
};

const rowwise: readonly ActivationName[] = ["softmax", "logSoftmax"];

/** Keras's own, which keeps a deviation from being 0. */
const NORMALIZATION_EPSILON = 1e-7;

/** What a layer becomes. */
interface Made {
  readonly layers?: readonly LayerSpec[];
  /** The values of its parameters, in order; undefined where the weights have none of the right shape. */
  readonly values?: readonly (Float32Array | undefined)[];
  /** That of its output. */
  readonly shape: readonly number[];
}

/** A layer as it is read. */
interface Reading {
  readonly name: string;
  readonly config: Place;
  /** That of its input. */
  readonly shape: readonly number[];
  readonly weights: TfjsWeights;
  /** The slope of hard_sigmoid in the file's version of Keras. */
  readonly hardSigmoid: number;
}

/** What each layer of Keras becomes. */
const layers: Readonly<Record<string, (reading: Reading) => Made>> = {
  InputLayer: ({ shape }) => ({ shape }),
  Flatten: ({ shape }) => ({ shape: [sizeOf(shape)] }),
  Dense: (reading) => {
    const { name, config, weights } = reading;
    const inputs = rowOf(reading);
    const units = config.at("units").count(1);
    const useBias = config.at("use_bias").flag(true);
    const kernel = weights.take(name, "kernel", [inputs, units]);
    const values = useBias ? [kernel, weights.take(name, "bias", [units])] : [kernel];
    const { name: activationName, options } = activationAt({ ...reading, shape: [units] });
    const layers = options
      ? [dense(units, { useBias }), activation(activationName, options)]
      : [dense(units, { activation: activationName, useBias })];
    return { layers, values, shape: [units] };
  },
  Activation: (reading) => {
    const { name, options } = activationAt(reading);
    return { layers: [activation(name, options)], shape: reading.shape };
  },
  ...Object.fromEntries(
    Object.entries(activationLayers).map(([type, read]) => [
      type,
      ({ config, shape }: Reading) => {
        const { name, options } = read(config);
        return { layers: [activation(name, options)], shape };
      },
    ]),
  ),
  PReLU: ({ name, config, shape, weights }) => {
    const axes = config.either("shared_axes", "sharedAxes");
    const sharedAxes = axes.empty ? [] : listOf(axes).map((axis) => axis.count(1));
    const alpha = shape.map((size, i) => (sharedAxes.includes(i + 1) ? 1 : size));
    // After Flatten the sample has one axis here, and in lanewise those that it had before.
    const all = shape.every((_, i) => sharedAxes.includes(i + 1));
    const layer = prelu(all ? { sharedAxes: "all" } : sharedAxes.length > 0 ? { sharedAxes } : {});
    return { layers: [layer], values: [weights.take(name, "alpha", alpha)], shape };
  },
  Softmax: (reading) => {
    rowOf(reading);
    expectLastAxis(reading.config.at("axis"));
    return { layers: [activation("softmax")], shape: reading.shape };
  },
  Dropout: ({ config, shape }) => ({ layers: [dropout(config.at("rate").number())], shape }),
  GaussianNoise: ({ config, shape }) => {
    const deviation = config.at("stddev").number();
    return { layers: deviation === 0 ? [] : [gaussianNoise(deviation)], shape };
  },
  Normalization: (reading) => {
    const { name, config, weights, shape } = reading;
    const inputs = rowOf(reading);
    const given = (what: string) =>
      config.at(what).empty ? weights.take(name, what, [inputs]) : numbersAt(config.at(what), inputs);
    if (!config.at("axis").empty) expectLastAxis(config.at("axis"));
    const [mean, variance] = [given("mean"), given("variance")];
    weights.drop(name, "count");
    if (!mean || !variance) return { shape };
    return {
      layers: [
        scaling({
          mean,
          deviation: Array.from(variance, (value) => Math.max(Math.sqrt(value), NORMALIZATION_EPSILON)),
        }),
      ],
      shape,
    };
  },
  BatchNormalization: (reading) => {
    const { name, config, weights, shape } = reading;
    const inputs = rowOf(reading);
    if (!config.at("axis").empty) expectLastAxis(config.at("axis"));
    const epsilon = config.at("epsilon").number(0.001);
    const take = (tensor: string) => weights.take(name, tensor, [inputs]);
    const gamma = config.at("scale").flag(true) ? take("gamma") : constantFor(reading, 1);
    const beta = config.at("center").flag(true) ? take("beta") : constantFor(reading, 0);
    const [mean, variance] = [take("moving_mean"), take("moving_variance")];
    if (!gamma || !beta || !mean || !variance) return { shape };
    // gamma (x - mean) / root + beta = (x - (mean - beta deviation)) / deviation, where deviation = root /
    // gamma.
    const deviation = Array.from(variance, (value, i) => Math.sqrt(value + epsilon) / gamma[i]);
    return {
      layers: [scaling({ mean: mean.map((value, i) => value - beta[i] * deviation[i]), deviation })],
      shape,
    };
  },
  Rescaling: (reading) => {
    const { config, shape } = reading;
    const scale = config.at("scale").number();
    const offset = config.at("offset").number(0);
    const mean = constantFor(reading, -offset / scale);
    return { layers: [scaling({ mean, deviation: constantFor(reading, 1 / scale) })], shape };
  },
};

/** The paths of the files of weights that a model.json names, in order. @throws FormatError */
export function tfjsShards(modelJson: JsonFile): string[] {
  return shardPaths(fileOf(modelJson).at("weightsManifest"));
}

/** The whole of a model.json. @throws FormatError */
const fileOf = (modelJson: JsonFile): Place =>
  Place.of(modelJson, "model.json", "tfjs", "a model.json of TensorFlow.js");

/**
 * A Keras Sequential in the format of TensorFlow.js (model.json with its shards), ready to predict and to go
 * on training. Dense, Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax, Dropout, GaussianNoise, Flatten and
 * InputLayer become what they are; Normalization, Rescaling and BatchNormalization become scaling, which
 * training leaves as it is. Initializers, regularizers and constraints stay behind. hard_sigmoid has the slope
 * 1/6 in files of Keras 3 and later, by their keras_version or generatedBy, and 0.2 in all others.
 * @throws FormatError for anything else, with where and why, and for weights that do not fit;
 * OutOfMemoryError, DisposedError
 */
export function importTfjs(backend: Backend, modelJson: JsonFile, shards: TfjsShards): Sequential {
  const file = fileOf(modelJson);
  const weights = new TfjsWeights(file.at("weightsManifest"), shards);
  const topology = file.at("modelTopology");
  const root = topology.at("model_config").empty ? topology : topology.at("model_config");
  if (root.at("class_name").value !== "Sequential") throw root.at("class_name").wrong('"Sequential"');
  // Early versions had the list alone.
  const config = root.at("config");
  const places = Array.isArray(config.value) ? config.list() : config.at("layers").list();
  if (places.length === 0) throw config.wrong("layers");
  const inputShape = inputShapeOf(places[0], config);
  const hardSigmoid = hardSigmoidSlope(file, topology);
  const specs: LayerSpec[] = [];
  const values: (Float32Array | undefined)[] = [];
  let shape: readonly number[] = inputShape;
  for (const place of places) {
    const made = madeFrom(place, shape, weights, hardSigmoid);
    specs.push(...(made.layers ?? []));
    values.push(...(made.values ?? []));
    shape = made.shape;
  }
  weights.finish();
  const told = file.at("userDefinedMetadata");
  const model = guarded(
    config,
    () => new Sequential(backend, { inputShape, layers: specs, ...wordsFrom(told, sizeOf(shape)) }),
  );
  for (const [i, { value }] of model.parameters.entries()) value.set(values[i] ?? []);
  return model;
}

function madeFrom(place: Place, shape: readonly number[], weights: TfjsWeights, hardSigmoid: number): Made {
  const type = place.at("class_name");
  const make = Object.hasOwn(layers, type.text()) ? layers[type.text()] : undefined;
  if (!make) throw type.wrong(`a layer that lanewise has (${Object.keys(layers).join(", ")})`);
  const config = place.at("config");
  return guarded(place, () => make({ name: config.at("name").text(), config, shape, weights, hardSigmoid }));
}

/** What the library itself refuses is wrong in the file. */
function guarded<T>(place: Place, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError) throw place.error(cause.message);
    throw cause;
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * The shape of a sample: in the first layer, in which Keras 2 calls it batch_input_shape and Keras 3
 * batch_shape, or in the model.
 */
function inputShapeOf(first: Place, model: Place): number[] {
  const own = first.at("config").either("batch_input_shape", "batch_shape");
  const shape = own.empty && !Array.isArray(model.value) ? model.at("build_input_shape") : own;
  if (shape.empty) throw first.error("expected batch_input_shape or batch_shape, got neither");
  const sizes = shape.list().slice(1);
  if (sizes.length === 0) throw shape.wrong("a batch and at least one size");
  const counts = sizes.map((size) => size.count(1));
  if (!Number.isSafeInteger(sizeOf(counts))) throw shape.wrong("sizes that can be counted");
  return counts;
}

/**
 * The size of a layer's input, which Keras takes along its last axis: more than one would be another layer.
 */
function rowOf({ config, shape }: Reading): number {
  if (shape.length === 1) return shape[0];
  throw config.error(`expected an input of one dimension, such as Flatten gives, got [${shape.join(", ")}]`);
}

/** A list, or the one that stands for a list of it. */
const listOf = (place: Place): Place[] => (Array.isArray(place.value) ? place.list() : [place]);

function expectLastAxis(axis: Place): void {
  const [only, more] = listOf(axis);
  if (!only || more || (!only.empty && only.value !== -1 && only.value !== 1))
    throw axis.wrong("the last axis");
}

/** A number of an activation that lanewise has not. */
function expectZero(place: Place): void {
  if (place.number(0) !== 0) throw place.error(`expected 0, which lanewise has, got ${place.number()}`);
}

/**
 * Keras 3 has clip(x / 6 + 1/2, 0, 1) for hard_sigmoid, and Keras 2 and TensorFlow.js have clip(x / 5 + 1/2, 0,
 * 1). Converters write "3.4.1" as keras_version or "keras v3.4.1" as generatedBy, TensorFlow.js "tfjs-layers
 * 4.22.0".
 */
function hardSigmoidSlope(file: Place, topology: Place): number {
  const version = topology.at("keras_version").empty ? file.at("generatedBy") : topology.at("keras_version");
  const [, major] = /^(?:keras v)?(\d+)\./.exec(String(version.value)) ?? [];
  return Number(major ?? 0) >= 3 ? 1 / 6 : 0.2;
}

/** As many numbers as there are inputs; a number alone stands for all. */
function numbersAt(place: Place, inputs: number): number[] {
  const numbers = place.numbers();
  if (numbers.length !== inputs) throw place.wrong(`${inputs} numbers`);
  return numbers;
}

/**
 * The same number for each input, where the file has as many weights at all: a size alone is quickly written.
 */
function constantFor({ config, shape, weights }: Reading, value: number): Float32Array {
  const size = sizeOf(shape);
  if (size > weights.length)
    throw config.error(`expected weights for each of ${size} inputs, got ${weights.length} bytes`);
  return new Float32Array(size).fill(value);
}

/** An activation by its name: a string, or an object that Keras made of a function, a class or a layer. */
function activationAt({ config, shape, hardSigmoid }: Reading): Found {
  const place = config.at("activation");
  if (place.empty) return { name: "linear" };
  const kind = typeof place.value === "string" ? place : place.at("class_name");
  const name = kind.value === "function" ? place.at("config") : kind;
  if (kind !== place && Object.hasOwn(activationLayers, name.text()))
    return activationLayers[name.text()](place.at("config"));
  if (!Object.hasOwn(activations, name.text()))
    throw name.wrong(`an activation that lanewise has (${Object.keys(activations).join(", ")})`);
  const found = activations[name.text()];
  if (rowwise.includes(found.name) && shape.length > 1)
    throw place.error(`expected an input of one dimension for ${found.name}, got [${shape.join(", ")}]`);
  // The default of lanewise is that of Keras 3.
  return found.name === "hardSigmoid" && hardSigmoid === 0.2 ? { ...found, options: { slope: 0.2 } } : found;
}

/** Labels and words that exportTfjs left; what others tell there is theirs. */
function wordsFrom(told: Place, outputs: number): { labels?: string[]; metadata?: Record<string, string> } {
  const { labels, metadata } = (told.value ?? {}) as { labels?: unknown; metadata?: unknown };
  const isText = (value: unknown): value is string => typeof value === "string";
  const named =
    Array.isArray(labels) &&
    labels.every(isText) &&
    (labels.length === outputs || (outputs === 1 && labels.length === 2));
  const entries =
    metadata !== null && typeof metadata === "object"
      ? Object.entries(metadata).filter(([, value]) => isText(value))
      : [];
  return { ...(named && { labels }), metadata: Object.fromEntries(entries) };
}
