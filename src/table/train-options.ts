import type { AbortSignalLike } from "../core/platform.js";
import { type Model, ValueError } from "../index.js";
import { checkOptions, checkWord } from "./check-options.js";
import type { FindColumnsOptions } from "./columns.js";
import { checkRecipe, type TableRecipe } from "./recipe.js";

/** Options of `trainTable`, `crossValidate` and `tuneTable`. */
export interface TrainingOptions extends FindColumnsOptions {
  /** The column to learn to predict. */
  target: string;
  /** Any safe integer, on which the result depends. Default 1. */
  seed?: number;
  /** "balanced": each class counts as much as every other, however many rows it has. */
  classWeights?: "balanced";
  /** Parts of the recipe that are to be other than the default, which depends on the number of rows. */
  recipe?: Partial<TableRecipe>;
  /** Ends training: it then rejects with the signal's reason. */
  signal?: AbortSignalLike;
  /** Called while it trains, with the part that is done, from 0 to 1. */
  onProgress?: (done: number) => void;
}

export interface TrainTableOptions extends TrainingOptions {
  /**
   * A model of an earlier `trainTable`: training begins with its weights, and keeps its encoding, its classes
   * and the layers and number of its networks.
   */
  from?: Model;
}

const COLUMN_OPTIONS = ["target", "task", "ignore", "columns", "dateFormat", "missing", "decimal"] as const;
const TRAINING_OPTIONS = ["seed", "classWeights", "recipe", "signal", "onProgress"];

/** others: options that the caller knows beside those of trainTable. @throws ValueError */
export function checkTrainOptions(
  who: string,
  options: TrainingOptions,
  others: readonly string[] = [],
): void {
  checkOptions(who, options ?? {}, [...COLUMN_OPTIONS, ...TRAINING_OPTIONS, ...others]);
  const { target, seed = 1, classWeights } = options ?? {};
  if (typeof target !== "string")
    throw new ValueError(`${who} expected target to be a column's name, got ${target}`);
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${who} expected seed to be a safe integer, got ${seed}`);
  checkWord(who, "classWeights", classWeights, ["balanced"]);
  checkRecipe(who, options.recipe);
}

/** Those of the options that findColumns takes. */
export const columnOptions = (options: FindColumnsOptions): FindColumnsOptions =>
  Object.fromEntries(COLUMN_OPTIONS.flatMap((key) => (key in options ? [[key, options[key]]] : [])));
