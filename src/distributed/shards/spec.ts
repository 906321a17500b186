import type { Checked, FileHash, Parts, TrainingSpec } from "../sweep/spec.js";

/** One training in rounds over virtual shards, as JSON. */
export interface DistributedSpec<File = string> extends TrainingSpec<File> {
  /**
   * How many virtual shards a round has, each a job: a part of what is computed, whatever the number of
   * threads or workers. Default 4.
   */
  readonly shards?: number;
  /**
   * The steps that each shard takes between two averages. 1 sums gradients instead: a round is one step of
   * the optimizer, to the bit that of `fit` with `accumulate` of the number of shards. Default 100.
   */
  readonly localSteps?: number;
  /** How many rounds to train, instead of `fit.epochs`. */
  readonly rounds?: number | null;
  /** Whether each shard's optimizer goes on from round to round. Default true; else it begins afresh. */
  readonly carry?: boolean;
}

/** A spec with its defaults, whose files are known by their bytes. */
export type CheckedDistributed = Omit<Checked<DistributedSpec<FileHash>>, "fit"> & {
  readonly fit: {
    readonly epochs?: number;
    readonly batchSize: number;
    readonly shuffle: boolean;
    readonly classWeights?: readonly number[] | Readonly<Record<string, number>>;
  };
};

/** What the training is made of. */
export const partsOf = ({ model, optimizer, loss, fit }: CheckedDistributed): Parts =>
  ({ model, optimizer, loss, fit }) as Parts;
