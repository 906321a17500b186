import type { FlowProducer, Job, Queue, Worker, WorkerOptions } from "bullmq";
import type { Address } from "./connection.js";
import type { Store } from "./store.js";

/** What a job of the queue is computed by. The signal is that of its lock: it fires if the lock is lost. */
export type Processor = (job: Job, token?: string, signal?: AbortSignal) => Promise<unknown>;

/** A server that holds the queue and the store, and is connected. */
export interface Server {
  readonly kind: Address["kind"];
  readonly where: string;
  readonly store: Store;
  readonly flows: FlowProducer;
  /** The name of a queue on the server, for flows. */
  named(queue: string): string;
  queue(name: string): Queue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, "connection" | "prefix">): Worker;
  /** What is wrong with how the server is set, for those who run it. */
  warnings(): Promise<readonly string[]>;
  /** Lets go of the server within seconds, though it may not answer. */
  close(): Promise<void>;
}

/** Whether the server has no memory or disk left for what is written. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error &&
  (/\bOOM\b|maxmemory|MISCONF/.test(error.message) ||
    ("code" in error && error.code === "53100") ||
    // Of a transaction that was given up.
    ("previousErrors" in error && Array.isArray(error.previousErrors) && error.previousErrors.some(isFull)));

const passing = new RegExp(
  "ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|timed? ?out|took more than|closed|" +
    "LOADING|BUSY|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|[Cc]onnection|terminat|starting up|shutting down",
);

/** Whether an error may be over after a while: the server is away, or starts. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Error &&
  (passing.test(error.message) || ("code" in error && passing.test(String(error.code))));

/** Waits for a promise, but not for ever. */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`${what} took more than ${milliseconds} ms`)),
          milliseconds,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
