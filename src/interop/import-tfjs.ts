import { divisible } from "../files/factor.js";
import { missingLayer } from "../files/missing-layers.js";
import {
  type ActivationName,
  type ActivationOptions,
  activation,
  type Backend,
  dense,
  dropout,
  type Encoding,
  flatten,
  gaussianNoise,
  type Layer,
  prelu,
  reshape,
  Sequential,
  ShapeError,
  scaling,
  ValueError,
} from "../index.js";
import { type JsonFile, Place } from "./foreign-json.js";
import { layersInRow } from "./keras-row.js";
import { shardPaths, type TfjsShards, TfjsWeights } from "./tfjs-weights.js";

/** An activation, with its parameter where that is not the default. */
interface Found {
  readonly name: ActivationName;
  readonly options?: ActivationOptions;
}

/** The names of the activations in Keras 2, Keras 3 and TensorFlow.js. */
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
    expectZero(config.at("threshold"));
    const most = config.at("max_value");
    const slope = config.at("negative_slope").number(0);
    if (most.empty) return slope === 0 ? { name: "relu" } : { name: "leakyRelu", options: { slope } };
    expectZero(config.at("negative_slope"));
    if (most.number() === 6) return { name: "relu6" };
    throw most.error(`expected none, or 6 as relu6 has it, got ${most.number()}`);
  },
  LeakyReLU: (config) => ({
    name: "leakyRelu",
    options: { slope: config.either("alpha", "negative_slope").number(0.3) },
  }),
  ELU: (config) => ({ name: "elu", options: { alpha: config.at("alpha").number(1) } }),
};

/** Keras's own, which keeps a deviation from being 0. */
const NORMALIZATION_EPSILON = 1e-7;

/** What a layer becomes. */
interface Made {
  readonly layers?: readonly Layer[];
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

/** A layer that does not change its input. */
const same = ({ shape }: Reading): Made => ({ shape });

/** What each layer of Keras becomes. */
const layers: Readonly<Record<string, (reading: Reading) => Made>> = {
  InputLayer: same,
  Identity: same,
  // These change nothing but in training, where lanewise has none of them.
  ActivityRegularization: same,
  AlphaDropout: same,
  GaussianDropout: same,
  SpatialDropout1D: same,
  Reshape: ({ config, shape }) => {
    const size = sizeOf(shape);
    const sizes = config
      .at("target_shape")
      .list()
      .map((place) => (place.value === -1 ? -1 : place.count(1)));
    const others = sizeOf(sizes.filter((length) => length !== -1));
    const filled = sizes.map((length) => (length === -1 ? size / others : length));
    if (sizeOf(filled) !== size || !filled.every(Number.isSafeInteger) || filled.length > 8)
      throw config
        .at("target_shape")
        .error(`expected a shape for ${size} numbers, got [${sizes.slice(0, 9)}]`);
    return { layers: filled.join() === shape.join() ? [] : [reshape(filled)], shape: filled };
  },
  Flatten: ({ shape }) => ({ layers: shape.length > 1 ? [flatten()] : [], shape: [sizeOf(shape)] }),
  Dense: (reading) => {
    const { name, config, weights } = reading;
    const leading = reading.shape.slice(0, -1);
    const inputs = reading.shape[leading.length];
    const units = config.at("units").count(1);
    const useBias = config.at("use_bias").flag(true);
    const kernel = weights.take(name, "kernel", [inputs, units]);
    const values = useBias ? [kernel, weights.take(name, "bias", [units])] : [kernel];
    const { name: activationName, options } = activationAt(reading);
    const layers = options
      ? [dense(units, { useBias }), activation(activationName, options)]
      : [dense(units, { activation: activationName, useBias })];
    return { layers, values, shape: [...leading, units] };
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
    const layer = prelu(sharedAxes.length > 0 ? { sharedAxes } : {});
    return { layers: [layer], values: [weights.take(name, "alpha", alpha)], shape };
  },
  Softmax: (reading) => {
    expectLastAxis(reading.config.at("axis"), reading.shape.length);
    return { layers: [activation("softmax")], shape: reading.shape };
  },
  Dropout: ({ config, shape }) => ({ layers: [dropout(config.at("rate").number())], shape }),
  GaussianNoise: ({ config, shape }) => {
    const deviation = config.at("stddev").number();
    return { layers: deviation === 0 ? [] : [gaussianNoise(deviation)], shape };
  },
  Normalization: (reading) => {
    const { name, config, weights, shape } = reading;
    const channels = channelsOf(reading);
    const given = (what: string) =>
      config.at(what).empty ? weights.take(name, what, [channels]) : numbersAt(config.at(what), channels);
    const [mean, variance] = [given("mean"), given("variance")];
    weights.drop(name, "count");
    if (!mean || !variance) return { shape };
    const deviation = Array.from(variance, (value) => Math.max(Math.sqrt(value), NORMALIZATION_EPSILON));
    return { layers: [scaling({ mean: tiled(reading, mean), deviation: tiled(reading, deviation) })], shape };
  },
  BatchNormalization: (reading) => {
    const { name, config, weights, shape } = reading;
    const channels = channelsOf(reading);
    const epsilon = config.at("epsilon").number(0.001);
    const take = (tensor: string) => weights.take(name, tensor, [channels]);
    const gamma = config.at("scale").flag(true)
      ? take("gamma")
      : tiled({ ...reading, shape: [channels] }, [1]);
    const beta = config.at("center").flag(true)
      ? take("beta")
      : tiled({ ...reading, shape: [channels] }, [0]);
    const [mean, variance] = [take("moving_mean"), take("moving_variance")];
    if (!gamma || !beta || !mean || !variance) return { shape };
    // gamma (x - mean) / root + beta = (x - (mean - beta deviation)) / deviation, where deviation = root /
    // gamma.
    const deviation = Array.from(variance, (value, i) => Math.sqrt(value + epsilon) / divisible(gamma[i]));
    const shifted = mean.map((value, i) => value - beta[i] * deviation[i]);
    return {
      layers: [scaling({ mean: tiled(reading, shifted), deviation: tiled(reading, deviation) })],
      shape,
    };
  },
  Rescaling: (reading) => {
    const { config, shape } = reading;
    const scale = divisible(config.at("scale").number());
    const offset = config.at("offset").number(0);
    const mean = tiled(reading, [-offset / scale]);
    return { layers: [scaling({ mean, deviation: tiled(reading, [1 / scale]) })], shape };
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
 * A Keras model in the format of TensorFlow.js (model.json with its shards), ready to predict and to go on
 * training: a Sequential, or a functional model whose layers are in a row. Dense, Activation, ReLU, LeakyReLU,
 * PReLU, ELU, Softmax, Dropout, GaussianNoise, Flatten, Reshape and InputLayer become what they are;
 * Normalization, Rescaling and BatchNormalization become scaling, which training leaves as it is.
 * Initializers, regularizers and constraints stay behind, and so do layers that act in training alone and
 * that lanewise does not have. hard_sigmoid has the slope 1/6 in files of Keras 3 and later, by their
 * keras_version or generatedBy, and 0.2 in all others. The model.json may be an object, its text or the bytes
 * of that.
 * @throws FormatError for anything else, with where and why, and for weights that do not fit;
 * OutOfMemoryError, DisposedError
 */
export function importTfjs(backend: Backend, modelJson: JsonFile, shards: TfjsShards): Sequential {
  const file = fileOf(modelJson);
  const weights = new TfjsWeights(file.at("weightsManifest"), shards);
  const topology = file.at("modelTopology");
  const root = topology.at("model_config").empty ? topology : topology.at("model_config");
  const places = layersInRow(root);
  const config = root.at("config");
  const inputShape = inputShapeOf(places[0], config);
  const hardSigmoid = hardSigmoidSlope(file, topology);
  const specs: Layer[] = [];
  const values: (Float32Array | undefined)[] = [];
  let shape: readonly number[] = inputShape;
  for (const place of places) {
    const made = madeFrom(place, shape, weights, hardSigmoid);
    specs.push(...(made.layers ?? []));
    values.push(...(made.values ?? []));
    shape = made.shape;
  }
  weights.finish();
  const written = file.at("userDefinedMetadata");
  const model = guarded(
    config,
    () =>
      new Sequential(backend, {
        inputShape,
        layers: specs.length > 0 ? specs : [activation("linear")],
        ...metadataFrom(written, sizeOf(shape)),
      }),
  );
  for (const [i, { value }] of model.parameters.entries()) value.set(values[i] ?? []);
  return model;
}

function madeFrom(place: Place, shape: readonly number[], weights: TfjsWeights, hardSigmoid: number): Made {
  const type = place.at("class_name");
  const make = Object.hasOwn(layers, type.text()) ? layers[type.text()] : undefined;
  if (!make) throw type.error(`${JSON.stringify(type.text().slice(0, 60))} is ${missingLayer(type.text())}`);
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

/** A list, or the one that stands for a list of it. */
const listOf = (place: Place): Place[] => (Array.isArray(place.value) ? place.list() : [place]);

function expectLastAxis(axis: Place, last: number): void {
  const [only, more] = listOf(axis);
  if (!only || more || (!only.empty && only.value !== -1 && only.value !== last))
    throw axis.wrong("the last axis");
}

/** Refuses a parameter of an activation that lanewise does not have. */
function expectZero(place: Place): void {
  if (place.number(0) !== 0)
    throw place.error(`expected 0, the only value that lanewise supports, got ${place.number()}`);
}

/**
 * Keras 3 has clip(x / 6 + 1/2, 0, 1) for hard_sigmoid, and Keras 2 and TensorFlow.js have clip(x / 5 + 1/2,
 * 0, 1). Converters write "3.4.1" as keras_version or "keras v3.4.1" as generatedBy, TensorFlow.js
 * "tfjs-layers 4.22.0".
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

/** The size of the last axis, which a layer normalises along. @throws FormatError for another axis */
function channelsOf({ config, shape }: Reading): number {
  const axis = config.at("axis");
  const [only] = Array.isArray(axis.value) && axis.value.length === 1 ? axis.list() : [axis];
  if (!only.empty && only.value !== -1 && only.value !== shape.length) throw axis.wrong("the last axis");
  return shape[shape.length - 1];
}

/**
 * Numbers of the last axis for each input, or one for all, where the file has as many weights at all: a size
 * alone is quickly written.
 */
function tiled({ config, shape, weights }: Reading, numbers: ArrayLike<number>): Float32Array {
  const size = sizeOf(shape);
  if (size > Math.max(weights.length, numbers.length))
    throw config.error(`expected weights for each of ${size} inputs, got ${weights.length} bytes`);
  return Float32Array.from({ length: size }, (_, i) => numbers[i % numbers.length]);
}

/** An activation by its name: a string, or an object that Keras made of a function, a class or a layer. */
function activationAt({ config, hardSigmoid }: Reading): Found {
  const place = config.at("activation");
  if (place.empty) return { name: "linear" };
  const kind = typeof place.value === "string" ? place : place.at("class_name");
  const name = kind.value === "function" ? place.at("config") : kind;
  if (kind !== place && Object.hasOwn(activationLayers, name.text()))
    return activationLayers[name.text()](place.at("config"));
  if (!Object.hasOwn(activations, name.text()))
    throw name.wrong(`an activation that lanewise has (${Object.keys(activations).join(", ")})`);
  const found = activations[name.text()];
  // The default of lanewise is that of Keras 3.
  return found.name === "hardSigmoid" && hardSigmoid === 0.2 ? { ...found, options: { slope: 0.2 } } : found;
}

/** The labels, the metadata and the encoding that exportTfjs wrote. Other programs may use this place differently. */
function metadataFrom(
  written: Place,
  outputs: number,
): { labels?: string[]; metadata?: Record<string, string>; encoding?: Encoding } {
  const { labels, metadata, encoding } = (written.value ?? {}) as Record<string, unknown>;
  const isText = (value: unknown): value is string => typeof value === "string";
  const named =
    Array.isArray(labels) &&
    labels.every(isText) &&
    (labels.length === outputs || (outputs === 1 && labels.length === 2));
  const entries =
    metadata !== null && typeof metadata === "object"
      ? Object.entries(metadata).filter(([, value]) => isText(value))
      : [];
  const isEncoding = Array.isArray((encoding as Partial<Encoding> | undefined)?.columns);
  return {
    ...(named && { labels }),
    ...(isEncoding && { encoding: encoding as Encoding }),
    metadata: Object.fromEntries(entries),
  };
}
