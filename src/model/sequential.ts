import type { Backend } from "../matrix/backend.js";
import type { SequentialOptions, Structure } from "../network/structure.js";
import { Model } from "./model.js";

/**
 * A model whose layers follow one another: each takes the output of the one before.
 *
 * @example
 * const model = new Sequential(backend, {
 *   inputShape: 2,
 *   seed: 1,
 *   layers: [dense(8, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
 * });
 * const [x, y] = [[[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]];
 * const optimizer = adam({ learningRate: 0.05 });
 * await model.fit(x, y, { loss: "binaryCrossEntropy", optimizer, epochs: 500 });
 * console.log(model.predictClasses(x).join(" ")); // 0 1 1 0
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
