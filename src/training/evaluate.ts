import type { Pointer } from "../core/kernels.js";
import { activationOf } from "../nn/activation.js";
import type { Loss } from "../nn/loss.js";
import { CHUNK, type Network } from "../nn/network.js";
import type { TrainableNetwork } from "../nn/trainable.js";
import type { Dataset } from "./batches.js";
import type { Tally } from "./metrics.js";

/**
 * The loss as it is computed from what the network's last layer leaves: with the last activation taken into
 * the loss where the two are a pair.
 * @throws ValueError for a last activation that the loss is not made for
 */
export function effectiveLoss(
  who: string,
  model: TrainableNetwork,
  loss: Loss,
): { loss: Loss; logits: boolean } {
  loss.checkOutputs(who, model.outputRange, model.outputSize);
  const fused = loss.after(model.lastActivation);
  return fused ? { loss: fused, logits: true } : { loss, logits: false };
}

/**
 * Makes the outputs that users see, which thresholds and errors refer to, of logits, in their place. Of
 * classes the largest logit is the largest output: nothing needs to be done.
 */
export function outputsOf(
  model: TrainableNetwork,
  loss: Loss,
  logits: boolean,
): ((logits: Pointer, rows: number) => void) | undefined {
  if (!logits || loss.overClasses) return undefined;
  const { forward, parameter } = activationOf(model.backend.kernels, model.lastActivation);
  return forward && ((at, rows) => forward(at, at, rows, model.outputSize, parameter));
}

/**
 * Adds samples begin to end - 1 of `order` (0: of the dataset itself) to the tally, a chunk at each turn of
 * the generator.
 */
export function* evaluation(
  model: Network,
  data: Dataset,
  order: number,
  begin: number,
  end: number,
  loss: Loss,
  logits: boolean,
  tally: Tally,
): Generator<number, void, void> {
  const { backend } = model;
  const cols = model.outputSize;
  for (let at = begin; at < end; at += CHUNK) {
    const rows = Math.min(CHUNK, end - at);
    model.reserve(rows);
    const scratch = backend.scratch(Math.max(model.arena.scratchBytes, loss.scratchBytes(rows, cols)));
    const output = model.run(data.stage(order, at, rows), rows, logits);
    tally.add(
      backend,
      output,
      data.target,
      rows,
      loss.terms(backend, output, data.target, 0, rows, cols, 0, scratch),
    );
    yield rows;
  }
}
