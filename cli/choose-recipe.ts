import type { Backend } from "lanewise";
import { holdOutValues } from "./hold-out.js";
import { learn, type Recipe } from "./learn.js";
import { predict, standardised } from "./precise.js";
import { pickRows } from "./rows.js";
import type { Inputs } from "./source.js";
import { scaleOf } from "./standardise.js";

/** How many times a part of the rows is held out, and which part. */
const SPLITS = 3;
const HELD = 0.25;
/**
 * The larger network must reduce the squared error to less than this fraction. On noise, it increases the
 * error.
 */
const ENOUGH = 0.8;
/** With more rows the trials would take too long; with fewer they say little. */
const MOST_ROWS = 1000;
const LEAST_ROWS = 8;

export interface Choice {
  readonly recipe: Recipe;
  /** The squared error of the larger recipe as a fraction of the other's; undefined if it was not tried. */
  readonly error?: number;
}

/**
 * Chooses one of two recipes for a regression. A small table may hold a smooth function, which a larger
 * network fits better, or mostly noise, which it would overfit. Rows held out of the training rows decide.
 * inputs: rows x features, as they were read.
 */
export async function chooseRecipe(
  backend: Backend,
  recipe: Recipe,
  larger: Recipe,
  inputs: Inputs,
  targets: Float64Array,
): Promise<Choice> {
  const rows = targets.length;
  if (rows < LEAST_ROWS || rows > MOST_ROWS) return { recipe };
  let [error, errorOfLarger] = [0, 0];
  for (let split = 1; split <= SPLITS; split++) {
    const parts = holdOutValues(targets, HELD, recipe.seed + split);
    error += await squaredError(backend, recipe, inputs, targets, parts);
    errorOfLarger += await squaredError(backend, larger, inputs, targets, parts);
  }
  const part = errorOfLarger / error;
  return part < ENOUGH ? { recipe: larger, error: part } : { recipe, error: part };
}

/**
 * The squared error of a recipe that was trained on a part of the rows, on the other rows; Infinity if it
 * learns nothing.
 */
async function squaredError(
  backend: Backend,
  recipe: Recipe,
  inputs: Inputs,
  targets: Float64Array,
  { training, held }: ReturnType<typeof holdOutValues>,
): Promise<number> {
  const cols = inputs.length / targets.length;
  const learned = pickRows(inputs, cols, training);
  const scale = scaleOf(learned, cols, Array.from(training.keys()));
  const values = Float64Array.from(training, (row) => targets[row]);
  try {
    const samples = standardised(learned, scale);
    using model = await learn(backend, recipe, { task: "regression" }, scale, samples, values, false);
    const predicted = predict(model, pickRows(inputs, cols, held));
    return held.reduce((sum, row, i) => sum + (targets[row] - predicted[i]) ** 2, 0);
  } catch {
    // A learning rate that is too high for these rows.
    return Number.POSITIVE_INFINITY;
  }
}
