import { type Backend, FormatError, restoreCheckpoint } from "lanewise";
import type { Begun } from "./learner.js";
import { encode } from "./link.js";
import { inOrder, type Recipe } from "./recipe.js";
import type { Unfinished } from "./unfinished.js";

/** The run that was left, if it is one of this recipe and nothing of it is damaged. */
export function resumed(backend: Backend, recipe: Recipe, left: Unfinished): Begun | undefined {
  const { link, batch, seconds, checkpoint }: Partial<Unfinished> = left ?? {};
  if (checkpoint === undefined || !Number.isInteger(batch) || !Number.isFinite(seconds)) return undefined;
  try {
    const { model, optimizer, epoch, history } = restoreCheckpoint(backend, checkpoint);
    const changes = inOrder(recipe.changes).filter(
      (change) => change.epoch < epoch || (change.epoch === epoch && change.batch <= batch),
    );
    if (encode({ ...recipe, changes }) === link)
      return { model, optimizer, changes, epoch, batch, losses: history.epochs.map(({ loss }) => loss) };
    model.dispose();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return undefined;
}
