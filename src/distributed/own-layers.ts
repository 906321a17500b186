import type { Layer } from "../index.js";

/** How layers of one's own are made, by their type, as loadModel takes them. */
export type LayerMakers = Readonly<Record<string, (options: never) => Layer>>;

const known: Record<string, (options: never) => Layer> = {};

/** Makes layers known in this process or thread. */
export function addLayers(layers: LayerMakers | undefined): void {
  Object.assign(known, layers);
}

/** The layers of one's own that are known in this process or thread. */
export const ownLayers = (): LayerMakers => known;
