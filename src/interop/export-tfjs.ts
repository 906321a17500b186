import { type ActivationName, type Network, ValueError } from "../index.js";
import { layersInRow, type RowLayer } from "./layers-in-row.js";

/** TensorFlow.js's names of the activations that it has. */
const activations: Partial<Record<ActivationName, string>> = {
  linear: "linear",
  relu: "relu",
  relu6: "relu6",
  elu: "elu",
  selu: "selu",
  gelu: "gelu",
  silu: "swish",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softplus: "softplus",
  softsign: "softsign",
  mish: "mish",
  hardSigmoid: "hard_sigmoid",
  softmax: "softmax",
  logSoftmax: "log_softmax",
};

/** The slope of hard_sigmoid, which TensorFlow.js has fixed. */
const HARD_SIGMOID_SLOPE = 0.2;

/** The files that tf.loadLayersModel opens, by their names. */
export type TfjsFiles = { readonly "model.json": string; readonly "weights.bin": Uint8Array<ArrayBuffer> };

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
 * of 1, which any deviation has room in. So does the slope of a hardSigmoid that is not 0.2, as TensorFlow.js
 * has it. Labels and metadata stand under userDefinedMetadata.
 * @throws ValueError for geluTanh, hardSwish, exp, an elu of another alpha than 1, and layers of your own,
 * which TensorFlow.js does not have, and for a model whose layers do not follow one another; DisposedError
 */
export function exportTfjs(model: Network): TfjsFiles {
  const { inputShape } = model;
  const layers = layersInRow("exportTfjs", model);
  const tensors = new Map(
    [...model.parameters, ...model.buffers].map(({ name, value }) => [name, value.data]),
  );
  const weights: Weight[] = [];
  const kerasLayers: KerasLayer[] = [];
  for (const [i, layer] of layers.entries()) {
    const name = `${layer.type}_${i}`;
    const values = (tensor: string) => (tensors.get(`${layer.prefix}.${tensor}`) as Float32Array).slice();
    const add = (tensor: string, shape: readonly number[], of: Float32Array) =>
      weights.push({ name: `${name}/${tensor}`, shape, values: of });
    const { from } = layer;
    const last = from[from.length - 1];
    /** x gamma - mean gamma: a BatchNormalization that is not trained. */
    const scaled = (called: string, gamma: Float32Array, mean: Float32Array): KerasLayer => {
      const shape = [gamma.length];
      weights.push(
        { name: `${called}/gamma`, shape, values: gamma },
        { name: `${called}/moving_mean`, shape, values: mean },
        { name: `${called}/moving_variance`, shape, values: new Float32Array(gamma.length).fill(1) },
      );
      return {
        class_name: "BatchNormalization",
        config: { name: called, axis: -1, epsilon: 0, center: false, scale: true, trainable: false },
      };
    };
    /** The activation of a layer of so many outputs, as a word or as layers that come after. */
    const activationOf = (size: number): string | KerasLayer[] => {
      const factor = layer.activation === "hardSigmoid" ? slopeOf(layer) / HARD_SIGMOID_SLOPE : 1;
      if (Math.fround(factor) === 1) return activationFrom(layer, i);
      const gamma = new Float32Array(size).fill(factor);
      return [
        scaled(`slope_${i}`, gamma, new Float32Array(size)),
        { class_name: "Activation", config: { name: `hardSigmoid_${i}`, activation: "hard_sigmoid" } },
      ];
    };
    switch (layer.type) {
      case "dense": {
        const { units, useBias } = layer as unknown as { units: number; useBias: boolean };
        add("kernel", [last, units], values("weight"));
        if (useBias) add("bias", [units], values("bias"));
        const found = activationOf(units);
        const [activation, after] = typeof found === "string" ? [found, []] : ["linear", found];
        kerasLayers.push(
          { class_name: "Dense", config: { name, units, use_bias: useBias, activation } },
          ...after,
        );
        break;
      }
      case "activation": {
        const found = activationOf(last);
        kerasLayers.push(
          ...(typeof found === "string"
            ? [{ class_name: "Activation", config: { name, activation: found } }]
            : found),
        );
        break;
      }
      case "prelu": {
        const all = from.map((_, axis) => axis + 1);
        const { sharedAxes = [] } = layer;
        const shared = sharedAxes === "all" ? all : (sharedAxes as readonly number[]);
        const shape = from.map((size, axis) => (shared.includes(axis + 1) ? 1 : size));
        add("alpha", shape, values("alpha"));
        const shared_axes = shared.length > 0 ? shared : null;
        kerasLayers.push({ class_name: "PReLU", config: { name, shared_axes } });
        break;
      }
      case "dropout":
        kerasLayers.push({ class_name: "Dropout", config: { name, rate: layer.rate } });
        break;
      case "gaussianNoise":
        kerasLayers.push({ class_name: "GaussianNoise", config: { name, stddev: layer.deviation } });
        break;
      case "flatten":
        kerasLayers.push({ class_name: "Flatten", config: { name } });
        break;
      case "reshape":
        kerasLayers.push({ class_name: "Reshape", config: { name, target_shape: layer.to } });
        break;
      case "scaling": {
        // Each element has numbers of its own: to a BatchNormalization, channels of one row.
        const isRow = from.length === 1;
        const deviation = values("deviation").map((value) => 1 / value);
        kerasLayers.push(
          ...(isRow ? [] : [{ class_name: "Flatten", config: { name: `flatten_${i}` } }]),
          scaled(name, deviation, values("mean")),
          ...(isRow ? [] : [{ class_name: "Reshape", config: { name: `reshape_${i}`, target_shape: from } }]),
        );
        break;
      }
      default:
        throw new ValueError(
          `exportTfjs: layer ${i} is of type ${layer.type}, which TensorFlow.js does not have`,
        );
    }
  }
  kerasLayers[0].config.batch_input_shape = [null, ...inputShape];
  const { encoding, labels, metadata } = model;
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
    userDefinedMetadata: { labels, metadata, encoding },
  };
  return { "model.json": JSON.stringify(json), "weights.bin": bytesOf(weights) };
}

const slopeOf = ({ slope = 1 / 6 }: RowLayer): number => slope as number;

/**
 * What a layer's activation is called, or the layer of its own that it is where it has a parameter. @throws
 * ValueError
 */
function activationFrom({ activation, slope, alpha }: RowLayer, i: number): string | KerasLayer[] {
  const given = activation as ActivationName;
  if (given === "leakyRelu")
    return [{ class_name: "LeakyReLU", config: { name: `leakyRelu_${i}`, alpha: slope ?? 0.01 } }];
  // Its layer ELU has an alpha, and throws for any but 1.
  if (given === "elu" && alpha !== undefined)
    throw new ValueError(`exportTfjs: layer ${i} is an elu of alpha ${alpha}; TensorFlow.js only has 1`);
  const called = activations[given];
  if (called === undefined)
    throw new ValueError(
      `exportTfjs: layer ${i} has the activation ${given}, which TensorFlow.js does not have`,
    );
  return called;
}

function bytesOf(weights: readonly Weight[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(weights.reduce((length, { values }) => length + values.byteLength, 0));
  let at = 0;
  for (const { values } of weights) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
