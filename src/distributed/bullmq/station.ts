import type { Job as QueueJob, Worker } from "bullmq";
import type { Pool } from "../engine.js";
import { auditJob } from "./audit-job.js";
import { type Computing, computeJob } from "./compute-job.js";
import type { Limits } from "./limits.js";
import { type Advancing, advance } from "./next-job.js";
import { loadBullmq } from "./packages.js";
import type { QueuedJob, QueuedNext } from "./records.js";
import { within } from "./server.js";
import type { QueueTiming } from "./timing.js";
import type { WorkerHandle } from "./worker-handle.js";
import { BEATS, SILENT, WORKERS, type WorkerNote, workersOf } from "./workers.js";

export interface StationOptions extends Computing, Advancing {
  readonly pool: Pool;
  readonly limits: Limits;
  readonly timing: Partial<QueueTiming> | undefined;
  onWarning(message: string): void;
}

/** How often a job may be lost before it fails: machines die, and that is not the job's fault. */
const MAY_STALL = 5;
/** How many stages are ended at once. They are short, and run in this thread. */
const ENDS_AT_ONCE = 4;
/** How long and how often an audit waits for another worker, in milliseconds. */
const AUDIT_WAITS = 200;
const AUDIT_TRIES = 50;
const GRACE = 20;

/** The worker: this thread holds the locks, the pool computes. */
export class Station implements WorkerHandle {
  readonly name: string;
  readonly threads: number;
  readonly counts = { done: 0, failed: 0 };
  private readonly since = new Date().toISOString();
  private readonly leaving = new AbortController();
  private workers: readonly Worker[] = [];
  private beat: NodeJS.Timeout | undefined;
  private closing: Promise<void> | undefined;
  private said = "";

  constructor(private readonly options: StationOptions) {
    this.name = options.worker;
    this.threads = options.pool.size;
  }

  async open(): Promise<void> {
    const { server, queues, timing, onWarning, pool } = this.options;
    const { DelayedError, WaitingError } = await loadBullmq();
    for (const warning of await server.warnings()) onWarning(`lanewise worker: ${warning}`);
    const settings = {
      name: this.name,
      lockDuration: timing?.lock ?? 10_000,
      stalledInterval: timing?.stalled ?? 5_000,
      maxStalledCount: MAY_STALL,
      runRetryDelay: 1_000,
    };
    const jobs = server.worker(
      queues.jobs,
      async (job, token, signal) => {
        const ended = await this.compute(job, signal);
        if (ended === "done") return;
        // A job that is given back is not a failed attempt.
        if (ended === "back") {
          await job.moveToWait(token);
          throw new WaitingError();
        }
        await job.moveToDelayed(Date.now() + AUDIT_WAITS, token);
        throw new DelayedError();
      },
      { ...settings, concurrency: pool.size },
    );
    const next = server.worker(
      queues.next,
      async (job) => advance(this.options, job.data as QueuedNext, () => failuresOf(job)),
      { ...settings, concurrency: ENDS_AT_ONCE },
    );
    this.workers = [jobs, next];
    jobs.on("completed", () => {
      this.counts.done++;
    });
    jobs.on("failed", () => {
      this.counts.failed++;
    });
    for (const worker of this.workers) worker.on("error", (error) => this.warn(error));
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
    await this.tell();
    this.beat = setInterval(() => this.tell().catch((error: Error) => this.warn(error)), BEATS * 1_000);
  }

  close({ grace = GRACE }: { grace?: number } = {}): Promise<void> {
    this.closing ??= this.leave(grace);
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What became of a job: it may have to go to another worker. */
  private async compute(job: QueueJob, lock: AbortSignal | undefined): Promise<"done" | "back" | "later"> {
    const queued = job.data as QueuedJob;
    const { leaving } = this;
    const signal = lock ? AbortSignal.any([lock, leaving.signal]) : leaving.signal;
    try {
      if (!queued.audit) await computeJob(this.options, queued, signal);
      else if (!(await this.audit(job, queued, signal))) return "later";
      return "done";
    } catch (error) {
      if (leaving.signal.aborted) return "back";
      throw error;
    }
  }

  private async audit(job: QueueJob, queued: QueuedJob, signal: AbortSignal): Promise<boolean> {
    const { server, queues } = this.options;
    // It has waited for the others long enough, or there are none.
    const isLast = job.attemptsStarted >= AUDIT_TRIES;
    const isAlone = isLast || (await workersOf(server.store, queues.version)).length < 2;
    return auditJob(this.options, queued, isLast ? "now" : isAlone ? "after" : "elsewhere", signal);
  }

  private async leave(grace: number): Promise<void> {
    const { server, pool } = this.options;
    clearInterval(this.beat);
    const giveBack = setTimeout(
      () => this.leaving.abort(new Error("the worker was told to end")),
      grace * 1_000,
    );
    const all = Promise.all(this.workers.map((worker) => worker.close()));
    // A server that does not answer keeps nobody: its locks run out.
    await within((grace + 5) * 1_000, "closing", all).catch(() => undefined);
    clearTimeout(giveBack);
    await within(2_000, "closing", server.store.withdraw(WORKERS, this.name)).catch(() => undefined);
    await Promise.all([pool.close(), server.close()]);
  }

  private tell(): Promise<void> {
    const { server, queues } = this.options;
    const note: WorkerNote = {
      name: this.name,
      version: queues.version,
      threads: this.threads,
      since: this.since,
      ...this.counts,
    };
    return server.store.post(WORKERS, this.name, JSON.stringify(note), SILENT);
  }

  /** A server that is away says the same again and again. */
  private warn({ message }: Error): void {
    if (message === this.said || this.closing) return;
    this.said = message;
    this.options.onWarning(`lanewise worker: ${message}`);
  }
}

/** The reasons of the jobs of a flow that failed at each attempt, by their id. */
async function failuresOf(next: QueueJob): Promise<ReadonlyMap<string, string>> {
  const failures = Object.entries(await next.getIgnoredChildrenFailures());
  return new Map(failures.map(([key, reason]) => [key.slice(key.lastIndexOf(":") + 1), reason]));
}
