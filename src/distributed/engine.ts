import type { Backend } from "../index.js";
import type { Json } from "./canonical.js";

/** Bytes by name. Names are unique within a run. */
export type Blobs = ReadonlyMap<string, Uint8Array>;

/**
 * A call of a program's `compute`. The same job gives the same output in every process, so it may run again
 * after a failure, or twice.
 */
export interface Job {
  /** The hash of what the job means: jobs of other runs with the same key have the same output. */
  readonly key: string;
  readonly data: Json;
  /** The names of the blobs that it reads. */
  readonly reads?: readonly string[];
}

/** What a job computes. Values are small; bytes go into blobs. */
export interface Output {
  readonly value: Json;
  readonly blobs?: Blobs;
}

/** What became of a job: its value, or the reason why it failed at each attempt. */
export type Outcome = { readonly value: Json } | { readonly error: string };

/** Jobs that do not depend on each other. */
export interface Stage {
  /** What the program needs to know beside the outcomes to go on. */
  readonly state: Json;
  readonly jobs: readonly Job[];
  /** The names of the blobs that `next` reads; those of jobs that failed are not there. */
  readonly reads?: readonly string[];
  /** What the jobs of this stage read, and perhaps later ones. */
  readonly blobs?: Blobs;
  /** The names of blobs that nothing reads any more. */
  readonly drops?: readonly string[];
  /**
   * The name of a blob of each job, in their order, that nothing but the result keeps. Where the run is asked
   * to hand blobs over, an engine may do so as soon as those before are handed over, and forget them; it may
   * leave out the other jobs once one has failed.
   */
  readonly gives?: readonly string[];
}

/** The end of a run. */
export interface Done {
  readonly result: Json;
  /** The names of the blobs that belong to the result. */
  readonly keeps?: readonly string[];
  /** Blobs that are new. */
  readonly blobs?: Blobs;
}

export const isDone = (step: Stage | Done): step is Done => "result" in step;

/** What jobs compute with. */
export interface Context {
  /** Of the thread: the jobs of a thread run one after the other. */
  readonly backend: Backend;
  /** Reads a data file by the SHA-256 of its bytes. @throws DataError if it is not there */
  file(hash: string): Promise<string>;
}

/**
 * Work in stages of jobs. All functions are pure: of the spec, the job and the blobs alone. Engines call them
 * in any process, in any order, and again after a failure.
 */
export interface Program<Spec extends Json = Json> {
  readonly name: string;
  /** @throws ValueError for a spec that is wrong, before anything runs */
  check(spec: unknown): Spec;
  /** The first stage, or the end of a run that has no jobs. */
  start(spec: Spec): Stage | Done | Promise<Stage | Done>;
  /** The output of a job, of which `reads` are the blobs. */
  compute(spec: Spec, job: Job, reads: Blobs, context: Context): Promise<Output>;
  /** What comes after a stage: `outcomes` are in the order of its jobs. */
  next(
    spec: Spec,
    stage: Pick<Stage, "state">,
    outcomes: readonly Outcome[],
    reads: Blobs,
  ): Stage | Done | Promise<Stage | Done>;
}

/** What is to be run. */
export interface Run {
  /** The hash of the program's name and the spec: the same run has the same id everywhere. */
  readonly id: string;
  readonly program: string;
  readonly spec: Json;
}

/** How far a run is. */
export interface Progress {
  /** Jobs that are done, that failed, and that are known so far. */
  readonly done: number;
  readonly failed: number;
  readonly of: number;
  /** Threads or processes that work. */
  readonly workers: number;
}

/** The options of a run. */
export interface RunOptions {
  /** Paths of data files by the SHA-256 of their bytes, for engines that compute in this process. */
  readonly files?: ReadonlyMap<string, string>;
  /** Blobs that belong to the spec, which has their hashes: what `start` gives may read them. */
  readonly blobs?: Blobs;
  /**
   * Takes the blobs that the result keeps one by one, in the order of `keeps`, so that they need not all be
   * in memory. `Finished.blobs` is then empty.
   */
  readonly take?: ((name: string, bytes: Uint8Array) => void | Promise<void>) | undefined;
  /** Called when a job is done or has failed. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the run: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a run comes to. */
export interface Finished {
  readonly result: Json;
  /** The blobs that the result keeps. */
  readonly blobs: Blobs;
}

/** Where runs are computed. */
export interface Engine {
  readonly name: string;
  /** Loads what specs may name, such as layers of one's own, before they are checked. */
  ready?(): Promise<void>;
  /** Runs a program to its end. A run that is known already goes on, or returns what it has. */
  run(run: Run, options?: RunOptions): Promise<Finished>;
  /** Ends what the engine has started. Runs on a server go on. */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Threads of this process that compute jobs; a thread that dies is replaced, and its job repeated. */
export interface Pool {
  /** The number of threads. */
  readonly size: number;
  /**
   * Computes a job. signal: ends it, with the thread that computes it.
   * @throws Error with the reason if the job fails; the signal's reason
   */
  compute(run: Run, job: Job, reads: Blobs, signal?: AbortSignal): Promise<Output>;
  close(): Promise<void>;
}
