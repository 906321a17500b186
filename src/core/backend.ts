import { BackendError } from "./errors.js";
import { Host } from "./host.js";
import { Matrix, type Owner, type Values } from "./matrix.js";
import type { Instance } from "./wasm.js";

/**
 * The kernels of one build and the linear memory that they work in. All matrices and models belong to a
 * backend. Made by createBackend or createBackendSync.
 */
export class Backend extends Host {
  private dropped: FinalizationRegistry<string> | undefined;

  /** @internal @throws BackendError for a build that only runs models */
  constructor(instance: Instance) {
    super(instance);
    if (!instance.kernels.adam)
      throw new BackendError(
        "createBackend: the module is an inference build: it trains nothing, and goes with lanewise/inference",
      );
  }

  /**
   * @internal From here on, warns of what is dropped without having been disposed: where it was made. Memory
   * of that stays in use.
   */
  debug(): void {
    this.dropped = new FinalizationRegistry((made) =>
      console.warn(`lanewise: dropped without dispose(): ${made}`),
    );
  }

  /** @internal In debug mode: the owner of memory that its user gives back, or else is told of. */
  watch(owner: Owner, what: string): void {
    this.dropped?.register(owner, `${what}, made ${new Error().stack?.replace(/^.*\n/, "")}`, owner);
  }

  /** @internal The owner has been disposed. */
  unwatch(owner: Owner): void {
    this.dropped?.unregister(owner);
  }

  /**
   * A new matrix, of zeros or of `values`: rows x cols numbers, flat (row by row) or one array a row. The
   * caller disposes it.
   * @throws ValueError, ShapeError, OutOfMemoryError, DisposedError
   */
  matrix(rows: number, cols: number, values?: Values): Matrix {
    return Matrix.allocate(this, rows, cols, values);
  }
}
