import type { Backend } from "../matrix/backend.js";
import type { SequentialOptions, Structure } from "../network/structure.js";
import { Model } from "./model.js";

/**
 * A model whose layers follow one another: each takes the output of the one before.
 *
 * @example
 * const model = new Sequential(backend, {
 *   inputShape: 2,
 *   seed: 7,
 *   layers: [dense(16, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
 * });
 */
export class Sequential extends Model {
  /** @throws ValueError, ShapeError, OutOfMemoryError */
  constructor(backend: Backend, options: SequentialOptions);
  /** @internal */
  constructor(backend: Backend, options: SequentialOptions | Structure);
  constructor(backend: Backend, options: SequentialOptions | Structure) {
    super(backend, options);
  }

  /** @internal */
  override get [Symbol.toStringTag](): string {
    return "Sequential";
  }
}
