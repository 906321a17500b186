import type { Backend } from "lanewise";
import type { Unfinished } from "../unfinished.js";
import type { TextBegun } from "./learner.js";
import type { Library } from "./library.js";
import { encodeTextLink } from "./link.js";
import type { TextLayer } from "./model.js";
import type { TextRecipe } from "./recipe.js";

/** The run that was left, if it is one of this recipe and nothing of it is damaged. */
export function resumedText(
  { lanewise }: Library,
  backend: Backend,
  recipe: TextRecipe,
  left: Unfinished,
  layers: readonly TextLayer[],
): Omit<TextBegun, "layers"> | undefined {
  const { link, batch, seconds, checkpoint }: Partial<Unfinished> = left ?? {};
  if (batch === undefined || !Number.isInteger(batch)) return undefined;
  if (checkpoint === undefined || !Number.isFinite(seconds)) return undefined;
  try {
    const { model, optimizer, epoch, history } = lanewise.restoreCheckpoint(backend, checkpoint);
    const changes = recipe.changes.filter(
      (change) => change.epoch < epoch || (change.epoch === epoch && change.batch <= batch),
    );
    if (encodeTextLink({ ...recipe, changes }) === link && model.layers.length === layers.length) {
      const losses = history.epochs.map(({ loss }) => loss / Math.LN2);
      return { model, optimizer, epoch, batch, losses };
    }
    model.dispose();
  } catch (error) {
    if (!(error instanceof lanewise.FormatError)) throw error;
  }
  return undefined;
}
