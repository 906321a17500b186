import type { Write } from "./writer.js";

/** Layers of sequences that are not recurrent. */

/** TensorFlow.js has index 0 alone for padding. */
export const embedding: Write = (writing) => {
  const { writer, config, inputs, to, name, stored, refusal } = writing;
  const { vocabulary, units, paddingIndex, trainable } = config;
  if (paddingIndex !== undefined && paddingIndex !== 0)
    throw refusal(
      `has the paddingIndex ${paddingIndex}, and TensorFlow.js has 0 alone; make the vocabulary so that padding is 0`,
    );
  const options = {
    input_dim: vocabulary,
    output_dim: units,
    mask_zero: paddingIndex === 0,
    ...(trainable === false && { trainable }),
  };
  return writer.call("Embedding", name, options, inputs, to, { embeddings: stored("weight") });
};

export const masking: Write = ({ writer, config, inputs, to, name }) =>
  writer.call("Masking", name, { mask_value: config.value ?? 0 }, inputs, to, {});
