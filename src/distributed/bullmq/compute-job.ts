import { hashOf, type Json } from "../canonical.js";
import type { Job, Output, Pool, Run } from "../engine.js";
import { entriesOf, readBlobs, sha256 } from "./blobs.js";
import { checkJob, type Limits } from "./limits.js";
import { knownSpace, spaceOf } from "./queue-names.js";
import { atOf, names, type OutcomeRecord, parse, type QueuedJob, type RunRecord, textOf } from "./records.js";
import type { Site } from "./site.js";

/** The bytes of JSON that the value of an output may have. */
const LARGEST_VALUE = 1024 * 1024;

export interface Computing extends Site {
  readonly pool: Pool;
  readonly limits: Limits;
  /** The name of this worker. */
  readonly worker: string;
}

/** The hash of an output: equal outputs have equal hashes. */
export const hashOfOutput = ({ value, blobs }: Output): string =>
  hashOf({ value, blobs: [...(blobs ?? [])].map(([name, bytes]) => [name, sha256(bytes)] as const).sort() });

/**
 * Computes a job of the queue and writes its outcome, unless that is known. A job whose stage has ended does
 * nothing: somebody else was faster.
 *
 * @throws Error with the reason why it fails
 */
export async function computeJob(at: Computing, queued: QueuedJob, signal?: AbortSignal): Promise<void> {
  const { store } = at.server;
  const { stage, index, job } = queued;
  const space = spaceOf(at.queues, queued.run);
  const known = knownSpace(at.queues, job.key);
  const [[position, outcome, record], [before]] = await Promise.all([
    store.read(space, [names.at, names.outcome(stage, index), names.run]),
    store.read(known, ["outcome"]),
  ]);
  if (atOf(position) !== stage || record === undefined || outcome !== undefined) return;
  const expects = { name: names.at, text: String(stage) };
  const name = names.outcome(stage, index);
  if (before !== undefined) {
    await store.change(space, { expects, sets: new Map([[name, before]]), seconds: at.seconds });
    return;
  }
  const output = await compute(at, queued, parse<RunRecord>(record), signal);
  if (output === undefined) return;
  const written = textOf(recordOf(output, at.worker));
  const blobs = await entriesOf(output.blobs, at.folder);
  await store.change(space, {
    expects,
    sets: new Map<string, Uint8Array | string>([...blobs, [name, written]]),
    seconds: at.seconds,
  });
  // Blobs are those of the run, so that other runs cannot have them.
  if (blobs.size === 0)
    await store.change(known, { sets: new Map([["outcome", written]]), seconds: at.seconds });
}

/** @returns undefined if the run has gone on meanwhile, so that what the job reads is gone */
export async function compute(
  at: Computing,
  { run: id, stage, job }: QueuedJob,
  record: RunRecord,
  signal?: AbortSignal,
): Promise<Output | undefined> {
  const space = spaceOf(at.queues, id);
  const reads = await readBlobs(at.server.store, space, job.reads ?? [], at.folder);
  const missing = (job.reads ?? []).filter((name) => !reads.has(name));
  if (missing.length > 0) {
    const [position] = await at.server.store.read(space, [names.at]);
    if (atOf(position) !== stage) return undefined;
    throw new Error(
      `job ${job.key.slice(0, 12)} reads the blob "${missing[0]}", which is not there any more`,
    );
  }
  const run: Run = { id, program: record.program, spec: record.spec };
  checkJob(at.limits, run, job, reads);
  const output = await at.pool.compute(run, job, reads, signal);
  checkSize(job, output.value);
  return output;
}

function recordOf(output: Output, worker: string): OutcomeRecord {
  return {
    value: output.value,
    blobs: [...(output.blobs?.keys() ?? [])],
    hash: hashOfOutput(output),
    worker,
  };
}

function checkSize(job: Job, value: Json): void {
  const bytes = JSON.stringify(value).length;
  if (bytes > LARGEST_VALUE)
    throw new Error(
      `job ${job.key.slice(0, 12)} gave a value of ${bytes} bytes, and at most ${LARGEST_VALUE} are kept: ` +
        "its program has to put bytes into blobs",
    );
}
