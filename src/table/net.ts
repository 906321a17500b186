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
  const outputs = labels?.length ?? 1;
  const unit = unitOf(targets);
  const splits = rows < FEW_ROWS ? undefined : foldsOf(targets, recipe.networks, options.seed);
  const whole = wholeModel(backend, encoding, width, targets, recipe, options.seed);
  const held: number[] = [];
  const given: number[] = [];
  const epochs: number[] = [];
  const histories: NetworkHistory[] = [];
  for (let member = 0; member < recipe.networks; member++) {
    const { train, test } = splits?.[member] ?? { train: Int32Array.from(values.keys()), test: undefined };
    const model = memberModel(backend, width, outputs, recipe, member, options.seed);
    try {
      const examples = (part: Int32Array) =>
        [
          take(inputs, width, part),
          labels
            ? Int32Array.from(part, (row) => values[row])
            : Float32Array.from(part, (row) => (values[row] - unit.mean) / unit.deviation),
        ] as const;
      const { classWeights, signal } = options;
      const history = await model.fit(...examples(train), {
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
        ...(test && { validationData: examples(test), earlyStopping: { patience: recipe.patience } }),
      });
      if (!Number.isFinite(history.epochs.at(-1)?.loss))
        throw new NonFiniteError("trainTable: the loss is no longer a number");
      epochs.push(history.bestEpoch ?? recipe.epochs);
      histories.push({
        loss: history.epochs.map(({ loss }) => loss as number),
        ...(test && { validationLoss: history.epochs.map(({ validationLoss }) => validationLoss as number) }),
      });
      if (test) {
        for (const row of test) held.push(row);
        for (const output of model.predict(take(inputs, width, test))) given.push(output);
      }
      const parameters = new Map(whole.parameters.map(({ name, value }) => [name, value]));
      for (const { name, value } of model.parameters) parameters.get(name)?.data.set(value.data);
    } finally {
      model.dispose();
    }
    options.onNetwork?.(member + 1, recipe.networks);
  }
  const heldOut = splits && { rows: held, outputs: inUnit(Float32Array.from(given), targets) };
  return { model: whole, heldOut, epochs, history: histories };
}

/** The mean and the deviation of values, which are learned standardised. */
function unitOf({ labels, values }: Targets): { mean: number; deviation: number } {
  const { mean, deviation } = labels ? { mean: 0, deviation: 1 } : momentsOf(values);
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}

/** Logits as probabilities, standardised values in the unit of the target. */
function inUnit(outputs: Float32Array, targets: Targets): Float32Array {
  const { mean, deviation } = unitOf(targets);
  if (!targets.labels) return outputs.map((value) => value * deviation + mean);
  const classes = targets.labels.length;
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
  targets: Targets,
  recipe: TableRecipe,
  seed: number,
): Model {
  const { labels } = targets;
  const x = input(width);
  const members = Array.from({ length: recipe.networks }, (_, i) =>
    member(x, labels?.length ?? 1, recipe, i, false),
  );
  const { mean, deviation } = unitOf(targets);
  const end = labels
    ? activation("softmax")
    : scaling({ mean: [-mean / deviation], deviation: [1 / deviation] });
  const [first, second, ...rest] = members;
  const outputs = end.apply(second ? average(first, second, ...rest) : first);
  return new Model(backend, { inputs: x, outputs, seed, encoding, ...(labels && { labels }) });
}
