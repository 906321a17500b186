import type * as errors from "./errors.js";
import type { Kernels, Pointer } from "./kernels.js";
import type { Instance } from "./wasm.js";

/** What a backend asks of its threads. src/threads/ has them; without threads nothing of it is loaded. */
export interface Threads {
  /** How many there are, with the calling one. */
  readonly count: number;
  /** Kernels whose calls are divided among the threads if that pays. They return when they are done. */
  readonly kernels: Kernels;
  /** Kernels whose calls are queued. Those with a result wait for all that were queued before. */
  readonly queued: Kernels;
  /**
   * Runs `calls` and measures it: `units` is its length. Tells it whether to call the kernels that are
   * queued, or those of the calling thread. Returns when all calls are done. @throws BackendError when a
   * thread has died
   */
  run(gauge: Gauge, units: number, calls: (divides: boolean) => void): void;
  /** Waits for all queued calls. @throws BackendError */
  finish(): void;
  /** A new gauge for runs of several calls that take about this long on one thread. */
  gauge(nanoseconds: number): Gauge;
  /** Makes room for `bytes` of workspace for each thread. @throws OutOfMemoryError */
  reserve(bytes: number): void;
  dispose(): void;
}

/** Finds out how many threads are best for a run that is repeated. */
export interface Gauge {
  /** The number of threads for the next run. */
  next(): number;
  /** What the run took, and its length. */
  record(milliseconds: number, units: number): void;
}

/** What lanewise/threads has for createBackend. */
export interface ThreadStarter {
  /**
   * Kernels on shared memory, and what starts their threads once a backend has been made of them; undefined
   * for "auto" where one thread is all that there is. @throws BackendError
   */
  prepare(options: ThreadOptions): Promise<Prepared | undefined>;
}

export interface Prepared {
  readonly instance: Instance;
  /**
   * Starts the threads of a backend. They end when it is garbage-collected. Undefined for "auto" where none
   * can be started. @throws BackendError
   */
  start(backend: ThreadedBackend): Promise<Threads | undefined>;
}

/** What threads need of their backend. */
export interface ThreadedBackend {
  readonly direct: Kernels;
  allocate(bytes: number): Pointer;
  release(block: Pointer): void;
}

export interface ThreadOptions {
  readonly threads: number | "auto";
  /** The classes of what is thrown. */
  readonly errors: Pick<typeof errors, "BackendError" | "ShapeError" | "ValueError">;
  /** Where the script of the workers is. */
  readonly worker: unknown;
  /** The bytes of the build; undefined where it was passed as a compiled module. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}
