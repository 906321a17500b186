import { checkOptions } from "../core/check.js";
import type { Json } from "./canonical.js";
import type { Engine, Finished, Pool, Run, RunOptions } from "./engine.js";
import { Known } from "./known.js";
import { createPool } from "./pool.js";
import { programOf, useModules } from "./registry.js";
import { walk } from "./run.js";

/** The options of `threads`. */
export interface ThreadsEngineOptions {
  /** How many threads. Default: as many as the process may use cores. */
  threads?: number;
  /**
   * A folder that keeps what jobs have computed, so that a later process does not compute it again. Default:
   * results are kept while the engine lives.
   */
  cache?: string;
  /** The build of the kernels: "auto" (default), "simd" or "scalar". All have the same results. */
  variant?: "auto" | "simd" | "scalar";
  /**
   * Paths of modules of your own that each thread loads. They export `layers`, as `loadModel` takes them, or
   * `programs`.
   */
  use?: readonly string[];
  /** Values that were computed elsewhere, by the keys of their jobs. */
  outputs?: Iterable<readonly [key: string, value: Json]>;
}

/**
 * An engine of threads of this process, each with a backend of its own. A thread that dies is replaced, and
 * its job repeated, at most three times. Jobs whose output is known are not computed again. Threads start
 * with the first job, and do not keep the process alive.
 *
 * @example
 * const engine = threads({ threads: 2 });
 * console.log(engine.name); // 2 threads
 * await engine.close();
 *
 * @throws ValueError for options
 */
export function threads(options: ThreadsEngineOptions = {}): Engine {
  checkOptions("threads", options, ["threads", "cache", "variant", "use", "outputs"]);
  return new ThreadsEngine(options);
}

class ThreadsEngine implements Engine {
  readonly name: string;
  private readonly pool: Pool;
  private readonly known: Known;
  private readonly files = new Map<string, string>();
  private readonly used: readonly string[];

  constructor({ cache, use = [], outputs = [], ...options }: ThreadsEngineOptions) {
    this.known = new Known(cache);
    for (const [key, value] of outputs) this.known.add(key, { value });
    this.used = use;
    this.pool = createPool({
      ...options,
      use,
      file: (hash) => {
        const path = this.files.get(hash);
        if (path === undefined) throw new Error(`no data file has the SHA-256 ${hash}`);
        return path;
      },
    });
    this.name = `${this.pool.size} ${this.pool.size === 1 ? "thread" : "threads"}`;
  }

  ready(): Promise<void> {
    return useModules(this.used);
  }

  async run(run: Run, { files, blobs, take, onProgress, signal }: RunOptions = {}): Promise<Finished> {
    await this.ready();
    const program = programOf(run.program);
    const spec = program.check(run.spec);
    for (const [hash, path] of files ?? []) this.files.set(hash, path);
    return walk(program, spec, {
      workers: this.pool.size,
      blobs,
      take,
      onProgress,
      signal,
      compute: async (job, reads) => {
        const known = this.known.get(job.key);
        if (known) return known;
        const output = await this.pool.compute(run, job, reads, signal);
        this.known.set(job.key, output);
        return output;
      },
    });
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
