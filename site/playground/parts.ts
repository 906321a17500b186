import { sceneOf } from "./data/index.js";
import { type Limits, numberIn, Refusal, shown, wordIn } from "./data/scene.js";
import {
  activations,
  type Change,
  type HiddenLayer,
  lossesOf,
  optimizers,
  parameterLengths,
  type Recipe,
  type Settings,
  waitsForEpoch,
} from "./recipe.js";

/** How each part of a recipe is written in a link, and read. */

const MOST_CHANGES = 50;

/** One part of a recipe: its key in a link, and how it is written and read. */
interface Part {
  write(recipe: Recipe): string;
  /** @throws Refusal */
  read(text: string, recipe: Recipe): Partial<Recipe>;
}

const numberPart = (
  name: "test" | "rate" | "batch" | "epochs" | "seed" | "l2" | "dropout" | "patience",
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
  patience: [0, 10_000],
} as const satisfies Record<string, readonly [number, number]>;

/** In the order of a link. Data come before what depends on them. */
export const parts: Readonly<Record<string, Part>> = {
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
    write: ({ layers }) => layersText(layers),
    read: (text, { scene }) => ({
      layers: layersFrom(text, "hidden layer", "units of a layer", sceneOf(scene).limits),
    }),
  },
  conv: {
    write: ({ convolutions }) => layersText(convolutions),
    read: (text, recipe) => ({ convolutions: convolutionsFrom(text, recipe) }),
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
  stop: numberPart("patience", "The patience of early stopping", bounds.patience, true),
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

/** @throws Refusal for a text that is no list of layers such as 8tanh, or is beyond what can be drawn */
function layersFrom(text: string, what: string, unit: string, limits: Limits): readonly HiddenLayer[] {
  if (text === "") return [];
  const words = text.split(",");
  if (words.length > limits.layers)
    throw new Refusal(`A network has at most ${limits.layers} ${what}s here, not ${words.length}.`);
  return words.map((word) => {
    const [, units = "", activation = ""] = /^(\d+)(.*)$/.exec(word) ?? [undefined, word];
    return {
      units: numberIn(`The ${unit}`, units, 1, limits.units, true),
      activation: wordIn("An activation", activation, activations),
    };
  });
}

function convolutionsFrom(text: string, { scene, inputs }: Recipe): readonly HiddenLayer[] {
  const { image, features, title } = sceneOf(scene);
  if (text === "") return [];
  if (!image) throw new Refusal(`The scene ${title} has no images to convolve.`);
  if (inputs.length < features.length)
    throw new Refusal(`A convolution needs all ${features.length} pixels, not ${inputs.length} of them.`);
  return layersFrom(text, "convolution", "filters of a convolution", image.limits);
}

const layersText = (layers: readonly HiddenLayer[]): string =>
  layers.map(({ units, activation }) => `${units}${activation}`).join(",");

/** The keys of what can change during a run. */
const settingKeys: Record<keyof Settings, string> = {
  rate: "rate",
  l2: "l2",
  batch: "batch",
  optimizer: "opt",
};
const settingNames = Object.keys(settingKeys) as (keyof Settings)[];

function changeText(change: Change): string {
  const when = change.batch > 0 ? `${change.epoch}.${change.batch}` : String(change.epoch);
  const what = change.kind === "weight" ? `p${change.parameter}.${change.index}` : settingKeys[change.kind];
  return `${when}:${what}:${change.value}`;
}

/** @throws Refusal for text that is not a change, or names a weight that the network does not have */
function changeFrom(text: string, recipe: Recipe): Change {
  const [, epochs, batches = "0", what, value] =
    /^(\d{1,6})(?:\.(\d{1,4}))?:([^:]+):([^:]+)$/.exec(text) ?? [];
  if (epochs === undefined)
    throw new Refusal(`A change must look like 120:rate:0.003, not "${shown(text)}".`);
  const when = { epoch: Number(epochs), batch: Number(batches) };
  const kind = settingNames.find((name) => settingKeys[name] === what);
  if (kind) {
    if (when.batch > 0 && waitsForEpoch(kind))
      throw new Refusal(
        `The ${kind} changes between two epochs, as in 120:${what}, not in the middle of one.`,
      );
    return { ...when, kind, value: parts[what].read(value, recipe)[kind] } as Change;
  }
  const [, parameter, index] = /^p(\d{1,2})\.(\d{1,4})$/.exec(what) ?? [];
  const length = parameterLengths(recipe)[Number(parameter)];
  if (!(Number(index) < length)) throw new Refusal(`The network has no weight "${shown(what)}" to change.`);
  return {
    ...when,
    kind: "weight",
    parameter: Number(parameter),
    index: Number(index),
    value: numberIn("A weight", value, -1e6, 1e6),
  };
}
