import { type SceneName, sceneNames } from "./data/index.js";
import { wordIn } from "./data/scene.js";
import { attempts, escaped, HASH_DIGITS, hashIn, isOfVersion, pairsOf, VERSION } from "./pairs.js";
import { parts } from "./parts.js";
import { defaultRecipe, lossesOf, type Recipe } from "./recipe.js";
import { type View, viewFrom, viewKeys, viewParts, wholeView } from "./view.js";

/** A recipe as the part of a link behind the #, with the SHA-256 of its weights and how it is looked at. */

export { HASH_DIGITS };

export interface Link {
  readonly recipe: Recipe;
  /** The first digits of the hash that the run must end with. */
  readonly expected?: string;
  /** Whether the run starts by itself. */
  readonly starts: boolean;
  readonly view: View;
  /** A sentence for each part that is wrong. The default replaces it. */
  readonly problems: readonly string[];
}

/** The recipe, the hash of its weights where that is known, and the view. Defaults are left out. */
export function encode(recipe: Recipe, hash?: string, view = wholeView): string {
  const usual = defaultRecipe(recipe.scene);
  const pairs = Object.entries(parts)
    .map(([key, part]) => [key, part.write(recipe), part.write(usual)] as const)
    .filter(([, text, usualText]) => text !== usualText)
    .map(([key, text]) => `${key}=${escaped(text)}`);
  const sha = hash === undefined ? [] : [`sha=${hash.slice(0, HASH_DIGITS)}`];
  return [`v=${VERSION}`, `scene=${recipe.scene}`, ...pairs, ...sha, ...viewParts(view)].join("&");
}

/** Reads any text. It reports problems and never throws. */
export function decode(text: string, scene: SceneName = "points"): Link {
  const problems: string[] = [];
  const attempt = attempts(problems);
  const isKnown = (key: string) => (viewKeys as readonly string[]).includes(key) || key in parts;
  const pairs = attempt(() => pairsOf(text, isKnown, problems), new Map<string, string>());
  const usual: Link = { recipe: defaultRecipe(scene), starts: false, view: wholeView, problems };
  if (pairs.size === 0 || !isOfVersion(pairs, problems)) return usual;
  const named = pairs.get("scene");
  const chosen = named === undefined ? scene : attempt(() => wordIn("The scene", named, sceneNames), scene);
  let recipe = defaultRecipe(chosen);
  for (const [key, part] of Object.entries(parts)) {
    // The default loss may not suit these data.
    if (key === "loss" && !lossesOf(recipe).includes(recipe.loss))
      recipe = { ...recipe, loss: lossesOf(recipe)[0] };
    const given = pairs.get(key);
    if (given !== undefined) recipe = { ...recipe, ...attempt(() => part.read(given, recipe), {}) };
  }
  const expected = hashIn(pairs, problems);
  const view = viewFrom(pairs, ({ message }) => problems.push(message));
  return { recipe, ...(expected && { expected }), starts: pairs.has("run"), view, problems };
}
