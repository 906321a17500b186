import type { Layer } from "lanewise";
import type { Library } from "./library.js";
import type { TextRecipe } from "./recipe.js";

/** Features of a character before a recurrent layer. */
export const EMBEDDED = 32;

/** A layer of the model. What comes out of those that are looked at, people see. */
export interface TextLayer {
  readonly layer: Layer;
  readonly isLookedAt: boolean;
}

/** From tokens, [steps], to logits of the next token, [steps, kinds of characters]. */
export function textLayers(
  { lanewise }: Library,
  recipe: TextRecipe,
  characters: number,
): readonly TextLayer[] {
  const { kind, units, layers, heads, dropout: rate } = recipe;
  const { dense, dropout, embedding, gru, layerNormalization, lstm, positionEmbedding, transformerEncoder } =
    lanewise;
  const plain = (layer: Layer): TextLayer => ({ layer, isLookedAt: false });
  const seen = (layer: Layer): TextLayer => ({ layer, isLookedAt: true });
  const drop = rate > 0 ? [plain(dropout(rate))] : [];
  if (kind === "transformer") {
    const block = () => transformerEncoder({ heads, hidden: 4 * units, causal: true, dropout: rate });
    return [
      plain(embedding(characters, units)),
      // What goes into a block is what its attention is computed from.
      ...(rate > 0 ? [plain(positionEmbedding()), seen(dropout(rate))] : [seen(positionEmbedding())]),
      ...Array.from({ length: layers }, (_, i) => (i < layers - 1 ? seen(block()) : plain(block()))),
      plain(layerNormalization()),
      plain(dense(characters)),
    ];
  }
  const options = { returnSequences: true };
  const recurrent = () => (kind === "lstm" ? lstm(units, options) : gru(units, options));
  return [
    plain(embedding(characters, EMBEDDED)),
    ...Array.from({ length: layers }, () => [seen(recurrent()), ...drop]).flat(),
    plain(dense(characters)),
  ];
}
