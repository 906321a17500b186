import type { AbortSignalLike } from "../core/platform.js";
import { exp } from "../core/reproducible-math.js";
import {
  activation,
  adamw,
  add,
  average,
  type Backend,
  dense,
  dropout,
  type Encoding,
  type FitOptions,
  type History,
  input,
  type Layer,
  losses,
  Model,
  NonFiniteError,
  scaling,
  type Tensor,
} from "../index.js";
import { foldsOf, type Targets } from "./folds.js";
import { momentsOf } from "./plan.js";
import { FEW_ROWS, type TableRecipe } from "./recipe.js";

/** Samples [rows, width], and what is to be predicted of each. */
export interface Examples {
  readonly inputs: Float32Array;
  readonly targets: Targets;
}

export interface LearnOptions {
  readonly seed: number;
  /** The weight of each class. */
  readonly classWeights?: readonly number[] | undefined;
  readonly signal?: AbortSignalLike | undefined;
  /** Called after each network. */
  readonly onNetwork?: ((done: number, of: number) => void) | undefined;
}

export interface Learned {
  /** The average of all networks, of probabilities for each class or of values in the target's unit. */
  readonly model: Model;
  /**
   * What one network that did not learn from a row gives for it: probabilities or values, [rows, outputs].
   * Undefined for few rows.
   */
  readonly heldOut: { readonly rows: readonly number[]; readonly outputs: Float32Array } | undefined;
  /** The epoch that was best for each network. */
  readonly epochs: readonly number[];
  readonly history: readonly NetworkHistory[];
}

/** The losses of a network after each epoch: of values, of standardised ones. */
export interface NetworkHistory {
  /** The mean over the batches of the epoch. */
  readonly loss: readonly number[];
  /** On the network's held-out rows; left out where there are none. */
  readonly validationLoss?: readonly number[];
}

/** What networks predict: logits of classes, or values that are standardised. */
export interface Predicted {
  /** The names of the classes; undefined for values. */
  readonly labels: readonly string[] | undefined;
  /** The mean and the deviation of values. */
  readonly unit: { readonly mean: number; readonly deviation: number };
}

/** Trains the networks of a recipe, and puts them into one model. */
export async function learn(
  backend: Backend,
  encoding: Encoding,
  { inputs, targets }: Examples,
  recipe: TableRecipe,
  options: LearnOptions,
): Promise<Learned> {
  const { labels, values } = targets;
  const rows = values.length;
  const width = inputs.length / rows;
  const predicted = { labels, unit: unitOf(targets) };
  const splits = rows < FEW_ROWS ? undefined : foldsOf(targets, recipe.networks, options.seed);
  const whole = wholeModel(backend, encoding, width, predicted, recipe, options.seed);
  const held: number[] = [];
  const given: number[] = [];
  const epochs: number[] = [];
  const histories: NetworkHistory[] = [];
  for (let member = 0; member < recipe.networks; member++) {
    const { train, test } = splits?.[member] ?? { train: Int32Array.from(values.keys()), test: undefined };
    const model = memberModel(backend, width, predicted, recipe, member, options.seed);
    try {
      const examples = (part: Int32Array) =>
        [
          take(inputs, width, part),
          learnedFrom(
            Array.from(part, (row) => values[row]),
            predicted,
          ),
        ] as const;
      const { classWeights, signal } = options;
      const fit = { classWeights, signal, validationData: test && examples(test) };
      const history = await model.fit(...examples(train), fitOptions(predicted, recipe, fit));
      const losses = lossesOf(history, recipe);
      epochs.push(losses.epochs);
      histories.push(losses.history);
      if (test) {
        for (const row of test) held.push(row);
        for (const output of model.predict(take(inputs, width, test))) given.push(output);
      }
      takeWeights(whole, model);
    } finally {
      model.dispose();
    }
    options.onNetwork?.(member + 1, recipe.networks);
  }
  const heldOut = splits && { rows: held, outputs: inUnit(Float32Array.from(given), predicted) };
  return { model: whole, heldOut, epochs, history: histories };
}

/** What a network learns of targets: the classes, or values that are standardised. */
export function learnedFrom(
  targets: readonly number[],
  { labels, unit: { mean, deviation } }: Predicted,
): Int32Array | Float32Array {
  return labels
    ? Int32Array.from(targets)
    : Float32Array.from(targets, (target) => (target - mean) / deviation);
}

/** How a network is trained by a recipe. */
export function fitOptions(
  { labels }: Predicted,
  recipe: TableRecipe,
  {
    classWeights,
    signal,
    validationData,
  }: Pick<LearnOptions, "classWeights" | "signal"> & {
    readonly validationData?: FitOptions["validationData"] | undefined;
  },
): FitOptions {
  return {
    loss: labels ? losses.softmaxCrossEntropy() : losses.meanSquaredError(),
    optimizer: adamw({
      learningRate: recipe.learningRate,
      weightDecay: recipe.weightDecay,
      groups: [{ parameters: /bias/, weightDecay: 0 }],
    }),
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    ...(classWeights && { classWeights }),
    ...(signal && { signal }),
    ...(validationData && { validationData, earlyStopping: { patience: recipe.patience } }),
  };
}

/** The best epoch of a network, and its losses. @throws NonFiniteError */
export function lossesOf(
  { epochs, bestEpoch }: History,
  recipe: TableRecipe,
): { readonly epochs: number; readonly history: NetworkHistory } {
  if (!Number.isFinite(epochs.at(-1)?.loss))
    throw new NonFiniteError("trainTable: the loss is no longer a number");
  const validates = epochs.some(({ validationLoss }) => validationLoss !== undefined);
  return {
    epochs: bestEpoch ?? recipe.epochs,
    history: {
      loss: epochs.map(({ loss }) => loss as number),
      ...(validates && { validationLoss: epochs.map(({ validationLoss }) => validationLoss as number) }),
    },
  };
}

/** Copies the weights of a network to where the model of all has them. */
export function takeWeights(whole: Model, model: Model): void {
  const parameters = new Map(whole.parameters.map(({ name, value }) => [name, value]));
  for (const { name, value } of model.parameters) parameters.get(name)?.data.set(value.data);
}

/** The mean and the deviation of values, which are learned standardised. */
function unitOf({ labels, values }: Targets): Predicted["unit"] {
  const { mean, deviation } = labels ? { mean: 0, deviation: 1 } : momentsOf(values);
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}

/** Logits as probabilities, standardised values in the unit of the target. */
export function inUnit(outputs: Float32Array, { labels, unit }: Predicted): Float32Array {
  if (!labels) return outputs.map((value) => value * unit.deviation + unit.mean);
  const classes = labels.length;
  for (let begin = 0; begin < outputs.length; begin += classes) {
    const row = outputs.subarray(begin, begin + classes);
    const most = row.reduce((a, b) => Math.max(a, b));
    const powers = Array.from(row, (logit) => exp(Math.max(logit - most, -700)));
    const sum = powers.reduce((a, b) => a + b);
    row.set(powers.map((power) => power / sum));
  }
  return outputs;
}

/** Rows of samples. */
export function take(inputs: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    taken.set(inputs.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  return taken;
}

/**
 * One network: hidden layers, and beside them a linear path from the inputs to the outputs, which serves
 * tables that are linear for the most part.
 */
function member(x: Tensor, outputs: number, recipe: TableRecipe, index: number, isTraining: boolean): Tensor {
  const name = (part: string) => `net${index}.${part}`;
  const through = (layer: Layer, tensor: Tensor) => layer.apply(tensor);
  let hidden = x;
  recipe.hidden.forEach((units, i) => {
    hidden = through(dense(units, { activation: "relu", name: name(`hidden${i}`) }), hidden);
    if (isTraining && recipe.dropout > 0) hidden = through(dropout(recipe.dropout), hidden);
  });
  const linear = dense(outputs, { useBias: false, kernelInitializer: "zeros", name: name("linear") });
  return add(through(dense(outputs, { name: name("output") }), hidden), through(linear, x));
}

export function memberModel(
  backend: Backend,
  width: number,
  { labels }: Predicted,
  recipe: TableRecipe,
  index: number,
  seed: number,
): Model {
  const x = input(width);
  return new Model(backend, {
    inputs: x,
    outputs: member(x, labels?.length ?? 1, recipe, index, true),
    seed: seed * 100 + index,
  });
}

/** The average of all networks: of logits before a softmax, or of values. */
export function wholeModel(
  backend: Backend,
  encoding: Encoding,
  width: number,
  { labels, unit }: Predicted,
  recipe: TableRecipe,
  seed: number,
): Model {
  const x = input(width);
  const members = Array.from({ length: recipe.networks }, (_, i) =>
    member(x, labels?.length ?? 1, recipe, i, false),
  );
  const { mean, deviation } = unit;
  const end = labels
    ? activation("softmax")
    : scaling({ mean: [-mean / deviation], deviation: [1 / deviation] });
  const [first, second, ...rest] = members;
  const outputs = end.apply(second ? average(first, second, ...rest) : first);
  return new Model(backend, { inputs: x, outputs, seed, encoding, ...(labels && { labels }) });
}
