import {
  type ActivationName,
  activation,
  type Backend,
  dense,
  dropout,
  gaussianNoise,
  type LayerSpec,
  Sequential,
  ShapeError,
  scaling,
  ValueError,
} from "../index.js";
import { Place } from "./foreign-json.js";
import { shardPaths, type TfjsShards, TfjsWeights } from "./tfjs-weights.js";

/** What Keras 2, Keras 3 and TensorFlow.js call the activations. */
const activations: Readonly<Record<string, ActivationName>> = {
  linear: "linear",
  relu: "relu",
  elu: "elu",
  selu: "selu",
  gelu: "gelu",
  gelu_new: "geluTanh",
  swish: "silu",
  silu: "silu",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softplus: "softplus",
  hard_swish: "hardSwish",
  hard_silu: "hardSwish",
  softmax: "softmax",
  log_softmax: "logSoftmax",
  logSoftmax: "logSoftmax",
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
    return {
      layers: [dense(units, { activation: activationAt(config.at("activation"), [units]), useBias })],
      values,
      shape: [units],
    };
  },
  Activation: ({ config, shape }) => ({
    layers: [activation(activationAt(config.at("activation"), shape))],
    shape,
  }),
  ReLU: ({ config, shape }) => {
    expectNumber(config.at("max_value"), Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    expectNumber(config.at("negative_slope"), 0, 0);
    expectNumber(config.at("threshold"), 0, 0);
    return { layers: [activation("relu")], shape };
  },
  LeakyReLU: ({ config, shape }) => {
    expectNumber(config.either("alpha", "negative_slope"), 0.01, 0.3);
    return { layers: [activation("leakyRelu")], shape };
  },
  ELU: ({ config, shape }) => {
    expectNumber(config.at("alpha"), 1, 1);
    return { layers: [activation("elu")], shape };
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
export function tfjsShards(modelJson: string | object): string[] {
  return shardPaths(Place.of(modelJson, "model.json").at("weightsManifest"));
}

/**
 * A Keras Sequential in the format of TensorFlow.js (model.json with its shards), ready to predict and to go
 * on training. Dense, Activation, ReLU, LeakyReLU of slope 0.01, ELU, Softmax, Dropout, GaussianNoise,
 * Flatten and InputLayer become what they are; Normalization, Rescaling and BatchNormalization become
 * scaling, which training leaves as it is. Initializers, regularizers and constraints stay behind.
 * @throws FormatError for anything else, with where and why, and for weights that do not fit;
 * OutOfMemoryError, DisposedError
 */
export function importTfjs(backend: Backend, modelJson: string | object, shards: TfjsShards): Sequential {
  const file = Place.of(modelJson, "model.json");
  const weights = new TfjsWeights(file.at("weightsManifest"), shards);
  const topology = file.at("modelTopology");
  const root = topology.at("model_config").empty ? topology : topology.at("model_config");
  if (root.at("class_name").value !== "Sequential") throw root.at("class_name").wrong('"Sequential"');
  // Early versions had the list alone.
  const config = root.at("config");
  const places = Array.isArray(config.value) ? config.list() : config.at("layers").list();
  if (places.length === 0) throw config.wrong("layers");
  const inputShape = inputShapeOf(places[0], config);
  const specs: LayerSpec[] = [];
  const values: (Float32Array | undefined)[] = [];
  let shape: readonly number[] = inputShape;
  for (const place of places) {
    const made = madeFrom(place, shape, weights);
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

function madeFrom(place: Place, shape: readonly number[], weights: TfjsWeights): Made {
  const type = place.at("class_name");
  const make = Object.hasOwn(layers, type.text()) ? layers[type.text()] : undefined;
  if (!make) throw type.wrong(`a layer that lanewise has (${Object.keys(layers).join(", ")})`);
  const config = place.at("config");
  return guarded(place, () => make({ name: config.at("name").text(), config, shape, weights }));
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

function expectLastAxis(axis: Place): void {
  const [only] = Array.isArray(axis.value) && axis.value.length === 1 ? axis.list() : [axis];
  if (!only.empty && only.value !== -1 && only.value !== 1) throw axis.wrong("the last axis");
}

/** A number that lanewise has fixed; `otherwise` is what nothing stands for. */
function expectNumber(place: Place, fixed: number, otherwise: number): void {
  const got = place.empty ? otherwise : place.number();
  if (Math.fround(got) !== Math.fround(fixed))
    throw place.error(`expected ${fixed}, which lanewise has, got ${got}`);
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

/** An activation by its name: a string, or an object that Keras made of a function or class. */
function activationAt(place: Place, shape: readonly number[]): ActivationName {
  if (place.empty) return "linear";
  const kind = typeof place.value === "string" ? place : place.at("class_name");
  const name = kind.value === "function" ? place.at("config") : kind;
  if (!Object.hasOwn(activations, name.text()))
    throw name.wrong(`an activation that lanewise has (${Object.keys(activations).join(", ")})`);
  const found = activations[name.text()];
  if (rowwise.includes(found) && shape.length > 1)
    throw place.error(`expected an input of one dimension for ${found}, got [${shape.join(", ")}]`);
  return found;
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
