import {
  adagrad,
  adam,
  adamw,
  type Backend,
  lion,
  type Model,
  nadam,
  type Optimizer,
  rmsprop,
  Sequential,
  sgd,
} from "lanewise";
import { inputShapeOf, layersOf, type NetworkLayer } from "./network.js";
import type { Change, Recipe } from "./recipe.js";

/** The L2 penalty of a model, which can change while it trains. */
export interface Penalty {
  l2: number;
}

/** How far a run had come when it was left. */
export interface Begun {
  /** Those of the model. */
  readonly layers: readonly NetworkLayer[];
  readonly penalty: Penalty;
  readonly model: Model;
  readonly optimizer: Optimizer;
  /** Those that were made. */
  readonly changes: readonly Change[];
  readonly epoch: number;
  readonly batch: number;
  readonly losses: readonly number[];
}

export const makeOptimizer = { adam, adamw, sgd, rmsprop, nadam, adagrad, lion };

/** A run before its first step. */
export function beginning(backend: Backend, recipe: Recipe): Begun {
  const { l2, seed, optimizer, rate } = recipe;
  const penalty = { l2 };
  const layers = layersOf(recipe, penalty);
  const model = new Sequential(backend, {
    inputShape: inputShapeOf(recipe),
    seed,
    layers: layers.map(({ layer }) => layer),
  });
  const made = makeOptimizer[optimizer]({ learningRate: rate });
  return { layers, penalty, model, optimizer: made, changes: [], epoch: 0, batch: 0, losses: [] };
}
