import { checkName, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import type { Loss, TargetPlace } from "../nn/loss.js";

const metrics = { accuracy: true };

export type MetricName = keyof typeof metrics;

/** @internal @throws ValueError for a name that is not known, with the list of those that are */
export function checkMetrics(who: string, names: unknown): asserts names is readonly MetricName[] {
  if (!Array.isArray(names)) throw new ValueError(`${who} expected metrics to be an array such as ["accuracy"], got ${show(names)}`);
  for (const name of names) checkName(who, "metric", name, metrics);
}

/** @internal Loss and metrics over the batches that were added. */
export class Tally {
  private rows = 0;
  private terms = 0;
  private correct = 0;
  private answers = 0;

  constructor(
    private readonly loss: Loss,
    private readonly cols: number,
    private readonly withAccuracy: boolean,
  ) {}

  reset(): void {
    this.rows = 0;
    this.terms = 0;
    this.correct = 0;
    this.answers = 0;
  }

  /** A batch: the predictions at p, their targets, and the sum of the loss's terms over them. */
  add(kernels: Kernels, p: Pointer, target: TargetPlace, rows: number, terms: number): void {
    this.rows += rows;
    this.terms += terms;
    if (!this.withAccuracy) return;
    const { cols, loss } = this;
    if (loss.overClasses || (cols > 1 && loss.threshold === undefined)) {
      this.correct += kernels.correctByClass(p, target.values, target.labels, rows, cols);
      this.answers += rows;
    } else {
      this.correct += kernels.correctByThreshold(p, target.values, rows * cols, loss.threshold ?? 0.5);
      this.answers += rows * cols;
    }
  }

  /** The loss and what else was asked for, by name. */
  values(): { loss: number; accuracy?: number } {
    const { accuracy } = this;
    return accuracy === undefined ? { loss: this.lossValue } : { loss: this.lossValue, accuracy };
  }

  /** The loss over all rows added, with its reduction. */
  private get lossValue(): number {
    return this.terms * this.loss.factor(this.rows, this.cols);
  }

  /** The fraction of right answers: the class with the largest output, or for yes-or-no targets the side of the threshold. */
  private get accuracy(): number | undefined {
    if (!this.withAccuracy) return undefined;
    return this.answers === 0 ? 0 : this.correct / this.answers;
  }
}
