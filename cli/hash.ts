import { createHash } from "node:crypto";
import type { Sequential } from "lanewise";

/** The SHA-256 of a model's weights: equal digests mean equal weights, to the bit. */
export function hashOfWeights(model: Sequential): string {
  const hash = createHash("sha256");
  for (const { value } of model.parameters) hash.update(value.data);
  return hash.digest("hex");
}
