import type { Structure } from "./structure.js";

/** The index of the layer that a tensor of a model belongs to, by the tensor's name. */
export function layerOfTensor({ layers }: Structure, tensor: string): number {
  // The longest: a layer may be called as the beginning of another one's name.
  let owner = -1;
  layers.forEach(({ name }, i) => {
    const isOwner = tensor.startsWith(`${name}.`);
    if (isOwner && (owner < 0 || name.length > layers[owner].name.length)) owner = i;
  });
  return owner;
}
