import type { TrainableNetwork } from "../nn/trainable.js";
import { NonFiniteError } from "../nn/training-errors.js";

/**
 * Ends training that blows up, while the weights are still those before the batch: looks at the sum of the
 * loss's terms and at every gradient.
 * @throws NonFiniteError that names the epoch, the batch and the layer of the first value that is NaN or
 * infinite, in the order in which they are computed
 */
export function checkFinite(
  model: TrainableNetwork,
  rows: number,
  loss: number,
  epoch: number,
  batch: number,
): void {
  const { kernels } = model.backend;
  if (Number.isFinite(loss) && kernels.firstNonFinite(model.gradients, model.slabLength) < 0) return;
  const first = model.firstNonFinite(rows) ?? "the loss";
  throw new NonFiniteError(
    `fit: epoch ${epoch}, batch ${batch}: ${first} is NaN or infinite; the weights are those before this batch. A smaller learning rate, inputs that are scaled, or clipNorm may help`,
  );
}
