import { BackendError, ValueError } from "../core/errors.js";
import type { LinearMemory } from "../core/memory.js";
import type { WasmModule } from "../core/platform.js";
import { classOf, reasonOf } from "../core/source.js";

/** What a worker is started with. */
export interface Start {
  /** The builds: the kernels, and the queue. */
  readonly kernels: WasmModule;
  readonly queue: WasmModule;
  readonly memory: LinearMemory;
  /** Addresses: of the queue, and of the room for the arguments of its chunks. */
  readonly control: number;
  readonly room: number;
  /** Its number, from 1. */
  readonly thread: number;
  readonly spins: number;
}

/** A Worker of the platform, or of node:worker_threads. */
interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref?(): void;
  addEventListener?(type: string, listener: (event: { data?: unknown; message?: string }) => void): void;
  on?(type: string, listener: (value: unknown) => void): void;
}

interface NodeModules {
  "node:worker_threads": { Worker: new (url: URL) => WorkerLike };
  "node:os": { availableParallelism(): number };
}

/** A module of Node's, where there is one; the bundle imports nothing of Node. */
function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const host = globalThis as { process?: { getBuiltinModule?(name: Name): NodeModules[Name] } };
  return host.process?.getBuiltinModule?.(name);
}

/** The threads that this machine runs at the same time. */
export function parallelism(): number {
  const cores = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator
    ?.hardwareConcurrency;
  return cores ?? nodeModule("node:os")?.availableParallelism() ?? 1;
}

/** Why this host has no threads; undefined where it has. */
export function obstacle(): string | undefined {
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false)
    return (
      "this page is not cross-origin isolated: serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
    );
  if (!("SharedArrayBuffer" in globalThis)) return "this host has no shared memory";
  if (!("Worker" in globalThis) && !nodeModule("node:worker_threads")) return "this host has no workers";
  return undefined;
}

/** Whether the calling thread may sleep: that of a page may not. Asking does not make it sleep. */
export function maySleep(): boolean {
  try {
    // The value is 0 and not 1, so there is nothing to wait for.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds in which a worker must be ready. */
const PATIENCE = 30_000;

/** A name of edge runtimes. */
declare const EdgeRuntime: unknown;

/**
 * Starts the script of a worker. Bundlers that know these forms copy it. Next.js drops them from edge
 * functions, where webpack's code for addresses of files fails, because it knows that EdgeRuntime is a string
 * there: so each is the branch of an expression.
 */
function startWorker(url: URL | undefined): WorkerLike {
  // Deno has both kinds, and its Worker keeps the process alive.
  const node = "document" in globalThis ? undefined : nodeModule("node:worker_threads");
  const worker = node
    ? new node.Worker(url ?? ownScript())
    : url
      ? new Worker(url, { type: "module" })
      : typeof EdgeRuntime === "string"
        ? undefined
        : new Worker(new URL("./threads-worker.js", import.meta.url), { type: "module" });
  return worker as WorkerLike;
}

const ownScript = (): URL =>
  (typeof EdgeRuntime === "string" ? undefined : new URL("./threads-worker.js", import.meta.url)) as URL;

/** A worker that works on the queue. */
export class Thread {
  private constructor(private readonly worker: WorkerLike) {}

  /** Starts a worker and waits until it is ready. @throws BackendError */
  static start(start: Start, url: URL | undefined, died: (reason: string) => void): Promise<Thread> {
    const refused = (reason: string, cause?: unknown) =>
      new BackendError(
        `createBackend: could not start a thread (${reason}). If a bundler moved the package, copy ` +
          "lanewise/threads-worker beside the bundle and pass { worker: its URL }",
        { cause },
      );
    return new Promise((resolve, reject) => {
      let worker: WorkerLike;
      try {
        worker = startWorker(url);
      } catch (cause) {
        reject(refused(reasonOf(cause), cause));
        return;
      }
      let isReady = false;
      const failed = (reason: string) => {
        clearTimeout(timer);
        if (isReady) died(reason);
        else {
          worker.terminate();
          reject(refused(reason));
        }
      };
      const timer = setTimeout(() => failed(`nothing heard of it in ${PATIENCE / 1000} s`), PATIENCE);
      const ready = () => {
        isReady = true;
        clearTimeout(timer);
        worker.unref?.();
        resolve(new Thread(worker));
      };
      const heard = (message: unknown) => (message === "ready" ? ready() : failed(String(message)));
      if (worker.on) {
        worker.on("message", heard);
        worker.on("error", (error) => failed(reasonOf(error)));
        worker.on("exit", () => failed("it ended"));
      } else {
        worker.addEventListener?.("message", ({ data }) => heard(data));
        worker.addEventListener?.("error", ({ message }) =>
          failed(message ?? "its script could not be read"),
        );
        worker.addEventListener?.("messageerror", () => failed("it could not read what it was sent"));
      }
      try {
        worker.postMessage(start);
      } catch (cause) {
        failed(reasonOf(cause));
      }
    });
  }

  end(): void {
    this.worker.terminate();
  }
}

/** @throws ValueError for what is not a URL */
export function checkWorker(worker: unknown): asserts worker is URL | undefined {
  if (worker === undefined || classOf(worker) === "URL") return;
  throw new ValueError(`createBackend expected worker to be a URL, got ${classOf(worker)}`);
}
