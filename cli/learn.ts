import {
  type ActivationName,
  activation,
  adamw,
  type Backend,
  dense,
  type LayerSpec,
  Sequential,
  scaling,
} from "lanewise";
import { trainingProgress } from "./progress.js";
import { type Scale, scaleOf } from "./standardise.js";
import type { Target } from "./target.js";

/**
 * What serves small tables well. Values come with noise, which long training would learn by heart; classes
 * want the edge between them sharp.
 */
export const DEFAULTS = {
  classification: { epochs: 100, learningRate: 0.005 },
  regression: { epochs: 20, learningRate: 0.001 },
} as const;

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
 * target's unit. inputs: rows x features; targets: one a row, a class's index or a value.
 */
export async function learn(
  backend: Backend,
  recipe: Recipe,
  kind: Target,
  scale: Scale,
  inputs: Float32Array,
  targets: Float64Array,
): Promise<Sequential> {
  const { hidden, seed } = recipe;
  const inputShape = scale.mean.length;
  const first = [scaling(scale), ...hidden.map((units) => dense(units, { activation: recipe.activation }))];
  if (kind.task === "classification") {
    const layers = [...first, dense(kind.labels.length), activation("softmax")];
    const model = new Sequential(backend, { inputShape, seed, layers, labels: [...kind.labels] });
    await trainOn(model, recipe, inputs, Int32Array.from(targets), "categoricalCrossEntropy");
    return model;
  }
  // Values are learned standardised, so that one learning rate serves whatever unit they have.
  const unit = scaleOf(targets, 1, Array.from(targets.keys()));
  const [mean, deviation] = [unit.mean[0], unit.deviation[0]];
  const standardised = Float32Array.from(targets, (value) => (value - mean) / deviation);
  const layers: LayerSpec[] = [...first, dense(1)];
  const model = new Sequential(backend, { inputShape, seed, layers });
  await trainOn(model, recipe, inputs, standardised, "meanSquaredError");
  // The same weights, and a layer that brings the output back to the unit.
  const back = scaling({ mean: [-mean / deviation], deviation: [1 / deviation] });
  const whole = new Sequential(backend, { inputShape, seed, layers: [...layers, back] });
  model.parameters.forEach(({ value }, i) => {
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
): Promise<void> {
  const progress = trainingProgress(epochs, process.stderr, 10);
  try {
    const history = await model.fit(inputs, targets, {
      loss,
      optimizer: adamw({ learningRate, weightDecay }),
      epochs,
      batchSize,
      metrics: loss === "categoricalCrossEntropy" ? ["accuracy"] : [],
      onBatchEnd: progress.onBatchEnd,
      onEpochEnd: progress.onEpochEnd,
    });
    if (!Number.isFinite(history.epochs.at(-1)?.loss))
      throw new Error("the loss is no longer a number: a smaller --learning-rate may help");
  } finally {
    progress.stop();
  }
}
