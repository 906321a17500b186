import type { AbortSignalLike } from "../core/platform.js";
import { exp } from "../core/reproducible-math.js";
import { encodedWidth } from "../encoding/encoding.js";
import {
  activation,
  adamw,
  add,
  average,
  type Backend,
  type Batch,
  dense,
  dropout,
  type Encoding,
  type FitOptions,
  input,
  type Layer,
  losses,
  Model,
  NonFiniteError,
  scaling,
  type Tensor,
} from "../index.js";
import type { Start } from "./fine-tune.js";
import { foldsOf, rowsToHoldOut, type TableTargets, targetsOf } from "./folds.js";
import { momentsOf } from "./plan.js";
import { FEW_ROWS, type TableRecipe } from "./recipe.js";

/** Of fewer networks than this, each holds out as many rows as if there were so many. */
export const LEAST_PARTS = 3;

/** Samples [rows, width], and what is to be predicted of each. */
export interface Examples {
  readonly inputs: Float32Array;
  readonly targets: TableTargets;
}

export interface LearnOptions {
  readonly seed: number;
  /** Of the model. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the networks begin with, if not with random weights: of the same layers. */
  readonly start?: Pick<Start, "parameters" | "unit"> | undefined;
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
  { targets, inputs }: Examples,
  recipe: TableRecipe,
  options: LearnOptions,
): Promise<Learned> {
  const rows = targets.values.length;
  const parts = Math.max(LEAST_PARTS, recipe.networks);
  const canHoldOut = rows >= FEW_ROWS && rowsToHoldOut(targets) >= parts;
  const splits = canHoldOut ? foldsOf(targets, parts, options.seed).slice(0, recipe.networks) : undefined;
  const width = inputs.length / rows;
  const predicted = { labels: targets.labels, unit: options.start?.unit ?? unitOf(targets) };
  const part = (rows: Int32Array): Samples =>
    [take(inputs, width, rows), learnedFrom(targetsOf(targets, rows).values, predicted)] as const;
  const learned: LearnedNetwork[] = [];
  for (let index = 0; index < recipe.networks; index++) {
    const split = splits?.[index];
    const training = part(split?.train ?? Int32Array.from(targets.values.keys()));
    const data = { width, training, validation: split && part(split.test) };
    learned.push(await learnOne(backend, data, predicted, recipe, index, options));
    options.onNetwork?.(index + 1, recipe.networks);
  }
  const held = splits?.flatMap(({ test }) => [...test]);
  return joined(backend, encoding, predicted, recipe, learned, held, options);
}

/** Samples [rows, width], and what a network learns of their targets. */
type Samples = readonly [inputs: Float32Array, targets: Int32Array | Float32Array];

/** What one network learns from, and what it stops by. */
export interface NetworkData {
  readonly width: number;
  /** Samples, or what gives them in batches for each epoch. */
  readonly training: Samples | (() => AsyncIterable<Batch>);
  readonly validation: Samples | undefined;
}

/** A network that was trained. */
export interface LearnedNetwork {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly bestEpoch: number;
  readonly history: NetworkHistory;
  /** Logits or standardised values of the rows that it stopped by. */
  readonly heldOut: Float32Array;
}

/** Trains one network. */
export async function learnOne(
  backend: Backend,
  { width, training, validation }: NetworkData,
  { labels }: Predicted,
  recipe: TableRecipe,
  index: number,
  { seed, start, classWeights, signal }: LearnOptions,
): Promise<LearnedNetwork> {
  const model = memberModel(backend, width, labels?.length ?? 1, recipe, index, seed);
  try {
    for (const { name, value } of start ? model.parameters : [])
      value.data.set(start?.parameters.get(name) ?? []);
    const fitOptions: FitOptions = {
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
      ...(validation && { validationData: validation, earlyStopping: { patience: recipe.patience } }),
    };
    const { epochs, bestEpoch } =
      typeof training === "function"
        ? await model.fit(training, fitOptions)
        : await model.fit(...training, fitOptions);
    if (!Number.isFinite(epochs.at(-1)?.loss))
      throw new NonFiniteError("trainTable: the loss is no longer a number");
    return {
      parameters: new Map(model.parameters.map(({ name, value }) => [name, value.data.slice()])),
      bestEpoch: bestEpoch ?? recipe.epochs,
      history: {
        loss: epochs.map(({ loss }) => loss as number),
        ...(validation && { validationLoss: epochs.map(({ validationLoss }) => validationLoss as number) }),
      },
      heldOut: validation ? model.predict(validation[0]) : new Float32Array(),
    };
  } finally {
    model.dispose();
  }
}

/** One model of all networks. held: the rows that they stopped by, one network after the other. */
export function joined(
  backend: Backend,
  encoding: Encoding,
  predicted: Predicted,
  recipe: TableRecipe,
  networks: readonly LearnedNetwork[],
  held: readonly number[] | undefined,
  options: LearnOptions,
): Learned {
  const model = wholeModel(backend, encoding, predicted, recipe, options);
  const parameters = new Map(model.parameters.map(({ name, value }) => [name, value]));
  for (const network of networks)
    for (const [name, values] of network.parameters) parameters.get(name)?.data.set(values);
  const outputs = new Float32Array(networks.reduce((sum, { heldOut }) => sum + heldOut.length, 0));
  let at = 0;
  for (const { heldOut } of networks) {
    outputs.set(heldOut, at);
    at += heldOut.length;
  }
  return {
    model,
    heldOut: held && { rows: held, outputs: inUnit(outputs, predicted) },
    epochs: networks.map(({ bestEpoch }) => bestEpoch),
    history: networks.map(({ history }) => history),
  };
}

/** The mean and the deviation of values, which are learned standardised. */
export function unitOf({ labels, values }: TableTargets): Predicted["unit"] {
  const { mean, deviation } = labels ? { mean: 0, deviation: 1 } : momentsOf(values);
  return { mean, deviation: deviation > 0 ? deviation : 1 };
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

/** Logits as probabilities, standardised values in the unit of the target. */
function inUnit(outputs: Float32Array, { labels, unit }: Predicted): Float32Array {
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

function memberModel(
  backend: Backend,
  width: number,
  outputs: number,
  recipe: TableRecipe,
  index: number,
  seed: number,
): Model {
  const x = input(width);
  return new Model(backend, {
    inputs: x,
    outputs: member(x, outputs, recipe, index, true),
    seed: seed * 100 + index,
  });
}

/** The average of all networks: of logits before a softmax, or of values. */
function wholeModel(
  backend: Backend,
  encoding: Encoding,
  { labels, unit }: Predicted,
  recipe: TableRecipe,
  { seed, metadata }: LearnOptions,
): Model {
  const x = input(encodedWidth(encoding));
  const members = Array.from({ length: recipe.networks }, (_, i) =>
    member(x, labels?.length ?? 1, recipe, i, false),
  );
  const { mean, deviation } = unit;
  const end = labels
    ? activation("softmax")
    : scaling({ mean: [-mean / deviation], deviation: [1 / deviation], name: "unit" });
  const [first, second, ...rest] = members;
  const outputs = end.apply(second ? average(first, second, ...rest) : first);
  return new Model(backend, { inputs: x, outputs, seed, metadata, encoding, ...(labels && { labels }) });
}
