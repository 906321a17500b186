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
  input,
  type Layer,
  losses,
  Model,
  NonFiniteError,
  type Split,
  scaling,
  type Tensor,
} from "../index.js";
import type { Start } from "./fine-tune.js";
import { foldsOf, rowsToHoldOut, type Targets } from "./folds.js";
import { momentsOf } from "./plan.js";
import { FEW_ROWS, type TableRecipe } from "./recipe.js";

/** Of fewer networks than this, each holds out as many rows as if there were so many. */
const LEAST_PARTS = 3;

/** Samples [rows, width], and what is to be predicted of each. */
export interface Examples {
  readonly inputs: Float32Array;
  readonly targets: Targets;
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

/** Trains the networks of a recipe, and puts them into one model. */
export async function learn(
  backend: Backend,
  encoding: Encoding,
  examples: Examples,
  recipe: TableRecipe,
  options: LearnOptions,
): Promise<Learned> {
  const { targets, inputs } = examples;
  const rows = targets.values.length;
  const parts = Math.max(LEAST_PARTS, recipe.networks);
  const canHoldOut = rows >= FEW_ROWS && rowsToHoldOut(targets) >= parts;
  const splits = canHoldOut ? foldsOf(targets, parts, options.seed) : undefined;
  const width = inputs.length / rows;
  const unit = options.start?.unit ?? unitOf(targets);
  const model = wholeModel(backend, encoding, width, targets.labels, unit, recipe, options);
  const held: number[] = [];
  const given: number[] = [];
  const epochs: number[] = [];
  const history: NetworkHistory[] = [];
  try {
    const parameters = new Map(model.parameters.map(({ name, value }) => [name, value]));
    for (let index = 0; index < recipe.networks; index++) {
      const split = splits?.[index];
      const learned = await learnOne(backend, examples, unit, split, recipe, index, options);
      for (const [name, values] of learned.parameters) parameters.get(name)?.data.set(values);
      epochs.push(learned.bestEpoch);
      history.push(learned.history);
      for (const row of split?.test ?? []) held.push(row);
      for (const output of learned.heldOut) given.push(output);
      options.onNetwork?.(index + 1, recipe.networks);
    }
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
  const heldOut = splits && { rows: held, outputs: inUnit(Float32Array.from(given), targets.labels, unit) };
  return { model, heldOut, epochs, history };
}

interface LearnedOne {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly bestEpoch: number;
  readonly history: NetworkHistory;
  /** Logits or standardised values of the rows that the split holds out. */
  readonly heldOut: Float32Array;
}

/** Trains one network, on all rows if no split holds some out. */
async function learnOne(
  backend: Backend,
  { inputs, targets }: Examples,
  unit: Unit,
  split: Split | undefined,
  recipe: TableRecipe,
  index: number,
  { seed, start, classWeights, signal }: LearnOptions,
): Promise<LearnedOne> {
  const { labels, values } = targets;
  const width = inputs.length / values.length;
  const part = (rows: Int32Array) =>
    [
      take(inputs, width, rows),
      labels
        ? Int32Array.from(rows, (row) => values[row])
        : Float32Array.from(rows, (row) => (values[row] - unit.mean) / unit.deviation),
    ] as const;
  const model = memberModel(backend, width, labels?.length ?? 1, recipe, index, seed);
  try {
    for (const { name, value } of start ? model.parameters : [])
      value.data.set(start?.parameters.get(name) ?? []);
    const validationData = split && part(split.test);
    const { epochs, bestEpoch } = await model.fit(...part(split?.train ?? Int32Array.from(values.keys())), {
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
    });
    if (!Number.isFinite(epochs.at(-1)?.loss))
      throw new NonFiniteError("trainTable: the loss is no longer a number");
    return {
      parameters: new Map(model.parameters.map(({ name, value }) => [name, value.data.slice()])),
      bestEpoch: bestEpoch ?? recipe.epochs,
      history: {
        loss: epochs.map(({ loss }) => loss as number),
        ...(split && { validationLoss: epochs.map(({ validationLoss }) => validationLoss as number) }),
      },
      heldOut: validationData ? model.predict(validationData[0]) : new Float32Array(),
    };
  } finally {
    model.dispose();
  }
}

/** The mean and the deviation of values, which are learned standardised. */
interface Unit {
  readonly mean: number;
  readonly deviation: number;
}

function unitOf({ labels, values }: Targets): Unit {
  const { mean, deviation } = labels ? { mean: 0, deviation: 1 } : momentsOf(values);
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}

/** Logits as probabilities, standardised values in the unit of the target. */
function inUnit(
  outputs: Float32Array,
  labels: readonly string[] | undefined,
  { mean, deviation }: Unit,
): Float32Array {
  if (!labels) return outputs.map((value) => value * deviation + mean);
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
  width: number,
  labels: readonly string[] | undefined,
  { mean, deviation }: Unit,
  recipe: TableRecipe,
  { seed, metadata }: LearnOptions,
): Model {
  const x = input(width);
  const members = Array.from({ length: recipe.networks }, (_, i) =>
    member(x, labels?.length ?? 1, recipe, i, false),
  );
  const end = labels
    ? activation("softmax")
    : scaling({ mean: [-mean / deviation], deviation: [1 / deviation], name: "unit" });
  const [first, second, ...rest] = members;
  const outputs = end.apply(second ? average(first, second, ...rest) : first);
  return new Model(backend, { inputs: x, outputs, seed, metadata, encoding, ...(labels && { labels }) });
}
