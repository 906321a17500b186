import {
  type ActivationName,
  activation,
  adamw,
  type Backend,
  dense,
  type Layer,
  Sequential,
  scaling,
} from "lanewise";
import { inverse, type Scaling, scalingMetadata, standardised } from "./precise.js";
import { trainingProgress } from "./progress.js";
import { type Scale, scaleOf } from "./standardise.js";
import type { Target } from "./target.js";

/** The default learning rates of AdamW, which suit small tables. */
export const LEARNING_RATES = { classification: 0.005, regression: 0.001 } as const;

/**
 * Epochs for tables of some hundred rows. Values have noise, which long training would overfit; classes need
 * sharp boundaries.
 */
const EPOCHS = { classification: 100, regression: 20 } as const;

/** The recipe that fits a smooth function of a few rows better; see `chooseRecipe`. */
const LARGER = { hidden: [64, 64], learningRate: 0.005, times: 4 } as const;

/** The recipe for a small table whose values have little noise. */
export const largerRecipe = (recipe: Recipe): Recipe => ({
  ...recipe,
  hidden: LARGER.hidden,
  learningRate: LARGER.learningRate,
  epochs: LARGER.times * recipe.epochs,
});

/** A table of few rows needs more epochs to learn anything: rows that training sees in all, and steps. */
const LEAST_ROWS_SEEN = 7000;
const LEAST_STEPS = 200;
/** No table needs more epochs than these. */
const MOST_EPOCHS = 1000;

/** The epochs for a number of rows to learn from, unless they are given. */
export function epochsFor(task: Target["task"], rows: number, batchSize: number): number {
  const needed = Math.max(LEAST_ROWS_SEEN / rows, LEAST_STEPS / Math.ceil(rows / batchSize));
  return Math.max(EPOCHS[task], Math.min(Math.ceil(needed), MOST_EPOCHS));
}

export interface Recipe {
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: ActivationName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/**
 * Trains a model that takes inputs as they were read and gives probabilities of the classes, or values in the
 * target's unit. inputs: rows x features, scaled; targets: one a row, a class's index or a value. `shown`:
 * whether the progress is.
 */
export async function learn(
  backend: Backend,
  recipe: Recipe,
  kind: Target,
  scale: Scale,
  inputs: Float32Array,
  targets: Float64Array,
  shown = true,
): Promise<Sequential> {
  const { hidden, seed } = recipe;
  const inputShape = scale.mean.length;
  const layers: Layer[] = hidden.map((units) => dense(units, { activation: recipe.activation }));
  if (kind.task === "classification") {
    layers.push(dense(kind.labels.length), activation("softmax"));
    using model = new Sequential(backend, { inputShape, seed, layers });
    await trainOn(model, recipe, inputs, Int32Array.from(targets), "categoricalCrossEntropy", shown);
    return withEnds(model, layers, { features: scale }, [...kind.labels]);
  }
  // Values are learned standardised, so that one learning rate serves whatever unit they have.
  const unit = scaleOf(targets, 1, Array.from(targets.keys()));
  const target = { mean: unit.mean[0], deviation: unit.deviation[0] };
  layers.push(dense(1));
  using model = new Sequential(backend, { inputShape, seed, layers });
  await trainOn(model, recipe, inputs, standardised(targets, unit), "meanSquaredError", shown);
  return withEnds(model, layers, { features: scale, target });
}

/** The same weights between layers that scale the inputs and bring values back to the unit of the target. */
function withEnds(
  { backend, inputShape, seed, parameters }: Sequential,
  layers: readonly Layer[],
  { features, target }: Scaling,
  labels?: readonly string[],
): Sequential {
  const whole = new Sequential(backend, {
    inputShape,
    seed,
    layers: [scaling(features), ...layers, ...(target ? [scaling(inverse(target))] : [])],
    ...(labels && { labels }),
    metadata: scalingMetadata({ features, target }),
  });
  parameters.forEach(({ value }, i) => {
    whole.parameters[i].value.data.set(value.data);
  });
  return whole;
}

async function trainOn(
  model: Sequential,
  { epochs, batchSize, learningRate, weightDecay }: Recipe,
  inputs: Float32Array,
  targets: Int32Array | Float32Array,
  loss: "categoricalCrossEntropy" | "meanSquaredError",
  shown: boolean,
): Promise<void> {
  const progress = shown ? trainingProgress(epochs, process.stderr, 10) : undefined;
  try {
    const history = await model.fit(inputs, targets, {
      loss,
      optimizer: adamw({ learningRate, weightDecay }),
      epochs,
      batchSize,
      metrics: loss === "categoricalCrossEntropy" ? ["accuracy"] : [],
      onBatchEnd: progress?.onBatchEnd,
      onEpochEnd: progress?.onEpochEnd,
    });
    if (!Number.isFinite(history.epochs.at(-1)?.loss))
      throw new Error("the loss is no longer a number: a smaller --learning-rate may help");
  } finally {
    progress?.stop();
  }
}
