import { type Backend, FormatError, type Layer, restoreCheckpoint } from "lanewise";
import type { Begun } from "./begun.js";
import { encode } from "./link.js";
import { layersOf, layerTypes } from "./network.js";
import { inOrder, type Recipe, settingsAt } from "./recipe.js";
import type { Unfinished } from "./unfinished.js";

/** The run that was left, if it is one of this recipe and nothing of it is damaged. */
export function resumed(backend: Backend, recipe: Recipe, left: Unfinished): Begun | undefined {
  const { link, batch, seconds, checkpoint, waiting }: Partial<Unfinished> = left ?? {};
  if (batch === undefined || !Number.isInteger(batch)) return undefined;
  if (checkpoint === undefined || !Number.isFinite(seconds) || !Array.isArray(waiting)) return undefined;
  const penalty = { l2: 0 };
  const layers = layersOf(recipe, penalty);
  try {
    const { model, optimizer, epoch, history } = restoreCheckpoint(backend, checkpoint, {
      layers: inTurn(layers.map(({ layer }) => layer)),
    });
    const changes = inOrder(recipe.changes).filter(
      (change) => change.epoch < epoch || (change.epoch === epoch && change.batch <= batch),
    );
    const so = { ...recipe, changes };
    if (encode(so) === link) {
      penalty.l2 = settingsAt(so, { epoch, batch }).l2;
      const losses = history.epochs.map(({ loss }) => loss);
      return { layers, penalty, model, optimizer, changes, epoch, batch, losses };
    }
    model.dispose();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return undefined;
}

/**
 * Has a file's model made of these layers, in their order, whatever their type: layers that were read would
 * have a penalty of their own, which nobody could change.
 */
function inTurn(layers: readonly Layer[]): Record<string, () => Layer> {
  const rest = layers.values();
  const next = () => rest.next().value as Layer;
  return Object.fromEntries(layerTypes.map((type) => [type, next]));
}
