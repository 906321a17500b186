import { type SceneName, sceneOf } from "./data/index.js";
import type { OutputKind } from "./data/scene.js";

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

/** How far a run has come: epochs, and batches of the next one. */
export interface Place {
  readonly epoch: number;
  readonly batch: number;
}

/** A setting that was changed during the run, and the place at which it changed. */
export type Change = Place &
  (
    | { [Kind in keyof Settings]: { readonly kind: Kind; readonly value: Settings[Kind] } }[keyof Settings]
    /** A number of a parameter: weights and biases of the layers in turn. */
    | { readonly kind: "weight"; readonly parameter: number; readonly index: number; readonly value: number }
  );

/** A change whose place in the run is not known yet. */
export type WithoutPlace<Of> = Of extends unknown ? Omit<Of, "epoch" | "batch"> : never;

/** What can change during a run. */
export type Settings = Pick<Recipe, "rate" | "l2" | "batch" | "optimizer">;

/** Whether a change waits for the end of an epoch. The others take effect between two batches. */
export const waitsForEpoch = (kind: Change["kind"]): boolean => kind === "batch" || kind === "optimizer";

/** In the order in which they take effect. */
export const inOrder = (changes: readonly Change[]): readonly Change[] =>
  [...changes].sort((a, b) => a.epoch - b.epoch || a.batch - b.batch);

/** The settings after some epochs and batches. */
export function settingsAt({ rate, l2, batch, optimizer, changes }: Recipe, at: Place): Settings {
  const isMade = ({ epoch, batch }: Place) => epoch < at.epoch || (epoch === at.epoch && batch <= at.batch);
  const settings = { rate, l2, batch, optimizer };
  for (const change of inOrder(changes))
    if (isMade(change) && change.kind !== "weight") Object.assign(settings, { [change.kind]: change.value });
  return settings;
}

export interface Recipe {
  readonly scene: SceneName;
  /** Of the scene's own kind. */
  readonly data: unknown;
  /** The share of the samples that is kept for the test. */
  readonly test: number;
  /** The features that the network is given. */
  readonly inputs: readonly string[];
  /** Convolutions of images, each with a pool behind it. Their units are the filters. */
  readonly convolutions: readonly HiddenLayer[];
  readonly layers: readonly HiddenLayer[];
  readonly optimizer: OptimizerChoice;
  readonly rate: number;
  readonly batch: number;
  readonly epochs: number;
  readonly loss: LossChoice;
  readonly l2: number;
  readonly dropout: number;
  /** Epochs without a better test loss before the run stops. 0: it runs all epochs. */
  readonly patience: number;
  /** Of the first weights, the order of the samples and dropout. */
  readonly seed: number;
  readonly changes: readonly Change[];
}

/** The recipe that a scene opens with. */
export const defaultRecipe = (scene: SceneName): Recipe => ({ scene, ...sceneOf(scene).defaults });

/** The losses that suit a recipe's data: cross entropy needs classes. */
export const lossesOf = ({ scene, data }: Recipe): readonly LossChoice[] =>
  sceneOf(scene).outputs(data).kind === "values" ? ["squaredError"] : losses;

/** The units of each dense layer, inputs and outputs included. */
export const shapeOf = (recipe: Recipe): readonly number[] => {
  const dense = stagesOf(recipe).filter(({ kind }) => kind === "dense");
  return [inputsOf(dense[0]), ...dense.map(({ units }) => units)];
};

/** Rows and columns of a kernel, and of the window of a pool. */
const [KERNEL, POOL] = [3, 2];

/** Values that come together: a number of units or, of an image, of maps with `side` rows and columns. */
interface Extent {
  readonly units: number;
  readonly side: number;
}

/** A part of a network that gives outputs. */
export interface Stage extends Extent {
  readonly kind: "conv" | "pool" | "dense";
  readonly activation: ActivationChoice | "linear";
  /** What it takes. */
  readonly from: Extent;
  /** Rows and columns of what an output is made of, 1 of dense layers. */
  readonly window: number;
  /** The number of its weights among the parameters; its biases are the next. Undefined of pools. */
  readonly parameter: number | undefined;
}

/** The stages of a network, from the first to the output. */
export function stagesOf({ scene, data, inputs, convolutions, layers }: Recipe): readonly Stage[] {
  const { image, outputs } = sceneOf(scene);
  let from: Extent =
    image && convolutions.length > 0 ? { units: 1, side: image.side } : { units: inputs.length, side: 1 };
  let parameter = 0;
  const next = (stage: Extent & Pick<Stage, "kind" | "activation" | "window">): Stage => {
    const made = { ...stage, from, parameter: stage.kind === "pool" ? undefined : parameter };
    if (stage.kind !== "pool") parameter += 2;
    from = { units: stage.units, side: stage.side };
    return made;
  };
  const last = { units: outputs(data).count, activation: "linear" } as const;
  return [
    ...convolutions.flatMap(({ units, activation }) => [
      next({ kind: "conv", units, side: from.side, activation, window: KERNEL }),
      next({ kind: "pool", units, side: Math.floor(from.side / POOL), activation: "linear", window: POOL }),
    ]),
    ...[...layers, last].map((layer) => next({ ...layer, kind: "dense", side: 1, window: 1 })),
  ];
}

/** What a stage is called, such as "Convolution 1", "Layer 2" or "Output". */
export function nameOf(recipe: Recipe, number: number): string {
  const stages = stagesOf(recipe);
  if (number === stages.length - 1) return "Output";
  const { kind } = stages[number];
  return `${stageWords[kind]} ${stages.slice(0, number + 1).filter((stage) => stage.kind === kind).length}`;
}

const stageWords: Record<Stage["kind"], string> = { conv: "Convolution", pool: "Pool", dense: "Layer" };

/** Whether the equations of matrices say all of a network. */
export const isDense = ({ convolutions }: Recipe): boolean => convolutions.length === 0;

const inputsOf = ({ from }: Stage): number => from.units * from.side * from.side;

/** How many numbers each parameter has: the weights and the biases of each stage that has them. */
export const parameterLengths = (recipe: Recipe): readonly number[] =>
  stagesOf(recipe)
    .filter(({ parameter }) => parameter !== undefined)
    .flatMap((stage) => {
      const { kind, units, from, window } = stage;
      return [(kind === "conv" ? window * window * from.units : inputsOf(stage)) * units, units];
    });

/** Losses of classes take logits, whose gradient does not vanish for outputs that are sure and wrong. */
export function lossNameOf(choice: LossChoice, kind: OutputKind) {
  if (choice === "squaredError") return "meanSquaredError";
  return kind === "binary" ? "binaryCrossEntropyWithLogits" : "softmaxCrossEntropy";
}

export const lossWords: Record<LossChoice, string> = {
  crossEntropy: "cross entropy",
  squaredError: "squared error",
};

/** Two or three sentences that say all of it. */
export function inWords(recipe: Recipe): string {
  const { scene, data, convolutions, layers, optimizer, rate, batch, epochs, seed, loss, l2 } = recipe;
  const { dropout, test, patience, changes } = recipe;
  const functions = [...new Set([...convolutions, ...layers].map(({ activation }) => activation))];
  const filters = convolutions.map(({ units }) => units).join(" and ");
  const shape = shapeOf(recipe).join("-");
  const kind = filters
    ? `convolutional network (${filters} filters of ${KERNEL} × ${KERNEL} pixels, each pooled, then ${shape})`
    : `${shape} network`;
  const net = `${kind} ${functions.length > 0 ? `with ${functions.join(" and ")}` : "without hidden layers"}`;
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
    test > 0 && patience > 0
      ? `Training stops early after ${patience} epoch${patience > 1 ? "s" : ""} without a better test loss.`
      : "",
    changes.length > 0 ? `${changes.map(changeInWords).join("; ")}.` : "",
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function changeInWords(change: Change): string {
  const { epoch, batch, value } = change;
  const when = `After epoch ${epoch}${batch > 0 ? ` and ${batch} batches` : ""}`;
  if (change.kind !== "weight") return `${when} the ${settingWords[change.kind]} becomes ${value}`;
  const layer = Math.floor(change.parameter / 2) + 1;
  const what = change.parameter % 2 ? "bias" : "weight";
  return `${when} ${what} ${change.index + 1} of layer ${layer} becomes ${value}`;
}

const settingWords: Record<keyof Settings, string> = {
  rate: "rate",
  l2: "L2 penalty",
  batch: "batch",
  optimizer: "optimizer",
};

export const capital = (word: string): string => word[0].toUpperCase() + word.slice(1);
