import {
  type ActivationName,
  type ActivationOptions,
  activation,
  prelu,
  type Tensor,
} from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import { axisOf, listOf, type Read, type Reading } from "../reading.js";

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
const asLayers: Readonly<Record<string, (config: Place) => Found>> = {
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

/** Refuses a parameter of an activation that lanewise does not have. */
function expectZero(place: Place): void {
  if (place.number(0) !== 0)
    throw place.error(`expected 0, the only value that lanewise supports, got ${place.number()}`);
}

/** An activation by its name: a string, or an object that Keras made of a function, a class or a layer. */
function foundAt({ config, progress }: Reading): Found {
  const place = config.at("activation");
  if (place.empty) return { name: "linear" };
  const kind = typeof place.value === "string" ? place : place.at("class_name");
  const name = kind.value === "function" ? place.at("config") : kind;
  if (kind !== place && Object.hasOwn(asLayers, name.text()))
    return asLayers[name.text()](place.at("config"));
  if (!Object.hasOwn(activations, name.text()))
    throw name.wrong(`an activation that lanewise has (${Object.keys(activations).join(", ")})`);
  const found = activations[name.text()];
  // The default of lanewise is that of Keras 3.
  return found.name === "hardSigmoid" && progress.hardSigmoid === 0.2
    ? { ...found, options: { slope: 0.2 } }
    : found;
}

/** The activation of a layer with weights: its option, and what comes after the layer. */
export function activationOf(reading: Reading): {
  readonly option: ActivationName;
  after(y: Tensor): Tensor;
} {
  const { name, options } = foundAt(reading);
  if (!options) return { option: name, after: (y) => y };
  return { option: "linear", after: (y) => reading.apply(activation(name, options), y) };
}

const elementwise =
  (find: (reading: Reading) => Found): Read =>
  (reading) => {
    const { name, options } = find(reading);
    return reading.apply(activation(name, options));
  };

const preluLayer: Read = (reading) => {
  const { config, shape } = reading;
  const axes = config.either("shared_axes", "sharedAxes");
  const { layer, values } = reading.learned(() => {
    const sharedAxes = axes.empty ? [] : listOf(axes).map((axis) => axis.count(1));
    const alpha = shape.map((size, i) => (sharedAxes.includes(i + 1) ? 1 : size));
    return {
      layer: prelu({ ...reading.options, ...(sharedAxes.length > 0 && { sharedAxes }) }),
      values: { alpha: reading.take("alpha", alpha) },
    };
  });
  return reading.apply(layer, reading.x, values);
};

const softmax: Read = (reading) =>
  reading.withLast(axisOf(reading.config.at("axis"), reading.shape.length), ([x]) =>
    reading.apply(activation("softmax"), x),
  );

/** Activations as layers of their own. */
export const activationLayers: Readonly<Record<string, Read>> = {
  Activation: elementwise(foundAt),
  ...Object.fromEntries(
    Object.entries(asLayers).map(([type, find]) => [type, elementwise(({ config }) => find(config))]),
  ),
  PReLU: preluLayer,
  Softmax: softmax,
};
