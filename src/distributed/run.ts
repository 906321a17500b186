import { reasonOf } from "../core/source.js";
import { hashOf, type Json } from "./canonical.js";
import {
  type Blobs,
  type Done,
  type Finished,
  isDone,
  type Job,
  type Outcome,
  type Output,
  type Program,
  type Progress,
  type Run,
  type Stage,
} from "./engine.js";

/**
 * A run of a program: what an engine takes.
 *
 * @example
 * const program: Program = {
 *   name: "nothing",
 *   check: (spec) => spec as Json,
 *   start: (spec) => ({ result: spec }),
 *   compute: async () => ({ value: null }),
 *   next: () => ({ result: null }),
 * };
 * console.log(runOf(program, { a: 1 }).id.length); // 64
 *
 * @throws what the program's `check` does for a spec that is wrong
 */
export function runOf(program: Program, spec: unknown): Run {
  const checked = program.check(spec);
  return { id: hashOf({ program: program.name, spec: checked }), program: program.name, spec: checked };
}

/** The blobs of these names. @throws Error for one that is not there */
export function blobsOf(blobs: Blobs, names: readonly string[] | undefined, who: string): Blobs {
  return new Map(
    (names ?? []).map((name) => {
      const bytes = blobs.get(name);
      if (!bytes) throw new Error(`${who} reads the blob ${JSON.stringify(name)}, which is not there`);
      return [name, bytes];
    }),
  );
}

export interface WalkOptions {
  /** Threads or processes that work. */
  readonly workers: number;
  /** Computes a job, or knows its output. @throws Error with the reason why it has none */
  compute(job: Job, reads: Blobs): Promise<Output>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Walks through the stages of a run in this process, all jobs of a stage at once.
 * @throws what the program does; the signal's reason
 */
export async function walk<Spec extends Json>(
  program: Program<Spec>,
  spec: Spec,
  { workers, compute, onProgress, signal }: WalkOptions,
): Promise<Finished> {
  const blobs = new Map<string, Uint8Array>();
  let [done, failed, of] = [0, 0, 0];
  const tell = (): void => onProgress?.({ done, failed, of, workers });
  const attempt = async (job: Job): Promise<Outcome> => {
    try {
      const output = await compute(job, blobsOf(blobs, job.reads, `job ${job.key.slice(0, 12)}`));
      add(blobs, output.blobs);
      done++;
      return { value: output.value };
    } catch (error) {
      signal?.throwIfAborted();
      failed++;
      return { error: reasonOf(error) };
    } finally {
      if (!signal?.aborted) tell();
    }
  };
  let step: Stage | Done = await program.start(spec);
  for (;;) {
    signal?.throwIfAborted();
    add(blobs, step.blobs);
    if (isDone(step))
      return { result: step.result, blobs: blobsOf(blobs, step.keeps, `the result of ${program.name}`) };
    for (const name of step.drops ?? []) blobs.delete(name);
    of += step.jobs.length;
    tell();
    const outcomes = await Promise.all(step.jobs.map(attempt));
    // A job that failed has left no blobs.
    const there = (step.reads ?? []).filter((name) => failed === 0 || blobs.has(name));
    const reads = blobsOf(blobs, there, `the stage after ${step.jobs.length} jobs of ${program.name}`);
    step = await program.next(spec, { state: step.state }, outcomes, reads);
  }
}

function add(blobs: Map<string, Uint8Array>, more: Blobs | undefined): void {
  for (const [name, bytes] of more ?? []) blobs.set(name, bytes);
}
