import { type ActivationName, type Network, ValueError } from "../index.js";
import { architectureOf, type LayerInFile } from "./architecture.js";

/** What TensorFlow.js calls the activations that it has as such. */
const activations: Partial<Record<ActivationName, string>> = {
  linear: "linear",
  relu: "relu",
  elu: "elu",
  selu: "selu",
  gelu: "gelu",
  silu: "swish",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softplus: "softplus",
  softmax: "softmax",
  logSoftmax: "log_softmax",
};

/** The files that tf.loadLayersModel opens, by their names. */
export type TfjsFiles = { readonly "model.json": string; readonly "weights.bin": Uint8Array };

interface KerasLayer {
  readonly class_name: string;
  readonly config: Record<string, unknown>;
}

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * A model in the format of TensorFlow.js, as a Sequential of Keras that `tf.loadLayersModel` opens: its files
 * by their names. Scaling becomes a BatchNormalization that is not trained: (x - mean) gamma, of a variance
 * of 1, which any deviation has room in. An input of several dimensions goes through Flatten first. Labels
 * and metadata stand under userDefinedMetadata.
 * @throws ValueError for geluTanh, hardSwish and layers of your own, which TensorFlow.js has not;
 * DisposedError
 */
export function exportTfjs(model: Network): TfjsFiles {
  const { inputShape, layers } = architectureOf(model);
  const tensors = new Map(
    [...model.parameters, ...model.buffers].map(({ name, value }) => [name, value.data]),
  );
  const weights: Weight[] = [];
  let size = inputShape.reduce((product, length) => product * length, 1);
  const kerasLayers: KerasLayer[] =
    inputShape.length > 1 ? [{ class_name: "Flatten", config: { name: "flatten" } }] : [];
  for (const [i, layer] of layers.entries()) {
    const name = `${layer.type}_${i}`;
    const values = (tensor: string) => (tensors.get(`${layer.name ?? i}.${tensor}`) as Float32Array).slice();
    const add = (tensor: string, shape: readonly number[], of: Float32Array) =>
      weights.push({ name: `${name}/${tensor}`, shape, values: of });
    switch (layer.type) {
      case "dense": {
        const { units, useBias } = layer as unknown as { units: number; useBias: boolean };
        add("kernel", [size, units], values("weight"));
        if (useBias) add("bias", [units], values("bias"));
        size = units;
        const [activation, ...after] = activationOf(layer, i);
        kerasLayers.push(
          { class_name: "Dense", config: { name, units, use_bias: useBias, activation } },
          ...after,
        );
        break;
      }
      case "activation": {
        const [activation, ...after] = activationOf(layer, i);
        kerasLayers.push(
          ...(after.length > 0 ? after : [{ class_name: "Activation", config: { name, activation } }]),
        );
        break;
      }
      case "dropout":
        kerasLayers.push({ class_name: "Dropout", config: { name, rate: layer.rate } });
        break;
      case "gaussianNoise":
        kerasLayers.push({ class_name: "GaussianNoise", config: { name, stddev: layer.deviation } });
        break;
      case "scaling":
        add(
          "gamma",
          [size],
          values("deviation").map((value) => 1 / value),
        );
        add("moving_mean", [size], values("mean"));
        add("moving_variance", [size], new Float32Array(size).fill(1));
        kerasLayers.push({
          class_name: "BatchNormalization",
          config: { name, axis: -1, epsilon: 0, center: false, scale: true, trainable: false },
        });
        break;
      default:
        throw new ValueError(`exportTfjs: layer ${i} is of type ${layer.type}, which TensorFlow.js has not`);
    }
  }
  kerasLayers[0].config.batch_input_shape = [null, ...inputShape];
  const { labels, metadata } = model;
  const json = {
    format: "layers-model",
    generatedBy: "lanewise",
    convertedBy: null,
    modelTopology: {
      class_name: "Sequential",
      config: { name: "lanewise", layers: kerasLayers },
      keras_version: "2.15.0",
      backend: "tensorflow",
    },
    weightsManifest: [
      {
        paths: ["weights.bin"],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
      },
    ],
    userDefinedMetadata: { labels, metadata },
  };
  return { "model.json": JSON.stringify(json), "weights.bin": bytesOf(weights) };
}

/**
 * What a layer's activation is called, and the layer of its own that it is where it has no name. @throws
 * ValueError
 */
function activationOf(layer: LayerInFile, i: number): [string, ...KerasLayer[]] {
  const given = layer.activation as ActivationName;
  if (given === "leakyRelu")
    return ["linear", { class_name: "LeakyReLU", config: { name: `leakyRelu_${i}`, alpha: 0.01 } }];
  const activation = activations[given];
  if (activation === undefined)
    throw new ValueError(`exportTfjs: layer ${i} has the activation ${given}, which TensorFlow.js has not`);
  return [activation];
}

function bytesOf(weights: readonly Weight[]): Uint8Array {
  const bytes = new Uint8Array(weights.reduce((length, { values }) => length + values.byteLength, 0));
  let at = 0;
  for (const { values } of weights) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
