import type { Snapshot } from "./messages.js";

/** The losses of a run, thinned to what a chart can show. */
export class LossHistory {
  readonly epochs: number[] = [];
  readonly training: number[] = [];
  /** Test losses, for the epochs that have one. */
  readonly test: (number | null)[] = [];
  private stride = 1;
  private seen = 0;

  add({ epoch, losses, testLoss }: Pick<Snapshot, "epoch" | "losses" | "testLoss">): void {
    for (let i = 0; i < losses.length; i++) {
      const isLast = i === losses.length - 1;
      if (this.seen++ % this.stride !== 0 && !isLast) continue;
      this.epochs.push(epoch - losses.length + 1 + i);
      this.training.push(losses[i]);
      this.test.push(isLast && testLoss !== undefined ? testLoss : null);
    }
    if (this.epochs.length > MOST) this.thin();
  }

  /** The last values, the newest first. */
  last(count: number): readonly { epoch: number; training: number; test: number | null }[] {
    const from = Math.max(0, this.epochs.length - count);
    return this.epochs
      .slice(from)
      .map((epoch, i) => ({ epoch, training: this.training[from + i], test: this.test[from + i] }))
      .reverse();
  }

  /** Keeps every second epoch, and the test losses next to those dropped. */
  private thin(): void {
    this.stride *= 2;
    let kept = 0;
    for (let i = 0; i < this.epochs.length; i += 2) {
      this.epochs[kept] = this.epochs[i];
      this.training[kept] = this.training[i];
      this.test[kept++] = this.test[i] ?? this.test[i + 1] ?? null;
    }
    for (const values of [this.epochs, this.training, this.test]) values.length = kept;
  }
}

const MOST = 4000;
