import { checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { type Loss, type LossName, lossFrom, type Targets } from "../nn/loss.js";
import { CHUNK } from "../nn/network.js";
import type { Samples } from "../nn/rows.js";
import { TrainableNetwork } from "../nn/trainable.js";
import { Dataset } from "./batches.js";
import { effectiveLoss, evaluation } from "./evaluate.js";
import { type FitOptions, fit, type History } from "./fit.js";
import { checkMetrics, type MetricName, Tally } from "./metrics.js";

export interface EvaluateOptions {
  /** One of `losses`, or its name. */
  loss: Loss | LossName;
  /** What to compute beside the loss. Default none. */
  metrics?: readonly MetricName[];
}

export interface Evaluation {
  loss: number;
  accuracy?: number;
}

/** A network that can be trained by one call. */
export class Sequential extends TrainableNetwork {
  /**
   * Trains on mini-batches: each takes one step of the optimizer down the gradient of the loss. x: [rows, inputs], y as `Targets` says. The data,
   * which must stay as they are until fit ends, are looked through for NaN and infinity first; up to 256 MiB of them are copied into linear memory
   * once. The event loop gets a turn every few milliseconds; meanwhile predict and evaluate work, and fit, backward, step and dispose throw a BusyError.
   * Resolves to what each epoch gave. The result is a function of the data, the options and the model's seed, to the bit.
   * @throws ShapeError, ValueError, BusyError, DisposedError before anything has changed; the signal's reason when that aborts
   */
  fit(x: Samples, y: Targets, options: FitOptions): Promise<History> {
    return fit(this, x, y, options);
  }

  /**
   * The loss, and the metrics asked for, over any number of samples. x: [rows, inputs], y as `Targets` says.
   * @throws ShapeError, ValueError, DisposedError
   */
  evaluate(x: Samples, y: Targets, options: EvaluateOptions): Evaluation {
    this.check();
    checkOptions("evaluate", options ?? null, ["loss", "metrics"]);
    const { metrics = [] } = options;
    checkMetrics("evaluate", metrics);
    const { loss, logits } = effectiveLoss(this, lossFrom("evaluate", options.loss));
    const data = new Dataset("evaluate", this, loss, x, y);
    if (data.rows === 0) throw new ValueError("evaluate expected at least one sample, got none");
    this.invalidate();
    const tally = new Tally(loss, this.outputSize, metrics.includes("accuracy"));
    try {
      data.reserve(Math.min(CHUNK, data.rows), 1);
      for (const _ of evaluation(this, data, 0, 0, data.rows, loss, logits, tally));
    } finally {
      data.release();
    }
    const { accuracy } = tally;
    return accuracy === undefined ? { loss: tally.lossValue } : { loss: tally.lossValue, accuracy };
  }
}
