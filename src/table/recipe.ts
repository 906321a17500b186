import { checkCount, checkFraction, checkNumber, checkOptions, checkPositive } from "../core/check.js";
import { ValueError } from "../index.js";

/**
 * How the networks of a table are trained. The defaults were chosen by cross-validation on tables of 170 to
 * 3,000 rows: `npm run bench:tables`.
 */
export interface TableRecipe {
  /** Units of each hidden layer. Beside them goes a linear path, so that [] is a linear model. */
  readonly hidden: readonly number[];
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly dropout: number;
  /**
   * How many networks are averaged. Each stops early on rows of its own, and learns from the others. Three or
   * more networks share the rows out among them; one or two hold out a third each.
   */
  readonly networks: number;
  /** The most epochs that a network is trained for. */
  readonly epochs: number;
  /** A network stops after this many epochs without a smaller loss on its held-out rows. */
  readonly patience: number;
  readonly batchSize: number;
}

/** Passes of samples through networks, over all epochs and networks, that a large table takes at most. */
const MOST_SAMPLES = 2e7;
/** Seeds of the networks of a model are numbers in a row, and those of the next seed follow after 100. */
const MOST_NETWORKS = 100;
/** With fewer rows none are spared for early stopping. */
export const FEW_ROWS = 20;
const RECIPE: readonly (keyof TableRecipe)[] = [
  "hidden",
  "learningRate",
  "weightDecay",
  "dropout",
  "networks",
  "epochs",
  "patience",
  "batchSize",
];

/** The recipe for a number of rows; `given` has entries of it that were asked for. */
export function recipeFor(rows: number, given: Partial<TableRecipe> = {}): TableRecipe {
  const {
    hidden = [64, 64],
    learningRate = 0.003,
    weightDecay = 0.1,
    dropout = 0.1,
    networks = rows < FEW_ROWS ? 3 : rows < 1500 ? 8 : rows < 50_000 ? 5 : 3,
    epochs = rows < FEW_ROWS ? 100 : Math.max(3, Math.min(150, Math.floor(MOST_SAMPLES / (rows * networks)))),
    patience = Math.max(2, Math.floor(epochs / 10)),
    batchSize = rows < 500 ? 16 : rows < 1500 ? 32 : rows < 20_000 ? 64 : 256,
  } = given;
  return { hidden, learningRate, weightDecay, dropout, networks, epochs, patience, batchSize };
}

/** A part of a recipe, as an option has it. @throws ValueError that names what is wrong */
export function checkRecipe(who: string, recipe: Partial<TableRecipe> | undefined): void {
  if (recipe === undefined) return;
  if (recipe === null) throw new ValueError(`${who} expected recipe to be an object, got null`);
  checkOptions(`${who}: recipe`, recipe, RECIPE);
  const { hidden, learningRate, weightDecay, dropout, networks, epochs, patience, batchSize } = recipe;
  if (hidden !== undefined) {
    if (!Array.isArray(hidden))
      throw new ValueError(
        `${who} expected recipe.hidden to be an array such as [64, 64], got ${typeof hidden}`,
      );
    for (const [i, units] of hidden.entries()) checkCount(who, `recipe.hidden[${i}]`, units);
  }
  if (learningRate !== undefined) checkPositive(who, "recipe.learningRate", learningRate);
  if (weightDecay !== undefined) checkNumber(who, "recipe.weightDecay", weightDecay, 0);
  if (dropout !== undefined) checkFraction(who, "recipe.dropout", dropout);
  for (const [name, count] of Object.entries({ networks, epochs, patience, batchSize }))
    if (count !== undefined) checkCount(who, `recipe.${name}`, count);
  if (networks !== undefined && networks > MOST_NETWORKS)
    throw new ValueError(`${who} expected recipe.networks to be at most ${MOST_NETWORKS}, got ${networks}`);
}
