import { numberIn, Refusal, shown, wordIn } from "../data/scene.js";
import { attempts, escaped, HASH_DIGITS, hashIn, isOfVersion, pairsOf, VERSION } from "../pairs.js";
import { optimizers } from "../recipe.js";
import { type View, viewFrom, viewKeys, viewParts, wholeView } from "../view.js";
import { decodeText, encodeText } from "./corpora.js";
import {
  defaultTextRecipe,
  headsFor,
  kinds,
  type RateChange,
  stepChoices,
  type TextRecipe,
  textBounds,
} from "./recipe.js";

/** The recipe of a model of characters as the part of a link behind the #. */

const MOST_CHANGES = 50;

interface Part {
  write(recipe: TextRecipe): string;
  /** @throws Refusal */
  read(text: string): Partial<TextRecipe>;
}

const numberPart = (
  name: Exclude<keyof typeof textBounds, "units" | "layers">,
  what: string,
  whole = false,
): Part => ({
  write: (recipe) => String(recipe[name]),
  read(text) {
    const [least, most] = textBounds[name];
    return { [name]: numberIn(what, text, least, most, whole) };
  },
});

const parts: Readonly<Record<string, Part>> = {
  data: {
    write: ({ data }) => encodeText(data),
    read: (text) => ({ data: decodeText(text) }),
  },
  test: numberPart("test", "The share of the test"),
  net: {
    write: ({ kind, units, layers, heads }) =>
      `${kind},${units},${layers}${kind === "transformer" ? `,${heads}` : ""}`,
    read: (text) => modelFrom(text),
  },
  steps: {
    write: ({ steps }) => String(steps),
    read: (text) => ({ steps: Number(wordIn("The number of steps", text, stepChoices.map(String))) }),
  },
  opt: {
    write: ({ optimizer }) => optimizer,
    read: (text) => ({ optimizer: wordIn("The optimizer", text, optimizers) }),
  },
  rate: numberPart("rate", "The learning rate"),
  batch: numberPart("batch", "The batch", true),
  epochs: numberPart("epochs", "The number of epochs", true),
  drop: numberPart("dropout", "Dropout"),
  seed: numberPart("seed", "The seed", true),
  at: {
    write: ({ changes }) =>
      changes
        .map(({ epoch, batch, rate }) => `${epoch}${batch > 0 ? `.${batch}` : ""}:rate:${rate}`)
        .join(";"),
    read(text) {
      const changes = text.split(";").map(changeFrom);
      if (changes.length > MOST_CHANGES)
        throw new Refusal(`A link holds at most ${MOST_CHANGES} changes, not ${changes.length}.`);
      return { changes };
    },
  },
};

/** @throws Refusal */
function modelFrom(text: string): Partial<TextRecipe> {
  const [word, width = "", depth = "", shared = "1"] = text.split(",");
  const kind = wordIn("The model", word, kinds);
  const units = numberIn("The units", width, ...textBounds.units, true);
  const layers = numberIn("The layers", depth, ...textBounds.layers, true);
  if (kind !== "transformer") return { kind, units, layers, heads: 1 };
  const heads = Number(wordIn(`The heads that share ${units} features`, shared, headsFor(units).map(String)));
  return { kind, units, layers, heads };
}

/** @throws Refusal */
function changeFrom(text: string): RateChange {
  const [, epoch, batch = "0", rate] = /^(\d{1,5})(?:\.(\d{1,5}))?:rate:([^:]+)$/.exec(text) ?? [];
  if (epoch === undefined) throw new Refusal(`A change must look like 12:rate:0.001, not "${shown(text)}".`);
  return {
    epoch: Number(epoch),
    batch: Number(batch),
    rate: numberIn("The learning rate", rate, ...textBounds.rate),
  };
}

export interface TextLink {
  readonly recipe: TextRecipe;
  readonly expected?: string;
  readonly starts: boolean;
  readonly view: View;
  readonly problems: readonly string[];
}

/** The recipe, the hash of its weights where that is known, and the view. Defaults are left out. */
export function encodeTextLink(recipe: TextRecipe, hash?: string, view = wholeView): string {
  const pairs = Object.entries(parts)
    .map(([key, part]) => [key, part.write(recipe), part.write(defaultTextRecipe)] as const)
    .filter(([, text, usual]) => text !== usual)
    .map(([key, text]) => `${key}=${escaped(text)}`);
  const sha = hash === undefined ? [] : [`sha=${hash.slice(0, HASH_DIGITS)}`];
  return [`v=${VERSION}`, "scene=text", ...pairs, ...sha, ...viewParts(view)].join("&");
}

/** Reads any text. It reports problems and never throws. */
export function decodeTextLink(text: string): TextLink {
  const problems: string[] = [];
  const attempt = attempts(problems);
  const isKnown = (key: string) => (viewKeys as readonly string[]).includes(key) || key in parts;
  const pairs = attempt(() => pairsOf(text, isKnown, problems), new Map<string, string>());
  const usual: TextLink = { recipe: defaultTextRecipe, starts: false, view: wholeView, problems };
  if (pairs.size === 0 || !isOfVersion(pairs, problems)) return usual;
  const named = pairs.get("scene") ?? "text";
  if (named !== "text") {
    problems.push(`This link is for the scene "${shown(named)}".`);
    return usual;
  }
  let recipe = defaultTextRecipe;
  for (const [key, part] of Object.entries(parts)) {
    const given = pairs.get(key);
    if (given !== undefined) recipe = { ...recipe, ...attempt(() => part.read(given), {}) };
  }
  const expected = hashIn(pairs, problems);
  const view = viewFrom(pairs, ({ message }) => problems.push(message));
  return { recipe, ...(expected && { expected }), starts: pairs.has("run"), view, problems };
}
