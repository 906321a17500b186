import type { ActivationName } from "../../../index.js";
import type { Write, Writing, Written } from "./writer.js";

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

/** How an activation is written: its word, and the layers that stand for it where no word does. */
interface Activated {
  readonly word: string;
  after(x: Written): Written;
}

/** The activation of a layer. @throws ValueError for one that TensorFlow.js does not have */
export function activationOf({ writer, config, name, refusal }: Writing): Activated {
  const activation = (config.activation ?? "linear") as ActivationName;
  const { slope, alpha } = config as { slope?: number; alpha?: number };
  if (activation === "leakyRelu") {
    const options = { alpha: slope ?? 0.01 };
    return {
      word: "linear",
      after: (x) => writer.add("LeakyReLU", `leakyRelu_${name}`, options, [x], x.shape),
    };
  }
  // Its layer ELU has an alpha, and throws for any but 1.
  if (activation === "elu" && alpha !== undefined)
    throw refusal(`is an elu of alpha ${alpha}; TensorFlow.js only has 1`);
  const word = activations[activation];
  if (word === undefined)
    throw refusal(
      `has the activation ${activation}, which TensorFlow.js does not have; it has leakyRelu, ${Object.keys(activations).join(", ")}`,
    );
  const factor = activation === "hardSigmoid" ? (slope ?? 1 / 6) / HARD_SIGMOID_SLOPE : 1;
  if (Math.fround(factor) === 1) return { word, after: (x) => x };
  return {
    word: "linear",
    after: (x) => {
      const scaled = writer.add("Rescaling", `slope_${name}`, { scale: factor, offset: 0 }, [x], x.shape);
      return writer.add("Activation", `${activation}_${name}`, { activation: word }, [scaled], x.shape);
    },
  };
}

/** An activation as a layer of its own. */
export const activationLayer: Write = (writing) => {
  const { writer, inputs, name } = writing;
  const [x] = inputs;
  const { word, after } = activationOf(writing);
  const isWord = word !== "linear" || (writing.config.activation ?? "linear") === "linear";
  return isWord ? writer.call("Activation", name, { activation: word }, [x], x.shape, {}) : after(x);
};

export const preluLayer: Write = ({ writer, config, inputs: [x], name, stored }) => {
  const { sharedAxes = [] } = config as { sharedAxes?: "all" | readonly number[] };
  const shared = sharedAxes === "all" ? x.shape.map((_, axis) => axis + 1) : sharedAxes;
  const shared_axes = shared.length > 0 ? shared : null;
  return writer.call("PReLU", name, { shared_axes }, [x], x.shape, { alpha: stored("alpha") });
};
