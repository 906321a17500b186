import { type SceneName, sceneNames } from "./data/index.js";
import { Refusal, shown, wordIn } from "./data/scene.js";
import { parts } from "./parts.js";
import { defaultRecipe, lossesOf, type Recipe } from "./recipe.js";
import { type View, viewFrom, viewKeys, viewParts, wholeView } from "./view.js";

/** A recipe as the part of a link behind the #, with the SHA-256 of its weights and how it is looked at. */

const VERSION = 1;
const LONGEST = 8192;
/** Hexadecimal digits of the hash in a link. */
export const HASH_DIGITS = 16;

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

/** Leaves `,` `;` `:` as they are, which a link may have behind the #. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/%(2C|3B|3A)/g, (code) => decodeURIComponent(code));

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
  const attempt = <Result>(read: () => Result, otherwise: Result): Result => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };
  const pairs = attempt(() => pairsOf(text.replace(/^#/, ""), problems), new Map<string, string>());
  const usual: Link = { recipe: defaultRecipe(scene), starts: false, view: wholeView, problems };
  if (pairs.size === 0) return usual;
  if (pairs.get("v") !== String(VERSION)) {
    problems.push(
      `The link has version "${shown(pairs.get("v") ?? "none")}"; this page reads version ${VERSION}.`,
    );
    return usual;
  }
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
  const sha = pairs.get("sha");
  const isHash = sha !== undefined && /^[0-9a-f]{16}$/.test(sha);
  if (sha !== undefined && !isHash)
    problems.push(`The hash must be ${HASH_DIGITS} hexadecimal digits, not "${shown(sha)}".`);
  const view = viewFrom(pairs, ({ message }) => problems.push(message));
  return { recipe, ...(isHash && { expected: sha }), starts: pairs.has("run"), view, problems };
}

/** @throws Refusal for a text that is too long */
function pairsOf(text: string, problems: string[]): Map<string, string> {
  if (text.length > LONGEST)
    throw new Refusal(`The link has ${text.length} characters, more than ${LONGEST}.`);
  const pairs = new Map<string, string>();
  for (const pair of text.split("&").filter((part) => part !== "")) {
    const [, key, raw = ""] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    let value = raw;
    try {
      value = decodeURIComponent(raw);
    } catch {
      problems.push(`The value of "${shown(key)}" has a % without two hexadecimal digits after it.`);
      continue;
    }
    if (!["v", "scene", "sha", "run", ...viewKeys].includes(key) && !(key in parts))
      problems.push(`"${shown(key)}" is not part of a recipe.`);
    else if (pairs.has(key)) problems.push(`"${key}" is given twice; the first one counts.`);
    else pairs.set(key, value);
  }
  return pairs;
}
