import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { checkCount } from "../core/check.js";
import { ValueError } from "../index.js";
import type { Blobs, Job, Output, Pool, Run } from "./engine.js";
import type { FromThread, ThreadStart, ToThread } from "./messages.js";

/** How often a job begins whose threads die. */
const ATTEMPTS = 3;

export interface PoolOptions extends Partial<ThreadStart> {
  /** How many threads. Default: as many as the process may use cores. */
  readonly threads?: number | undefined;
  /** The path of a data file by the SHA-256 of its bytes. @throws Error that says that it is not there */
  readonly file: (hash: string) => string | Promise<string>;
}

interface Task {
  readonly run: Run;
  readonly job: Job;
  readonly reads: Blobs;
  attempts: number;
  resolve(output: Output): void;
  reject(reason: unknown): void;
}

/** Threads that compute jobs. They start when there is work, and end with `close` or the process. */
export function createPool(options: PoolOptions): Pool {
  return new ThreadPool(options);
}

class ThreadPool implements Pool {
  readonly size: number;
  private readonly threads = new Set<Thread>();
  private readonly queue: Task[] = [];
  private readonly start: ThreadStart;
  private isClosed = false;

  constructor(private readonly options: PoolOptions) {
    const { threads = availableParallelism(), variant = "auto", use = [] } = options;
    checkCount("threads", "threads", threads);
    if (!["auto", "simd", "scalar"].includes(variant))
      throw new ValueError(`threads expected variant to be auto, simd or scalar, got ${variant}`);
    this.size = threads;
    this.start = { variant, use };
  }

  compute(run: Run, job: Job, reads: Blobs, signal?: AbortSignal): Promise<Output> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw new Error("threads: the engine is closed");
      signal?.throwIfAborted();
      const settle = (): void => signal?.removeEventListener("abort", abort);
      const task: Task = {
        run,
        job,
        reads,
        attempts: 0,
        resolve: (output) => {
          settle();
          resolve(output);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      const abort = (): void => {
        this.drop(task);
        task.reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort);
      this.queue.push(task);
      this.goOn();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const error = new Error("threads: the engine was closed before the job was done");
    for (const task of this.queue.splice(0)) task.reject(error);
    await Promise.all(
      [...this.threads].map((thread) => {
        thread.task?.reject(error);
        thread.task = undefined;
        return thread.end();
      }),
    );
  }

  /** Gives waiting jobs to threads that are free. */
  private goOn(): void {
    while (this.queue.length > 0) {
      const free = [...this.threads].find(({ task }) => !task) ?? this.another();
      const task = free && this.queue.shift();
      if (!task) return;
      free.begin(task);
    }
  }

  private another(): Thread | undefined {
    if (this.threads.size >= this.size || this.isClosed) return undefined;
    const thread = new Thread(this.start, this.options.file, {
      free: () => this.goOn(),
      died: (reason) => {
        this.threads.delete(thread);
        const { task } = thread;
        if (task) this.repeat(task, reason);
        this.goOn();
      },
    });
    this.threads.add(thread);
    return thread;
  }

  /** A job whose thread died goes first: those after it wait for its stage. */
  private repeat(task: Task, reason: string): void {
    if (task.attempts < ATTEMPTS) this.queue.unshift(task);
    else
      task.reject(
        new Error(
          `job ${task.job.key.slice(0, 12)}: its thread died at each of ${ATTEMPTS} attempts: ${reason}`,
        ),
      );
  }

  /** Takes a job back: nothing but its end stops a thread that is computing. */
  private drop(task: Task): void {
    const at = this.queue.indexOf(task);
    if (at >= 0) this.queue.splice(at, 1);
    for (const thread of this.threads)
      if (thread.task === task) {
        thread.task = undefined;
        this.threads.delete(thread);
        thread.end();
      }
    this.goOn();
  }
}

interface Events {
  free(): void;
  died(reason: string): void;
}

/** A thread, and the job that it computes. */
class Thread {
  task: Task | undefined;
  private readonly worker: Worker;
  private reason: string | undefined;

  constructor(
    start: ThreadStart,
    private readonly file: PoolOptions["file"],
    private readonly events: Events,
  ) {
    this.worker = new Worker(new URL("./distributed-worker.js", import.meta.url), {
      workerData: start,
      // The flags of a program that stands in the command line are not for the thread's script.
      ...(process.execArgv.some((flag) => flag.startsWith("--input-type")) && { execArgv: [] }),
    });
    // A thread without work does not keep the process alive.
    this.worker.unref();
    this.worker.on("message", (message: FromThread) => this.take(message));
    this.worker.on("messageerror", (error) => this.fail(String(error)));
    this.worker.on("error", (error) => {
      this.reason = error instanceof Error ? error.message : String(error);
    });
    this.worker.on("exit", (code) => events.died(this.reason ?? `it ended with the code ${code}`));
  }

  begin(task: Task): void {
    this.task = task;
    task.attempts++;
    this.worker.ref();
    const { run, job, reads } = task;
    try {
      this.say({ kind: "job", run, job, reads });
    } catch (error) {
      this.fail(`its data cannot be sent: ${error}`);
    }
  }

  end(): Promise<number> {
    return this.worker.terminate();
  }

  private take(message: FromThread): void {
    switch (message.kind) {
      case "file":
        this.answer(message.hash);
        break;
      case "done":
        this.free()?.resolve(message.output);
        break;
      case "failed":
        this.fail(message.error);
    }
  }

  private async answer(hash: string): Promise<void> {
    try {
      this.say({ kind: "file", hash, path: await this.file(hash) });
    } catch (error) {
      this.say({ kind: "file", hash, error: error instanceof Error ? error.message : String(error) });
    }
  }

  private fail(reason: string): void {
    this.free()?.reject(new Error(reason));
  }

  private free(): Task | undefined {
    const { task } = this;
    this.task = undefined;
    this.worker.unref();
    // Waiting jobs start before the caller of this job continues.
    this.events.free();
    return task;
  }

  private say(message: ToThread): void {
    this.worker.postMessage(message);
  }
}
