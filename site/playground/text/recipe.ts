import { capital, type OptimizerChoice, type Place } from "../recipe.js";
import { type TextData, textInWords } from "./corpora.js";

/** Everything that decides the weights of a model of characters, to the bit. */

export const kinds = ["transformer", "lstm", "gru"] as const;
export type ModelKind = (typeof kinds)[number];

export const kindWords: Readonly<Record<ModelKind, string>> = {
  transformer: "Transformer",
  lstm: "LSTM",
  gru: "GRU",
};

/** The learning rate from a place of the run on. */
export interface RateChange extends Place {
  readonly rate: number;
}

export interface TextRecipe {
  readonly scene: "text";
  readonly data: TextData;
  /** The share of the text, at its end, that the model is tested on. */
  readonly test: number;
  readonly kind: ModelKind;
  /** Units of a recurrent layer, or the features of a character in a transformer. */
  readonly units: number;
  /** Recurrent layers, or blocks of a transformer. */
  readonly layers: number;
  /** Of a transformer: they share the units. */
  readonly heads: number;
  /** Characters that the model sees at once. */
  readonly steps: number;
  readonly dropout: number;
  readonly optimizer: OptimizerChoice;
  readonly rate: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  readonly changes: readonly RateChange[];
}

export const stepChoices = [16, 32, 48, 64, 96, 128] as const;
export const headChoices = [1, 2, 4, 8] as const;

export const textBounds = {
  test: [0, 0.5],
  units: [8, 256],
  layers: [1, 3],
  dropout: [0, 0.9],
  rate: [1e-6, 1],
  batch: [1, 256],
  epochs: [1, 10_000],
  seed: [0, 0xffffffff],
} as const satisfies Record<string, readonly [number, number]>;

export const defaultTextRecipe: TextRecipe = {
  scene: "text",
  data: { name: "sonnets" },
  test: 0.1,
  kind: "transformer",
  units: 48,
  layers: 2,
  heads: 4,
  steps: 64,
  dropout: 0.05,
  optimizer: "adam",
  rate: 0.005,
  batch: 8,
  epochs: 60,
  seed: 7,
  changes: [],
};

/** The same recipe for a model of another kind, with what suits that. */
export const ofKind = (recipe: TextRecipe, kind: ModelKind): Partial<TextRecipe> =>
  kind === "transformer"
    ? { kind, units: 48, layers: 2, heads: 4, dropout: 0.05 }
    : recipe.kind === "transformer"
      ? { kind, units: 96, layers: 1, heads: 1, dropout: 0.2 }
      : { kind };

/** The heads that can share so many units. */
export const headsFor = (units: number): readonly number[] =>
  headChoices.filter((heads) => units % heads === 0);

/** The rate after some epochs and batches. */
export function rateAt({ rate, changes }: TextRecipe, { epoch, batch }: Place): number {
  const made = changes.filter(
    (change) => change.epoch < epoch || (change.epoch === epoch && change.batch <= batch),
  );
  return inTurn(made).at(-1)?.rate ?? rate;
}

/** In the order in which they take effect. */
export const inTurn = (changes: readonly RateChange[]): readonly RateChange[] =>
  [...changes].sort((a, b) => a.epoch - b.epoch || a.batch - b.batch);

export const modelInWords = ({ kind, units, layers, heads }: TextRecipe): string => {
  const many = (count: number, what: string) => `${count} ${what}${count > 1 ? "s" : ""}`;
  return kind === "transformer"
    ? `transformer of ${many(layers, "block")} with ${many(heads, "head")} and ${units} features`
    : `${kindWords[kind]} of ${many(layers, "layer")} with ${units} units`;
};

/** A few sentences that say all of it. */
export function textRecipeInWords(recipe: TextRecipe): string {
  const { data, kind, steps, optimizer, rate, batch, epochs, seed, dropout, test, changes } = recipe;
  const article = kind === "lstm" ? "An" : "A";
  return [
    `${article} ${modelInWords(recipe)} learns to continue ${textInWords(data)}, ${steps} characters at a time.`,
    `${capital(optimizer)} trains it for ${epochs} epoch${epochs > 1 ? "s" : ""} in batches of ${batch} from seed ${seed}, ` +
      `with learning rate ${rate}${dropout > 0 ? ` and dropout ${dropout}` : ""}.`,
    ...(test > 0 ? [`The last ${Math.floor(test * 100 + 0.5)} % of the text are held out for testing.`] : []),
    ...inTurn(changes).map(
      (change) =>
        `After epoch ${change.epoch}${change.batch > 0 ? ` and ${change.batch} batches` : ""} the rate becomes ${change.rate}.`,
    ),
  ].join(" ");
}
