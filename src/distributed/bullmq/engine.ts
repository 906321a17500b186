import { checkOptions } from "../../core/check.js";
import { BackendError, ValueError } from "../../core/errors.js";
import type { Engine, Finished, Program, Run, RunOptions } from "../engine.js";
import { programOf, useModules } from "../registry.js";
import { connect } from "./connect.js";
import { addressOf, type Connection, checkPrefix } from "./connection.js";
import { beginRun, follow } from "./follow.js";
import { queueNames } from "./queue-names.js";
import { LIVES, type Site } from "./site.js";

/** The options of `bullmq`. */
export interface BullmqOptions {
  /**
   * Where the queue is: a URL that begins with `redis://`, `rediss://` (encrypted) or `postgres://`, or the
   * options of ioredis. PostgreSQL is experimental.
   */
  connection: Connection;
  /** Allows a connection beyond this machine that is not encrypted. Default: false. */
  insecure?: boolean;
  /** What the names of all keys and queues begin with. Default: "lw". */
  prefix?: string;
  /** A folder that the producer and all workers share, for blobs of more than 32 MB. */
  store?: string;
  /**
   * The share of jobs that are computed a second time, by another worker where there is one: 0 to 1. Outputs
   * that differ fail the run and name both workers. Default: 0.
   */
  audit?: number;
  /** How many seconds a run and its result are kept on the server. Default: a week. */
  keep?: number;
  /** How many seconds a run goes on to ask a server that does not answer. Default: 60. */
  patience?: number;
  /** Paths of modules of your own that export `layers` or `programs`, which the workers must use too. */
  use?: readonly string[];
}

/**
 * An engine that queues jobs on Redis, or on PostgreSQL (experimental), by BullMQ. Workers on any number of
 * machines compute them: start them by `work` or by the command `lanewise worker`. The results are those of
 * `threads()`, to the bit.
 *
 * A run goes on while its producer is away, and running it again fetches its result. It is refused before
 * anything is queued if its spec is wrong. The packages `bullmq` and `ioredis`, or `bullmq` and `pg`, have to
 * be installed.
 *
 * @example
 * const engine = bullmq({ connection: "redis://127.0.0.1:6379" });
 * console.log(engine.name); // Redis at 127.0.0.1:6379
 * await engine.close();
 *
 * @throws ValueError for options, and for a connection beyond this machine that is not encrypted
 */
export function bullmq(options: BullmqOptions): QueueEngine {
  checkOptions("bullmq", options, [
    "connection",
    "insecure",
    "prefix",
    "store",
    "audit",
    "keep",
    "patience",
    "use",
  ]);
  return new BullmqEngine(options);
}

/** An engine whose runs go on without it. */
export interface QueueEngine extends Engine {
  /**
   * Begins a run, and does not wait for its end: `run` of the same fetches its result, here or in another
   * process.
   * @throws as `run` does
   */
  begin(run: Run): Promise<void>;
}

class BullmqEngine implements QueueEngine {
  readonly name: string;
  private readonly address;
  private readonly closing = new AbortController();
  private site: Promise<Site> | undefined;

  constructor(private readonly options: BullmqOptions) {
    const { connection, insecure, prefix, audit, keep, patience } = options;
    this.address = addressOf("bullmq", connection, insecure);
    checkPrefix("bullmq", prefix);
    checkRange("audit", audit, 0, 1);
    checkRange("keep", keep, 1, Number.MAX_SAFE_INTEGER);
    checkRange("patience", patience, 0, Number.MAX_SAFE_INTEGER);
    this.name = `${this.address.kind} at ${this.address.where}`;
  }

  async ready(): Promise<void> {
    await useModules(this.options.use ?? []);
  }

  /**
   * @throws ValueError for a spec that is wrong, before anything is queued
   * @throws BackendError where the server is full, or does not answer for longer than `patience`
   * @throws Error if the run fails; the signal's reason
   */
  async run(run: Run, options: RunOptions = {}): Promise<Finished> {
    const program = await this.programOf(run);
    const signal = options.signal
      ? AbortSignal.any([options.signal, this.closing.signal])
      : this.closing.signal;
    signal.throwIfAborted();
    const site = await this.connected();
    const { audit = 0, patience = 60 } = this.options;
    const { blobs, take, onProgress } = options;
    return follow(site, { run, program, audit, patience, blobs, take, onProgress, signal });
  }

  async begin(run: Run): Promise<void> {
    const program = await this.programOf(run);
    const site = await this.connected();
    const { signal } = this.closing;
    const { audit = 0 } = this.options;
    await beginRun(site, { run, program, audit, patience: 0, onProgress: undefined, signal });
  }

  async close(): Promise<void> {
    this.closing.abort(
      new BackendError(`bullmq: the engine on ${this.name} is closed; its runs go on there`),
    );
    const site = await this.site?.catch(() => undefined);
    this.site = undefined;
    await site?.server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws ValueError for a spec that is wrong */
  private async programOf(run: Run): Promise<Program> {
    await this.ready();
    const program = programOf(run.program);
    program.check(run.spec);
    return program;
  }

  private connected(): Promise<Site> {
    const { prefix = "lw", store, keep = LIVES } = this.options;
    this.site ??= connect(this.address, prefix).then((server) => ({
      server,
      queues: queueNames(),
      folder: store,
      seconds: Math.ceil(keep),
    }));
    // The next run tries to connect again.
    this.site.catch(() => {
      this.site = undefined;
    });
    return this.site;
  }
}

function checkRange(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(value >= least && value <= most))
    throw new ValueError(`bullmq expected ${name} to be a number from ${least} to ${most}, got ${value}`);
}
