import type { LayerConfig } from "../../../layers/layer.js";
import type { Stored, Write, Writing } from "./writer.js";

/** Recurrent layers, whose kernels Keras has in the layout of lanewise. */

const classes: Readonly<Record<string, string>> = { simpleRnn: "SimpleRNN", lstm: "LSTM" };

/** What Keras calls the layer. @throws ValueError for a GRU */
function classOf({ refusal }: Writing, { type }: LayerConfig): string {
  const name = classes[type];
  if (name !== undefined) return name;
  throw refusal(
    "is a gru, and that of TensorFlow.js applies the reset gate before the product; use lstm, or exportOnnx",
  );
}

/** The options of a recurrent layer in Keras. */
const optionsOf = ({ type, units, activation = "tanh", ...config }: LayerConfig) => ({
  units,
  activation,
  ...(type === "lstm" && { recurrent_activation: "sigmoid", unit_forget_bias: true }),
  use_bias: config.useBias !== false,
  return_sequences: config.returnSequences === true,
  return_state: false,
  stateful: false,
  unroll: false,
  ...(config.trainable === false && { trainable: false }),
});

/** The tensors of a cell. Two biases are their sum. */
function weightsOf({ find, stored }: Writing, place = ""): Record<string, Stored | undefined> {
  const [bias, more] = [find(`${place}bias`), find(`${place}recurrentBias`)];
  return {
    kernel: stored(`${place}weight`),
    recurrent_kernel: stored(`${place}recurrentWeight`),
    bias: bias && more ? { ...bias, values: bias.values.map((value, i) => value + more.values[i]) } : bias,
  };
}

/** @throws ValueError for a layer that gives its last state, too */
function checkState({ refusal }: Writing, { returnState }: LayerConfig): void {
  if (returnState === true)
    throw refusal("gives its last state, too, which exportTfjs does not write; use returnSequences");
}

export const recurrent: Write = (writing) => {
  const { writer, config, inputs, to, name, refusal } = writing;
  const className = classOf(writing, config);
  checkState(writing, config);
  const reverse = config.reverse === true;
  if (reverse && config.returnSequences === true)
    throw refusal(
      "goes in reverse and returns sequences, which Keras gives from the last step to the first; use bidirectional",
    );
  const options = { ...optionsOf(config), go_backwards: reverse };
  return writer.call(className, name, options, inputs, to, weightsOf(writing));
};

const merges: Readonly<Record<string, string>> = {
  concatenate: "concat",
  sum: "sum",
  average: "ave",
  multiply: "mul",
};

export const bidirectional: Write = (writing) => {
  const { writer, config, inputs, to, name, refusal } = writing;
  const inner = config.layer as LayerConfig;
  const className = classOf(writing, inner);
  checkState(writing, inner);
  if (inner.reverse === true) throw refusal("has a layer in reverse, which Keras turns; leave out reverse");
  if (inputs.length > 1)
    throw refusal("has initial states, with which TensorFlow.js has no Bidirectional; leave them out");
  const weights = Object.fromEntries(
    ["forward", "backward"].flatMap((direction) =>
      Object.entries(weightsOf(writing, `${direction}.`)).map(([tensor, stored]) => [
        `${direction}_${inner.type}/${tensor}`,
        stored,
      ]),
    ),
  );
  const layer = {
    class_name: className,
    config: { name: inner.type, ...optionsOf(inner), go_backwards: false },
  };
  const options = {
    merge_mode: merges[config.merge as string],
    layer,
    ...(config.trainable === false && { trainable: false }),
  };
  return writer.call("Bidirectional", name, options, inputs, to, weights);
};

/** A step of a sequence, which is an image of one channel without its other rows. */
export const step: Write = ({ writer, config, inputs: [x], to, name, refusal }) => {
  const [time, ...others] = x.shape;
  const index = config.index as number;
  const at = index < 0 ? index + time : index;
  if (others.length !== 1) throw refusal("takes a step of images; flatten them first");
  const image = writer.reshaped(x, [time, others[0], 1]);
  const sides = [
    [at, time - at - 1],
    [0, 0],
  ];
  const options = { cropping: sides, data_format: "channels_last" };
  return writer.reshaped(writer.add("Cropping2D", name, options, [image], [1, others[0], 1]), to);
};
