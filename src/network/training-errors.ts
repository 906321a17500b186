import { named } from "../core/errors.js";

/**
 * A model is asked for something that its running fit forbids.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
 * const training = model.fit([1, 2], [3, 5], { loss: "meanSquaredError", epochs: 10 });
 * try {
 *   model.dispose();
 * } catch (error) {
 *   console.log(error instanceof BusyError); // true
 * }
 * await training;
 */
export class BusyError extends Error {
  static {
    named(BusyError, "BusyError");
  }
}

/**
 * Training has come to a NaN or an infinity. The weights are still those before it.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 1, seed: 1, layers: [dense(1)] });
 * const optimizer = sgd({ learningRate: 1e6 });
 * try {
 *   await model.fit([1, 2], [3, 5], { loss: "meanSquaredError", optimizer, epochs: 100 });
 * } catch (error) {
 *   console.log(error instanceof NonFiniteError); // true
 * }
 */
export class NonFiniteError extends Error {
  static {
    named(NonFiniteError, "NonFiniteError");
  }
}
