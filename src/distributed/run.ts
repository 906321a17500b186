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
  type Run,
  type RunOptions,
  type Stage,
} from "./engine.js";
import { HandOver } from "./hand-over.js";

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

export interface WalkOptions extends Omit<RunOptions, "files"> {
  /** Threads or processes that work. */
  readonly workers: number;
  /** Computes a job, or knows its output. @throws Error with the reason why it has none */
  compute(job: Job, reads: Blobs): Promise<Output>;
}

/** Jobs for each worker that begin before the blob of the first one is handed over. */
const AHEAD = 2;

/**
 * Walks through the stages of a run in this process. All jobs of a stage begin at once, except where the
 * caller takes their blobs one by one: then only AHEAD jobs for each worker, which bounds the memory.
 * @throws what the program does; the signal's reason
 */
export async function walk<Spec extends Json>(
  program: Program<Spec>,
  spec: Spec,
  { workers, compute, blobs: given, take, onProgress, signal }: WalkOptions,
): Promise<Finished> {
  const blobs = new Map(given);
  const taken = new Set<string>();
  let [done, failed, of] = [0, 0, 0];
  const tell = (): void => onProgress?.({ done, failed, of, workers });
  const attempt = async (job: Job, place: number, hands: HandOver | undefined): Promise<Outcome> => {
    if (hands && !(await hands.mayBegin(place)))
      return { error: "the job was not begun, since another one failed" };
    let isDone = false;
    try {
      const output = await compute(job, blobsOf(blobs, job.reads, `job ${job.key.slice(0, 12)}`));
      add(blobs, output.blobs);
      done++;
      isDone = true;
      return { value: output.value };
    } catch (error) {
      signal?.throwIfAborted();
      failed++;
      return { error: reasonOf(error) };
    } finally {
      hands?.end(place, isDone);
      if (!signal?.aborted) tell();
    }
  };
  let step: Stage | Done = await program.start(spec);
  for (;;) {
    signal?.throwIfAborted();
    add(blobs, step.blobs);
    if (isDone(step)) {
      const keeps = step.keeps?.filter((name) => !taken.has(name));
      const kept = blobsOf(blobs, keeps, `the result of ${program.name}`);
      if (!take) return { result: step.result, blobs: kept };
      for (const [name, bytes] of kept) await take(name, bytes);
      return { result: step.result, blobs: new Map() };
    }
    for (const name of step.drops ?? []) blobs.delete(name);
    of += step.jobs.length;
    tell();
    const hand = async (name: string): Promise<void> => {
      const [[, bytes]] = blobsOf(blobs, [name], `the result of ${program.name}`);
      await take?.(name, bytes);
      taken.add(name);
      blobs.delete(name);
    };
    const hands = take && step.gives && new HandOver(step.gives, AHEAD * workers, hand);
    const outcomes = await Promise.all(step.jobs.map((job, place) => attempt(job, place, hands)));
    await hands?.finish();
    // A job that failed has left no blobs.
    const there = (step.reads ?? []).filter((name) => failed === 0 || blobs.has(name));
    const reads = blobsOf(blobs, there, `the stage after ${step.jobs.length} jobs of ${program.name}`);
    step = await program.next(spec, { state: step.state }, outcomes, reads);
  }
}

function add(blobs: Map<string, Uint8Array>, more: Blobs | undefined): void {
  for (const [name, bytes] of more ?? []) blobs.set(name, bytes);
}
