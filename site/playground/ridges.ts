import type { Histogram } from "./histogram.js";

/** What a layer looked like after an epoch. */
export interface LayerHistograms {
  readonly weights: Histogram;
  /** For some hundred training samples. */
  readonly outputs: Histogram;
}

export interface Ridge {
  readonly epoch: number;
  readonly layers: readonly LayerHistograms[];
}

/** As many as can be told apart in a picture. */
export const MOST_RIDGES = 40;

/** Histograms over the epochs of a run. As it gets longer, every second one is dropped. */
export class RidgeHistory {
  private kept: readonly Ridge[] = [];
  private stride = 1;

  get ridges(): readonly Ridge[] {
    return this.kept;
  }

  isDue(epoch: number): boolean {
    return epoch % this.stride === 0;
  }

  /** Of an epoch that is due. */
  add(ridge: Ridge): void {
    this.kept = [...this.kept, ridge];
    if (this.kept.length <= MOST_RIDGES) return;
    this.stride *= 2;
    this.kept = this.kept.filter(({ epoch }) => this.isDue(epoch));
  }
}
