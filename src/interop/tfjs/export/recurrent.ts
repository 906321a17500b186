import type { LayerConfig } from "../../../layers/layer.js";
import { slopeOfGates } from "../../../layers/recurrent.js";
import type { Stored, Write, Writing } from "./writer.js";

/** Recurrent layers, whose kernels Keras has in the layout of lanewise. */

const classes: Readonly<Record<string, string>> = { simpleRnn: "SimpleRNN", lstm: "LSTM", gru: "GRU" };

/** The slope of hard_sigmoid in TensorFlow.js. */
const HARD_SLOPE = 0.2;

/** What Keras calls the layer. @throws ValueError for a GRU and for gates that TensorFlow.js does not have */
function classOf({ refusal }: Writing, config: LayerConfig): string {
  const { type, resetAfter } = config;
  if (type === "gru" && resetAfter !== false)
    throw refusal(
      "is a gru with the reset gate behind the product, which TensorFlow.js has before it; make and train it with resetAfter: false, use lstm, or exportOnnx",
    );
  const slope = slopeOfGates(config);
  if (slope !== 0 && Math.abs(slope - HARD_SLOPE) > 1e-7)
    throw refusal(
      `has gates of the slope ${slope}, and TensorFlow.js those of ${HARD_SLOPE} alone; make and train it with slope: ${HARD_SLOPE}`,
    );
  return classes[type];
}

/** The options of a recurrent layer in Keras. */
const optionsOf = (own: LayerConfig) => {
  const { type, units, activation = "tanh", ...config } = own;
  return {
    units,
    activation,
    ...(type !== "simpleRnn" && {
      recurrent_activation: slopeOfGates(own) === 0 ? "sigmoid" : "hard_sigmoid",
    }),
    ...(type === "lstm" && { unit_forget_bias: true }),
    ...(type === "gru" && { reset_after: false }),
    use_bias: config.useBias !== false,
    return_sequences: config.returnSequences === true,
    return_state: false,
    stateful: false,
    unroll: false,
    ...(config.trainable === false && { trainable: false }),
  };
};

/** The gates z, r and h of Keras, which are r, z and n here. */
function blocksOf({ shape, values }: Stored): Stored {
  const cols = shape[shape.length - 1];
  const size = cols / 3;
  const order = [1, 0, 2];
  const moved = values.map((_, at) => {
    const [row, col] = [Math.floor(at / cols), at % cols];
    return values[row * cols + order[Math.floor(col / size)] * size + (col % size)];
  });
  return { shape, values: moved };
}

/** The tensors of a cell. Two biases are their sum. */
function weightsOf(
  { find, stored }: Writing,
  { type }: LayerConfig,
  place = "",
): Record<string, Stored | undefined> {
  const [bias, more] = [find(`${place}bias`), find(`${place}recurrentBias`)];
  const sum =
    bias && more ? { ...bias, values: bias.values.map((value, i) => value + more.values[i]) } : bias;
  const ordered = (tensor: Stored) => (type === "gru" ? blocksOf(tensor) : tensor);
  return {
    kernel: ordered(stored(`${place}weight`)),
    recurrent_kernel: ordered(stored(`${place}recurrentWeight`)),
    bias: sum && ordered(sum),
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
  return writer.call(className, name, options, inputs, to, weightsOf(writing, config));
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
      Object.entries(weightsOf(writing, inner, `${direction}.`)).map(([tensor, stored]) => [
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
