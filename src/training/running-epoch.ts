import type { Sums } from "../metrics/metrics.js";
import type { PartialEpoch } from "./state.js";
import type { Tallies } from "./tallies.js";

/** Where an epoch begins: as in PartialEpoch, without what the tally counts. */
type Place = Omit<PartialEpoch, "rows" | "terms" | "sums">;

/** An epoch under way. What it has counted is read from the tally whenever a checkpoint asks for it. */
export class RunningEpoch implements PartialEpoch {
  readonly life: number;
  batch: number;
  readonly batches: number | undefined;
  readonly batchSize: number;
  learningRate: number;
  waiting: number;
  first: number;
  together: number;
  readonly #tally: Tallies;

  constructor(
    { life, batch, batches, batchSize, learningRate, waiting, first, together }: Place,
    tally: Tallies,
  ) {
    this.life = life;
    this.batch = batch;
    this.batches = batches;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.waiting = waiting;
    this.first = first;
    this.together = together;
    this.#tally = tally;
  }

  get rows(): number {
    return this.#tally.rows;
  }

  get terms(): number | readonly number[] {
    return this.#tally.terms;
  }

  get sums(): Readonly<Record<string, Sums>> {
    return this.#tally.sums;
  }

  toJSON(): PartialEpoch {
    const { rows, terms, sums } = this;
    return { ...this, rows, terms, sums };
  }
}
