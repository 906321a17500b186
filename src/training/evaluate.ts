import type { Loss } from "../nn/loss.js";
import { CHUNK, type Network } from "../nn/network.js";
import type { Dataset } from "./batches.js";
import type { Tally } from "./metrics.js";

/**
 * The loss as it is computed from what the network's last layer leaves: with its softmax taken into the loss
 * where the two are a pair.
 */
export function effectiveLoss(model: Network, loss: Loss): { loss: Loss; logits: boolean } {
  const fused = model.lastActivation === "softmax" ? loss.formula.ofLogits?.() : undefined;
  return fused ? { loss: fused, logits: true } : { loss, logits: false };
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
