import { type SceneName, sceneOf } from "./data/index.js";

/** Everything that decides the weights of a run, to the bit. The rest of the page only looks at it. */

export const activations = [
  "tanh",
  "relu",
  "sigmoid",
  "leakyRelu",
  "elu",
  "gelu",
  "silu",
  "softsign",
] as const;
export const optimizers = ["adam", "adamw", "sgd", "rmsprop", "nadam", "adagrad", "lion"] as const;
export const losses = ["crossEntropy", "squaredError"] as const;

export type ActivationChoice = (typeof activations)[number];
export type OptimizerChoice = (typeof optimizers)[number];
export type LossChoice = (typeof losses)[number];

export interface HiddenLayer {
  readonly units: number;
  readonly activation: ActivationChoice;
}

/** A setting that was changed during the run, and the epoch and batch after which it changed. */
export type Change = { readonly epoch: number; readonly batch: number } & (
  | { readonly kind: "rate"; readonly value: number }
  /** A number of a parameter: weights and biases of the layers in turn. */
  | { readonly kind: "weight"; readonly parameter: number; readonly index: number; readonly value: number }
);

export interface Recipe {
  readonly scene: SceneName;
  /** Of the scene's own kind. */
  readonly data: unknown;
  /** The share of the samples that is kept for the test. */
  readonly test: number;
  /** The features that the network is given. */
  readonly inputs: readonly string[];
  readonly layers: readonly HiddenLayer[];
  readonly optimizer: OptimizerChoice;
  readonly rate: number;
  readonly batch: number;
  readonly epochs: number;
  readonly loss: LossChoice;
  readonly l2: number;
  readonly dropout: number;
  /** Of the first weights, the order of the samples and dropout. */
  readonly seed: number;
  readonly changes: readonly Change[];
}

/** The recipe that a scene opens with. */
export const defaultRecipe = (scene: SceneName): Recipe => ({ scene, ...sceneOf(scene).defaults });

/** The losses that suit a recipe's data: cross entropy needs classes. */
export const lossesOf = ({ scene, data }: Recipe): readonly LossChoice[] =>
  sceneOf(scene).outputs(data).kind === "values" ? ["squaredError"] : losses;

/** The units of each layer, inputs and outputs included. */
export const shapeOf = ({ scene, data, inputs, layers }: Recipe): readonly number[] => [
  inputs.length,
  ...layers.map(({ units }) => units),
  sceneOf(scene).outputs(data).count,
];

export const lossWords: Record<LossChoice, string> = {
  crossEntropy: "cross entropy",
  squaredError: "squared error",
};

/** Two or three sentences that say all of it. */
export function inWords(recipe: Recipe): string {
  const { scene, data, layers, optimizer, rate, batch, epochs, seed, loss, l2, dropout, test, changes } =
    recipe;
  const functions = [...new Set(layers.map(({ activation }) => activation))];
  const shape = shapeOf(recipe).join("-");
  const net =
    functions.length > 0
      ? `${shape} network with ${functions.join(" and ")}`
      : `${shape} network without hidden layers`;
  const settings = [
    `learning rate ${rate}`,
    `${lossWords[loss]} loss`,
    ...(l2 > 0 ? [`L2 ${l2}`] : []),
    ...(dropout > 0 ? [`dropout ${dropout}`] : []),
  ];
  const sentences = [
    `A ${net} learns ${sceneOf(scene).inWords(data)}.`,
    `${capital(optimizer)} trains it for ${epochs} epochs in batches of ${batch} from seed ${seed}, ` +
      `with ${settings.join(", ")}.`,
    test > 0 ? `${Math.floor(test * 100 + 0.5)} % of the data are held out for testing.` : "",
    changes.length > 0 ? `${changes.map(changeInWords).join("; ")}.` : "",
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function changeInWords(change: Change): string {
  const { epoch, batch, value } = change;
  const when = `After epoch ${epoch}${batch > 0 ? ` and ${batch} batches` : ""}`;
  if (change.kind === "rate") return `${when} the rate becomes ${value}`;
  const layer = Math.floor(change.parameter / 2) + 1;
  const what = change.parameter % 2 ? "bias" : "weight";
  return `${when} ${what} ${change.index + 1} of layer ${layer} becomes ${value}`;
}

export const capital = (word: string): string => word[0].toUpperCase() + word.slice(1);
