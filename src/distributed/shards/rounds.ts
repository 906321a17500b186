import type { CheckedDistributed } from "./spec.js";

/** Batches of an epoch, counted from 0. */
export interface Batches {
  readonly begin: number;
  readonly end: number;
}

/** What a shard trains on in a round. */
export interface Share extends Batches {
  readonly shard: number;
  readonly rows: number;
}

/**
 * Which batches each shard takes in which round. The batches of an epoch are those of `fit`: rows in the
 * order of the epoch, `batchSize` each, the last of what is left. A round takes the next shards x localSteps
 * of them, the last of an epoch what is left; its shards take equal runs of those, the first ones one more
 * where they do not come out even.
 */
export class Rounds {
  /** Of an epoch. */
  readonly batches: number;
  readonly perEpoch: number;
  /** Of the training. */
  readonly count: number;
  private readonly perRound: number;
  private readonly batchSize: number;
  private readonly shards: number;

  constructor(
    { fit, shards, localSteps, rounds }: Pick<CheckedDistributed, "fit" | "shards" | "localSteps" | "rounds">,
    private readonly rows: number,
  ) {
    this.batchSize = fit.batchSize;
    this.shards = shards;
    this.perRound = shards * localSteps;
    this.batches = Math.ceil(rows / fit.batchSize);
    this.perEpoch = Math.ceil(this.batches / this.perRound);
    this.count = rounds ?? (fit.epochs as number) * this.perEpoch;
  }

  epochOf(round: number): number {
    return Math.floor(round / this.perEpoch);
  }

  /** The shards that have batches in a round, in their order. */
  shares(round: number): readonly Share[] {
    const first = (round % this.perEpoch) * this.perRound;
    const all = Math.min(this.perRound, this.batches - first);
    const each = Math.floor(all / this.shards);
    const longer = all % this.shards;
    const busy = each > 0 ? this.shards : longer;
    return Array.from({ length: busy }, (_, shard) => {
      const begin = first + shard * each + Math.min(shard, longer);
      const end = begin + each + Number(shard < longer);
      return { shard, begin, end, rows: this.rowsOf({ begin, end }) };
    });
  }

  rowsOf({ begin, end }: Batches): number {
    return Math.min(end * this.batchSize, this.rows) - begin * this.batchSize;
  }
}
