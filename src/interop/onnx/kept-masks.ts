import type { LayerConfig } from "../../layers/layer.js";

/** Layers behind which the steps are those of their first input that has a mask. */
const keep: ReadonlySet<string> = new Set([
  "activation",
  "add",
  "average",
  "batchNormalization",
  "concatenate",
  "dense",
  "dropout",
  "gaussianNoise",
  "layerNormalization",
  "multiHeadAttention",
  "multiply",
  "positionEmbedding",
  "positionalEncoding",
  "prelu",
  "rmsNormalization",
  "scale",
  "scaling",
  "slice",
  "spatialDropout1d",
  "subtract",
  "transformerDecoder",
  "transformerEncoder",
]);

/**
 * The mask that a layer's output has, of those that its inputs have. Masks that it makes are not among them.
 */
export function keptMask<Mask>(
  { type, returnSequences, layer }: LayerConfig,
  masks: readonly (Mask | undefined)[],
): Mask | undefined {
  const all = (returnSequences ?? (layer as LayerConfig | undefined)?.returnSequences) === true;
  if (!keep.has(type) && !all) return undefined;
  const ofQuery = type === "multiHeadAttention" || type === "transformerDecoder";
  return ofQuery ? masks[0] : masks.find((mask) => mask !== undefined);
}
