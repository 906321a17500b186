import { createBackend, ValueError } from "../../index.js";
import type { Progress } from "../engine.js";
import { runOf } from "../run.js";
import { trainingOf } from "../sweep/data.js";
import { refuse } from "../sweep/refuse.js";
import { isObject } from "../sweep/search.js";
import { hashed, type SweepOptions } from "../sweep/study.js";
import { rehearse } from "../sweep/train.js";
import { threads } from "../threads.js";
import { checkDistributed } from "./check.js";
import { type DistributedResult, shardsProgram } from "./program.js";
import { Rounds } from "./rounds.js";
import { type CheckedDistributed, type DistributedSpec, partsOf } from "./spec.js";
import { Trainee } from "./trainee.js";

/** How far a training in rounds has come. */
export interface RoundProgress extends Progress {
  /** Rounds that are done, and of how many. */
  readonly round: number;
  readonly rounds: number;
}

/** The options of `trainDistributed`. */
export interface DistributedOptions extends Omit<SweepOptions, "onProgress"> {
  /** Called when a job is done or has failed. */
  onProgress?: (progress: RoundProgress) => void;
}

/** What `trainDistributed` resolves to. */
export interface DistributedModel extends DistributedResult {
  /** The bytes of the model's file, for `loadModel` and `lanewise predict`. */
  readonly file: Uint8Array;
}

/**
 * Trains one network in rounds over a fixed number of virtual shards, a job each. In a round each shard takes
 * `localSteps` steps on its own batches of the epoch, from the same weights; the mean of their weights begins
 * the next one. With `localSteps: 1` the gradients of the shards are summed and a round is one step, that of
 * `fit` with `accumulate`, to the bit; only the running statistics of batch normalization, which `fit` moves
 * with each batch, are then those of the mean over the shards.
 *
 * The result depends on the spec, the shards among it, and not on how many threads or workers compute them. A
 * round costs what it takes to send the weights to each shard and back: training distributed pays for
 * networks and data that are large, and for others `sweep` and `crossValidate` use the same machines better.
 *
 * @example
 * const { rounds, curve, file } = await trainDistributed({
 *   data: { file: "iris.csv", target: "species" },
 *   shards: 4, localSteps: 2, fit: { epochs: 3, batchSize: 8 },
 * });
 * console.log(rounds, curve.losses.length, file.length > 0); // 9 9 true
 *
 * @throws ValueError for a spec that is wrong, with the path, before anything runs; TableError, FormatError
 * for data; Error for a job that fails at each attempt, which says the round; the signal's reason
 */
export async function trainDistributed(
  spec: DistributedSpec,
  options: DistributedOptions = {},
): Promise<DistributedModel> {
  const who = "trainDistributed";
  const { engine = threads(), onProgress, signal, folder } = options;
  try {
    await engine.ready?.();
    if (!isObject(spec)) refuse(who, "the spec", "an object", spec);
    const { data, files } = await hashed(who, spec.data, folder);
    const checked = checkDistributed(who, { ...spec, data });
    const run = runOf(shardsProgram, checked);
    const rounds = new Rounds(checked, await rowsOf(who, checked, files));
    const told = onProgress && roundsTold(rounds, onProgress);
    const { result, blobs } = await engine.run(run, { files, onProgress: told, signal });
    return { ...(result as unknown as DistributedResult), file: blobs.get("model") as Uint8Array };
  } finally {
    if (!options.engine) await engine.close();
  }
}

/** The rows of the data, which all parts of the spec fit. @throws as trainDistributed does */
async function rowsOf(
  who: string,
  spec: CheckedDistributed,
  files: ReadonlyMap<string, string>,
): Promise<number> {
  const file = async (hash: string) => files.get(hash) as string;
  const training = await trainingOf(spec.data, { file }, { folds: 0, seed: spec.seed });
  const backend = await createBackend();
  try {
    await rehearse(backend, partsOf(spec), training, "loss");
    const trainee = new Trainee(backend, spec, training);
    trainee.model.dispose();
    return trainee.rows;
  } catch (error) {
    const { message } = error as Error;
    const own = message.replace(/^modelFrom: /, "model.").replace(/^(fitOptionsFrom|trainDistributed): /, "");
    throw new ValueError(`${who}: ${own}`, { cause: error });
  }
}

/** Tells rounds by the jobs that are done: the first one makes the weights, the last one the file. */
function roundsTold(rounds: Rounds, tell: (progress: RoundProgress) => void): (progress: Progress) => void {
  let round = 0;
  let jobs = 1;
  return (progress) => {
    while (round < rounds.count) {
      const more = jobs + rounds.shares(round).length;
      if (more > progress.done) break;
      jobs = more;
      round++;
    }
    tell({ ...progress, round, rounds: rounds.count });
  };
}
