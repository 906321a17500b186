import { type SceneName, sceneNames, sceneOf } from "./data/index.js";
import { numberIn, Refusal, shown, wordIn } from "./data/scene.js";
import { type NotationName, notationNames } from "./notations/names.js";
import {
  activations,
  type Change,
  defaultRecipe,
  type HiddenLayer,
  lossesOf,
  optimizers,
  type Recipe,
  shapeOf,
} from "./recipe.js";

/** A recipe as the part of a link behind the #, with the SHA-256 of its weights and how it is looked at. */

const VERSION = 1;
const LONGEST = 8192;
const MOST_CHANGES = 50;
/** Hexadecimal digits of the hash in a link. */
export const HASH_DIGITS = 16;

export interface Link {
  readonly recipe: Recipe;
  /** The first digits of the hash that the run must end with. */
  readonly expected?: string;
  /** The notation of the equations. It is no part of the recipe. */
  readonly notation: NotationName;
  /** Whether the run starts by itself. */
  readonly starts: boolean;
  /** A sentence for each part that is wrong. The default replaces it. */
  readonly problems: readonly string[];
}

/** One part of a recipe: its key in a link, and how it is written and read. */
interface Part {
  write(recipe: Recipe): string;
  /** @throws Refusal */
  read(text: string, recipe: Recipe): Partial<Recipe>;
}

const numberPart = (
  name: "test" | "rate" | "batch" | "epochs" | "seed" | "l2" | "dropout",
  what: string,
  [least, most]: readonly [number, number],
  whole = false,
): Part => ({
  write: (recipe) => String(recipe[name]),
  read: (text) => ({ [name]: numberIn(what, text, least, most, whole) }),
});

/** The bounds of the numbers of a recipe. */
export const bounds = {
  test: [0, 0.9],
  rate: [1e-6, 10],
  batch: [1, 1000],
  epochs: [1, 100_000],
  seed: [0, 0xffffffff],
  l2: [0, 1],
  dropout: [0, 0.9],
} as const satisfies Record<string, readonly [number, number]>;

/** In the order of a link. Data come before what depends on them. */
const parts: Readonly<Record<string, Part>> = {
  data: {
    write: ({ scene, data }) => sceneOf(scene).encode(data),
    read: (text, { scene }) => ({ data: sceneOf(scene).decode(text) }),
  },
  test: numberPart("test", "The share of the test", bounds.test),
  in: {
    write: ({ inputs }) => inputs.join(","),
    read(text, { scene }) {
      const { features } = sceneOf(scene);
      const inputs = text.split(",").map((word) => wordIn("An input", word, features));
      if (new Set(inputs).size < inputs.length) throw new Refusal("An input is named twice.");
      return { inputs: features.filter((feature) => inputs.includes(feature)) };
    },
  },
  net: {
    write: ({ layers }) => layers.map(({ units, activation }) => `${units}${activation}`).join(","),
    read: (text, { scene }) => ({ layers: layersFrom(text, scene) }),
  },
  opt: {
    write: ({ optimizer }) => optimizer,
    read: (text) => ({ optimizer: wordIn("The optimizer", text, optimizers) }),
  },
  rate: numberPart("rate", "The learning rate", bounds.rate),
  batch: numberPart("batch", "The batch", bounds.batch, true),
  epochs: numberPart("epochs", "The number of epochs", bounds.epochs, true),
  loss: {
    write: ({ loss }) => loss,
    read: (text, recipe) => ({ loss: wordIn("The loss", text, lossesOf(recipe)) }),
  },
  l2: numberPart("l2", "L2", bounds.l2),
  drop: numberPart("dropout", "Dropout", bounds.dropout),
  seed: numberPart("seed", "The seed", bounds.seed, true),
  at: {
    write: ({ changes }) => changes.map(changeText).join(";"),
    read(text, recipe) {
      const changes = text.split(";").map((part) => changeFrom(part, recipe));
      if (changes.length > MOST_CHANGES)
        throw new Refusal(`A link holds at most ${MOST_CHANGES} changes, not ${changes.length}.`);
      return { changes };
    },
  },
};

function layersFrom(text: string, scene: SceneName): readonly HiddenLayer[] {
  if (text === "") return [];
  const { limits } = sceneOf(scene);
  const words = text.split(",");
  if (words.length > limits.layers)
    throw new Refusal(`A network has at most ${limits.layers} hidden layers here, not ${words.length}.`);
  return words.map((word) => {
    const [, units = "", activation = ""] = /^(\d+)(.*)$/.exec(word) ?? [undefined, word];
    return {
      units: numberIn("The units of a layer", units, 1, limits.units, true),
      activation: wordIn("An activation", activation, activations),
    };
  });
}

function changeText(change: Change): string {
  const when = change.batch > 0 ? `${change.epoch}.${change.batch}` : String(change.epoch);
  const what = change.kind === "rate" ? "rate" : `p${change.parameter}.${change.index}`;
  return `${when}:${what}:${change.value}`;
}

/** @throws Refusal for text that is not a change, or names a weight that the network does not have */
function changeFrom(text: string, recipe: Recipe): Change {
  const [, epochs, batches = "0", what, value] =
    /^(\d{1,6})(?:\.(\d{1,4}))?:([^:]+):([^:]+)$/.exec(text) ?? [];
  if (epochs === undefined)
    throw new Refusal(`A change must look like 120:rate:0.003, not "${shown(text)}".`);
  const when = { epoch: Number(epochs), batch: Number(batches) };
  if (what === "rate") return { ...when, kind: "rate", value: numberIn("A rate", value, ...bounds.rate) };
  const [, parameter, index] = /^p(\d{1,2})\.(\d{1,4})$/.exec(what) ?? [];
  const shape = shapeOf(recipe);
  const layer = Math.floor(Number(parameter) / 2);
  const length = shape[layer + 1] * (Number(parameter) % 2 ? 1 : shape[layer]);
  if (!(Number(index) < length)) throw new Refusal(`The network has no weight "${shown(what)}" to change.`);
  return {
    ...when,
    kind: "weight",
    parameter: Number(parameter),
    index: Number(index),
    value: numberIn("A weight", value, -1e6, 1e6),
  };
}

/** Leaves `,` `;` `:` as they are, which a link may have behind the #. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/%(2C|3B|3A)/g, (code) => decodeURIComponent(code));

/** The recipe, the hash of its weights where that is known, and the notation. Defaults are left out. */
export function encode(recipe: Recipe, hash?: string, notation: NotationName = notationNames[0]): string {
  const usual = defaultRecipe(recipe.scene);
  const pairs = Object.entries(parts)
    .map(([key, part]) => [key, part.write(recipe), part.write(usual)] as const)
    .filter(([, text, usualText]) => text !== usualText)
    .map(([key, text]) => `${key}=${escaped(text)}`);
  const sha = hash === undefined ? [] : [`sha=${hash.slice(0, HASH_DIGITS)}`];
  const look = notation === notationNames[0] ? [] : [`notation=${notation}`];
  return [`v=${VERSION}`, `scene=${recipe.scene}`, ...pairs, ...sha, ...look].join("&");
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
  const usual = { recipe: defaultRecipe(scene), notation: notationNames[0], starts: false, problems };
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
  const letters = pairs.get("notation");
  const notation =
    letters === undefined
      ? usual.notation
      : attempt(() => wordIn("The notation", letters, notationNames), usual.notation);
  return { recipe, ...(isHash && { expected: sha }), notation, starts: pairs.has("run"), problems };
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
    if (!["v", "scene", "sha", "notation", "run"].includes(key) && !(key in parts))
      problems.push(`"${shown(key)}" is not part of a recipe.`);
    else if (pairs.has(key)) problems.push(`"${key}" is given twice; the first one counts.`);
    else pairs.set(key, value);
  }
  return pairs;
}
