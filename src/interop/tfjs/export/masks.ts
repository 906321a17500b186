import type { Writing, Written } from "./writer.js";

/** Layers that take a mask in TensorFlow.js: those that keep it, and those behind which there is none. */
const keep = [
  "activation",
  "batchNormalization",
  "dense",
  "dropout",
  "gaussianNoise",
  "layerNormalization",
  "masking",
  "add",
  "average",
  "concatenate",
  "multiply",
];
const take = ["lstm", "gru", "simpleRnn", "bidirectional"];

/**
 * The output of a layer, with whether its steps are masked. @throws ValueError for a layer that takes no mask
 * in TensorFlow.js, which would not load
 */
export function withMask({ config, inputs, refusal }: Writing, output: Written): Written {
  const { type, paddingIndex, returnSequences, layer } = config;
  if (type === "masking" || (type === "embedding" && paddingIndex !== undefined))
    return { ...output, masked: true };
  if (!inputs.some(({ masked }) => masked)) return output;
  if (keep.includes(type)) return { ...output, masked: true };
  if (!take.includes(type))
    throw refusal(
      `is of type ${type}, which takes no mask in TensorFlow.js, behind masking or an embedding with a paddingIndex; leave these out, or use exportOnnx`,
    );
  const all = returnSequences ?? (layer as typeof config | undefined)?.returnSequences;
  return all === true ? { ...output, masked: true } : output;
}
